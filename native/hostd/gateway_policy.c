#include "gateway_policy.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "clean.h"
#include "network_address6.h"
#include "network_host.h"

#define TABLE "inet mobidesk-%s-gateway"

/* The session's chain. */
static const char *chain_of(in_addr_t session, char text[static 32]) {
  snprintf(text, 32, "session-%08x", ntohl(session));
  return text;
}
#define CHAIN(session) chain_of(session, (char[32]){0})

static bool has_ipv6(const struct gateway_policies *all) { return all->sessions6.length; }

/* The session's IPv6 address in words. */
static const char *address6_of(const struct gateway_policies *all, in_addr_t session, char text[NETWORK6_TEXT_SIZE]) {
  struct in6_addr address = network6_session(&all->sessions6, session);
  return network6_text(&address, text);
}
#define ADDRESS6(all, session) address6_of((all), (session), (char[NETWORK6_TEXT_SIZE]){0})

static void write_rules6(FILE *f, const struct gateway_policies *all, const struct gateway_policy *p) {
  for (size_t i = 0; i < p->peer_count; i++)
    fprintf(f, "    ip6 daddr %s accept\n", ADDRESS6(all, p->peers[i]));
  fprintf(f, "    ip6 daddr %s/%u drop\n", NETWORK6_TEXT(&all->sessions6.address), all->sessions6.length);
  for (size_t i = 0; i < p->allow6_count; i++)
    fprintf(f, "    ip6 daddr %s/%u return\n", NETWORK6_TEXT(&p->allow6[i].address), p->allow6[i].length);
}

