/*
 * Copies of session disks. Where the storage can share blocks between files (XFS, btrfs, NFS 4.2, ...) a copy is a
 * reflink and takes milliseconds, whatever its size; elsewhere what is allocated is copied, holes stay holes.
 */
#ifndef MOBIDESK_DISK_COPY_H
#define MOBIDESK_DISK_COPY_H

#include "error.h"

#include <stdbool.h>
#include <stdint.h>

struct disk_copy {
  uint64_t bytes; /* copied; 0 when blocks are shared */
  uint64_t us;    /* time that it took */
  bool shared;    /* a reflink */
};

/* Makes `to`, in the place of what may be there, as `from` is now. Nobody may write to `from` meanwhile. Not durable
 * until disk_copy_publish. */
int disk_copy(const char *from, const char *to, struct disk_copy *out, struct error *err);

/* Whether a copy of `from` that is no reflink would have at most `most_bytes`; false when that cannot be told. */
bool disk_copy_is_small(const char *from, uint64_t most_bytes);

/* Whether a copy of `from` in directory `dir` would be a reflink. */
bool disk_copy_shares(const char *from, const char *dir);

/* Writes what was copied to `path` durably, then gives it the name `name`. */
int disk_copy_publish(const char *path, const char *name, struct error *err);

#endif
