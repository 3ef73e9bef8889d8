/*
 * video_test.c: what a player gives by Xv in a real X server, and what viewers get of it.
 *
 *   video-test MODULES
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/Xvlib.h>

#include "replay.h"
#include "xserver.h"

/* Generous: a busy machine is no failure. */
#define TIMEOUT_MS 60000
/* Ten pictures in a second are a film, which a busy machine may come to paint late only. */
#define FOUND_TIMEOUT_MS 240000
#define WIDTH 320
#define HEIGHT 240
/* Where the player's window is, and its size: twice the film's. */
#define LEFT 100
#define TOP 50
#define I420 0x30323449

struct test {
  struct xserver server;
  Display *display;
  Window root, player;
  GC gc;
  XvPortID port;
  XvImage *image;
  unsigned checks, failures;
};

static void expect(struct test *t, bool holds, const char *what) {
  t->checks++;
  if (holds)
    return;
  t->failures++;
  fprintf(stderr, "FAIL %s\n", what);
}

static long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void start(struct test *t, const char *modules) {
  unsigned count = 0;
  XvAdaptorInfo *adaptors = NULL;
  xserver_start(&t->server, modules, "", "");
  t->display = XOpenDisplay(t->server.display);
  if (t->display == NULL || XvQueryAdaptors(t->display, DefaultRootWindow(t->display), &count, &adaptors) != Success ||
      count != 1) {
    fprintf(stderr, "no X server with an Xv adaptor\n");
    exit(EXIT_FAILURE);
  }
  t->port = adaptors[0].base_id;
  XvFreeAdaptorInfo(adaptors);
  t->root = DefaultRootWindow(t->display);
  t->player = XCreateSimpleWindow(t->display, t->root, LEFT, TOP, 2 * WIDTH, 2 * HEIGHT, 0, 0, 0x303030);
  XMapWindow(t->display, t->player);
  t->gc = XCreateGC(t->display, t->player, 0, NULL);
  t->image = XvCreateImage(t->display, t->port, I420, NULL, WIDTH, HEIGHT);
  t->image->data = calloc(1, (size_t)t->image->data_size);
  XSync(t->display, False);
}

/* Shows a picture of one luma, with a pattern in its upper half. */
static void show(struct test *t, unsigned luma, bool scaled) {
  memset(t->image->data, (int)luma, (size_t)t->image->data_size);
  for (int i = 0; i < WIDTH * HEIGHT / 2; i++)
    t->image->data[i] = (char)(16 + (i * 7 + i / WIDTH) % 200);
  memset(t->image->data + t->image->offsets[1], 128, (size_t)(t->image->data_size - t->image->offsets[1]));
  XvPutImage(t->display, t->port, t->player, t->gc, t->image, 0, 0, WIDTH, HEIGHT, 0, 0, scaled ? 2 * WIDTH : WIDTH,
             scaled ? 2 * HEIGHT : HEIGHT);
  XSync(t->display, False);
}

static XImage *screen(struct test *t) {
  Window root;
  int x, y;
  unsigned width, height, border, depth;
  XGetGeometry(t->display, t->root, &root, &x, &y, &width, &height, &border, &depth);
  return XGetImage(t->display, t->root, 0, 0, width, height, AllPlanes, ZPixmap);
}

static bool same(struct test *t, const struct replay *r) {
  XImage *image = screen(t);
  bool equal = r->width == (unsigned)image->width && r->height == (unsigned)image->height;
  for (unsigned y = 0; equal && y < r->height; y++)
    for (unsigned x = 0; equal && x < r->width; x++)
      equal = (XGetPixel(image, (int)x, (int)y) & 0xffffff) == r->pixels[y * r->width + x];
  XDestroyImage(image);
  return equal;
}

static void tell_difference(struct test *t, const struct replay *r) {
  XImage *image = screen(t);
  int left = image->width, top = image->height, right = 0, bottom = 0;
  fprintf(stderr, "the viewer has %u x %u, the screen %d x %d\n", r->width, r->height, image->width, image->height);
  for (unsigned s = 0; s < PROTOCOL_MAX_VIDEO_STREAMS; s++)
    if (r->videos[s].open)
      fprintf(stderr, "video %u is open\n", s);
  for (int y = 0; y < image->height && y < (int)r->height; y++)
    for (int x = 0; x < image->width && x < (int)r->width; x++)
      if ((XGetPixel(image, x, y) & 0xffffff) != r->pixels[y * (int)r->width + x]) {
        left = x < left ? x : left;
        right = x > right ? x : right;
        top = y < top ? y : top;
        bottom = y;
      }
  if (bottom >= top)
    fprintf(stderr, "they differ in %d..%d x %d..%d, there %06lx, here %06x\n", left, right, top, bottom,
            XGetPixel(image, left, top) & 0xffffff, r->pixels[top * (int)r->width + left]);
  XDestroyImage(image);
}

