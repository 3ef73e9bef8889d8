/*
 * Notices that a session ends by itself: one waiting thread for each session that runs.
 */
#ifndef MOBIDESK_WATCH_H
#define MOBIDESK_WATCH_H

#include "config.h"
#include "error.h"
#include "session.h"

/* Within an operation: watches the session's present first process. When it ends while the record still says that it
 * runs, the session becomes EXITED, its resources are released and the event is announced. */
int watch_start(const struct config *config, const struct session *s, struct error *err);

/* Releases what a session without processes still has here: link, control group, disk. Failures are logged. */
void watch_release(const struct config *config, const struct session_record *record);

#endif
