#include "gateway.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clean.h"
#include "gateway_bindings.h"
#include "gateway_listener.h"
#include "gateway_policy.h"
#include "gateway_ports.h"
#include "gateway_rules.h"
#include "gateway_shortcut.h"
#include "log.h"
#include "network_address6.h"
#include "network_host.h"
#include "network_link.h"
#include "park.h"
#include "translator.h"

/* In this order, and before those of network.c (7410 and 7411). */
enum { RULE_REPLAYED_TO_SERVER = 7400, RULE_REPLAYED_TO_LINK, RULE_HELD, RULE_TO_SERVER };
/* No packet is too large for the way into the park; its size is the concern of the link that follows. */
#define PARK_MTU 65535
/* What the device keeps while its reader is busy with a release: about 100 ms of full frames at 1 Gbit/s. */
#define PARK_QUEUE 8192
/* By which the routes to IPv6 session addresses lead; a packet is on its way to it when the program finds its real way.
 */
#define NOBODY6 "fe80::4d44:0:0" /* and the instance's tag */

struct gateway {
  pthread_mutex_t lock;
  struct rtnl *rtnl;  /* under `lock` */
  struct rtnl *flips; /* under the park's lock */
  struct park *park;
  struct translator *translator;
  struct gateway_bindings *bindings;
  struct gateway_listener *listener;
  struct gateway_shortcut *shortcut; /* NULL: there is none */
  unsigned park_index;
  char park_link[IFNAMSIZ];
  char outside[IFNAMSIZ];
  unsigned server_device; /* the last one that was made ready for servers */
  struct network_prefix session_network;
  struct network_prefix6 session_network6; /* length 0: no IPv6 */
  in_addr_t dns;
  uint32_t ports_each;     /* of the proxy, for each session */
  uint32_t servers, holds; /* routing tables */
  char instance[NETWORK_INSTANCE_SIZE];
};

#define TABLE "inet mobidesk-%s-gateway"

/* ---- making it -----------------------------------------------------------------------------------------------------
 */

static int first_default(const struct rtnl_route *route, void *data) {
  if (route->to.length || route->type != RTN_UNICAST)
    return 0;
  *(unsigned *)data = route->device;
  return 1;
}

/* Sets g->outside: as configured, or the interface of the default route. */
static int find_outside(struct gateway *g, const char *configured, struct error *err) {
  struct rtnl_link link;
  if (configured && *configured) {
    snprintf(g->outside, sizeof g->outside, "%s", configured);
    int found = rtnl_link_find(g->rtnl, g->outside, &link, err);
    if (found == 0)
      return error_set(err, MOBIDESK_INVALID, "the gateway's outside interface `%s` does not exist", configured);
    return found < 0 ? -1 : 0;
  }
  unsigned device = 0;
  if (rtnl_route_each(g->rtnl, false, RT_TABLE_MAIN, first_default, &device, err) < 0)
    return -1;
  if (!device || !if_indextoname(device, g->outside))
    return error_set(err, MOBIDESK_INVALID, "this host has no default route: name the gateway's outside interface");
  return 0;
}

static int make_routes(const struct gateway *g, struct error *err) {
  struct network_prefix all = g->session_network;
  uint32_t links = network_table(g->instance, NETWORK_TABLE_LINKS);
  struct rtnl_route unknown = {.table = g->servers, .to = all, .type = RTN_BLACKHOLE};
  const struct rtnl_rule rules[] = {
      {.priority = RULE_REPLAYED_TO_SERVER, .table = g->servers, .to = all, .input = g->park_link},
      {.priority = RULE_REPLAYED_TO_LINK, .table = links, .to = all, .input = g->park_link},
      {.priority = RULE_HELD, .table = g->holds, .to = all},
      {.priority = RULE_TO_SERVER, .table = g->servers, .to = all},
  };
  struct rtnl_route unknown6 = {
      .table = g->servers, .is_ipv6 = true, .to6 = g->session_network6, .type = RTN_BLACKHOLE};
  if (rtnl_route_replace(g->rtnl, &unknown, err) < 0 ||
      (g->session_network6.length && rtnl_route_replace(g->rtnl, &unknown6, err) < 0))
    return -1;
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    struct rtnl_rule rule6 = {.priority = rules[i].priority,
                              .table = rules[i].table,
                              .is_ipv6 = true,
                              .to6 = g->session_network6,
                              .input = rules[i].input};
    if (rtnl_rule_add(g->rtnl, &rules[i], err) < 0 ||
        (g->session_network6.length && rtnl_rule_add(g->rtnl, &rule6, err) < 0))
      return -1;
  }
  return 0;
}

