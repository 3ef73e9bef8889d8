/*
 * queue_test.c: encoder, tiles and queue of what is owed, against pictures: a session that paints and copies at random,
 * and a viewer that is sent to at random moments, in part, must show the same picture in the end, whatever was in
 * between.
 *
 *   queue-test [SEED|any]
 *
 * Without a seed it does the same each time, and must have used all kinds of messages.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../encoder.h"
#include "../queue.h"
#include "../shadow.h"
#include "replay.h"

#define WIDTH 640
#define HEIGHT 400
#define ROUNDS 150
#define OPERATIONS 200
#define TILES_AT_REST 8
#define USUAL_SEED 1

struct session {
  struct framebuffer fb;
  uint32_t pixels[WIDTH * HEIGHT];
  struct queue queue;
  struct tiles *tiles;
  struct shadow shadow;
  pixman_region16_t painted; /* not compared yet */
  struct encoder *encoder;
  struct buffer out;
};

/* Time passes at random. */
static uint64_t now(void) {
  static uint64_t t = 1;
  return t += (unsigned)rand() % 100000;
}

static unsigned below(unsigned limit) { return (unsigned)rand() % limit; }

static unsigned at_most(unsigned value, unsigned limit) { return value < limit ? value : limit; }

/* Of any size, or small: many small ones make a region that has to be made coarser. */
static struct rect any_rect(void) {
  const unsigned x = below(WIDTH), y = below(HEIGHT), limit = below(4) == 0 ? WIDTH : 16;
  return (struct rect){(uint16_t)x, (uint16_t)y, (uint16_t)(1 + below(at_most(limit, WIDTH - x))),
                       (uint16_t)(1 + below(at_most(limit, HEIGHT - y)))};
}

/* Tells what has changed, as the driver does before it sends or copies. */
static void compare(struct session *s) {
  pixman_region16_t changed;
  shadow_compare(&s->shadow, &s->fb, &s->painted, &changed);
  queue_damage(&s->queue, &changed, now());
  pixman_region_fini(&changed);
  pixman_region_clear(&s->painted);
}

/* Fills with one colour, or with noise, or with stripes; the X byte is what rendering leaves there: anything. */
static void paint(struct session *s) {
  const struct rect r = any_rect();
  const uint32_t colour = below(2) == 0 ? 0x445566 : (uint32_t)rand(); /* often what is there already */
  const unsigned kind = below(5), phase = (unsigned)rand();
  for (unsigned y = r.y; y < (unsigned)r.y + r.height; y++)
    for (unsigned x = r.x; x < (unsigned)r.x + r.width; x++)
      s->pixels[y * WIDTH + x] =
          kind == 0   ? colour ^ (uint32_t)rand() << 24
          : kind == 1 ? (uint32_t)rand()
          : kind == 2 ? colour * (y / 5)
          : kind == 3 ? ((x * 7 + y * 3) % 11 < 4 ? 0x101010 : 0xffffff) /* the same again */
                      : ((x + phase) * 5 & 0xff) << 16 | ((y * 3 + rand() % 4) & 0xff) << 8 | ((x + y) & 0xff);
  pixman_region_union_rect(&s->painted, &s->painted, r.x, r.y, r.width, r.height);
  if (below(4) == 0)
    compare(s);
}

/* Copies a rectangle to another place, as the X server tells it. */
static void copy(struct session *s) {
  compare(s);
  const struct rect r = any_rect();
  const int x = (int)below(WIDTH - r.width + 1u), y = (int)below(HEIGHT - r.height + 1u);
  static uint32_t source[WIDTH * HEIGHT];
  memcpy(source, s->pixels, sizeof source);
  for (int i = 0; i < r.height; i++)
    memcpy(&s->pixels[(y + i) * WIDTH + x], &source[(r.y + i) * WIDTH + r.x], r.width * 4u);
  const pixman_box16_t box = {(int16_t)x, (int16_t)y, (int16_t)(x + r.width), (int16_t)(y + r.height)};
  shadow_note(&s->shadow, &s->fb, &box, 1);
  queue_copy(&s->queue, &box, 1, r.x - x, r.y - y, now());
}

static bool quiet;

/* One of two pictures in one of the places of the grid: what a viewer keeps comes back. */
static void paint_tile(struct session *s) {
  const unsigned left = below(WIDTH / TILES_SIZE) * TILES_SIZE, top = below(HEIGHT / TILES_SIZE) * TILES_SIZE;
  const unsigned which = 3 + below(2);
  for (unsigned y = 0; y < TILES_SIZE; y++)
    for (unsigned x = 0; x < TILES_SIZE; x++)
      s->pixels[(top + y) * WIDTH + left + x] = 0x331100 * ((x * which + y) % 5);
  pixman_region_union_rect(&s->painted, &s->painted, (int)left, (int)top, TILES_SIZE, TILES_SIZE);
}

static void happen(struct session *s) {
  if (quiet)
    return;
  if (below(8) == 0)
    paint_tile(s);
  if (below(2) == 0)
    paint(s);
  else
    copy(s);
}

static void queue(struct session *s, const struct message *m) {
  protocol_encode(m, buffer_reserve(&s->out, protocol_size(m)));
  buffer_commit(&s->out, protocol_size(m));
}

