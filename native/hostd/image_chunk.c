#include "image_chunk.h"

#include "clean.h"
#include "files.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lz4.h>
#include <malloc.h>
#include <string.h>
#include <zstd.h>

/* The higher levels of zstd save little of an image. */
#define ZSTD_LEVEL 1

static int no_memory(struct error *err) { return error_set(err, MOBIDESK_NO_SPACE, "no memory for an image stream"); }

/* Room for what either way of packing makes of a chunk at worst. */
static size_t packed_bound(void) {
  size_t lz4 = (size_t)LZ4_COMPRESSBOUND(IMAGE_CHUNK), zstd = ZSTD_COMPRESSBOUND(IMAGE_CHUNK);
  return lz4 > zstd ? lz4 : zstd;
}

int image_chunk_make(struct image_chunk *c, struct error *err) {
  if (!c->plain)
    c->plain = malloc(IMAGE_CHUNK);
  if (!c->packed)
    c->packed = malloc(packed_bound());
  return c->plain && c->packed ? 0 : no_memory(err);
}

void image_chunk_free(struct image_chunk *c) {
  free(c->plain);
  free(c->packed);
}

static int sha256(const void *data, size_t size, unsigned char out[IMAGE_DIGEST], struct error *err) {
  return EVP_Digest(data, size, out, NULL, EVP_sha256(), NULL) == 1
             ? 0
             : error_set(err, MOBIDESK_INTERNAL, "SHA-256 is not available");
}

/* Returns the packed size, or 0 when it does not get smaller. */
static uint32_t compress(struct image_chunk *c, enum image_packing packing) {
  uint32_t size = c->frame.size;
  if (packing == IMAGE_LZ4) {
    int n = LZ4_compress_default((char *)c->plain, (char *)c->packed, (int)size, (int)packed_bound());
    return n > 0 && (uint32_t)n < size ? (uint32_t)n : 0;
  }
  size_t n = packing == IMAGE_ZSTD ? ZSTD_compress(c->packed, packed_bound(), c->plain, size, ZSTD_LEVEL) : size;
  return ZSTD_isError(n) || n >= size ? 0 : (uint32_t)n;
}

static bool expand(struct image_chunk *c) {
  const struct image_frame *f = &c->frame;
  if (f->packing == IMAGE_LZ4)
    return LZ4_decompress_safe((char *)c->packed, (char *)c->plain, (int)f->stored, (int)f->size) == (int)f->size;
  return f->packing == IMAGE_PLAIN || ZSTD_decompress(c->plain, f->size, c->packed, f->stored) == f->size;
}

static int open_file(const char *dir, const char *name, int flags, struct error *err) {
  char path[PATH_MAX];
  if (files_path(path, sizeof path, err, "%s/%s", dir, name) < 0)
    return -1;
  int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW);
  return fd >= 0 ? fd : error_sys(err, "opening `%s`", path);
}

int image_chunk_pack(struct image_chunk *c, const struct image_stream *s, const char *dir, enum image_packing packing,
                     struct error *err) {
  struct image_frame *f = &c->frame;
  cleanup_close int fd = open_file(dir, c->file->name, O_RDONLY, err);
  if (fd < 0)
    return -1;
  errno = 0;
  if (pread(fd, c->plain, f->size, (off_t)c->offset) != (ssize_t)f->size)
    return error_sys(err, "reading %u bytes at %lu of `%s/%s`", f->size, c->offset, dir, c->file->name);
  uint32_t packed = compress(c, packing);
  f->packing = packed ? packing : IMAGE_PLAIN;
  f->stored = packed ? packed : f->size;
  return sha256(image_chunk_content(c), f->stored, c->digest, err) < 0
             ? -1
             : image_stream_seal(s, f, c->file->name, image_chunk_content(c), err);
}

int image_chunk_unpack(struct image_chunk *c, const struct image_stream *s, const char *dir, struct error *err) {
  const struct image_frame *f = &c->frame;
  if (image_stream_unseal(s, f, c->file->name, image_chunk_content(c), err) < 0 ||
      sha256(image_chunk_content(c), f->stored, c->digest, err) < 0)
    return -1;
  if (!expand(c))
    return error_set(err, MOBIDESK_CORRUPT, "`%s` of the image does not unpack, at byte %lu", c->file->name, c->offset);
  cleanup_close int fd = open_file(dir, c->file->name, O_WRONLY, err);
  if (fd < 0)
    return -1;
  ssize_t n = pwrite(fd, c->plain, f->size, (off_t)c->offset);
  if (n >= 0 && n < (ssize_t)f->size)
    errno = ENOSPC;
  return n == (ssize_t)f->size ? 0 : error_sys(err, "writing `%s/%s`", dir, c->file->name);
}

int image_file_add(struct image_file *f, const struct image_chunk *c, struct error *err) {
  uint32_t how[3] = {htole32(c->frame.size), htole32(c->frame.stored), htole32(c->frame.packing)};
  return EVP_DigestUpdate(f->digest, how, sizeof how) == 1 &&
                 EVP_DigestUpdate(f->digest, c->digest, sizeof c->digest) == 1
             ? 0
             : error_set(err, MOBIDESK_INTERNAL, "SHA-256 is not available");
}

struct image_file *image_file_new(const char *name, struct error *err) {
  struct image_file *f = calloc(1, sizeof *f);
  if (f)
    f->digest = EVP_MD_CTX_new();
  if (!f || !f->digest || EVP_DigestInit_ex(f->digest, EVP_sha256(), NULL) != 1) {
    image_file_free_all(f);
    no_memory(err);
    return NULL;
  }
  snprintf(f->name, sizeof f->name, "%s", name);
  return f;
}

int image_file_digest(struct image_file *f, char out[2 * IMAGE_DIGEST + 1], struct error *err) {
  unsigned char digest[IMAGE_DIGEST];
  if (EVP_DigestFinal_ex(f->digest, digest, NULL) != 1)
    return error_set(err, MOBIDESK_INTERNAL, "SHA-256 is not available");
  for (int i = 0; i < IMAGE_DIGEST; i++)
    snprintf(out + 2 * (size_t)i, 3, "%02x", digest[i]);
  return 0;
}

void image_file_free_all(struct image_file *f) {
  while (f) {
    struct image_file *next = f->next;
    EVP_MD_CTX_free(f->digest);
    free(f);
    f = next;
  }
}

void image_chunk_return_memory(void) { malloc_trim(0); }
