/*
 * touch_test.c: fingers and finer scrolling of viewers are what an application that knows XInput 2 gets, in a real X
 * server.
 *
 *   touch-test MODULES
 */
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <X11/extensions/XInput2.h>

#include "replay.h"
#include "xserver.h"

#define TIMEOUT_MS 60000
/* Where the application's window is, and how large. */
#define LEFT 100
#define TOP 50
#define SIZE 600

struct test {
  struct xserver server;
  Display *display;
  Window window;
  int extension;
  struct replay viewer;
  unsigned checks, failures;
};

/* An event of a finger or of scrolling. */
struct noted {
  int type, touch;
  double x, y;
  bool scrolled[2]; /* across, down */
  double values[2];
};

/* The scroll classes of the pointer: which valuator, and what a notch is there; -1: none. */
struct scrolling {
  int numbers[2];
  double notches[2];
};

static void expect(struct test *t, bool holds, const char *what) {
  t->checks++;
  if (holds)
    return;
  t->failures++;
  fprintf(stderr, "FAIL %s\n", what);
}

/* Waits until the session has acted on all that was sent. */
static void settle(struct replay *r) {
  static uint64_t value;
  replay_send(r, &(struct message){.type = MESSAGE_PING, .value = ++value});
  while (r->pong != value)
    if (!replay_step(r, TIMEOUT_MS)) {
      fprintf(stderr, "the viewer was disconnected: %s\n", r->error == NULL ? "by the session" : r->error);
      exit(EXIT_FAILURE);
    }
}

static void start(struct test *t, const char *modules) {
  int major = 2, minor = 2, event, error;
  unsigned char bits[XIMaskLen(XI_LASTEVENT)] = {0};
  XIEventMask mask = {.deviceid = XIAllMasterDevices, .mask_len = sizeof bits, .mask = bits};
  XSetWindowAttributes attributes = {.override_redirect = True, .event_mask = StructureNotifyMask};
  XEvent mapped;
  xserver_start(&t->server, modules, "", "");
  t->display = XOpenDisplay(t->server.display);
  if (t->display == NULL || !XQueryExtension(t->display, "XInputExtension", &t->extension, &event, &error) ||
      XIQueryVersion(t->display, &major, &minor) != Success || major * 100 + minor < 202) {
    fprintf(stderr, "no X server with XInput 2.2\n");
    exit(EXIT_FAILURE);
  }
  t->window = XCreateWindow(t->display, DefaultRootWindow(t->display), LEFT, TOP, SIZE, SIZE, 0, CopyFromParent,
                            InputOutput, CopyFromParent, CWOverrideRedirect | CWEventMask, &attributes);
  XISetMask(bits, XI_TouchBegin);
  XISetMask(bits, XI_TouchUpdate);
  XISetMask(bits, XI_TouchEnd);
  XISetMask(bits, XI_Motion);
  XISelectEvents(t->display, t->window, &mask, 1);
  XMapWindow(t->display, t->window);
  XWindowEvent(t->display, t->window, StructureNotifyMask, &mapped);
  XSync(t->display, False);
  replay_connect(&t->viewer, t->server.socket, 0, 0, 7, false);
  settle(&t->viewer);
}

static bool wait_event(struct test *t, int timeout_ms, XEvent *event) {
  struct pollfd p = {.fd = ConnectionNumber(t->display), .events = POLLIN};
  if (XPending(t->display) == 0 && (poll(&p, 1, timeout_ms) <= 0 || XPending(t->display) == 0))
    return false;
  XNextEvent(t->display, event);
  return true;
}

static void note(const XIDeviceEvent *e, const struct scrolling *s, struct noted *out) {
  const double *value = e->valuators.values;
  *out = (struct noted){.type = e->evtype, .touch = e->detail, .x = e->root_x, .y = e->root_y};
  for (int i = 0; i < e->valuators.mask_len * 8; i++) {
    if (!XIMaskIsSet(e->valuators.mask, i))
      continue;
    for (int axis = 0; s != NULL && axis < 2; axis++)
      if (s->numbers[axis] == i) {
        out->scrolled[axis] = true;
        out->values[axis] = *value;
      }
    value++;
  }
}

