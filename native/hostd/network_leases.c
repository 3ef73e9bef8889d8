#include "network_leases.h"

#include <arpa/inet.h>
#include <time.h>

#include "log.h"
#include "network_host.h"

/* After a failure with the DHCP server. */
#define RETRY_US 10000000

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

static void unlock(pthread_mutex_t **lock) { pthread_mutex_unlock(*lock); }
/* Holds a mutex until the end of the block. */
#define locked(mutex)                                                                                                  \
  __attribute__((cleanup(unlock), unused)) pthread_mutex_t *held_lock = (pthread_mutex_lock(mutex), mutex)

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

/* Chooses one itself. */
static int choose(struct network_leases *l, in_addr_t session, in_addr_t *out, struct error *err) {
  struct translation_lease lease = {.session = session};
  locked(&l->changing);
  return find_free(l, out, err) < 0 ? -1 : translator_set(l->translator, "leases", out, &lease, err);
}

static uint32_t expiry(const struct network_leases *l) { return (uint32_t)(now_us() / 1000000) + l->lease_s; }

/* Asks the DHCP server, unless somebody just did. */
static int ask_for(struct network_leases *l, in_addr_t session, in_addr_t *out, struct error *err) {
  struct error ignored;
  locked(&l->asking);
  int found = network_lease_find(l, session, out, err);
  if (found)
    return found < 0 ? -1 : 0;
  if (network_dhcp_take(l->dhcp, session, out, &l->lease_s, err) < 0)
    return -1;
  struct translation_lease lease = {.session = session, .expires_s = expiry(l)};
  if (network_prefix_contains(l->pool, *out))
    return translator_set(l->translator, "leases", out, &lease, err);
  network_dhcp_release(l->dhcp, session, *out, &ignored);
  return error_set(err, MOBIDESK_INVALID, "the DHCP server gives %s, which is not of physical_pool %s/%u",
                   NETWORK_TEXT(*out), NETWORK_TEXT(l->pool.address), l->pool.length);
}

int network_lease_take(struct network_leases *l, in_addr_t session, in_addr_t *out, struct error *err) {
  int found = network_lease_find(l, session, out, err);
  if (found)
    return found < 0 ? -1 : 0;
  return l->dhcp ? ask_for(l, session, out, err) : choose(l, session, out, err);
}

int network_lease_give_back(struct network_leases *l, in_addr_t session, in_addr_t *out, struct error *err) {
  struct translation_lease lease = {.session = session, .given_back_us = now_us()};
  struct translation_lease before;
  locked(&l->changing);
  int found = network_lease_find(l, session, out, err);
  if (found <= 0)
    return found;
  if (translator_get(l->translator, "leases", out, &before, err) < 0)
    return -1;
  lease.expires_s = before.expires_s;
  return translator_set(l->translator, "leases", out, &lease, err) < 0 ? -1 : 1;
}

/* ---- DHCP ----
 */

static void complain(struct network_leases *l, in_addr_t session, in_addr_t physical, const struct error *err) {
  l->retry_us = now_us() + RETRY_US;
  log_error("dhcp", "session=%s physical=%s message=\"%s\"", NETWORK_TEXT(session), NETWORK_TEXT(physical),
            err->message);
}

/* Its session may give it back meanwhile. */
static int renew(struct network_leases *l, in_addr_t physical, in_addr_t session, struct error *err) {
  struct translation_lease lease;
  if (network_dhcp_renew(l->dhcp, session, physical, &l->lease_s, err) < 0)
    return -1;
  locked(&l->changing);
  if (translator_get(l->translator, "leases", &physical, &lease, err) < 0)
    return -1;
  lease.expires_s = expiry(l);
  return translator_set(l->translator, "leases", &physical, &lease, err);
}

static int let_go(const struct network_leases *l, in_addr_t physical, const struct translation_lease *lease,
                  struct error *err) {
  if (network_dhcp_release(l->dhcp, lease->session, physical, err) < 0)
    return -1;
  return translator_delete(l->translator, "leases", &physical, err);
}

static int keep_one(const void *key, const void *value, void *data) {
  struct network_leases *l = data;
  struct translation_lease lease = *(const struct translation_lease *)value;
  in_addr_t physical = *(const in_addr_t *)key;
  struct error err;
  uint64_t now = now_us();
  int result = 0;
  if (!lease.expires_s) /* of a time when there was no DHCP server */
    return 0;
  if (lease.given_back_us && now - lease.given_back_us >= l->quarantine_us)
    result = let_go(l, physical, &lease, &err);
  else if (!l->renewed || now / 1000000 + l->lease_s / 2 >= lease.expires_s)
    result = renew(l, physical, lease.session, &err);
  if (result < 0)
    complain(l, lease.session, physical, &err);
  return result; /* ends the visit: the server that failed is not asked again at once */
}

void network_lease_upkeep(struct network_leases *l) {
  struct error err;
  if (now_us() < l->retry_us)
    return;
  /* Nobody takes an address while one is let go: it may be the same. */
  locked(&l->asking);
  if (translator_each(l->translator, "leases", keep_one, l, &err) < 0)
    log_error("dhcp", "message=\"%s\"", err.message);
  else if (now_us() >= l->retry_us)
    l->renewed = true;
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
