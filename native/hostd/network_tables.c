#include "network_tables.h"

#include <linux/rtnetlink.h>
#include <stdio.h>

#include "network_address6.h"
#include "network_link.h"

/* Rules of the kernel's own tables have 0 (local), 32766 and 32767 (main, default); the gateway's come before these. */
#define RULE_TO_SESSIONS 7410
#define RULE_FROM_SESSIONS 7411

#define TABLE "inet mobidesk-%s-server"

/* With an uplink, no packet of a session is seen here, unless its link's program was taken away by somebody: then it is
 * stopped here. Without, this is what keeps sessions apart. */
static int make_filter(const struct network_tables *n, struct error *err) {
  const char *sessions6 = NETWORK6_TEXT(&n->session_network6.address);
  char links[IFNAMSIZ], forbidden[64] = "", forbidden6[128] = "", source6[128] = "    meta nfproto != ipv4 drop\n";
  network_link_prefix(n->instance, links);
  if (!n->has_uplink)
    snprintf(forbidden, sizeof forbidden, "ip daddr %s/%u ", NETWORK_TEXT(n->session_network.address),
             n->session_network.length);
  if (!n->has_uplink && n->session_network6.length) {
    snprintf(source6, sizeof source6, "    meta nfproto != ipv4 ip6 saddr != %s/%u drop\n", sessions6,
             n->session_network6.length);
    snprintf(forbidden6, sizeof forbidden6, "    iifname \"%s*\" ip6 daddr %s/%u drop\n", links, sessions6,
             n->session_network6.length);
  }
  return network_nft("making the filter of the session links", err,
                     "table " TABLE " { }\n"
                     "flush table " TABLE "\n"
                     "table " TABLE " {\n"
                     "  chain source {\n"
                     "    type filter hook prerouting priority raw;\n"
                     "    iifname != \"%s*\" accept\n"
                     "    ip saddr != %s/%u drop\n"
                     "%s"
                     "  }\n"
                     "  chain input {\n"
                     "    type filter hook input priority filter;\n"
                     "    iifname \"%s*\" drop\n"
                     "  }\n"
                     "  chain forward {\n"
                     "    type filter hook forward priority filter;\n"
                     "    iifname \"%s*\" %sdrop\n"
                     "%s"
                     "  }\n"
                     "}\n",
                     n->instance, n->instance, n->instance, links, NETWORK_TEXT(n->session_network.address),
                     n->session_network.length, source6, links, links, forbidden, forbidden6);
}

/* On a host that is the proxy as well, its routes lead to the sessions. */
static int make_routes(struct rtnl *rtnl, const struct network_tables *n, struct error *err) {
  uint32_t table = network_table(n->instance, NETWORK_TABLE_LINKS);
  struct rtnl_route unknown = {.table = table, .to = n->session_network, .type = RTN_BLACKHOLE};
  struct rtnl_rule to = {.priority = RULE_TO_SESSIONS, .table = table, .to = n->session_network};
  struct rtnl_rule from = {.priority = RULE_FROM_SESSIONS, .table = table, .from = n->session_network};
  struct rtnl_route unknown6 = {.table = table, .is_ipv6 = true, .to6 = n->session_network6, .type = RTN_BLACKHOLE};
  struct rtnl_rule to6 = {.priority = RULE_TO_SESSIONS, .table = table, .is_ipv6 = true, .to6 = n->session_network6};
  struct rtnl_rule from6 = {
      .priority = RULE_FROM_SESSIONS, .table = table, .is_ipv6 = true, .from6 = n->session_network6};
  if (rtnl_route_replace(rtnl, &unknown, err) < 0 || rtnl_rule_add(rtnl, &to, err) < 0 ||
      rtnl_rule_add(rtnl, &from, err) < 0)
    return -1;
  if (!n->session_network6.length)
    return 0;
  if (rtnl_route_replace(rtnl, &unknown6, err) < 0 || rtnl_rule_add(rtnl, &to6, err) < 0)
    return -1;
  return rtnl_rule_add(rtnl, &from6, err);
}

int network_tables_make(struct rtnl *rtnl, const struct network_tables *n, struct error *err) {
  return !n->has_uplink && make_routes(rtnl, n, err) < 0 ? -1 : make_filter(n, err);
}

int network_tables_remove(struct rtnl *rtnl, const char *instance, struct error *err) {
  uint32_t table = network_table(instance, NETWORK_TABLE_LINKS);
  if (rtnl_rule_delete(rtnl, RULE_TO_SESSIONS, table, err) < 0 ||
      rtnl_rule_delete(rtnl, RULE_FROM_SESSIONS, table, err) < 0 || rtnl_table_flush(rtnl, table, err) < 0)
    return -1;
  return network_nft("removing the filter of the session links", err, "table " TABLE " { }\ndelete table " TABLE,
                     instance, instance);
}
