/*
 * The source's part of a move, and of a checkpoint that stays.
 */
#ifndef MOBIDESK_CHECKPOINT_H
#define MOBIDESK_CHECKPOINT_H

#include "config.h"
#include "error.h"

#include <stdbool.h>
#include <stdint.h>

int checkpoint_sync(const struct config *config, const char *id, uint64_t epoch, struct error *err);
/* `ahead`: what was sent ahead of the session's memory (precopy.h) is left out of its image. */
int checkpoint_session(const struct config *config, const char *id, uint64_t epoch, bool ahead,
                       struct mobidesk_checkpoint_stats *out, struct error *err);
/* Takes image and disk of a session that runs on, as of `new_epoch`; it stands still meanwhile. image.store keeps
 * them. */
int checkpoint_copy(const struct config *config, const char *id, uint64_t epoch, uint64_t new_epoch,
                    struct mobidesk_checkpoint_stats *out, struct error *err);
int checkpoint_reap(const struct config *config, const char *id, uint64_t epoch, struct error *err);

#endif