/* Lets viewers act until all are told that all videos have ended and show the screen. */
static bool settle(struct test *t, struct replay *viewers, unsigned count) {
  const long deadline = now_ms() + TIMEOUT_MS;
  while (now_ms() < deadline) {
    bool settled = true;
    for (unsigned i = 0; i < count; i++) {
      if (!replay_step(&viewers[i], 20)) {
        fprintf(stderr, "viewer %u: %s\n", i, viewers[i].error == NULL ? "closed" : viewers[i].error);
        return false;
      }
      for (unsigned s = 0; s < PROTOCOL_MAX_VIDEO_STREAMS; s++)
        settled = settled && !viewers[i].videos[s].open;
    }
    for (unsigned i = 0; settled && i < count; i++)
      settled = same(t, &viewers[i]);
    if (settled)
      return true;
  }
  for (unsigned i = 0; i < count; i++)
    tell_difference(t, &viewers[i]);
  return false;
}

static bool wait_frames(struct replay *r, unsigned frames) {
  const long deadline = now_ms() + TIMEOUT_MS;
  while (r->videos[0].frames < frames)
    if (now_ms() > deadline || !replay_step(r, 100))
      return false;
  return true;
}

static bool sees(const struct replay *r, int x, int y) {
  return r->videos[0].visible != NULL && pixman_region_contains_point(r->videos[0].visible, x, y, NULL);
}

static void test_playing(struct test *t) {
  struct replay viewers[2];
  bool seen = false;
  replay_connect(&viewers[0], t->server.socket, 0, 0, 63, false);
  replay_connect(&viewers[1], t->server.socket, 0, 0, 1, false);
  expect(t, settle(t, viewers, 2), "both viewers show the desktop before the film");
  for (unsigned i = 0; i < 10; i++) {
    show(t, 40 + i * 10, true);
    expect(t, wait_frames(&viewers[0], viewers[0].videos[0].frames + 1), "a picture comes as video");
    seen |= sees(&viewers[0], LEFT + 2 * WIDTH - 1, TOP + 2 * HEIGHT - 1);
    replay_step(&viewers[1], 0);
  }
  expect(t, viewers[0].videos[0].width == WIDTH && viewers[0].videos[0].height == HEIGHT, "in the film's size");
  expect(t, seen, "and shown in the window's");
  expect(t, viewers[1].counts[MESSAGE_VIDEO_OPEN] == 0, "who decodes no videos gets none");

  XImage *image = screen(t);
  const unsigned long pixel = XGetPixel(image, LEFT + WIDTH, TOP + 2 * HEIGHT - 20) & 0xffffff;
  XDestroyImage(image);
  expect(t, pixel == 0x858585, "who reads the screen reads the picture"); /* (130 - 16) * 255 / 219 */

  XSetForeground(t->display, t->gc, 0xff0000);
  XFillRectangle(t->display, t->player, t->gc, 10, 10, 50, 50);
  XSync(t->display, False);
  const long deadline = now_ms() + TIMEOUT_MS;
  const uint32_t *there = &viewers[0].pixels[(TOP + 20) * viewers[0].width + LEFT + 20];
  while ((*there != 0xff0000 || sees(&viewers[0], LEFT + 20, TOP + 20)) && now_ms() < deadline &&
         replay_step(&viewers[0], 100))
    continue;
  expect(t, *there == 0xff0000 && !sees(&viewers[0], LEFT + 20, TOP + 20), "what is drawn over the film is seen there");

  expect(t, settle(t, viewers, 2), "a film that stands still is exact, for both viewers");
  replay_close(&viewers[0]);
  replay_close(&viewers[1]);
}

