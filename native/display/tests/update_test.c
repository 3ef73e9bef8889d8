/*
 * update_test.c: encoder and account of what is owed, against pictures: a session that paints and copies at random, and
 * a viewer that is sent to at random moments, in part, must show the same picture in the end, whatever was in between.
 *
 *   update-test [SEED]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../encoder.h"
#include "../shadow.h"
#include "../update.h"
#include "replay.h"

#define WIDTH 640
#define HEIGHT 400
#define ROUNDS 150
#define OPERATIONS 200

struct session {
  struct framebuffer fb;
  uint32_t pixels[WIDTH * HEIGHT];
  struct update update;
  struct shadow shadow;
  pixman_region16_t painted; /* not compared yet */
  struct encoder *encoder;
  struct buffer out;
};

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
  update_damage(&s->update, &changed);
  pixman_region_fini(&changed);
  pixman_region_clear(&s->painted);
}

/* Fills with one colour, or with noise, or with stripes; the X byte is what rendering leaves there: anything. */
static void paint(struct session *s) {
  const struct rect r = any_rect();
  const uint32_t colour = below(2) == 0 ? 0x445566 : (uint32_t)rand(); /* often what is there already */
  const unsigned kind = below(3);
  for (unsigned y = r.y; y < (unsigned)r.y + r.height; y++)
    for (unsigned x = r.x; x < (unsigned)r.x + r.width; x++)
      s->pixels[y * WIDTH + x] = kind == 0   ? colour ^ (uint32_t)rand() << 24
                                 : kind == 1 ? (uint32_t)rand()
                                             : colour * (y / 5);
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
  update_copy(&s->update, &box, 1, r.x - x, r.y - y);
}

static void queue(struct session *s, const struct message *m) {
  protocol_encode(m, buffer_reserve(&s->out, protocol_size(m)));
  buffer_commit(&s->out, protocol_size(m));
}

/* Sends at most `count` rectangles of the frame. True if the frame is complete. */
static bool send_some(struct session *s, unsigned count) {
  const struct encoder_target target = {.encodings = 1u << below(3) | 1u, .slow = below(2)};
  struct update_copy c;
  struct rect r;
  compare(s);
  for (unsigned i = 0; i < count; i++) {
    while (update_take_copy(&s->update, &c))
      queue(s, &(struct message){.type = MESSAGE_COPY, .copy = {c.source, c.x, c.y}});
    if (!update_next_rect(&s->update, ENCODER_MAX_PIXELS / 8, &r))
      return true;
    if (!encoder_rect(s->encoder, &s->fb, &r, &target, &s->out))
      return false;
    update_sent(&s->update, &r);
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
  const unsigned seed = argc > 1 ? (unsigned)atol(argv[1]) : (unsigned)time(NULL);
  static struct session s;
  static struct replay viewer;
  srand(seed);
  printf("seed %u\n", seed);
  s.fb = (struct framebuffer){(uint8_t *)s.pixels, WIDTH * 4, WIDTH, HEIGHT};
  s.encoder = encoder_init();
  pixman_region_init(&s.painted);
  update_init(&s.update);
  update_reset(&s.update, WIDTH, HEIGHT);
  viewer.fd = -1;
  queue(&s, &(struct message){.type = MESSAGE_SERVER_HELLO, .server_hello = {PROTOCOL_VERSION, WIDTH, HEIGHT, 0}});
  for (unsigned round = 0; round < ROUNDS; round++) {
    for (unsigned i = below(OPERATIONS); i > 0; i--) {
      if (below(2) == 0)
        paint(&s);
      else
        copy(&s);
      if (below(8) == 0)
        send_some(&s, below(4));
    }
    compare(&s);
    update_begin_frame(&s.update);
    if (below(4) != 0)
      continue;
    while (!send_some(&s, 1000) || (update_begin_frame(&s.update), update_pending(&s.update)))
      continue;
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
  printf("%u RAW (%u plain, %u LZ4, %u zstd), %u SFILL, %u COPY\n", viewer.counts[MESSAGE_RAW], viewer.encodings[0],
         viewer.encodings[1], viewer.encodings[2], viewer.counts[MESSAGE_SFILL], viewer.counts[MESSAGE_COPY]);
  const bool all_used = viewer.encodings[0] > 0 && viewer.encodings[1] > 0 && viewer.encodings[2] > 0 &&
                        viewer.counts[MESSAGE_SFILL] > 0 && viewer.counts[MESSAGE_COPY] > 0;
  replay_close(&viewer);
  encoder_destroy(s.encoder);
  update_destroy(&s.update);
  shadow_destroy(&s.shadow);
  pixman_region_fini(&s.painted);
  buffer_destroy(&s.out);
  return all_used ? EXIT_SUCCESS : EXIT_FAILURE;
}
