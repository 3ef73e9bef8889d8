/*
 * The highest epoch that was seen of each session, in STATE_DIR/epochs/ID. It stays when the session has moved on and
 * its record is gone: an image, or a command, of an older epoch is refused also then. Any thread.
 */
#ifndef MOBIDESK_EPOCHS_H
#define MOBIDESK_EPOCHS_H

#include "config.h"
#include "error.h"

#include <stdint.h>

/* MOBIDESK_STALE_EPOCH when `epoch` is older than what was seen. */
int epochs_check(const struct config *config, const char *id, uint64_t epoch, struct error *err);

/* Remembers `epoch`, durably, unless a higher one was seen. */
int epochs_remember(const struct config *config, const char *id, uint64_t epoch, struct error *err);

/* The session has ended for good. Absent: success. */
int epochs_forget(const struct config *config, const char *id, struct error *err);

#endif
