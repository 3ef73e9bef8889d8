#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "announcer.h"
#include "clean.h"
#include "log.h"
#include "network_address6.h"
#include "network_closed.h"
#include "network_host.h"
#include "network_leases.h"
#include "network_link.h"
#include "network_tables.h"
#include "translator.h"

#define UPKEEP_MS 1000

struct network {
  pthread_mutex_t lock;
  struct rtnl *rtnl;
  struct network_prefix session_network;
  struct network_prefix6 session_network6, physical_network6; /* length 0: no IPv6 */
  in_addr_t predefined; /* virtual address of all sessions; 0: each has its first physical one */
  struct translator *translator;
  struct announcer *announcer; /* NULL: this host is the proxy as well */
  struct network_leases leases;
  pthread_t upkeep; /* of leases of a DHCP server */
  int stop;         /* eventfd; -1: there is no such thread */
  unsigned uplink;  /* index; 0 when this host is the proxy as well */
  char instance[NETWORK_INSTANCE_SIZE];
};

static void unlock(pthread_mutex_t **lock) { pthread_mutex_unlock(*lock); }
/* Holds n->lock until the end of the block. */
#define locked(n)                                                                                                      \
  __attribute__((cleanup(unlock), unused)) pthread_mutex_t *held_lock = (pthread_mutex_lock(&(n)->lock), &(n)->lock)

/* ---- announcements -------------------------------------------------------------------------------------------------
 */

/* What is announced of a physical address: false when its session is not linked now. */
static bool describe(struct network *n, in_addr_t session, in_addr_t physical, struct announcement *out) {
  struct translation_session s;
  struct error ignored;
  if (translator_get(n->translator, "physical", &physical, &s, &ignored) <= 0)
    return false;
  *out = (struct announcement){.kind = ANNOUNCEMENT_HERE,
                               .generation = s.generation,
                               .session = session,
                               .physical = physical,
                               .label = s.label,
                               .pool = n->leases.pool,
                               .network6 = n->physical_network6.address};
  return true;
}

static void repeat_one(in_addr_t session, in_addr_t physical, void *data) {
  struct network *n = data;
  struct announcement a;
  if (describe(n, session, physical, &a))
    announcer_repeat(n->announcer, a);
}

static void repeat_all(struct announcer *a, void *data) {
  struct network *n = data;
  struct error err;
  if (n->announcer && network_lease_each(&n->leases, repeat_one, n, &err) < 0)
    log_error("announce", "message=\"%s\"", err.message);
}

/* ---- the whole -----------------------------------------------------------------------------------------------------
 */

/* The first address of a link, of the subnet that `towards` is reached by. */
static int own_address(struct network *n, in_addr_t towards, in_addr_t *out, struct error *err) {
  struct rtnl_route way = {0};
  if (rtnl_route_lookup(n->rtnl, towards, &way, err) < 0)
    return -1;
  *out = way.source;
  return *out ? 0 : error_set(err, MOBIDESK_INVALID, "this host has no address towards %s", NETWORK_TEXT(towards));
}

/* The way of the sessions' packets to the proxy, directly or by a router. */
static int open_uplink(struct network *n, const struct network_config *config, struct error *err) {
  struct rtnl_route way = {0};
  uint32_t first = 0;
  if (rtnl_route_lookup(n->rtnl, config->gateway, &way, err) < 0)
    return -1;
  if (way.type != RTN_UNICAST || !way.device)
    return error_set(err, MOBIDESK_INVALID,
                     "gateway_address %s is not reached by the network (for a host that is the "
                     "proxy as well, leave it out)",
                     NETWORK_TEXT(config->gateway));
  if (!config->pool.length)
    return error_set(
        err, MOBIDESK_INVALID,
        "physical_pool must name the addresses that this server may give to sessions (like 10.73.0.128/26)");
  n->uplink = way.device;
  struct translation_prefix pool = {config->pool.length, config->pool.address};
  uint8_t yes = 1;
  struct translation_uplink up = {.link = way.device, .next_hop = way.gateway ? way.gateway : config->gateway};
  if (translator_set(n->translator, "uplink", &first, &up, err) < 0 ||
      network_close_networks(n->translator, n->rtnl, config, err) < 0 ||
      translator_set(n->translator, "pools", &pool, &yes, err) < 0)
    return -1;
  return translator_attach(n->translator, "from_network", way.device, false, err);
}

