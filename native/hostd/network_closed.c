#include "network_closed.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>

#include "network_address6.h"
#include "network_host.h"
#include "network_link.h"

static int close_prefix(struct translator *t, struct network_prefix prefix, uint8_t value, struct error *err) {
  struct translation_prefix key = {.length = prefix.length, .address = prefix.address};
  return translator_set(t, "closed", &key, &value, err);
}

struct subnet_visit {
  struct translator *translator;
  struct error *err;
  int result;
};

/* Each network that this host is on itself is closed to sessions. */
static int close_subnet(const struct rtnl_route *route, void *data) {
  struct subnet_visit *v = data;
  if (route->type == RTN_UNICAST && !route->gateway && route->to.length)
    v->result = close_prefix(v->translator, route->to, 1, v->err);
  return v->result;
}

int network_close_networks(struct translator *t, struct rtnl *rtnl, const struct network_config *config,
                           struct error *err) {
  static const struct {
    const char *address;
    unsigned length;
    uint8_t closed;
  } always[] = {{"0.0.0.0", 8, 1},   {"127.0.0.0", 8, 1}, {"169.254.0.0", 16, 1}, {NETWORK_LINK_GATEWAY, 32, 0},
                {"224.0.0.0", 4, 1}, {"240.0.0.0", 4, 1}};
  struct subnet_visit v = {t, err, 0};
  for (size_t i = 0; i < sizeof always / sizeof *always; i++)
    if (close_prefix(t, (struct network_prefix){inet_addr(always[i].address), always[i].length}, always[i].closed,
                     err) < 0)
      return -1;
  for (size_t i = 0; i < config->closed_count; i++)
    if (close_prefix(t, config->closed[i], 1, err) < 0)
      return -1;
  if (rtnl_route_each(rtnl, false, RT_TABLE_MAIN, close_subnet, &v, err) < 0 || v.result < 0)
    return -1;
  return close_prefix(t, config->pool, 1, err);
}

static int close_prefix6(struct translator *t, const struct network_prefix6 *prefix, struct error *err) {
  struct translation_prefix6 key = network6_prefix_key(prefix);
  uint8_t yes = TRANSLATION_POOL_PHYSICAL;
  return translator_set(t, "closed6", &key, &yes, err);
}

static int close_subnet6(const struct rtnl_route *route, void *data) {
  struct subnet_visit *v = data;
  if (route->type == RTN_UNICAST && IN6_IS_ADDR_UNSPECIFIED(&route->gateway6) && route->to6.length)
    v->result = close_prefix6(v->translator, &route->to6, v->err);
  return v->result;
}

int network_close_networks6(struct translator *t, struct rtnl *rtnl, const struct network_config *config,
                            struct error *err) {
  /* Unspecified, loopback, and whatever has an IPv4 address in it, which would be a way past `closed`; link- and
   * site-local; multicast. */
  static const char *const always[] = {"::/8", "2002::/16", "fe80::/10", "fec0::/10", "ff00::/8"};
  struct subnet_visit v = {t, err, 0};
  for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
    struct network_prefix6 prefix;
    if (network6_prefix_parse(always[i], "closed", &prefix, err) < 0 || close_prefix6(t, &prefix, err) < 0)
      return -1;
  }
  for (size_t i = 0; i < config->closed6_count; i++)
    if (close_prefix6(t, &config->closed6[i], err) < 0)
      return -1;
  if (!config->gateway)
    return 0;
  if (rtnl_route_each(rtnl, true, RT_TABLE_MAIN, close_subnet6, &v, err) < 0 || v.result < 0)
    return -1;
  return close_prefix6(t, &config->physical_network6, err);
}
