// N callers of G.711: each sends a packet to its leg every 20 ms and hears what the leg sends.
//
// usage: rtp_callers LEGS SECONDS
// First line out: the UDP ports that the callers share, caller i uses port i modulo their number.
// First line in: the UDP port of each leg, in order. All addresses are 127.0.0.1.
// Then a line after every second but the last, "SENT RECEIVED", and one JSON line at the end.
//
// Lateness: the moment at which a leg's packet left, as the kernel stamped it (on loopback within the
// sender's own call), against the grid of its RTP timestamps laid through the leg's earliest packet. So
// neither this program's wake-ups nor a constant delay count. The first second is left out of it.
//
// Delay: each packet says when it was sent, in the first bytes of its audio. One that comes back, through a
// relay, tells how long it took until the relay sent it, by the kernel's stamp too. -1 where none came back.
#define _GNU_SOURCE
#ifdef WITH_SRTP  // As srtp_callers.c says.
#include "srtp.h"
#endif
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { SOCKETS = 16, BATCH = 64, PACKET = 172, GROWTH = 10, SAMPLES = 160, SLOTS = 20, PORTS = 65536, NEWS = 512 };
static const int64_t SECOND_NS = 1000000000, SLOT_NS = 1000000, TICK_NS = 20000000;
static const uint32_t OURS = 0x5e4d0a7e;  // Before the moment in a packet: no other audio begins so.

typedef struct {
  int port;
  uint16_t sequence_number;
  uint32_t timestamp, first_timestamp;
  int received, last_tick;  // Within the measured time; ticks count from its first packet.
  int64_t *left_ns;         // When a packet left, less its place on the grid.
#ifdef WITH_SRTP
  srtp_t *ours, *theirs;  // None for a leg without SRTP.
#endif
} leg_t;

static leg_t *legs;
static int leg_count, seconds;
static int leg_of_port[PORTS];  // Index plus one.
static int sockets[SOCKETS];
static unsigned long sent, received, unread, late_slots;
static int64_t *delays_ns;
static long delay_count, delay_max;

static int64_t clock_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * SECOND_NS + time.tv_nsec;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

#ifdef WITH_SRTP
static srtp_t *read_key(const char *hex, int tag_bytes) {
  unsigned char master[SRTP_MASTER];
  for (int i = 0; i < SRTP_MASTER; i++)
    if (sscanf(hex + 2 * i, "%2hhx", &master[i]) != 1) die("key");
  return srtp_open(master, tag_bytes);
}

static void read_keys(leg_t *leg) {
  char ours[2 * SRTP_MASTER + 1], theirs[2 * SRTP_MASTER + 1];
  int tag_bytes;
  if (scanf("/%d/%60[0-9a-f]/%60[0-9a-f]", &tag_bytes, ours, theirs) != 3) return;
  leg->ours = read_key(ours, tag_bytes);
  leg->theirs = read_key(theirs, tag_bytes);
}

static int protect(leg_t *leg, unsigned char *packet, int size) {
  return leg->ours ? srtp_protect(leg->ours, packet, size) : size;
}

static int unprotect(leg_t *leg, unsigned char *packet, int size) {
  return leg->theirs ? srtp_unprotect(leg->theirs, packet, size) : size;
}
#else
static void read_keys(leg_t *leg) { (void)leg; }

static int protect(leg_t *leg, unsigned char *packet, int size) { return (void)leg, (void)packet, size; }

static int unprotect(leg_t *leg, unsigned char *packet, int size) { return (void)leg, (void)packet, size; }
#endif

static void bind_sockets(void) {
  for (int i = 0; i < SOCKETS; i++) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int yes = 1, room = 1 << 23;
    sockets[i] = socket(AF_INET, SOCK_DGRAM, 0);
    if (sockets[i] < 0 || bind(sockets[i], (void *)&address, size)) die("bind");
    // The first one needs a privilege, and goes beyond what the system allows others.
    if (setsockopt(sockets[i], SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room))
      setsockopt(sockets[i], SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (setsockopt(sockets[i], SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes)) die("SO_TIMESTAMPNS");
    if (getsockname(sockets[i], (void *)&address, &size)) die("getsockname");
    printf("%d%c", ntohs(address.sin_port), i == SOCKETS - 1 ? '\n' : ' ');
  }
  fflush(stdout);
}

