/*
 * palette.h: the colours of an area, as long as they are few, and its pixels as indices into them.
 *
 * Not thread-safe. Pixels have X 0.
 */
#ifndef MOBIDESK_DISPLAY_PALETTE_H
#define MOBIDESK_DISPLAY_PALETTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PALETTE_MAX 256
#define PALETTE_BUCKETS 1024

struct palette {
  unsigned count;
  uint32_t colours[PALETTE_MAX];
  uint16_t buckets[PALETTE_BUCKETS]; /* index of a colour plus 1, 0: free */
};

void palette_clear(struct palette *p);

/* Adds the colours of an area, `stride` pixels from row to row; false as soon as there are more than `limit`, and then
 * the palette has some of them. */
bool palette_add(struct palette *p, const uint32_t *pixels, unsigned stride, unsigned width, unsigned height,
                 unsigned limit);

/* Bits that an index takes: 1, 2, 4 or 8. */
unsigned palette_bits(const struct palette *p);

/* Writes the area, whose colours are all in `p`, as rows of indices, each padded to a byte, the leftmost highest.
 * Returns the bytes. */
size_t palette_pack(const struct palette *p, const uint32_t *pixels, unsigned stride, unsigned width, unsigned height,
                    uint8_t *out);

#endif
