/*
 * update.h: what one viewer is owed: where its screen differs from the session's, and copies that it has yet to make.
 *
 * The invariant: after everything queued for the viewer, and then `copies` in their order, its screen equals the
 * session's outside of `damage` and `frame`. Pixels are not kept: they are read when they are sent, so a slow viewer
 * gets the newest state and costs no more memory than a region and a bounded list.
 *
 * `frame` is what the frame that is being sent still has to bring; `damage` is for the next one. A frame ends, however
 * fast the session draws.
 */
#ifndef MOBIDESK_DISPLAY_UPDATE_H
#define MOBIDESK_DISPLAY_UPDATE_H

#include <pixman.h>
#include <stdbool.h>

#include "protocol.h"

/* More copies than this between two frames mean that the viewer lags: it gets pixels instead. */
#define UPDATE_MAX_COPIES 64

struct update_copy {
  struct rect source;
  uint16_t x, y;
};

struct update {
  pixman_region16_t damage, frame;
  struct update_copy copies[UPDATE_MAX_COPIES];
  unsigned copy_count;
};

void update_init(struct update *u);
void update_destroy(struct update *u);

/* The session has painted `region`. */
void update_damage(struct update *u, pixman_region16_t *region);

/* The session has copied to `boxes`, each from the place (dx, dy) beside it, one after the other in this order. */
void update_copy(struct update *u, const pixman_box16_t *boxes, unsigned count, int dx, int dy);

/* The viewer's screen is of this size now and nothing on it is right. */
void update_reset(struct update *u, unsigned width, unsigned height);

/* Is there something to send? */
bool update_pending(const struct update *u);

/* Begins a frame: everything that is owed now belongs to it. */
void update_begin_frame(struct update *u);

/* Takes the next copy to send; false if there is none. Copies come before rectangles. */
bool update_take_copy(struct update *u, struct update_copy *out);

/* The next rectangle of the frame, at most `max_pixels` in whole rows; false if the frame has none left. */
bool update_next_rect(const struct update *u, unsigned max_pixels, struct rect *out);

/* `r` was queued as it looks now. */
void update_sent(struct update *u, const struct rect *r);

#endif