/* A viewer that takes nothing for a while gets the newest picture, not all of them. */
static void test_newest(struct test *t) {
  struct replay viewer;
  replay_connect(&viewer, t->server.socket, 0, 0, 63, false);
  expect(t, settle(t, &viewer, 1), "the desktop is shown");
  for (unsigned i = 0; i < 500; i++)
    show(t, 40 + i % 100, true);
  expect(t, settle(t, &viewer, 1), "the last picture is exact in the end");
  expect(t, viewer.videos[0].frames < 250, "pictures that are late are left out");
  replay_close(&viewer);
}

static void test_comings_and_goings(struct test *t) {
  struct replay viewer;
  replay_connect(&viewer, t->server.socket, 0, 0, 63, false);
  expect(t, settle(t, &viewer, 1), "the desktop is shown");
  show(t, 100, false);
  expect(t, wait_frames(&viewer, 1), "a film is shown to who has just come");
  replay_close(&viewer);
  show(t, 110, false);
  show(t, 120, true);
  replay_connect(&viewer, t->server.socket, 0, 0, 63, false);
  expect(t, settle(t, &viewer, 1), "who comes after the film sees its last picture");
  replay_close(&viewer);
}

static void test_resized(struct test *t) {
  struct replay viewer;
  replay_connect(&viewer, t->server.socket, 0, 0, 63, false);
  expect(t, settle(t, &viewer, 1), "the desktop is shown");
  show(t, 130, true);
  XMoveWindow(t->display, t->player, LEFT + 60, TOP + 30);
  XSync(t->display, False);
  show(t, 140, true);
  replay_send(&viewer, &(struct message){.type = MESSAGE_SET_SIZE, .size = {900, 700}});
  show(t, 150, true);
  expect(t, settle(t, &viewer, 1), "a film in a window that moves on a screen that changes");
  show(t, 160, true);
  XUnmapWindow(t->display, t->player);
  XSync(t->display, False);
  expect(t, settle(t, &viewer, 1), "a player that goes leaves nothing");
  replay_close(&viewer);
}

/* A browser's film: pixels, painted again and again. */
static void paint_film(struct test *t, XImage *image, unsigned n) {
  uint32_t *pixels = (uint32_t *)(void *)image->data;
  for (int y = 0; y < image->height; y++)
    for (int x = 0; x < image->width; x++) {
      const unsigned noise = (unsigned)rand() % 16;
      pixels[y * image->width + x] = ((unsigned)(x + (int)n * 3) % 200 + noise) << 16 |
                                     ((unsigned)(y + (int)n) % 200 + noise) << 8 | ((unsigned)(x + y) % 200 + noise);
    }
  XPutImage(t->display, t->root, t->gc, image, 0, 0, 30, 40, (unsigned)image->width, (unsigned)image->height);
  XSync(t->display, False);
}

static void test_found(struct test *t) {
  struct replay viewers[2];
  XImage *image = XCreateImage(t->display, DefaultVisual(t->display, 0), 24, ZPixmap, 0,
                               malloc(WIDTH * (HEIGHT + 20) * 4ul), WIDTH, HEIGHT + 20, 32, 0);
  replay_connect(&viewers[0], t->server.socket, 0, 0, 63, false);
  replay_connect(&viewers[1], t->server.socket, 0, 0, 7, false);
  expect(t, settle(t, viewers, 2), "both viewers show the desktop");
  const long deadline = now_ms() + FOUND_TIMEOUT_MS;
  const struct replay_video *film = &viewers[0].videos[PROTOCOL_MAX_VIDEO_STREAMS - 1];
  for (unsigned n = 0; film->frames < 5 && now_ms() < deadline; n++) {
    paint_film(t, image, n);
    for (unsigned i = 0; i < 2; i++)
      expect(t, replay_step(&viewers[i], 10), "viewers go on");
  }
  expect(t, film->frames >= 5, "a film that is painted as pixels is sent as video");
  expect(t, settle(t, viewers, 2), "and is exact when it stands still");
  XDestroyImage(image);
  replay_close(&viewers[0]);
  replay_close(&viewers[1]);
}

int main(int argc, char **argv) {
  static struct test t;
  if (argc != 2) {
    fprintf(stderr, "usage: %s MODULES\n", argv[0]);
    return EXIT_FAILURE;
  }
  start(&t, argv[1]);
  test_playing(&t);
  test_newest(&t);
  test_comings_and_goings(&t);
  test_resized(&t);
  test_found(&t);
  XCloseDisplay(t.display);
  printf("%u checks, %u failures\n", t.checks, t.failures);
  return xserver_stop(&t.server) && t.failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
