/*
 * network_closed.h: what no session of a server may send to: what is no host's address, the networks that the server is
 * on itself, and those that its configuration names. The program at the sessions' links asks the maps `closed` and
 * `closed6` (server.bpf.c) for each packet.
 *
 * On a host that is the proxy as well only IPv6 is looked up: of IPv4 its own filter keeps sessions apart.
 * Threads: any.
 */
#ifndef MOBIDESK_NETWORK_CLOSED_H
#define MOBIDESK_NETWORK_CLOSED_H

#include "network.h"
#include "network_rtnl.h"
#include "translator.h"

int network_close_networks(struct translator *t, struct rtnl *rtnl, const struct network_config *config,
                           struct error *err);
int network_close_networks6(struct translator *t, struct rtnl *rtnl, const struct network_config *config,
                            struct error *err);

#endif
