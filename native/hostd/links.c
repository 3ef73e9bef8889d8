#include "links.h"

#include "clean.h"
#include "network.h"
#include "network_host.h"
#include "rootfs.h"

#include <fcntl.h>
#include <stdio.h>

static struct network *network;

int links_open(const struct config *config, struct error *err) {
  struct network_config n = {.instance = config->instance};
  if (network_prefix_parse(config->session_network, "session_network", &n.session_network, err) < 0)
    return -1;
  if (config->gateway_address[0] &&
      network_address_parse(config->gateway_address, "gateway_address", &n.gateway, err) < 0)
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

int links_attach(const struct spec *spec, int netns_fd, bool blocked, struct error *err) {
  struct spec copy = *spec;
  if (network_inside(netns_fd, allow_ping, &copy, err) < 0)
    return -1;
  return network_attach(network, spec->id, spec->address_number, netns_fd, blocked, err);
}

int links_attach_pid(const struct spec *spec, pid_t pid, bool blocked, struct error *err) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
  cleanup_close int netns = open(path, O_RDONLY | O_CLOEXEC);
  if (netns < 0)
    return error_sys(err, "opening `%s`", path);
  return links_attach(spec, netns, blocked, err);
}

int links_block(const struct spec *spec, struct error *err) {
  return network_block(network, spec->address_number, err);
}

int links_unblock(const struct spec *spec, struct error *err) {
  return network_unblock(network, spec->address_number, err);
}

int links_detach(const struct spec *spec, struct error *err) {
  return network_detach(network, spec->address_number, err);
}