/* The same for IPv6: by the link that IPv4 takes, as the programs are there. */
static int open_uplink6(struct network *n, const struct network_config *config, struct error *err) {
  struct rtnl_route way = {0};
  uint32_t first = 0;
  if (rtnl_route6_lookup(n->rtnl, &config->gateway6, &way, err) < 0)
    return -1;
  if (way.type != RTN_UNICAST || way.device != n->uplink)
    return error_set(err, MOBIDESK_INVALID,
                     "gateway_address6 %s must be reached by the interface that gateway_address is reached by",
                     NETWORK6_TEXT(&config->gateway6));
  bool direct = IN6_IS_ADDR_UNSPECIFIED(&way.gateway6);
  struct translation_prefix6 pool = network6_prefix_key(&config->physical_network6);
  uint8_t yes = TRANSLATION_POOL_PHYSICAL;
  struct translation_uplink6 up = {way.device, network6_key(direct ? &config->gateway6 : &way.gateway6)};
  if (translator_set(n->translator, "uplink6", &first, &up, err) < 0)
    return -1;
  return translator_set(n->translator, "pools6", &pool, &yes, err);
}

static int open_ipv6(struct network *n, const struct network_config *config, struct error *err) {
  if (!config->session_network6.length)
    return 0;
  n->session_network6 = config->session_network6;
  n->physical_network6 = config->physical_network6;
  if (config->gateway && open_uplink6(n, config, err) < 0)
    return -1;
  return network_close_networks6(n->translator, n->rtnl, config, err);
}

static int open_announcer(struct network *n, const struct network_config *config, struct error *err) {
  in_addr_t server;
  if (own_address(n, config->gateway, &server, err) < 0)
    return -1;
  return announcer_open(server, config->gateway, &config->key, repeat_all, n, &n->announcer, err);
}

static void *keep_leases(void *data) {
  struct network *n = data;
  struct pollfd stopped = {.fd = n->stop, .events = POLLIN};
  while (poll(&stopped, 1, UPKEEP_MS) <= 0)
    network_lease_upkeep(&n->leases);
  return NULL;
}

static int open_dhcp(struct network *n, const struct network_config *config, struct error *err) {
  in_addr_t own;
  if (own_address(n, config->dhcp_server, &own, err) < 0 ||
      network_dhcp_open(own, config->dhcp_server, &n->leases.dhcp, err) < 0)
    return -1;
  n->stop = eventfd(0, EFD_CLOEXEC);
  if (n->stop < 0 || (errno = pthread_create(&n->upkeep, NULL, keep_leases, n))) {
    error_sys(err, "starting the upkeep of leases");
    if (n->stop >= 0)
      close(n->stop);
    n->stop = -1;
    return -1;
  }
  return 0;
}

static void close_dhcp(struct network *n) {
  if (n->stop >= 0) {
    eventfd_write(n->stop, 1);
    pthread_join(n->upkeep, NULL);
    close(n->stop);
  }
  network_dhcp_close(n->leases.dhcp);
}

static int open_parts(struct network *n, const struct network_config *config, struct error *err) {
  if (rtnl_open(-1, &n->rtnl, err) < 0 || translator_open(TRANSLATOR_SERVER, config->pins, &n->translator, err) < 0)
    return -1;
  n->leases = (struct network_leases){
      .translator = n->translator, .pool = config->pool, .quarantine_us = config->quarantine_us};
  pthread_mutex_init(&n->leases.asking, NULL);
  pthread_mutex_init(&n->leases.changing, NULL);
  if ((config->gateway && open_uplink(n, config, err) < 0) || open_ipv6(n, config, err) < 0)
    return -1;
  const struct network_tables tables = {n->instance, n->session_network, n->session_network6, n->uplink != 0};
  if (network_tables_make(n->rtnl, &tables, err) < 0 ||
      (config->gateway && config->dhcp_server && open_dhcp(n, config, err) < 0))
    return -1;
  return config->gateway ? open_announcer(n, config, err) : 0;
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
  n->predefined = config->virtual_address;
  n->stop = -1;
  network_small_tables();
  if (open_parts(n, config, err) < 0) {
    network_close(n);
    return -1;
  }
  *out = n;
  return 0;
}

void network_close(struct network *n) {
  if (!n)
    return;
  close_dhcp(n);
  announcer_close(n->announcer);
  translator_close(n->translator);
  rtnl_close(n->rtnl);
  pthread_mutex_destroy(&n->lock);
  free(n);
}

/* ---- one session ---------------------------------------------------------------------------------------------------
 */

