/*
 * session_test.c: a session and its viewers in a real X server: flow control, hostile bytes, cursor, sizes, bell,
 * quiesce.
 *
 *   session-test MODULES VECTORS
 */
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <X11/Xlib.h>
#include <X11/extensions/Xrandr.h>

#include "replay.h"
#include "xserver.h"

#define TIMEOUT_MS 60000
#define MAX_VIEWERS 16
#define RANDOM_VIEWERS 200u
#define RANDOM_MESSAGES 40u

struct test {
  struct xserver server;
  Display *display;
  Window root;
  GC gc;
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
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool ping(struct replay *r, uint64_t value) {
  return replay_send(r, &(struct message){.type = MESSAGE_PING, .value = value});
}

/* Waits until the session has acted on all that was sent; false if it disconnects instead. */
static bool settle(struct replay *r) {
  static uint64_t value;
  if (!ping(r, ++value))
    return false;
  const long deadline = now_ms() + TIMEOUT_MS;
  while (r->pong != value)
    if (now_ms() > deadline || !replay_step(r, TIMEOUT_MS))
      return false;
  return true;
}

/* Reads until the session closes the connection; false if it does not in time. */
static bool wait_end(struct replay *r) {
  const long deadline = now_ms() + TIMEOUT_MS;
  while (replay_step(r, 100))
    if (now_ms() > deadline)
      return false;
  return r->ended || r->error == NULL;
}

static void fill(struct test *t, unsigned long colour, unsigned x, unsigned y, unsigned width, unsigned height) {
  XSetForeground(t->display, t->gc, colour);
  XFillRectangle(t->display, t->root, t->gc, (int)x, (int)y, width, height);
  XSync(t->display, False);
}

static uint32_t pixel(const struct replay *r, unsigned x, unsigned y) { return r->pixels[y * r->width + x]; }

/* Waits until the viewer shows `colour` there. */
static bool wait_pixel(struct replay *r, unsigned x, unsigned y, uint32_t colour) {
  const long deadline = now_ms() + TIMEOUT_MS;
  while (r->pixels == NULL || x >= r->width || y >= r->height || pixel(r, x, y) != colour)
    if (now_ms() > deadline || !replay_step(r, 100))
      return false;
  return true;
}

/* Resident memory of the X server in KiB. */
static long memory_kib(struct test *t) {
  char path[64];
  long size = 0, resident = 0;
  snprintf(path, sizeof path, "/proc/%d/statm", (int)t->server.pid);
  FILE *f = fopen(path, "r");
  if (f == NULL || fscanf(f, "%ld %ld", &size, &resident) != 2)
    resident = 0;
  if (f != NULL)
    fclose(f);
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void noise(struct test *t, unsigned size) {
  XImage *image = XCreateImage(t->display, DefaultVisual(t->display, 0), 24, ZPixmap, 0, malloc(size * size * 4ul),
                               size, size, 32, 0);
  for (unsigned i = 0; i < size * size; i++)
    ((uint32_t *)(void *)image->data)[i] = (uint32_t)rand();
  XPutImage(t->display, t->root, t->gc, image, 0, 0, 0, 0, size, size);
  XSync(t->display, False);
  XDestroyImage(image);
}

/* A viewer that does not acknowledge gets three frames, and the newest state once it does. */
static void test_acknowledgement(struct test *t) {
  struct replay r;
  replay_connect(&r, t->server.socket, 0, 0, 7, false);
  r.acknowledge = false;
  const long deadline = now_ms() + TIMEOUT_MS;
  unsigned fills = 0;
  for (unsigned more = 10; more > 0 && now_ms() < deadline; more -= r.frames >= PROTOCOL_FRAMES_AHEAD) {
    fill(t, ++fills, 0, 0, 100, 100);
    replay_step(&r, 50);
  }
  expect(t, settle(&r) && r.frames == PROTOCOL_FRAMES_AHEAD, "three frames are sent ahead of the acknowledgement");
  r.acknowledge = true;
  replay_send(&r, &(struct message){.type = MESSAGE_ACK, .ack = {.frame = r.frame}});
  expect(t, wait_pixel(&r, 50, 50, fills), "after it comes the newest state");
  expect(t, r.frames <= PROTOCOL_FRAMES_AHEAD + 2, "and not each frame that was missed");
  replay_send(&r, &(struct message){.type = MESSAGE_ACK, .ack = {.frame = r.frame + 1}});
  fill(t, ++fills, 0, 0, 100, 100);
  expect(t, wait_pixel(&r, 50, 50, fills), "an acknowledgement of another frame is ignored");
  replay_close(&r);
}

/* A background that repeats is one message, however it was painted. */
static void test_pattern(struct test *t) {
  struct replay r;
  uint32_t tile[6 * 5];
  for (unsigned i = 0; i < 6 * 5; i++)
    tile[i] = i * 0x050709;
  XImage *image = XCreateImage(t->display, DefaultVisual(t->display, 0), 24, ZPixmap, 0, (char *)tile, 6, 5, 32, 6 * 4);
  Pixmap pixmap = XCreatePixmap(t->display, t->root, 6, 5, 24);
  XPutImage(t->display, pixmap, t->gc, image, 0, 0, 0, 0, 6, 5);
  XSetWindowBackgroundPixmap(t->display, t->root, pixmap);
  replay_connect(&r, t->server.socket, 0, 0, 63, false);
  expect(t, settle(&r), "a viewer is served");
  XClearWindow(t->display, t->root);
  XSync(t->display, False);
  expect(t, wait_pixel(&r, 6 * 100 + 3, 5 * 90 + 2, tile[2 * 6 + 3]), "a tiled background is shown");
  expect(t, r.counts[MESSAGE_PFILL] > 0, "as the tile that it repeats");
  replay_close(&r);
  XSetWindowBackground(t->display, t->root, 0);
  XFreePixmap(t->display, pixmap);
  image->data = NULL;
  XDestroyImage(image);
}

/* A viewer that reads nothing costs a bounded queue, and nobody waits for it. */
static void test_stall(struct test *t) {
  struct replay stalled, other;
  replay_connect(&other, t->server.socket, 0, 0, 7, false);
  noise(t, 700);
  expect(t, settle(&other), "another viewer is served");
  replay_connect(&stalled, t->server.socket, 0, 0, 1, false);
  const long before = memory_kib(t);
  for (unsigned i = 0; i < 40; i++) {
    noise(t, 700);
    expect(t, settle(&other), "another viewer is served");
  }
  const long grown = memory_kib(t) - before;
  expect(t, grown < 4096, "a viewer that reads nothing costs less than 4 MiB");
  replay_close(&stalled);
  replay_close(&other);
}

/* A viewer that reads nothing for long is disconnected. In a server of its own, whose patience is a second. */
static void test_stall_timeout(struct test *t, const char *modules) {
  struct xserver server;
  struct replay stalled;
  xserver_start(&server, modules, "Option \"StallTimeout\" \"1\"", "");
  Display *display = XOpenDisplay(server.display);
  Window root = DefaultRootWindow(display);
  GC gc = XCreateGC(display, root, 0, NULL);
  /* More than a socket takes: no two rows are of one colour, and this viewer takes plain pixels only. */
  for (int y = 0; y < 800; y++) {
    XSetForeground(display, gc, (unsigned long)y);
    XDrawLine(display, root, gc, 0, y, 1280, y);
  }
  XSync(display, False);
  replay_connect(&stalled, server.socket, 0, 0, 1, false);
  const long deadline = now_ms() + TIMEOUT_MS;
  struct pollfd p = {.fd = stalled.fd, .events = 0};
  while ((p.revents & POLLHUP) == 0 && now_ms() < deadline)
    poll(&p, 1, (int)(deadline - now_ms()));
  expect(t, (p.revents & POLLHUP) != 0, "a viewer that takes nothing for long is disconnected");
  replay_close(&stalled);
  XCloseDisplay(display);
  expect(t, xserver_stop(&server), "the X server lives to the end");
}

/* Answers pile up at the viewer's side of the socket, not in the session. */
static void test_ping_flood(struct test *t) {
  struct replay flood, other;
  uint8_t bytes[16];
  const long before = memory_kib(t);
  replay_connect(&other, t->server.socket, 0, 0, 7, false);
  replay_connect(&flood, t->server.socket, 0, 0, 7, false);
  const struct timeval timeout = {.tv_usec = 200000};
  setsockopt(flood.fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  protocol_encode(&(struct message){.type = MESSAGE_PING, .value = 1}, bytes);
  unsigned sent = 0;
  while (sent < 1000000 && replay_send_bytes(&flood, bytes, sizeof bytes))
    sent++;
  expect(t, sent < 1000000, "a viewer that asks without reading is not read any more");
  expect(t, settle(&other), "another viewer is served meanwhile");
  expect(t, memory_kib(t) - before < 4096, "its answers do not pile up");
  replay_close(&flood);
  replay_close(&other);
}

/* Each invalid message closes the connection that it came by, and no other. */
static void test_hostile(struct test *t, const char *vectors) {
  char path[4096];
  json_t *vector, *list;
  size_t i;
  struct replay other;
  snprintf(path, sizeof path, "%s/invalid.json", vectors);
  list = json_load_file(path, 0, NULL);
  expect(t, json_array_size(list) > 0, "there are invalid messages");
  replay_connect(&other, t->server.socket, 0, 0, 7, false);
  json_array_foreach(list, i, vector) {
    struct replay r;
    if (strcmp(json_string_value(json_object_get(vector, "direction")), "to-session") != 0)
      continue;
    const char *hex = json_string_value(json_object_get(vector, "hex"));
    replay_connect(&r, t->server.socket, 0, 0, 7, false);
    settle(&r);
    for (const char *h = hex; *h != '\0'; h += 2) {
      unsigned value;
      sscanf(h, "%2x", &value);
      const uint8_t byte = (uint8_t)value;
      replay_send_bytes(&r, &byte, 1);
    }
    expect(t, wait_end(&r), json_string_value(json_object_get(vector, "name")));
    replay_close(&r);
  }
  json_decref(list);
  expect(t, settle(&other), "nobody else is disconnected");
  replay_close(&other);
}

/* The same each time. */
static unsigned draw(unsigned below) {
  static unsigned state = 1;
  state = state * 1103515245u + 12345u;
  return (state >> 8) % below;
}

static size_t from_hex(const char *hex, uint8_t *out, size_t most) {
  size_t length = 0;
  unsigned byte;
  for (; length < most && sscanf(hex, "%2x", &byte) == 1; hex += 2)
    out[length++] = (uint8_t)byte;
  return length;
}

/* Sends one of the messages, mostly damaged. Not what sizes the screen: any is right, and most are huge. */
static void send_any(struct replay *r, const json_t *vectors) {
  uint8_t bytes[4096];
  const json_t *vector = json_array_get(vectors, draw((unsigned)json_array_size(vectors)));
  const size_t length = from_hex(json_string_value(json_object_get(vector, "hex")), bytes, sizeof bytes);
  if (strcmp(json_string_value(json_object_get(vector, "direction")), "to-session") != 0 || length < 8)
    return;
  for (unsigned i = draw(4); i > 0 && length > 8; i--)
    bytes[8 + draw((unsigned)length - 8)] = (uint8_t)draw(256);
  if (draw(16) == 0)
    bytes[4] = (uint8_t)(129 + draw(16)); /* another type */
  if (bytes[4] != MESSAGE_SET_SIZE)
    replay_send_bytes(r, bytes, length);
}

/* Random messages of all types from viewers that come and go: what they hold is released, and nobody else is hurt. */
static void test_random(struct test *t, const char *vectors) {
  char path[4096], keys[32];
  struct replay other;
  snprintf(path, sizeof path, "%s/valid.json", vectors);
  json_t *list = json_load_file(path, 0, NULL);
  expect(t, json_array_size(list) > 0, "there are messages");
  replay_connect(&other, t->server.socket, 0, 0, 63, false);
  for (unsigned i = 0; i < RANDOM_VIEWERS; i++) {
    struct replay r;
    replay_connect(&r, t->server.socket, 0, 0, 63, false);
    for (unsigned k = 0; k < RANDOM_MESSAGES; k++)
      send_any(&r, list);
    replay_step(&r, 0);
    replay_close(&r);
    expect(t, settle(&other), "another viewer is served");
  }
  const long deadline = now_ms() + TIMEOUT_MS;
  do { /* the last of them may not be gone yet */
    settle(&other);
    XQueryKeymap(t->display, keys);
  } while (memcmp(keys, (char[32]){0}, sizeof keys) != 0 && now_ms() < deadline);
  expect(t, memcmp(keys, (char[32]){0}, sizeof keys) == 0, "no key is held");
  fill(t, 0x13579b, 0, 0, 1280, 800);
  expect(t, wait_pixel(&other, 100, 100, 0x13579b), "another viewer sees what is drawn");
  json_decref(list);
  replay_close(&other);
}

static void test_order(struct test *t) {
  const struct message firsts[] = {{.type = MESSAGE_REFRESH}, {.type = MESSAGE_KEY, .key = {0x61, true}}};
  const struct message seconds[] = {{.type = MESSAGE_CLIENT_HELLO, .client_hello = {.version = 1, .encodings = 7}},
                                    {.type = MESSAGE_QUIESCE}};
  struct replay r;
  for (size_t i = 0; i < 2; i++) {
    replay_open(&r, t->server.socket);
    replay_send(&r, &firsts[i]);
    expect(t, wait_end(&r), "the first message must be CLIENT_HELLO");
    replay_close(&r);
    replay_connect(&r, t->server.socket, 0, 0, 7, false);
    replay_send(&r, &seconds[i]);
    expect(t, wait_end(&r), "CLIENT_HELLO and QUIESCE are for the beginning");
    replay_close(&r);
  }
}

static void test_limit(struct test *t) {
  static struct replay viewers[MAX_VIEWERS];
  struct replay late;
  struct stat st;
  for (unsigned i = 0; i < MAX_VIEWERS; i++) {
    replay_connect(&viewers[i], t->server.socket, 0, 0, 7, i % 2);
    expect(t, settle(&viewers[i]), "as many viewers as there may be");
  }
  replay_open(&late, t->server.socket);
  expect(t, wait_end(&late), "one more is refused");
  replay_close(&late);
  for (unsigned i = 0; i < MAX_VIEWERS; i++)
    replay_close(&viewers[i]);
  expect(t, stat(t->server.socket, &st) == 0 && (st.st_mode & 0777) == 0600, "nobody but the owner may connect");
}

/* What the second viewer says decides; those that only look take from nobody, and nobody takes from them. */
static void test_second_viewer(struct test *t) {
  struct replay first, looker, joined, late_looker, taker;
  replay_attach(&first, t->server.socket, ATTACH_AS_CONFIGURED, false);
  replay_attach(&looker, t->server.socket, ATTACH_TAKE_OVER, true);
  replay_attach(&joined, t->server.socket, ATTACH_JOIN, false);
  expect(t, settle(&first) && settle(&looker) && settle(&joined), "who joins leaves the others there");
  replay_attach(&late_looker, t->server.socket, ATTACH_TAKE_OVER, true);
  expect(t, settle(&late_looker) && settle(&first) && settle(&joined), "who only looks takes from nobody");
  replay_attach(&taker, t->server.socket, ATTACH_TAKE_OVER, false);
  expect(t, settle(&taker), "who takes over is served");
  expect(t, wait_end(&first) && first.status == STATUS_REFUSED, "the first viewer is told that it was replaced");
  expect(t, wait_end(&joined) && joined.status == STATUS_REFUSED, "and so is the one that had joined");
  expect(t, settle(&looker) && settle(&late_looker), "those that only look stay");
  fill(t, 0x123456, 0, 0, 320, 200);
  expect(t, wait_pixel(&taker, 10, 10, 0x123456) && wait_pixel(&looker, 10, 10, 0x123456), "they see what is drawn");
  replay_close(&first);
  replay_close(&looker);
  replay_close(&joined);
  replay_close(&late_looker);
  replay_close(&taker);
}

static void test_cursor(struct test *t) {
  static const char bits[] = {0x01, 0x02}; /* 2x2: black, white / white, black */
  static const char mask[] = {0x03, 0x03};
  XColor black = {.pixel = 0}, white = {.red = 0xffff, .green = 0xffff, .blue = 0xffff};
  struct replay r;
  replay_connect(&r, t->server.socket, 0, 0, 7, false);
  fill(t, 0x224466, 0, 0, 1280, 800);
  replay_send(&r, &(struct message){.type = MESSAGE_POINTER, .pointer = {100, 100, 0}});
  expect(t, wait_pixel(&r, 100, 100, 0x224466), "the screen is filled");
  Pixmap source = XCreateBitmapFromData(t->display, t->root, bits, 2, 2);
  Pixmap shape = XCreateBitmapFromData(t->display, t->root, mask, 2, 2);
  Cursor cursor = XCreatePixmapCursor(t->display, source, shape, &black, &white, 1, 1);
  XDefineCursor(t->display, t->root, cursor);
  XFlush(t->display);
  const long deadline = now_ms() + TIMEOUT_MS;
  while (r.cursor_width != 2 && now_ms() < deadline && replay_step(&r, 100))
    continue;
  expect(t, r.cursor_width == 2 && r.cursor_height == 2 && r.hot_x == 1 && r.hot_y == 1, "the cursor's size arrives");
  expect(t,
         r.cursor[0] == 0xff000000 && r.cursor[1] == 0xffffffff && r.cursor[2] == 0xffffffff &&
             r.cursor[3] == 0xff000000,
         "the cursor's pixels arrive");
  settle(&r);
  expect(t, pixel(&r, 100, 100) == 0x224466 && pixel(&r, 99, 99) == 0x224466, "it is not painted on the screen");
  XFreeCursor(t->display, cursor);
  replay_close(&r);
}

static void test_bell(struct test *t) {
  struct replay r;
  replay_connect(&r, t->server.socket, 0, 0, 7, false);
  settle(&r);
  replay_send(&r, &(struct message){.type = MESSAGE_KEY, .key = {0x61, true}});
  settle(&r);
  XBell(t->display, 100);
  XSync(t->display, False);
  expect(t, settle(&r) && r.counts[MESSAGE_BELL] == 1, "the bell rings at the viewer");
  replay_close(&r);
}

/* The screen follows the viewer, and applications are told. */
static void test_size(struct test *t) {
  int event_base, error_base;
  struct replay r;
  XEvent event;
  expect(t, XRRQueryExtension(t->display, &event_base, &error_base), "RandR is there");
  XRRSelectInput(t->display, t->root, RRScreenChangeNotifyMask);
  XSync(t->display, False);
  replay_connect(&r, t->server.socket, 1001, 701, 7, false);
  expect(t, settle(&r) && r.width == 1001 && r.height == 701, "the size of CLIENT_HELLO");
  bool told = false;
  const long deadline = now_ms() + TIMEOUT_MS;
  while (!told && now_ms() < deadline) {
    XSync(t->display, False);
    while (!told && XPending(t->display) > 0) {
      XNextEvent(t->display, &event);
      XRRUpdateConfiguration(&event);
      told = event.type == event_base + RRScreenChangeNotify && DisplayWidth(t->display, 0) == 1001 &&
             DisplayHeight(t->display, 0) == 701;
    }
  }
  expect(t, told, "applications are told of the new size");
  static const struct {
    uint16_t width, height;
  } sizes[] = {{8192, 8192}, {320, 200}, {320, 8192}, {8192, 200}, {1280, 800}};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    replay_send(&r, &(struct message){.type = MESSAGE_SET_SIZE, .size = {sizes[i].width, sizes[i].height}});
    const unsigned right = sizes[i].width - 1u, bottom = sizes[i].height - 1u;
    settle(&r);
    fill(t, 0x10 + i, right - 10, bottom - 10, 11, 11);
    while ((r.width != sizes[i].width || r.height != sizes[i].height) && replay_step(&r, TIMEOUT_MS))
      continue;
    expect(t, wait_pixel(&r, right, bottom, 0x10 + (uint32_t)i), "the screen is painted to its new corner");
  }
  replay_close(&r);
}

/* An application chooses a mode, as a desktop's settings do. */
static void test_mode(struct test *t) {
  struct replay r;
  replay_connect(&r, t->server.socket, 0, 0, 7, false);
  settle(&r);
  XRRScreenResources *resources = XRRGetScreenResources(t->display, t->root);
  XRROutputInfo *output = XRRGetOutputInfo(t->display, resources, resources->outputs[0]);
  RRMode mode = None;
  for (int i = 0; i < resources->nmode; i++)
    if (resources->modes[i].width == 1024 && resources->modes[i].height == 768)
      mode = resources->modes[i].id;
  expect(t, resources->noutput == 1 && output->connection == RR_Connected && mode != None,
         "a monitor with usual modes");
  XRRSetCrtcConfig(t->display, resources, output->crtc, CurrentTime, 0, 0, mode, RR_Rotate_0, resources->outputs, 1);
  XRRSetScreenSize(t->display, t->root, 1024, 768, 270, 203);
  XSync(t->display, False);
  const long deadline = now_ms() + TIMEOUT_MS;
  while (r.width != 1024 && now_ms() < deadline && replay_step(&r, 100))
    continue;
  expect(t, r.width == 1024 && r.height == 768, "the viewer is told of a size that an application sets");
  XRRFreeOutputInfo(output);
  XRRFreeScreenResources(resources);
  replay_close(&r);
}

/* Descriptors of the X server that are sockets of that path: what a dump would meet. A closed one may be listed in
 * /proc/net/unix for as long as a thread is in a call with it. */
static unsigned viewer_sockets(struct test *t) {
  char command[256];
  unsigned count = 0;
  snprintf(
      command, sizeof command,
      "ls -l /proc/%d/fd | grep -cF \"$(awk -v p='%s' '$8 == p { print \"socket:[\" $7 \"]\" }' /proc/%d/net/unix)\"",
      (int)t->server.pid, t->server.socket, (int)t->server.pid);
  FILE *f = popen(command, "r");
  if (f == NULL || fscanf(f, "%u", &count) != 1)
    count = 0;
  if (f != NULL)
    pclose(f);
  return count;
}

static void test_quiesce(struct test *t) {
  struct replay a, b, daemon;
  char keys[32];
  replay_connect(&a, t->server.socket, 0, 0, 7, false);
  replay_connect(&b, t->server.socket, 0, 0, 7, true);
  replay_send(&a, &(struct message){.type = MESSAGE_KEY, .key = {0x61, true}});
  expect(t, settle(&a) && settle(&b), "two viewers");
  expect(t, viewer_sockets(t) > 1, "their connections are there");
  replay_open(&daemon, t->server.socket);
  replay_send(&daemon, &(struct message){.type = MESSAGE_QUIESCE});
  expect(t, wait_end(&daemon) && daemon.counts[MESSAGE_SERVER_HELLO] == 0, "QUIESCE is answered by the end");
  expect(t, viewer_sockets(t) == 1, "only the listening socket is left by then");
  expect(t, wait_end(&a) && wait_end(&b), "the viewers are disconnected");
  XQueryKeymap(t->display, keys);
  expect(t, memcmp(keys, (char[32]){0}, sizeof keys) == 0, "no key is held");
  replay_close(&a);
  replay_close(&b);
  replay_close(&daemon);
  fill(t, 0xabcdef, 0, 0, 320, 200);
  replay_connect(&a, t->server.socket, 0, 0, 7, false);
  expect(t, wait_pixel(&a, 10, 10, 0xabcdef), "viewers are served again afterwards");
  replay_close(&a);
}

int main(int argc, char **argv) {
  static struct test t;
  if (argc != 3) {
    fprintf(stderr, "usage: %s MODULES VECTORS\n", argv[0]);
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
  test_acknowledgement(&t);
  test_pattern(&t);
  test_cursor(&t);
  test_bell(&t);
  test_stall(&t);
  test_stall_timeout(&t, argv[1]);
  test_ping_flood(&t);
  test_hostile(&t, argv[2]);
  test_random(&t, argv[2]);
  test_order(&t);
  test_limit(&t);
  test_second_viewer(&t);
  test_quiesce(&t);
  test_size(&t);
  test_mode(&t);
  XCloseDisplay(t.display);
  expect(&t, xserver_stop(&t.server), "the X server lives to the end");
  printf("%u checks, %u failures\n", t.checks, t.failures);
  return t.failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
