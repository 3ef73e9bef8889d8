/*
 * One pass of a session disk from a server to another whose storage is not the same: a head, frames, an end. The first
 * pass has all of the disk; one that follows has what has changed since the one that it names, and fits nothing else.
 * All but the last one are sent while the session runs and writes, and need not be a disk that could be mounted. The
 * end has the digest of the whole disk and is signed as images are (image_keys.h): who sends a disk has a kernel mount
 * it.
 *
 * The bytes are described in docs/checkpoint-image.md.
 */
#ifndef MOBIDESK_DISK_STREAM_H
#define MOBIDESK_DISK_STREAM_H

#include "disk_blocks.h"
#include "error.h"
#include "identity.h"
#include "image_keys.h"

#include <stdbool.h>
#include <stdint.h>

#define DISK_PASS 16  /* bytes of the name of a pass */
#define DISK_FRAME 16 /* bytes of a frame's header */

enum disk_frame_kind {
  DISK_FRAME_DATA = 1, /* content: block `block`, of `size` bytes, in LZ4 when `stored` is less */
  DISK_FRAME_HOLE = 2, /* no content: block `block` has nothing but zeros now */
  DISK_FRAME_END = 3   /* content: struct disk_end */
};

struct disk_frame {
  uint8_t kind;
  uint32_t block, size, stored;
};

/* What a pass is of. */
struct disk_head {
  char id[MOBIDESK_ID_SIZE];
  uint64_t epoch;
  uint64_t size;                 /* of the disk */
  bool last;                     /* the session has been stopped, and has let go of its disk */
  unsigned char base[DISK_PASS]; /* the pass that it follows; zeros: none, it has all of the disk */
  unsigned char pass[DISK_PASS]; /* random */
  char storage[IDENTITY_SIZE];   /* where it is sent from */
};

struct disk_end {
  unsigned char root[DISK_DIGEST]; /* of the disk as it is after this pass */
  uint64_t generation;             /* of the last one: as the lease has it (disk_lease.h) */
};

bool disk_head_whole(const struct disk_head *h);

int disk_stream_put_head(int fd, const struct disk_head *h, struct error *err);

/* MOBIDESK_CONFLICT when the stream ends before its first byte: nothing was sent. MOBIDESK_CORRUPT. */
int disk_stream_get_head(int fd, struct disk_head *h, struct error *err);

void disk_frame_pack(const struct disk_frame *f, unsigned char out[DISK_FRAME]);

/* Reads and checks a header: a block that the disk has, a length that it can have. */
int disk_stream_get_frame(int fd, const struct disk_blocks *b, struct disk_frame *f, struct error *err);

/* Reads `size` bytes of content. */
int disk_stream_get(int fd, void *data, size_t size, struct error *err);

int disk_stream_put_end(int fd, const struct disk_head *h, const struct disk_end *e, const struct image_keys *keys,
                        struct error *err);

/* After the header of the end: reads it, checks whose it is, and that nothing follows. */
int disk_stream_get_end(int fd, const struct disk_head *h, struct disk_end *e, const struct image_keys *keys,
                        struct error *err);

#endif
