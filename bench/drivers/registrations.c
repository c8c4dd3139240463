// Registrations in a closed loop: WINDOW of them are always under way (REGISTER, 401 or 407, REGISTER with
// digest, 200), so that the registrar's core is the limit and not a rate.
//
// usage: registrations PORT DOMAIN PASSWORD USERS COUNT WINDOW
// Registers COUNT times at 127.0.0.1:PORT, user u000000 to USERS-1 in turn, each with a Call-ID of its own.
// Prints one JSON line: `registered`, `refused`, `retransmissions`, `seconds`; what was refused goes to
// standard error, the first three. Ends with 1 when some are still open after 120 s.
//
// Needs libcrypto (Debian: libssl-dev) for MD5.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

enum { MESSAGE = 2048, VALUE = 256, HEX = 33, FIRST = 1, WITH_DIGEST = 2, IDLE = 0 };
static const int64_t SECOND_NS = 1000000000, T1_NS = 500000000, LIMIT_NS = 120 * SECOND_NS;

typedef struct {
  int number;  // Of the registration.
  int cseq;    // IDLE, FIRST or WITH_DIGEST.
  int64_t sent_ns;
  int length;
  char message[MESSAGE];
} window_slot;

static const char *domain, *password;
static int users, total, window, server, own_port;
static int next_number, registered, refused, retransmissions;
static uint32_t run_id;  // So that no transaction and no Call-ID of an earlier run is met again.
static window_slot *slots;

static int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * SECOND_NS + time.tv_nsec;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void md5(char hex[HEX], const char *text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  if (!EVP_Digest(text, strlen(text), digest, NULL, EVP_md5(), NULL)) die("MD5");
  for (int i = 0; i < 16; i++) sprintf(hex + 2 * i, "%02x", digest[i]);
}

