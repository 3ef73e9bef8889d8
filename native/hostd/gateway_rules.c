#include "gateway_rules.h"

#include <stdio.h>

#include "announcement.h"
#include "gateway_policy.h"
#include "gateway_ports.h"
#include "network_address6.h"
#include "network_link.h"

#define TABLE "inet mobidesk-%s-gateway"

/* Sends sessions' questions for names to the resolver, wherever they are: they ask their way out. */
static void name_service(const struct gateway_rules *g, char out[static 256]) {
  out[0] = '\0';
  if (g->dns)
    snprintf(out, 256,
             "    ip saddr $sessions ip daddr " NETWORK_LINK_GATEWAY " meta l4proto { tcp, udp } th dport 53 "
             "dnat ip to %s\n",
             NETWORK_TEXT(g->dns));
}

/* Rules of IPv6, which follow those of IPv4 in each chain and say the same. */
struct rules6 {
  char source[128], input[128], from_world[512], forward[256], from_session[512], to_session[256], output[512],
      arrival[128], world[256];
};

static void write_rules6(const struct gateway_rules *g, struct rules6 *out) {
  char of[NETWORK6_TEXT_SIZE + 8];
  *out = (struct rules6){0};
  if (!g->session_network6.length)
    return;
  snprintf(of, sizeof of, "%s/%u", NETWORK6_TEXT(&g->session_network6.address), g->session_network6.length);
  snprintf(out->source, sizeof out->source, "    ip6 saddr %s drop\n", of);
  snprintf(out->input, sizeof out->input, "    ip6 saddr %s drop\n", of);
  snprintf(out->from_world, sizeof out->from_world,
           "    ip6 daddr %s ct state established,related accept\n"
           /* Nobody outside reaches a physical address. */
           "    ip6 daddr != %s oifname @servers drop\n",
           of, of);
  snprintf(out->forward, sizeof out->forward,
           "    ip6 saddr %s goto from-session\n"
           "    ip6 saddr != %s iifname @servers oifname $outside drop\n",
           of, of);
  snprintf(out->from_session, sizeof out->from_session, "    ip6 saddr vmap @policies6\n");
  snprintf(out->to_session, sizeof out->to_session,
           "    ip6 daddr %s ct status dnat accept\n"
           "    ip6 daddr %s ct state != { established, related } drop\n",
           of, of);
  snprintf(out->output, sizeof out->output,
           "    icmpv6 type destination-unreachable icmpv6 code { no-route, addr-unreachable } "
           "ct state related ct original ip6 saddr %s drop\n"
           "    icmpv6 type nd-redirect ip6 daddr %s drop\n",
           of, of);
  snprintf(out->arrival, sizeof out->arrival,
           "    iifname $outside dnat ip6 to meta l4proto . th dport map @published6\n");
  snprintf(out->world, sizeof out->world,
           "    ip6 saddr %s oifname $outside ip6 saddr vmap @ports6\n"
           "    ip6 saddr %s oifname $outside masquerade\n",
           of, of);
}

/* Without IPv6, nothing refers to chains of sessions by it. */
static int forget_ipv6(const struct gateway_rules *g, struct error *err) {
  return network_nft("forgetting the rules of IPv6", err,
                     "flush map " TABLE " policies6\n"
                     "flush map " TABLE " published6\n"
                     "flush map " TABLE " ports6\n",
                     g->instance, g->instance, g->instance);
}

