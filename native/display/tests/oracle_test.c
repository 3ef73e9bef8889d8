/*
 * oracle_test.c: whatever is drawn in a real X server, each viewer shows the same in the end, pixel for pixel.
 *
 *   oracle-test MODULES [OPERATIONS [SEED|any]]
 *
 * Without a seed it draws the same each time, and must have used all kinds of messages.
 *
 * Viewers with different encodings come and go, ask for other sizes, refresh, and stall for a while, at random moments.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <X11/Xutil.h>

#include "painter.h"
#include "replay.h"
#include "xserver.h"

#define VIEWERS 5
#define OPERATIONS 3000
#define OPERATIONS_BETWEEN_CHECKS 60
#define CHECK_TIMEOUT_MS 60000
#define USUAL_SEED 1

struct test {
  struct xserver server;
  struct painter painter;
  struct replay viewers[VIEWERS];
  bool attached[VIEWERS], stalled[VIEWERS];
  unsigned totals[256];
  unsigned attachments, resizes;
};

static unsigned below(unsigned limit) { return (unsigned)rand() % limit; }

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void attach(struct test *t, unsigned i) {
  static const uint32_t encodings[] = {63, 1, 63, 5, 7};
  replay_connect(&t->viewers[i], t->server.socket, 0, 0, encodings[i], i == 3);
  t->attached[i] = true;
  t->stalled[i] = false;
  t->attachments++;
}

static void detach(struct test *t, unsigned i) {
  for (unsigned type = 0; type < 256; type++)
    t->totals[type] += t->viewers[i].counts[type];
  replay_close(&t->viewers[i]);
  t->attached[i] = false;
}

static bool step(struct test *t, unsigned i, int timeout_ms) {
  if (replay_step(&t->viewers[i], timeout_ms))
    return true;
  fprintf(stderr, "viewer %u: %s\n", i, t->viewers[i].error == NULL ? "closed by the session" : t->viewers[i].error);
  return false;
}

/* How many pixels of the viewer are not the screen's; `*where` is the box that holds them. */
static unsigned differences(const struct replay *r, const XImage *screen, struct rect *where) {
  unsigned count = 0, left = UINT16_MAX, top = UINT16_MAX, right = 0, bottom = 0;
  if (r->pixels == NULL || r->width != (unsigned)screen->width || r->height != (unsigned)screen->height)
    return UINT_MAX;
  for (unsigned y = 0; y < r->height; y++) {
    const uint32_t *row = (const uint32_t *)(const void *)(screen->data + (size_t)y * (size_t)screen->bytes_per_line);
    for (unsigned x = 0; x < r->width; x++) {
      if ((row[x] & 0xffffff) == r->pixels[y * r->width + x])
        continue;
      count++;
      left = x < left ? x : left;
      right = x > right ? x : right;
      top = y < top ? y : top;
      bottom = y;
    }
  }
  *where = (struct rect){(uint16_t)left, (uint16_t)top, (uint16_t)(right - left + 1), (uint16_t)(bottom - top + 1)};
  return count;
}

static void complain(const struct replay *r, const XImage *screen, unsigned i, unsigned operation, unsigned count,
                     const struct rect *where) {
  fprintf(stderr, "viewer %u (%ux%u, %u frames) does not show the screen (%dx%d) after operation %u: ", i, r->width,
          r->height, r->frames, screen->width, screen->height, operation);
  if (count == UINT_MAX)
    fprintf(stderr, "another size\n");
  else
    fprintf(stderr, "%u pixels differ within %ux%u+%u+%u\n", count, where->width, where->height, where->x, where->y);
}

/* Waits until viewer `i` shows the screen. */
static bool check_viewer(struct test *t, unsigned i, const XImage *screen, unsigned operation) {
  const long deadline = now_ms() + CHECK_TIMEOUT_MS;
  struct rect where;
  for (unsigned count; (count = differences(&t->viewers[i], screen, &where)) > 0;) {
    if (now_ms() >= deadline) {
      complain(&t->viewers[i], screen, i, operation, count, &where);
      return false;
    }
    if (!step(t, i, 10))
      return false;
  }
  return true;
}

/* Waits until the session has acted on all that viewer `i` has sent: the picture to compare with is taken after it. */
static bool settle(struct test *t, unsigned i, unsigned operation) {
  const struct message ping = {.type = MESSAGE_PING, .value = operation};
  t->stalled[i] = false;
  if (!replay_send(&t->viewers[i], &ping))
    return false;
  while (t->viewers[i].pong != operation)
    if (!step(t, i, CHECK_TIMEOUT_MS))
      return false;
  return true;
}