static struct rtnl_route route6_of(const struct network *n, in_addr_t address) {
  return (struct rtnl_route){.table = network_table(n->instance, NETWORK_TABLE_LINKS),
                             .is_ipv6 = true,
                             .to6 = {network6_session(&n->session_network6, address), 128}};
}

/* The way to a session of this host: by its link or, with `link` 0, nowhere. One route, so that a block begins and ends
 * at once and in microseconds; nftables would wait for all processors (15 ms on a busy host). */
static int set_way(struct network *n, in_addr_t address, unsigned link, struct error *err) {
  struct rtnl_route route = {.table = network_table(n->instance, NETWORK_TABLE_LINKS),
                             .to = {address, 32},
                             .type = link ? RTN_UNICAST : RTN_BLACKHOLE,
                             .device = link};
  struct rtnl_route route6 = route6_of(n, address);
  route6.type = route.type;
  route6.device = link;
  if (rtnl_route_replace(n->rtnl, &route, err) < 0)
    return -1;
  return n->session_network6.length ? rtnl_route_replace(n->rtnl, &route6, err) : 0;
}

static int set_blocked(struct network *n, in_addr_t physical, bool blocked, struct error *err) {
  struct translation_session s;
  int found = translator_get(n->translator, "physical", &physical, &s, err);
  if (found <= 0)
    return found < 0 ? -1
                     : error_set(err, MOBIDESK_NOT_FOUND, "no session has the physical address %s here",
                                 NETWORK_TEXT(physical));
  s.flags = (uint16_t)(blocked ? s.flags | TRANSLATION_BLOCKED : s.flags & ~TRANSLATION_BLOCKED);
  return translator_set(n->translator, "physical", &physical, &s, err);
}

static int set_block(struct network *n, in_addr_t address, bool blocked, struct error *err) {
  struct rtnl_link link;
  struct translation_link l;
  if (network_link_find(n->rtnl, n->instance, address, &link, err) < 0)
    return -1;
  if (!n->uplink)
    return set_way(n, address, blocked ? 0 : link.index, err);
  int found = translator_get(n->translator, "links", &link.index, &l, err);
  if (found <= 0)
    return found < 0 ? -1 : error_set(err, MOBIDESK_NOT_FOUND, "the link `%s` is not translated", link.name);
  return set_blocked(n, l.physical_address, blocked, err);
}

/* Both directions of the translation; what was there before is replaced, each by one atomic update. */
static int translate(struct network *n, const struct network_session *s, in_addr_t physical, unsigned link,
                     bool blocked, struct error *err) {
  uint16_t labelled = s->generation > 1 ? TRANSLATION_LABELLED : 0;
  struct translation_link out = {s->virtual_address, physical, s->label, s->generation, labelled};
  struct translation_session in = {.virtual_address = s->virtual_address,
                                   .label = s->label,
                                   .generation = s->generation,
                                   .flags = (uint16_t)(labelled | (blocked ? TRANSLATION_BLOCKED : 0)),
                                   .link = link};
  struct rtnl_mac to = network_link_mac(s->address), from = network_link_server_mac();
  memcpy(in.macs, to.bytes, sizeof to.bytes);
  memcpy(in.macs + sizeof to.bytes, from.bytes, sizeof from.bytes);
  if (translator_set(n->translator, "links", &link, &out, err) < 0 ||
      translator_set(n->translator, "physical", &physical, &in, err) < 0)
    return -1;
  return translator_attach(n->translator, "from_session", link, false, err);
}

/* The session's IPv6 addresses here. One that it had before, of another generation, is its own no more. */
static int translate6(struct network *n, const struct network_session *s, in_addr_t physical, unsigned link,
                      struct error *err) {
  struct translation_link6 before;
  if (!n->session_network6.length)
    return translator_delete(n->translator, "links6", &link, err);
  struct in6_addr session = network6_session(&n->session_network6, s->address), there = session;
  if (n->uplink)
    there = network6_physical(&n->physical_network6.address, &session, s->label, s->generation);
  struct translation_link6 now = {network6_key(&session), network6_key(&there)};
  int had = translator_get(n->translator, "links6", &link, &before, err);
  if (had < 0 || (had && translator_delete(n->translator, "physical6", &before.physical, err) < 0) ||
      translator_set(n->translator, "links6", &link, &now, err) < 0)
    return -1;
  return translator_set(n->translator, "physical6", &now.physical, &physical, err);
}