static int make_rules(const struct gateway *g, struct error *err) {
  const struct gateway_rules rules = {g->instance,        g->outside,          g->park_link,
                                      g->session_network, g->session_network6, g->dns};
  return gateway_rules_make(&rules, err);
}

static int set_up_park(struct gateway *g, struct error *err) {
  struct rtnl_link link;
  int found = rtnl_link_find(g->rtnl, g->park_link, &link, err);
  if (found <= 0)
    return found < 0 ? -1 : error_set(err, MOBIDESK_INTERNAL, "the device `%s` went away", g->park_link);
  g->park_index = link.index;
  if (rtnl_link_tune(g->rtnl, link.index, PARK_MTU, PARK_QUEUE, err) < 0 ||
      network_sysctl_set(g->park_link, "forwarding", 1, err) < 0 ||
      network_sysctl_set(g->park_link, "rp_filter", 0, err) < 0 ||
      (g->session_network6.length && network_sysctl6_set(g->park_link, "addr_gen_mode", 1 /* none */, err) < 0))
    return -1;
  return rtnl_link_up(g->rtnl, link.index, err);
}

static int check_sources_loosely(struct error *err) {
  int all = 0;
  if (network_sysctl_get("all", "rp_filter", &all, err) < 0)
    return -1;
  if (all == 1)
    return error_set(err, MOBIDESK_UNSUPPORTED,
                     "net.ipv4.conf.all.rp_filter is 1 here, which would drop replayed packets: set it to 2 or 0");
  return 0;
}

/* It cannot be switched on for some interfaces only, and concerns what others do: they take no more advertisements. */
static int check_forwarding6(const struct gateway *g, struct error *err) {
  int all = 0;
  if (!g->session_network6.length)
    return 0;
  if (network_sysctl6_get("all", "forwarding", &all, err) < 0)
    return -1;
  return all ? 0
             : error_set(err, MOBIDESK_UNSUPPORTED,
                         "session_network6 gives sessions IPv6, and this host does not forward it: set "
                         "net.ipv6.conf.all.forwarding=1 (and accept_ra=2 for an interface that has its addresses or "
                         "its default route by advertisements)");
}

static struct rtnl_route route6_of(const struct gateway *g, uint32_t table, in_addr_t session) {
  return (struct rtnl_route){
      .table = table, .is_ipv6 = true, .to6 = {network6_session(&g->session_network6, session), 128}};
}

static struct rtnl_route hold_route(const struct gateway *g, in_addr_t session) {
  return (struct rtnl_route){.table = g->holds, .to = {session, 32}, .type = RTN_UNICAST, .device = g->park_index};
}

/* Packets for the session go on to where it is: IPv6 first, as whoever waits for the end of a hold waits for IPv4. */
static int delete_hold(const struct gateway *g, struct rtnl *rtnl, in_addr_t session, struct error *err) {
  struct rtnl_route hold = hold_route(g, session), hold6 = route6_of(g, g->holds, session);
  if (g->session_network6.length && rtnl_route_delete(rtnl, &hold6, err) < 0)
    return -1;
  return rtnl_route_delete(rtnl, &hold, err);
}

