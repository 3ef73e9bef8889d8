/*
 * encoder.h: gives pixels their meaning back, and makes messages of them: areas of one colour, of two, of few, tiles
 * that the viewer has, photographs, and the rest.
 *
 * An encoder belongs to one thread. It serves viewers in turn.
 */
#ifndef MOBIDESK_DISPLAY_ENCODER_H
#define MOBIDESK_DISPLAY_ENCODER_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "framebuffer.h"
#include "protocol.h"
#include "tiles.h"

/* Pixels that are encoded at once: 256 KiB, so that something more urgent never waits long. */
#define ENCODER_MAX_PIXELS 65536u
/* Pixels of a video that are encoded at once: each JPEG picture has 600 bytes of tables. */
#define ENCODER_MAX_STRIP 262144u
/* Areas of one call that may be sent approximated: one for each tile. */
#define ENCODER_MAX_AREAS 32

/* What the viewer is like that is encoded for. */
struct encoder_target {
  uint16_t version;    /* of the protocol */
  uint32_t encodings;  /* bit set of what it decodes */
  bool fast;           /* its link takes more than zstd makes: LZ4 */
  int quality;         /* of JPEG for photographs; 0: exact pixels at once */
  struct tiles *tiles; /* what it keeps, NULL: nothing */
};

/* Photographs of the area that were sent approximated. */
struct encoder_result {
  struct rect approximated[ENCODER_MAX_AREAS];
  unsigned count;
};

/* Rows of a video's picture, the planes one after the other, or pixels. */
struct encoder_strip {
  uint16_t stream, y, height;
  bool last; /* of its picture */
  int quality;
};

struct encoder;
struct picture;

struct encoder *encoder_init(void);
void encoder_destroy(struct encoder *e);

/* How many of the first rows of `r`, which lies on the picture, have one colour; `*pixel` is it, X as 0. */
unsigned encoder_solid_rows(const struct framebuffer *fb, const struct rect *r, uint32_t *pixel);

/* Adds a PFILL of `r` with the tile of that size in its upper left corner. False without memory. */
bool encoder_pattern(struct encoder *e, const struct framebuffer *fb, const struct rect *r, unsigned width,
                     unsigned height, const struct encoder_target *target, struct buffer *out);

/* Copies the pixels of `r`, at most ENCODER_MAX_PIXELS and on the picture, into the encoder. */
void encoder_gather(struct encoder *e, const struct framebuffer *fb, const struct rect *r);

/* Adds a VIDEO_FRAME for these rows of `picture`, as JPEG of that quality or, 0, as they are. At most
 * ENCODER_MAX_STRIP pixels. False without memory, or if no JPEG can be made. */
bool encoder_video(struct encoder *e, const struct picture *picture, const struct encoder_strip *strip,
                   struct buffer *out);

/* Adds messages for `r`, which was gathered, to `out`. False without memory. */
bool encoder_rect(struct encoder *e, const struct rect *r, const struct encoder_target *target, struct buffer *out,
                  struct encoder_result *result);

#endif
