/* queue.c: see queue.h. */
#include "queue.h"

#include <assert.h>
#include <string.h>

/* A region of more boxes than this is made coarser: each box costs a message, and region arithmetic grows with them. */
#define MAX_BOXES 64
/* The grid of the coarser region and of what is sent at once, in pixels. */
#define TILE 64
/* A box below this is small: what is typed, a button, a cursor that blinks. Large ones do not hold it up. */
#define SMALL_PIXELS 16384
/* What a thousand pixels take before anything was sent of an item; a page of text takes about this. */
#define USUAL_BYTES 250u
/* An item that waits is taken for smaller, by its own size in each such time, so that none waits for ever. */
#define PATIENCE_US 250000u

void queue_init(struct queue *q) {
  q->item_count = q->copy_count = 0;
  q->next_id = q->changes = 0;
  for (unsigned i = 0; i < QUEUE_MAX_ITEMS; i++)
    pixman_region_init(&q->items[i].region);
  for (unsigned i = 0; i < QUEUE_STEPS; i++)
    pixman_region_init(&q->approximated[i]);
}

void queue_destroy(struct queue *q) {
  for (unsigned i = 0; i < QUEUE_MAX_ITEMS; i++)
    pixman_region_fini(&q->items[i].region);
  for (unsigned i = 0; i < QUEUE_STEPS; i++)
    pixman_region_fini(&q->approximated[i]);
}

static bool filled(const pixman_region16_t *region) { return pixman_region_not_empty((pixman_region16_t *)region); }

static uint64_t area(const pixman_region16_t *region) {
  int count;
  const pixman_box16_t *boxes = pixman_region_rectangles((pixman_region16_t *)region, &count);
  uint64_t sum = 0;
  for (int i = 0; i < count; i++)
    sum += (uint64_t)(boxes[i].x2 - boxes[i].x1) * (uint64_t)(boxes[i].y2 - boxes[i].y1);
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
  const uint64_t extents_area = (uint64_t)(e.x2 - e.x1) * (uint64_t)(e.y2 - e.y1);
  if (area(region) * 4 >= extents_area * 3)
    pixman_region_reset(region, &e);
  else
    coarsen(region);
}

/* Each region of pixels that is owed, one after the other. */
static pixman_region16_t *owed(struct queue *q, unsigned i) {
  return i < q->item_count ? &q->items[i].region : &q->approximated[i - q->item_count];
}

static unsigned owed_count(const struct queue *q) { return q->item_count + QUEUE_STEPS; }

/* Takes the items away that have nothing left. */
static void sweep(struct queue *q) {
  for (unsigned i = 0; i < q->item_count;) {
    if (filled(&q->items[i].region)) {
      i++;
      continue;
    }
    const struct queue_item emptied = q->items[i];
    q->items[i] = q->items[--q->item_count];
    q->items[q->item_count] = emptied;
  }
}

void queue_forget(struct queue *q, pixman_region16_t *region) {
  for (unsigned i = 0; i < owed_count(q); i++)
    pixman_region_subtract(owed(q, i), owed(q, i), region);
  sweep(q);
}

static uint64_t cost(const struct queue_item *item) { return area(&item->region) * item->bytes_per_kpixel / 1024; }

/* Makes one of the two largest. */
static void merge_largest(struct queue *q) {
  unsigned first = 0, second = 1;
  for (unsigned i = 1; i < q->item_count; i++) {
    if (cost(&q->items[i]) > cost(&q->items[first])) {
      second = first;
      first = i;
    } else if (i != first && (second == first || cost(&q->items[i]) > cost(&q->items[second]))) {
      second = i;
    }
  }
  struct queue_item *into = &q->items[first], *from = &q->items[second];
  pixman_region_union(&into->region, &into->region, &from->region);
  simplify(&into->region);
  if (from->since_us < into->since_us)
    into->since_us = from->since_us;
  pixman_region_clear(&from->region);
  sweep(q);
}

static void add_item(struct queue *q, pixman_region16_t *region, uint64_t now_us) {
  if (!filled(region))
    return;
  if (q->item_count == QUEUE_MAX_ITEMS)
    merge_largest(q);
  struct queue_item *item = &q->items[q->item_count++];
  pixman_region_copy(&item->region, region);
  simplify(&item->region);
  item->bytes_per_kpixel = USUAL_BYTES;
  item->since_us = now_us;
  item->id = q->next_id++;
}

