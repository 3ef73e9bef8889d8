/*
 * scroll.h: finds out that what was painted is what was there before, moved up or down. Browsers and toolkits that
 * paint by themselves hand over pixels; that a page was scrolled is seen only by looking at them.
 *
 * A guess that is wrong costs bytes and nothing else: what the copy brought is compared with the screen afterwards, as
 * everything that is painted.
 */
#ifndef MOBIDESK_DISPLAY_SCROLL_H
#define MOBIDESK_DISPLAY_SCROLL_H

#include <pixman.h>
#include <stdbool.h>

#include "shadow.h"

/* Of one area, some parts move and others do not (a bar beside the page): each part is a copy. */
#define SCROLL_MAX_BOXES 8

struct scroll {
  int dy; /* pixels from a copy's destination to its source */
  pixman_box16_t boxes[SCROLL_MAX_BOXES];
  unsigned count;
};

/* Looks at the largest box of `painted`. False if nothing seems to have moved there, or it is too small to bother. */
bool scroll_find(const struct shadow *s, const struct framebuffer *fb, pixman_region16_t *painted, struct scroll *out);

#endif
