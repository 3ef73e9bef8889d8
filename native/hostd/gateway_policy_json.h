/*
 * gateway_policy_json.h: the policy of a session as operators and the database have it:
 *
 *     {"restricted": false, "allow": ["203.0.113.0/24"], "peers": ["10.74.0.6"], "outRate": 0, "inRate": 0,
 *      "published": [{"protocol": "tcp", "outsidePort": 8022, "port": 22}]}
 *
 * Every member may be absent: false, none, no limit. Rates are bytes per second.
 */
#ifndef MOBIDESK_GATEWAY_POLICY_JSON_H
#define MOBIDESK_GATEWAY_POLICY_JSON_H

#include <jansson.h>

#include "gateway_policy.h"

/* MOBIDESK_INVALID names the member. */
int gateway_policy_parse(const json_t *object, struct gateway_policy *out, struct error *err);

#endif
