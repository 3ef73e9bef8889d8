#include "network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clean.h"
#include "network_host.h"

/* Rules of the kernel's own tables have 0 (local), 32766 and 32767 (main, default); the gateway's come before these. */
#define RULE_TO_SESSIONS 7410
#define RULE_FROM_SESSIONS 7411
/* The session's way out; link-local, so that it can be the same in every session. */
#define SESSION_GATEWAY "169.254.1.1"
#define SESSION_LINK "eth0"
#define SESSION_MTU 1500
#define MOBIDESK_OUI 0x02, 0x4d /* locally administered */

/* The server's end of every link: the same on each server, so that a permanent neighbour entry stays right. */
static const struct rtnl_mac server_mac = {{MOBIDESK_OUI, 0xff, 0xff, 0xff, 0xff}};

struct network {
  pthread_mutex_t lock;
  struct rtnl *rtnl;
  struct network_prefix session_network;
  in_addr_t gateway;
  char instance[NETWORK_INSTANCE_SIZE];
};

static void unlock(pthread_mutex_t **lock) { pthread_mutex_unlock(*lock); }
/* Holds n->lock until the end of the block. */
#define locked(n)                                                                                                      \
  __attribute__((cleanup(unlock), unused)) pthread_mutex_t *held_lock = (pthread_mutex_lock(&(n)->lock), &(n)->lock)

/* The hardware address of a session's eth0, from its address: the same wherever it runs. */
static struct rtnl_mac session_mac(in_addr_t address) {
  struct rtnl_mac mac = {{MOBIDESK_OUI}};
  memcpy(mac.bytes + 2, &address, sizeof address);
  return mac;
}

static void link_name(const char *instance, in_addr_t address, char name[static IFNAMSIZ]) {
  snprintf(name, IFNAMSIZ, "m%05x-%08x", network_instance_tag(instance), ntohl(address));
}

/* What all links of the instance begin with. */
static void link_prefix(const char *instance, char prefix[static IFNAMSIZ]) {
  snprintf(prefix, IFNAMSIZ, "m%05x-", network_instance_tag(instance));
}

/* Splits name and alias of a link of this instance; the session is empty when its making was interrupted. Returns false
 * for any other link. */
static bool link_session(const struct rtnl_link *link, const char *instance, char session[static MOBIDESK_ID_SIZE],
                         in_addr_t *address) {
  char of[NETWORK_INSTANCE_SIZE], prefix[IFNAMSIZ];
  unsigned host_order;
  link_prefix(instance, prefix);
  if (strncmp(link->name, prefix, strlen(prefix)) != 0 || sscanf(link->name + strlen(prefix), "%8x", &host_order) != 1)
    return false;
  *address = htonl(host_order);
  session[0] = '\0';
  return !link->alias[0] || (sscanf(link->alias, "mobidesk %40s %63s", of, session) == 2 && strcmp(of, instance) == 0);
}

/* ---- tables --------------------------------------------------------------------------------------------------------
 */

#define TABLE "inet mobidesk-%s-server"

/* Chains are emptied and filled again in one transaction; the sets keep their elements. */
static int make_filter(const struct network *n, struct error *err) {
  char links[IFNAMSIZ];
  link_prefix(n->instance, links);
  return network_nft("making the filter of the session links", err,
                     "table " TABLE " { }\n"
                     "flush table " TABLE "\n"
                     "table " TABLE " {\n"
                     "  set bindings { type ifname . ipv4_addr; }\n"
                     "  chain source {\n"
                     "    type filter hook prerouting priority raw;\n"
                     "    iifname != \"%s*\" accept\n"
                     "    meta nfproto != ipv4 drop\n"
                     "    iifname . ip saddr != @bindings drop\n"
                     "  }\n"
                     "  chain input {\n"
                     "    type filter hook input priority filter;\n"
                     "    iifname \"%s*\" drop\n"
                     "  }\n"
                     "  chain forward {\n"
                     "    type filter hook forward priority filter;\n"
                     "    iifname \"%s*\" ip daddr %s/%u drop\n"
                     "  }\n"
                     "}\n",
                     n->instance, n->instance, n->instance, links, links, links,
                     NETWORK_TEXT(n->session_network.address), n->session_network.length);
}

/* The way of the sessions' packets to the proxy. */
static int route_out(const struct network *n, struct error *err) {
  struct rtnl_route way = {0};
  if (rtnl_route_lookup(n->rtnl, n->gateway, &way, err) < 0)
    return -1;
  char device[IF_NAMESIZE];
  if (way.type != RTN_UNICAST || way.gateway || !if_indextoname(way.device, device))
    return error_set(err, MOBIDESK_INVALID,
                     "gateway_address %s must be the proxy's address on a subnet that this server is on",
                     NETWORK_TEXT(n->gateway));
  struct rtnl_route route = {.table = network_table(n->instance, NETWORK_TABLE_LINKS),
                             .type = RTN_UNICAST,
                             .device = way.device,
                             .gateway = n->gateway};
  if (rtnl_route_replace(n->rtnl, &route, err) < 0)
    return -1;
  return network_sysctl_set(device, "forwarding", 1, err);
}