static void read_legs(void) {
  int ticks = (seconds + 2) * 50;
  legs = calloc(leg_count, sizeof *legs);
  for (int i = 0; i < leg_count; i++) {
    if (scanf("%d", &legs[i].port) != 1 || legs[i].port <= 0 || legs[i].port >= PORTS) die("legs");
    read_keys(&legs[i]);
    legs[i].left_ns = malloc(ticks * sizeof *legs[i].left_ns);
    legs[i].sequence_number = i * 7;
    legs[i].timestamp = i * 1234;
    leg_of_port[legs[i].port] = i + 1;
  }
  delay_max = (long)leg_count * ticks;
  delays_ns = malloc((delay_max + 1) * sizeof *delays_ns);
}

// Send the packets of the callers whose place in the 20 ms is this slot, one batch for each socket.
static void send_slot(int slot) {
  static unsigned char packets[BATCH][PACKET + GROWTH];
  static struct mmsghdr messages[BATCH];
  static struct iovec parts[BATCH];
  static struct sockaddr_in to[BATCH];
  for (int s = 0; s < SOCKETS; s++) {
    int count = 0;
    for (int i = slot; i < leg_count && count < BATCH; i += SLOTS) {
      if (i % SOCKETS != s) continue;
      leg_t *leg = &legs[i];
      unsigned char *packet = packets[count];
      uint16_t sequence_number = htons(leg->sequence_number++);
      uint32_t timestamp = htonl(leg->timestamp), ssrc = htonl(0x10000 + i);
      leg->timestamp += SAMPLES;
      packet[0] = 0x80;
      packet[1] = 0;
      memcpy(packet + 2, &sequence_number, 2);
      memcpy(packet + 4, &timestamp, 4);
      memcpy(packet + 8, &ssrc, 4);
      memset(packet + 12, 0xd5 ^ (leg->sequence_number & 0x1f), SAMPLES);
      int64_t now = clock_ns(CLOCK_MONOTONIC);
      memcpy(packet + 12, &OURS, sizeof OURS);
      memcpy(packet + 16, &now, sizeof now);
      to[count] = (struct sockaddr_in){
          .sin_family = AF_INET, .sin_port = htons(leg->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
      parts[count] = (struct iovec){packet, protect(leg, packet, PACKET)};
      messages[count].msg_hdr = (struct msghdr){
          .msg_name = &to[count], .msg_namelen = sizeof to[count], .msg_iov = &parts[count], .msg_iovlen = 1};
      count++;
    }
    int taken = count ? sendmmsg(sockets[s], messages, count, 0) : 0;
    if (taken > 0) sent += taken;
  }
}

static int64_t stamp_ns(struct msghdr *header) {
  for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part))
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
      struct timespec time;
      memcpy(&time, CMSG_DATA(part), sizeof time);
      return time.tv_sec * SECOND_NS + time.tv_nsec;
    }
  return -1;
}

static void take_delay(const unsigned char *packet, int size, int64_t left_ns) {
  int64_t sent_ns;
  if (size < 24 || memcmp(packet + 12, &OURS, sizeof OURS) || delay_count >= delay_max) return;
  memcpy(&sent_ns, packet + 16, sizeof sent_ns);
  delays_ns[delay_count++] = left_ns - sent_ns;
}

