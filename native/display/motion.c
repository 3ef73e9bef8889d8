/* motion.c: see motion.h. */
#include "motion.h"

#include <string.h>

#include "classify.h"

/* A window of time, and how often a tile of a film changes in it: ten times a second. */
#define WINDOW_US 500000u
#define LEAST_CHANGES 5u
/* Smaller films are sent as quickly as they are recognized. */
#define LEAST_TILES 6u
/* Of the rectangle, so many tiles must change, in 1/8: films have parts that stand still. */
#define CHANGING_EIGHTHS 5u
/* Tiles that are looked at. */
#define SAMPLES 24u

static void count(struct motion *m, const pixman_box16_t *b) {
  for (unsigned y = (unsigned)b->y1 / MOTION_TILE; y <= (unsigned)(b->y2 - 1) / MOTION_TILE; y++)
    for (unsigned x = (unsigned)b->x1 / MOTION_TILE; x <= (unsigned)(b->x2 - 1) / MOTION_TILE; x++) {
      if (m->counted[y][x] == m->event)
        continue;
      m->counted[y][x] = m->event;
      m->changes[y][x] = (uint8_t)(m->changes[y][x] < UINT8_MAX ? m->changes[y][x] + 1 : UINT8_MAX);
    }
}

static void widen(pixman_box16_t *extents, const pixman_box16_t *by) {
  const bool none = extents->x1 == extents->x2;
  extents->x1 = none || by->x1 < extents->x1 ? by->x1 : extents->x1;
  extents->y1 = none || by->y1 < extents->y1 ? by->y1 : extents->y1;
  extents->x2 = none || by->x2 > extents->x2 ? by->x2 : extents->x2;
  extents->y2 = none || by->y2 > extents->y2 ? by->y2 : extents->y2;
}

/* The tiles that change, as a box of tiles; how many they are. */
static unsigned find_tiles(const struct motion *m, pixman_box16_t *tiles) {
  unsigned found = 0;
  *tiles = (pixman_box16_t){0, 0, 0, 0};
  for (unsigned y = 0; y < MOTION_TILES; y++)
    for (unsigned x = 0; x < MOTION_TILES; x++)
      if (m->changes[y][x] >= LEAST_CHANGES) {
        const pixman_box16_t tile = {(int16_t)x, (int16_t)y, (int16_t)(x + 1), (int16_t)(y + 1)};
        widen(tiles, &tile);
        found++;
      }
  return found;
}

static bool is_photograph(const struct framebuffer *fb, unsigned x, unsigned y) {
  struct palette palette;
  uint32_t pixels[MOTION_TILE * MOTION_TILE];
  const unsigned width = fb->width - x < MOTION_TILE ? fb->width - x : MOTION_TILE;
  const unsigned height = fb->height - y < MOTION_TILE ? fb->height - y : MOTION_TILE;
  for (unsigned row = 0; row < height; row++) {
    const uint32_t *from = (const uint32_t *)(const void *)(fb->pixels + (size_t)(y + row) * fb->stride) + x;
    for (unsigned column = 0; column < width; column++)
      pixels[row * width + column] = from[column] & 0xffffff;
  }
  const enum content content = classify(pixels, width, width, height, &palette);
  return content == CONTENT_PHOTOGRAPH || content == CONTENT_DRAWN;
}

/* Whether half of those that change look like photographs. */
static bool looks_like_film(const struct motion *m, const struct framebuffer *fb, const pixman_box16_t *tiles,
                            unsigned found) {
  const unsigned step = found / SAMPLES + 1;
  unsigned n = 0, looked_at = 0, photographs = 0;
  for (unsigned y = (unsigned)tiles->y1; y < (unsigned)tiles->y2 && y * MOTION_TILE < fb->height; y++)
    for (unsigned x = (unsigned)tiles->x1; x < (unsigned)tiles->x2 && x * MOTION_TILE < fb->width; x++)
      if (m->changes[y][x] >= LEAST_CHANGES && n++ % step == 0) {
        looked_at++;
        photographs += is_photograph(fb, x * MOTION_TILE, y * MOTION_TILE);
      }
  return looked_at > 0 && photographs * 2 >= looked_at;
}

static int16_t larger(int a, int b) { return (int16_t)(a > b ? a : b); }
static int16_t smaller(int a, int b) { return (int16_t)(a < b ? a : b); }

static bool find_film(const struct motion *m, const struct framebuffer *fb, struct rect *film) {
  pixman_box16_t tiles;
  const unsigned found = find_tiles(m, &tiles);
  const unsigned all = (unsigned)(tiles.x2 - tiles.x1) * (unsigned)(tiles.y2 - tiles.y1);
  if (found < LEAST_TILES || found * 8 < all * CHANGING_EIGHTHS || !looks_like_film(m, fb, &tiles, found))
    return false;
  const int tile = MOTION_TILE;
  const int16_t x1 = larger(tiles.x1 * tile, m->extents.x1), y1 = larger(tiles.y1 * tile, m->extents.y1);
  const int16_t x2 = smaller(smaller(tiles.x2 * tile, m->extents.x2), fb->width);
  const int16_t y2 = smaller(smaller(tiles.y2 * tile, m->extents.y2), fb->height);
  *film = (struct rect){(uint16_t)x1, (uint16_t)y1, (uint16_t)(x2 - x1), (uint16_t)(y2 - y1)};
  return x2 > x1 && y2 > y1 && film->width <= PROTOCOL_MAX_VIDEO_SIZE && film->height <= PROTOCOL_MAX_VIDEO_SIZE;
}

bool motion_note(struct motion *m, const struct framebuffer *fb, pixman_region16_t *changed, uint64_t now_us,
                 struct rect *film) {
  int boxes;
  const pixman_box16_t *b = pixman_region_rectangles(changed, &boxes);
  bool found = false;
  if (boxes == 0)
    return false;
  if (now_us - m->began_us >= WINDOW_US) {
    /* A window that ended long ago says nothing about now. */
    found = now_us - m->began_us < 2 * WINDOW_US && find_film(m, fb, film);
    memset(m->changes, 0, sizeof m->changes);
    m->began_us = now_us;
    m->extents = (pixman_box16_t){0, 0, 0, 0};
  }
  m->event++;
  for (int i = 0; i < boxes; i++)
    count(m, &b[i]);
  widen(&m->extents, pixman_region_extents(changed));
  return found;
}