/* The next event of XInput; the types of those that are not wanted are passed over. */
static bool next(struct test *t, int timeout_ms, const struct scrolling *s, struct noted *out) {
  XEvent event;
  while (wait_event(t, timeout_ms, &event)) {
    const bool is_ours = event.type == GenericEvent && event.xcookie.extension == t->extension &&
                         XGetEventData(t->display, &event.xcookie);
    if (!is_ours)
      continue;
    note(event.xcookie.data, s, out);
    XFreeEventData(t->display, &event.xcookie);
    const bool is_scrolling = out->scrolled[0] || out->scrolled[1];
    if (out->type != XI_Motion ? s == NULL : s != NULL && is_scrolling)
      return true;
  }
  return false;
}

static void touch(struct replay *r, enum touch_action action, unsigned finger, unsigned x, unsigned y) {
  replay_send(r, &(struct message){.type = MESSAGE_TOUCH,
                                   .touch = {(uint8_t)action, (uint8_t)finger, (uint16_t)x, (uint16_t)y}});
}

/* Whether the next event of a finger is that; `*number` is the touch's, checked unless it is 0. */
static bool is_next(struct test *t, int type, double x, double y, int *number) {
  struct noted n;
  if (!next(t, TIMEOUT_MS, NULL, &n) || n.type != type || fabs(n.x - x) > 0.5 || fabs(n.y - y) > 0.5 ||
      (*number != 0 && *number != n.touch))
    return false;
  *number = n.touch;
  return true;
}

static bool nothing_left(struct test *t, const struct scrolling *s) {
  struct noted n;
  settle(&t->viewer);
  XSync(t->display, False);
  return !next(t, 0, s, &n);
}

/* Toolkits look for these classes before they expect anything. */
static void test_classes(struct test *t, struct scrolling *s) {
  int count;
  unsigned fingers = 0;
  XIDeviceInfo *devices = XIQueryDevice(t->display, XIAllDevices, &count);
  *s = (struct scrolling){{-1, -1}, {0, 0}};
  for (int i = 0; i < count; i++)
    for (int c = 0; devices[i].use == XISlavePointer && c < devices[i].num_classes; c++) {
      const XIAnyClassInfo *class = devices[i].classes[c];
      const XITouchClassInfo *touch = (const XITouchClassInfo *)(const void *)class;
      const XIScrollClassInfo *scroll = (const XIScrollClassInfo *)(const void *)class;
      if (class->type == XITouchClass && touch->mode == XIDirectTouch)
        fingers = (unsigned)touch->num_touches;
      if (class->type == XIScrollClass) {
        const int axis = scroll->scroll_type == XIScrollTypeHorizontal ? 0 : 1;
        s->numbers[axis] = scroll->number;
        s->notches[axis] = scroll->increment;
      }
    }
  XIFreeDeviceInfo(devices);
  expect(t, fingers == PROTOCOL_MAX_FINGERS, "a touch screen for all fingers");
  expect(t, s->numbers[0] >= 0 && s->numbers[1] >= 0, "a wheel that scrolls down and across");
}

/* Two fingers at once, each a touch of its own. */
static void test_fingers(struct test *t) {
  int first = 0, second = 0;
  touch(&t->viewer, FINGER_DOWN, 0, 200, 150);
  touch(&t->viewer, FINGER_DOWN, 1, 400, 250);
  expect(t, is_next(t, XI_TouchBegin, 200, 150, &first), "a finger comes down");
  expect(t, is_next(t, XI_TouchBegin, 400, 250, &second) && second != first, "another one beside it");
  touch(&t->viewer, FINGER_MOVED, 1, 420, 260);
  touch(&t->viewer, FINGER_MOVED, 0, 180, 140);
  expect(t, is_next(t, XI_TouchUpdate, 420, 260, &second), "the second moves");
  expect(t, is_next(t, XI_TouchUpdate, 180, 140, &first), "the first moves");
  touch(&t->viewer, FINGER_UP, 0, 180, 140);
  touch(&t->viewer, FINGER_UP, 1, 420, 260);
  expect(t, is_next(t, XI_TouchEnd, 180, 140, &first), "the first goes up");
  expect(t, is_next(t, XI_TouchEnd, 420, 260, &second), "the second goes up");
  expect(t, nothing_left(t, NULL), "and nothing else");
}