static bool check(struct test *t, unsigned operation) {
  for (unsigned i = 0; i < VIEWERS; i++)
    if (t->attached[i] && !settle(t, i, operation))
      return false;
  XImage *screen = painter_screen(&t->painter);
  bool right = true;
  for (unsigned i = 0; i < VIEWERS; i++)
    right = right && (!t->attached[i] || check_viewer(t, i, screen, operation));
  XDestroyImage(screen);
  return right;
}

/* A viewer does something. */
static void disturb(struct test *t) {
  const unsigned i = below(VIEWERS);
  if (!t->attached[i]) {
    attach(t, i);
    return;
  }
  switch (below(8)) {
  case 0:
    detach(t, i);
    break;
  case 1:
    t->resizes++;
    replay_send(&t->viewers[i],
                &(struct message){.type = MESSAGE_SET_SIZE,
                                  .size = {(uint16_t)(320 + below(1200)), (uint16_t)(200 + below(900))}});
    break;
  case 2:
    replay_send(&t->viewers[i], &(struct message){.type = MESSAGE_REFRESH});
    break;
  default:
    t->stalled[i] = true;
  }
}

static bool run(struct test *t, unsigned operations) {
  for (unsigned operation = 1; operation <= operations; operation++) {
    painter_draw(&t->painter);
    if (below(4) == 0)
      XFlush(t->painter.display);
    if (below(20) == 0)
      disturb(t);
    for (unsigned i = 0; i < VIEWERS; i++)
      if (t->attached[i] && !t->stalled[i] && below(3) == 0 && !step(t, i, 0))
        return false;
    if (operation % OPERATIONS_BETWEEN_CHECKS == 0 && !check(t, operation))
      return false;
  }
  return check(t, operations);
}

/* A run that did not use what it is to test proves nothing. */
static bool all_used(const struct test *t) {
  static const struct {
    enum message_type type;
    const char *name;
  } needed[] = {{MESSAGE_RAW, "RAW"},       {MESSAGE_SFILL, "SFILL"},
                {MESSAGE_COPY, "COPY"},     {MESSAGE_SCREEN_SIZE, "SCREEN_SIZE"},
                {MESSAGE_BITMAP, "BITMAP"}, {MESSAGE_MARK, "MARK"}};
  for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
    if (t->totals[needed[i].type] == 0) {
      fprintf(stderr, "no %s was sent\n", needed[i].name);
      return false;
    }
  }
  return true;
}

int main(int argc, char **argv) {
  static struct test t;
  const unsigned operations = argc > 2 ? (unsigned)atol(argv[2]) : OPERATIONS;
  const bool usual = argc < 4, any = !usual && strcmp(argv[3], "any") == 0;
  const unsigned seed = usual ? USUAL_SEED : any ? (unsigned)time(NULL) : (unsigned)atol(argv[3]);
  if (argc < 2) {
    fprintf(stderr, "usage: %s MODULES [OPERATIONS [SEED|any]]\n", argv[0]);
    return EXIT_FAILURE;
  }
  printf("seed %u\n", seed);
  srand(seed);
  xserver_start(&t.server, argv[1], "", "");
  painter_init(&t.painter, t.server.display);
  attach(&t, 0);
  bool passed = run(&t, operations);
  for (unsigned i = 0; i < VIEWERS; i++)
    if (t.attached[i])
      detach(&t, i);
  printf("%u operations, %u attachments, %u resizes, %u frames: %u RAW, %u SFILL, %u COPY, %u BITMAP, %u TILE_PAINT, "
         "%u PFILL, %u VIDEO_FRAME\n",
         operations, t.attachments, t.resizes, t.totals[MESSAGE_FRAME_END], t.totals[MESSAGE_RAW],
         t.totals[MESSAGE_SFILL], t.totals[MESSAGE_COPY], t.totals[MESSAGE_BITMAP], t.totals[MESSAGE_TILE_PAINT],
         t.totals[MESSAGE_PFILL], t.totals[MESSAGE_VIDEO_FRAME]);
  passed = passed && (!usual || all_used(&t));
  if (passed)
    painter_destroy(&t.painter);
  return xserver_stop(&t.server) && passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
