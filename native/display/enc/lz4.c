/* lz4.c: RAW encoding 1, one LZ4 block. */
#include "encoding.h"

#include <lz4.h>
#include <stdlib.h>

struct enc_lz4 {
  LZ4_stream_t state;
};

struct enc_lz4 *enc_lz4_init(void) { return malloc(sizeof(struct enc_lz4)); }

void enc_lz4_destroy(struct enc_lz4 *e) { free(e); }

size_t enc_lz4(struct enc_lz4 *e, const uint8_t *pixels, size_t length, uint8_t *out, size_t capacity) {
  int n = LZ4_compress_fast_extState(&e->state, (const char *)pixels, (char *)out, (int)length, (int)capacity, 1);
  return n > 0 ? (size_t)n : 0;
}
