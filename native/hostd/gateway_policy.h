/*
 * gateway_policy.h: what a session may reach, and what of it can be reached from outside.
 *
 * Without a policy a session reaches outside hosts and no other session, and nothing is published. A policy is a chain
 * of the session's own in the gateway's nftables table, which the packets that it begins conversations by go through:
 * all of it changes in one transaction, also for conversations that are under way. Replies to what was let in pass.
 *
 * The rules are the kernel's: they outlive the daemon. Threads: one call at a time. Addresses in network byte order.
 */
#ifndef MOBIDESK_GATEWAY_POLICY_H
#define MOBIDESK_GATEWAY_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "network_rtnl.h"
#include "translator.h"

#define GATEWAY_POLICY_RULES 128 /* of each kind */

/* A port of a session that outside hosts reach at a port of the proxy. */
struct gateway_publication {
  uint8_t protocol;            /* IPPROTO_TCP or IPPROTO_UDP */
  uint16_t outside_port, port; /* host byte order, from 1 */
};

struct gateway_policy {
  bool restricted; /* outside hosts: only what `allow` has */
  struct network_prefix allow[GATEWAY_POLICY_RULES];
  size_t allow_count;
  struct network_prefix6 allow6[GATEWAY_POLICY_RULES];
  size_t allow6_count;
  in_addr_t
      peers[GATEWAY_POLICY_RULES]; /* sessions, by their session addresses, that it may begin conversations with */
  size_t peer_count;
  uint64_t out_rate, in_rate; /* bytes per second, 0: no limit */
  struct gateway_publication published[GATEWAY_POLICY_RULES];
  size_t published_count;
};

/* The most that a limit can be: 80 Gbit/s. */
#define GATEWAY_POLICY_RATE 10000000000ull

/* For the gateway's filter: the objects, and the rules to have in its forward chain. */
#define GATEWAY_POLICY_OBJECTS                                                                                         \
  "  map policies { type ipv4_addr : verdict; }\n"                                                                     \
  "  map policies6 { type ipv6_addr : verdict; }\n"                                                                    \
  "  map published { type inet_proto . inet_service : ipv4_addr . inet_service; }\n"                                   \
  "  map published6 { type inet_proto . inet_service : ipv6_addr . inet_service; }\n"

/* Whose policies: the networks of sessions, of which that of IPv6 may have length 0, and the instance. */
struct gateway_policies {
  struct translator *translator;
  const char *instance;
  struct network_prefix sessions;
  struct network_prefix6 sessions6;
};

/* Replaces the session's policy: publications that it does not have are withdrawn. MOBIDESK_CONFLICT: an outside port
 * is another session's; then nothing has changed. */
int gateway_policy_set(const struct gateway_policies *all, in_addr_t session, const struct gateway_policy *policy,
                       struct error *err);
/* Policy and publications of a session that has ended. */
int gateway_policy_forget(const struct gateway_policies *all, in_addr_t session, struct error *err);
/* What policies set by a daemon without IPv6 refuse is refused in IPv6 as well; allowed is what they say of it,
 * nothing.
 */
int gateway_policy_extend(const struct gateway_policies *all, in_addr_t session, struct error *err);
/* Sessions that are here since before it was written down which ones are restricted (the map `restricted`) count as
 * restricted until they have a new policy. Done once; what a daemon that was killed left undone is done. */
int gateway_policy_adopt(const struct gateway_policies *all, struct error *err);

#endif