/* As many as a viewer may name, all of them down. */
static void test_all_fingers(struct test *t) {
  for (unsigned i = 0; i < PROTOCOL_MAX_FINGERS; i++) {
    int number = 0;
    touch(&t->viewer, FINGER_DOWN, i, 150 + i * 10, 100 + i * 20);
    expect(t, is_next(t, XI_TouchBegin, 150 + i * 10, 100 + i * 20, &number), "each finger comes down");
  }
  replay_send(&t->viewer, &(struct message){.type = MESSAGE_RELEASE_ALL});
  for (unsigned i = 0; i < PROTOCOL_MAX_FINGERS; i++) {
    int number = 0;
    expect(t, is_next(t, XI_TouchEnd, 150 + i * 10, 100 + i * 20, &number), "RELEASE_ALL lifts each");
  }
  expect(t, nothing_left(t, NULL), "and nothing else");
}

/* Fingers of two viewers are not the same, and those of one that goes are lifted. */
static void test_two_viewers(struct test *t) {
  struct replay other;
  int ours = 0, theirs = 0;
  replay_connect(&other, t->server.socket, 0, 0, 1, false);
  settle(&other);
  touch(&t->viewer, FINGER_DOWN, 0, 300, 300);
  expect(t, is_next(t, XI_TouchBegin, 300, 300, &ours), "a finger of one viewer");
  touch(&other, FINGER_DOWN, 0, 500, 300);
  expect(t, is_next(t, XI_TouchBegin, 500, 300, &theirs) && theirs != ours, "and one of another");
  touch(&t->viewer, FINGER_MOVED, 0, 310, 300);
  expect(t, is_next(t, XI_TouchUpdate, 310, 300, &ours), "are moved apart");
  replay_close(&other);
  expect(t, is_next(t, XI_TouchEnd, 500, 300, &theirs), "a viewer that goes lifts its finger");
  touch(&t->viewer, FINGER_UP, 0, 310, 300);
  expect(t, is_next(t, XI_TouchEnd, 310, 300, &ours), "and no other");
}

/* Scrolls and returns what an application sees of it, in notches. */
static void scroll(struct test *t, const struct scrolling *s, int dx, int dy, double notches[2], double last[2]) {
  struct noted n = {0};
  replay_send(&t->viewer, &(struct message){.type = MESSAGE_SCROLL, .scroll = {(int16_t)dx, (int16_t)dy}});
  expect(t, next(t, TIMEOUT_MS, s, &n), "scrolling arrives");
  for (int axis = 0; axis < 2; axis++) {
    notches[axis] = n.scrolled[axis] ? (n.values[axis] - last[axis]) / s->notches[axis] : 0;
    last[axis] = n.scrolled[axis] ? n.values[axis] : last[axis];
  }
}

static bool near(double a, double b) { return fabs(a - b) < 0.001; }

/* Less than a notch is told as such, down and across. */
static void test_scroll(struct test *t, const struct scrolling *s) {
  double notches[2], last[2] = {0, 0};
  replay_send(&t->viewer, &(struct message){.type = MESSAGE_POINTER, .pointer = {300, 300, 0}});
  settle(&t->viewer);
  expect(t, nothing_left(t, s), "a pointer that moves scrolls nothing");
  scroll(t, s, 120, 120, notches, last); /* where the valuators are, an application learns by the first event */
  scroll(t, s, 0, 30, notches, last);
  expect(t, near(notches[0], 0) && near(notches[1], 0.25), "a quarter of a notch down");
  scroll(t, s, 0, -7, notches, last);
  expect(t, near(notches[0], 0) && near(notches[1], -7 / 120.0), "a little up");
  scroll(t, s, 48, 0, notches, last);
  expect(t, near(notches[0], 0.4) && near(notches[1], 0), "to the right");
  scroll(t, s, -240, 12, notches, last);
  expect(t, near(notches[0], -2) && near(notches[1], 0.1), "two notches to the left, and a little down");
  expect(t, nothing_left(t, s), "and nothing else");
}

int main(int argc, char **argv) {
  static struct test t;
  struct scrolling s;
  if (argc != 2) {
    fprintf(stderr, "usage: %s MODULES\n", argv[0]);
    return EXIT_FAILURE;
  }
  start(&t, argv[1]);
  test_classes(&t, &s);
  test_fingers(&t);
  test_all_fingers(&t);
  test_two_viewers(&t);
  test_scroll(&t, &s);
  replay_close(&t.viewer);
  XCloseDisplay(t.display);
  expect(&t, xserver_stop(&t.server), "the X server lives to the end");
  printf("%u checks, %u failures\n", t.checks, t.failures);
  return t.failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
