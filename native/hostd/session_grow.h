/*
 * A session's disk becomes larger, while the session runs.
 */
#ifndef MOBIDESK_SESSION_GROW_H
#define MOBIDESK_SESSION_GROW_H

#include "config.h"
#include "error.h"

#include <stdbool.h>
#include <stdint.h>

/* Makes the disk of session `id` `bytes` large. Applications go on while the file system grows, but where this daemon
 * may not resize a mounted one: there the session stands still for the time of a checkpoint and a restore in place, and
 * `*stopped` says so. A disk that is not mounted grows when it is next mounted. Done before: success. MOBIDESK_INVALID
 * when the disk is larger; MOBIDESK_STALE_EPOCH. */
int session_grow(const struct config *config, const char *id, uint64_t epoch, uint64_t bytes, bool *stopped,
                 struct error *err);

#endif
