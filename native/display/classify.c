/* classify.c: see classify.h. */
#include "classify.h"

/* Of pixels that have a left and an upper neighbour, the share that equals one of them, in 1/256. A photograph has 2 to
 * 20 of a hundred, a drawing 60 and more. */
#define LIKE_A_NEIGHBOUR 90u
/* Below this an area says nothing about what it is part of. */
#define LEAST_PIXELS 256u

static bool is_photograph(const uint32_t *pixels, unsigned stride, unsigned width, unsigned height) {
  unsigned like = 0, looked_at = 0;
  for (unsigned y = 1; y < height; y += 2) {
    const uint32_t *row = pixels + (size_t)y * stride, *above = row - stride;
    for (unsigned x = 1; x < width; x++)
      like += row[x] == row[x - 1] || row[x] == above[x];
    looked_at += width - 1;
  }
  return looked_at >= LEAST_PIXELS / 2 && like * 256 < looked_at * LIKE_A_NEIGHBOUR;
}

enum content classify(const uint32_t *pixels, unsigned stride, unsigned width, unsigned height,
                      struct palette *palette) {
  palette_clear(palette);
  if (!palette_add(palette, pixels, stride, width, height, PALETTE_MAX))
    return is_photograph(pixels, stride, width, height) ? CONTENT_PHOTOGRAPH : CONTENT_DRAWN;
  if (palette->count == 1)
    return CONTENT_SOLID;
  /* A photograph's tile of 32x8 may have as many colours as pixels. */
  return palette->count * 4 > width * height && is_photograph(pixels, stride, width, height) ? CONTENT_PHOTOGRAPH
                                                                                             : CONTENT_FEW;
}
