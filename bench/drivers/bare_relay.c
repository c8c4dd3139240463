// The least that a relay of bridged calls can cost: a socket for each leg, epoll, one recv for every packet
// that comes and one sendto from the other leg's socket. No parsing, no numbering, no statistics, no ticks.
//
// usage: bare_relay LEGS CALLER_PORT...
// Prints the UDP port of each leg in one line, then relays until it is ended. Legs 2k and 2k+1 are a call;
// leg i sends to caller port i modulo their number.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { READY = 256 };

typedef struct {
  int socket;
  struct sockaddr_in caller;
} leg_t;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void open_leg(leg_t *leg, int caller_port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
  leg->socket = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (leg->socket < 0 || bind(leg->socket, (void *)&address, sizeof address)) die("bind");
  leg->caller = (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons(caller_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  int leg_count = atoi(arguments[1]), callers = count - 2, epoll = epoll_create1(0);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  leg_t *legs = calloc(leg_count, sizeof *legs);
  for (int i = 0; i < leg_count; i++) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = i};
    open_leg(&legs[i], atoi(arguments[2 + i % callers]));
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, legs[i].socket, &event)) die("epoll_ctl");
    if (getsockname(legs[i].socket, (void *)&address, &size)) die("getsockname");
    printf("%d%c", ntohs(address.sin_port), i == leg_count - 1 ? '\n' : ' ');
  }
  fflush(stdout);

  for (;;) {
    struct epoll_event ready[READY];
    static unsigned char packet[2048];
    int events = epoll_wait(epoll, ready, READY, -1);
    if (events < 0 && errno != EINTR) die("epoll_wait");
    for (int e = 0; e < events; e++) {
      leg_t *leg = &legs[ready[e].data.fd], *other = &legs[ready[e].data.fd ^ 1];
      ssize_t size = recv(leg->socket, packet, sizeof packet, 0);
      if (size > 0) sendto(other->socket, packet, size, 0, (void *)&other->caller, sizeof other->caller);
    }
  }
}
