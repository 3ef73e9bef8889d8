/*
 * Taking in one pass of a session disk (disk_stream.h), whoever sent it: into a file that is no session's disk yet.
 */
#ifndef MOBIDESK_DISK_PASS_H
#define MOBIDESK_DISK_PASS_H

#include "disk_stream.h"

#include <stdatomic.h>

/* What has come of a disk so far. */
struct disk_arrival {
  unsigned char pass[DISK_PASS]; /* the last one; zeros: nothing is here */
  struct disk_blocks blocks;
  atomic_bool cancelled; /* a pass that is under way is to fail */
};

/* What the receiver asks for. */
struct disk_terms {
  const char *id;
  uint64_t epoch, quota; /* bytes */
  const char *storage;   /* the receiver's own: a disk that is there already is not sent */
  const struct image_keys *keys;
};

/* Reads a pass of which the head was read into the file `path`, which the first one makes. On failure the file is gone,
 * and so is what is known of it: the next pass must be a whole one. MOBIDESK_CORRUPT; MOBIDESK_CONFLICT for a pass that
 * fits another one than came last, or a disk that is here; MOBIDESK_NO_SPACE for more than the quota. */
int disk_pass_take(struct disk_arrival *a, const struct disk_terms *terms, const struct disk_head *head, int fd,
                   const char *path, struct disk_end *end, uint64_t *bytes, struct error *err);

/* Removes the file, and all that is known of it. */
void disk_pass_forget(struct disk_arrival *a, const char *path);

#endif
