/*
 * offscreen_test.c: what is drawn into a pixmap and copied from there arrives with the meaning that it has when it is
 * drawn on the screen at once; with the figures of both.
 *
 *   offscreen-test MODULES
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <X11/Xlib.h>
#include <X11/Xutil.h>

#include "replay.h"
#include "xserver.h"

#define TIMEOUT_MS 60000
#define WIDTH 1280u
#define HEIGHT 800u
#define LINE 13
#define SCROLLED (3 * LINE)
#define GROUND 0x205080

struct test {
  struct xserver server;
  Display *display;
  Window root;
  Pixmap pixmap, tile, icon;
  GC gc;
  XImage *photograph;
  struct replay viewer;
  unsigned checks, failures;
};

/* What a viewer was sent. */
struct cost {
  uint64_t bytes;
  unsigned fills, copies, patterns, bitmaps, tiles, raws;
};

/* Draws something on `to`. */
typedef void draw(struct test *t, Drawable to);

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

static bool same(struct test *t) {
  const struct replay *r = &t->viewer;
  XImage *screen = XGetImage(t->display, t->root, 0, 0, WIDTH, HEIGHT, AllPlanes, ZPixmap);
  bool equal = r->width == WIDTH && r->height == HEIGHT;
  for (unsigned y = 0; equal && y < HEIGHT; y++) {
    const uint32_t *row = (const uint32_t *)(const void *)(screen->data + (size_t)y * (size_t)screen->bytes_per_line);
    for (unsigned x = 0; equal && x < WIDTH; x++)
      equal = (row[x] & 0xffffff) == r->pixels[y * WIDTH + x];
  }
  XDestroyImage(screen);
  return equal;
}

/* Waits until the viewer shows the screen; exits if it does not. */
static void settle(struct test *t) {
  static uint64_t value;
  const long deadline = now_ms() + TIMEOUT_MS;
  XSync(t->display, False);
  replay_send(&t->viewer, &(struct message){.type = MESSAGE_PING, .value = ++value});
  while (t->viewer.pong != value || !same(t))
    if (now_ms() > deadline || !replay_step(&t->viewer, 20)) {
      fprintf(stderr, "the viewer does not show the screen: %s\n", t->viewer.error == NULL ? "" : t->viewer.error);
      exit(EXIT_FAILURE);
    }
}

static struct cost cost_of(const struct replay *r) {
  return (struct cost){r->bytes,
                       r->counts[MESSAGE_SFILL],
                       r->counts[MESSAGE_COPY],
                       r->counts[MESSAGE_PFILL],
                       r->counts[MESSAGE_BITMAP],
                       r->counts[MESSAGE_TILE_PAINT],
                       r->counts[MESSAGE_RAW]};
}

static struct cost difference(struct cost a, struct cost b) {
  return (struct cost){a.bytes - b.bytes,     a.fills - b.fills, a.copies - b.copies, a.patterns - b.patterns,
                       a.bitmaps - b.bitmaps, a.tiles - b.tiles, a.raws - b.raws};
}

static void print(const char *name, const char *way, const struct cost *c) {
  printf("%-22s %-10s %8llu bytes: %u SFILL, %u COPY, %u PFILL, %u BITMAP, %u TILE_PAINT, %u RAW\n", name, way,
         (unsigned long long)c->bytes, c->fills, c->copies, c->patterns, c->bitmaps, c->tiles, c->raws);
}

static void ground(struct test *t, Drawable to) {
  XSetForeground(t->display, t->gc, GROUND);
  XFillRectangle(t->display, to, t->gc, 0, 0, WIDTH, HEIGHT);
}

/* A viewer without memory of earlier cases, on a screen that has what `before` draws. */
static void begin(struct test *t, draw *before) {
  ground(t, t->root);
  before(t, t->root);
  XSync(t->display, False);
  replay_connect(&t->viewer, t->server.socket, 0, 0, 63, false);
  settle(t);
}

static struct cost directly(struct test *t, draw *before, draw *what) {
  begin(t, before);
  const struct cost start = cost_of(&t->viewer);
  what(t, t->root);
  settle(t);
  const struct cost end = cost_of(&t->viewer);
  replay_close(&t->viewer);
  return difference(end, start);
}

