/*
 * queue.h: what one viewer is owed: copies, and areas of pixels, smallest first.
 *
 * The invariant: after everything that was taken out to be sent, and then `copies` in their order, the viewer's screen
 * equals the session's outside of the items and of what was approximated. Pixels are not kept: they are read when they
 * are sent, so what is painted over before it is sent is never sent, and a slow viewer gets the newest state and costs
 * no more memory than some regions.
 *
 * The next to be sent is of the item with the shortest remaining size (SRSF, paper section 3), measured in bytes that
 * it will take; a large one is interrupted after each rectangle. Items never overlap: what is painted later takes the
 * area from the earlier. A copy goes before everything that is owed, and moves what is owed along. Areas that were sent
 * approximated come last.
 *
 * Not thread-safe.
 */
#ifndef MOBIDESK_DISPLAY_QUEUE_H
#define MOBIDESK_DISPLAY_QUEUE_H

#include <pixman.h>
#include <stdbool.h>

#include "protocol.h"

/* More copies than this between two turns mean that the viewer lags: it gets pixels instead. */
#define QUEUE_MAX_COPIES 64
/* More damage than this at the same time is merged: the two largest items become one. */
#define QUEUE_MAX_ITEMS 16
/* Steps of approximation: roughly, and better. */
#define QUEUE_STEPS 2

struct queue_copy {
  struct rect source;
  uint16_t x, y;
};

struct queue_item {
  pixman_region16_t region;
  unsigned bytes_per_kpixel; /* what sending it takes, as far as known */
  uint64_t since_us;
  uint32_t id;
};

struct queue {
  struct queue_item items[QUEUE_MAX_ITEMS];
  unsigned item_count;
  pixman_region16_t approximated[QUEUE_STEPS];
  struct queue_copy copies[QUEUE_MAX_COPIES];
  unsigned copy_count;
  uint32_t next_id;
  uint32_t changes; /* grows with each damage, copy and reset */
};

/* What to send next. */
struct queue_next {
  struct rect rect;
  uint32_t id;   /* of the item */
  unsigned item; /* QUEUE_MAX_ITEMS and above: of what was approximated, step by step */
  uint64_t
      bytes; /* that are left of it, as estimated; fewer the longer it waits; UINT64_MAX for what was approximated */
};

void queue_init(struct queue *q);
void queue_destroy(struct queue *q);

/* The session has painted `region`. */
void queue_damage(struct queue *q, pixman_region16_t *region, uint64_t now_us);

/* The session has copied to `boxes`, each from the place (dx, dy) beside it, one after the other in this order. */
void queue_copy(struct queue *q, const pixman_box16_t *boxes, unsigned count, int dx, int dy, uint64_t now_us);

/* The viewer's screen is of this size now and nothing on it is right. */
void queue_reset(struct queue *q, unsigned width, unsigned height, uint64_t now_us);

/* Takes `region` out: the viewer is not owed it any more. */
void queue_forget(struct queue *q, pixman_region16_t *region);

bool queue_empty(const struct queue *q);
/* Nothing is owed but better pixels of what is shown approximately. */
bool queue_only_approximated(const struct queue *q);
/* Leaves of `region` what is owed. */
void queue_keep_owed(const struct queue *q, pixman_region16_t *region);

/* Takes the next copy to send; false if there is none. Copies come before rectangles. */
bool queue_take_copy(struct queue *q, struct queue_copy *out);

/* The next rectangle: at most `max_pixels`, in one row of the grid of 64x64 tiles. False if nothing is owed. */
bool queue_next(const struct queue *q, unsigned max_pixels, uint64_t now_us, struct queue_next *out);

/* The whole box that `next` is the beginning of. */
struct rect queue_whole_box(const struct queue *q, const struct queue_next *next);

/* Pixels that are left of the item of `next`. */
uint64_t queue_area(const struct queue *q, const struct queue_next *next);

/* `next` is about to be sent as it looks now: it is not owed any more. */
void queue_take(struct queue *q, const struct queue_next *next);

/* `rect`, which is taken, will only be near to how it looks; `step` is 0 if roughly. To be said in the same breath, so
 * that nothing is copied from there as if it were exact. */
void queue_approximate(struct queue *q, const struct rect *rect, unsigned step);

/* After all, `rect` was sent exactly, and nothing has changed since (the caller has compared `changes`). */
void queue_exact(struct queue *q, const struct rect *rect, unsigned step);

/* Sending `pixels` of an item took so many bytes. */
void queue_measured(struct queue *q, uint32_t id, size_t pixels, size_t bytes);

#endif
