/*
 * gateway_listener.h: the proxy's side of announcements: a thread that hears, verifies and answers them.
 */
#ifndef MOBIDESK_GATEWAY_LISTENER_H
#define MOBIDESK_GATEWAY_LISTENER_H

#include "gateway_bindings.h"

struct gateway_listener;

/* The socket is in the network namespace of the caller. */
int gateway_listener_open(struct gateway_bindings *bindings, const struct announcement_key *key,
                          struct gateway_listener **out, struct error *err);
/* Waits for the thread. */
void gateway_listener_close(struct gateway_listener *l);

#endif
