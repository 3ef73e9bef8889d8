/*
 * Session disks as they were at a checkpoint: STORAGE_DIR/snapshots/ID.EPOCH.ext4, beside each a JSON file with the
 * generation (disk_lease.h) that the image of that epoch fits. Image and snapshot together are what a session can go
 * back to, whatever has happened to its disk since.
 *
 * How to take one:
 * - of a session that was checkpointed and has let go of its disk: disk_snapshot_take, disk_snapshot_keep;
 * - of a session that runs on: stop its processes, sync its disk, disk_snapshot_take, let them run, and then, without
 *   hurry, disk_snapshot_keep; disk_lease_confirm gives the disk a new generation, as the image is of the past now.
 *   Such a snapshot has a journal to replay, which the mount does.
 *
 * The caller has begun an operation on the session (session.h).
 */
#ifndef MOBIDESK_DISK_SNAPSHOT_H
#define MOBIDESK_DISK_SNAPSHOT_H

#include "config.h"
#include "disk_copy.h"
#include "error.h"

#include <stdbool.h>
#include <stdint.h>

/* Copies the disk of session `id` as it is now; it is no snapshot yet. Done before: success, `*out` is zero. */
int disk_snapshot_take(const struct config *config, const char *id, uint64_t epoch, struct disk_copy *out,
                       struct error *err);

/* Makes what was taken durable and a snapshot. Done before: success. */
int disk_snapshot_keep(const struct config *config, const char *id, uint64_t epoch, struct error *err);

bool disk_snapshot_present(const struct config *config, const char *id, uint64_t epoch);

/* The disk of `id` becomes a copy of the snapshot, under a new inode, and nobody has its lease: who had it before, on
 * whatever server, no longer has what this session mounts. The snapshot stays. MOBIDESK_NOT_FOUND. */
int disk_snapshot_put_back(const struct config *config, const char *id, uint64_t epoch, struct disk_copy *out,
                           struct error *err);

/* A new session `id` gets a copy of what session `from` had on its disk at `epoch`. MOBIDESK_CONFLICT when it has a
 * disk. The copy has the snapshot's generation, so that its image fits. */
int disk_snapshot_clone(const struct config *config, const char *from, uint64_t epoch, const char *id,
                        struct disk_copy *out, struct error *err);

/* Takes the disk of `id` away from a server that does not answer: the disk as it is now goes under a new inode, and
 * nobody has its lease. */
int disk_fence(const struct config *config, const char *id, struct disk_copy *out, struct error *err);

/* Removes one, or all of a session; what was taken and not kept too. Absent: success. */
int disk_snapshot_remove(const struct config *config, const char *id, uint64_t epoch, struct error *err);
int disk_snapshot_remove_all(const struct config *config, const char *id, struct error *err);

/* Bytes allocated by all snapshots of a session. */
uint64_t disk_snapshot_bytes(const struct config *config, const char *id);

#endif
