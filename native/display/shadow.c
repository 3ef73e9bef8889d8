/* shadow.c: see shadow.h. */
#include "shadow.h"

#include <stdlib.h>
#include <string.h>

#include "pattern.h"
#include "tiles.h"

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

/* Finds what has changed within `tile`; false if nothing has. */
static bool find_changed(const struct shadow *s, const struct framebuffer *fb, const pixman_box16_t *tile,
                         pixman_box16_t *changed) {
  const int width = tile->x2 - tile->x1;
  int left = width, right = 0, top = tile->y2, bottom = tile->y1;
  for (int y = tile->y1; y < tile->y2; y++) {
    const uint32_t *is = screen_row(fb, tile->x1, y), *was = shadow_row(s, tile->x1, y);
    uint32_t difference = 0;
    for (int x = 0; x < width; x++)
      difference |= is[x] ^ was[x];
    if ((difference & COLOUR_MASK) == 0)
      continue;
    top = y < top ? y : top;
    bottom = y + 1;
    for (int x = 0; x < left; x++)
      if (((is[x] ^ was[x]) & COLOUR_MASK) != 0)
        left = x;
    for (int x = width; x > right; x--)
      if (((is[x - 1] ^ was[x - 1]) & COLOUR_MASK) != 0)
        right = x;
  }
  *changed = (pixman_box16_t){(int16_t)(tile->x1 + left), (int16_t)top, (int16_t)(tile->x1 + right), (int16_t)bottom};
  return top < bottom;
}

static bool is_empty(const pixman_box16_t *b) { return b->x1 >= b->x2 || b->y1 >= b->y2; }

static void include(pixman_box16_t *b, const pixman_box16_t *more) {
  if (is_empty(b)) {
    *b = *more;
    return;
  }
  b->x1 = more->x1 < b->x1 ? more->x1 : b->x1;
  b->y1 = more->y1 < b->y1 ? more->y1 : b->y1;
  b->x2 = more->x2 > b->x2 ? more->x2 : b->x2;
  b->y2 = more->y2 > b->y2 ? more->y2 : b->y2;
}

static pixman_box16_t common(const pixman_box16_t *a, const pixman_box16_t *b) {
  return (pixman_box16_t){a->x1 > b->x1 ? a->x1 : b->x1, a->y1 > b->y1 ? a->y1 : b->y1, a->x2 < b->x2 ? a->x2 : b->x2,
                          a->y2 < b->y2 ? a->y2 : b->y2};
}

static size_t tiles_across(unsigned width) { return (width + TILE_WIDTH - 1) / TILE_WIDTH; }

static size_t tiles_in(unsigned width, unsigned height) {
  return tiles_across(width) * ((height + TILE_HEIGHT - 1) / TILE_HEIGHT);
}

static pixman_box16_t *extents_at(const struct shadow *s, int x, int y) {
  return &s->extents[(size_t)(y / TILE_HEIGHT) * tiles_across(s->width) + (size_t)(x / TILE_WIDTH)];
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
      pixman_box16_t changed;
      if (!find_changed(s, fb, &tile, &changed))
        continue;
      include(extents_at(s, x, y), &changed);
      note(s, fb, &tile);
      add(out, &tile);
    }
}

/* Whether all of the box is of one colour, or of a pattern. */
static bool is_simple(const struct framebuffer *fb, const pixman_box16_t *box) {
  const struct rect area = {(uint16_t)box->x1, (uint16_t)box->y1, (uint16_t)(box->x2 - box->x1),
                            (uint16_t)(box->y2 - box->y1)};
  uint32_t pixel;
  unsigned width, height;
  return encoder_solid_rows(fb, &area, &pixel) == area.height || pattern_find(fb, &area, &width, &height);
}

/* Whether there is a tile in the box that viewers may keep (tiles.h). */
static bool holds_kept_tile(const pixman_box16_t *b) {
  const int size = TILES_SIZE;
  return (b->x1 + size - 1) / size * size + size <= b->x2 && (b->y1 + size - 1) / size * size + size <= b->y2;
}

/* What has changed within a box of whole tiles, if that is simple or small; else the box. */
static pixman_box16_t simplified(const struct shadow *s, const struct framebuffer *fb, const pixman_box16_t *box) {
  pixman_box16_t changed = {0};
  for (int y = box->y1; y < box->y2; y = (y / TILE_HEIGHT + 1) * TILE_HEIGHT)
    for (int x = box->x1; x < box->x2; x = (x / TILE_WIDTH + 1) * TILE_WIDTH) {
      const pixman_box16_t within = common(extents_at(s, x, y), box);
      if (!is_empty(&within))
        include(&changed, &within);
    }
  return !is_empty(&changed) && (!holds_kept_tile(box) || is_simple(fb, &changed)) ? changed : *box;
}

static void simplify(const struct shadow *s, const struct framebuffer *fb, pixman_region16_t *region) {
  int count;
  const pixman_box16_t *boxes = pixman_region_rectangles(region, &count);
  pixman_region16_t simple;
  struct batch batch = {.region = &simple};
  pixman_region_init(&simple);
  for (int i = 0; i < count; i++) {
    const pixman_box16_t box = simplified(s, fb, &boxes[i]);
    add(&batch, &box);
  }
  flush(&batch);
  pixman_region_fini(region);
  *region = simple;
}

void shadow_destroy(struct shadow *s) {
  free(s->pixels);
  free(s->extents);
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
  s->extents = malloc(tiles_in(fb->width, fb->height) * sizeof *s->extents);
  if (s->pixels == NULL || s->extents == NULL) {
    shadow_destroy(s);
    return false;
  }
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
  memset(s->extents, 0, tiles_in(s->width, s->height) * sizeof *s->extents);
  const pixman_box16_t *boxes = pixman_region_rectangles(painted, &count);
  for (int i = 0; i < count; i++)
    compare_box(s, fb, &boxes[i], &batch);
  flush(&batch);
  simplify(s, fb, changed);
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
