#include "gateway_bindings.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "clean.h"
#include "log.h"
#include "network_address6.h"
#include "network_host.h"

#define BUCKETS 4096

struct binding {
  struct binding *next;
  struct announcement said;
};

struct bound {
  struct bound *next;
  in_addr_t session;
  in_addr_t expected; /* server, 0: none */
  bool held;
  struct binding *bindings;
};

struct gateway_bindings {
  pthread_mutex_t lock;
  struct translator *translator;
  struct network_prefix6 sessions6; /* length 0: no IPv6 */
  struct bound *bound[BUCKETS];
};

static void unlock(pthread_mutex_t **lock) { pthread_mutex_unlock(*lock); }
#define locked(b)                                                                                                      \
  __attribute__((cleanup(unlock), unused)) pthread_mutex_t *held_lock = (pthread_mutex_lock(&(b)->lock), &(b)->lock)

static struct bound **find(struct gateway_bindings *b, in_addr_t session) {
  struct bound **at = &b->bound[ntohl(session) % BUCKETS];
  while (*at && (*at)->session != session)
    at = &(*at)->next;
  return at;
}

static struct bound *find_or_make(struct gateway_bindings *b, in_addr_t session, struct error *err) {
  struct bound **at = find(b, session);
  if (!*at && !(*at = calloc(1, sizeof **at)))
    error_sys(err, "keeping the bindings of a session");
  if (*at)
    (*at)->session = session;
  return *at;
}

static struct binding **find_binding(struct bound *s, in_addr_t server) {
  struct binding **at = &s->bindings;
  while (*at && (*at)->said.server != server)
    at = &(*at)->next;
  return at;
}

static void remove_binding(struct binding **at) {
  struct binding *gone = *at;
  *at = gone->next;
  free(gone);
}

static uint16_t flags_of(const struct announcement *a) { return a->generation > 1 ? TRANSLATION_LABELLED : 0; }

/* ---- the maps ----
 */

/* Removes the IPv6 address that goes with a physical one. */
static int remove_source6(struct gateway_bindings *b, in_addr_t physical, struct error *err) {
  struct translation_address6 address;
  int found = translator_get(b->translator, "physical6", &physical, &address, err);
  if (found <= 0)
    return found;
  if (translator_delete(b->translator, "sources6", &address, err) < 0)
    return -1;
  return translator_delete(b->translator, "physical6", &physical, err);
}

static bool has_ipv6(const struct gateway_bindings *b, const struct announcement *a) {
  return b->sessions6.length && !IN6_IS_ADDR_UNSPECIFIED(&a->network6);
}

/* The session's two IPv6 addresses, as keys of maps. */
static void addresses6(const struct gateway_bindings *b, const struct announcement *a,
                       struct translation_address6 *session, struct translation_address6 *physical) {
  struct in6_addr own = network6_session(&b->sessions6, a->session);
  struct in6_addr there = network6_physical(&a->network6, &own, a->label, a->generation);
  *session = network6_key(&own);
  *physical = network6_key(&there);
}

static int add_source6(struct gateway_bindings *b, const struct announcement *a, struct error *err) {
  struct translation_source6 source = {.session = a->session};
  struct translation_address6 physical, before;
  int had = translator_get(b->translator, "physical6", &a->physical, &before, err);
  if (had < 0)
    return -1;
  addresses6(b, a, &source.session_address, &physical);
  if (had && (!has_ipv6(b, a) || memcmp(&before, &physical, sizeof before) != 0) &&
      remove_source6(b, a->physical, err) < 0)
    return -1;
  if (!has_ipv6(b, a))
    return 0;
  /* What goes with an address is written down first: what is in force can always be found and removed. */
  if (translator_set(b->translator, "physical6", &a->physical, &physical, err) < 0)
    return -1;
  return translator_set(b->translator, "sources6", &physical, &source, err);
}

static int add_source(struct gateway_bindings *b, const struct announcement *a, struct error *err) {
  struct translation_source source = {a->session, a->label, a->generation, flags_of(a)};
  if (translator_set(b->translator, "sources", &a->physical, &source, err) < 0)
    return -1;
  return add_source6(b, a, err);
}

/* Another session may have the physical address by now: then it stays that one's. */
static int remove_source(struct gateway_bindings *b, in_addr_t session, in_addr_t physical, struct error *err) {
  struct translation_source source;
  int found = translator_get(b->translator, "sources", &physical, &source, err);
  if (found <= 0 || source.session != session)
    return found < 0 ? -1 : 0;
  if (translator_delete(b->translator, "sources", &physical, err) < 0)
    return -1;
  return remove_source6(b, physical, err);
}

