/*
 * park.h: keeps the packets of sessions that are being moved, and replays them in order.
 *
 * A park is a tun device and a thread that reads it. While a session is held, its route leads into the device
 * (gateway.c); the thread queues what arrives, per session and in order. A release writes the queue back into the
 * device, from where the packets are forwarded once more, as if they had arrived just then.
 *
 * Replay first, then flip. The release writes what is queued, and what still arrives behind it, until the queue is
 * momentarily empty; then the caller's `flip` points the session's route at the server. The other way round, every
 * packet that arrives during the replay would overtake the queue. What remains: a packet that entered the device
 * between the last look and the flip can be overtaken by one that came after the flip, within the tens of microseconds
 * that a change of a route takes. It is replayed right after the flip, and never lost.
 *
 * Bounds: packets and bytes for each session and in total; beyond them the newest packet is dropped and counted, as the
 * oldest are those that a peer waits for. A hold ends by itself after `hold_us`; then its packets are dropped and
 * `expired` is called, once.
 *
 * Threads: any; a lock inside serializes calls and the thread.
 */
#ifndef MOBIDESK_PARK_H
#define MOBIDESK_PARK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "network_rtnl.h"

struct park;

struct park_config {
  const char *link;       /* name of the tun device: at most 15 characters, unused */
  size_t session_packets; /* bounds, each at least 1 */
  size_t session_bytes;
  size_t total_packets;
  size_t total_bytes;
  uint64_t hold_us;                        /* longest hold, CLOCK_MONOTONIC */
  struct network_prefix6 session_network6; /* sessions have addresses of it as well; length 0: they have not */
  /* Called on the park's thread with its lock held: must not call back. */
  void (*expired)(in_addr_t session, void *data);
  void *data;
};

/* Makes the device, which goes away with the park or the process. It is neither up nor are packets read before
 * park_start. */
int park_open(const struct park_config *config, struct park **out, struct error *err);
int park_start(struct park *p, struct error *err);
/* Ends the thread; held packets are dropped. */
void park_close(struct park *p);

/* From now on packets for the session are kept. Held already: the longest time starts anew. */
int park_hold(struct park *p, in_addr_t session, struct error *err);
/* Replays, calls `flip` (with the lock held), replays what came in between. When `flip` fails the session stays held
 * and the failure is returned. Not held: `flip` only; `out` then has what a hold that expired had dropped. */
int park_release(struct park *p, in_addr_t session, int (*flip)(in_addr_t session, void *data, struct error *err),
                 void *data, mobidesk_hold_stats *out, struct error *err);
/* Drops what is held. Not held: nothing. */
void park_forget(struct park *p, in_addr_t session);

#endif
