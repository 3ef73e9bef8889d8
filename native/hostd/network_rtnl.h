/*
 * network_rtnl.h: the few requests of rtnetlink that session links and the gateway need, over libmnl.
 *
 * A struct rtnl is one netlink socket; it stays in the network namespace it was opened in, whatever thread uses it
 * later. Threads: one call at a time on each struct rtnl. Addresses are in network byte order. Errors: 0 or -1 and
 * `*err`, which names the request and its object.
 */
#ifndef MOBIDESK_NETWORK_RTNL_H
#define MOBIDESK_NETWORK_RTNL_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"

struct rtnl;

/* An IPv4 network; length is 0 to 32 bits. */
struct network_prefix {
  in_addr_t address;
  unsigned length;
};

/* An IPv6 network; length is 0 to 128 bits, and where an address may be left out 0 is none. */
struct network_prefix6 {
  struct in6_addr address;
  unsigned length;
};

struct rtnl_mac {
  uint8_t bytes[6];
};

struct rtnl_link {
  unsigned index;
  unsigned peer_index; /* of a veth pair, in the peer's namespace; 0: none */
  bool up;
  char name[IFNAMSIZ];
  char alias[256];
};

/* Both ends of a veth pair, made up at the near end only. */
struct rtnl_veth {
  const char *name;
  const char *alias;
  struct rtnl_mac mac;
  const char *peer_name;
  struct rtnl_mac peer_mac;
  int peer_netns_fd;
  unsigned mtu;
};

struct rtnl_route {
  uint32_t table;
  bool is_ipv6; /* then `to6` and `gateway6` count, not `to`, `gateway` and `source` */
  struct network_prefix to;
  struct network_prefix6 to6;
  unsigned char type; /* RTN_UNICAST, RTN_BLACKHOLE, RTN_THROW */
  unsigned device;    /* interface index, 0: found by the kernel */
  in_addr_t gateway;  /* 0: none */
  struct in6_addr gateway6;
  in_addr_t source; /* preferred source address, 0: none */
  unsigned mtu;     /* bytes, 0: the device's */
};

/* Packets that match (each zero member matches all) are looked up in `table`. */
struct rtnl_rule {
  uint32_t priority;
  uint32_t table;
  bool is_ipv6; /* then `from6` and `to6` count */
  struct network_prefix from;
  struct network_prefix to;
  struct network_prefix6 from6, to6;
  const char *input; /* interface name, or NULL */
};

/* Opens a socket in the namespace `netns_fd`, or in the caller's own for -1. */
int rtnl_open(int netns_fd, struct rtnl **out, struct error *err);
void rtnl_close(struct rtnl *r);
static inline void rtnl_cleanup(struct rtnl **r) { rtnl_close(*r); }
#define cleanup_rtnl __attribute__((cleanup(rtnl_cleanup)))

/* Returns 1 and the link, 0 when there is none of that name, -1 on failure. */
int rtnl_link_find(struct rtnl *r, const char *name, struct rtnl_link *out, struct error *err);
/* Calls `each` for every link until it returns non-zero. */
int rtnl_link_each(struct rtnl *r, int (*each)(const struct rtnl_link *link, void *data), void *data,
                   struct error *err);
/* Not atomic: a link without alias is one whose making was interrupted. */
int rtnl_veth_create(struct rtnl *r, const struct rtnl_veth *veth, struct error *err);
int rtnl_link_up(struct rtnl *r, unsigned index, struct error *err);
/* MTU in bytes; queue in packets, 0: leave. */
int rtnl_link_tune(struct rtnl *r, unsigned index, unsigned mtu, unsigned queue, struct error *err);
/* What is sent on the link is dropped before it leaves, so that TCP still knows it as not sent; or passes again. */
int rtnl_link_still(struct rtnl *r, unsigned index, bool still, struct error *err);
/* Absent: success. */
int rtnl_link_delete(struct rtnl *r, const char *name, struct error *err);

/* Present already: success. */
int rtnl_address_add(struct rtnl *r, unsigned index, struct network_prefix address, struct error *err);
/* Absent: success. */
int rtnl_address_delete(struct rtnl *r, unsigned index, struct network_prefix address, struct error *err);
/* As rtnl_address_add, of an address that is used at once, without asking the link whether another has it. */
int rtnl_address6_add(struct rtnl *r, unsigned index, struct network_prefix6 address, struct error *err);
/* A permanent entry of the neighbour table. */
int rtnl_neighbour_set(struct rtnl *r, unsigned index, in_addr_t address, struct rtnl_mac mac, struct error *err);
int rtnl_neighbour6_set(struct rtnl *r, unsigned index, const struct in6_addr *address, struct rtnl_mac mac,
                        struct error *err);
/* Absent: success. */
int rtnl_neighbour6_delete(struct rtnl *r, unsigned index, const struct in6_addr *address, struct error *err);

int rtnl_route_replace(struct rtnl *r, const struct rtnl_route *route, struct error *err);
/* Absent: success. */
int rtnl_route_delete(struct rtnl *r, const struct rtnl_route *route, struct error *err);
/* Calls `each` for every route of the table, of one kind of addresses, until it returns non-zero. */
int rtnl_route_each(struct rtnl *r, bool is_ipv6, uint32_t table,
                    int (*each)(const struct rtnl_route *route, void *data), void *data, struct error *err);
/* Where this host sends what is for `to`: type (RTN_LOCAL: to itself), device, gateway and source. */
int rtnl_route_lookup(struct rtnl *r, in_addr_t to, struct rtnl_route *out, struct error *err);
int rtnl_route6_lookup(struct rtnl *r, const struct in6_addr *to, struct rtnl_route *out, struct error *err);
/* Deletes every route of the table, IPv4 and IPv6. */
int rtnl_table_flush(struct rtnl *r, uint32_t table, struct error *err);

/* Present already: success. */
int rtnl_rule_add(struct rtnl *r, const struct rtnl_rule *rule, struct error *err);
/* Deletes the rules of that priority that lead to the table, IPv4 and IPv6. Absent: success. */
int rtnl_rule_delete(struct rtnl *r, uint32_t priority, uint32_t table, struct error *err);

#endif
