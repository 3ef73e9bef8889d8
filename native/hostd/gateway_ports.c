#include "gateway_ports.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "clean.h"
#include "log.h"
#include "network_address6.h"
#include "network_host.h"

#define TABLE "inet mobidesk-%s-gateway"
#define CHAIN "ports-%08x"

struct search {
  bool *taken; /* by the number of the range */
  uint32_t each, count;
};

static int mark_taken(const void *key, const void *value, void *data) {
  const struct translation_ports *ports = value;
  const struct search *s = data;
  /* A range of another size, of an earlier configuration, may reach into several. */
  uint32_t first = (ports->first - GATEWAY_PORTS_FIRST) / s->each;
  uint32_t last = (ports->first + ports->count - 1u - GATEWAY_PORTS_FIRST) / s->each;
  for (uint32_t i = first; i <= last && i < s->count; i++)
    s->taken[i] = true;
  return 0;
}

/* Finds a free range; returns 1, or 0 when there is none. */
static int find_free(struct translator *t, in_addr_t session, uint32_t each, struct translation_ports *out,
                     struct error *err) {
  uint32_t count = (GATEWAY_PORTS_LAST + 1 - GATEWAY_PORTS_FIRST) / each;
  cleanup_free bool *taken = calloc(count, sizeof *taken);
  struct search search = {taken, each, count};
  if (!taken)
    return error_sys(err, "looking for ports for session address %s", NETWORK_TEXT(session));
  if (translator_each(t, "port_ranges", mark_taken, &search, err) < 0)
    return -1;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t at = (ntohl(session) + i) % count;
    if (!taken[at]) {
      *out = (struct translation_ports){(uint16_t)(GATEWAY_PORTS_FIRST + at * each), (uint16_t)each};
      return 1;
    }
  }
  return 0;
}

/* A command about what leads to the session's chain by its IPv6 address; empty without IPv6. */
static const char *element6(const char *verb, const char *instance, const struct network_prefix6 *sessions6,
                            in_addr_t session, char text[static 256]) {
  struct in6_addr address = network6_session(sessions6, session);
  text[0] = '\0';
  if (sessions6->length)
    snprintf(text, 256, "%s element " TABLE " ports6 { %s : jump " CHAIN " }\n", verb, instance,
             NETWORK6_TEXT(&address), ntohl(session));
  return text;
}

static int make_rules(const char *instance, const struct network_prefix6 *sessions6, in_addr_t session,
                      struct translation_ports ports, struct error *err) {
  uint32_t name = ntohl(session);
  return network_nft("giving a session ports", err,
                     "table " TABLE " {\n"
                     "  chain " CHAIN " { }\n"
                     "}\n"
                     "flush chain " TABLE " " CHAIN "\n"
                     "add rule " TABLE " " CHAIN " meta l4proto { tcp, udp } masquerade to :%u-%u\n"
                     "add element " TABLE " ports { %s : jump " CHAIN " }\n"
                     "%s",
                     instance, name, instance, name, instance, name, ports.first, ports.first + ports.count - 1u,
                     instance, NETWORK_TEXT(session), name,
                     element6("add", instance, sessions6, session, (char[256]){0}));
}

int gateway_ports_give(struct translator *t, const char *instance, const struct network_prefix6 *sessions6,
                       in_addr_t session, uint32_t each, struct error *err) {
  struct translation_ports ports;
  int found = translator_get(t, "port_ranges", &session, &ports, err);
  if (found || !each)
    return found < 0 ? -1 : 0;
  found = find_free(t, session, each, &ports, err);
  if (found == 0)
    log_warning("ports-exhausted", "session=%s", NETWORK_TEXT(session));
  if (found <= 0)
    return found;
  /* Written down first: what is in the rules can always be found and removed. */
  if (translator_set(t, "port_ranges", &session, &ports, err) < 0)
    return -1;
  return make_rules(instance, sessions6, session, ports, err);
}

int gateway_ports_take_back(struct translator *t, const char *instance, const struct network_prefix6 *sessions6,
                            in_addr_t session, struct error *err) {
  struct translation_ports ports;
  uint32_t name = ntohl(session);
  int found = translator_get(t, "port_ranges", &session, &ports, err);
  if (found <= 0)
    return found;
  /* Made first, as nftables has no way to remove what may be absent. */
  if (make_rules(instance, sessions6, session, ports, err) < 0 ||
      network_nft("taking back a session's ports", err,
                  "delete element " TABLE " ports { %s : jump " CHAIN " }\n"
                  "%s"
                  "delete chain " TABLE " " CHAIN "\n",
                  instance, NETWORK_TEXT(session), name,
                  element6("delete", instance, sessions6, session, (char[256]){0}), instance, name) < 0)
    return -1;
  return translator_delete(t, "port_ranges", &session, err);
}
