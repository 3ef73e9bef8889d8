#include "network_rtnl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdlib.h>
#include <string.h>

#include "network_host.h"

/* Marks our routes and rules in listings (RTA_PROTOCOL); a value that iproute2 does not know by name. */
#define RTNL_PROTOCOL 77
/* Large enough for any request below; the largest, a veth pair with an alias, is under 600 bytes. */
#define REQUEST_SIZE 1024
/* What the kernel puts at most into one part of a dump. */
#define REPLY_SIZE 32768

struct rtnl {
  struct mnl_socket *socket;
  uint32_t sequence;
};

struct request {
  struct nlmsghdr *header;
  _Alignas(NLMSG_ALIGNTO) char buffer[REQUEST_SIZE];
};

/* Text of an address, in a buffer of the caller's statement. */
#define ADDRESS_TEXT(address)                                                                                          \
  inet_ntop(AF_INET, &(struct in_addr){.s_addr = (address)}, (char[INET_ADDRSTRLEN]){0}, INET_ADDRSTRLEN)

#define ADDRESS6_TEXT(address) inet_ntop(AF_INET6, (address), (char[INET6_ADDRSTRLEN]){0}, INET6_ADDRSTRLEN)

/* Starts a request whose fixed part has `size` bytes; returns that part, zeroed. */
static void *request_begin(struct request *q, uint16_t type, uint16_t flags, size_t size) {
  q->header = mnl_nlmsg_put_header(q->buffer);
  q->header->nlmsg_type = type;
  q->header->nlmsg_flags = NLM_F_REQUEST | flags;
  return mnl_nlmsg_put_extra_header(q->header, size);
}

/* Sends the request and feeds all replies to `each`. Returns 0, or -1 with errno. */
static int request_run(struct rtnl *r, struct request *q, mnl_cb_t each, void *data) {
  q->header->nlmsg_seq = ++r->sequence;
  if (mnl_socket_sendto(r->socket, q->header, q->header->nlmsg_len) < 0)
    return -1;
  _Alignas(NLMSG_ALIGNTO) char reply[REPLY_SIZE];
  int more = MNL_CB_OK;
  while (more > MNL_CB_STOP) {
    ssize_t n = mnl_socket_recvfrom(r->socket, reply, sizeof reply);
    if (n < 0)
      return -1;
    more = mnl_cb_run(reply, (size_t)n, r->sequence, mnl_socket_get_portid(r->socket), each, data);
    if (more < 0)
      return -1;
    bool multipart = ((struct nlmsghdr *)reply)->nlmsg_flags & NLM_F_MULTI;
    if (!multipart && !(q->header->nlmsg_flags & NLM_F_ACK))
      break;
  }
  return 0;
}

/* Sends a request that is answered by an acknowledgement only. Returns 0, or -1 with errno. */
static int request_acknowledged(struct rtnl *r, struct request *q) {
  q->header->nlmsg_flags |= NLM_F_ACK;
  return request_run(r, q, NULL, NULL);
}

/* Opens and binds the socket in the namespace that the thread is in now; `data` is where to put it. */
static int open_here(void *data, struct error *err) {
  cleanup_rtnl struct rtnl *r = calloc(1, sizeof *r);
  if (!r)
    return error_sys(err, "opening a rtnetlink socket");
  r->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
  if (!r->socket || mnl_socket_bind(r->socket, 0, MNL_SOCKET_AUTOPID) < 0)
    return error_sys(err, "opening a rtnetlink socket");
  *(struct rtnl **)data = r;
  r = NULL;
  return 0;
}

int rtnl_open(int netns_fd, struct rtnl **out, struct error *err) {
  return netns_fd < 0 ? open_here(out, err) : network_inside(netns_fd, open_here, out, err);
}

void rtnl_close(struct rtnl *r) {
  if (!r)
    return;
  if (r->socket)
    mnl_socket_close(r->socket);
  free(r);
}

