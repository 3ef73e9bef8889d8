/* The network gateway of a proxy. */
#include "client.h"

static json_t *request(const char *op, const char *session_address) {
  return json_pack("{s:s,s:s}", "op", op, "session_address", session_address ? session_address : "");
}

static json_t *routed(const char *op, const char *session_address, const char *server_address) {
  return json_pack("{s:s,s:s,s:s}", "op", op, "session_address", session_address ? session_address : "",
                   "server_address", server_address ? server_address : "");
}

int mobidesk_gateway_route(mobidesk *m, const char *session_address, const char *server_address, mobidesk_error *err) {
  return client_call(m, routed("gateway.route", session_address, server_address), NULL, err);
}

int mobidesk_gateway_hold(mobidesk *m, const char *session_address, mobidesk_error *err) {
  return client_call(m, request("gateway.hold", session_address), NULL, err);
}

int mobidesk_gateway_release(mobidesk *m, const char *session_address, const char *server_address,
                             mobidesk_hold_stats *out, mobidesk_error *err) {
  json_t *ok;
  if (client_call(m, routed("gateway.release", session_address, server_address), &ok, err) < 0)
    return -1;
  *out = (mobidesk_hold_stats){
      .held_us = client_integer(ok, "held_us"),
      .packets = client_integer(ok, "packets"),
      .bytes = client_integer(ok, "bytes"),
      .dropped = client_integer(ok, "dropped"),
  };
  json_decref(ok);
  return 0;
}

int mobidesk_gateway_forget(mobidesk *m, const char *session_address, mobidesk_error *err) {
  return client_call(m, request("gateway.forget", session_address), NULL, err);
}

int mobidesk_gateway_policy(mobidesk *m, const char *session_address, const char *policy, mobidesk_error *err) {
  json_t *asked = json_pack("{s:s,s:s,s:s}", "op", "gateway.policy", "session_address",
                            session_address ? session_address : "", "policy", policy ? policy : "");
  return client_call(m, asked, NULL, err);
}

int mobidesk_gateway_traffic(mobidesk *m, const char *session_address, mobidesk_traffic *out, mobidesk_error *err) {
  json_t *ok;
  if (client_call(m, request("gateway.traffic", session_address), &ok, err) < 0)
    return -1;
  *out = (mobidesk_traffic){
      .packets_out = client_integer(ok, "packets_out"),
      .bytes_out = client_integer(ok, "bytes_out"),
      .packets_in = client_integer(ok, "packets_in"),
      .bytes_in = client_integer(ok, "bytes_in"),
  };
  json_decref(ok);
  return 0;
}
