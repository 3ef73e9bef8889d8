/* picture.c: see picture.h. */
#include "picture.h"

#include <stdlib.h>
#include <string.h>

/* BT.601 in units of 1/65536: luma from 16 to 235, chroma from 16 to 240 (ITU-R BT.601, 2.5.3). */
#define LUMA 76309
#define RED_V 104597
#define GREEN_U 25675
#define GREEN_V 53279
#define BLUE_U 132201
#define HALF 32768

static unsigned round_up(unsigned value, unsigned to) { return (value + to - 1) / to * to; }

size_t picture_layout(uint32_t fourcc, uint16_t *width, uint16_t *height, int *pitches, int *offsets) {
  int own_pitches[3], own_offsets[3];
  int *pitch = pitches == NULL ? own_pitches : pitches, *offset = offsets == NULL ? own_offsets : offsets;
  *width = (uint16_t)round_up(*width, 2);
  offset[0] = 0;
  if (fourcc == PICTURE_YUY2) {
    pitch[0] = *width * 2;
    return (size_t)pitch[0] * *height;
  }
  *height = (uint16_t)round_up(*height, 2);
  pitch[0] = (int)round_up(*width, 4);
  offset[1] = pitch[0] * *height;
  if (fourcc == PICTURE_NV12) {
    pitch[1] = pitch[0];
    return (size_t)offset[1] + (size_t)pitch[1] * *height / 2;
  }
  if (fourcc != PICTURE_I420 && fourcc != PICTURE_YV12)
    return 0;
  pitch[1] = pitch[2] = (int)round_up(*width / 2u, 4);
  offset[2] = offset[1] + pitch[1] * *height / 2;
  return (size_t)offset[2] + (size_t)pitch[2] * *height / 2;
}

static unsigned chroma_width(const struct picture *p) { return (p->width + 1u) / 2; }

static unsigned chroma_rows(const struct picture *p, unsigned height) {
  return p->format == PICTURE_420 ? (height + 1) / 2 : height;
}

static struct picture *make(enum picture_format format, unsigned width, unsigned height) {
  struct picture head = {.references = 1, .format = format, .width = (uint16_t)width, .height = (uint16_t)height};
  struct picture *p = malloc(sizeof *p + picture_rows_size(&head, height));
  if (p != NULL)
    *p = head;
  return p;
}

struct picture *picture_reference(struct picture *p) {
  p->references++;
  return p;
}

void picture_release(struct picture *p) {
  if (p != NULL && --p->references == 0)
    free(p);
}

size_t picture_rows_size(const struct picture *p, unsigned height) {
  if (p->format == PICTURE_PIXELS)
    return (size_t)p->width * height * 4;
  return (size_t)p->width * height + 2 * (size_t)chroma_width(p) * chroma_rows(p, height);
}

/* The planes within a picture: Y, U, V. */
static uint8_t *plane(const struct picture *p, unsigned i) {
  const size_t luma = (size_t)p->width * p->height, chroma = (size_t)chroma_width(p) * chroma_rows(p, p->height);
  return (uint8_t *)p->data + (i > 0 ? luma : 0) + (i > 1 ? chroma : 0);
}

static void copy_plane(uint8_t *to, const uint8_t *from, size_t pitch, size_t width, unsigned height) {
  for (unsigned y = 0; y < height; y++)
    memcpy(to + y * width, from + y * pitch, width);
}

/* Every second byte. */
static void pick(uint8_t *to, const uint8_t *from, unsigned step, size_t count) {
  for (size_t i = 0; i < count; i++)
    to[i] = from[i * step];
}

static void import_packed(struct picture *p, const uint8_t *image, size_t pitch, const struct rect *part) {
  const size_t half = chroma_width(p);
  for (unsigned y = 0; y < p->height; y++) {
    const uint8_t *row = image + (part->y + y) * pitch + part->x * 2u;
    pick(plane(p, 0) + (size_t)y * p->width, row, 2, p->width);
    pick(plane(p, 1) + y * half, row + 1, 4, half);
    pick(plane(p, 2) + y * half, row + 3, 4, half);
  }
}

struct picture *picture_import(uint32_t fourcc, const uint8_t *image, unsigned width, unsigned height,
                               const struct rect *crop) {
  uint16_t whole_width = (uint16_t)width, whole_height = (uint16_t)height;
  int pitches[3], offsets[3];
  struct rect part = *crop;
  part.x = (uint16_t)(part.x & ~1u);
  part.y = (uint16_t)(part.y & ~1u);
  if (picture_layout(fourcc, &whole_width, &whole_height, pitches, offsets) == 0)
    return NULL;
  struct picture *p = make(fourcc == PICTURE_YUY2 ? PICTURE_422 : PICTURE_420, part.width, part.height);
  if (p == NULL)
    return NULL;
  if (fourcc == PICTURE_YUY2) {
    import_packed(p, image, (size_t)pitches[0], &part);
    return p;
  }
  const unsigned half = chroma_width(p), rows = chroma_rows(p, p->height);
  copy_plane(plane(p, 0), image + part.y * pitches[0] + part.x, (size_t)pitches[0], p->width, p->height);
  for (unsigned i = 1; i < 3; i++) {
    if (fourcc == PICTURE_NV12) {
      const uint8_t *from = image + offsets[1] + part.y / 2 * pitches[1] + part.x + i - 1;
      for (unsigned y = 0; y < rows; y++)
        pick(plane(p, i) + (size_t)y * half, from + (size_t)y * (size_t)pitches[1], 2, half);
      continue;
    }
    const unsigned source = fourcc == PICTURE_I420 ? i : 3 - i; /* YV12 has V first */
    copy_plane(plane(p, i), image + offsets[source] + part.y / 2 * pitches[source] + part.x / 2,
               (size_t)pitches[source], half, rows);
  }
  return p;
}