/* ---- links ---------------------------------------------------------------------------------------------------------
 */

struct link_visit {
  int (*each)(const struct rtnl_link *link, void *data);
  void *data;
  bool stopped;
};

static int on_link_attribute(const struct nlattr *a, void *data) {
  struct rtnl_link *link = data;
  switch (mnl_attr_get_type(a)) {
  case IFLA_IFNAME:
    strncpy(link->name, mnl_attr_get_str(a), sizeof link->name - 1);
    break;
  case IFLA_IFALIAS:
    strncpy(link->alias, mnl_attr_get_str(a), sizeof link->alias - 1);
    break;
  case IFLA_LINK:
    link->peer_index = mnl_attr_get_u32(a);
    break;
  default:
    break;
  }
  return MNL_CB_OK;
}

static int on_link(const struct nlmsghdr *header, void *data) {
  struct link_visit *visit = data;
  if (header->nlmsg_type != RTM_NEWLINK || visit->stopped)
    return MNL_CB_OK;
  const struct ifinfomsg *info = mnl_nlmsg_get_payload(header);
  struct rtnl_link link = {.index = (unsigned)info->ifi_index, .up = info->ifi_flags & IFF_UP};
  mnl_attr_parse(header, sizeof *info, on_link_attribute, &link);
  visit->stopped = visit->each(&link, visit->data) != 0;
  return MNL_CB_OK;
}

static int copy_link(const struct rtnl_link *link, void *data) {
  *(struct rtnl_link *)data = *link;
  return 1;
}

int rtnl_link_find(struct rtnl *r, const char *name, struct rtnl_link *out, struct error *err) {
  struct request q;
  struct ifinfomsg *info = request_begin(&q, RTM_GETLINK, 0, sizeof *info);
  info->ifi_family = AF_UNSPEC;
  mnl_attr_put_strz(q.header, IFLA_IFNAME, name);
  struct link_visit visit = {.each = copy_link, .data = out};
  if (request_run(r, &q, on_link, &visit) == 0)
    return 1;
  if (errno == ENODEV)
    return 0;
  return error_sys(err, "looking for the link `%s`", name);
}

int rtnl_link_each(struct rtnl *r, int (*each)(const struct rtnl_link *link, void *data), void *data,
                   struct error *err) {
  struct request q;
  struct ifinfomsg *info = request_begin(&q, RTM_GETLINK, NLM_F_DUMP, sizeof *info);
  info->ifi_family = AF_UNSPEC;
  struct link_visit visit = {.each = each, .data = data};
  if (request_run(r, &q, on_link, &visit) < 0)
    return error_sys(err, "listing links");
  return 0;
}

/* The kernel takes no alias in the request that creates a link. */
static int set_alias(struct rtnl *r, const char *name, const char *alias, struct error *err) {
  struct request q;
  request_begin(&q, RTM_SETLINK, 0, sizeof(struct ifinfomsg));
  mnl_attr_put_strz(q.header, IFLA_IFNAME, name);
  mnl_attr_put_strz(q.header, IFLA_IFALIAS, alias);
  if (request_acknowledged(r, &q) < 0)
    return error_sys(err, "naming the owner of the link `%s`", name);
  return 0;
}