/* The hold is over and nobody released it: the route into the park goes, and the last known server is used. */
static void on_expired(in_addr_t session, void *data) {
  struct gateway *g = data;
  struct error err;
  if (delete_hold(g, g->flips, session, &err) < 0)
    log_error("hold-expired", "session=%s error=\"%s\"", NETWORK_TEXT(session), err.message);
  else
    log_warning("hold-expired", "session=%s", NETWORK_TEXT(session));
}

static struct gateway_policies policies_of(const struct gateway *g) {
  return (struct gateway_policies){g->translator, g->instance, g->session_network, g->session_network6};
}

struct extending {
  struct gateway_policies policies;
  int result;
  struct error *err;
};

static int extend_one(const void *key, const void *value, void *data) {
  struct extending *e = data;
  in_addr_t session;
  memcpy(&session, key, sizeof session);
  e->result = gateway_policy_extend(&e->policies, session, e->err);
  return e->result;
}

/* Sessions that are here since before there was IPv6. */
static int extend_policies(struct gateway *g, struct error *err) {
  struct extending e = {policies_of(g), 0, err};
  if (!g->session_network6.length)
    return 0;
  return translator_each(g->translator, "targets", extend_one, &e, err) < 0 ? -1 : e.result;
}

/* Opens the translator, with the shortcut where that is wanted and possible. */
static int open_translator(struct gateway *g, const struct gateway_config *config, bool *shortcut, struct error *err) {
  struct error why;
  *shortcut = config->shortcut;
  if (*shortcut && translator_open(TRANSLATOR_GATEWAY_SHORTCUT, config->pins, &g->translator, &why) < 0) {
    *shortcut = false;
    log_info("shortcut", "open=no why=\"not with this kernel: %s\"", why.message);
  }
  if (!*shortcut && translator_open(TRANSLATOR_GATEWAY, config->pins, &g->translator, err) < 0)
    return -1;
  struct gateway_policies policies = policies_of(g);
  return gateway_policy_adopt(&policies, err);
}

/* Without it everything takes the whole way. */
static int open_shortcut(struct gateway *g, bool wanted, const char *pins, struct error *err) {
  char table[sizeof g->instance + sizeof "mobidesk--gateway"];
  unsigned outside = if_nametoindex(g->outside);
  struct error why;
  snprintf(table, sizeof table, "mobidesk-%s-gateway", g->instance);
  if (wanted && gateway_shortcut_open(g->translator, table, outside, g->park_index, &g->shortcut, &why) == 0)
    return 0;
  if (wanted)
    log_warning("shortcut", "open=no why=\"%s\"", why.message);
  return translator_detach_own(pins, outside, false, err);
}

static int open_translation(struct gateway *g, const struct gateway_config *config, struct error *err) {
  struct translation_prefix sessions = {g->session_network.length, g->session_network.address};
  uint8_t yes = 1;
  bool shortcut;
  if (open_translator(g, config, &shortcut, err) < 0 ||
      translator_set(g->translator, "pools", &sessions, &yes, err) < 0 ||
      gateway_bindings_open(g->translator, &g->session_network6, &g->bindings, err) < 0 ||
      extend_policies(g, err) < 0 || open_shortcut(g, shortcut, config->pins, err) < 0)
    return -1;
  return gateway_listener_open(g->bindings, &config->key, &g->listener, err);
}

static int open_parts(struct gateway *g, const struct gateway_config *config, struct error *err) {
  struct park_config park = {
      .link = g->park_link,
      .session_packets = config->session_packets,
      .session_bytes = config->session_bytes,
      .total_packets = config->total_packets,
      .total_bytes = config->total_bytes,
      .hold_us = config->hold_us,
      .session_network6 = config->session_network6,
      .expired = on_expired,
      .data = g,
  };
  if (check_sources_loosely(err) < 0 || check_forwarding6(g, err) < 0 || rtnl_open(-1, &g->rtnl, err) < 0 ||
      rtnl_open(-1, &g->flips, err) < 0 || find_outside(g, config->outside, err) < 0 ||
      park_open(&park, &g->park, err) < 0 || set_up_park(g, err) < 0 || make_rules(g, err) < 0 ||
      make_routes(g, err) < 0 || network_sysctl_set(g->outside, "forwarding", 1, err) < 0 ||
      park_start(g->park, err) < 0)
    return -1;
  return open_translation(g, config, err);
}