int gateway_rules_make(const struct gateway_rules *g, struct error *err) {
  struct rules6 six;
  const char *address = NETWORK_TEXT(g->session_network.address);
  char sessions[NETWORK_ADDRESS_TEXT_SIZE + 4], names[256];
  snprintf(sessions, sizeof sessions, "%s/%u", address, g->session_network.length);
  name_service(g, names);
  write_rules6(g, &six);
  int result =
      network_nft("making the filter of the gateway", err,
                  "define sessions = %s\n"
                  "define outside = \"%s\"\n"
                  "define park = \"%s\"\n"
                  "table " TABLE " { }\n"
                  /* Rules are made anew; maps, and the chains of policies, are kept. */
                  "table " TABLE " {\n"
                  "  chain source { type filter hook prerouting priority raw; }\n"
                  "  chain input { type filter hook input priority filter; }\n"
                  "  chain forward { type filter hook forward priority filter; }\n"
                  "  chain output { type filter hook output priority filter; }\n"
                  "  chain arrival { type nat hook prerouting priority dstnat; }\n"
                  "  chain world { type nat hook postrouting priority srcnat; }\n"
                  "  chain from-outside { }\n"
                  "  chain from-world { }\n"
                  "  chain from-session { }\n"
                  "  chain to-session { }\n"
                  "}\n"
                  "flush chain " TABLE " source\n"
                  "flush chain " TABLE " input\n"
                  "flush chain " TABLE " forward\n"
                  "flush chain " TABLE " output\n"
                  "flush chain " TABLE " arrival\n"
                  "flush chain " TABLE " world\n"
                  "flush chain " TABLE " from-outside\n"
                  "flush chain " TABLE " from-world\n"
                  "flush chain " TABLE " from-session\n"
                  "flush chain " TABLE " to-session\n"
                  "table " TABLE " {\n" GATEWAY_POLICY_OBJECTS GATEWAY_PORTS_OBJECTS "  set servers { type ifname; }\n"
                  "  chain source {\n"
                  "    iif $park notrack accept\n"
                  "    iifname $outside goto from-outside\n"
                  "  }\n"
                  "  chain from-outside {\n"
                  "    ip saddr $sessions drop\n"
                  "    udp dport %d drop\n"
                  "%s"
                  "  }\n"
                  "  chain input {\n"
                  "    ip saddr $sessions drop\n"
                  "%s"
                  "  }\n"
                  /* What conversations under way cross is first, and as little as can be: each packet pays for it. */
                  "  chain forward {\n"
                  "    iif $park accept\n"
                  "    iifname $outside goto from-world\n"
                  "    ip saddr $sessions goto from-session\n"
                  /* What comes from physical addresses of which no server has told yet, as after a start. */
                  "    ip saddr != $sessions iifname @servers oifname $outside drop\n"
                  "%s"
                  "    goto to-session\n"
                  "  }\n"
                  "  chain from-world {\n"
                  "    ip daddr $sessions ct state established,related accept\n"
                  "%s"
                  "    goto to-session\n"
                  "  }\n"
                  "  chain to-session {\n"
                  "    ip daddr $sessions ct status dnat accept\n"
                  "    ip daddr $sessions ct state != { established, related } drop\n"
                  "%s"
                  "  }\n"
                  /* A session's policy is asked for all that it sends, but for answers. */
                  "  chain from-session {\n"
                  "    ct state invalid drop\n"
                  "    ct direction reply accept\n"
                  "    ct status dnat accept\n"
                  "    ip saddr vmap @policies\n"
                  "%s"
                  "    oifname != $outside drop\n"
                  "  }\n"
                  /* A server that is down must not end its sessions' connections: they come back elsewhere. And
                   * there is no shorter way from session to session. */
                  "  chain output {\n"
                  "    icmp type destination-unreachable icmp code { net-unreachable, host-unreachable } "
                  "ct state related ct original ip saddr $sessions drop\n"
                  "    icmp type redirect ip daddr $sessions drop\n"
                  "%s"
                  "  }\n"
                  "  chain arrival {\n"
                  "    iifname $outside dnat ip to meta l4proto . th dport map @published\n"
                  "%s%s"
                  "  }\n"
                  "  chain world {\n"
                  "    ip saddr $sessions oifname $outside ip saddr vmap @ports\n"
                  "    ip saddr $sessions oifname $outside masquerade\n"
                  "%s"
                  "  }\n"
                  "}\n",
                  sessions, g->outside, g->park_link, g->instance, g->instance, g->instance, g->instance, g->instance,
                  g->instance, g->instance, g->instance, g->instance, g->instance, g->instance, g->instance,
                  g->instance, ANNOUNCEMENT_PORT, six.source, six.input, six.forward, six.from_world, six.to_session,
                  six.from_session, six.output, names, six.arrival, six.world);
  return result < 0 || g->session_network6.length ? result : forget_ipv6(g, err);
}
