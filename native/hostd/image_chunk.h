/*
 * A chunk on its way into a stream, or out of it: a piece of a file, packed and encrypted; and the digest of a file,
 * which is made of those of its chunks.
 */
#ifndef MOBIDESK_IMAGE_CHUNK_H
#define MOBIDESK_IMAGE_CHUNK_H

#include "error.h"
#include "image_stream.h"

#include <openssl/evp.h>

#define IMAGE_DIGEST 32

/* Content that is not worth a thread of its own: all of CRIU's files but those of pages. */
#define IMAGE_SMALL (64u << 10)

/* A file of an image while it is streamed. */
struct image_file {
  char name[IMAGE_NAME_MAX + 1];
  uint64_t size;      /* so far */
  EVP_MD_CTX *digest; /* of the chunks so far */
  struct image_file *next;
};

struct image_chunk {
  struct image_file *file;
  uint64_t offset;
  struct image_frame frame;
  unsigned char *plain, *packed; /* IMAGE_CHUNK bytes, and what packing may make of them */
  unsigned char digest[IMAGE_DIGEST];
};

/* Gives it its memory, unless it has it. */
int image_chunk_make(struct image_chunk *c, struct error *err);
void image_chunk_free(struct image_chunk *c);

/* Where the content of its frame is. */
static inline unsigned char *image_chunk_content(struct image_chunk *c) {
  return c->frame.packing == IMAGE_PLAIN ? c->plain : c->packed;
}

/* Reads `frame.size` bytes of the file in `dir`, packs, takes the digest and encrypts. */
int image_chunk_pack(struct image_chunk *c, const struct image_stream *s, const char *dir, enum image_packing packing,
                     struct error *err);

/* The other way round. */
int image_chunk_unpack(struct image_chunk *c, const struct image_stream *s, const char *dir, struct error *err);

/* Adds a chunk to the digest of its file; in the order of the file's chunks. */
int image_file_add(struct image_file *f, const struct image_chunk *c, struct error *err);

/* A new file at `*at`, which must be NULL; the digest as hexadecimal digits; the end of a list. */
struct image_file *image_file_new(const char *name, struct error *err);
int image_file_digest(struct image_file *f, char out[2 * IMAGE_DIGEST + 1], struct error *err);
void image_file_free_all(struct image_file *first);

/* Gives what the threads of a stream had, and the allocator keeps for each of them, back to the kernel. */
void image_chunk_return_memory(void);

#endif