static void open_socket(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int room = 1 << 23;
  server = socket(AF_INET, SOCK_DGRAM, 0);
  if (server < 0 || bind(server, (void *)&address, size)) die("bind");
  setsockopt(server, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (getsockname(server, (void *)&address, &size)) die("getsockname");
  own_port = ntohs(address.sin_port);
  address.sin_port = htons(port);
  if (connect(server, (void *)&address, sizeof address)) die("connect");
}

static void transmit(window_slot *slot) {
  slot->sent_ns = now_ns();
  if (send(server, slot->message, slot->length, 0) < 0) die("send");
}

static void send_register(window_slot *slot, int cseq, const char *authorization) {
  int index = slot - slots, user = slot->number % users;
  slot->cseq = cseq;
  slot->length = snprintf(
      slot->message, MESSAGE,
      "REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%08x-%d-%d\r\nMax-Forwards: 70\r\n"
      "From: <sip:u%06d@%s>;tag=t%d\r\nTo: <sip:u%06d@%s>\r\nCall-ID: %d-%d-%08x@bench\r\nCSeq: %d REGISTER\r\n"
      "Contact: <sip:u%06d@127.0.0.1:%d>\r\n%sExpires: 3600\r\nContent-Length: 0\r\n\r\n",
      domain, own_port, run_id, slot->number, cseq, user, domain, slot->number, user, domain, index, slot->number,
      run_id, cseq, user, own_port, authorization);
  if (slot->length >= MESSAGE) {
    fputs("a REGISTER is too long\n", stderr);
    exit(1);
  }
  transmit(slot);
}

static void begin_next(window_slot *slot) {
  slot->cseq = IDLE;
  if (next_number == total) return;
  slot->number = next_number++;
  send_register(slot, FIRST, "");
}

// The value of a challenge's parameter, quoted or not; empty when it has none.
static void parameter(char value[VALUE], const char *challenge, const char *name) {
  const char *at = strcasestr(challenge, name);
  int length = 0;
  if (at) {
    at += strlen(name);
    if (*at == '"') at++;
    while (at[length] && !strchr("\",\r\n", at[length]) && length < VALUE - 1) length++;
    memcpy(value, at, length);
  }
  value[length] = 0;
}

// RFC 7616 §3.4, MD5 with qop=auth.
static void answer_challenge(window_slot *slot, const char *response, int status) {
  char nonce[VALUE], realm[VALUE], text[1024], secret[HEX], asked[HEX], digest[HEX], authorization[1400];
  int user = slot->number % users;
  parameter(nonce, response, "nonce=");
  parameter(realm, response, "realm=");
  snprintf(text, sizeof text, "u%06d:%s:%s", user, realm, password);
  md5(secret, text);
  snprintf(text, sizeof text, "REGISTER:sip:%s", domain);
  md5(asked, text);
  snprintf(text, sizeof text, "%s:%s:00000001:c0ffee:auth:%s", secret, nonce, asked);
  md5(digest, text);
  snprintf(authorization, sizeof authorization,
           "%sAuthorization: Digest username=\"u%06d\", realm=\"%s\", nonce=\"%s\", uri=\"sip:%s\", "
           "response=\"%s\", algorithm=MD5, cnonce=\"c0ffee\", qop=auth, nc=00000001\r\n",
           status == 407 ? "Proxy-" : "", user, realm, nonce, domain, digest);
  send_register(slot, WITH_DIGEST, authorization);
}

static window_slot *slot_of(const char *response) {
  const char *call_id = strcasestr(response, "\nCall-ID: "), *cseq = strcasestr(response, "\nCSeq: ");
  int index, number;
  uint32_t id;
  if (!call_id || !cseq || sscanf(call_id + 10, "%d-%d-%x", &index, &number, &id) != 3) return NULL;
  if (index < 0 || index >= window || id != run_id) return NULL;
  window_slot *slot = slots + index;
  return slot->number == number && slot->cseq != IDLE && slot->cseq == atoi(cseq + 7) ? slot : NULL;
}

// Takes one response; what belongs to nothing, such as a repeated one, is dropped.
static void handle(const char *response) {
  window_slot *slot = slot_of(response);
  int status = atoi(response + strlen("SIP/2.0 "));
  if (!slot || status < 200) return;
  if ((status == 401 || status == 407) && slot->cseq == FIRST) {
    answer_challenge(slot, response, status);
    return;
  }
  if (status == 200) {
    registered++;
  } else if (refused++ < 3) {
    fprintf(stderr, "%.300s\n", response);
  }
  begin_next(slot);
}

static void repeat_unanswered(void) {
  int64_t now = now_ns();
  for (window_slot *slot = slots; slot < slots + window; slot++) {
    if (slot->cseq != IDLE && now - slot->sent_ns > T1_NS) {
      transmit(slot);
      retransmissions++;
    }
  }
}

int main(int count, char **arguments) {
  static char response[65536];
  if (count != 7) {
    fputs("usage: registrations PORT DOMAIN PASSWORD USERS COUNT WINDOW\n", stderr);
    return 2;
  }
  domain = arguments[2];
  password = arguments[3];
  users = atoi(arguments[4]);
  total = atoi(arguments[5]);
  window = atoi(arguments[6]);
  if (getrandom(&run_id, sizeof run_id, 0) != sizeof run_id) die("getrandom");
  slots = calloc(window, sizeof *slots);
  open_socket(atoi(arguments[1]));

  int64_t began = now_ns(), checked = began;
  for (int i = 0; i < window; i++) begin_next(slots + i);
  while (registered + refused < total && now_ns() - began < LIMIT_NS) {
    struct pollfd readable = {server, POLLIN, 0};
    ssize_t length;
    poll(&readable, 1, 100);
    while ((length = recv(server, response, sizeof response - 1, MSG_DONTWAIT)) > 0) {
      response[length] = 0;
      handle(response);
    }
    if (now_ns() - checked > T1_NS / 5) {
      repeat_unanswered();
      checked = now_ns();
    }
  }
  printf("{\"registered\": %d, \"refused\": %d, \"retransmissions\": %d, \"seconds\": %.3f}\n", registered, refused,
         retransmissions, (now_ns() - began) / 1e9);
  return registered + refused < total;
}
