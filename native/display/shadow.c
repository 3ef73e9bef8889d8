/* shadow.c: see shadow.h. */
#include "shadow.h"

#include <stdlib.h>
#include <string.h>

/* Pixels. About a line of text and some letters: what a message's overhead is worth. */
#define TILE_WIDTH 64
#define TILE_HEIGHT 16
/* Boxes that are collected before they are made a region. */
#define BATCH 256
#define COLOUR_MASK 0x00ffffffu

struct batch {
  pixman_region16_t *region;
  pixman_box16_t boxes[BATCH];
  int count;
};

static void flush(struct batch *b) {
  pixman_region16_t region;
  if (b->count == 0)
    return;
  pixman_region_init_rects(&region, b->boxes, b->count);
  pixman_region_union(b->region, b->region, &region);
  pixman_region_fini(&region);
  b->count = 0;
}

/* Adds a tile; one that continues the last is made one with it. */
static void add(struct batch *b, const pixman_box16_t *tile) {
  if (b->count > 0) {
    pixman_box16_t *last = &b->boxes[b->count - 1];
    if (last->y1 == tile->y1 && last->y2 == tile->y2 && last->x2 == tile->x1) {
      last->x2 = tile->x2;
      return;
    }
  }
  if (b->count == BATCH)
    flush(b);
  b->boxes[b->count++] = *tile;
}

static const uint32_t *screen_row(const struct framebuffer *fb, int x, int y) {
  return (const uint32_t *)(const void *)(fb->pixels + (size_t)y * fb->stride) + x;
}

static uint32_t *shadow_row(const struct shadow *s, int x, int y) { return s->pixels + (size_t)y * s->width + x; }

static bool differs(const struct shadow *s, const struct framebuffer *fb, const pixman_box16_t *tile) {
  for (int y = tile->y1; y < tile->y2; y++) {
    const uint32_t *is = screen_row(fb, tile->x1, y), *was = shadow_row(s, tile->x1, y);
    uint32_t difference = 0;
    for (int x = 0; x < tile->x2 - tile->x1; x++)
      difference |= is[x] ^ was[x];
    if ((difference & COLOUR_MASK) != 0)
      return true;
  }
  return false;
}

static void note(struct shadow *s, const struct framebuffer *fb, const pixman_box16_t *box) {
  for (int y = box->y1; y < box->y2; y++)
    memcpy(shadow_row(s, box->x1, y), screen_row(fb, box->x1, y), (size_t)(box->x2 - box->x1) * 4);
}

static int16_t at_most(int value, int limit) { return (int16_t)(value < limit ? value : limit); }

/* Compares `box` by the tiles of a grid that is the same for all boxes, so that neighbours join. */
static void compare_box(struct shadow *s, const struct framebuffer *fb, const pixman_box16_t *box, struct batch *out) {
  for (int y = box->y1; y < box->y2; y = (y / TILE_HEIGHT + 1) * TILE_HEIGHT)
    for (int x = box->x1; x < box->x2; x = (x / TILE_WIDTH + 1) * TILE_WIDTH) {
      const pixman_box16_t tile = {(int16_t)x, (int16_t)y, at_most((x / TILE_WIDTH + 1) * TILE_WIDTH, box->x2),
                                   at_most((y / TILE_HEIGHT + 1) * TILE_HEIGHT, box->y2)};
      if (!differs(s, fb, &tile))
        continue;
      note(s, fb, &tile);
      add(out, &tile);
    }
}

void shadow_destroy(struct shadow *s) {
  free(s->pixels);
  *s = (struct shadow){0};
}

static bool is_of(const struct shadow *s, const struct framebuffer *fb) {
  return s->pixels != NULL && s->width == fb->width && s->height == fb->height;
}

bool shadow_begin(struct shadow *s, const struct framebuffer *fb) {
  const pixman_box16_t screen = {0, 0, (int16_t)fb->width, (int16_t)fb->height};
  if (is_of(s, fb))
    return true;
  shadow_destroy(s);
  s->pixels = malloc((size_t)fb->width * fb->height * 4);
  if (s->pixels == NULL)
    return false;
  s->width = fb->width;
  s->height = fb->height;
  note(s, fb, &screen);
  return true;
}

struct framebuffer shadow_picture(const struct shadow *s) {
  return (struct framebuffer){(uint8_t *)s->pixels, s->width * 4u, s->width, s->height};
}

void shadow_compare(struct shadow *s, const struct framebuffer *fb, pixman_region16_t *painted,
                    pixman_region16_t *changed) {
  struct batch batch = {.region = changed};
  int count;
  pixman_region_init(changed);
  if (!is_of(s, fb)) {
    shadow_begin(s, fb);
    pixman_region_copy(changed, painted);
    return;
  }
  const pixman_box16_t *boxes = pixman_region_rectangles(painted, &count);
  for (int i = 0; i < count; i++)
    compare_box(s, fb, &boxes[i], &batch);
  flush(&batch);
}

void shadow_copy(struct shadow *s, const pixman_box16_t *box, int dy) {
  const int height = box->y2 - box->y1;
  for (int i = 0; i < height; i++) {
    const int y = dy > 0 ? box->y1 + i : box->y2 - 1 - i; /* what is read has not been written */
    memcpy(shadow_row(s, box->x1, y), shadow_row(s, box->x1, y + dy), (size_t)(box->x2 - box->x1) * 4);
  }
}

void shadow_note(struct shadow *s, const struct framebuffer *fb, const pixman_box16_t *boxes, unsigned count) {
  if (!is_of(s, fb))
    return;
  for (unsigned i = 0; i < count; i++)
    note(s, fb, &boxes[i]);
}
