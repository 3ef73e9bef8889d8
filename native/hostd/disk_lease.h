/*
 * Who may mount a session disk: STORAGE_DIR/disks/ID.lease, a small JSON file beside the disk. Of all servers that
 * share the storage one at most has the lease, and only who has it mounts the disk; ext4 mounted twice is destroyed.
 * Changes are made under a lock of the file (an OFD lock, which network file systems have too).
 *
 * A lease is first taken, for a session that is being restored and has not run, and then confirmed, when it runs. It
 * stays in the file while its daemon is down, because the session goes on. To take a disk away from a server that does
 * not answer any more, the disk is put under a new inode (disk_snapshot.h: disk_fence, disk_snapshot_put_back): what
 * the old server still writes reaches the old one, which has no name any more.
 */
#ifndef MOBIDESK_DISK_LEASE_H
#define MOBIDESK_DISK_LEASE_H

#include "config.h"
#include "error.h"
#include "identity.h"

#include <stdbool.h>
#include <stdint.h>

struct disk_lease {
  char server[IDENTITY_SIZE]; /* who has the disk; empty: nobody */
  char place[80];             /* the same for people: INSTANCE on HOST */
  uint64_t epoch;             /* the highest of the session in which the lease was taken, by whoever */
  /* Which of its states the disk is in: another number each time that a session begins to run on it, so that an image
   * with the same number fits. Microseconds since 1970, always growing. 0: no session ever ran on it. */
  uint64_t generation;
  bool confirmed; /* the session runs; else it is held before its first instruction */
};

/* What the file says; all zero when there is none. */
int disk_lease_read(const struct config *config, const char *id, struct disk_lease *out, struct error *err);

/* Takes the lease. When this server has it already, success. MOBIDESK_CONFLICT, with the place, when another has. */
int disk_lease_take(const struct config *config, const char *id, uint64_t epoch, struct error *err);

/* The session runs, or, when it ran before, runs on after a checkpoint: the disk gets a new generation.
 * MOBIDESK_CONFLICT when this server has lost the lease: the session must not run. */
int disk_lease_confirm(const struct config *config, const char *id, uint64_t epoch, struct error *err);

/* Waits until the confirmed lease would survive a crash of the storage. */
int disk_lease_sync(const struct config *config, const char *id, struct error *err);

/* Gives the lease back; nothing happens when this server has none. */
int disk_lease_release(const struct config *config, const char *id, struct error *err);

/* MOBIDESK_CONFLICT unless this server has the lease. */
int disk_lease_check(const struct config *config, const char *id, struct error *err);

/* A session that was confirmed has not run after all: the disk is in the state of `generation` still. Nothing happens
 * when another server has taken the lease since. */
int disk_lease_withdraw(const struct config *config, const char *id, uint64_t generation, struct error *err);

/* For those who have put the disk under a new inode: nobody has it, and it is in the state of `generation`. */
int disk_lease_reset(const struct config *config, const char *id, uint64_t generation, struct error *err);

/* Removes the file. Absent: success. */
int disk_lease_remove(const struct config *config, const char *id, struct error *err);

#endif
