/*
 * The copy of a session that runs on, on its way from the dump to the storage (decision 17): the image in memory and a
 * snapshot of the disk that is not kept yet. There is one at most, that of session_record.image_epoch.
 *
 * The caller has begun an operation on the session (session.h), which runs, unless it says otherwise.
 */
#ifndef MOBIDESK_IMAGE_COPY_H
#define MOBIDESK_IMAGE_COPY_H

#include "config.h"
#include "error.h"
#include "session.h"

/* It was stored: nothing of it stays in memory. */
int image_copy_forget(const struct config *config, struct session *s, struct error *err);

/* It could not be stored. Nothing of it stays anywhere; what was stored before does. */
void image_copy_give_up(const struct config *config, struct session *s);

/* Before the next one of session `id`, at `epoch`, and before the session is begun: one that nobody came for is given
 * up. MOBIDESK_UNSUPPORTED when this server cannot store images: then the session is not stopped for nothing. */
int image_copy_prepare(const struct config *config, const char *id, uint64_t epoch, struct error *err);

/* Removes what was stored of session `id` before `epoch`, images with their snapshots, whatever the session does. */
int image_copy_prune(const struct config *config, const char *id, uint64_t epoch, struct error *err);

#endif