static int make_routes(const struct network *n, struct error *err) {
  uint32_t table = network_table(n->instance, NETWORK_TABLE_LINKS);
  struct rtnl_route unknown = {.table = table, .to = n->session_network, .type = RTN_BLACKHOLE};
  struct rtnl_rule to = {.priority = RULE_TO_SESSIONS, .table = table, .to = n->session_network};
  struct rtnl_rule from = {.priority = RULE_FROM_SESSIONS, .table = table, .from = n->session_network};
  if (rtnl_route_replace(n->rtnl, &unknown, err) < 0 || rtnl_rule_add(n->rtnl, &to, err) < 0 ||
      rtnl_rule_add(n->rtnl, &from, err) < 0)
    return -1;
  return n->gateway ? route_out(n, err) : 0;
}

int network_open(const struct network_config *config, struct network **out, struct error *err) {
  if (network_instance_check(config->instance, err) < 0)
    return -1;
  struct network *n = calloc(1, sizeof *n);
  if (!n)
    return error_sys(err, "opening the session network");
  pthread_mutex_init(&n->lock, NULL);
  snprintf(n->instance, sizeof n->instance, "%s", config->instance);
  n->session_network = config->session_network;
  n->gateway = config->gateway;
  if (rtnl_open(-1, &n->rtnl, err) < 0 || make_filter(n, err) < 0 || make_routes(n, err) < 0) {
    network_close(n);
    return -1;
  }
  *out = n;
  return 0;
}

void network_close(struct network *n) {
  if (!n)
    return;
  rtnl_close(n->rtnl);
  pthread_mutex_destroy(&n->lock);
  free(n);
}

