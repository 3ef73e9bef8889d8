/*
 * screen-watch: a user with a stop watch. Gives keyboard and mouse input to an X display through XTest and tells when
 * what it waits for is seen there; the same for every remote desktop's viewer.
 *
 *     DISPLAY=:N screen-watch
 *
 * Commands are lines of standard input, each is answered by one line: `ok ...` or `error REASON`. Times are
 * microseconds of CLOCK_MONOTONIC; input is timed before it is handed to the X server, pictures when they have been
 * read.
 *
 *   key KEYSYM              presses and releases a key: its time
 *   move X Y                moves the pointer
 *   press X Y BUTTON, release BUTTON   its time
 *   echo KEYSYM X Y W H MS  presses and releases a key and waits until the rectangle looks otherwise: time of both
 *   watch X Y W H           from now on, changes of that rectangle are noted
 *   await-change MS         waits until something of it has changed: time of the first change
 *   settle QUIET_MS MS      waits until nothing has changed for that long: number of changes, time of first and last
 *   noted                   what settle says, at once
 *   film X Y W H BITS MS    reads numbers that a film shows as BITS black or white cells, which the rectangle is cut
 *                           into (highest bit first, the last 4 a checksum): NUMBER:TIME when each was seen first
 *   wait-pixel X Y RRGGBB TOLERANCE MS   until a pixel has that colour, each of its components to +-TOLERANCE: time
 *   pixel X Y, hash X Y W H, save FILE   its colour; FNV-1a of a rectangle's colours; all as PPM
 *
 * It sleeps until the X server says that something was drawn (Damage), so it takes no time from what it measures.
 */
#include <X11/XKBlib.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XShm.h>
#include <X11/extensions/XTest.h>
#include <X11/extensions/Xdamage.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>

#define RGB 0xffffffU

struct area {
  int x, y, width, height;
};

struct watcher {
  Display *display;
  Damage damage;
  int damage_event;
  int width, height;
  XImage *image; /* as large as the screen; a grab fills its beginning */
  XShmSegmentInfo segment;
  uint32_t *seen; /* the watched area as it was last */
  struct area area;
  long changes, first, last;
};

static long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("screen-watch: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

__attribute__((format(printf, 1, 2))) static void answer(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
  fflush(stdout);
}

static void open_display(struct watcher *w) {
  int error, opcode, event, major = 2, minor = 2;
  w->display = XOpenDisplay(NULL);
  if (!w->display)
    fail("cannot open display %s", XDisplayName(NULL));
  if (!XTestQueryExtension(w->display, &event, &error, &major, &minor) || !XShmQueryExtension(w->display) ||
      !XDamageQueryExtension(w->display, &w->damage_event, &opcode))
    fail("display %s lacks XTEST, MIT-SHM or DAMAGE", XDisplayName(NULL));
  int screen = DefaultScreen(w->display);
  w->width = DisplayWidth(w->display, screen);
  w->height = DisplayHeight(w->display, screen);
  Visual *visual = DefaultVisual(w->display, screen);
  w->image = XShmCreateImage(w->display, visual, (unsigned)DefaultDepth(w->display, screen), ZPixmap, NULL, &w->segment,
                             (unsigned)w->width, (unsigned)w->height);
  if (!w->image || w->image->bits_per_pixel != 32 || visual->red_mask != 0xff0000)
    fail("display %s has no pixels of 8 bits red, green, blue in 32", XDisplayName(NULL));
  size_t bytes = (size_t)w->image->bytes_per_line * (size_t)w->height;
  w->segment.shmid = shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600);
  w->segment.shmaddr = w->image->data = shmat(w->segment.shmid, NULL, 0);
  w->seen = malloc(bytes);
  if (w->image->data == (char *)-1 || !w->seen || !XShmAttach(w->display, &w->segment))
    fail("no shared memory for a screen of %dx%d", w->width, w->height);
  XSync(w->display, False);
  shmctl(w->segment.shmid, IPC_RMID, NULL); /* goes when both have let go of it */
  w->damage = XDamageCreate(w->display, DefaultRootWindow(w->display), XDamageReportNonEmpty);
  w->area = (struct area){0, 0, w->width, w->height};
}

