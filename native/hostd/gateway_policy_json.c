#include "gateway_policy_json.h"

#include <arpa/inet.h>
#include <string.h>

#include "network_address6.h"
#include "network_host.h"

static int invalid(const char *member, const char *must, struct error *err) {
  return error_set(err, MOBIDESK_INVALID, "member `%s` of the policy must be %s", member, must);
}

static int check_members(const json_t *object, const char *const *known, struct error *err) {
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)object, name, value) {
    size_t i = 0;
    while (known[i] && strcmp(known[i], name) != 0)
      i++;
    if (!known[i])
      return error_set(err, MOBIDESK_INVALID, "member `%.40s` of the policy is unknown", name);
  }
  return 0;
}

static int take_rate(const json_t *object, const char *name, uint64_t *out, struct error *err) {
  const json_t *value = json_object_get(object, name);
  json_int_t n = json_integer_value(value);
  if (value && (!json_is_integer(value) || n < 0 || (uint64_t)n > GATEWAY_POLICY_RATE))
    return invalid(name, "bytes per second, at most 10000000000, or 0 for no limit", err);
  *out = (uint64_t)n;
  return 0;
}

/* The elements of an optional array; `take` is called for each. */
static int take_array(const json_t *object, const char *name,
                      int (*take)(const json_t *element, struct gateway_policy *out, struct error *err),
                      struct gateway_policy *out, struct error *err) {
  const json_t *array = json_object_get(object, name), *element;
  size_t i;
  if (array && (!json_is_array(array) || json_array_size(array) > GATEWAY_POLICY_RULES))
    return invalid(name, "an array of at most 128 elements", err);
  json_array_foreach((json_t *)array, i, element) if (take(element, out, err) < 0) return -1;
  return 0;
}

static int take_allowed(const json_t *element, struct gateway_policy *out, struct error *err) {
  const char *text = json_string_value(element);
  if (!text)
    return invalid("allow", "networks (like \"203.0.113.0/24\" or \"2001:db8::/32\")", err);
  if (strchr(text, ':'))
    return network6_prefix_parse(text, "member `allow` of the policy:", &out->allow6[out->allow6_count++], err);
  return network_prefix_parse(text, "member `allow` of the policy:", &out->allow[out->allow_count++], err);
}

static int take_peer(const json_t *element, struct gateway_policy *out, struct error *err) {
  const char *text = json_string_value(element);
  if (!text)
    return invalid("peers", "session addresses (like \"10.74.0.6\")", err);
  return network_address_parse(text, "member `peers` of the policy:", &out->peers[out->peer_count++], err);
}

static int take_port(const json_t *object, const char *name, uint16_t *out, struct error *err) {
  json_int_t n = json_integer_value(json_object_get(object, name));
  *out = (uint16_t)n;
  return n >= 1 && n <= UINT16_MAX ? 0 : invalid(name, "a port of 1 to 65535", err);
}

static int take_published(const json_t *element, struct gateway_policy *out, struct error *err) {
  static const char *const known[] = {"protocol", "outsidePort", "port", NULL};
  struct gateway_publication *p = &out->published[out->published_count++];
  const char *protocol = json_string_value(json_object_get(element, "protocol"));
  bool tcp = protocol && strcmp(protocol, "tcp") == 0, udp = protocol && strcmp(protocol, "udp") == 0;
  if (!json_is_object(element) || (!tcp && !udp))
    return invalid("published", "objects whose protocol is \"tcp\" or \"udp\"", err);
  p->protocol = tcp ? IPPROTO_TCP : IPPROTO_UDP;
  if (check_members(element, known, err) < 0 || take_port(element, "outsidePort", &p->outside_port, err) < 0)
    return -1;
  return take_port(element, "port", &p->port, err);
}

int gateway_policy_parse(const json_t *object, struct gateway_policy *out, struct error *err) {
  static const char *const known[] = {"restricted", "allow", "peers", "outRate", "inRate", "published", NULL};
  *out = (struct gateway_policy){0};
  if (!json_is_object(object))
    return error_set(err, MOBIDESK_INVALID, "the policy is not a JSON object");
  const json_t *restricted = json_object_get(object, "restricted");
  if (check_members(object, known, err) < 0)
    return -1;
  if (restricted && !json_is_boolean(restricted))
    return invalid("restricted", "true or false", err);
  out->restricted = json_is_true(restricted);
  if (take_rate(object, "outRate", &out->out_rate, err) < 0 || take_rate(object, "inRate", &out->in_rate, err) < 0 ||
      take_array(object, "allow", take_allowed, out, err) < 0 || take_array(object, "peers", take_peer, out, err) < 0)
    return -1;
  return take_array(object, "published", take_published, out, err);
}