int rtnl_veth_create(struct rtnl *r, const struct rtnl_veth *veth, struct error *err) {
  struct request q;
  struct ifinfomsg *info = request_begin(&q, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *info);
  info->ifi_flags = info->ifi_change = IFF_UP;
  mnl_attr_put_strz(q.header, IFLA_IFNAME, veth->name);
  mnl_attr_put(q.header, IFLA_ADDRESS, sizeof veth->mac.bytes, veth->mac.bytes);
  mnl_attr_put_u32(q.header, IFLA_MTU, veth->mtu);
  struct nlattr *kind = mnl_attr_nest_start(q.header, IFLA_LINKINFO);
  mnl_attr_put_str(q.header, IFLA_INFO_KIND, "veth");
  struct nlattr *config = mnl_attr_nest_start(q.header, IFLA_INFO_DATA);
  struct nlattr *peer = mnl_attr_nest_start(q.header, VETH_INFO_PEER);
  mnl_nlmsg_put_extra_header(q.header, sizeof(struct ifinfomsg));
  mnl_attr_put_strz(q.header, IFLA_IFNAME, veth->peer_name);
  mnl_attr_put(q.header, IFLA_ADDRESS, sizeof veth->peer_mac.bytes, veth->peer_mac.bytes);
  mnl_attr_put_u32(q.header, IFLA_MTU, veth->mtu);
  mnl_attr_put_u32(q.header, IFLA_NET_NS_FD, (uint32_t)veth->peer_netns_fd);
  mnl_attr_nest_end(q.header, peer);
  mnl_attr_nest_end(q.header, config);
  mnl_attr_nest_end(q.header, kind);
  if (request_acknowledged(r, &q) < 0)
    return error_sys(err, "creating the link `%s` with `%s` inside the session", veth->name, veth->peer_name);
  return set_alias(r, veth->name, veth->alias, err);
}

int rtnl_link_up(struct rtnl *r, unsigned index, struct error *err) {
  struct request q;
  struct ifinfomsg *info = request_begin(&q, RTM_NEWLINK, 0, sizeof *info);
  info->ifi_index = (int)index;
  info->ifi_flags = info->ifi_change = IFF_UP;
  if (request_acknowledged(r, &q) < 0)
    return error_sys(err, "setting link %u up", index);
  return 0;
}

int rtnl_link_tune(struct rtnl *r, unsigned index, unsigned mtu, unsigned queue, struct error *err) {
  struct request q;
  struct ifinfomsg *info = request_begin(&q, RTM_NEWLINK, 0, sizeof *info);
  info->ifi_index = (int)index;
  mnl_attr_put_u32(q.header, IFLA_MTU, mtu);
  if (queue)
    mnl_attr_put_u32(q.header, IFLA_TXQLEN, queue);
  if (request_acknowledged(r, &q) < 0)
    return error_sys(err, "setting link %u to an MTU of %u and a queue of %u packets", index, mtu, queue);
  return 0;
}

/* A queue without room. */
int rtnl_link_still(struct rtnl *r, unsigned index, bool still, struct error *err) {
  struct request q;
  const struct tc_fifo_qopt none = {.limit = 0};
  struct tcmsg *info =
      request_begin(&q, still ? RTM_NEWQDISC : RTM_DELQDISC, still ? NLM_F_CREATE | NLM_F_REPLACE : 0, sizeof *info);
  info->tcm_family = AF_UNSPEC;
  info->tcm_ifindex = (int)index;
  info->tcm_parent = TC_H_ROOT;
  if (still) {
    mnl_attr_put_strz(q.header, TCA_KIND, "pfifo");
    mnl_attr_put(q.header, TCA_OPTIONS, sizeof none, &none);
  }
  if (request_acknowledged(r, &q) < 0 && (still || errno != ENOENT))
    return error_sys(err, "%s what link %u sends", still ? "dropping" : "letting pass", index);
  return 0;
}

int rtnl_link_delete(struct rtnl *r, const char *name, struct error *err) {
  struct request q;
  request_begin(&q, RTM_DELLINK, 0, sizeof(struct ifinfomsg));
  mnl_attr_put_strz(q.header, IFLA_IFNAME, name);
  if (request_acknowledged(r, &q) < 0 && errno != ENODEV)
    return error_sys(err, "removing the link `%s`", name);
  return 0;
}

/* ---- addresses and neighbours --------------------------------------------------------------------------------------
 */

