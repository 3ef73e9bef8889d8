/*
 * video.h: the videos of the session: what each shows now, and what of the screen it covers.
 *
 * A video's picture is not painted into the framebuffer while all who look show videos by themselves: it is scaled
 * there. It is painted when somebody else reads what it covers or paints over it, so applications and the framebuffer
 * agree as if it had been painted at once. What is painted over a video is no longer covered by it, until its next
 * picture. A video that has had no new picture for a while is painted, sent exactly, and closed: what stands still is
 * exact.
 *
 * The invariant: outside of what videos cover, the framebuffer is all that viewers show; where a stream covers, its
 * newest picture is, and the shadow has anything.
 *
 * Under the server's lock; changed by the X server's thread only.
 */
#ifndef MOBIDESK_DISPLAY_VIDEO_H
#define MOBIDESK_DISPLAY_VIDEO_H

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

#include "picture.h"

/* After so long without a new picture a video stands still: slide shows of films at 2 frames a second still move. */
#define VIDEO_STILL_US 700000u

/* The last stream is for films that are found in pixels (motion.h), the others are applications' own. */
#define VIDEO_PORTS (PROTOCOL_MAX_VIDEO_STREAMS - 1)
#define VIDEO_FOUND VIDEO_PORTS

struct video_stream {
  struct picture *picture; /* the newest; NULL: not open */
  struct picture_place place;
  pixman_region16_t covered; /* what of the screen shows it */
  bool painted;              /* the framebuffer has it, too */
  uint32_t serial;           /* of the picture */
  uint64_t shown_us, interval_us;
};

struct video {
  struct video_stream streams[PROTOCOL_MAX_VIDEO_STREAMS];
  unsigned open_count;
};

void video_init(struct video *v);
void video_destroy(struct video *v);

static inline bool video_is_open(const struct video *v) { return v->open_count > 0; }

/* Stream `i` shows `picture`, whose reference it takes over, at `place`; it covers `covered`, which lies on the screen,
 * and nothing else does any more. What it covered before and does not now is added to `uncovered`, painted. */
void video_show(struct video *v, unsigned i, struct picture *picture, const struct picture_place *place,
                pixman_region16_t *covered, const struct framebuffer *fb, uint64_t now_us,
                pixman_region16_t *uncovered);

/* Paints those whose covered part overlaps `region` (NULL: all) into the framebuffer, unless they are there. */
void video_paint(struct video *v, pixman_region16_t *region, const struct framebuffer *fb);

/* Takes `region` away from what videos cover; what of it was covered is added to `uncovered`. The framebuffer has what
 * is there now. */
void video_uncover(struct video *v, pixman_region16_t *region, pixman_region16_t *uncovered);

/* Closes those that stand still, or all; as painted, what they covered is added to `uncovered`. Returns in how many
 * milliseconds the next will, or -1. */
int video_close_still(struct video *v, const struct framebuffer *fb, uint64_t now_us, pixman_region16_t *uncovered);
void video_close_all(struct video *v, const struct framebuffer *fb, pixman_region16_t *uncovered);

/* Whether one covers some of the box. */
bool video_covers(const struct video *v, const pixman_box16_t *box);

#endif
