/*
 * network_tables.h: a server's tables: the filter behind the programs at its sessions' links, and, on a host that is
 * the proxy as well, the routing table that leads to its sessions with the rules that lead into it.
 *
 * Both are the kernel's and outlive the daemon. Threads: any.
 */
#ifndef MOBIDESK_NETWORK_TABLES_H
#define MOBIDESK_NETWORK_TABLES_H

#include "network_host.h"
#include "network_rtnl.h"

struct network_tables {
  const char *instance;
  struct network_prefix session_network;
  struct network_prefix6 session_network6; /* length 0: no IPv6 */
  bool has_uplink;                         /* false: this host is the proxy as well */
};

int network_tables_make(struct rtnl *rtnl, const struct network_tables *n, struct error *err);
/* Nothing there: success. */
int network_tables_remove(struct rtnl *rtnl, const char *instance, struct error *err);

#endif
