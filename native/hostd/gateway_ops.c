#include "gateway_ops.h"

#include "clean.h"
#include "fields.h"
#include "files.h"
#include "gateway.h"
#include "gateway_policy_json.h"
#include "network_address6.h"
#include "network_host.h"
#include "ops.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static struct gateway *gateway;

/* As configured, or the first of the host's own that sessions could reach: not the host itself. */
static int find_resolver(const struct config *config, in_addr_t *out, struct error *err) {
  cleanup_file FILE *file = NULL;
  cleanup_free char *line = NULL;
  size_t size = 0;
  char server[64];
  struct in_addr address;
  *out = 0;
  if (strcmp(config->dns_server, "none") == 0)
    return 0;
  if (config->dns_server[0])
    return network_address_parse(config->dns_server, "dns_server", out, err);
  file = fopen("/etc/resolv.conf", "re");
  while (file && !*out && getline(&line, &size, file) >= 0)
    if (sscanf(line, "nameserver %63s", server) == 1 && inet_pton(AF_INET, server, &address) == 1 &&
        (ntohl(address.s_addr) >> 24) != 127)
      *out = address.s_addr;
  return 0;
}

int gateway_ops_open(const struct config *config, struct error *err) {
  if (!config->gateway)
    return 0;
  char pins[PATH_MAX];
  struct gateway_config g = {
      .instance = config->instance,
      .pins = pins,
      .outside = config->gateway_interface,
      .ports_each = config->session_ports,
      .session_packets = config->hold_packets,
      .session_bytes = config->hold_bytes,
      .total_packets = config->hold_total_packets,
      .total_bytes = config->hold_total_bytes,
      .hold_us = config->hold_seconds * 1000000ull,
      .shortcut = config->gateway_shortcut,
  };
  if (files_path(pins, sizeof pins, err, "%s/bpf-gateway", config->run_dir) < 0 ||
      network_prefix_parse(config->session_network, "session_network", &g.session_network, err) < 0 ||
      network6_configured(config->session_network6, "session_network6", NETWORK6_SESSIONS, &g.session_network6, err) <
          0 ||
      announcement_key_read(config->network_key, &g.key, err) < 0)
    return -1;
  if (find_resolver(config, &g.dns, err) < 0)
    return -1;
  return gateway_open(&g, &gateway, err);
}

void gateway_ops_close(void) {
  gateway_close(gateway);
  gateway = NULL;
}

static int take_address(struct fields *f, const char *name, in_addr_t *out, struct error *err) {
  const char *text;
  if (fields_string(f, name, &text, err) < 0)
    return -1;
  return network_address_parse(text, name, out, err);
}

/* Reads the request's members: the session's address, and the server's when `server` is not NULL. */
static int take_addresses(struct call *call, in_addr_t *session, in_addr_t *server, struct error *err) {
  struct fields f;
  fields_begin(&f, call->request);
  if (take_address(&f, "session_address", session, err) < 0)
    return -1;
  if (server && take_address(&f, "server_address", server, err) < 0)
    return -1;
  return fields_end(&f, err);
}

static int route(struct call *call, struct error *err) {
  in_addr_t session, server;
  if (take_addresses(call, &session, &server, err) < 0)
    return -1;
  return gateway_route(gateway, session, server, err);
}

static int hold(struct call *call, struct error *err) {
  in_addr_t session;
  if (take_addresses(call, &session, NULL, err) < 0)
    return -1;
  return gateway_hold(gateway, session, err);
}

static int reply_integer(struct call *call, const char *name, uint64_t value, struct error *err) {
  if (json_object_set_new(call->reply, name, json_integer((json_int_t)value)) < 0)
    return error_set(err, MOBIDESK_NO_SPACE, "building the reply: out of memory");
  return 0;
}

static int release(struct call *call, struct error *err) {
  in_addr_t session, server;
  mobidesk_hold_stats stats;
  if (take_addresses(call, &session, &server, err) < 0 || gateway_release(gateway, session, server, &stats, err) < 0 ||
      reply_integer(call, "held_us", stats.held_us, err) < 0 ||
      reply_integer(call, "packets", stats.packets, err) < 0 || reply_integer(call, "bytes", stats.bytes, err) < 0)
    return -1;
  return reply_integer(call, "dropped", stats.dropped, err);
}

static int forget(struct call *call, struct error *err) {
  in_addr_t session;
  if (take_addresses(call, &session, NULL, err) < 0)
    return -1;
  return gateway_forget(gateway, session, err);
}

static int policy(struct call *call, struct error *err) {
  struct fields f;
  in_addr_t session;
  struct gateway_policy policy;
  const char *text;
  json_error_t why;
  fields_begin(&f, call->request);
  if (take_address(&f, "session_address", &session, err) < 0 || fields_string(&f, "policy", &text, err) < 0 ||
      fields_end(&f, err) < 0)
    return -1;
  cleanup_json json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &why);
  if (!object)
    return error_set(err, MOBIDESK_INVALID, "the policy does not parse: %s", why.text);
  return gateway_policy_parse(object, &policy, err) < 0 ? -1 : gateway_set_policy(gateway, session, &policy, err);
}

static int traffic(struct call *call, struct error *err) {
  in_addr_t session;
  struct translation_traffic t;
  if (take_addresses(call, &session, NULL, err) < 0 || gateway_traffic(gateway, session, &t, err) < 0 ||
      reply_integer(call, "packets_out", t.packets_out, err) < 0 ||
      reply_integer(call, "bytes_out", t.bytes_out, err) < 0 ||
      reply_integer(call, "packets_in", t.packets_in, err) < 0)
    return -1;
  return reply_integer(call, "bytes_in", t.bytes_in, err);
}

const struct op gateway_ops[] = {{"gateway.route", route},
                                 {"gateway.hold", hold},
                                 {"gateway.release", release},
                                 {"gateway.forget", forget},
                                 {"gateway.policy", policy},
                                 {"gateway.traffic", traffic},
                                 {NULL, NULL}};