static struct cost through_pixmap(struct test *t, draw *before, draw *what) {
  begin(t, before);
  const struct cost start = cost_of(&t->viewer);
  XCopyArea(t->display, t->root, t->pixmap, t->gc, 0, 0, WIDTH, HEIGHT, 0, 0);
  what(t, t->pixmap);
  XCopyArea(t->display, t->pixmap, t->root, t->gc, 0, 0, WIDTH, HEIGHT, 0, 0);
  settle(t);
  const struct cost end = cost_of(&t->viewer);
  replay_close(&t->viewer);
  return difference(end, start);
}

static struct cost compare(struct test *t, const char *name, draw *before, draw *what) {
  const struct cost direct = directly(t, before, what), off = through_pixmap(t, before, what);
  print(name, "directly", &direct);
  print("", "off screen", &off);
  return off;
}

static void nothing(struct test *t, Drawable to) {}

static void areas(struct test *t, Drawable to) {
  for (unsigned i = 0; i < 40; i++) {
    XSetForeground(t->display, t->gc, (i * 0x357913) & 0xffffff);
    XFillRectangle(t->display, to, t->gc, (int)(i % 8 * 150 + 20), (int)(i / 8 * 150 + 30), 40 + i * 2, 20 + i * 2);
  }
}

static void lines(struct test *t, Drawable to, unsigned from, unsigned to_line, int top) {
  char text[128];
  XSetForeground(t->display, t->gc, 0x101010);
  for (unsigned i = from; i < to_line; i++) {
    const int length = snprintf(text, sizeof text, "%u. The quick brown fox jumps over %u lazy dogs, and %x cats", i,
                                i * 7919 % 1000, i * 40503u);
    XDrawString(t->display, to, t->gc, 10, top + (int)(i - from + 1) * LINE, text, length);
  }
}

static void page(struct test *t, Drawable to) {
  XSetForeground(t->display, t->gc, 0xffffff);
  XFillRectangle(t->display, to, t->gc, 0, 0, WIDTH, HEIGHT);
  lines(t, to, 0, HEIGHT / LINE, 0);
}

/* Within the drawable, as an editor does. */
static void scrolled(struct test *t, Drawable to) {
  XCopyArea(t->display, to, to, t->gc, 0, SCROLLED, WIDTH, HEIGHT - SCROLLED, 0, 0);
  XSetForeground(t->display, t->gc, 0xffffff);
  XFillRectangle(t->display, to, t->gc, 0, (int)HEIGHT - SCROLLED, WIDTH, SCROLLED);
  lines(t, to, 1000, 1000 + SCROLLED / LINE, (int)HEIGHT - SCROLLED - 1);
}

static void pattern(struct test *t, Drawable to) {
  XSetTile(t->display, t->gc, t->tile);
  XSetFillStyle(t->display, t->gc, FillTiled);
  XFillRectangle(t->display, to, t->gc, 30, 40, 900, 600);
  XSetFillStyle(t->display, t->gc, FillSolid);
}

static void photograph(struct test *t, Drawable to) {
  XPutImage(t->display, to, t->gc, t->photograph, 0, 0, 64, 64, 512, 384);
}

static void icons(struct test *t, Drawable to) {
  for (int i = 0; i < 20; i++)
    XCopyArea(t->display, t->icon, to, t->gc, 0, 0, 32, 32, 17 + i % 5 * 90, 11 + i / 5 * 110);
}

