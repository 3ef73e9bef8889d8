/*
 * encoder.h: makes messages of a rectangle of the screen: SFILL if it has one colour, else RAW in the encoding that
 * pays.
 *
 * One encoder serves all viewers of a session, one call at a time.
 */
#ifndef MOBIDESK_DISPLAY_ENCODER_H
#define MOBIDESK_DISPLAY_ENCODER_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "protocol.h"

/* Pixels of one RAW message: 256 KiB, so that a message of higher priority never waits long for a slow link. */
#define ENCODER_MAX_PIXELS 65536u

/* The picture that is read: rows of 4-byte pixels B, G, R, X, `stride` bytes apart. */
struct framebuffer {
  uint8_t *pixels;
  uint32_t stride;
  uint16_t width, height;
};

/* What the viewer is like that is encoded for. */
struct encoder_target {
  uint32_t encodings; /* bit set of what it decodes */
  bool slow;          /* its link is what it waits for: spend processor time to save bytes */
};

struct encoder;

struct encoder *encoder_init(void);
void encoder_destroy(struct encoder *e);

/* Whether all pixels of `r`, which lies on the picture, are the same; `*pixel` is the first one, X as 0. */
bool encoder_is_solid(const struct framebuffer *fb, const struct rect *r, uint32_t *pixel);

/* Adds one message for `r`, at most ENCODER_MAX_PIXELS and on the picture, to `out`. False without memory. */
bool encoder_rect(struct encoder *e, const struct framebuffer *fb, const struct rect *r,
                  const struct encoder_target *target, struct buffer *out);

#endif
