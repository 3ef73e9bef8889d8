#include "links.h"

#include "clean.h"
#include "network.h"
#include "network_host.h"

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

int links_attach(const struct spec *spec, int netns_fd, bool blocked, struct error *err) {
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