static void make_pictures(struct test *t) {
  Visual *visual = DefaultVisual(t->display, 0);
  XImage *image = XCreateImage(t->display, visual, 24, ZPixmap, 0, malloc(512 * 384 * 4), 512, 384, 32, 0);
  uint32_t *pixels = (uint32_t *)(void *)image->data;
  unsigned noise = 1;
  t->tile = XCreatePixmap(t->display, t->root, 6, 5, 24);
  t->icon = XCreatePixmap(t->display, t->root, 32, 32, 24);
  for (unsigned i = 0; i < 512 * 384; i++) {
    noise = noise * 1103515245u + 12345u;
    pixels[i] = (i % 512 / 3 + (noise >> 16) % 9) << 16 | (i / 512 / 2 + (noise >> 20) % 9) << 8 | (i % 97);
  }
  XPutImage(t->display, t->tile, t->gc, image, 0, 0, 0, 0, 6, 5);
  for (unsigned i = 0; i < 32 * 32; i++) /* few colours, and a shape */
    pixels[i / 32 * 512 + i % 32] = (i % 32 + i / 32) / 5 % 3 * 0x402010 + (i % 7 == 0 ? 0x0000c0 : 0x30);
  XPutImage(t->display, t->icon, t->gc, image, 0, 0, 0, 0, 32, 32);
  for (unsigned i = 0; i < 512 * 384; i++) {
    noise = noise * 1103515245u + 12345u;
    pixels[i] = (i % 512 / 3 + (noise >> 16) % 9) << 16 | (i / 512 / 2 + (noise >> 20) % 9) << 8 | (i % 97);
  }
  t->photograph = image;
}

/* A menu over a page: what it covers is kept in a pixmap, and comes back from there. */
static void test_menu(struct test *t) {
  begin(t, page);
  XCopyArea(t->display, t->root, t->pixmap, t->gc, 100, 100, 300, 400, 0, 0);
  XSetForeground(t->display, t->gc, 0xc0c0c0);
  XFillRectangle(t->display, t->root, t->gc, 100, 100, 300, 400);
  settle(t);
  const struct cost start = cost_of(&t->viewer);
  XCopyArea(t->display, t->pixmap, t->root, t->gc, 0, 0, 300, 400, 100, 100);
  settle(t);
  const struct cost back = difference(cost_of(&t->viewer), start);
  print("what was below a menu", "comes back", &back);
  expect(t, back.bytes < 300 * 400 * 4 / 16, "what was below a menu is sent as the text that it is");
  replay_close(&t->viewer);
}

int main(int argc, char **argv) {
  static struct test t;
  struct cost c;
  if (argc != 2) {
    fprintf(stderr, "usage: %s MODULES\n", argv[0]);
    return EXIT_FAILURE;
  }
  xserver_start(&t.server, argv[1], "", "");
  t.display = XOpenDisplay(t.server.display);
  if (t.display == NULL) {
    fprintf(stderr, "cannot connect to %s\n", t.server.display);
    return EXIT_FAILURE;
  }
  t.root = DefaultRootWindow(t.display);
  t.gc = XCreateGC(t.display, t.root, 0, NULL);
  XSetGraphicsExposures(t.display, t.gc, False);
  XFontStruct *font = XLoadQueryFont(t.display, "fixed");
  XSetFont(t.display, t.gc, font->fid);
  t.pixmap = XCreatePixmap(t.display, t.root, WIDTH, HEIGHT, 24);
  make_pictures(&t);

  c = compare(&t, "areas of one colour", nothing, areas);
  expect(&t, c.fills > 0 && c.bytes < 16384, "areas that were drawn off screen are filled");
  c = compare(&t, "a page of text", nothing, page);
  expect(&t, c.bitmaps > 0 && c.bytes < WIDTH * HEIGHT / 8, "text that was drawn off screen is two colours");
  c = compare(&t, "the page scrolled", page, scrolled);
  expect(&t, c.copies > 0 && c.bytes < WIDTH * HEIGHT / 64, "what was scrolled off screen is copied");
  c = compare(&t, "a pattern", nothing, pattern);
  expect(&t, c.patterns > 0, "a pattern that was drawn off screen is its tile");
  c = compare(&t, "a photograph", nothing, photograph);
  expect(&t, c.raws > 0, "a photograph is pixels");
  compare(&t, "twenty icons", nothing, icons);
  test_menu(&t);

  XFreeFont(t.display, font);
  XDestroyImage(t.photograph);
  XCloseDisplay(t.display);
  expect(&t, xserver_stop(&t.server), "the X server lives to the end");
  printf("%u checks, %u failures\n", t.checks, t.failures);
  return t.failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
