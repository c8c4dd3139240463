// The least that mixing G.711 for a conference can cost, without any network: decode each leg by table, add
// in 32 bits, take each leg's own voice out again, clamp, encode by table.
//
// usage: mix_limit LEGS
// Prints the nanoseconds of CPU for one leg and 20 ms.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SAMPLES = 160, LEG_TICKS = 2000000 };

static int16_t linear[256];
static uint8_t coded[65536];

static int16_t expand(uint8_t byte) {
  byte = ~byte;
  int magnitude = (((byte & 15) << 3) + 0x84) << ((byte & 0x70) >> 4);
  return byte & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
}

static void make_tables(void) {
  for (int byte = 0; byte < 256; byte++) linear[byte] = expand(byte);
  for (int sample = -32768; sample < 32768; sample++) {
    int best = 0, least = 1 << 30;
    if (sample & 15) {  // Neighbours share a code, but for a few.
      coded[(uint16_t)sample] = coded[(uint16_t)(sample & ~15)];
      continue;
    }
    for (int byte = 0; byte < 256; byte++)
      if (abs(linear[byte] - sample) < least) best = byte, least = abs(linear[byte] - sample);
    coded[(uint16_t)sample] = best;
  }
}

static double cpu_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  int legs = atoi(arguments[1]), ticks = LEG_TICKS / legs;
  uint8_t *heard = malloc(legs * SAMPLES), *said = malloc(legs * SAMPLES);
  int16_t *voices = malloc(legs * SAMPLES * sizeof *voices);
  volatile uint8_t sink = 0;
  make_tables();
  for (int i = 0; i < legs * SAMPLES; i++) heard[i] = rand();
  double start = cpu_ns();
  for (int tick = 0; tick < ticks; tick++) {
    int32_t sum[SAMPLES] = {0};
    for (int leg = 0; leg < legs; leg++)
      for (int i = 0; i < SAMPLES; i++) sum[i] += voices[leg * SAMPLES + i] = linear[heard[leg * SAMPLES + i]];
    for (int leg = 0; leg < legs; leg++)
      for (int i = 0; i < SAMPLES; i++) {
        int32_t rest = sum[i] - voices[leg * SAMPLES + i];
        rest = rest > 32767 ? 32767 : rest < -32768 ? -32768 : rest;
        said[leg * SAMPLES + i] = coded[(uint16_t)rest];
      }
    sink += said[tick % (legs * SAMPLES)];
  }
  printf("%.1f\n", (cpu_ns() - start) / ticks / legs);
  return 0;
}