static void write_rules(FILE *f, const struct gateway_policies *all, const struct gateway_policy *p) {
  for (size_t i = 0; i < p->peer_count; i++)
    fprintf(f, "    ip daddr %s accept\n", NETWORK_TEXT(p->peers[i]));
  fprintf(f, "    ip daddr %s/%u drop\n", NETWORK_TEXT(all->sessions.address), all->sessions.length);
  for (size_t i = 0; i < p->allow_count; i++)
    fprintf(f, "    ip daddr %s/%u return\n", NETWORK_TEXT(p->allow[i].address), p->allow[i].length);
  if (has_ipv6(all))
    write_rules6(f, all, p);
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

/* Commands about the elements of a published port, each with `verb` (add or delete) before it. */
static void write_published(FILE *f, const char *verb, const struct gateway_policies *all, in_addr_t session,
                            const struct translation_publication_key *key, uint16_t port) {
  const char *protocol = protocol_name(key->protocol);
  fprintf(f, "%s element " TABLE " published { %s . %u : %s . %u }\n", verb, all->instance, protocol, key->port,
          NETWORK_TEXT(session), port);
  if (has_ipv6(all))
    fprintf(f, "%s element " TABLE " published6 { %s . %u : %s . %u }\n", verb, all->instance, protocol, key->port,
            ADDRESS6(all, session), port);
}

static int apply_published(const char *doing, bool removes, const struct gateway_policies *all, in_addr_t session,
                           const struct translation_publication_key *key, uint16_t port, struct error *err) {
  char commands[1024] = "";
  FILE *f = fmemopen(commands, sizeof commands, "w");
  if (!f)
    return error_sys(err, "%s", doing);
  /* Added first, as nftables has no way to remove what may be absent. */
  write_published(f, "add", all, session, key, port);
  if (removes)
    write_published(f, "delete", all, session, key, port);
  if (fclose(f) != 0)
    return error_sys(err, "%s", doing);
  return network_nft(doing, err, "%s", commands);
}

static int publish(const struct gateway_policies *all, in_addr_t session, const struct gateway_publication *what,
                   struct error *err) {
  struct translation_publication_key key = key_of(what);
  struct translation_publication wanted = {.session = session, .port = what->port};
  /* Written down first: what is in the rules can always be found and removed. */
  if (translator_set(all->translator, "published", &key, &wanted, err) < 0)
    return -1;
  return apply_published("publishing a session's port", false, all, session, &key, what->port, err);
}

static int unpublish(const struct gateway_policies *all, const struct translation_publication_key *key,
                     const struct translation_publication *there, struct error *err) {
  if (apply_published("withdrawing a session's port", true, all, there->session, key, there->port, err) < 0)
    return -1;
  return translator_delete(all->translator, "published", key, err);
}

struct withdrawal {
  const struct gateway_policies *all;
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
    w->result = unpublish(w->all, key, there, w->err);
  return w->result;
}

static int withdraw_all(const struct gateway_policies *all, in_addr_t session, const struct gateway_policy *but,
                        struct error *err) {
  struct withdrawal w = {.all = all, .session = session, .but = but, .err = err};
  return translator_each(all->translator, "published", withdraw, &w, err) < 0 ? -1 : w.result;
}

/* Commands that make the session's chain, when it is not there, and lead to it. */
static void write_chain(FILE *f, const char *verb, const struct gateway_policies *all, in_addr_t session) {
  fprintf(f, "%s element " TABLE " policies { %s : jump %s }\n", verb, all->instance, NETWORK_TEXT(session),
          CHAIN(session));
  if (has_ipv6(all))
    fprintf(f, "%s element " TABLE " policies6 { %s : jump %s }\n", verb, all->instance, ADDRESS6(all, session),
            CHAIN(session));
}

/* Writes the commands that `write` writes, and applies them as one transaction. */
static int apply(const char *doing, const struct gateway_policies *all, in_addr_t session,
                 const struct gateway_policy *policy,
                 void (*write)(FILE *f, const struct gateway_policies *all, in_addr_t session,
                               const struct gateway_policy *policy),
                 struct error *err) {
  cleanup_free char *commands = NULL;
  size_t size;
  FILE *f = open_memstream(&commands, &size);
  if (!f)
    return error_sys(err, "%s of %s", doing, NETWORK_TEXT(session));
  fprintf(f, "add chain " TABLE " %s\n", all->instance, CHAIN(session));
  write(f, all, session, policy);
  if (fclose(f) != 0)
    return error_sys(err, "%s of %s", doing, NETWORK_TEXT(session));
  return network_nft(doing, err, "%s", commands);
}

static void write_set(FILE *f, const struct gateway_policies *all, in_addr_t session,
                      const struct gateway_policy *policy) {
  fprintf(f, "flush chain " TABLE " %s\ntable " TABLE " {\n  chain %s {\n", all->instance, CHAIN(session),
          all->instance, CHAIN(session));
  write_rules(f, all, policy);
  fputs("  }\n}\n", f);
  write_chain(f, "add", all, session);
}

static void write_forget(FILE *f, const struct gateway_policies *all, in_addr_t session,
                         const struct gateway_policy *policy) {
  write_chain(f, "add", all, session);
  write_chain(f, "delete", all, session);
  fprintf(f, "flush chain " TABLE " %s\ndelete chain " TABLE " %s\n", all->instance, CHAIN(session), all->instance,
          CHAIN(session));
}

static void write_extend(FILE *f, const struct gateway_policies *all, in_addr_t session,
                         const struct gateway_policy *policy) {
  write_chain(f, "add", all, session);
}

int gateway_policy_set(const struct gateway_policies *all, in_addr_t session, const struct gateway_policy *policy,
                       struct error *err) {
  for (size_t i = 0; i < policy->published_count; i++)
    if (check_free(all->translator, session, &policy->published[i], err) < 0)
      return -1;
  uint8_t yes = 1;
  if ((policy->restricted && translator_set(all->translator, "restricted", &session, &yes, err) < 0) ||
      apply("setting a session's policy", all, session, policy, write_set, err) < 0 ||
      (!policy->restricted && translator_delete(all->translator, "restricted", &session, err) < 0) ||
      translator_limit(all->translator, session, policy->out_rate, policy->in_rate, err) < 0 ||
      withdraw_all(all, session, policy, err) < 0)
    return -1;
  for (size_t i = 0; i < policy->published_count; i++)
    if (publish(all, session, &policy->published[i], err) < 0)
      return -1;
  return 0;
}

int gateway_policy_forget(const struct gateway_policies *all, in_addr_t session, struct error *err) {
  if (withdraw_all(all, session, NULL, err) < 0)
    return -1;
  return apply("removing a session's policy", all, session, NULL, write_forget, err) < 0
             ? -1
             : translator_delete(all->translator, "restricted", &session, err);
}

int gateway_policy_extend(const struct gateway_policies *all, in_addr_t session, struct error *err) {
  return apply("extending a session's policy to IPv6", all, session, NULL, write_extend, err);
}

/* In the place of a session's address: all sessions were looked at. */
static const in_addr_t adopted = INADDR_ANY;

struct adoption {
  struct translator *translator;
  int result;
  struct error *err;
};

static int adopt_one(const void *session, const void *value, void *data) {
  struct adoption *a = data;
  uint8_t yes = 1;
  a->result = translator_set(a->translator, "restricted", session, &yes, a->err);
  return a->result;
}

int gateway_policy_adopt(const struct gateway_policies *all, struct error *err) {
  uint8_t yes = 1;
  struct adoption a = {all->translator, 0, err};
  int found = translator_get(all->translator, "restricted", &adopted, &yes, err);
  if (found != 0)
    return found < 0 ? -1 : 0;
  if (translator_each(all->translator, "targets", adopt_one, &a, err) < 0 || a.result < 0)
    return -1;
  yes = 1;
  return translator_set(all->translator, "restricted", &adopted, &yes, err);
}
