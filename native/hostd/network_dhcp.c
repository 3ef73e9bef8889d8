#include "network_dhcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clean.h"
#include "network_host.h"

#define PORT 67
#define COOKIE 0x63825363u

enum { REQUEST = 1, REPLY = 2 };
enum { DISCOVER = 1, OFFER = 2, ASK = 3, ACK = 5, NAK = 6, RELEASE = 7 };
enum {
  OPTION_PAD = 0,
  OPTION_ADDRESS = 50,
  OPTION_TIME = 51,
  OPTION_TYPE = 53,
  OPTION_SERVER = 54,
  OPTION_CLIENT = 61,
  OPTION_END = 255
};

/* RFC 2131, section 2. */
struct message {
  uint8_t op, hardware_type, hardware_size, hops;
  uint32_t id;
  uint16_t seconds, flags;
  in_addr_t client, yours, next, relay;
  uint8_t hardware[16];
  char server_name[64], file[128];
  uint32_t cookie;
  uint8_t options[312];
} __attribute__((packed));

/* Of an answer. */
struct answer {
  uint8_t type;
  in_addr_t address, server;
  uint32_t seconds;
};

struct network_dhcp {
  int fd;
  in_addr_t own, server;
  in_addr_t identity; /* what the server calls itself: its answers say so */
};

/* How long to wait for each answer. */
static const int patience_ms[] = {500, 1000, 2000};

static uint8_t *put(uint8_t *at, uint8_t option, const void *value, uint8_t size) {
  *at++ = option;
  *at++ = size;
  memcpy(at, value, size);
  return at + size;
}

static uint8_t *begin(const struct network_dhcp *d, in_addr_t session, uint8_t type, struct message *m) {
  struct {
    uint8_t kind; /* 0: no hardware address */
    char name[8];
    in_addr_t server, session;
  } __attribute__((packed)) client = {0, {'m', 'o', 'b', 'i', 'd', 'e', 's', 'k'}, d->own, session};
  *m = (struct message){.op = REQUEST,
                        .hardware_type = 1,
                        .hardware_size = 6,
                        .relay = d->own,
                        .hardware = {0x02, 'M'},
                        .cookie = htonl(COOKIE)};
  memcpy(m->hardware + 2, &session, sizeof session);
  uint8_t *at = put(m->options, OPTION_TYPE, &type, sizeof type);
  return put(at, OPTION_CLIENT, &client, sizeof client);
}

/* The options of an answer; false when it is malformed. */
static bool read_options(const uint8_t *at, const uint8_t *end, struct answer *out) {
  while (at < end && *at != OPTION_END) {
    if (*at == OPTION_PAD) {
      at++;
      continue;
    }
    if (end - at < 2 || end - at - 2 < at[1])
      return false;
    uint32_t number = 0;
    if (at[1] == sizeof number)
      memcpy(&number, at + 2, sizeof number);
    if (at[0] == OPTION_TYPE && at[1] == 1)
      out->type = at[2];
    if (at[0] == OPTION_SERVER)
      out->server = number;
    if (at[0] == OPTION_TIME)
      out->seconds = ntohl(number);
    at += 2 + at[1];
  }
  return out->type != 0;
}

static bool read_answer(const struct message *m, size_t size, const struct message *to, struct answer *out) {
  *out = (struct answer){.address = m->yours};
  return size > offsetof(struct message, options) && m->op == REPLY && m->id == to->id && m->cookie == htonl(COOKIE) &&
         memcmp(m->hardware, to->hardware, sizeof m->hardware) == 0 &&
         read_options(m->options, (const uint8_t *)m + size, out);
}

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits for the answer to a message; others are passed over. It may come from another of the server's addresses. */
static bool answered(const struct network_dhcp *d, const struct message *to, int wait_ms, struct answer *out) {
  for (int64_t end_ms = now_ms() + wait_ms, left_ms; (left_ms = end_ms - now_ms()) > 0;) {
    struct message m;
    struct pollfd ready = {.fd = d->fd, .events = POLLIN};
    if (poll(&ready, 1, (int)left_ms) <= 0)
      continue;
    ssize_t n = recv(d->fd, &m, sizeof m, MSG_DONTWAIT);
    if (n > 0 && read_answer(&m, (size_t)n, to, out))
      return true;
  }
  return false;
}