static int connect_to_proxy(struct network *n, const struct network_session *s, in_addr_t physical, unsigned link,
                            bool blocked, struct error *err) {
  struct announcement a;
  if (rtnl_address_add(n->rtnl, n->uplink, (struct network_prefix){physical, 32}, err) < 0 ||
      translate(n, s, physical, link, blocked, err) < 0 || translate6(n, s, physical, link, err) < 0)
    return -1;
  describe(n, s->address, physical, &a);
  /* A proxy that is not there now hears it when it is: announcements are repeated. */
  if (announcer_tell(n->announcer, a, err) < 0)
    log_warning("announce", "session=%s message=\"%s\"", s->id, err->message);
  return 0;
}

static int connect_to_host(struct network *n, const struct network_session *s, unsigned link, bool blocked,
                           struct error *err) {
  if (translate(n, s, s->address, link, false, err) < 0 || translate6(n, s, s->address, link, err) < 0 ||
      translator_attach(n->translator, "to_session", link, true, err) < 0)
    return -1;
  return set_way(n, s->address, blocked ? 0 : link, err);
}

/* Fills in what the caller left open; takes the physical address. */
static int settle(struct network *n, struct network_session *s, in_addr_t *physical, struct error *err) {
  *physical = s->address;
  if (n->uplink && network_lease_take(&n->leases, s->address, physical, err) < 0)
    return -1;
  if (!s->virtual_address)
    s->virtual_address = n->predefined ? n->predefined : *physical;
  while (!s->label)
    if (getrandom(&s->label, sizeof s->label, 0) < 0)
      return error_sys(err, "choosing a label");
  return 0;
}

static int check_address(const struct network *n, const char *session, in_addr_t address, struct error *err) {
  if (network_prefix_contains(n->session_network, address))
    return 0;
  return error_set(err, MOBIDESK_INVALID, "the address %s of session `%s` is not of the session network %s/%u",
                   NETWORK_TEXT(address), session, NETWORK_TEXT(n->session_network.address), n->session_network.length);
}

int network_reserve(struct network *n, const char *session, in_addr_t address, struct error *err) {
  in_addr_t physical;
  if (check_address(n, session, address, err) < 0)
    return -1;
  return n->uplink ? network_lease_take(&n->leases, address, &physical, err) : 0;
}

int network_attach(struct network *n, struct network_session *s, int netns_fd, bool blocked, struct error *err) {
  if (check_address(n, s->id, s->address, err) < 0)
    return -1;
  locked(n);
  struct rtnl_link link;
  struct network_link l = {.instance = n->instance, .session = s->id, .address = s->address};
  in_addr_t physical;
  if (network_link_make(n->rtnl, &l, netns_fd, &link, err) < 0)
    return -1;
  int result = settle(n, s, &physical, err);
  l.virtual_address = s->virtual_address;
  if (n->session_network6.length)
    l.address6 = network6_session(&n->session_network6, s->address);
  /* The programs are there before the session's end is up: nothing of it passes untranslated. */
  if (result == 0)
    result = n->uplink ? connect_to_proxy(n, s, physical, link.index, blocked, err)
                       : connect_to_host(n, s, link.index, blocked, err);
  if (result == 0)
    result = network_link_set_up(n->rtnl, &l, netns_fd, err);
  if (result == 0)
    result = network_link_still(netns_fd, blocked, err);
  if (result < 0) {
    struct error ignored;
    rtnl_link_delete(n->rtnl, link.name, &ignored); /* `*err` has the first failure */
  }
  return result;
}

int network_block(struct network *n, in_addr_t address, int netns_fd, struct error *err) {
  locked(n);
  return set_block(n, address, true, err) < 0 ? -1 : network_link_still(netns_fd, true, err);
}

int network_unblock(struct network *n, in_addr_t address, int netns_fd, struct error *err) {
  locked(n);
  return network_link_still(netns_fd, false, err) < 0 ? -1 : set_block(n, address, false, err);
}

/* Also what an earlier daemon left that gave sessions IPv6. */
static int forget6(struct network *n, in_addr_t address, unsigned link, struct error *err) {
  struct translation_link6 l;
  struct rtnl_route way = route6_of(n, address);
  int had = translator_get(n->translator, "links6", &link, &l, err);
  if (had <= 0)
    return had;
  if (!n->uplink && n->session_network6.length && rtnl_route_delete(n->rtnl, &way, err) < 0)
    return -1;
  if (translator_delete(n->translator, "physical6", &l.physical, err) < 0)
    return -1;
  return translator_delete(n->translator, "links6", &link, err);
}

