/*
 * announcer.h: the server's side of announcements: tells the proxy at once when something changes, and all of it again
 * every few seconds, so that a proxy that has lost everything knows it again without being told to ask.
 *
 * Threads: any; a lock inside.
 */
#ifndef MOBIDESK_ANNOUNCER_H
#define MOBIDESK_ANNOUNCER_H

#include "announcement.h"

struct announcer;

/* Calls `announce` of the announcer for all that is to be repeated. On a thread of the announcer's. */
typedef void (*announcer_all)(struct announcer *a, void *data);

/* `server` is the address that the proxy knows this server by. The socket and the thread are in the network namespace
 * of the caller. */
int announcer_open(in_addr_t server, in_addr_t proxy, const struct announcement_key *key, announcer_all all, void *data,
                   struct announcer **out, struct error *err);
/* Waits for the thread. */
void announcer_close(struct announcer *a);

/* Sends until it is answered; MOBIDESK_TIMEOUT after a second without an answer. `server` and time are filled in. */
int announcer_tell(struct announcer *a, struct announcement what, struct error *err);
/* Sends once. */
void announcer_repeat(struct announcer *a, struct announcement what);

#endif
