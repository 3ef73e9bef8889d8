/*
 * The target's part of a move: reserve, restore and hold, then resume or abort.
 *
 * A held session is a thread that waits in CRIU's "post-restore" notification: all processes exist, none has run. The
 * thread goes on when resume or abort has decided. When the daemon dies before that, CRIU loses its peer and ends them
 * all.
 */
#ifndef MOBIDESK_RESTORE_H
#define MOBIDESK_RESTORE_H

#include "config.h"
#include "error.h"
#include "session.h"

int restore_reserve(const struct config *config, const struct spec *spec, uint64_t image_bytes, const json_t *needs,
                    struct error *err);
int restore_session(const struct config *config, const struct spec *spec, struct mobidesk_restore_stats *out,
                    struct error *err);
int restore_resume(const struct config *config, const char *id, uint64_t new_epoch, struct mobidesk_restore_stats *out,
                   struct error *err);
int restore_abort(const struct config *config, const char *id, uint64_t epoch, struct error *err);

/* Within an operation: restores and holds a session whose image has just arrived, before it is asked for. */
int restore_arrived(const struct config *config, struct session *s, struct error *err);

/* Within an operation: lets such a session run, at its own epoch. */
int restore_go_on(const struct config *config, struct session *s, struct error *err);

/* Within an operation: ends a held session's processes; nothing when none is held. */
void restore_cancel(struct session *s);

#endif
