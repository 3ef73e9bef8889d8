/*
 * network_leases.h: the physical addresses of a server: which session has which.
 *
 * A server has a slice of its subnet's addresses for itself, so that it gives them out without asking anybody. A
 * session keeps its address until it is given back, also while it is being dumped: one that comes back in place has the
 * same. An address that was given back rests for the quarantine: what is still on its way to the session that had it
 * must not reach the next one.
 *
 * With a DHCP server (network_dhcp.h) it is that one which chooses, of the same pool, which then can be that of several
 * servers; network_lease_upkeep renews leases when half of their time is over, and releases those that have rested. One
 * that cannot be renewed stays in use and is complained about: the session's connections are worth more.
 *
 * The table is a map of the kernel (server.bpf.c, `leases`), so it outlives the daemon. Threads: any. Only who takes an
 * address for the first time, and the upkeep, wait for the DHCP server: a session that moves has its address before it
 * stands still.
 */
#ifndef MOBIDESK_NETWORK_LEASES_H
#define MOBIDESK_NETWORK_LEASES_H

#include <pthread.h>

#include "network_dhcp.h"
#include "network_rtnl.h"
#include "translator.h"

struct network_leases {
  struct translator *translator;
  struct network_prefix pool; /* first and last are given out too */
  uint64_t quarantine_us;
  struct network_dhcp *dhcp; /* NULL: the server chooses itself */
  uint32_t lease_s;          /* for how long the DHCP server gives addresses; 0: not known yet */
  uint64_t retry_us;         /* when what failed is tried again */
  bool renewed;              /* all, since the daemon started, which does not know for how long it was away */
  pthread_mutex_t asking;    /* whoever talks with the DHCP server */
  pthread_mutex_t changing;  /* one that changes the table, within `asking` */
};

/* The address of the session: the one that it has or, at first, the one that has been free for longest.
 * MOBIDESK_NO_SPACE when all are in use or in quarantine. */
int network_lease_take(struct network_leases *l, in_addr_t session, in_addr_t *out, struct error *err);
/* Returns 1 and the address that the session has, 0 when it has none, or -1. */
int network_lease_find(const struct network_leases *l, in_addr_t session, in_addr_t *out, struct error *err);
/* Into quarantine. Returns 1 and the address, 0 when the session has none, or -1. */
int network_lease_give_back(struct network_leases *l, in_addr_t session, in_addr_t *out, struct error *err);
/* What is due with the DHCP server; to be called every second. */
void network_lease_upkeep(struct network_leases *l);
/* Calls `each` for every address that is in use. */
int network_lease_each(const struct network_leases *l, void (*each)(in_addr_t session, in_addr_t physical, void *data),
                       void *data, struct error *err);

#endif