static void park_name(const char *instance, char name[static IFNAMSIZ]) {
  snprintf(name, IFNAMSIZ, "g%05x-park", network_instance_tag(instance));
}

int gateway_open(const struct gateway_config *config, struct gateway **out, struct error *err) {
  if (network_instance_check(config->instance, err) < 0)
    return -1;
  struct gateway *g = calloc(1, sizeof *g);
  if (!g)
    return error_sys(err, "opening the gateway");
  pthread_mutex_init(&g->lock, NULL);
  snprintf(g->instance, sizeof g->instance, "%s", config->instance);
  park_name(config->instance, g->park_link);
  g->session_network = config->session_network;
  g->session_network6 = config->session_network6;
  g->dns = config->dns;
  g->ports_each = config->ports_each;
  g->servers = network_table(config->instance, NETWORK_TABLE_SERVERS);
  g->holds = network_table(config->instance, NETWORK_TABLE_HOLDS);
  if (open_parts(g, config, err) < 0) {
    gateway_close(g);
    return -1;
  }
  *out = g;
  return 0;
}

void gateway_close(struct gateway *g) {
  if (!g)
    return;
  gateway_shortcut_close(g->shortcut);
  gateway_listener_close(g->listener);
  gateway_bindings_close(g->bindings);
  translator_close(g->translator);
  park_close(g->park);
  rtnl_close(g->flips);
  rtnl_close(g->rtnl);
  pthread_mutex_destroy(&g->lock);
  free(g);
}

static struct in6_addr nobody6(const char *instance) {
  struct in6_addr address;
  uint32_t tag = htonl(network_instance_tag(instance));
  inet_pton(AF_INET6, NOBODY6, &address);
  memcpy(address.s6_addr + 12, &tag, sizeof tag);
  return address;
}

struct detaching {
  const char *pins;
  struct rtnl *rtnl; /* another one than that which lists the links */
  struct in6_addr nobody;
  int result;
  struct error *err;
};

static int detach_programs(const struct rtnl_link *link, void *data) {
  struct detaching *d = data;
  if (translator_detach_own(d->pins, link->index, false, d->err) < 0 ||
      translator_detach_own(d->pins, link->index, true, d->err) < 0 ||
      rtnl_neighbour6_delete(d->rtnl, link->index, &d->nobody, d->err) < 0)
    d->result = -1;
  return d->result;
}

int gateway_cleanup(const char *instance, const char *pins, struct error *err) {
  cleanup_rtnl struct rtnl *rtnl = NULL, *neighbours = NULL;
  char park[IFNAMSIZ];
  uint32_t servers = network_table(instance, NETWORK_TABLE_SERVERS);
  uint32_t holds = network_table(instance, NETWORK_TABLE_HOLDS);
  if (network_instance_check(instance, err) < 0 || rtnl_open(-1, &rtnl, err) < 0 || rtnl_open(-1, &neighbours, err) < 0)
    return -1;
  park_name(instance, park);
  for (uint32_t priority = RULE_REPLAYED_TO_SERVER; priority <= RULE_TO_SERVER; priority++)
    for (enum network_table use = NETWORK_TABLE_LINKS; use <= NETWORK_TABLE_HOLDS; use++)
      if (rtnl_rule_delete(rtnl, priority, network_table(instance, use), err) < 0)
        return -1;
  if (rtnl_table_flush(rtnl, servers, err) < 0 || rtnl_table_flush(rtnl, holds, err) < 0)
    return -1;
  struct detaching d = {.pins = pins, .rtnl = neighbours, .nobody = nobody6(instance), .err = err};
  if (rtnl_link_each(rtnl, detach_programs, &d, err) < 0 || d.result < 0 || translator_remove(pins, err) < 0)
    return -1;
  return network_nft("removing the filter of the gateway", err, "table " TABLE " { }\ndelete table " TABLE, instance,
                     instance);
}