/* An address without flags of its own kind: `size` is 4 or 16 bytes. */
static int add_address(struct rtnl *r, unsigned index, const void *address, size_t size, unsigned length,
                       unsigned char flags) {
  struct request q;
  struct ifaddrmsg *info = request_begin(&q, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, sizeof *info);
  info->ifa_family = size == sizeof(struct in6_addr) ? AF_INET6 : AF_INET;
  info->ifa_prefixlen = (unsigned char)length;
  info->ifa_flags = flags;
  info->ifa_index = index;
  mnl_attr_put(q.header, IFA_LOCAL, size, address);
  mnl_attr_put(q.header, IFA_ADDRESS, size, address);
  return request_acknowledged(r, &q);
}

int rtnl_address_add(struct rtnl *r, unsigned index, struct network_prefix address, struct error *err) {
  if (add_address(r, index, &address.address, sizeof address.address, address.length, 0) < 0)
    return error_sys(err, "giving link %u the address %s/%u", index, ADDRESS_TEXT(address.address), address.length);
  return 0;
}

int rtnl_address6_add(struct rtnl *r, unsigned index, struct network_prefix6 address, struct error *err) {
  if (add_address(r, index, &address.address, sizeof address.address, address.length, IFA_F_NODAD) < 0)
    return error_sys(err, "giving link %u the address %s/%u", index, ADDRESS6_TEXT(&address.address), address.length);
  return 0;
}

int rtnl_address_delete(struct rtnl *r, unsigned index, struct network_prefix address, struct error *err) {
  struct request q;
  struct ifaddrmsg *info = request_begin(&q, RTM_DELADDR, 0, sizeof *info);
  info->ifa_family = AF_INET;
  info->ifa_prefixlen = (unsigned char)address.length;
  info->ifa_index = index;
  mnl_attr_put_u32(q.header, IFA_LOCAL, address.address);
  if (request_acknowledged(r, &q) < 0 && errno != EADDRNOTAVAIL && errno != ENODEV)
    return error_sys(err, "taking the address %s/%u from link %u", ADDRESS_TEXT(address.address), address.length,
                     index);
  return 0;
}

static void neighbour_begin(struct request *q, uint16_t type, uint16_t flags, unsigned index, const void *address,
                            size_t size) {
  struct ndmsg *info = request_begin(q, type, flags, sizeof *info);
  info->ndm_family = size == sizeof(struct in6_addr) ? AF_INET6 : AF_INET;
  info->ndm_ifindex = (int)index;
  info->ndm_state = NUD_PERMANENT;
  mnl_attr_put(q->header, NDA_DST, size, address);
}

static int set_neighbour(struct rtnl *r, unsigned index, const void *address, size_t size, struct rtnl_mac mac) {
  struct request q;
  neighbour_begin(&q, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, index, address, size);
  mnl_attr_put(q.header, NDA_LLADDR, sizeof mac.bytes, mac.bytes);
  return request_acknowledged(r, &q);
}

int rtnl_neighbour_set(struct rtnl *r, unsigned index, in_addr_t address, struct rtnl_mac mac, struct error *err) {
  if (set_neighbour(r, index, &address, sizeof address, mac) < 0)
    return error_sys(err, "making %s a neighbour on link %u", ADDRESS_TEXT(address), index);
  return 0;
}

int rtnl_neighbour6_set(struct rtnl *r, unsigned index, const struct in6_addr *address, struct rtnl_mac mac,
                        struct error *err) {
  if (set_neighbour(r, index, address, sizeof *address, mac) < 0)
    return error_sys(err, "making %s a neighbour on link %u", ADDRESS6_TEXT(address), index);
  return 0;
}

int rtnl_neighbour6_delete(struct rtnl *r, unsigned index, const struct in6_addr *address, struct error *err) {
  struct request q;
  neighbour_begin(&q, RTM_DELNEIGH, 0, index, address, sizeof *address);
  if (request_acknowledged(r, &q) < 0 && errno != ENOENT && errno != ENODEV && errno != EAFNOSUPPORT)
    return error_sys(err, "removing the neighbour %s on link %u", ADDRESS6_TEXT(address), index);
  return 0;
}

/* ---- routes --------------------------------------------------------------------------------------------------------
 */

