/*
 * What two servers know of a session disk that is sent from one to the other: the digest of each of its blocks. A block
 * of zeros is as good as a hole, and has the digest 0. Who has the digests of what was sent need not read it again at
 * the other end to say whether both have the same.
 */
#ifndef MOBIDESK_DISK_BLOCKS_H
#define MOBIDESK_DISK_BLOCKS_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ext4 writes 4 KiB; a digest of each of those would be a hundredth of the disk. */
#define DISK_BLOCK (64u << 10)
#define DISK_DIGEST 32

struct disk_blocks {
  uint64_t size; /* of the disk, bytes */
  uint32_t count;
  unsigned char (*digests)[DISK_DIGEST];
  uint8_t *seen; /* 1: in this pass */
};

/* Makes room for a disk of `size` bytes; what is known of a smaller one stays. MOBIDESK_INVALID for a smaller one. */
int disk_blocks_resize(struct disk_blocks *b, uint64_t size, struct error *err);
void disk_blocks_free(struct disk_blocks *b);

/* A pass begins: no block was seen. */
void disk_blocks_begin(struct disk_blocks *b);

/* Bytes of block `i`: the last one may be shorter. */
uint32_t disk_blocks_length(const struct disk_blocks *b, uint32_t i);

bool disk_blocks_hole(const struct disk_blocks *b, uint32_t i);

/* The digest of a block (SHA-256, or 0). Any thread. */
int disk_blocks_digest(const unsigned char *data, size_t size, unsigned char out[DISK_DIGEST], struct error *err);

/* The digest of the whole disk, which is that of its size and of the digests of its blocks. */
int disk_blocks_root(const struct disk_blocks *b, unsigned char out[DISK_DIGEST], struct error *err);

#endif