/* Sends one rectangle, with what the session does meanwhile. */
static bool send_rectangle(struct session *s, const struct queue_next *next) {
  static struct buffer encoded;
  struct encoder_result result;
  struct encoder_target target = {
      .version = (uint16_t)(1 + below(2)), .encodings = 1u << below(6) | 1u, .fast = below(2)};
  const bool better = next->item == QUEUE_MAX_ITEMS, last = next->item > QUEUE_MAX_ITEMS;
  const unsigned step = better ? 1 : 0;
  if (target.version == 2) {
    target.encodings = below(4) == 0 ? target.encodings : 63;
    target.quality = !last && below(2) == 0 ? 30 : 0;
    target.tiles = s->tiles;
  } else {
    target.encodings &= 7;
  }
  queue_take(&s->queue, next);
  if (target.quality > 0)
    queue_approximate(&s->queue, &next->rect, step);
  encoder_gather(s->encoder, &s->fb, &next->rect);
  const uint32_t changes = s->queue.changes;
  for (unsigned i = below(3); i > 0; i--)
    happen(s);
  if (!encoder_rect(s->encoder, &next->rect, &target, &encoded, &result))
    return false;
  const size_t length = buffer_length(&encoded);
  memcpy(buffer_reserve(&s->out, length), buffer_front(&encoded), length);
  buffer_commit(&s->out, length);
  buffer_consume(&encoded, length);
  queue_measured(&s->queue, next->id, (size_t)next->rect.width * next->rect.height, length);
  if (target.quality == 0 || changes != s->queue.changes)
    return true;
  queue_exact(&s->queue, &next->rect, step);
  for (unsigned i = 0; i < result.count; i++)
    queue_approximate(&s->queue, &result.approximated[i], step);
  return true;
}

/* Sends at most `count` rectangles. True if nothing is owed. */
static bool send_some(struct session *s, unsigned count) {
  struct queue_copy c;
  struct queue_next next;
  for (unsigned i = 0; i < count; i++) {
    compare(s);
    while (queue_take_copy(&s->queue, &c))
      queue(s, &(struct message){.type = MESSAGE_COPY, .copy = {c.source, c.x, c.y}});
    if (!queue_next(&s->queue, 4096 << below(5), now(), &next))
      return true;
    if (!send_rectangle(s, &next))
      return false;
  }
  return false;
}

/* Lets the viewer do what was queued. */
static bool show(struct session *s, struct replay *viewer) {
  const size_t length = buffer_length(&s->out);
  memcpy(buffer_reserve(&viewer->in, length), buffer_front(&s->out), length);
  buffer_commit(&viewer->in, length);
  buffer_consume(&s->out, length);
  return replay_act(viewer);
}

static unsigned differences(const struct session *s, const struct replay *viewer) {
  unsigned count = 0;
  for (size_t i = 0; i < WIDTH * HEIGHT; i++)
    count += (s->pixels[i] & 0xffffff) != viewer->pixels[i];
  return count;
}

int main(int argc, char **argv) {
  const bool usual = argc < 2, any = !usual && strcmp(argv[1], "any") == 0;
  const unsigned seed = usual ? USUAL_SEED : any ? (unsigned)time(NULL) : (unsigned)atol(argv[1]);
  static struct session s;
  static struct replay viewer;
  srand(seed);
  printf("seed %u\n", seed);
  s.fb = (struct framebuffer){(uint8_t *)s.pixels, WIDTH * 4, WIDTH, HEIGHT};
  s.encoder = encoder_init();
  pixman_region_init(&s.painted);
  queue_init(&s.queue);
  queue_reset(&s.queue, WIDTH, HEIGHT, 0);
  s.tiles = tiles_init(64, seed);
  viewer.fd = -1;
  queue(&s, &(struct message){.type = MESSAGE_SERVER_HELLO, .server_hello = {PROTOCOL_VERSION, WIDTH, HEIGHT, 0}});
  for (unsigned round = 0; round < ROUNDS; round++) {
    for (unsigned i = below(OPERATIONS); i > 0; i--) {
      happen(&s);
      if (below(8) == 0)
        send_some(&s, below(4));
    }
    if (below(4) != 0)
      continue;
    quiet = true; /* the session rests, so that there is a picture to compare with */
    for (unsigned i = 0; i < TILES_AT_REST; i++) {
      paint_tile(&s); /* nothing covers it before it is sent: seldom so in between */
      while (!send_some(&s, 1000))
        continue;
    }
    while (!send_some(&s, 1000))
      continue;
    quiet = false;
    if (!show(&s, &viewer)) {
      fprintf(stderr, "round %u: %s\n", round, viewer.error);
      return EXIT_FAILURE;
    }
    const unsigned wrong = differences(&s, &viewer);
    if (wrong > 0) {
      fprintf(stderr, "round %u: %u pixels differ\n", round, wrong);
      return EXIT_FAILURE;
    }
  }
  bool all_used = viewer.counts[MESSAGE_SFILL] > 0 && viewer.counts[MESSAGE_COPY] > 0 &&
                  viewer.counts[MESSAGE_BITMAP] > 0 && viewer.counts[MESSAGE_TILE_STORE] > 0 &&
                  viewer.counts[MESSAGE_TILE_PAINT] > 0;
  printf("%u SFILL, %u COPY, %u BITMAP, %u TILE_STORE, %u TILE_PAINT, RAW", viewer.counts[MESSAGE_SFILL],
         viewer.counts[MESSAGE_COPY], viewer.counts[MESSAGE_BITMAP], viewer.counts[MESSAGE_TILE_STORE],
         viewer.counts[MESSAGE_TILE_PAINT]);
  for (unsigned i = 0; i < ENCODING_COUNT; i++) {
    printf(" %u", viewer.encodings[i]);
    all_used = all_used && viewer.encodings[i] > 0;
  }
  printf("\n");
  replay_close(&viewer);
  encoder_destroy(s.encoder);
  queue_destroy(&s.queue);
  tiles_destroy(s.tiles);
  shadow_destroy(&s.shadow);
  pixman_region_fini(&s.painted);
  buffer_destroy(&s.out);
  return all_used || !usual ? EXIT_SUCCESS : EXIT_FAILURE;
}