/* The switch of IPv6. */
static int set_target6(struct gateway_bindings *b, const struct announcement *a, struct error *err) {
  struct translation_target6 target = {.session = a->session};
  struct translation_address6 session;
  if (!b->sessions6.length)
    return 0;
  addresses6(b, a, &session, &target.physical_address);
  return has_ipv6(b, a) ? translator_set(b->translator, "targets6", &session, &target, err)
                        : translator_delete(b->translator, "targets6", &session, err);
}

static int add_pools(struct gateway_bindings *b, const struct announcement *a, struct error *err) {
  struct translation_prefix key = {a->pool.length, a->pool.address};
  struct network_prefix6 network6 = {a->network6, NETWORK6_PHYSICAL};
  struct translation_prefix6 key6 = network6_prefix_key(&network6);
  uint8_t yes = TRANSLATION_POOL_PHYSICAL;
  if (translator_set(b->translator, "pools", &key, &yes, err) < 0)
    return -1;
  return has_ipv6(b, a) ? translator_set(b->translator, "pools6", &key6, &yes, err) : 0;
}

/* ---- announcements ----
 */

static int select_binding(struct gateway_bindings *b, struct bound *s, struct binding *chosen, struct error *err) {
  const struct announcement *a = &chosen->said;
  struct translation_target before = {0}, now = {a->physical, a->label, a->generation, flags_of(a), a->server};
  int moved = translator_get(b->translator, "targets", &s->session, &before, err);
  if (moved < 0 || translator_begin_account(b->translator, s->session, err) < 0 || add_source(b, a, err) < 0 ||
      translator_set(b->translator, "targets", &s->session, &now, err) < 0 || set_target6(b, a, err) < 0)
    return -1;
  s->held = false;
  s->expected = 0;
  if (moved && before.physical_address != now.physical_address &&
      remove_source(b, s->session, before.physical_address, err) < 0)
    return -1;
  for (struct binding **at = &s->bindings; *at;) {
    if (*at == chosen) {
      at = &(*at)->next;
      continue;
    }
    if ((*at)->said.physical != now.physical_address && remove_source(b, s->session, (*at)->said.physical, err) < 0)
      return -1;
    remove_binding(at);
  }
  return 0;
}

static bool is_older(uint16_t generation, uint16_t than) { return (int16_t)(uint16_t)(generation - than) < 0; }

/* Takes what is new into memory. Returns it, or NULL with `err` 0 when it is old. */
static struct binding *remember(struct bound *s, const struct announcement *a, struct error *err) {
  struct binding **at = find_binding(s, a->server);
  if (*at && a->time_us <= (*at)->said.time_us)
    return NULL;
  if (!*at && !(*at = calloc(1, sizeof **at))) {
    error_sys(err, "keeping a binding");
    return NULL;
  }
  (*at)->said = *a;
  return *at;
}

static int heard_here(struct gateway_bindings *b, const struct announcement *a, struct error *err) {
  struct translation_target target = {0};
  struct bound *s = find_or_make(b, a->session, err);
  if (!s || add_pools(b, a, err) < 0)
    return -1;
  int known = translator_get(b->translator, "targets", &a->session, &target, err);
  if (known < 0)
    return -1;
  if (known && is_older(a->generation, target.generation)) {
    log_warning("stale-binding", "session=%s server=%s generation=%u current=%u", NETWORK_TEXT(a->session),
                NETWORK_TEXT(a->server), a->generation, target.generation);
    return 0;
  }
  err->code = 0;
  struct binding *said = remember(s, a, err);
  if (!said)
    return err->code ? -1 : 0;
  if (s->expected == a->server)
    return select_binding(b, s, said, err);
  bool is_target = known && target.physical_address == a->physical;
  if ((!known || s->held || is_target) && add_source(b, a, err) < 0)
    return -1;
  /* So a gateway that has learned of IPv6 by a restart has it. */
  return is_target && target.generation == a->generation ? set_target6(b, a, err) : 0;
}

static int heard_gone(struct gateway_bindings *b, const struct announcement *a, struct error *err) {
  struct translation_target target = {0};
  struct bound *s = *find(b, a->session);
  if (!s)
    return 0;
  struct binding **at = find_binding(s, a->server);
  if (*at && (*at)->said.physical == a->physical && (*at)->said.time_us < a->time_us)
    remove_binding(at);
  int known = translator_get(b->translator, "targets", &a->session, &target, err);
  if (known < 0 || (known && target.physical_address == a->physical))
    return known < 0 ? -1 : 0; /* until it is forgotten */
  return remove_source(b, a->session, a->physical, err);
}

int gateway_bindings_heard(struct gateway_bindings *b, const struct announcement *a, struct error *err) {
  locked(b);
  return a->kind == ANNOUNCEMENT_HERE ? heard_here(b, a, err) : heard_gone(b, a, err);
}