static void take(unsigned char *packet, int size, int port, int64_t left_ns, int is_measured) {
  int index = leg_of_port[port] - 1;
  if (size < 12 || packet[0] >> 6 != 2 || (packet[1] & 0x7f) >= 72 || index < 0) return;  // RTCP, strangers
  leg_t *leg = &legs[index];
  size = unprotect(leg, packet, size);
  if (size < 0) {
    unread++;
    return;
  }
  received++;
  if (!is_measured) return;
  take_delay(packet, size, left_ns);
  uint32_t timestamp;
  memcpy(&timestamp, packet + 4, 4);
  timestamp = ntohl(timestamp);
  if (!leg->received) leg->first_timestamp = timestamp;
  int tick = (int32_t)(timestamp - leg->first_timestamp) / SAMPLES;
  if (tick < 0 || leg->received >= (seconds + 2) * 50) return;
  leg->last_tick = tick > leg->last_tick ? tick : leg->last_tick;
  leg->left_ns[leg->received++] = left_ns - tick * TICK_NS;
}

static void receive_all(int is_measured) {
  static unsigned char packets[BATCH][2048], controls[BATCH][64];
  static struct mmsghdr messages[BATCH];
  static struct iovec parts[BATCH];
  static struct sockaddr_in from[BATCH];
  int64_t wall_ahead_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
  for (int s = 0; s < SOCKETS; s++) {
    int count;
    do {
      for (int i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){packets[i], sizeof packets[i]};
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &parts[i], .msg_iovlen = 1,
            .msg_control = controls[i], .msg_controllen = sizeof controls[i]};
      }
      count = recvmmsg(sockets[s], messages, BATCH, MSG_DONTWAIT, NULL);
      for (int i = 0; i < count; i++)
        take(packets[i], messages[i].msg_len, ntohs(from[i].sin_port),
             stamp_ns(&messages[i].msg_hdr) - wall_ahead_ns, is_measured);
    } while (count == BATCH);
  }
}

static void run(void) {
  int64_t start = clock_ns(CLOCK_MONOTONIC), next = start, report = start + SECOND_NS;
  int64_t end = start + seconds * SECOND_NS;
  for (int slot = 0; next < end; slot = (slot + 1) % SLOTS) {
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    if (now - next > 5 * SLOT_NS) late_slots++;
    send_slot(slot);
    receive_all(now - start >= SECOND_NS);
    if (now >= report && report < end) {
      printf("%lu %lu\n", sent, received);
      fflush(stdout);
      report += SECOND_NS;
    }
    next += SLOT_NS;
    struct timespec until = {next / SECOND_NS, next % SECOND_NS};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
  }
}

static int ascending(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static void report_end(void) {
  long total = 0, missing = 0, silent = 0;
  for (int i = 0; i < leg_count; i++) total += legs[i].received;
  int64_t *late_ns = malloc((total + 1) * sizeof *late_ns);
  total = 0;
  for (int i = 0; i < leg_count; i++) {
    int64_t earliest = INT64_MAX;
    for (int k = 0; k < legs[i].received; k++)
      if (legs[i].left_ns[k] < earliest) earliest = legs[i].left_ns[k];
    for (int k = 0; k < legs[i].received; k++) late_ns[total++] = legs[i].left_ns[k] - earliest;
    if (legs[i].received) missing += legs[i].last_tick + 1 - legs[i].received;
    else silent++;
  }
  qsort(late_ns, total, sizeof *late_ns, ascending);
  late_ns[total] = 0;
  qsort(delays_ns, delay_count, sizeof *delays_ns, ascending);
  double delay_p99_us = delay_count ? delays_ns[delay_count * 99 / 100] / 1e3 : -1;
  printf("{\"sent\": %lu, \"received\": %lu, \"missing\": %ld, \"silent_legs\": %ld, \"unread\": %lu, \"late_slots\": %lu, "
         "\"late_p50_us\": %.1f, \"late_p99_us\": %.1f, \"late_p999_us\": %.1f, \"late_max_us\": %.1f, \"delay_p99_us\": %.1f}\n",
         sent, received, missing, silent, unread, late_slots, late_ns[total / 2] / 1e3, late_ns[total * 99 / 100] / 1e3,
         late_ns[total * 999 / 1000] / 1e3, late_ns[total ? total - 1 : 0] / 1e3, delay_p99_us);
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  leg_count = atoi(arguments[1]);
  seconds = atoi(arguments[2]);
  bind_sockets();
  read_legs();
  run();
  report_end();
}
