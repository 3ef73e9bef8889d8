/*
 * announcement.h: what a server tells the proxy about a session's network: its physical address, label and generation.
 *
 * This is the exchange of labels (paper section 5). It goes from daemon to daemon by UDP on the servers' network, and
 * is answered by the same message with ANNOUNCEMENT_ANSWER. Without IPv6 it is what daemons that know none send and
 * take. A message bears an HMAC-SHA-256 under the installation's network key and the time it was made; who lacks the
 * key can neither announce nor answer.
 */
#ifndef MOBIDESK_ANNOUNCEMENT_H
#define MOBIDESK_ANNOUNCEMENT_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "network_rtnl.h"

#define ANNOUNCEMENT_PORT 7410
#define ANNOUNCEMENT_SIZE 72 /* bytes on the wire; */
#define ANNOUNCEMENT_MOST 80 /* with a network of IPv6 */
#define ANNOUNCEMENT_KEY_SIZE 32
/* Clocks of the installation may differ by this much. */
#define ANNOUNCEMENT_AGE_US 300000000ull

enum announcement_kind {
  ANNOUNCEMENT_HERE = 1, /* the server has the session, or is about to */
  ANNOUNCEMENT_GONE = 2, /* it has given the physical address back */
  ANNOUNCEMENT_ANSWER = 0x80
};

struct announcement {
  uint8_t kind;
  uint16_t generation;
  in_addr_t session, physical, server; /* network byte order, as the label */
  uint32_t label;
  struct network_prefix pool; /* of which the physical address is */
  struct in6_addr network6;   /* of the server's physical IPv6 addresses, 64 bits; none: it has no IPv6 */
  uint64_t time_us;           /* CLOCK_REALTIME */
};

struct announcement_key {
  uint8_t bytes[ANNOUNCEMENT_KEY_SIZE];
};

/* Reads the key from a file: its SHA-256 is the key, so that any file of 32 bytes or more will do. */
int announcement_key_read(const char *path, struct announcement_key *out, struct error *err);

/* Writes at most ANNOUNCEMENT_MOST bytes; returns how many, or -1. */
int announcement_write(const struct announcement *a, const struct announcement_key *key, uint8_t *out,
                       struct error *err);
/* Reads and verifies: size, HMAC, values. Does not look at the time. 0, or -1 for what is none of ours. */
int announcement_read(const uint8_t *data, size_t size, const struct announcement_key *key, struct announcement *out);

uint64_t announcement_now_us(void);

#endif
