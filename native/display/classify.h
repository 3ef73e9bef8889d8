/*
 * classify.h: what an area of pixels is, by looking at them. Pixels have X 0; a stride is in pixels.
 */
#ifndef MOBIDESK_DISPLAY_CLASSIFY_H
#define MOBIDESK_DISPLAY_CLASSIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "palette.h"

enum content {
  CONTENT_SOLID,      /* one colour */
  CONTENT_FEW,        /* at most PALETTE_MAX colours */
  CONTENT_PHOTOGRAPH, /* many, and hardly a pixel is like its neighbour */
  CONTENT_DRAWN,      /* many, but with runs: gradients, anti-aliased pictures */
};

/* `palette` gets the colours, unless there are too many. */
enum content classify(const uint32_t *pixels, unsigned stride, unsigned width, unsigned height,
                      struct palette *palette);

#endif
