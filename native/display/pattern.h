/* pattern.h: areas that are one small tile, again and again: backgrounds, stipples, hatching. */
#ifndef MOBIDESK_DISPLAY_PATTERN_H
#define MOBIDESK_DISPLAY_PATTERN_H

#include <stdbool.h>

#include "framebuffer.h"
#include "protocol.h"

/* Pixels; a period of rows or columns that is longer is not looked for. */
#define PATTERN_MAX_PERIOD 64u

/* The size of the tile that all of `area`, which lies on the picture, repeats from its upper left corner on. False if
 * there is none, or if it would save little. */
bool pattern_find(const struct framebuffer *fb, const struct rect *area, unsigned *width, unsigned *height);

#endif
