/*
 * Periodic timers that had expired, and had not been read, when a session was dumped.
 *
 * The kernel rearms such a timerfd when it is read, and says until then that no time is left; CRIU 4.2 takes this for a
 * timer that is not armed, and it never fires again after the restore. Here it gets a nanosecond: it expires once more
 * at once, and goes on.
 */
#ifndef MOBIDESK_CRIU_TIMERS_H
#define MOBIDESK_CRIU_TIMERS_H

#include "error.h"

/* Changes DIR/files.img in place. */
int criu_timers_rearm(const char *dir, struct error *err);

#endif