void queue_damage(struct queue *q, pixman_region16_t *region, uint64_t now_us) {
  pixman_region16_t small, large;
  int count;
  const pixman_box16_t *boxes = pixman_region_rectangles(region, &count);
  q->changes++;
  pixman_region_init(&small);
  pixman_region_init(&large);
  for (int i = 0; i < count; i++) {
    const pixman_box16_t *b = &boxes[i];
    union_box((b->x2 - b->x1) * (b->y2 - b->y1) < SMALL_PIXELS ? &small : &large, b->x1, b->y1, b->x2, b->y2);
  }
  queue_forget(q, region);
  add_item(q, &small, now_us);
  add_item(q, &large, now_us);
  pixman_region_fini(&small);
  pixman_region_fini(&large);
}

/* What the copies would have brought comes as pixels. */
static void drop_copies(struct queue *q, uint64_t now_us) {
  pixman_region16_t missing;
  pixman_region_init(&missing);
  for (unsigned i = 0; i < q->copy_count; i++) {
    const struct queue_copy *c = &q->copies[i];
    pixman_region_union_rect(&missing, &missing, c->x, c->y, c->source.width, c->source.height);
  }
  q->copy_count = 0;
  queue_damage(q, &missing, now_us);
  pixman_region_fini(&missing);
}

/* What of `destination` would come from where the viewer's screen is wrong. */
static void moved_part(const pixman_region16_t *wrong, pixman_region16_t *destination, int dx, int dy,
                       pixman_region16_t *out) {
  pixman_region_init(out);
  pixman_region_copy(out, (pixman_region16_t *)wrong);
  pixman_region_translate(out, -dx, -dy);
  pixman_region_intersect(out, out, destination);
}

/* What is owed follows the copy to `destination`: what is overwritten is not owed there any more, and where the source
 * was wrong the destination is. */
static void move_owed(struct queue *q, pixman_region16_t *destination, int dx, int dy) {
  for (unsigned i = 0; i < owed_count(q); i++) {
    pixman_region16_t moved;
    moved_part(owed(q, i), destination, dx, dy, &moved);
    pixman_region_subtract(owed(q, i), owed(q, i), destination);
    pixman_region_union(owed(q, i), owed(q, i), &moved);
    simplify(owed(q, i));
    pixman_region_fini(&moved);
  }
  sweep(q);
}

/* Whether the viewer has at least half of the source to copy from. */
static bool is_worth(struct queue *q, pixman_region16_t *destination, int dx, int dy) {
  uint64_t wrong = 0;
  for (unsigned i = 0; i < q->item_count; i++) {
    pixman_region16_t moved;
    moved_part(&q->items[i].region, destination, dx, dy, &moved);
    wrong += area(&moved);
    pixman_region_fini(&moved);
  }
  return wrong * 2 < area(destination);
}

void queue_copy(struct queue *q, const pixman_box16_t *boxes, unsigned count, int dx, int dy, uint64_t now_us) {
  pixman_region16_t destination;
  q->changes++;
  pixman_region_init(&destination);
  for (unsigned i = 0; i < count; i++)
    union_box(&destination, boxes[i].x1, boxes[i].y1, boxes[i].x2, boxes[i].y2);
  if (count > QUEUE_MAX_COPIES - q->copy_count)
    drop_copies(q, now_us);
  if (count > QUEUE_MAX_COPIES / 4 || !is_worth(q, &destination, dx, dy)) {
    queue_damage(q, &destination, now_us);
    pixman_region_fini(&destination);
    return;
  }
  for (unsigned i = 0; i < count; i++) {
    const pixman_box16_t *b = &boxes[i];
    q->copies[q->copy_count++] = (struct queue_copy){
        {(uint16_t)(b->x1 + dx), (uint16_t)(b->y1 + dy), (uint16_t)(b->x2 - b->x1), (uint16_t)(b->y2 - b->y1)},
        (uint16_t)b->x1,
        (uint16_t)b->y1};
  }
  move_owed(q, &destination, dx, dy);
  pixman_region_fini(&destination);
}

void queue_reset(struct queue *q, unsigned width, unsigned height, uint64_t now_us) {
  pixman_region16_t screen;
  q->changes++;
  for (unsigned i = 0; i < owed_count(q); i++)
    pixman_region_clear(owed(q, i));
  q->item_count = q->copy_count = 0;
  pixman_region_init_rect(&screen, 0, 0, width, height);
  add_item(q, &screen, now_us);
  pixman_region_fini(&screen);
}

bool queue_only_approximated(const struct queue *q) { return q->item_count == 0 && q->copy_count == 0; }

bool queue_empty(const struct queue *q) {
  for (unsigned i = 0; i < QUEUE_STEPS; i++)
    if (filled(&q->approximated[i]))
      return false;
  return queue_only_approximated(q);
}

