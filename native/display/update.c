/* update.c: see update.h. */
#include "update.h"

#include <assert.h>
#include <string.h>

/* A region of more boxes than this is made coarser: each box costs a message, and region arithmetic grows with them. */
#define MAX_BOXES 64
/* The grid of the coarser region, in pixels: 64x64 is about what a RAW message's overhead pays for. */
#define TILE 64

void update_init(struct update *u) {
  pixman_region_init(&u->damage);
  pixman_region_init(&u->frame);
  u->copy_count = 0;
}

void update_destroy(struct update *u) {
  pixman_region_fini(&u->damage);
  pixman_region_fini(&u->frame);
}

static long area(pixman_region16_t *region) {
  int count;
  const pixman_box16_t *boxes = pixman_region_rectangles(region, &count);
  long sum = 0;
  for (int i = 0; i < count; i++)
    sum += (long)(boxes[i].x2 - boxes[i].x1) * (boxes[i].y2 - boxes[i].y1);
  return sum;
}

static void union_box(pixman_region16_t *region, int x1, int y1, int x2, int y2) {
  pixman_region_union_rect(region, region, x1, y1, (unsigned)(x2 - x1), (unsigned)(y2 - y1));
}

/* Replaces the boxes of `region` by the tiles of the grid that they touch, within its extents. */
static void coarsen(pixman_region16_t *region) {
  int count;
  const pixman_box16_t *boxes = pixman_region_rectangles(region, &count);
  const pixman_box16_t extents = *pixman_region_extents(region);
  pixman_region16_t tiles;
  pixman_region_init(&tiles);
  for (int i = 0; i < count; i++)
    union_box(&tiles, boxes[i].x1 & ~(TILE - 1), boxes[i].y1 & ~(TILE - 1), (boxes[i].x2 + TILE - 1) & ~(TILE - 1),
              (boxes[i].y2 + TILE - 1) & ~(TILE - 1));
  pixman_region_intersect_rect(region, &tiles, extents.x1, extents.y1, (unsigned)(extents.x2 - extents.x1),
                               (unsigned)(extents.y2 - extents.y1));
  pixman_region_fini(&tiles);
}

/* Bounds the number of boxes. The region only grows, which is always right: it brings pixels that were right already.
 */
static void simplify(pixman_region16_t *region) {
  if (pixman_region_n_rects(region) <= MAX_BOXES)
    return;
  pixman_box16_t e = *pixman_region_extents(region);
  long extents_area = (long)(e.x2 - e.x1) * (e.y2 - e.y1);
  if (area(region) * 4 >= extents_area * 3)
    pixman_region_reset(region, &e);
  else
    coarsen(region);
}

void update_damage(struct update *u, pixman_region16_t *region) {
  pixman_region_union(&u->damage, &u->damage, region);
  simplify(&u->damage);
}

/* What the copies would have brought comes as pixels. */
static void drop_copies(struct update *u) {
  for (unsigned i = 0; i < u->copy_count; i++) {
    const struct update_copy *c = &u->copies[i];
    pixman_region_union_rect(&u->damage, &u->damage, c->x, c->y, c->source.width, c->source.height);
  }
  u->copy_count = 0;
}

/* `owed` follows the copy to `destination`: what is overwritten is not owed there any more, and where the source was
 * wrong the destination is. */
static void move_owed(pixman_region16_t *owed, pixman_region16_t *destination, int dx, int dy) {
  pixman_region16_t moved;
  pixman_region_init(&moved);
  pixman_region_copy(&moved, owed);
  pixman_region_translate(&moved, -dx, -dy);
  pixman_region_intersect(&moved, &moved, destination);
  pixman_region_subtract(owed, owed, destination);
  pixman_region_union(owed, owed, &moved);
  pixman_region_fini(&moved);
  simplify(owed);
}

/* Whether the viewer has at least half of the source to copy from. */
static bool is_worth(struct update *u, pixman_region16_t *destination, int dx, int dy) {
  pixman_region16_t owed;
  pixman_region_init(&owed);
  pixman_region_union(&owed, &u->damage, &u->frame);
  pixman_region_translate(&owed, -dx, -dy);
  pixman_region_intersect(&owed, &owed, destination);
  bool worth = area(&owed) * 2 < area(destination);
  pixman_region_fini(&owed);
  return worth;
}

void update_copy(struct update *u, const pixman_box16_t *boxes, unsigned count, int dx, int dy) {
  pixman_region16_t destination;
  pixman_region_init(&destination);
  for (unsigned i = 0; i < count; i++)
    union_box(&destination, boxes[i].x1, boxes[i].y1, boxes[i].x2, boxes[i].y2);
  if (count > UPDATE_MAX_COPIES - u->copy_count)
    drop_copies(u);
  if (count > UPDATE_MAX_COPIES / 4 || !is_worth(u, &destination, dx, dy)) {
    update_damage(u, &destination);
    pixman_region_fini(&destination);
    return;
  }
  for (unsigned i = 0; i < count; i++) {
    const pixman_box16_t *b = &boxes[i];
    u->copies[u->copy_count++] = (struct update_copy){
        {(uint16_t)(b->x1 + dx), (uint16_t)(b->y1 + dy), (uint16_t)(b->x2 - b->x1), (uint16_t)(b->y2 - b->y1)},
        (uint16_t)b->x1,
        (uint16_t)b->y1};
  }
  move_owed(&u->damage, &destination, dx, dy);
  move_owed(&u->frame, &destination, dx, dy);
  pixman_region_fini(&destination);
}

void update_reset(struct update *u, unsigned width, unsigned height) {
  pixman_box16_t screen = {0, 0, (int16_t)width, (int16_t)height};
  pixman_region_reset(&u->damage, &screen);
  pixman_region_clear(&u->frame);
  u->copy_count = 0;
}

bool update_pending(const struct update *u) {
  return u->copy_count > 0 || pixman_region_not_empty((pixman_region16_t *)&u->damage) ||
         pixman_region_not_empty((pixman_region16_t *)&u->frame);
}

void update_begin_frame(struct update *u) {
  pixman_region_union(&u->frame, &u->frame, &u->damage);
  pixman_region_clear(&u->damage);
}

bool update_take_copy(struct update *u, struct update_copy *out) {
  if (u->copy_count == 0)
    return false;
  *out = u->copies[0];
  u->copy_count--;
  memmove(u->copies, u->copies + 1, u->copy_count * sizeof u->copies[0]);
  return true;
}

bool update_next_rect(const struct update *u, unsigned max_pixels, struct rect *out) {
  int count;
  const pixman_box16_t *b = pixman_region_rectangles((pixman_region16_t *)&u->frame, &count);
  if (count == 0)
    return false;
  unsigned width = (unsigned)(b->x2 - b->x1), height = (unsigned)(b->y2 - b->y1);
  assert(width <= max_pixels);
  if (height > max_pixels / width)
    height = max_pixels / width;
  *out = (struct rect){(uint16_t)b->x1, (uint16_t)b->y1, (uint16_t)width, (uint16_t)height};
  return true;
}

void update_sent(struct update *u, const struct rect *r) {
  pixman_region16_t sent;
  pixman_region_init_rect(&sent, r->x, r->y, r->width, r->height);
  pixman_region_subtract(&u->frame, &u->frame, &sent);
  pixman_region_subtract(&u->damage, &u->damage, &sent);
  pixman_region_fini(&sent);
}
