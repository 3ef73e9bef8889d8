#include "network_link.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clean.h"
#include "network_address6.h"
#include "network_host.h"

#define SESSION_LINK "eth0"
#define MOBIDESK_OUI 0x02, 0x4d /* locally administered */

/* The server's end of every link: the same on each server, so that a permanent neighbour entry stays right. */
static const struct rtnl_mac server_mac = {{MOBIDESK_OUI, 0xff, 0xff, 0xff, 0xff}};

struct rtnl_mac network_link_server_mac(void) { return server_mac; }

struct rtnl_mac network_link_mac(in_addr_t address) {
  struct rtnl_mac mac = {{MOBIDESK_OUI}};
  memcpy(mac.bytes + 2, &address, sizeof address);
  return mac;
}

void network_link_name(const char *instance, in_addr_t address, char name[static IFNAMSIZ]) {
  snprintf(name, IFNAMSIZ, "m%05x-%08x", network_instance_tag(instance), ntohl(address));
}

void network_link_prefix(const char *instance, char prefix[static IFNAMSIZ]) {
  snprintf(prefix, IFNAMSIZ, "m%05x-", network_instance_tag(instance));
}

/* Splits name and alias of a link of this instance; the session is empty when its making was interrupted. Returns false
 * for any other link. */
static bool link_session(const struct rtnl_link *link, const char *instance, char session[static MOBIDESK_ID_SIZE],
                         in_addr_t *address) {
  char of[NETWORK_INSTANCE_SIZE], prefix[IFNAMSIZ];
  unsigned host_order;
  network_link_prefix(instance, prefix);
  if (strncmp(link->name, prefix, strlen(prefix)) != 0 || sscanf(link->name + strlen(prefix), "%8x", &host_order) != 1)
    return false;
  *address = htonl(host_order);
  session[0] = '\0';
  return !link->alias[0] || (sscanf(link->alias, "mobidesk %40s %63s", of, session) == 2 && strcmp(of, instance) == 0);
}

/* Returns 1 when eth0 in the session's namespace is the other end of `link`, else 0, or -1. */
static int is_linked(struct rtnl *inside, const struct rtnl_link *link, struct error *err) {
  struct rtnl_link eth0;
  int found = rtnl_link_find(inside, SESSION_LINK, &eth0, err);
  if (found <= 0)
    return found;
  return eth0.peer_index == link->index && link->peer_index == eth0.index;
}

/* Finds a link of the session as it should be. Removes one that leads to another namespace: the kernel takes its time
 * to remove the links of a namespace that ended. Returns 1 when linked, 0 when to be made, or -1. */
static int find_or_clear(struct rtnl *host, const struct network_link *l, const char *name, struct rtnl *inside,
                         struct error *err) {
  struct rtnl_link link;
  int found = rtnl_link_find(host, name, &link, err);
  if (found <= 0)
    return found;
  char owner[MOBIDESK_ID_SIZE];
  in_addr_t address;
  if (!link_session(&link, l->instance, owner, &address))
    return error_set(err, MOBIDESK_CONFLICT, "the link `%s` exists and is not of instance `%s` (`%s`)", name,
                     l->instance, link.alias);
  if (owner[0] && strcmp(owner, l->session) != 0)
    return error_set(err, MOBIDESK_CONFLICT, "the address %s belongs to session `%s` here", NETWORK_TEXT(address),
                     owner);
  int linked = owner[0] ? is_linked(inside, &link, err) : 0;
  if (linked == 0)
    return rtnl_link_delete(host, name, err);
  return linked;
}

/* Inside the session: chooses a congestion control that does not pace. CRIU restores none, so a restored connection has
 * the namespace's default; BBR takes the time from the restore to the release for its round trip, and would send the
 * first segments at the rate that follows: measured 160 to 320 ms of silence after each move, with reno 1 to 13 ms. */
static int set_unpaced(void *data, struct error *err) {
  static const char path[] = "/proc/sys/net/ipv4/tcp_congestion_control";
  char name[16] = "";
  cleanup_close int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0 || pread(fd, name, sizeof name - 1, 0) <= 0)
    return error_sys(err, "reading %s", path);
  if (strncmp(name, "bbr", 3) != 0 || pwrite(fd, "cubic", 5, 0) == 5)
    return 0;
  /* The host does not allow cubic to others; reno always is. */
  return pwrite(fd, "reno", 4, 0) == 4 ? 0 : error_sys(err, "choosing reno by %s", path);
}

