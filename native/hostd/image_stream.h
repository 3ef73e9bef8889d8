/*
 * The frames of an image stream; their meaning is image_archive.h's, the bytes are described in
 * docs/checkpoint-image.md. Each frame has a header of 16 bytes and content; in a sealed stream the content is
 * encrypted and a tag of 16 bytes follows, which also covers header, number of the frame, session, epoch and the file's
 * name.
 */
#ifndef MOBIDESK_IMAGE_STREAM_H
#define MOBIDESK_IMAGE_STREAM_H

#include "error.h"
#include "image_keys.h"

#include <stdbool.h>
#include <stdint.h>

#define IMAGE_CHUNK (1u << 20)
#define IMAGE_FILES_MAX 16384u
#define IMAGE_NAME_MAX 96
#define IMAGE_MANIFEST_MAX (8u << 20)
#define IMAGE_TAG 16
#define IMAGE_STREAM_HELD (32u << 10)

enum image_frame_kind {
  IMAGE_FRAME_FILE = 1,      /* content: a file's name; its number is that of the FILE frames before */
  IMAGE_FRAME_CHUNK = 2,     /* content: what comes next in file `file`, packed */
  IMAGE_FRAME_MANIFEST = 3,  /* content: JSON; no file or chunk follows */
  IMAGE_FRAME_SIGNATURE = 4, /* content: digest of the public key, signature */
  IMAGE_FRAME_END = 5        /* no content, and nothing after it */
};

enum image_packing { IMAGE_PLAIN = 0, IMAGE_LZ4 = 1, IMAGE_ZSTD = 2 };

struct image_frame {
  uint8_t kind, packing;
  uint32_t file;         /* of a chunk */
  uint32_t size, stored; /* bytes of the content, before and after packing */
  uint64_t number;       /* in the stream */
  unsigned char tag[IMAGE_TAG];
};

struct image_stream {
  int fd;
  char id[MOBIDESK_ID_SIZE];
  uint64_t epoch;
  bool sealed;
  char key_id[IMAGE_STORAGE_KEY_ID];
  unsigned char key[32]; /* of this stream alone */
  uint64_t bytes;        /* written or read */
  size_t held;           /* of `out`, which is not written yet */
  unsigned char out[IMAGE_STREAM_HELD];
};

/* Writes the head of a stream; `key_id` NULL: not sealed. */
int image_stream_begin(struct image_stream *s, int fd, const char *id, uint64_t epoch, const struct image_keys *keys,
                       const char *key_id, struct error *err);

/* Reads the head, which must be of this session, epoch and kind. MOBIDESK_CORRUPT, MOBIDESK_UNSUPPORTED (no such key).
 */
int image_stream_expect(struct image_stream *s, int fd, const char *id, uint64_t epoch, const struct image_keys *keys,
                        bool sealed, struct error *err);
void image_stream_end(struct image_stream *s);

/* Encrypts or decrypts content in place, in a sealed stream; else does nothing. `name` is the file's, or "". Threads
 * may do so with different frames of one stream. */
int image_stream_seal(const struct image_stream *s, struct image_frame *f, const char *name, void *content,
                      struct error *err);
int image_stream_unseal(const struct image_stream *s, const struct image_frame *f, const char *name, void *content,
                        struct error *err);

/* Small frames are held until more have come, or image_stream_flush. */
int image_stream_put(struct image_stream *s, const struct image_frame *f, const void *content, struct error *err);
int image_stream_flush(struct image_stream *s, struct error *err);

/* Reads and checks a header, then the content and tag. `about` is what the stream was about when it ended early. */
int image_stream_get(struct image_stream *s, struct image_frame *f, const char *about, struct error *err);
int image_stream_get_content(struct image_stream *s, struct image_frame *f, void *content, const char *about,
                             struct error *err);

/* Nothing may follow. */
int image_stream_expect_eof(struct image_stream *s, struct error *err);

#endif
