// rtp_callers with SRTP: a leg is PORT, or PORT/TAG/OURS/THEIRS with the bytes of its RTP tag and two master keys in
// hexadecimal digits, each with its salt: what the caller sends with, and what the leg sends with.
#define WITH_SRTP
#include "rtp_callers.c"
