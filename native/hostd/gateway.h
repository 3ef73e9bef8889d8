/*
 * gateway.h: the proxy's network gateway: where each session is, holding its packets while it moves, and its way out.
 *
 * Here every session has its session address, which is its own for life; only on the links towards the servers programs
 * of the kernel (gateway.bpf.c) exchange it for the physical address that the session has now, and attach and verify
 * labels (gateway_bindings.h has which, by what servers announce). Everything else, rules, connection tracking and
 * the park, knows the session address only.
 *
 * Routing. Every session address is a /32 route by its server's address, or by the router towards it, in a routing
 * table of the instance (SERVERS, with a blackhole for all other addresses of the session network). A held session has
 * one more in a second table (HOLDS), into the park's tun device, which is looked at first. So
 *   - a hold is one route that is added, a release one that is removed: each is atomic for packets on their way;
 *   - what the park replays comes in by the tun device and is looked up in SERVERS only;
 *   - nothing has to be written down: when the daemon dies, the device and with it the routes of HOLDS go away at once,
 *     and packets go to the server that was last known, which drops them in silence when the session is blocked or gone
 *     (network.h). A daemon that starts again finds the routes of SERVERS as they were. What was held is lost then; TCP
 *     recovers it.
 * A hold that is not released within `hold_us` (the control plane died) ends in the same way: packets are dropped, the
 * route leads to the server last known, so that a session that came back in place is reached without anybody's help.
 *
 * Nobody is answered while a session is held or unknown: no ICMP error, no reset. Time to live is given back on replay.
 *
 * Sessions and the world. To the outside interface sessions are masqueraded. They reach nothing else of this host: not
 * its ports, not the servers' subnet, and each other only by policy (gateway_policy.h). From outside only replies reach
 * them, and what is published. Names: what a session asks its way out, 169.254.1.1, goes to the resolver. Replayed
 * packets are not tracked: they were when they first came.
 *
 * IPv6, when there is a session network of it, is the same beside: routes, rules, hold and policy of a session are
 * those of both its addresses. To outside hosts it is masqueraded as well (NAT66). All ways to session addresses lead
 * by one neighbour on the link towards the servers that does not exist, fe80::4d44:TTTT:TTTT: where a server is the
 * program there asks the host's routes, which must have one to each server's physical_network6.
 *
 * What it makes, named by the instance: the nftables table `inet mobidesk-INSTANCE-gateway`, the two routing tables,
 * rules with priorities 7400 to 7403, the tun device `gTTTTT-park`.
 *
 * What the host must have: /dev/net/tun, nf_tables with nat and conntrack, multiple routing tables, root;
 * net.ipv4.conf.all .rp_filter of 0 or 2 (replayed packets come in by an interface that does not lead back to their
 * source). With IPv6 net.ipv6.conf.all.forwarding of 1, which concerns all interfaces and is left to the administrator.
 * Forwarding is switched on for the interfaces that need it; net.ipv4.ip_forward need not be set. The servers
 * must not be reached by the outside interface: then sessions' packets could not be told from forged ones.
 *
 * Threads: any; a lock inside serializes calls. Addresses are in network byte order.
 */
#ifndef MOBIDESK_GATEWAY_H
#define MOBIDESK_GATEWAY_H

#include <netinet/in.h>

#include "announcement.h"
#include "error.h"
#include "gateway_policy.h"
#include "network_rtnl.h"

struct gateway;

struct gateway_config {
  const char *instance;                    /* [a-z0-9-]{1,40} */
  const char *pins;                        /* directory for a BPF file system; its parent exists */
  struct network_prefix session_network;   /* "10.74.0.0/16" */
  struct network_prefix6 session_network6; /* of 96 bits; length 0: sessions have no IPv6 */
  struct announcement_key key;             /* of the file that the key network_key names */
  const char *outside;                     /* interface to the outside hosts; NULL or empty: the default route's */
  in_addr_t dns;                           /* resolver that sessions ask at 169.254.1.1; 0: none */
  uint32_t ports_each; /* ports of the proxy that are each session's own (gateway_ports.h); 0: none */
  /* Bounds of what is held, for each session and in total; see park.h. */
  size_t session_packets, session_bytes, total_packets, total_bytes;
  uint64_t hold_us;
  bool shortcut; /* conversations under way go past the host's network stack where that is possible */
};

/* Defaults: bounds that hold_us of a desktop's traffic and a download at 100 Mbit/s for a second fit into. */
#define GATEWAY_SESSION_PACKETS 32768
#define GATEWAY_SESSION_BYTES (16u << 20)
#define GATEWAY_TOTAL_PACKETS 524288
#define GATEWAY_TOTAL_BYTES (256u << 20)
#define GATEWAY_HOLD_US 30000000

/* Makes the tables and the device, and starts the park. Routes that are there already of this instance are kept. */
int gateway_open(const struct gateway_config *config, struct gateway **out, struct error *err);
/* Ends the park; held packets are dropped, and held sessions routed to the server last known. Routes and tables stay.
 */
void gateway_close(struct gateway *g);

/* As the functions of mobidesk.h. `gateway_route` of a held session releases it; of one that the server has not
 * announced yet, it is complete when the server does. `gateway_release` needs the announcement: MOBIDESK_NOT_FOUND. A
 * server's address that is this host's own: the session is linked here (network.h). */
int gateway_route(struct gateway *g, in_addr_t session, in_addr_t server, struct error *err);
int gateway_hold(struct gateway *g, in_addr_t session, struct error *err);
int gateway_release(struct gateway *g, in_addr_t session, in_addr_t server, mobidesk_hold_stats *out,
                    struct error *err);
int gateway_forget(struct gateway *g, in_addr_t session, struct error *err);

/* Replaces what the session may reach, what of it is reached, and its bandwidth. Until it is forgotten.
 * MOBIDESK_CONFLICT: an outside port is another session's. */
int gateway_set_policy(struct gateway *g, in_addr_t session, const struct gateway_policy *policy, struct error *err);
/* What the session has sent and received since it was routed first. */
int gateway_traffic(struct gateway *g, in_addr_t session, struct translation_traffic *out, struct error *err);
/* Packets dropped for each reason since the programs were loaded. */
int gateway_drops(struct gateway *g, uint64_t counts[TRANSLATION_DROPS], struct error *err);

/* Removes everything that the instance ever made here in the role of a gateway; none may be running. */
int gateway_cleanup(const char *instance, const char *pins, struct error *err);

#endif
