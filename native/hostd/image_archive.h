/*
 * An image as a stream of bytes. All integers are little-endian.
 *
 *   "MDIMAGE1", u32 packing (enum image_packing), u32 number of files
 *   for each file: u8 length of its name, the name, u64 size
 *   for each file, for each of its chunks (1 MiB, the last one shorter): u32 stored size, the bytes. A stored size that
 *     equals the chunk's size means that they are plain, a smaller one that they are packed
 *   for each file: SHA-256 of its name, its u64 size and the SHA-256 of each of its chunks as stored, so that all
 *     processors can take part
 *   "MDIMAGE."
 *
 * Names are manifest.json and CRIU's *.img; anything else is refused, and so is whatever would not fit.
 */
#ifndef MOBIDESK_IMAGE_ARCHIVE_H
#define MOBIDESK_IMAGE_ARCHIVE_H

#include "error.h"

#include <stdint.h>

/* LZ4 is what a stopped session is sent with: on 83 MB of a desktop it took a third of the time of zstd's fastest
 * useful level, for 19 instead of 11 MB. zstd is for images that are kept. */
enum image_packing { IMAGE_LZ4 = 1, IMAGE_ZSTD = 2 };

/* Writes the image in directory `dir` to `fd`; `*bytes` is what the stream has. */
int image_archive_write(const char *dir, enum image_packing packing, int fd, uint64_t *bytes, struct error *err);

/* Reads a stream to its end into the empty directory `dir`, at most `limit` bytes of files. Returns after all of it was
 * verified; `*bytes` is what the files have. MOBIDESK_CORRUPT, MOBIDESK_NO_SPACE. */
int image_archive_read(const char *dir, int fd, uint64_t limit, uint64_t *bytes, struct error *err);

#endif
