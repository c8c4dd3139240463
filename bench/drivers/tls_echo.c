// A TLS server that echoes and holds its connections: OpenSSL and nothing else, one thread, buffers released.
// usage: tls_echo CERTIFICATE KEY; prints its port on loopback, ends with its standard input.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 64, ECHOED = 4096 };

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int listen_on_loopback(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (void *)&address, size) || listen(listener, 1024)) fail("listen");
    if (getsockname(listener, (void *)&address, &size)) fail("getsockname");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static void watch(int poller, int fd, void *what) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl");
}

static void accept_one(int poller, int listener, SSL_CTX *context) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0 && errno == EAGAIN) return;
    if (fd < 0) fail("accept");
    int on = 1;  // or the echo waits for the acknowledgement of the session tickets
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on)) fail("setsockopt");
    SSL *tls = SSL_new(context);
    if (!tls) fail("SSL_new");
    SSL_set_fd(tls, fd);
    SSL_set_accept_state(tls);
    watch(poller, fd, tls);
}

static void serve(SSL *tls) {
    char text[ECHOED];
    int got = SSL_read(tls, text, sizeof text);
    if (got > 0) {
        SSL_write(tls, text, got);
        return;
    }
    if (SSL_get_error(tls, got) == SSL_ERROR_WANT_READ) return;
    int fd = SSL_get_fd(tls);
    SSL_free(tls);
    close(fd);
}

static void take_all_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit)) fail("getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit)) fail("setrlimit");
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    take_all_descriptors();
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    if (SSL_CTX_use_certificate_file(context, arguments[1], SSL_FILETYPE_PEM) != 1) fail("certificate");
    if (SSL_CTX_use_PrivateKey_file(context, arguments[2], SSL_FILETYPE_PEM) != 1) fail("key");
    int listener = listen_on_loopback(), poller = epoll_create1(0), owner = 0;
    watch(poller, listener, &listener);
    watch(poller, 0, &owner);
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(poller, events, EVENTS, -1);
        if (ready < 0 && errno != EINTR) fail("epoll_wait");
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr == &owner) return 0;
            if (events[i].data.ptr == &listener)
                accept_one(poller, listener, context);
            else
                serve(events[i].data.ptr);
        }
    }
}