/* Reads an area; pixels as 0x??RRGGBB, rows without padding, valid until the next grab. */
static const uint32_t *grab(struct watcher *w, struct area a) {
  w->image->width = a.width;
  w->image->height = a.height;
  w->image->bytes_per_line = a.width * 4;
  if (!XShmGetImage(w->display, DefaultRootWindow(w->display), w->image, a.x, a.y, AllPlanes))
    fail("cannot read %dx%d+%d+%d of the screen", a.width, a.height, a.x, a.y);
  return (const uint32_t *)(const void *)w->image->data;
}

/* Whether the watched area is other than it was when last seen; remembers it as it is now. */
static bool changed(struct watcher *w) {
  const uint32_t *pixels = grab(w, w->area);
  size_t bytes = (size_t)w->area.width * (size_t)w->area.height * 4;
  if (memcmp(pixels, w->seen, bytes) == 0)
    return false;
  memcpy(w->seen, pixels, bytes);
  return true;
}

static void watch(struct watcher *w, struct area area) {
  w->area = area;
  changed(w);
  w->changes = w->first = w->last = 0;
}

/* Takes what the X server has said; whether something was drawn. */
static bool drawn(struct watcher *w) {
  bool any = false;
  while (XPending(w->display)) {
    XEvent event;
    XNextEvent(w->display, &event);
    any |= event.type == w->damage_event + XDamageNotify;
  }
  if (any)
    XDamageSubtract(w->display, w->damage, None, None); /* before the look: what comes after it is told again */
  return any;
}

static void note(struct watcher *w) {
  if (changed(w)) {
    w->last = now();
    if (w->changes++ == 0)
      w->first = w->last;
  }
}

/* Sleeps until something may have been drawn, or to `deadline`; whether something was. */
static bool await_drawing(struct watcher *w, long deadline) {
  if (drawn(w))
    return true;
  XFlush(w->display);
  long left = deadline - now();
  struct pollfd ready = {.fd = ConnectionNumber(w->display), .events = POLLIN};
  struct timespec timeout = {.tv_sec = left > 0 ? left / 1000000 : 0, .tv_nsec = left > 0 ? left % 1000000 * 1000 : 0};
  return ppoll(&ready, 1, &timeout, NULL) > 0 && drawn(w);
}

static bool within(const struct watcher *w, struct area a) {
  return a.x >= 0 && a.y >= 0 && a.width > 0 && a.height > 0 && a.width <= w->width - a.x &&
         a.height <= w->height - a.y;
}

/* Presses and releases a key; the time before, or -1 when the keyboard has no such key. */
static long stroke(struct watcher *w, const char *name) {
  KeyCode code = XKeysymToKeycode(w->display, XStringToKeysym(name));
  if (code == 0)
    return -1;
  long time = now();
  XTestFakeKeyEvent(w->display, code, True, CurrentTime);
  XTestFakeKeyEvent(w->display, code, False, CurrentTime);
  XFlush(w->display);
  return time;
}

static void echo(struct watcher *w, const char *key, struct area area, long timeout_ms) {
  watch(w, area);
  long sent = stroke(w, key);
  long deadline = sent + timeout_ms * 1000;
  while (sent >= 0 && now() < deadline) {
    if (await_drawing(w, deadline) && changed(w)) {
      answer("ok %ld %ld", sent, now());
      return;
    }
  }
  answer(sent < 0 ? "error no key %s" : "error nothing seen after key %s", key);
}

static void settle(struct watcher *w, long quiet_ms, long timeout_ms) {
  long began = now(), deadline = began + timeout_ms * 1000;
  while (now() < deadline) {
    long since = w->last > began ? w->last : began;
    if (now() - since >= quiet_ms * 1000) {
      answer("ok %ld %ld %ld", w->changes, w->first, w->last);
      return;
    }
    if (await_drawing(w, since + quiet_ms * 1000))
      note(w);
  }
  answer("error not quiet for %ld ms within %ld ms", quiet_ms, timeout_ms);
}

