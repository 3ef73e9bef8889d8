/*
 * network.h: the network of the sessions of one session server.
 *
 * A session has three addresses (translation.h, paper section 5). Its session address is its own for life, everywhere
 * in the control plane and at the proxy. Its virtual address is what it sees itself, for life: by the default policy
 * its first physical address, else one value that all sessions share. Its physical address is an alias of the server
 * that it runs on, of a pool that the server has for itself; it changes with every move to another server. Programs of
 * the kernel (server.bpf.c) translate between virtual and physical address at the session's link and at the uplink.
 *
 * What a session can reach: what lies behind the proxy (gateway.h), which sees all of its packets. What it cannot: any
 * port of the server, the servers' networks, link-local addresses; and it cannot send with another source address than
 * its own, nor anything but IP. What reaches it: what the proxy sends, with its label once it has moved. A packet for
 * a physical address that nobody has is dropped in silence: an ICMP error or a reset would end connections of a session
 * that has moved on.
 *
 * A blocked session receives nothing, in silence. Block it when its processes are stopped for the dump, before the
 * first socket is looked at, and until all that were restored are there: packets that find a namespace without its
 * sockets would be answered with a reset. Unblock before the processes are let run, as nothing arrives while the
 * gateway holds. What a blocked session sends passes: its processes are stopped, so that is only what TCP had taken
 * over from them already, at the source or as part of the image; dropped, it would be sent again after a retransmission
 * time-out of 200 ms.
 *
 * What a blocked session sends to itself does not pass. TCP works on while processes are stopped: what arrived at one
 * end of a connection after that end was dumped, and was acknowledged before the other one was, would be in neither
 * image; and in a restore, one end sends before the other is there, and is answered with a reset.
 *
 * With IPv6 (network_address6.h) the same goes for it, beside IPv4 and never without: a session has both or IPv4 only.
 * Its physical IPv6 addresses are of a network that is routed to the server, and aliases of nothing.
 *
 * A host that is the proxy as well has no uplink. Its sessions have no physical address but their session address, and
 * are reached by routes.
 *
 * What it makes, all named by the instance and all kept by the kernel, so that a daemon that was restarted finds it
 * again (nothing else is written down):
 *   - pinned programs and maps in `pins`; the program at the uplink;
 *   - for each session a link (network_link.h) with its programs, and an alias of the uplink;
 *   - the nftables table `inet mobidesk-INSTANCE-server`, behind the programs;
 *   - without an uplink, a routing table with the sessions' /32 routes (a blackhole for one that is blocked), a
 * blackhole for the rest of the session network, and two rules (priority 7410 and 7411) that lead into it.
 *
 * What the host must have: kernel 5.10 or later with veth, tc with BPF programs, nf_tables (inet), multiple routing
 * tables; root in the initial user namespace; /proc/sys/net/ipv4 writable.
 *
 * Threads: any; calls are serialized by a lock inside. Addresses are in network byte order.
 */
#ifndef MOBIDESK_NETWORK_H
#define MOBIDESK_NETWORK_H

#include <netinet/in.h>
#include <stdbool.h>

#include "announcement.h"
#include "error.h"
#include "network_rtnl.h"
#include "translation.h"

struct network;

struct network_config {
  const char *instance;                  /* [a-z0-9-]{1,40} */
  const char *pins;                      /* directory for a BPF file system; its parent exists */
  struct network_prefix session_network; /* key session_network, "10.74.0.0/16" */
  in_addr_t virtual_address;             /* key virtual_address; 0: the first physical address */
  in_addr_t gateway; /* key gateway_address: the proxy's address on the servers' network. 0: none, this
                        host is the proxy as well and sends by its own routes */
  /* The rest only with a gateway. */
  struct network_prefix pool;          /* key physical_pool, "10.73.0.128/26": given out one by one */
  in_addr_t dhcp_server;               /* key dhcp_server: gives addresses of the pool; 0: this server itself does */
  uint64_t quarantine_us;              /* key physical_quarantine: rest of an address that was given back */
  const struct network_prefix *closed; /* key closed_networks, besides those that this host is on */
  size_t closed_count;
  struct network_prefix6 session_network6;  /* key session_network6; length 0: sessions have no IPv6 */
  struct network_prefix6 physical_network6; /* key physical_network6, of 64 bits: routed to this server */
  struct in6_addr gateway6;                 /* key gateway_address6 */
  const struct network_prefix6 *closed6;    /* as `closed` */
  size_t closed6_count;
  struct announcement_key key; /* of the file that the key network_key names */
};

/* A session, for network_attach. */
struct network_session {
  const char *id;
  in_addr_t address;         /* session address */
  in_addr_t virtual_address; /* 0 at its creation: chosen, and set */
  uint32_t label;            /* 0 at its creation: chosen, and set */
  uint16_t generation;       /* 1 at its creation; grows with each move; above 1 packets bear the label */
};

/* Makes the tables; what is there already of this instance is kept, and sessions that are linked stay linked. */
int network_open(const struct network_config *config, struct network **out, struct error *err);
/* Lets go of the handle only; links, programs and tables stay. */
void network_close(struct network *n);

/* Takes the physical address of a session that will be linked here: what may have to be asked for, and waited for, is
 * there when it comes. Given back as that of a session that was here. Again: success. MOBIDESK_INVALID,
 * MOBIDESK_NO_SPACE; MOBIDESK_TIMEOUT: the DHCP server does not answer. */
int network_reserve(struct network *n, const char *session, in_addr_t address, struct error *err);
/* Links the session inside the network namespace `netns_fd`, and tells the proxy, which must not have answered.
 * Blocked: see above; network_unblock lets it go. Linked already in that namespace: success, and the rest is as asked.
 * A left-over link of an earlier namespace is replaced. MOBIDESK_INVALID: the address is not of the session network;
 * MOBIDESK_CONFLICT: another session has it; MOBIDESK_NO_SPACE: no physical address is free. */
int network_attach(struct network *n, struct network_session *session, int netns_fd, bool blocked, struct error *err);
/* One element of a map, or one route, and the loopback link of the namespace. An address that is not linked:
 * MOBIDESK_NOT_FOUND. */
int network_block(struct network *n, in_addr_t address, int netns_fd, struct error *err);
int network_unblock(struct network *n, in_addr_t address, int netns_fd, struct error *err);
/* Removes the session's link. It keeps its physical address, for it may come back in place. Absent: success. */
int network_detach(struct network *n, in_addr_t address, struct error *err);
/* The session will not come back: its physical address goes into quarantine. Absent: success. */
int network_give_back(struct network *n, in_addr_t address, struct error *err);
/* The physical address that the session has here. MOBIDESK_NOT_FOUND. */
int network_physical(struct network *n, in_addr_t address, in_addr_t *out, struct error *err);
/* Packets dropped for each reason since the programs were loaded. */
int network_drops(struct network *n, uint64_t counts[TRANSLATION_DROPS], struct error *err);

/* Calls `each` for every linked session until it returns non-zero: a restarted daemon compares with its records and
 * detaches the rest. `session` is empty for a link whose making was interrupted. `each` must not call back into this
 * module. */
int network_each(struct network *n, int (*each)(const char *session, in_addr_t address, void *data), void *data,
                 struct error *err);

/* Removes everything that the instance ever made here in the role of a server. Nothing there: success. */
int network_cleanup(const char *instance, const char *pins, struct error *err);

#endif
