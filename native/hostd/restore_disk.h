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

/*
 * Until a restored session has been seen to live its image must be of use, and an image fits its disk as it was at the
 * dump only: CRIU removes what it had linked there for files without names, and the processes write. So a copy is kept
 * meanwhile, where the storage has reflinks or the disk is very small. Else it is as the dead session left it, as after
 * a crash, and its image may not fit it any more.
 */
void restore_disk_guard(const struct config *config, const char *id, uint64_t epoch);

/* It is dead, and has let go of its disk: the disk is as it was. */
void restore_disk_revert(const struct config *config, const char *id, uint64_t epoch);

/* It lives. The snapshot of a stored image stays. */
void restore_disk_unguard(const struct config *config, const char *id, uint64_t epoch);

#endif
