/* pattern.c: see pattern.h. */
#include "pattern.h"

#include <stddef.h>

#define COLOUR_MASK 0x00ffffffu
/* The tile must be seen so often. */
#define LEAST_TILES 8u
#define LEAST_WIDTH 32u
#define LEAST_HEIGHT 16u
/* Pixels that may be compared in vain: what is no pattern mostly shows it at once. */
#define PATIENCE 65536u

struct search {
  const struct framebuffer *fb;
  const struct rect *area;
  size_t compared; /* in vain */
};

static const uint32_t *row(const struct search *s, unsigned y) {
  return (const uint32_t *)(const void *)(s->fb->pixels + (size_t)(s->area->y + y) * s->fb->stride) + s->area->x;
}

/* Whether the pixels of both are equal; counts those that were. */
static bool is_same(const uint32_t *a, const uint32_t *b, unsigned count, size_t *compared) {
  unsigned x = 0;
  while (x < count && ((a[x] ^ b[x]) & COLOUR_MASK) == 0)
    x++;
  *compared += x + 1;
  return x == count;
}

static bool rows_repeat(struct search *s, unsigned period) {
  size_t compared = 0;
  for (unsigned y = period; y < s->area->height; y++)
    if (!is_same(row(s, y), row(s, y - period), s->area->width, &compared)) {
      s->compared += compared;
      return false;
    }
  return true;
}

static bool columns_repeat(struct search *s, unsigned period, unsigned rows) {
  size_t compared = 0;
  for (unsigned y = 0; y < rows; y++)
    if (!is_same(row(s, y) + period, row(s, y), s->area->width - period, &compared)) {
      s->compared += compared;
      return false;
    }
  return true;
}

bool pattern_find(const struct framebuffer *fb, const struct rect *area, unsigned *width, unsigned *height) {
  struct search s = {.fb = fb, .area = area};
  unsigned rows = 1, columns = 1;
  if (area->width < LEAST_WIDTH || area->height < LEAST_HEIGHT)
    return false;
  const unsigned most_rows = area->height / 2u < PATTERN_MAX_PERIOD ? area->height / 2u : PATTERN_MAX_PERIOD;
  const unsigned most_columns = area->width / 2u < PATTERN_MAX_PERIOD ? area->width / 2u : PATTERN_MAX_PERIOD;
  while (rows <= most_rows && s.compared < PATIENCE && !rows_repeat(&s, rows))
    rows++;
  if (rows > most_rows || s.compared >= PATIENCE)
    return false;
  s.compared = 0;
  while (columns <= most_columns && s.compared < PATIENCE && !columns_repeat(&s, columns, rows))
    columns++;
  /* Rows that are all alike: what is in them is the tile. */
  if (columns > most_columns || s.compared >= PATIENCE)
    return false;
  *width = columns;
  *height = rows;
  return (size_t)area->width * area->height >= (size_t)LEAST_TILES * rows * columns;
}