int network_detach(struct network *n, in_addr_t address, struct error *err) {
  locked(n);
  struct rtnl_link link;
  struct rtnl_route way = {.table = network_table(n->instance, NETWORK_TABLE_LINKS), .to = {address, 32}};
  in_addr_t physical = address;
  char name[IFNAMSIZ];
  network_link_name(n->instance, address, name);
  int linked = rtnl_link_find(n->rtnl, name, &link, err);
  int leased = n->uplink ? network_lease_find(&n->leases, address, &physical, err) : 0;
  if (linked < 0 || leased < 0 || (!n->uplink && rtnl_route_delete(n->rtnl, &way, err) < 0))
    return -1;
  if ((leased || !n->uplink) && translator_delete(n->translator, "physical", &physical, err) < 0)
    return -1;
  if (leased && rtnl_address_delete(n->rtnl, n->uplink, (struct network_prefix){physical, 32}, err) < 0)
    return -1;
  if (linked &&
      (translator_delete(n->translator, "links", &link.index, err) < 0 || forget6(n, address, link.index, err) < 0))
    return -1;
  return rtnl_link_delete(n->rtnl, name, err);
}

int network_give_back(struct network *n, in_addr_t address, struct error *err) {
  locked(n);
  in_addr_t physical;
  if (!n->uplink)
    return 0;
  int had = network_lease_give_back(&n->leases, address, &physical, err);
  if (had > 0)
    announcer_repeat(n->announcer,
                     (struct announcement){
                         .kind = ANNOUNCEMENT_GONE, .session = address, .physical = physical, .pool = n->leases.pool});
  return had < 0 ? -1 : 0;
}

int network_physical(struct network *n, in_addr_t address, in_addr_t *out, struct error *err) {
  locked(n);
  *out = address;
  int found = n->uplink ? network_lease_find(&n->leases, address, out, err) : 1;
  if (found < 0)
    return -1;
  return found ? 0
               : error_set(err, MOBIDESK_NOT_FOUND, "session address %s has no physical address here",
                           NETWORK_TEXT(address));
}

int network_drops(struct network *n, uint64_t counts[TRANSLATION_DROPS], struct error *err) {
  return translator_drops(n->translator, (__u64 *)counts, err);
}

/* ---- all links -----------------------------------------------------------------------------------------------------
 */

int network_each(struct network *n, int (*each)(const char *session, in_addr_t address, void *data), void *data,
                 struct error *err) {
  locked(n);
  return network_link_each(n->rtnl, n->instance, each, data, err);
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
  int result = network_link_each(rtnl, instance, gather_address, &list, err);
  for (size_t i = 0; i < list.count && result == 0; i++)
    result = network_link_delete(rtnl, instance, list.addresses[i], err);
  free(list.addresses);
  return result;
}

struct cleaning {
  struct translator *translator;
  struct rtnl *rtnl;
  unsigned uplink;
};

static void remove_alias(in_addr_t session, in_addr_t physical, void *data) {
  const struct cleaning *c = data;
  struct error ignored;
  rtnl_address_delete(c->rtnl, c->uplink, (struct network_prefix){physical, 32}, &ignored);
}

/* The uplink's program and its aliases, which the maps know. */
static int remove_translation(struct rtnl *rtnl, const char *pins, struct error *err) {
  struct cleaning c = {.rtnl = rtnl};
  struct translation_uplink up = {0};
  uint32_t first = 0;
  if (translator_open(TRANSLATOR_SERVER, pins, &c.translator, err) < 0)
    return -1;
  struct network_leases leases = {.translator = c.translator};
  int result = translator_get(c.translator, "uplink", &first, &up, err);
  c.uplink = up.link;
  if (result > 0 && up.link)
    result = network_lease_each(&leases, remove_alias, &c, err) < 0 ? -1 : translator_detach(up.link, false, err);
  translator_close(c.translator);
  return result < 0 ? -1 : translator_remove(pins, err);
}

int network_cleanup(const char *instance, const char *pins, struct error *err) {
  cleanup_rtnl struct rtnl *rtnl = NULL;
  if (network_instance_check(instance, err) < 0 || rtnl_open(-1, &rtnl, err) < 0 ||
      remove_links(rtnl, instance, err) < 0 || remove_translation(rtnl, pins, err) < 0)
    return -1;
  return network_tables_remove(rtnl, instance, err);
}
