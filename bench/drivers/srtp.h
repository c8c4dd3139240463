// What SRTP costs at least (RFC 3711, AES_CM_128_HMAC_SHA1_80 and _32): OpenSSL's AES in counter mode and SHA-1, the
// key schedule and both states of the HMAC kept. One source; no window against replay. Link with -lcrypto.
#pragma once
#define OPENSSL_SUPPRESS_DEPRECATED  // SHA1_Init and its like have states that can be kept; EVP's cost more.
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SRTP_MASTER = 30, SRTP_TAG_MAX = 10, SRTP_HEADER = 12 };

typedef struct {
  EVP_CIPHER_CTX *aes;
  SHA_CTX inner, outer;  // Behind the padded key.
  unsigned char salt[14];
  int tag_bytes, has_begun;
  uint64_t newest;  // Roll-over counter and sequence number.
} srtp_t;

// Section 4.3: the keystream of the master key behind its salt, with the label over byte 7.
static void srtp_derive(const unsigned char *master, int label, unsigned char *key, int bytes) {
  unsigned char counter[16] = {0}, zeros[32] = {0};
  int written;
  memcpy(counter, master + 16, 14);
  counter[7] ^= label;
  EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(aes, EVP_aes_128_ctr(), NULL, master, counter);
  EVP_EncryptUpdate(aes, key, &written, zeros, bytes);
  EVP_CIPHER_CTX_free(aes);
}

static srtp_t *srtp_open(const unsigned char *master, int tag_bytes) {
  srtp_t *srtp = calloc(1, sizeof *srtp);
  unsigned char cipher_key[16], mac_key[20], padded[64];
  srtp_derive(master, 0, cipher_key, sizeof cipher_key);
  srtp_derive(master, 1, mac_key, sizeof mac_key);
  srtp_derive(master, 2, srtp->salt, sizeof srtp->salt);
  srtp->tag_bytes = tag_bytes;
  srtp->aes = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(srtp->aes, EVP_aes_128_ctr(), NULL, cipher_key, NULL);
  SHA_CTX *states[] = {&srtp->inner, &srtp->outer};
  for (int i = 0; i < 2; i++) {
    memset(padded, i ? 0x5c : 0x36, sizeof padded);
    for (size_t k = 0; k < sizeof mac_key; k++) padded[k] ^= mac_key[k];
    SHA1_Init(states[i]);
    SHA1_Update(states[i], padded, sizeof padded);
  }
  return srtp;
}

static uint64_t srtp_index(const srtp_t *srtp, const unsigned char *packet) {
  uint16_t number = packet[2] << 8 | packet[3];
  return srtp->has_begun ? srtp->newest + (int16_t)(number - (uint16_t)srtp->newest) : number;
}

static void srtp_crypt(srtp_t *srtp, unsigned char *packet, int length, uint64_t index) {
  unsigned char counter[16] = {0};
  int written;
  memcpy(counter, srtp->salt, sizeof srtp->salt);
  for (int i = 0; i < 4; i++) counter[4 + i] ^= packet[8 + i];
  for (int i = 0; i < 6; i++) counter[8 + i] ^= index >> (40 - 8 * i);
  EVP_EncryptInit_ex(srtp->aes, NULL, NULL, NULL, counter);
  EVP_EncryptUpdate(srtp->aes, packet + SRTP_HEADER, &written, packet + SRTP_HEADER, length - SRTP_HEADER);
}

static void srtp_tag(const srtp_t *srtp, const unsigned char *packet, int length, uint64_t index, unsigned char *tag) {
  unsigned char rollovers[4] = {index >> 40, index >> 32, index >> 24, index >> 16};
  SHA_CTX state = srtp->inner;
  SHA1_Update(&state, packet, length);
  SHA1_Update(&state, rollovers, sizeof rollovers);
  SHA1_Final(tag, &state);
  state = srtp->outer;
  SHA1_Update(&state, tag, SHA_DIGEST_LENGTH);
  SHA1_Final(tag, &state);
}

static void srtp_seen(srtp_t *srtp, uint64_t index) {
  if (!srtp->has_begun || index > srtp->newest) srtp->newest = index;
  srtp->has_begun = 1;
}

// Protect a packet with room for the tag behind it; its new length.
static int srtp_protect(srtp_t *srtp, unsigned char *packet, int length) {
  unsigned char tag[SHA_DIGEST_LENGTH];
  uint64_t index = srtp_index(srtp, packet);
  srtp_crypt(srtp, packet, length, index);
  srtp_tag(srtp, packet, length, index, tag);
  memcpy(packet + length, tag, srtp->tag_bytes);
  srtp_seen(srtp, index);
  return length + srtp->tag_bytes;
}

// Its length without the tag, or -1 when the tag is wrong.
static int srtp_unprotect(srtp_t *srtp, unsigned char *packet, int length) {
  unsigned char tag[SHA_DIGEST_LENGTH];
  length -= srtp->tag_bytes;
  if (length < SRTP_HEADER) return -1;
  uint64_t index = srtp_index(srtp, packet);
  srtp_tag(srtp, packet, length, index, tag);
  if (CRYPTO_memcmp(packet + length, tag, srtp->tag_bytes)) return -1;
  srtp_crypt(srtp, packet, length, index);
  srtp_seen(srtp, index);
  return length;
}
