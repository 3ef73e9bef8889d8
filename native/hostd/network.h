/*
 * network.h: the links of the sessions of one session server.
 *
 * A session has one IPv4 address for life. On its server, a veth pair leads into its network namespace: `eth0` with
 * ADDRESS/32 inside, MTU 1500, default route by the link-local gateway 169.254.1.1, whose hardware address is the same
 * on every server and a permanent neighbour, so that nothing inside needs to be learned again after a move. Outside,
 * the host routes ADDRESS/32 to its end.
 *
 * What a session can reach: the world, through the proxy (`gateway`), which masquerades. What it cannot: any port of
 * the server, any other session (on this server or another), the servers' own subnet; and it cannot send with another
 * source address than its own, nor IPv6. What reaches it: what the proxy sends. A packet for a session address that is
 * not linked here is dropped in silence: an ICMP error or a reset would end connections of a session that has moved on.
 *
 * A blocked session receives nothing, in silence. Block it when its processes are stopped for the dump, before the
 * first socket is looked at, and until all that were restored are there: packets that find a namespace without its
 * sockets would be answered with a reset. Unblock before the processes are let run, as nothing arrives while the
 * gateway holds. What a blocked session sends passes: its processes are stopped, so that is only what TCP had taken
 * over from them already, at the source or as part of the image; dropped, it would be sent again after a retransmission
 * time-out of 200 ms.
 *
 * What it makes, all named by the instance and all kept by the kernel, so that a daemon that was restarted finds it
 * again (nothing else is written down):
 *   - the nftables table `inet mobidesk-INSTANCE-server`: anti-spoofing, isolation;
 *   - a routing table with the sessions' /32 routes (a blackhole for one that is blocked), a blackhole for the rest of
 * the session network, and a default route to the proxy; two rules (priority 7410 and 7411) lead to and from the
 * session network into it;
 *   - for each session a link `mTTTTT-AAAAAAAA` (instance tag, address in hex), with "mobidesk INSTANCE SESSION" as
 * alias.
 *
 * What the host must have: kernel with veth, nf_tables (inet, sets), multiple routing tables; root in the initial user
 * namespace, or at least in the one that owns this network namespace; /proc/sys/net/ipv4 writable. Forwarding is
 * switched on for the sessions' links and the link towards the proxy only; net.ipv4.ip_forward need not be set.
 *
 * Threads: any; calls are serialized by a lock inside. Addresses are in network byte order.
 */
#ifndef MOBIDESK_NETWORK_H
#define MOBIDESK_NETWORK_H

#include <netinet/in.h>
#include <stdbool.h>

#include "error.h"
#include "network_rtnl.h"

struct network;

struct network_config {
  const char *instance;                  /* [a-z0-9-]{1,40} */
  struct network_prefix session_network; /* key session_network, "10.74.0.0/16" */
  in_addr_t gateway; /* key gateway_address: the proxy's address on the servers' subnet. 0: none, this
                        host is the proxy as well and sends by its own routes */
};

/* Makes the tables; what is there already of this instance is kept, and sessions that are linked stay linked. */
int network_open(const struct network_config *config, struct network **out, struct error *err);
/* Lets go of the handle only; links and tables stay. */
void network_close(struct network *n);

/* Links the session to `address`, inside the network namespace `netns_fd`. Blocked: see above; network_unblock lets it
 * go. Linked already in that namespace: success, and the block is as asked. A left-over link of an earlier namespace is
 * replaced. MOBIDESK_INVALID: the address is not of the session network; MOBIDESK_CONFLICT: another session has it. */
int network_attach(struct network *n, const char *session, in_addr_t address, int netns_fd, bool blocked,
                   struct error *err);
/* Microseconds. Unblocking an address that is not linked: MOBIDESK_NOT_FOUND. */
int network_block(struct network *n, in_addr_t address, struct error *err);
int network_unblock(struct network *n, in_addr_t address, struct error *err);
/* Removes the session's link, its addresses and its block. Absent: success. */
int network_detach(struct network *n, in_addr_t address, struct error *err);

/* Calls `each` for every linked session until it returns non-zero: a restarted daemon compares with its records and
 * detaches the rest. `session` is empty for a link whose making was interrupted. `each` must not call back into this
 * module. */
int network_each(struct network *n, int (*each)(const char *session, in_addr_t address, void *data), void *data,
                 struct error *err);

/* Removes everything that the instance ever made here in the role of a server. Nothing there: success. */
int network_cleanup(const char *instance, struct error *err);

#endif