/* Inside the session: address, neighbour and routes of eth0, and the loopback link. */
static int set_up_inside(struct rtnl *inside, in_addr_t address, struct error *err) {
  struct rtnl_link lo, eth0;
  int found_lo = rtnl_link_find(inside, "lo", &lo, err);
  int found_eth0 = rtnl_link_find(inside, SESSION_LINK, &eth0, err);
  if (found_lo < 0 || found_eth0 < 0)
    return -1;
  if (!found_lo || !found_eth0)
    return error_set(err, MOBIDESK_INTERNAL, "the session's network namespace lacks `%s`",
                     found_lo ? SESSION_LINK : "lo");
  in_addr_t gateway = inet_addr(NETWORK_LINK_GATEWAY);
  struct rtnl_route to_gateway = {
      .table = RT_TABLE_MAIN, .to = {gateway, 32}, .type = RTN_UNICAST, .device = eth0.index, .source = address};
  struct rtnl_route out = {
      .table = RT_TABLE_MAIN, .type = RTN_UNICAST, .device = eth0.index, .gateway = gateway, .source = address};
  if (rtnl_link_up(inside, lo.index, err) < 0 ||
      rtnl_address_add(inside, eth0.index, (struct network_prefix){address, 32}, err) < 0 ||
      rtnl_link_up(inside, eth0.index, err) < 0 ||
      rtnl_neighbour_set(inside, eth0.index, gateway, server_mac, err) < 0 ||
      rtnl_route_replace(inside, &to_gateway, err) < 0)
    return -1;
  return rtnl_route_replace(inside, &out, err);
}

/* Inside the session: eth0 gets its addresses from us alone. What its root may change here is its own concern: the
 * server lets pass what comes from its session address only. */
static int set_no_discovery(void *data, struct error *err) {
  static const struct {
    const char *key;
    int value;
  } settings[] = {{"addr_gen_mode", 1 /* none */}, {"accept_ra", 0}, {"accept_redirects", 0}, {"dad_transmits", 0}};
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    if (network_sysctl6_set(SESSION_LINK, settings[i].key, settings[i].value, err) < 0)
      return -1;
  return 0;
}

/* Of the kernel's work that makes an IPv6 address one that is received at: moments, but for a busy host. */
#define ADDRESS6_WAIT_MS 10000

/* The kernel takes an IPv6 address at once, and answers for it later: what came in between would be lost. */
static int wait_for_address6(struct rtnl *inside, const struct in6_addr *address, struct error *err) {
  for (int waited_ms = 0; waited_ms < ADDRESS6_WAIT_MS; waited_ms++) {
    struct rtnl_route way = {0};
    struct error none_yet;
    if (rtnl_route6_lookup(inside, address, &way, &none_yet) == 0 && way.type == RTN_LOCAL)
      return 0;
    poll(NULL, 0, 1);
  }
  return error_set(err, MOBIDESK_TIMEOUT, "the kernel does not take the session's address %s into use",
                   NETWORK6_TEXT(address));
}

/* Inside the session: the same for IPv6. The link is up. */
static int set_up_inside6(struct rtnl *inside, const struct in6_addr *address, struct error *err) {
  struct rtnl_link eth0;
  struct rtnl_route out = {.table = RT_TABLE_MAIN, .is_ipv6 = true, .type = RTN_UNICAST};
  int found = rtnl_link_find(inside, SESSION_LINK, &eth0, err);
  if (found <= 0)
    return found < 0 ? -1
                     : error_set(err, MOBIDESK_INTERNAL, "the session's network namespace lacks `" SESSION_LINK "`");
  out.device = eth0.index;
  if (network6_address_parse(NETWORK6_LINK_GATEWAY, "the gateway", &out.gateway6, err) < 0 ||
      rtnl_address6_add(inside, eth0.index, (struct network_prefix6){*address, 128}, err) < 0 ||
      rtnl_neighbour6_set(inside, eth0.index, &out.gateway6, server_mac, err) < 0)
    return -1;
  if (rtnl_route_replace(inside, &out, err) < 0)
    return -1;
  return wait_for_address6(inside, address, err);
}