/* ---- one link ------------------------------------------------------------------------------------------------------
 */

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
static int find_or_clear(struct network *n, const char *name, const char *session, struct rtnl *inside,
                         struct error *err) {
  struct rtnl_link link;
  int found = rtnl_link_find(n->rtnl, name, &link, err);
  if (found <= 0)
    return found;
  char owner[MOBIDESK_ID_SIZE];
  in_addr_t address;
  if (!link_session(&link, n->instance, owner, &address))
    return error_set(err, MOBIDESK_CONFLICT, "the link `%s` exists and is not of instance `%s` (`%s`)", name,
                     n->instance, link.alias);
  if (owner[0] && strcmp(owner, session) != 0)
    return error_set(err, MOBIDESK_CONFLICT, "the address %s belongs to session `%s` here", NETWORK_TEXT(address),
                     owner);
  int linked = owner[0] ? is_linked(inside, &link, err) : 0;
  if (linked == 0)
    return rtnl_link_delete(n->rtnl, name, err);
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
  in_addr_t gateway = inet_addr(SESSION_GATEWAY);
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

/* The way to a session: by its link or, with `link` 0, nowhere. One route, so that a block begins and ends at once and
 * in microseconds; nftables would wait for all processors (15 ms on a busy host). */
static int set_way(struct network *n, in_addr_t address, unsigned link, struct error *err) {
  struct rtnl_route route = {.table = network_table(n->instance, NETWORK_TABLE_LINKS),
                             .to = {address, 32},
                             .type = link ? RTN_UNICAST : RTN_BLACKHOLE,
                             .device = link};
  return rtnl_route_replace(n->rtnl, &route, err);
}

static int find_link(struct network *n, in_addr_t address, struct rtnl_link *link, struct error *err) {
  char name[IFNAMSIZ];
  link_name(n->instance, address, name);
  int found = rtnl_link_find(n->rtnl, name, link, err);
  if (found < 0)
    return -1;
  return found ? 0 : error_set(err, MOBIDESK_NOT_FOUND, "no session has the address %s here", NETWORK_TEXT(address));
}

/* At the host: the link forwards, and knows its neighbour. No reverse path check: a blocked session has no way back. */
static int set_up_outside(struct network *n, in_addr_t address, bool blocked, struct error *err) {
  struct rtnl_link link;
  if (find_link(n, address, &link, err) < 0 || network_sysctl_set(link.name, "forwarding", 1, err) < 0 ||
      network_sysctl_set(link.name, "rp_filter", 0, err) < 0 ||
      rtnl_neighbour_set(n->rtnl, link.index, address, session_mac(address), err) < 0)
    return -1;
  return set_way(n, address, blocked ? 0 : link.index, err);
}

static int create_link(struct network *n, const char *name, const char *session, in_addr_t address, int netns_fd,
                       struct error *err) {
  char alias[256];
  snprintf(alias, sizeof alias, "mobidesk %s %s", n->instance, session);
  return rtnl_veth_create(n->rtnl,
                          &(struct rtnl_veth){.name = name,
                                              .alias = alias,
                                              .mac = server_mac,
                                              .peer_name = SESSION_LINK,
                                              .peer_mac = session_mac(address),
                                              .peer_netns_fd = netns_fd,
                                              .mtu = SESSION_MTU},
                          err);
}

static int bind_source(struct network *n, const char *name, in_addr_t address, struct error *err) {
  return network_nft("binding a session's link to its address", err, "add element " TABLE " bindings { \"%s\" . %s }",
                     n->instance, name, NETWORK_TEXT(address));
}

int network_attach(struct network *n, const char *session, in_addr_t address, int netns_fd, bool blocked,
                   struct error *err) {
  if (!network_prefix_contains(n->session_network, address))
    return error_set(err, MOBIDESK_INVALID, "the address %s of session `%s` is not of the session network %s/%u",
                     NETWORK_TEXT(address), session, NETWORK_TEXT(n->session_network.address),
                     n->session_network.length);
  locked(n);
  cleanup_rtnl struct rtnl *inside = NULL;
  if (rtnl_open(netns_fd, &inside, err) < 0 || network_inside(netns_fd, set_unpaced, NULL, err) < 0)
    return -1;
  char name[IFNAMSIZ];
  link_name(n->instance, address, name);
  int linked = find_or_clear(n, name, session, inside, err);
  if (linked < 0 || bind_source(n, name, address, err) < 0)
    return -1;
  if (!linked && create_link(n, name, session, address, netns_fd, err) < 0)
    return -1;
  if (set_up_inside(inside, address, err) == 0 && set_up_outside(n, address, blocked, err) == 0)
    return 0;
  struct error ignored;
  rtnl_link_delete(n->rtnl, name, &ignored); /* `*err` has the first failure */
  return -1;
}

int network_block(struct network *n, in_addr_t address, struct error *err) {
  locked(n);
  return set_way(n, address, 0, err);
}

int network_unblock(struct network *n, in_addr_t address, struct error *err) {
  locked(n);
  struct rtnl_link link;
  return find_link(n, address, &link, err) < 0 ? -1 : set_way(n, address, link.index, err);
}

/* The element of `bindings` stays: it binds the link's name to the only address that a link of that name ever has. */
int network_detach(struct network *n, in_addr_t address, struct error *err) {
  locked(n);
  char name[IFNAMSIZ];
  struct rtnl_route way = {.table = network_table(n->instance, NETWORK_TABLE_LINKS), .to = {address, 32}};
  link_name(n->instance, address, name);
  if (rtnl_route_delete(n->rtnl, &way, err) < 0)
    return -1;
  return rtnl_link_delete(n->rtnl, name, err);
}

/* ---- all links -----------------------------------------------------------------------------------------------------
 */

struct session_visit {
  const char *instance;
  int (*each)(const char *session, in_addr_t address, void *data);
  void *data;
};

static int visit_link(const struct rtnl_link *link, void *data) {
  struct session_visit *visit = data;
  char session[MOBIDESK_ID_SIZE];
  in_addr_t address;
  if (!link_session(link, visit->instance, session, &address))
    return 0;
  return visit->each(session, address, visit->data);
}

int network_each(struct network *n, int (*each)(const char *session, in_addr_t address, void *data), void *data,
                 struct error *err) {
  locked(n);
  struct session_visit visit = {.instance = n->instance, .each = each, .data = data};
  return rtnl_link_each(n->rtnl, visit_link, &visit, err);
}

struct address_list {
  in_addr_t *addresses;
  size_t count;
};

static int gather_address(const char *session, in_addr_t address, void *data) {
  struct address_list *list = data;
  in_addr_t *grown = reallocarray(list->addresses, list->count + 1, sizeof *grown);
  if (!grown)
    return -1;
  list->addresses = grown;
  list->addresses[list->count++] = address;
  return 0;
}

/* Gathers first: removing links during a dump would skip some. */
static int remove_links(struct rtnl *rtnl, const char *instance, struct error *err) {
  struct address_list list = {0};
  struct session_visit visit = {.instance = instance, .each = gather_address, .data = &list};
  int result = rtnl_link_each(rtnl, visit_link, &visit, err);
  for (size_t i = 0; i < list.count && result == 0; i++) {
    char name[IFNAMSIZ];
    link_name(instance, list.addresses[i], name);
    result = rtnl_link_delete(rtnl, name, err);
  }
  free(list.addresses);
  return result;
}

int network_cleanup(const char *instance, struct error *err) {
  cleanup_rtnl struct rtnl *rtnl = NULL;
  uint32_t table = network_table(instance, NETWORK_TABLE_LINKS);
  if (network_instance_check(instance, err) < 0 || rtnl_open(-1, &rtnl, err) < 0 ||
      remove_links(rtnl, instance, err) < 0 || rtnl_rule_delete(rtnl, RULE_TO_SESSIONS, table, err) < 0 ||
      rtnl_rule_delete(rtnl, RULE_FROM_SESSIONS, table, err) < 0 || rtnl_table_flush(rtnl, table, err) < 0)
    return -1;
  return network_nft("removing the filter of the session links", err, "table " TABLE " { }\ndelete table " TABLE,
                     instance, instance);
}
