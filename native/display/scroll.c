/* scroll.c: see scroll.h. */
#include "scroll.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define COLOUR_MASK 0x00ffffffu
/* What is smaller is sent as quickly as it is looked at. */
#define LEAST_WIDTH 128
#define LEAST_HEIGHT 64
/* An area is looked at in columns, as parts of it may not move. */
#define COLUMN 64
/* Strips that are asked how far their rows have moved: wide, since few letters make many equal rows. */
#define VOTERS 4
#define VOTER 256
/* So many rows of a column must agree. */
#define LEAST_VOTES 16u
/* A column has moved if this share of the rows between its first and its last is elsewhere, in 1/8. */
#define MOVED_EIGHTHS 5

/* Rows of one strip as they were, by their digests; of equal rows none is kept. */
struct rows {
  unsigned mask;
  struct {
    XXH64_hash_t digest;
    int y; /* -1: empty, -2: more than one */
  } *slots;
};

static const uint32_t *screen_row(const struct framebuffer *fb, int x, int y) {
  return (const uint32_t *)(const void *)(fb->pixels + (size_t)y * fb->stride) + x;
}

static const uint32_t *shadow_row(const struct shadow *s, int x, int y) { return s->pixels + (size_t)y * s->width + x; }

/* The digest of a row, 0 for one of one colour: there are many of those. */
static XXH64_hash_t digest(const uint32_t *row, unsigned width) {
  uint32_t pixels[VOTER], differences = 0;
  for (unsigned x = 0; x < width; x++) {
    pixels[x] = row[x] & COLOUR_MASK;
    differences |= pixels[x] ^ pixels[0];
  }
  return differences == 0 ? 0 : XXH3_64bits(pixels, width * sizeof pixels[0]);
}

static void clear_rows(struct rows *r) {
  for (unsigned i = 0; i <= r->mask; i++)
    r->slots[i].y = -1;
}

static unsigned find_slot(const struct rows *r, XXH64_hash_t d) {
  unsigned i = (unsigned)d & r->mask;
  while (r->slots[i].y != -1 && r->slots[i].digest != d)
    i = (i + 1) & r->mask;
  return i;
}

static void keep_row(struct rows *r, XXH64_hash_t d, int y) {
  const unsigned i = find_slot(r, d);
  r->slots[i].y = r->slots[i].y == -1 ? y : -2;
  r->slots[i].digest = d;
}

/* Each row of the strip at `x` that has changed and was elsewhere before votes for where; `votes` has 2*height - 1. */
static void vote(const struct shadow *s, const struct framebuffer *fb, const pixman_box16_t *b, int x, unsigned width,
                 struct rows *rows, unsigned *votes) {
  const int height = b->y2 - b->y1;
  clear_rows(rows);
  for (int y = 0; y < height; y++) {
    const XXH64_hash_t d = digest(shadow_row(s, x, b->y1 + y), width);
    if (d != 0)
      keep_row(rows, d, y);
  }
  for (int y = 0; y < height; y++) {
    const XXH64_hash_t d = digest(screen_row(fb, x, b->y1 + y), width);
    const int was_at = d == 0 ? -1 : rows->slots[find_slot(rows, d)].y;
    if (was_at >= 0 && was_at != y)
      votes[was_at - y + height - 1]++;
  }
}

/* How far most rows of the box have moved; 0 if they do not agree. */
static int find_distance(const struct shadow *s, const struct framebuffer *fb, const pixman_box16_t *b) {
  const int height = b->y2 - b->y1, width = b->x2 - b->x1, strip = width < VOTER ? width : VOTER;
  struct rows rows = {.mask = 1};
  while (rows.mask + 1 < (unsigned)height * 2)
    rows.mask = rows.mask * 2 + 1;
  rows.slots = malloc((rows.mask + 1) * sizeof rows.slots[0]);
  unsigned *votes = calloc((size_t)height * 2, sizeof *votes);
  int best = 0;
  unsigned most = 0;
  if (rows.slots != NULL && votes != NULL) {
    const int voters = width / strip < VOTERS ? width / strip : VOTERS;
    for (int i = 0; i < voters; i++)
      vote(s, fb, b, b->x1 + width / voters * i, (unsigned)strip, &rows, votes);
    for (int i = 0; i < 2 * height - 1; i++)
      if (votes[i] > most) {
        most = votes[i];
        best = i - height + 1;
      }
  }
  free(rows.slots);
  free(votes);
  return most >= LEAST_VOTES ? best : 0;
}

