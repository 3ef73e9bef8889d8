/* palette.c: see palette.h. */
#include "palette.h"

#include <string.h>

void palette_clear(struct palette *p) {
  p->count = 0;
  memset(p->buckets, 0, sizeof p->buckets);
}

static unsigned home(uint32_t colour) { return (colour * 0x9e3779b1u) >> 22; }

/* The index of `colour`, or where it would go in `*bucket`. */
static int find(const struct palette *p, uint32_t colour, unsigned *bucket) {
  unsigned b = home(colour);
  for (; p->buckets[b] != 0; b = (b + 1) % PALETTE_BUCKETS)
    if (p->colours[p->buckets[b] - 1] == colour)
      return p->buckets[b] - 1;
  *bucket = b;
  return -1;
}

bool palette_add(struct palette *p, const uint32_t *pixels, unsigned stride, unsigned width, unsigned height,
                 unsigned limit) {
  uint32_t last = ~pixels[0];
  for (unsigned y = 0; y < height; y++) {
    const uint32_t *row = pixels + (size_t)y * stride;
    for (unsigned x = 0; x < width; x++) {
      unsigned bucket;
      if (row[x] == last)
        continue;
      last = row[x];
      if (find(p, last, &bucket) >= 0)
        continue;
      if (p->count >= limit)
        return false;
      p->colours[p->count++] = last;
      p->buckets[bucket] = (uint16_t)p->count;
    }
  }
  return true;
}

unsigned palette_bits(const struct palette *p) {
  return p->count <= 2 ? 1 : p->count <= 4 ? 2 : p->count <= 16 ? 4 : 8;
}

size_t palette_pack(const struct palette *p, const uint32_t *pixels, unsigned stride, unsigned width, unsigned height,
                    uint8_t *out) {
  const unsigned bits = palette_bits(p);
  const size_t row_bytes = ((size_t)width * bits + 7) / 8;
  for (unsigned y = 0; y < height; y++) {
    const uint32_t *row = pixels + (size_t)y * stride;
    uint8_t *packed = out + y * row_bytes;
    uint32_t last = ~row[0];
    unsigned index = 0, bucket, byte = 0, filled = 0;
    for (unsigned x = 0; x < width; x++) {
      if (row[x] != last) {
        last = row[x];
        index = (unsigned)find(p, last, &bucket);
      }
      byte = byte << bits | index;
      filled += bits;
      if (filled == 8) {
        *packed++ = (uint8_t)byte;
        byte = filled = 0;
      }
    }
    if (filled > 0)
      *packed = (uint8_t)(byte << (8 - filled));
  }
  return row_bytes * height;
}
