/*
 * picture.h: one picture of a video, as it was given: planes of Y'CbCr (BT.601, luma 16 to 235), or pixels.
 *
 * It is made once and not changed, so that a thread may encode it while the next one is made. References are counted
 * under the lock of whoever shares them.
 */
#ifndef MOBIDESK_DISPLAY_PICTURE_H
#define MOBIDESK_DISPLAY_PICTURE_H

#include <pixman.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "framebuffer.h"
#include "protocol.h"

enum picture_format { PICTURE_420, PICTURE_422, PICTURE_PIXELS };

struct picture {
  unsigned references;
  enum picture_format format;
  uint16_t width, height;
  uint64_t time_us;
  uint8_t data[]; /* Y, U, V without padding, or B, G, R, X */
};

/* Where a picture is shown: it may reach beyond the screen. */
struct picture_place {
  int16_t x, y;
  uint16_t width, height;
};

/* Pictures that applications give, by the four letters of their formats. */
#define PICTURE_FOURCC(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define PICTURE_I420 PICTURE_FOURCC('I', '4', '2', '0')
#define PICTURE_YV12 PICTURE_FOURCC('Y', 'V', '1', '2')
#define PICTURE_NV12 PICTURE_FOURCC('N', 'V', '1', '2')
#define PICTURE_YUY2 PICTURE_FOURCC('Y', 'U', 'Y', '2')

/* How such a picture lies in memory: rounds the size up to what the format can have and returns its bytes, 0 for
 * another format. `pitches` and `offsets`, three each, may be NULL. */
size_t picture_layout(uint32_t fourcc, uint16_t *width, uint16_t *height, int *pitches, int *offsets);

/* Makes a picture, with one reference, of the part `crop` of an image of the layout above; odd edges move to even ones.
 * NULL without memory. */
struct picture *picture_import(uint32_t fourcc, const uint8_t *image, unsigned width, unsigned height,
                               const struct rect *crop);
/* Makes a picture of a part of the screen. */
struct picture *picture_of_pixels(const struct framebuffer *fb, const struct rect *part);

struct picture *picture_reference(struct picture *p);
/* Lets go of one reference; `p` may be NULL. */
void picture_release(struct picture *p);

/* Where the even row `y` of the planes Y, U, V begins. */
void picture_planes(const struct picture *p, unsigned y, const uint8_t *planes[3]);

/* Bytes of `height` rows, from the even row `y`, of all planes; picture_rows() writes them, Y, U, V. */
size_t picture_rows_size(const struct picture *p, unsigned height);
void picture_rows(const struct picture *p, unsigned y, unsigned height, uint8_t *out);

/* Paints it, scaled to its place, on the boxes of `visible`, which lie on `fb`. At its own size each pixel is exactly
 * what a viewer makes of the samples. False without memory. */
bool picture_paint(const struct picture *p, const struct picture_place *place, pixman_region16_t *visible,
                   const struct framebuffer *fb);

#endif
