/*
 * network_link.h: the link of one session: a veth pair from its server into its network namespace.
 *
 * `eth0` inside has VIRTUAL/32, MTU 1492 (a label needs 8 bytes more on the way to the proxy) and a default route by
 * the link-local gateway 169.254.1.1, whose hardware address is the same on every server and a permanent neighbour, so
 * that nothing inside needs to be learned again after a move. With IPv6 also its session address/128, and a default
 * route by fe80::1, in the same way; it has no link-local address, asks for no router and takes no advertisement. The
 * host's end is named `mTTTTT-AAAAAAAA` (instance tag, session address in hex) and has "mobidesk INSTANCE SESSION" as
 * alias.
 *
 * Threads: as struct rtnl. Addresses are in network byte order.
 */
#ifndef MOBIDESK_NETWORK_LINK_H
#define MOBIDESK_NETWORK_LINK_H

#include "network_rtnl.h"

#define NETWORK_LINK_MTU 1492
/* The session's way out; link-local, so that it can be the same in every session. */
#define NETWORK_LINK_GATEWAY "169.254.1.1"

struct network_link {
  const char *instance, *session;
  in_addr_t address, virtual_address;
  struct in6_addr address6; /* none: no IPv6 */
};

/* Makes the host's end and the session's, which is not yet up; one that is there already is kept. A left-over link of
 * an earlier namespace is replaced. MOBIDESK_CONFLICT: another session has the address. `out` is the host's end. */
int network_link_make(struct rtnl *host, const struct network_link *l, int netns_fd, struct rtnl_link *out,
                      struct error *err);
/* Sets up both ends. */
int network_link_set_up(struct rtnl *host, const struct network_link *l, int netns_fd, struct error *err);
/* Whether what the session sends to itself, by its loopback link, is dropped. */
int network_link_still(int netns_fd, bool still, struct error *err);
int network_link_delete(struct rtnl *host, const char *instance, in_addr_t address, struct error *err);
/* MOBIDESK_NOT_FOUND: no session has the address here. */
int network_link_find(struct rtnl *host, const char *instance, in_addr_t address, struct rtnl_link *out,
                      struct error *err);

/* Hardware addresses: of the session's eth0, from its address, the same wherever it runs; and of all hosts' ends. */
struct rtnl_mac network_link_mac(in_addr_t address);
struct rtnl_mac network_link_server_mac(void);

void network_link_name(const char *instance, in_addr_t address, char name[static IFNAMSIZ]);
/* What all links of the instance begin with. */
void network_link_prefix(const char *instance, char prefix[static IFNAMSIZ]);
/* Calls `each` for every link of the instance until it returns non-zero; `session` is empty for one whose making was
 * interrupted. */
int network_link_each(struct rtnl *host, const char *instance,
                      int (*each)(const char *session, in_addr_t address, void *data), void *data, struct error *err);

#endif