/* ---- sessions ------------------------------------------------------------------------------------------------------
 */

static int check_session(const struct gateway *g, in_addr_t session, struct error *err) {
  if (network_prefix_contains(g->session_network, session))
    return 0;
  return error_set(err, MOBIDESK_INVALID, "%s is not of the session network %s/%u", NETWORK_TEXT(session),
                   NETWORK_TEXT(g->session_network.address), g->session_network.length);
}

static int serve_device6(struct gateway *g, unsigned device, struct error *err) {
  struct in6_addr nobody = nobody6(g->instance);
  return g->session_network6.length ? rtnl_neighbour6_set(g->rtnl, device, &nobody, network_link_server_mac(), err) : 0;
}

/* What comes from the servers has to be translated and forwarded. */
static int serve_device(struct gateway *g, unsigned device, struct error *err) {
  char name[IF_NAMESIZE];
  if (device == g->server_device)
    return 0;
  if (!if_indextoname(device, name))
    return error_sys(err, "looking for the name of link %u", device);
  if (network_sysctl_set(name, "forwarding", 1, err) < 0 || network_sysctl_set(name, "rp_filter", 0, err) < 0 ||
      network_nft("naming a link towards servers", err, "add element " TABLE " servers { \"%s\" }", g->instance, name) <
          0 ||
      translator_attach(g->translator, "from_servers", device, false, err) < 0 ||
      translator_attach(g->translator, "to_servers", device, true, err) < 0 || serve_device6(g, device, err) < 0)
    return -1;
  g->server_device = device;
  return 0;
}

/* The way to a session on another host; its packets leave room for a label. */
static int find_way(struct gateway *g, in_addr_t server, struct rtnl_route *route, struct error *err) {
  struct rtnl_route way = {0};
  char device[IF_NAMESIZE] = "";
  if (rtnl_route_lookup(g->rtnl, server, &way, err) < 0)
    return -1;
  route->type = RTN_THROW;
  if (way.type == RTN_LOCAL)
    return 0;
  if (way.type != RTN_UNICAST || !if_indextoname(way.device, device) || strcmp(device, g->outside) == 0)
    return error_set(err, MOBIDESK_INVALID,
                     "the server %s must be reached by another interface than `%s`, which leads to outside hosts",
                     NETWORK_TEXT(server), g->outside);
  route->type = RTN_UNICAST;
  route->device = way.device;
  route->gateway = way.gateway ? way.gateway : server;
  route->mtu = NETWORK_LINK_MTU;
  return serve_device(g, way.device, err);
}

typedef int (*choose)(struct gateway_bindings *b, in_addr_t session, in_addr_t server, struct error *err);

static int set_server(struct gateway *g, in_addr_t session, in_addr_t server, choose binding, struct error *err) {
  struct rtnl_route route = {.table = g->servers, .to = {session, 32}};
  if (find_way(g, server, &route, err) < 0 ||
      (route.type == RTN_UNICAST && binding(g->bindings, session, server, err) < 0) ||
      rtnl_route_replace(g->rtnl, &route, err) < 0)
    return -1;
  if (!g->session_network6.length)
    return 0;
  struct rtnl_route route6 = route6_of(g, g->servers, session);
  route6.type = route.type;
  route6.device = route.device; /* nothing is attached: no room is left */
  if (route.type == RTN_UNICAST)
    route6.gateway6 = nobody6(g->instance);
  return rtnl_route_replace(g->rtnl, &route6, err);
}

/* Under the park's lock. */
static int flip(in_addr_t session, void *data, struct error *err) {
  struct gateway *g = data;
  return delete_hold(g, g->flips, session, err);
}

