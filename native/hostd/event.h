/*
 * What happened to sessions, numbered. The last EVENTS_KEPT are kept, on disk too, so that a subscriber that was away,
 * or a daemon that was restarted, misses nothing. Any thread.
 */
#ifndef MOBIDESK_EVENT_H
#define MOBIDESK_EVENT_H

#include "error.h"

#include <stdint.h>

#define EVENTS_KEPT 1024

/* Reads `state_dir/events`. */
int event_open(const char *state_dir, struct error *err);

/* Numbers, stores and announces an event. A failure to store is logged: the thing has happened anyway. */
void event_add(enum mobidesk_event_kind kind, const char *session, uint64_t epoch, int exit_status,
               const char *message);

/* Sends all events above `after` as frames, then new ones as they happen, until the client goes away. */
void event_stream(int fd, uint64_t after);

#endif
