#include "gateway_ops.h"

#include "fields.h"
#include "gateway.h"
#include "network_host.h"
#include "ops.h"

static struct gateway *gateway;

int gateway_ops_open(const struct config *config, struct error *err) {
  if (!config->gateway)
    return 0;
  struct gateway_config g = {
      .instance = config->instance,
      .outside = config->gateway_interface,
      .session_packets = config->hold_packets,
      .session_bytes = config->hold_bytes,
      .total_packets = config->hold_total_packets,
      .total_bytes = config->hold_total_bytes,
      .hold_us = config->hold_seconds * 1000000ull,
  };
  if (network_prefix_parse(config->session_network, "session_network", &g.session_network, err) < 0)
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

const struct op gateway_ops[] = {{"gateway.route", route},
                                 {"gateway.hold", hold},
                                 {"gateway.release", release},
                                 {"gateway.forget", forget},
                                 {NULL, NULL}};