static bool is_none(const struct in6_addr *address) { return IN6_IS_ADDR_UNSPECIFIED(address); }

static bool has_gateway(const struct rtnl_route *route) {
  return route->is_ipv6 ? !is_none(&route->gateway6) : route->gateway != 0;
}

/* What the route is to, and by: the addresses of its kind. */
static void put_addresses(struct request *q, const struct rtnl_route *route) {
  if (route->is_ipv6) {
    if (route->to6.length)
      mnl_attr_put(q->header, RTA_DST, sizeof route->to6.address, &route->to6.address);
    if (!is_none(&route->gateway6))
      mnl_attr_put(q->header, RTA_GATEWAY, sizeof route->gateway6, &route->gateway6);
    return;
  }
  if (route->to.length)
    mnl_attr_put_u32(q->header, RTA_DST, route->to.address);
  if (route->gateway)
    mnl_attr_put_u32(q->header, RTA_GATEWAY, route->gateway);
  if (route->source)
    mnl_attr_put_u32(q->header, RTA_PREFSRC, route->source);
}

static void put_route(struct request *q, struct rtmsg *info, const struct rtnl_route *route) {
  info->rtm_family = route->is_ipv6 ? AF_INET6 : AF_INET;
  info->rtm_dst_len = (unsigned char)(route->is_ipv6 ? route->to6.length : route->to.length);
  info->rtm_type = route->type;
  info->rtm_protocol = RTNL_PROTOCOL;
  info->rtm_table = RT_TABLE_UNSPEC; /* the number follows as RTA_TABLE: it has 32 bits */
  info->rtm_scope = has_gateway(route) || route->type != RTN_UNICAST ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  mnl_attr_put_u32(q->header, RTA_TABLE, route->table);
  put_addresses(q, route);
  if (route->device)
    mnl_attr_put_u32(q->header, RTA_OIF, route->device);
  if (route->mtu) {
    struct nlattr *metrics = mnl_attr_nest_start(q->header, RTA_METRICS);
    mnl_attr_put_u32(q->header, RTAX_MTU, route->mtu);
    mnl_attr_nest_end(q->header, metrics);
  }
}

/* Where the route leads, as words for an error. */
#define ROUTE_TEXT(route)                                                                                              \
  ((route)->is_ipv6 ? ADDRESS6_TEXT(&(route)->to6.address) : ADDRESS_TEXT((route)->to.address)),                       \
      ((route)->is_ipv6 ? (route)->to6.length : (route)->to.length)

int rtnl_route_replace(struct rtnl *r, const struct rtnl_route *route, struct error *err) {
  struct request q;
  struct rtmsg *info = request_begin(&q, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, sizeof *info);
  put_route(&q, info, route);
  if (request_acknowledged(r, &q) < 0)
    return error_sys(err, "routing %s/%u via %s (link %u)", ROUTE_TEXT(route),
                     route->is_ipv6 ? ADDRESS6_TEXT(&route->gateway6) : ADDRESS_TEXT(route->gateway), route->device);
  return 0;
}

int rtnl_route_delete(struct rtnl *r, const struct rtnl_route *route, struct error *err) {
  struct request q;
  struct rtmsg *info = request_begin(&q, RTM_DELROUTE, 0, sizeof *info);
  put_route(&q, info, route);
  info->rtm_scope = RT_SCOPE_NOWHERE; /* any */
  if (request_acknowledged(r, &q) < 0 && errno != ESRCH)
    return error_sys(err, "removing the route to %s/%u", ROUTE_TEXT(route));
  return 0;
}

struct route_visit {
  uint32_t table; /* RT_TABLE_UNSPEC: any */
  bool is_ipv6;
  int (*each)(const struct rtnl_route *route, void *data);
  void *data;
  bool stopped;
};