static bool is_same(const uint32_t *a, const uint32_t *b) {
  uint32_t differences = 0;
  for (unsigned x = 0; x < COLUMN; x++)
    differences |= a[x] ^ b[x];
  return (differences & COLOUR_MASK) == 0;
}

/* The rows of a column that are what was `dy` away: from the first to the last that has changed. False if too many
 * between them are something else. */
static bool find_moved(const struct shadow *s, const struct framebuffer *fb, const pixman_box16_t *b, int x, int dy,
                       pixman_box16_t *out) {
  int first = -1, last = -1, same = 0, same_at_last = 0;
  for (int y = b->y1; y < b->y2; y++) {
    if (y + dy < b->y1 || y + dy >= b->y2 || !is_same(screen_row(fb, x, y), shadow_row(s, x, y + dy)))
      continue;
    const bool changed = !is_same(screen_row(fb, x, y), shadow_row(s, x, y));
    if (first < 0 && !changed)
      continue;
    first = first < 0 ? y : first;
    same++;
    if (changed) {
      last = y;
      same_at_last = same;
    }
  }
  *out = (pixman_box16_t){(int16_t)x, (int16_t)first, (int16_t)(x + COLUMN), (int16_t)(last + 1)};
  return last - first + 1 >= LEAST_HEIGHT / 2 && same_at_last * 8 >= (last - first + 1) * MOVED_EIGHTHS;
}

/* Adds a column; it becomes part of the one on its left if they reach about as far. */
static bool add_column(struct scroll *out, const pixman_box16_t *column) {
  pixman_box16_t *last = out->count > 0 ? &out->boxes[out->count - 1] : NULL;
  if (last != NULL && last->x2 == column->x1) {
    const int top = last->y1 < column->y1 ? last->y1 : column->y1;
    const int bottom = last->y2 > column->y2 ? last->y2 : column->y2;
    last->x2 = column->x2;
    last->y1 = (int16_t)top;
    last->y2 = (int16_t)bottom;
    return true;
  }
  if (out->count == SCROLL_MAX_BOXES)
    return false;
  out->boxes[out->count++] = *column;
  return true;
}

static pixman_box16_t largest_box(pixman_region16_t *region) {
  int count, most = 0;
  const pixman_box16_t *boxes = pixman_region_rectangles(region, &count);
  pixman_box16_t largest = {0, 0, 0, 0};
  for (int i = 0; i < count; i++) {
    const int area = (boxes[i].x2 - boxes[i].x1) * (boxes[i].y2 - boxes[i].y1);
    if (area > most) {
      most = area;
      largest = boxes[i];
    }
  }
  return largest;
}

bool scroll_find(const struct shadow *s, const struct framebuffer *fb, pixman_region16_t *painted, struct scroll *out) {
  const pixman_box16_t b = largest_box(painted);
  out->count = 0;
  if (s->pixels == NULL || s->width != fb->width || s->height != fb->height || b.x2 - b.x1 < LEAST_WIDTH ||
      b.y2 - b.y1 < LEAST_HEIGHT)
    return false;
  out->dy = find_distance(s, fb, &b);
  if (out->dy == 0)
    return false;
  for (int x = b.x1; x + COLUMN <= b.x2; x += COLUMN) {
    pixman_box16_t column;
    if (find_moved(s, fb, &b, x, out->dy, &column) && !add_column(out, &column))
      break;
  }
  return out->count > 0;
}