static void await_change(struct watcher *w, long timeout_ms) {
  long deadline = now() + timeout_ms * 1000;
  while (w->changes == 0 && now() < deadline) {
    if (await_drawing(w, deadline))
      note(w);
  }
  answer(w->changes > 0 ? "ok %ld" : "error nothing has changed %ld", w->first);
}

static bool bright(uint32_t pixel) { return (pixel >> 16 & 255) + (pixel >> 8 & 255) * 2 + (pixel & 255) > 4 * 128; }

/* The number that a film shows, or -1 when its checksum is wrong: cut in the middle of a change, or no film. */
static long film_number(struct watcher *w, struct area strip, int bits) {
  const uint32_t *row = grab(w, (struct area){strip.x, strip.y + strip.height / 2, strip.width, 1});
  unsigned long all = 0;
  for (int i = 0; i < bits; i++)
    all = all << 1 | bright(row[(2 * i + 1) * strip.width / (2 * bits)]);
  unsigned long number = all >> 4, sum = 5;
  for (unsigned long rest = number; rest != 0; rest >>= 4)
    sum += rest & 15;
  return (sum & 15) == (all & 15) ? (long)number : -1;
}

static void film(struct watcher *w, struct area strip, int bits, long ms) {
  long deadline = now() + ms * 1000, before = -1;
  fputs("ok", stdout);
  while (now() < deadline) {
    if (!await_drawing(w, deadline))
      continue;
    long number = film_number(w, strip, bits);
    if (number >= 0 && number != before)
      printf(" %ld:%ld", number, now());
    before = number >= 0 ? number : before;
  }
  answer("%s", "");
}

static bool near(uint32_t a, uint32_t b, int tolerance) {
  for (int shift = 0; shift < 24; shift += 8)
    if (abs((int)(a >> shift & 255) - (int)(b >> shift & 255)) > tolerance)
      return false;
  return true;
}

static void wait_pixel(struct watcher *w, int x, int y, unsigned colour, int tolerance, long ms) {
  long deadline = now() + ms * 1000;
  struct area one = {x, y, 1, 1};
  while (!near(grab(w, one)[0], colour, tolerance)) {
    if (now() >= deadline) {
      answer("error pixel %d,%d is %06x, not %06x", x, y, grab(w, one)[0] & RGB, colour);
      return;
    }
    await_drawing(w, deadline);
  }
  answer("ok %ld", now());
}

static uint64_t hash(const uint32_t *pixels, size_t count) {
  uint64_t h = 0xcbf29ce484222325U;
  for (size_t i = 0; i < count; i++)
    h = (h ^ (pixels[i] & RGB)) * 0x100000001b3U;
  return h;
}

static void save(struct watcher *w, const char *path) {
  const uint32_t *pixels = grab(w, (struct area){0, 0, w->width, w->height});
  FILE *file = fopen(path, "we");
  if (!file) {
    answer("error cannot write %s", path);
    return;
  }
  fprintf(file, "P6 %d %d 255\n", w->width, w->height);
  for (size_t i = 0; i < (size_t)w->width * (size_t)w->height; i++)
    fwrite((uint8_t[]){(uint8_t)(pixels[i] >> 16), (uint8_t)(pixels[i] >> 8), (uint8_t)pixels[i]}, 3, 1, file);
  answer(fclose(file) == 0 ? "ok %dx%d" : "error writing %dx%d", w->width, w->height);
}

static void button(struct watcher *w, int x, int y, unsigned number) {
  XTestFakeMotionEvent(w->display, -1, x, y, CurrentTime);
  long time = now();
  XTestFakeButtonEvent(w->display, number, True, CurrentTime);
  XFlush(w->display);
  answer("ok %ld", time);
}

