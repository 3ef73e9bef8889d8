/*
 * gateway_rules.h: the rules of nftables by which a proxy lets packets of sessions through: whom they may be from and
 * go to, before and after a session's own policy is asked (gateway_policy.h), and which ports they have outside
 * (gateway_ports.h).
 *
 * They are the kernel's and outlive the daemon. Threads: any.
 */
#ifndef MOBIDESK_GATEWAY_RULES_H
#define MOBIDESK_GATEWAY_RULES_H

#include "network_host.h"

struct gateway_rules {
  const char *instance, *outside, *park_link; /* the links must be there */
  struct network_prefix session_network;
  struct network_prefix6 session_network6; /* length 0: no IPv6 */
  in_addr_t dns;                           /* 0: none */
};

/* Makes them anew, in one step; the maps that they ask, and the chains of policies, are kept. */
int gateway_rules_make(const struct gateway_rules *rules, struct error *err);

#endif
