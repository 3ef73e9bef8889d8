/*
 * shadow.h: how the screen looked when it was looked at last, to tell what was painted from what has changed.
 *
 * Toolkits and compositing window managers paint whole windows for one new letter. Comparing costs a millisecond for a
 * whole screen of 1280x800; sending what has not changed costs that much and the link. It is also what the worker reads
 * when it sends, so that the X server can go on drawing meanwhile. The shadow exists only while somebody looks, so that
 * a checkpoint does not hold it.
 *
 * What has changed is told by tiles of a grid. A group of them that holds nothing but an area of one colour or of a
 * pattern, and a group that is small, is told to the pixel: so what comes within a larger copy from off screen is the
 * same to viewers as what was painted at its place.
 *
 * The invariant: outside of what was painted and has not been compared yet, the shadow equals the screen; and a viewer
 * that is owed nothing shows what the shadow has.
 */
#ifndef MOBIDESK_DISPLAY_SHADOW_H
#define MOBIDESK_DISPLAY_SHADOW_H

#include <pixman.h>

#include "encoder.h"

/* All zero: none yet. */
struct shadow {
  uint32_t *pixels;
  uint16_t width, height;
  pixman_box16_t *extents; /* by tile of the grid: what of it the comparison under way has found changed */
};

void shadow_destroy(struct shadow *s);

/* Begins with the screen as it is, if there is no shadow of its size; false without memory. */
bool shadow_begin(struct shadow *s, const struct framebuffer *fb);

/* The shadow as a picture; of no size if there is none. */
struct framebuffer shadow_picture(const struct shadow *s);

/* Initializes `changed` with the tiles of `painted` that look different now, and notes how they look. All of `painted`
 * if there was no shadow of this size, or if there is no memory for one. */
void shadow_compare(struct shadow *s, const struct framebuffer *fb, pixman_region16_t *painted,
                    pixman_region16_t *changed);

/* Copies within the shadow, to `box` from the place `dy` below it, which lies on it: viewers have done the same. */
void shadow_copy(struct shadow *s, const pixman_box16_t *box, int dy);

/* Notes `boxes` as they look now: all viewers will have them so. */
void shadow_note(struct shadow *s, const struct framebuffer *fb, const pixman_box16_t *boxes, unsigned count);

#endif