static int transmit(const struct network_dhcp *d, const struct message *m, struct error *err) {
  /* The whole of it: some relays drop what is shorter than BOOTP's 300 bytes. */
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = d->server};
  if (sendto(d->fd, m, sizeof *m, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to) != sizeof *m)
    return error_sys(err, "sending to the DHCP server %s", NETWORK_TEXT(d->server));
  return 0;
}

static int ask(const struct network_dhcp *d, struct message *m, uint8_t *end, struct answer *out, struct error *err) {
  *end = OPTION_END;
  if (getrandom(&m->id, sizeof m->id, 0) < 0)
    return error_sys(err, "choosing a number for a DHCP request");
  for (size_t i = 0; i < sizeof patience_ms / sizeof *patience_ms; i++) {
    if (transmit(d, m, err) < 0)
      return -1;
    if (answered(d, m, patience_ms[i], out))
      return 0;
  }
  return error_set(err, MOBIDESK_TIMEOUT,
                   "the DHCP server %s does not answer %s: is it up, and does it serve this subnet by relay?",
                   NETWORK_TEXT(d->server), NETWORK_TEXT(d->own));
}

int network_dhcp_open(in_addr_t own, in_addr_t server, struct network_dhcp **out, struct error *err) {
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = own};
  struct network_dhcp *d = calloc(1, sizeof *d);
  if (!d)
    return error_sys(err, "opening DHCP");
  *d = (struct network_dhcp){socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), own, server, server};
  if (d->fd < 0 || bind(d->fd, (struct sockaddr *)&local, sizeof local) < 0) {
    if (errno == EADDRINUSE)
      error_set(err, MOBIDESK_CONFLICT, "another program uses port 67 of %s: DHCP needs it", NETWORK_TEXT(own));
    else
      error_sys(err, "opening DHCP at %s", NETWORK_TEXT(own));
    network_dhcp_close(d);
    return -1;
  }
  *out = d;
  return 0;
}

void network_dhcp_close(struct network_dhcp *d) {
  if (!d)
    return;
  if (d->fd >= 0)
    close(d->fd);
  free(d);
}

int network_dhcp_take(struct network_dhcp *d, in_addr_t session, in_addr_t *address, uint32_t *seconds,
                      struct error *err) {
  struct message m;
  struct answer offer, answer;
  if (ask(d, &m, begin(d, session, DISCOVER, &m), &offer, err) < 0)
    return -1;
  if (offer.type != OFFER || !offer.address)
    return error_set(err, MOBIDESK_NO_SPACE, "the DHCP server %s offers no address", NETWORK_TEXT(d->server));
  uint8_t *at = begin(d, session, ASK, &m);
  at = put(at, OPTION_ADDRESS, &offer.address, sizeof offer.address);
  at = put(at, OPTION_SERVER, &offer.server, sizeof offer.server);
  if (ask(d, &m, at, &answer, err) < 0)
    return -1;
  if (answer.type != ACK || answer.address != offer.address || !answer.seconds)
    return error_set(err, MOBIDESK_NO_SPACE, "the DHCP server %s took back the address %s that it had offered",
                     NETWORK_TEXT(d->server), NETWORK_TEXT(offer.address));
  d->identity = answer.server ? answer.server : d->identity;
  *address = answer.address;
  *seconds = answer.seconds;
  return 0;
}

int network_dhcp_renew(struct network_dhcp *d, in_addr_t session, in_addr_t address, uint32_t *seconds,
                       struct error *err) {
  struct message m;
  struct answer answer;
  uint8_t *at = begin(d, session, ASK, &m);
  m.client = address;
  if (ask(d, &m, at, &answer, err) < 0)
    return -1;
  if (answer.type != ACK || !answer.seconds)
    return error_set(err, MOBIDESK_NOT_FOUND, "the DHCP server %s does not renew the address %s",
                     NETWORK_TEXT(d->server), NETWORK_TEXT(address));
  d->identity = answer.server ? answer.server : d->identity;
  *seconds = answer.seconds;
  return 0;
}

int network_dhcp_release(struct network_dhcp *d, in_addr_t session, in_addr_t address, struct error *err) {
  struct message m;
  uint8_t *at = begin(d, session, RELEASE, &m);
  m.client = address;
  at = put(at, OPTION_SERVER, &d->identity, sizeof d->identity);
  *at = OPTION_END;
  return transmit(d, &m, err);
}