static int create_link(struct rtnl *host, const struct network_link *l, const char *name, int netns_fd,
                       struct error *err) {
  char alias[256];
  snprintf(alias, sizeof alias, "mobidesk %s %s", l->instance, l->session);
  return rtnl_veth_create(host,
                          &(struct rtnl_veth){.name = name,
                                              .alias = alias,
                                              .mac = server_mac,
                                              .peer_name = SESSION_LINK,
                                              .peer_mac = network_link_mac(l->address),
                                              .peer_netns_fd = netns_fd,
                                              .mtu = NETWORK_LINK_MTU},
                          err);
}

int network_link_make(struct rtnl *host, const struct network_link *l, int netns_fd, struct rtnl_link *out,
                      struct error *err) {
  cleanup_rtnl struct rtnl *inside = NULL;
  char name[IFNAMSIZ];
  network_link_name(l->instance, l->address, name);
  if (rtnl_open(netns_fd, &inside, err) < 0)
    return -1;
  int linked = find_or_clear(host, l, name, inside, err);
  if (linked < 0 || (!linked && create_link(host, l, name, netns_fd, err) < 0))
    return -1;
  return network_link_find(host, l->instance, l->address, out, err);
}

/* At the host: the link forwards, and knows its neighbour. No reverse path check: a blocked session has no way back. */
static int set_up_outside(struct rtnl *host, const struct network_link *l, struct error *err) {
  struct rtnl_link link;
  if (network_link_find(host, l->instance, l->address, &link, err) < 0 ||
      network_sysctl_set(link.name, "forwarding", 1, err) < 0 || network_sysctl_set(link.name, "rp_filter", 0, err) < 0)
    return -1;
  if (rtnl_neighbour_set(host, link.index, l->address, network_link_mac(l->address), err) < 0)
    return -1;
  return IN6_IS_ADDR_UNSPECIFIED(&l->address6)
             ? 0
             : rtnl_neighbour6_set(host, link.index, &l->address6, network_link_mac(l->address), err);
}

int network_link_set_up(struct rtnl *host, const struct network_link *l, int netns_fd, struct error *err) {
  cleanup_rtnl struct rtnl *inside = NULL;
  bool has_ipv6 = !IN6_IS_ADDR_UNSPECIFIED(&l->address6);
  if (rtnl_open(netns_fd, &inside, err) < 0 || network_inside(netns_fd, set_unpaced, NULL, err) < 0 ||
      (has_ipv6 && network_inside(netns_fd, set_no_discovery, NULL, err) < 0) ||
      set_up_inside(inside, l->virtual_address, err) < 0 || (has_ipv6 && set_up_inside6(inside, &l->address6, err) < 0))
    return -1;
  return set_up_outside(host, l, err);
}

int network_link_still(int netns_fd, bool still, struct error *err) {
  cleanup_rtnl struct rtnl *inside = NULL;
  struct rtnl_link lo;
  if (rtnl_open(netns_fd, &inside, err) < 0)
    return -1;
  int found = rtnl_link_find(inside, "lo", &lo, err);
  if (found <= 0)
    return found < 0 ? -1 : error_set(err, MOBIDESK_INTERNAL, "the session's network namespace lacks `lo`");
  return rtnl_link_still(inside, lo.index, still, err);
}

int network_link_find(struct rtnl *host, const char *instance, in_addr_t address, struct rtnl_link *out,
                      struct error *err) {
  char name[IFNAMSIZ];
  network_link_name(instance, address, name);
  int found = rtnl_link_find(host, name, out, err);
  if (found < 0)
    return -1;
  return found ? 0 : error_set(err, MOBIDESK_NOT_FOUND, "no session has the address %s here", NETWORK_TEXT(address));
}

int network_link_delete(struct rtnl *host, const char *instance, in_addr_t address, struct error *err) {
  char name[IFNAMSIZ];
  network_link_name(instance, address, name);
  return rtnl_link_delete(host, name, err);
}

struct session_visit {
  const char *instance;
  int (*each)(const char *session, in_addr_t address, void *data);
  void *data;
};

static int visit_one(const struct rtnl_link *link, void *data) {
  struct session_visit *visit = data;
  char session[MOBIDESK_ID_SIZE];
  in_addr_t address;
  if (!link_session(link, visit->instance, session, &address))
    return 0;
  return visit->each(session, address, visit->data);
}

int network_link_each(struct rtnl *host, const char *instance,
                      int (*each)(const char *session, in_addr_t address, void *data), void *data, struct error *err) {
  struct session_visit visit = {.instance = instance, .each = each, .data = data};
  return rtnl_link_each(host, visit_one, &visit, err);
}
