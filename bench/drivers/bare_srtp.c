// The least that SRTP can cost: the primitives of srtp.h on packets of 20 ms G.711.
//
// usage: bare_srtp PACKETS SESSIONS
// Prints nanoseconds of CPU for a packet protected and for one unprotected.
#include "srtp.h"

#include <stdio.h>
#include <time.h>

enum { PACKET = 172, BATCH = 1024 };

static double cpu_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  int packets = atoi(arguments[1]), sessions = atoi(arguments[2]), batches = (packets + BATCH - 1) / BATCH;
  static unsigned char batch[BATCH][PACKET + SRTP_TAG_MAX], master[SRTP_MASTER] = {7};
  static int lengths[BATCH];
  srtp_t **out = calloc(sessions, sizeof *out), **in = calloc(sessions, sizeof *in);
  for (int i = 0; i < sessions; i++) {
    out[i] = srtp_open(master, 10);
    in[i] = srtp_open(master, 10);
  }
  double protecting = 0, unprotecting = 0;
  for (int b = 0; b < batches; b++) {
    for (int i = 0; i < BATCH; i++) {
      int number = (b * BATCH + i) / sessions;
      memset(batch[i], 0x55, PACKET);
      batch[i][0] = 0x80;
      batch[i][2] = number >> 8;
      batch[i][3] = number;
    }
    double start = cpu_ns();
    for (int i = 0; i < BATCH; i++) lengths[i] = srtp_protect(out[(b * BATCH + i) % sessions], batch[i], PACKET);
    protecting += cpu_ns() - start;
    start = cpu_ns();
    for (int i = 0; i < BATCH; i++)
      if (srtp_unprotect(in[(b * BATCH + i) % sessions], batch[i], lengths[i]) != PACKET) return 1;
    unprotecting += cpu_ns() - start;
  }
  printf("%.1f %.1f\n", protecting / batches / BATCH, unprotecting / batches / BATCH);
}
