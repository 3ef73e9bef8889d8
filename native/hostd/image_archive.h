/*
 * An image as a stream: files in chunks, then the manifest, then its signature (docs/checkpoint-image.md). The manifest
 * has the size and the digest of each file, so one signature covers all, and a stream can be begun before it is known
 * what will be in it.
 *
 * The reader writes what it reads to a directory that is empty before; nothing in it may be looked at before the whole
 * stream has been verified, which is when the reader returns. What it refuses is MOBIDESK_CORRUPT, with the file's
 * name.
 */
#ifndef MOBIDESK_IMAGE_ARCHIVE_H
#define MOBIDESK_IMAGE_ARCHIVE_H

#include "error.h"
#include "image_keys.h"
#include "image_stream.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define IMAGE_MANIFEST "manifest.json"

/* What a stream is of, and how it is made. */
struct image_archive {
  const char *dir; /* of the image's files */
  int fd;          /* of the stream */
  const char *id;
  uint64_t epoch;
  const struct image_keys *keys;
  enum image_packing packing; /* writing: LZ4 for a stopped session that waits, zstd for what is kept */
  bool sealed;                /* encrypted with the current storage key; reading: must be */
  bool followed;              /* reading: what follows the end is the caller's; else nothing may */
};

/* CRIU's files and nothing else: [A-Za-z0-9-_.]*.img, not beginning with a dot. */
bool image_archive_takes(const char *name);

/* ---- writing ---- */

struct image_writer;

/* Begins a stream. What `archive` points to must outlive the writer. */
int image_writer_open(const struct image_archive *archive, struct image_writer **out, struct error *err);

/* Streams what of file `name` lies between what was streamed of it before and `end`. Files may take turns and may still
 * grow, but what was streamed must not change any more. Returns when all of it is under way; one thread at a time. */
int image_writer_append(struct image_writer *w, const char *name, uint64_t end, struct error *err);

/* All that is in the directory and was not streamed yet, small files first. */
int image_writer_append_all(struct image_writer *w, struct error *err);

/* Adds "files" to `manifest`, signs it and ends the stream; `*bytes` is what the stream has. */
int image_writer_finish(struct image_writer *w, json_t *manifest, uint64_t *bytes, struct error *err);

/* Also in the middle: then the stream has no end, and no reader takes it. NULL is fine. */
void image_writer_close(struct image_writer *w);

/* All of a directory, with the manifest that is in it. */
int image_archive_write(const struct image_archive *archive, uint64_t *bytes, struct error *err);

/* ---- reading ---- */

/* Reads a stream to its end, at most `limit` bytes of files, and verifies it. Then, and only then, the directory has
 * the manifest. `*bytes` is what the files have. MOBIDESK_CORRUPT, MOBIDESK_NO_SPACE, MOBIDESK_UNSUPPORTED (sealed by a
 * key that is not here). */
int image_archive_read(const struct image_archive *archive, uint64_t limit, uint64_t *bytes, struct error *err);

#endif