int gateway_hold(struct gateway *g, in_addr_t session, struct error *err) {
  if (check_session(g, session, err) < 0)
    return -1;
  pthread_mutex_lock(&g->lock);
  struct rtnl_route hold = hold_route(g, session), hold6 = route6_of(g, g->holds, session);
  hold6.type = hold.type;
  hold6.device = hold.device;
  int result = park_hold(g->park, session, err);
  if (result == 0)
    result = gateway_bindings_hold(g->bindings, session, err);
  if (result == 0)
    result = rtnl_route_replace(g->rtnl, &hold, err);
  if (result == 0 && g->session_network6.length)
    result = rtnl_route_replace(g->rtnl, &hold6, err);
  pthread_mutex_unlock(&g->lock);
  return result;
}

static int release(struct gateway *g, in_addr_t session, in_addr_t server, choose binding, mobidesk_hold_stats *out,
                   struct error *err) {
  if (check_session(g, session, err) < 0)
    return -1;
  pthread_mutex_lock(&g->lock);
  int result = gateway_ports_give(g->translator, g->instance, &g->session_network6, session, g->ports_each, err);
  if (result == 0)
    result = set_server(g, session, server, binding, err);
  if (result == 0)
    result = park_release(g->park, session, flip, g, out, err);
  pthread_mutex_unlock(&g->lock);
  return result;
}

int gateway_release(struct gateway *g, in_addr_t session, in_addr_t server, mobidesk_hold_stats *out,
                    struct error *err) {
  return release(g, session, server, gateway_bindings_select, out, err);
}

int gateway_route(struct gateway *g, in_addr_t session, in_addr_t server, struct error *err) {
  mobidesk_hold_stats stats;
  return release(g, session, server, gateway_bindings_expect, &stats, err);
}

int gateway_forget(struct gateway *g, in_addr_t session, struct error *err) {
  if (check_session(g, session, err) < 0)
    return -1;
  pthread_mutex_lock(&g->lock);
  struct rtnl_route route = {.table = g->servers, .to = {session, 32}};
  struct rtnl_route route6 = route6_of(g, g->servers, session);
  struct gateway_policies policies = policies_of(g);
  int result = rtnl_route_delete(g->rtnl, &route, err);
  if (result == 0 && g->session_network6.length)
    result = rtnl_route_delete(g->rtnl, &route6, err);
  if (result == 0)
    result = delete_hold(g, g->rtnl, session, err);
  if (result == 0) {
    park_forget(g->park, session);
    result = gateway_bindings_forget(g->bindings, session, err);
  }
  if (result == 0)
    result = gateway_policy_forget(&policies, session, err);
  if (result == 0)
    result = gateway_ports_take_back(g->translator, g->instance, &g->session_network6, session, err);
  pthread_mutex_unlock(&g->lock);
  return result;
}

/* ---- policy --------------------------------------------------------------------------------------------------------
 */

int gateway_set_policy(struct gateway *g, in_addr_t session, const struct gateway_policy *policy, struct error *err) {
  if (check_session(g, session, err) < 0)
    return -1;
  for (size_t i = 0; i < policy->peer_count; i++)
    if (check_session(g, policy->peers[i], err) < 0)
      return -1;
  struct gateway_policies policies = policies_of(g);
  pthread_mutex_lock(&g->lock);
  int result = gateway_policy_set(&policies, session, policy, err);
  pthread_mutex_unlock(&g->lock);
  return result;
}

int gateway_traffic(struct gateway *g, in_addr_t session, struct translation_traffic *out, struct error *err) {
  return check_session(g, session, err) < 0 ? -1 : translator_traffic(g->translator, session, out, err);
}

int gateway_drops(struct gateway *g, uint64_t counts[TRANSLATION_DROPS], struct error *err) {
  return translator_drops(g->translator, (__u64 *)counts, err);
}