/* ---- the control plane ----
 */

/* The session is there already, as a daemon that has just started finds it, before the server has said so again. */
static int is_selected(struct gateway_bindings *b, in_addr_t session, in_addr_t server, struct error *err) {
  struct translation_target target;
  int known = translator_get(b->translator, "targets", &session, &target, err);
  return known > 0 ? target.server == server : known;
}

int gateway_bindings_select(struct gateway_bindings *b, in_addr_t session, in_addr_t server, struct error *err) {
  locked(b);
  struct bound *s = *find(b, session);
  struct binding *chosen = s ? *find_binding(s, server) : NULL;
  int selected = chosen ? 0 : is_selected(b, session, server, err);
  if (selected) {
    if (s)
      s->held = false;
    return selected < 0 ? -1 : 0;
  }
  if (!chosen)
    return error_set(
        err, MOBIDESK_NOT_FOUND,
        "the server %s has not announced the session address %s: does its host daemon run, has it the same "
        "network key, and do both clocks agree?",
        NETWORK_TEXT(server), NETWORK_TEXT(session));
  return select_binding(b, s, chosen, err);
}

int gateway_bindings_expect(struct gateway_bindings *b, in_addr_t session, in_addr_t server, struct error *err) {
  locked(b);
  struct bound *s = find_or_make(b, session, err);
  if (!s)
    return -1;
  struct binding *chosen = *find_binding(s, server);
  s->expected = server;
  return chosen ? select_binding(b, s, chosen, err) : 0;
}

int gateway_bindings_hold(struct gateway_bindings *b, in_addr_t session, struct error *err) {
  locked(b);
  struct bound *s = find_or_make(b, session, err);
  if (!s)
    return -1;
  s->held = true;
  for (struct binding *binding = s->bindings; binding; binding = binding->next)
    if (add_source(b, &binding->said, err) < 0)
      return -1;
  return 0;
}

int gateway_bindings_forget(struct gateway_bindings *b, in_addr_t session, struct error *err) {
  locked(b);
  struct translation_target target;
  struct bound **at = find(b, session);
  int known = translator_get(b->translator, "targets", &session, &target, err);
  if (known < 0 || (known && remove_source(b, session, target.physical_address, err) < 0) ||
      translator_delete(b->translator, "targets", &session, err) < 0 ||
      set_target6(b, &(struct announcement){.session = session}, err) < 0 ||
      translator_delete(b->translator, "limits", &session, err) < 0 ||
      translator_delete(b->translator, "traffic", &session, err) < 0)
    return -1;
  struct bound *s = *at;
  if (!s)
    return 0;
  while (s->bindings) {
    if (remove_source(b, session, s->bindings->said.physical, err) < 0)
      return -1;
    remove_binding(&s->bindings);
  }
  *at = s->next;
  free(s);
  return 0;
}

struct emptying {
  struct translator *translator;
  const char *map;
  int result;
  struct error *err;
};

static int remove_one(const void *key, const void *value, void *data) {
  struct emptying *e = data;
  e->result = translator_delete(e->translator, e->map, key, e->err);
  return e->result;
}

/* An earlier daemon gave sessions IPv6: nothing of it is let pass, as there are no rules for it. */
static int end_ipv6(struct translator *translator, struct error *err) {
  static const char *const maps[] = {"targets6", "sources6", "physical6"};
  for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
    struct emptying e = {translator, maps[i], 0, err};
    if (translator_each(translator, maps[i], remove_one, &e, err) < 0 || e.result < 0)
      return -1;
  }
  return 0;
}

int gateway_bindings_open(struct translator *translator, const struct network_prefix6 *sessions6,
                          struct gateway_bindings **out, struct error *err) {
  struct translation_prefix6 key = network6_prefix_key(sessions6);
  uint8_t pool = TRANSLATION_POOL_SESSIONS;
  if (sessions6->length ? translator_set(translator, "pools6", &key, &pool, err) : end_ipv6(translator, err))
    return -1;
  struct gateway_bindings *b = calloc(1, sizeof *b);
  if (!b)
    return error_sys(err, "opening the table of bindings");
  b->translator = translator;
  b->sessions6 = *sessions6;
  pthread_mutex_init(&b->lock, NULL);
  *out = b;
  return 0;
}

void gateway_bindings_close(struct gateway_bindings *b) {
  if (!b)
    return;
  for (unsigned i = 0; i < BUCKETS; i++) {
    while (b->bound[i]) {
      struct bound *s = b->bound[i];
      while (s->bindings)
        remove_binding(&s->bindings);
      b->bound[i] = s->next;
      free(s);
    }
  }
  pthread_mutex_destroy(&b->lock);
  free(b);
}