static int on_route6_attribute(const struct nlattr *a, void *data) {
  struct rtnl_route *route = data;
  struct in6_addr *address = mnl_attr_get_type(a) == RTA_DST       ? &route->to6.address
                             : mnl_attr_get_type(a) == RTA_GATEWAY ? &route->gateway6
                                                                   : NULL;
  if (address && mnl_attr_get_payload_len(a) == sizeof *address)
    memcpy(address, mnl_attr_get_payload(a), sizeof *address);
  else if (mnl_attr_get_type(a) == RTA_TABLE)
    route->table = mnl_attr_get_u32(a);
  else if (mnl_attr_get_type(a) == RTA_OIF)
    route->device = mnl_attr_get_u32(a);
  return MNL_CB_OK;
}

static int on_route_attribute(const struct nlattr *a, void *data) {
  struct rtnl_route *route = data;
  switch (mnl_attr_get_type(a)) {
  case RTA_TABLE:
    route->table = mnl_attr_get_u32(a);
    break;
  case RTA_DST:
    route->to.address = mnl_attr_get_u32(a);
    break;
  case RTA_OIF:
    route->device = mnl_attr_get_u32(a);
    break;
  case RTA_GATEWAY:
    route->gateway = mnl_attr_get_u32(a);
    break;
  case RTA_PREFSRC:
    route->source = mnl_attr_get_u32(a);
    break;
  default:
    break;
  }
  return MNL_CB_OK;
}

static int on_route(const struct nlmsghdr *header, void *data) {
  struct route_visit *visit = data;
  if (header->nlmsg_type != RTM_NEWROUTE || visit->stopped)
    return MNL_CB_OK;
  const struct rtmsg *info = mnl_nlmsg_get_payload(header);
  if (info->rtm_family != (visit->is_ipv6 ? AF_INET6 : AF_INET))
    return MNL_CB_OK;
  struct rtnl_route route = {.table = info->rtm_table, .is_ipv6 = visit->is_ipv6, .type = info->rtm_type};
  if (visit->is_ipv6)
    route.to6.length = info->rtm_dst_len;
  else
    route.to.length = info->rtm_dst_len;
  mnl_attr_parse(header, sizeof *info, visit->is_ipv6 ? on_route6_attribute : on_route_attribute, &route);
  if (visit->table == RT_TABLE_UNSPEC || visit->table == route.table)
    visit->stopped = visit->each(&route, visit->data) != 0;
  return MNL_CB_OK;
}

int rtnl_route_each(struct rtnl *r, bool is_ipv6, uint32_t table,
                    int (*each)(const struct rtnl_route *route, void *data), void *data, struct error *err) {
  struct request q;
  struct rtmsg *info = request_begin(&q, RTM_GETROUTE, NLM_F_DUMP, sizeof *info);
  info->rtm_family = is_ipv6 ? AF_INET6 : AF_INET;
  struct route_visit visit = {.table = table, .is_ipv6 = is_ipv6, .each = each, .data = data};
  if (request_run(r, &q, on_route, &visit) < 0)
    return error_sys(err, "listing the routes of table %u", table);
  return 0;
}

static int copy_route(const struct rtnl_route *route, void *data) {
  *(struct rtnl_route *)data = *route;
  return 1;
}

static int look_up(struct rtnl *r, const void *to, size_t size, struct rtnl_route *out) {
  struct request q;
  struct rtmsg *info = request_begin(&q, RTM_GETROUTE, 0, sizeof *info);
  struct route_visit visit = {
      .table = RT_TABLE_UNSPEC, .is_ipv6 = size == sizeof(struct in6_addr), .each = copy_route, .data = out};
  info->rtm_family = visit.is_ipv6 ? AF_INET6 : AF_INET;
  info->rtm_dst_len = (unsigned char)(size * 8);
  mnl_attr_put(q.header, RTA_DST, size, to);
  return request_run(r, &q, on_route, &visit);
}

int rtnl_route_lookup(struct rtnl *r, in_addr_t to, struct rtnl_route *out, struct error *err) {
  return look_up(r, &to, sizeof to, out) < 0 ? error_sys(err, "looking up the route to %s", ADDRESS_TEXT(to)) : 0;
}

