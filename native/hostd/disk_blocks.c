#include "disk_blocks.h"

#include <endian.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char hole[DISK_DIGEST];

/* Keeps a size that nobody has from making a table that nobody has room for: 16 TiB. */
#define BLOCKS_MAX (1u << 28)

int disk_blocks_resize(struct disk_blocks *b, uint64_t size, struct error *err) {
  uint64_t count = size / DISK_BLOCK + (size % DISK_BLOCK != 0);
  if (size < b->size || count == 0 || count > BLOCKS_MAX)
    return error_set(err, MOBIDESK_INVALID, "a session disk of %lu bytes cannot become one of %lu", b->size, size);
  void *digests = reallocarray(b->digests, count, sizeof *b->digests);
  if (digests)
    b->digests = digests;
  void *seen = realloc(b->seen, count);
  if (seen)
    b->seen = seen;
  if (!digests || !seen)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory for the digests of a disk of %lu bytes", size);
  memset(b->digests + b->count, 0, (count - b->count) * sizeof *b->digests);
  memset(b->seen + b->count, 0, count - b->count);
  b->size = size;
  b->count = (uint32_t)count;
  return 0;
}

void disk_blocks_free(struct disk_blocks *b) {
  free(b->digests);
  free(b->seen);
  *b = (struct disk_blocks){0};
}

void disk_blocks_begin(struct disk_blocks *b) { memset(b->seen, 0, b->count); }

uint32_t disk_blocks_length(const struct disk_blocks *b, uint32_t i) {
  uint64_t left = b->size - (uint64_t)i * DISK_BLOCK;
  return left < DISK_BLOCK ? (uint32_t)left : DISK_BLOCK;
}

bool disk_blocks_hole(const struct disk_blocks *b, uint32_t i) { return memcmp(b->digests[i], hole, sizeof hole) == 0; }

static int no_digest(struct error *err) { return error_set(err, MOBIDESK_INTERNAL, "SHA-256 is not available"); }

int disk_blocks_digest(const unsigned char *data, size_t size, unsigned char out[DISK_DIGEST], struct error *err) {
  if (data[0] == 0 && memcmp(data, data + 1, size - 1) == 0) {
    memset(out, 0, DISK_DIGEST);
    return 0;
  }
  return EVP_Digest(data, size, out, NULL, EVP_sha256(), NULL) == 1 ? 0 : no_digest(err);
}

static int add_all(EVP_MD_CTX *c, const struct disk_blocks *b) {
  uint64_t size = htole64(b->size);
  int done = EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1 && EVP_DigestUpdate(c, &size, sizeof size) == 1;
  for (uint32_t i = 0; i < b->count && done; i++) {
    uint32_t index = htole32(i);
    if (!disk_blocks_hole(b, i))
      done = EVP_DigestUpdate(c, &index, sizeof index) == 1 && EVP_DigestUpdate(c, b->digests[i], DISK_DIGEST) == 1;
  }
  return done ? 0 : -1;
}

int disk_blocks_root(const struct disk_blocks *b, unsigned char out[DISK_DIGEST], struct error *err) {
  EVP_MD_CTX *c = EVP_MD_CTX_new();
  int r = c && add_all(c, b) == 0 && EVP_DigestFinal_ex(c, out, NULL) == 1 ? 0 : no_digest(err);
  EVP_MD_CTX_free(c);
  return r;
}