/* Carries out one command and answers it. */
static void execute(struct watcher *w, const char *line) {
  char word[256];
  struct area a;
  int bits;
  unsigned number;
  long ms, quiet;
  if (sscanf(line, "key %255s", word) == 1) {
    long time = stroke(w, word);
    answer(time < 0 ? "error no key %ld" : "ok %ld", time);
  } else if (sscanf(line, "move %d %d", &a.x, &a.y) == 2) {
    XTestFakeMotionEvent(w->display, -1, a.x, a.y, CurrentTime);
    XFlush(w->display);
    answer("ok %ld", now());
  } else if (sscanf(line, "press %d %d %u", &a.x, &a.y, &number) == 3) {
    button(w, a.x, a.y, number);
  } else if (sscanf(line, "release %u", &number) == 1) {
    XTestFakeButtonEvent(w->display, number, False, CurrentTime);
    XFlush(w->display);
    answer("ok %ld", now());
  } else if (sscanf(line, "echo %255s %d %d %d %d %ld", word, &a.x, &a.y, &a.width, &a.height, &ms) == 6 &&
             within(w, a)) {
    echo(w, word, a, ms);
  } else if (sscanf(line, "watch %d %d %d %d", &a.x, &a.y, &a.width, &a.height) == 4 && within(w, a)) {
    watch(w, a);
    answer("ok");
  } else if (sscanf(line, "await-change %ld", &ms) == 1) {
    await_change(w, ms);
  } else if (sscanf(line, "settle %ld %ld", &quiet, &ms) == 2) {
    settle(w, quiet, ms);
  } else if (strcmp(line, "noted") == 0) {
    if (drawn(w))
      note(w);
    answer("ok %ld %ld %ld", w->changes, w->first, w->last);
  } else if (sscanf(line, "film %d %d %d %d %d %ld", &a.x, &a.y, &a.width, &a.height, &bits, &ms) == 6 && bits > 4 &&
             bits <= 32 && within(w, a)) {
    film(w, a, bits, ms);
  } else if (sscanf(line, "wait-pixel %d %d %x %d %ld", &a.x, &a.y, &number, &bits, &ms) == 5 &&
             within(w, (struct area){a.x, a.y, 1, 1})) {
    wait_pixel(w, a.x, a.y, number, bits, ms);
  } else if (sscanf(line, "pixel %d %d", &a.x, &a.y) == 2 && within(w, (struct area){a.x, a.y, 1, 1})) {
    answer("ok %06x", grab(w, (struct area){a.x, a.y, 1, 1})[0] & RGB);
  } else if (sscanf(line, "hash %d %d %d %d", &a.x, &a.y, &a.width, &a.height) == 4 && within(w, a)) {
    answer("ok %016jx", (uintmax_t)hash(grab(w, a), (size_t)a.width * (size_t)a.height));
  } else if (sscanf(line, "save %255s", word) == 1) {
    save(w, word);
  } else {
    answer("error no such command, or beyond the screen of %dx%d: %.200s", w->width, w->height, line);
  }
}

int main(void) {
  static struct watcher w;
  open_display(&w);
  struct pollfd ready[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                            {.fd = ConnectionNumber(w.display), .events = POLLIN}};
  char line[1024];
  size_t filled = 0;
  answer("ok %d %d", w.width, w.height);
  while (true) {
    if (drawn(&w))
      note(&w);
    XFlush(w.display);
    if (poll(ready, 2, -1) < 0)
      continue;
    if (!ready[0].revents)
      continue;
    ssize_t count = read(STDIN_FILENO, line + filled, sizeof line - 1 - filled);
    if (count <= 0)
      return 0;
    filled += (size_t)count;
    for (char *end; (end = memchr(line, '\n', filled)) != NULL;) {
      *end = '\0';
      execute(&w, line);
      filled -= (size_t)(end + 1 - line);
      memmove(line, end + 1, filled);
    }
    if (filled == sizeof line - 1)
      fail("a line of more than %zu bytes", filled);
  }
}
