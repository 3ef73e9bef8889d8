/*
 * The disk of a session that is about to be restored. Disk and image belong together: one is worth nothing without the
 * other.
 */
#ifndef MOBIDESK_RESTORE_DISK_H
#define MOBIDESK_RESTORE_DISK_H

#include "config.h"
#include "error.h"
#include "session.h"

/* Within an operation on `s`: the disk becomes this server's, is in order, and as it was when the image was made, which
 * says `generation`. MOBIDESK_CONFLICT when another server has it, or a session has run on it since. */
int restore_disk_take(const struct config *config, const struct session *s, const struct spec *spec,
                      uint64_t generation, struct error *err);

#endif
