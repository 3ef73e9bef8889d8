#include "network_leases.h"

#include <arpa/inet.h>
#include <time.h>

#include "network_host.h"

/* Includes the time that the machine sleeps. */
static uint64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_BOOTTIME, &t);
  return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

struct search {
  in_addr_t session, found;
  bool is_found;
};

static int look_at(const void *key, const void *value, void *data) {
  struct search *s = data;
  const struct translation_lease *lease = value;
  if (lease->given_back_us || lease->session != s->session)
    return 0;
  s->found = *(const in_addr_t *)key;
  s->is_found = true;
  return 1;
}

int network_lease_find(const struct network_leases *l, in_addr_t session, in_addr_t *out, struct error *err) {
  struct search s = {.session = session};
  if (translator_each(l->translator, "leases", look_at, &s, err) < 0)
    return -1;
  *out = s.found;
  return s.is_found;
}

/* Finds the address that may be given out and has rested for longest; one that was never used is best. */
static int find_free(const struct network_leases *l, in_addr_t *out, struct error *err) {
  uint32_t first = ntohl(l->pool.address), count = l->pool.length ? 1u << (32 - l->pool.length) : 0;
  uint64_t now = now_us(), oldest = UINT64_MAX;
  unsigned resting = 0;
  for (uint32_t i = 0; i < count && oldest; i++) {
    struct translation_lease lease = {0};
    in_addr_t address = htonl(first + i);
    int found = translator_get(l->translator, "leases", &address, &lease, err);
    if (found < 0)
      return -1;
    if (found && !lease.given_back_us)
      continue;
    uint64_t rested_since = found ? lease.given_back_us : 0;
    if (found && now - rested_since < l->quarantine_us) {
      resting++;
    } else if (rested_since < oldest) {
      oldest = rested_since;
      *out = address;
    }
  }
  if (oldest != UINT64_MAX)
    return 0;
  return error_set(err, MOBIDESK_NO_SPACE,
                   "no physical address of %s/%u is free here (%u were given back less than %lu s ago)",
                   NETWORK_TEXT(l->pool.address), l->pool.length, resting, (unsigned long)(l->quarantine_us / 1000000));
}

int network_lease_take(const struct network_leases *l, in_addr_t session, in_addr_t *out, struct error *err) {
  struct translation_lease lease = {.session = session};
  int found = network_lease_find(l, session, out, err);
  if (found)
    return found < 0 ? -1 : 0;
  if (find_free(l, out, err) < 0)
    return -1;
  return translator_set(l->translator, "leases", out, &lease, err);
}

int network_lease_give_back(const struct network_leases *l, in_addr_t session, in_addr_t *out, struct error *err) {
  struct translation_lease lease = {.session = session, .given_back_us = now_us()};
  int found = network_lease_find(l, session, out, err);
  if (found <= 0)
    return found;
  return translator_set(l->translator, "leases", out, &lease, err) < 0 ? -1 : 1;
}

struct visit {
  void (*each)(in_addr_t session, in_addr_t physical, void *data);
  void *data;
};

static int visit_lease(const void *key, const void *value, void *data) {
  const struct visit *v = data;
  const struct translation_lease *lease = value;
  if (!lease->given_back_us)
    v->each(lease->session, *(const in_addr_t *)key, v->data);
  return 0;
}

int network_lease_each(const struct network_leases *l, void (*each)(in_addr_t session, in_addr_t physical, void *data),
                       void *data, struct error *err) {
  struct visit v = {each, data};
  return translator_each(l->translator, "leases", visit_lease, &v, err);
}
