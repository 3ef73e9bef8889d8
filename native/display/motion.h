/*
 * motion.h: finds the area where a film is shown by who paints pixels only, such as a browser.
 *
 * A film changes the same tiles ten times a second and more, nearly all of a rectangle, and they look like photographs.
 * Text that scrolls quickly and spinning wheels do not.
 */
#ifndef MOBIDESK_DISPLAY_MOTION_H
#define MOBIDESK_DISPLAY_MOTION_H

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

#include "framebuffer.h"
#include "protocol.h"

/* Pixels; tiles of a grid. */
#define MOTION_TILE 64u
#define MOTION_TILES (PROTOCOL_MAX_SIZE / MOTION_TILE)

/* All zero: nothing was seen yet. */
struct motion {
  uint8_t changes[MOTION_TILES][MOTION_TILES]; /* of each tile, in this window of time */
  uint8_t counted[MOTION_TILES][MOTION_TILES]; /* the event that counted last */
  uint8_t event;
  uint64_t began_us;      /* when the window did */
  pixman_box16_t extents; /* of what has changed in it */
};

/* `changed`, which lies on the picture, looks different now. True at the end of a window in which there was a film: in
 * `*film`. */
bool motion_note(struct motion *m, const struct framebuffer *fb, pixman_region16_t *changed, uint64_t now_us,
                 struct rect *film);

#endif
