/* framebuffer.h: a picture in memory that is drawn on. */
#ifndef MOBIDESK_DISPLAY_FRAMEBUFFER_H
#define MOBIDESK_DISPLAY_FRAMEBUFFER_H

#include <stdint.h>

/* Rows of 4-byte pixels B, G, R, X, `stride` bytes apart. */
struct framebuffer {
  uint8_t *pixels;
  uint32_t stride;
  uint16_t width, height;
};

#endif
