#include "links.h"

#include "clean.h"
#include "files.h"
#include "network.h"
#include "network_address6.h"
#include "network_host.h"
#include "rootfs.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static struct network *network;

#define CLOSED_MOST 32

/* Prefixes with spaces or commas between them, IPv4 and IPv6; `list` is changed. */
static int parse_prefixes(char *list, struct network_prefix *out, size_t *count, struct network_prefix6 *out6,
                          size_t *count6, struct error *err) {
  char *rest;
  for (char *word = strtok_r(list, " ,", &rest); word; word = strtok_r(NULL, " ,", &rest)) {
    if (*count == CLOSED_MOST || *count6 == CLOSED_MOST)
      return error_set(err, MOBIDESK_INVALID, "closed_networks has more than %d networks", CLOSED_MOST);
    if (strchr(word, ':') ? network6_prefix_parse(word, "closed_networks", &out6[(*count6)++], err)
                          : network_prefix_parse(word, "closed_networks", &out[(*count)++], err))
      return -1;
  }
  return 0;
}

/* What a server with a proxy elsewhere needs so that its sessions have IPv6. */
static int read_ipv6(const struct config *config, struct network_config *n, struct error *err) {
  if (network6_configured(config->physical_network6, "physical_network6", NETWORK6_PHYSICAL, &n->physical_network6,
                          err) < 0)
    return -1;
  if (!n->physical_network6.length || !config->gateway_address6[0])
    return error_set(err, MOBIDESK_INVALID,
                     "session_network6 gives sessions IPv6: physical_network6 must name a network of 64 bits that is "
                     "routed to this server (like fd00:73:0:11::/64), and gateway_address6 the proxy");
  return network6_address_parse(config->gateway_address6, "gateway_address6", &n->gateway6, err);
}

static int read_gateway(const struct config *config, struct network_config *n, struct error *err) {
  if (network_address_parse(config->gateway_address, "gateway_address", &n->gateway, err) < 0 ||
      announcement_key_read(config->network_key, &n->key, err) < 0)
    return -1;
  if (config->physical_pool[0] && network_prefix_parse(config->physical_pool, "physical_pool", &n->pool, err) < 0)
    return -1;
  if (config->dhcp_server[0] && network_address_parse(config->dhcp_server, "dhcp_server", &n->dhcp_server, err) < 0)
    return -1;
  n->quarantine_us = config->physical_quarantine * 1000000ull;
  return n->session_network6.length ? read_ipv6(config, n, err) : 0;
}

int links_open(const struct config *config, struct error *err) {
  char pins[PATH_MAX], closed[sizeof config->closed_networks];
  struct network_prefix prefixes[CLOSED_MOST];
  struct network_prefix6 prefixes6[CLOSED_MOST];
  struct network_config n = {.instance = config->instance, .pins = pins, .closed = prefixes, .closed6 = prefixes6};
  memcpy(closed, config->closed_networks, sizeof closed);
  if (parse_prefixes(closed, prefixes, &n.closed_count, prefixes6, &n.closed6_count, err) < 0 ||
      files_path(pins, sizeof pins, err, "%s/bpf-server", config->run_dir) < 0 ||
      network_prefix_parse(config->session_network, "session_network", &n.session_network, err) < 0 ||
      network6_configured(config->session_network6, "session_network6", NETWORK6_SESSIONS, &n.session_network6, err) <
          0)
    return -1;
  if (strcmp(config->virtual_address, "first") != 0 &&
      network_address_parse(config->virtual_address, "virtual_address", &n.virtual_address, err) < 0)
    return -1;
  if (config->gateway_address[0] && read_gateway(config, &n, err) < 0)
    return -1;
  return network_open(&n, &network, err);
}

void links_close(void) {
  if (network)
    network_close(network);
  network = NULL;
}

/* Everybody in a session may ping: the file capability of ping does not reach into its template. Group ids are the
 * host's. */
static int allow_ping(void *data, struct error *err) {
  const struct spec *spec = data;
  static const char path[] = "/proc/sys/net/ipv4/ping_group_range";
  char range[32];
  int n = snprintf(range, sizeof range, "%u %u", spec->uid_base, spec->uid_base + ROOTFS_IDS - 1);
  cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);
  return fd >= 0 && write(fd, range, (size_t)n) == n ? 0
                                                     : error_sys(err, "writing `%s` to the session's %s", range, path);
}

/* Returns a descriptor of the network namespace that the process is in, or -1. */
static int open_netns(pid_t pid, struct error *err) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
  int netns = open(path, O_RDONLY | O_CLOEXEC);
  return netns < 0 ? error_sys(err, "opening `%s`", path) : netns;
}

int links_reserve(const struct spec *spec, struct error *err) {
  return network_reserve(network, spec->id, spec->address_number, err);
}

int links_attach(struct spec *spec, pid_t pid, bool blocked, struct error *err) {
  struct network_session session = {.id = spec->id,
                                    .address = spec->address_number,
                                    .virtual_address = spec->virtual_number,
                                    .label = spec->label,
                                    .generation = (uint16_t)spec->generation};
  cleanup_close int netns = open_netns(pid, err);
  if (netns < 0)
    return -1;
  if (links_reserve(spec, err) < 0 || network_inside(netns, allow_ping, spec, err) < 0 ||
      network_attach(network, &session, netns, blocked, err) < 0)
    return -1;
  spec->virtual_number = session.virtual_address;
  network_address_text(session.virtual_address, spec->virtual_address);
  spec->label = session.label;
  return 0;
}

int links_block(const struct spec *spec, pid_t pid, struct error *err) {
  cleanup_close int netns = open_netns(pid, err);
  return netns < 0 ? -1 : network_block(network, spec->address_number, netns, err);
}

int links_unblock(const struct spec *spec, pid_t pid, struct error *err) {
  cleanup_close int netns = open_netns(pid, err);
  return netns < 0 ? -1 : network_unblock(network, spec->address_number, netns, err);
}

int links_detach(const struct spec *spec, struct error *err) {
  return network_detach(network, spec->address_number, err);
}

int links_give_back(const struct spec *spec, struct error *err) {
  return network ? network_give_back(network, spec->address_number, err) : 0;
}
