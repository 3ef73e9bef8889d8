/*
 * gateway_ports.h: the ports of the proxy that a session's conversations with outside hosts come from: a range of its
 * own, so that whoever was behind a port can be told from the session alone, and no session takes another's ports away.
 *
 * All sessions leave by the proxy's address. TCP and UDP of a session get ports of its range; conversations with
 * different hosts or ports there may share one, so a range bounds how many a session has to one service at once. Which
 * range: the session's address says where the search begins, so that two gateways of one installation agree as a rule.
 * When all are taken, further sessions share what the kernel gives them, without a range.
 *
 * What was given is in the map `port_ranges` and in the kernel's rules: both outlive the daemon. Conversations that are
 * under way keep their port. Threads: one call at a time. Addresses in network byte order.
 */
#ifndef MOBIDESK_GATEWAY_PORTS_H
#define MOBIDESK_GATEWAY_PORTS_H

#include <netinet/in.h>
#include <stdint.h>

#include "network_rtnl.h"
#include "translator.h"

/* Below are services of the proxy itself and published ports (docs/network.md). */
#define GATEWAY_PORTS_FIRST 32768u
#define GATEWAY_PORTS_LAST 65535u
/* For each session, unless configured otherwise: 128 sessions. */
#define GATEWAY_PORTS_EACH 256u

/* For the gateway's filter. */
#define GATEWAY_PORTS_OBJECTS                                                                                          \
  "  map ports { type ipv4_addr : verdict; }\n"                                                                        \
  "  map ports6 { type ipv6_addr : verdict; }\n"

/* Gives the session `each` ports if it has none yet and some are free; 0: none to anybody who has none. With IPv6
 * (`sessions6`, length 0: none) they are the same ports of the proxy's IPv6 address. */
int gateway_ports_give(struct translator *t, const char *instance, const struct network_prefix6 *sessions6,
                       in_addr_t session, uint32_t each, struct error *err);
/* The session has ended: its ports are free again. */
int gateway_ports_take_back(struct translator *t, const char *instance, const struct network_prefix6 *sessions6,
                            in_addr_t session, struct error *err);

#endif