int rtnl_route6_lookup(struct rtnl *r, const struct in6_addr *to, struct rtnl_route *out, struct error *err) {
  return look_up(r, to, sizeof *to, out) < 0 ? error_sys(err, "looking up the route to %s", ADDRESS6_TEXT(to)) : 0;
}

/* The routes of a table, gathered first: deleting during a dump would skip some. */
struct route_list {
  struct rtnl_route *routes;
  size_t count;
};

static int gather_route(const struct rtnl_route *route, void *data) {
  struct route_list *list = data;
  struct rtnl_route *grown = reallocarray(list->routes, list->count + 1, sizeof *grown);
  if (!grown)
    return 1;
  list->routes = grown;
  list->routes[list->count++] = *route;
  return 0;
}

int rtnl_table_flush(struct rtnl *r, uint32_t table, struct error *err) {
  struct route_list list = {0};
  int result = rtnl_route_each(r, false, table, gather_route, &list, err);
  if (result == 0)
    result = rtnl_route_each(r, true, table, gather_route, &list, err);
  for (size_t i = 0; i < list.count && result == 0; i++)
    result = rtnl_route_delete(r, &list.routes[i], err);
  free(list.routes);
  return result;
}

/* ---- rules ---------------------------------------------------------------------------------------------------------
 */

static void put_prefix(struct request *q, uint16_t attribute, uint8_t *length, const struct rtnl_rule *rule,
                       const struct network_prefix *prefix, const struct network_prefix6 *prefix6) {
  *length = (uint8_t)(rule->is_ipv6 ? prefix6->length : prefix->length);
  if (*length && rule->is_ipv6)
    mnl_attr_put(q->header, attribute, sizeof prefix6->address, &prefix6->address);
  else if (*length)
    mnl_attr_put_u32(q->header, attribute, prefix->address);
}

int rtnl_rule_add(struct rtnl *r, const struct rtnl_rule *rule, struct error *err) {
  struct request q;
  struct fib_rule_hdr *info = request_begin(&q, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, sizeof *info);
  info->family = rule->is_ipv6 ? AF_INET6 : AF_INET;
  info->action = FR_ACT_TO_TBL;
  mnl_attr_put_u32(q.header, FRA_TABLE, rule->table);
  mnl_attr_put_u32(q.header, FRA_PRIORITY, rule->priority);
  mnl_attr_put_u8(q.header, FRA_PROTOCOL, RTNL_PROTOCOL);
  put_prefix(&q, FRA_SRC, &info->src_len, rule, &rule->from, &rule->from6);
  put_prefix(&q, FRA_DST, &info->dst_len, rule, &rule->to, &rule->to6);
  if (rule->input)
    mnl_attr_put_strz(q.header, FRA_IIFNAME, rule->input);
  if (request_acknowledged(r, &q) < 0 && errno != EEXIST)
    return error_sys(err, "adding the routing rule %u for table %u", rule->priority, rule->table);
  return 0;
}

int rtnl_rule_delete(struct rtnl *r, uint32_t priority, uint32_t table, struct error *err) {
  static const uint8_t families[] = {AF_INET, AF_INET6};
  for (size_t i = 0; i < sizeof families; i++) {
    struct request q;
    struct fib_rule_hdr *info = request_begin(&q, RTM_DELRULE, 0, sizeof *info);
    info->family = families[i];
    info->action = FR_ACT_TO_TBL;
    mnl_attr_put_u32(q.header, FRA_PRIORITY, priority);
    mnl_attr_put_u32(q.header, FRA_TABLE, table);
    /* Without IPv6 there are no rules of it. */
    if (request_acknowledged(r, &q) < 0 && errno != ENOENT && errno != EAFNOSUPPORT)
      return error_sys(err, "removing the routing rule %u for table %u", priority, table);
  }
  return 0;
}
