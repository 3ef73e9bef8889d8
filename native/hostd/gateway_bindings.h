/*
 * gateway_bindings.h: which physical addresses each session may send from, and which one it is reached at.
 *
 * Servers announce bindings (announcement.h); the control plane chooses among them by the server's address. What is in
 * force is in the maps of gateway.bpf.c, and stays when the daemon ends; what was only announced is in memory, and is
 * announced again within seconds.
 *
 * A binding is in force as a source, that is packets that come from there are taken for the session's, when it is the
 * chosen one, or the first, or the session is held: then its target is about to send what its TCP had taken over, and
 * dropping that would cost a retransmission time-out. One of an older generation than the chosen one is never taken: a
 * server that was given up, and comes back, cannot speak for a session that has moved on.
 *
 * The IPv6 address of a binding (network_address6.h) is in force exactly when its IPv4 address is.
 *
 * Threads: any; a lock inside. Addresses in network byte order.
 */
#ifndef MOBIDESK_GATEWAY_BINDINGS_H
#define MOBIDESK_GATEWAY_BINDINGS_H

#include <stdbool.h>

#include "announcement.h"
#include "translator.h"

struct gateway_bindings;

/* `sessions6` is the IPv6 session network; length 0: what servers say of IPv6 is passed over, and what was in force of
 * it is so no more. */
int gateway_bindings_open(struct translator *translator, const struct network_prefix6 *sessions6,
                          struct gateway_bindings **out, struct error *err);
void gateway_bindings_close(struct gateway_bindings *b);

int gateway_bindings_heard(struct gateway_bindings *b, const struct announcement *a, struct error *err);

/* The session is at that server from now on: one element of a map is replaced. MOBIDESK_NOT_FOUND: the server has not
 * announced it. */
int gateway_bindings_select(struct gateway_bindings *b, in_addr_t session, in_addr_t server, struct error *err);
/* As select, but what has not been announced is selected when it is. */
int gateway_bindings_expect(struct gateway_bindings *b, in_addr_t session, in_addr_t server, struct error *err);
/* From now on, or no longer, each announced binding is a source. Select ends it. */
int gateway_bindings_hold(struct gateway_bindings *b, in_addr_t session, struct error *err);
int gateway_bindings_forget(struct gateway_bindings *b, in_addr_t session, struct error *err);

#endif