void queue_keep_owed(const struct queue *q, pixman_region16_t *region) {
  struct queue *plain = (struct queue *)q;
  pixman_region16_t all;
  pixman_region_init(&all);
  for (unsigned i = 0; i < owed_count(q); i++)
    pixman_region_union(&all, &all, owed(plain, i));
  pixman_region_intersect(region, region, &all);
  pixman_region_fini(&all);
}

bool queue_take_copy(struct queue *q, struct queue_copy *out) {
  if (q->copy_count == 0)
    return false;
  *out = q->copies[0];
  q->copy_count--;
  memmove(q->copies, q->copies + 1, q->copy_count * sizeof q->copies[0]);
  return true;
}

/* The first part of `region` that lies in one row of the grid. */
static struct rect first_rect(const pixman_region16_t *region, unsigned max_pixels) {
  int count;
  const pixman_box16_t *b = pixman_region_rectangles((pixman_region16_t *)region, &count);
  const int row_end = (b->y1 / TILE + 1) * TILE;
  const unsigned height = (unsigned)((b->y2 < row_end ? b->y2 : row_end) - b->y1);
  unsigned width = (unsigned)(b->x2 - b->x1);
  assert(max_pixels >= TILE * TILE);
  if (width > max_pixels / height) { /* up to a column of the grid */
    const int end = (b->x1 + (int)(max_pixels / height)) / TILE * TILE;
    width = end > b->x1 ? (unsigned)(end - b->x1) : max_pixels / height;
  }
  return (struct rect){(uint16_t)b->x1, (uint16_t)b->y1, (uint16_t)width, (uint16_t)height};
}

bool queue_next(const struct queue *q, unsigned max_pixels, uint64_t now_us, struct queue_next *out) {
  uint64_t least = UINT64_MAX;
  out->item = QUEUE_MAX_ITEMS + QUEUE_STEPS;
  for (unsigned i = 0; i < q->item_count; i++) {
    const uint64_t waited = now_us > q->items[i].since_us ? now_us - q->items[i].since_us : 0;
    const uint64_t felt = cost(&q->items[i]) * PATIENCE_US / (PATIENCE_US + waited);
    if (felt < least) {
      least = felt;
      out->item = i;
    }
  }
  for (unsigned i = 0; out->item > QUEUE_MAX_ITEMS + i && i < QUEUE_STEPS; i++)
    if (filled(&q->approximated[i]))
      out->item = QUEUE_MAX_ITEMS + i;
  if (out->item >= QUEUE_MAX_ITEMS + QUEUE_STEPS)
    return false;
  out->bytes = least;
  out->id = out->item < QUEUE_MAX_ITEMS ? q->items[out->item].id : UINT32_MAX;
  out->rect = first_rect(out->item < QUEUE_MAX_ITEMS ? &q->items[out->item].region
                                                     : &q->approximated[out->item - QUEUE_MAX_ITEMS],
                         max_pixels);
  return true;
}

static const pixman_region16_t *region_of(const struct queue *q, const struct queue_next *next) {
  return next->item < QUEUE_MAX_ITEMS ? &q->items[next->item].region : &q->approximated[next->item - QUEUE_MAX_ITEMS];
}

struct rect queue_whole_box(const struct queue *q, const struct queue_next *next) {
  int count;
  const pixman_box16_t *b = pixman_region_rectangles((pixman_region16_t *)region_of(q, next), &count);
  return (struct rect){(uint16_t)b->x1, (uint16_t)b->y1, (uint16_t)(b->x2 - b->x1), (uint16_t)(b->y2 - b->y1)};
}

uint64_t queue_area(const struct queue *q, const struct queue_next *next) { return area(region_of(q, next)); }

static void take_rect(pixman_region16_t *region, const struct rect *rect) {
  pixman_region16_t taken;
  pixman_region_init_rect(&taken, rect->x, rect->y, rect->width, rect->height);
  pixman_region_subtract(region, region, &taken);
  pixman_region_fini(&taken);
}

void queue_take(struct queue *q, const struct queue_next *next) {
  for (unsigned i = 0; i < owed_count(q); i++)
    take_rect(owed(q, i), &next->rect);
  sweep(q);
}

void queue_approximate(struct queue *q, const struct rect *rect, unsigned step) {
  union_box(&q->approximated[step], rect->x, rect->y, rect->x + rect->width, rect->y + rect->height);
  simplify(&q->approximated[step]);
}

void queue_exact(struct queue *q, const struct rect *rect, unsigned step) { take_rect(&q->approximated[step], rect); }

void queue_measured(struct queue *q, uint32_t id, size_t pixels, size_t bytes) {
  for (unsigned i = 0; i < q->item_count; i++)
    if (q->items[i].id == id)
      q->items[i].bytes_per_kpixel = (unsigned)((q->items[i].bytes_per_kpixel * 3 + bytes * 1024 / pixels) / 4 + 1);
}
