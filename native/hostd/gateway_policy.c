#include "gateway_policy.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "clean.h"
#include "network_host.h"

#define TABLE "inet mobidesk-%s-gateway"

/* The session's chain. */
static const char *chain_of(in_addr_t session, char text[static 32]) {
  snprintf(text, 32, "session-%08x", ntohl(session));
  return text;
}
#define CHAIN(session) chain_of(session, (char[32]){0})

static void write_rules(FILE *f, struct network_prefix sessions, const struct gateway_policy *p) {
  for (size_t i = 0; i < p->peer_count; i++)
    fprintf(f, "    ip daddr %s accept\n", NETWORK_TEXT(p->peers[i]));
  fprintf(f, "    ip daddr %s/%u drop\n", NETWORK_TEXT(sessions.address), sessions.length);
  for (size_t i = 0; i < p->allow_count; i++)
    fprintf(f, "    ip daddr %s/%u return\n", NETWORK_TEXT(p->allow[i].address), p->allow[i].length);
  if (p->restricted)
    fputs("    drop\n", f);
}

static struct translation_publication_key key_of(const struct gateway_publication *p) {
  return (struct translation_publication_key){.port = p->outside_port, .protocol = p->protocol};
}

static const char *protocol_name(uint8_t protocol) { return protocol == IPPROTO_TCP ? "tcp" : "udp"; }

/* Whether the outside port can be the session's. */
static int check_free(struct translator *t, in_addr_t session, const struct gateway_publication *what,
                      struct error *err) {
  struct translation_publication_key key = key_of(what);
  struct translation_publication there;
  int found = translator_get(t, "published", &key, &there, err);
  if (found < 0)
    return -1;
  if (found && there.session != session)
    return error_set(err, MOBIDESK_CONFLICT, "the outside port %s %u is that of session address %s",
                     protocol_name(what->protocol), what->outside_port, NETWORK_TEXT(there.session));
  return 0;
}

static int publish(struct translator *t, const char *instance, in_addr_t session,
                   const struct gateway_publication *what, struct error *err) {
  struct translation_publication_key key = key_of(what);
  struct translation_publication wanted = {.session = session, .port = what->port};
  /* Written down first: what is in the rules can always be found and removed. */
  if (translator_set(t, "published", &key, &wanted, err) < 0)
    return -1;
  return network_nft("publishing a session's port", err, "add element " TABLE " published { %s . %u : %s . %u }",
                     instance, protocol_name(what->protocol), what->outside_port, NETWORK_TEXT(session), what->port);
}

static int unpublish(struct translator *t, const char *instance, const struct translation_publication_key *key,
                     const struct translation_publication *there, struct error *err) {
  /* Added first, as nftables has no way to remove what may be absent. */
  if (network_nft("withdrawing a session's port", err,
                  "add element " TABLE " published { %s . %u : %s . %u }\n"
                  "delete element " TABLE " published { %s . %u : %s . %u }",
                  instance, protocol_name(key->protocol), key->port, NETWORK_TEXT(there->session), there->port,
                  instance, protocol_name(key->protocol), key->port, NETWORK_TEXT(there->session), there->port) < 0)
    return -1;
  return translator_delete(t, "published", key, err);
}

struct withdrawal {
  struct translator *translator;
  const char *instance;
  in_addr_t session;
  const struct gateway_policy *but; /* what this has stays; NULL: nothing */
  int result;
  struct error *err;
};

static bool has(const struct gateway_policy *p, const struct translation_publication_key *key, uint16_t port) {
  for (size_t i = 0; p && i < p->published_count; i++)
    if (p->published[i].outside_port == key->port && p->published[i].protocol == key->protocol &&
        p->published[i].port == port)
      return true;
  return false;
}

static int withdraw(const void *key, const void *value, void *data) {
  struct withdrawal *w = data;
  const struct translation_publication *there = value;
  if (there->session == w->session && !has(w->but, key, there->port))
    w->result = unpublish(w->translator, w->instance, key, there, w->err);
  return w->result;
}

static int withdraw_all(struct translator *t, const char *instance, in_addr_t session, const struct gateway_policy *but,
                        struct error *err) {
  struct withdrawal w = {.translator = t, .instance = instance, .session = session, .but = but, .err = err};
  return translator_each(t, "published", withdraw, &w, err) < 0 ? -1 : w.result;
}

int gateway_policy_set(struct translator *t, const char *instance, struct network_prefix sessions, in_addr_t session,
                       const struct gateway_policy *policy, struct error *err) {
  cleanup_free char *rules = NULL;
  size_t size;
  for (size_t i = 0; i < policy->published_count; i++)
    if (check_free(t, session, &policy->published[i], err) < 0)
      return -1;
  FILE *f = open_memstream(&rules, &size);
  if (!f)
    return error_sys(err, "writing the policy of session address %s", NETWORK_TEXT(session));
  write_rules(f, sessions, policy);
  if (fclose(f) != 0)
    return error_sys(err, "writing the policy of session address %s", NETWORK_TEXT(session));
  if (network_nft("setting a session's policy", err,
                  "table " TABLE " {\n"
                  "  chain %s { }\n"
                  "}\n"
                  "flush chain " TABLE " %s\n"
                  "table " TABLE " {\n"
                  "  chain %s {\n%s  }\n"
                  "}\n"
                  "add element " TABLE " policies { %s : jump %s }\n",
                  instance, CHAIN(session), instance, CHAIN(session), instance, CHAIN(session), rules, instance,
                  NETWORK_TEXT(session), CHAIN(session)) < 0)
    return -1;
  if (translator_limit(t, session, policy->out_rate, policy->in_rate, err) < 0 ||
      withdraw_all(t, instance, session, policy, err) < 0)
    return -1;
  for (size_t i = 0; i < policy->published_count; i++)
    if (publish(t, instance, session, &policy->published[i], err) < 0)
      return -1;
  return 0;
}

int gateway_policy_forget(struct translator *t, const char *instance, in_addr_t session, struct error *err) {
  if (withdraw_all(t, instance, session, NULL, err) < 0)
    return -1;
  return network_nft("removing a session's policy", err,
                     "table " TABLE " {\n"
                     "  chain %s { }\n"
                     "}\n"
                     "add element " TABLE " policies { %s : jump %s }\n"
                     "delete element " TABLE " policies { %s : jump %s }\n"
                     "flush chain " TABLE " %s\n"
                     "delete chain " TABLE " %s\n",
                     instance, CHAIN(session), instance, NETWORK_TEXT(session), CHAIN(session), instance,
                     NETWORK_TEXT(session), CHAIN(session), instance, CHAIN(session), instance, CHAIN(session));
}
