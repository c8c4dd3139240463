// The least that legs of G.711 can cost: a socket for each, epoll, one recv for every packet that comes and
// one sendto to the caller every 20 ms. No parsing, no codec, no statistics.
//
// usage: bare_legs LEGS CALLER_PORT...
// Prints the UDP port of each leg in one line, then plays until it is ended. Leg i sends to caller port
// i modulo their number, in one of four phases of 5 ms, as the media core does.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { PACKET = 172, SAMPLES = 160, PHASES = 4, READY = 256, TIMER = -1 };
static const long PHASE_NS = 5000000;

typedef struct {
  int socket;
  struct sockaddr_in caller;
  unsigned char packet[PACKET];
  uint16_t sequence_number;
  uint32_t timestamp;
} leg_t;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void watch(int epoll, int descriptor, int name) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = name};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)) die("epoll_ctl");
}

static void open_leg(leg_t *leg, int caller_port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
  leg->socket = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (leg->socket < 0 || bind(leg->socket, (void *)&address, sizeof address)) die("bind");
  leg->caller = (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons(caller_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  leg->packet[0] = 0x80;
  memset(leg->packet + 12, 0xd5, SAMPLES);
}

// ticks: more than one after a stall; those before the last are skipped, and the timestamp tells.
static void send_packet(leg_t *leg, uint64_t ticks) {
  leg->timestamp += ticks * SAMPLES;
  uint16_t sequence_number = htons(leg->sequence_number++);
  uint32_t timestamp = htonl(leg->timestamp);
  memcpy(leg->packet + 2, &sequence_number, 2);
  memcpy(leg->packet + 4, &timestamp, 4);
  sendto(leg->socket, leg->packet, PACKET, 0, (void *)&leg->caller, sizeof leg->caller);
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
    open_leg(&legs[i], atoi(arguments[2 + i % callers]));
    watch(epoll, legs[i].socket, i);
    if (getsockname(legs[i].socket, (void *)&address, &size)) die("getsockname");
    printf("%d%c", ntohs(address.sin_port), i == leg_count - 1 ? '\n' : ' ');
  }
  fflush(stdout);

  struct itimerspec every = {{0, PHASE_NS}, {0, PHASE_NS}};
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  timerfd_settime(timer, 0, &every, NULL);
  watch(epoll, timer, TIMER);
  uint64_t done = 0;
  for (;;) {
    struct epoll_event ready[READY];
    unsigned char in[2048];
    int events = epoll_wait(epoll, ready, READY, -1);
    if (events < 0 && errno != EINTR) die("epoll_wait");
    for (int e = 0; e < events; e++) {
      uint64_t phases;
      if (ready[e].data.fd != TIMER) {
        recv(legs[ready[e].data.fd].socket, in, sizeof in, 0);
      } else if (read(timer, &phases, sizeof phases) == sizeof phases) {
        for (int phase = 0; phase < PHASES; phase++) {
          uint64_t due = (done + phases + PHASES - phase) / PHASES - (done + PHASES - phase) / PHASES;
          for (int i = phase; due && i < leg_count; i += PHASES) send_packet(&legs[i], due);
        }
        done += phases;
      }
    }
  }
}