struct picture *picture_of_pixels(const struct framebuffer *fb, const struct rect *part) {
  struct picture *p = make(PICTURE_PIXELS, part->width, part->height);
  if (p != NULL)
    copy_plane(p->data, fb->pixels + part->y * (size_t)fb->stride + part->x * 4u, fb->stride, part->width * (size_t)4,
               part->height);
  return p;
}

void picture_planes(const struct picture *p, unsigned y, const uint8_t *planes[3]) {
  planes[0] = plane(p, 0) + (size_t)y * p->width;
  for (unsigned i = 1; i < 3; i++)
    planes[i] = plane(p, i) + (size_t)chroma_width(p) * chroma_rows(p, y);
}

void picture_rows(const struct picture *p, unsigned y, unsigned height, uint8_t *out) {
  if (p->format == PICTURE_PIXELS) {
    memcpy(out, p->data + (size_t)y * p->width * 4, picture_rows_size(p, height));
    return;
  }
  const uint8_t *planes[3];
  const size_t luma = (size_t)p->width * height, chroma = (size_t)chroma_width(p) * chroma_rows(p, height);
  picture_planes(p, y, planes);
  memcpy(out, planes[0], luma);
  memcpy(out + luma, planes[1], chroma);
  memcpy(out + luma + chroma, planes[2], chroma);
}

static uint32_t sample(int scaled) {
  const int value = scaled >> 16;
  return (uint32_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void row_to_pixels(const struct picture *p, unsigned y, uint32_t *out) {
  const size_t chroma_row = (p->format == PICTURE_420 ? y / 2 : y) * (size_t)chroma_width(p);
  const uint8_t *luma = plane(p, 0) + (size_t)y * p->width;
  const uint8_t *us = plane(p, 1) + chroma_row, *vs = plane(p, 2) + chroma_row;
  for (unsigned x = 0; x < p->width; x++) {
    const int grey = (luma[x] - 16) * LUMA + HALF, u = us[x / 2] - 128, v = vs[x / 2] - 128;
    out[x] = sample(grey + v * RED_V) << 16 | sample(grey - u * GREEN_U - v * GREEN_V) << 8 | sample(grey + u * BLUE_U);
  }
}

/* The picture as pixels without padding, to be freed by the caller unless they are the picture's own. */
static uint32_t *pixels_of(const struct picture *p) {
  if (p->format == PICTURE_PIXELS)
    return (uint32_t *)(void *)(uintptr_t)p->data;
  uint32_t *pixels = malloc((size_t)p->width * p->height * 4);
  for (unsigned y = 0; pixels != NULL && y < p->height; y++)
    row_to_pixels(p, y, pixels + (size_t)y * p->width);
  return pixels;
}

static bool compose(const struct picture *p, uint32_t *pixels, const struct picture_place *place,
                    pixman_region16_t *visible, const struct framebuffer *fb) {
  pixman_image_t *from = pixman_image_create_bits(PIXMAN_x8r8g8b8, p->width, p->height, pixels, p->width * 4);
  pixman_image_t *to =
      pixman_image_create_bits(PIXMAN_x8r8g8b8, fb->width, fb->height, (uint32_t *)(void *)fb->pixels, (int)fb->stride);
  const bool made = from != NULL && to != NULL && pixman_image_set_clip_region(to, visible);
  if (made) {
    if (place->width != p->width || place->height != p->height) {
      pixman_transform_t scale;
      pixman_transform_init_scale(&scale, (pixman_fixed_t)(((uint32_t)p->width << 16) / place->width),
                                  (pixman_fixed_t)(((uint32_t)p->height << 16) / place->height));
      pixman_image_set_transform(from, &scale);
      pixman_image_set_filter(from, PIXMAN_FILTER_BILINEAR, NULL, 0);
      pixman_image_set_repeat(from, PIXMAN_REPEAT_PAD);
    }
    pixman_image_composite32(PIXMAN_OP_SRC, from, NULL, to, 0, 0, 0, 0, place->x, place->y, place->width,
                             place->height);
  }
  if (from != NULL)
    pixman_image_unref(from);
  if (to != NULL)
    pixman_image_unref(to);
  return made;
}

bool picture_paint(const struct picture *p, const struct picture_place *place, pixman_region16_t *visible,
                   const struct framebuffer *fb) {
  uint32_t *pixels = pixels_of(p);
  const bool painted = pixels != NULL && compose(p, pixels, place, visible, fb);
  if (pixels != (const void *)p->data)
    free(pixels);
  return painted;
}
