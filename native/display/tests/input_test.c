/*
 * input_test.c: what a viewer types and points at is what an X client gets, in a real X server.
 *
 *   input-test MODULES [long]
 *
 * "long": only a text that waits for the client to look at it, which a machine that is busy for seconds spoils.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <X11/XKBlib.h>
#include <X11/keysym.h>

#include "keyboard_client.h"
#include "replay.h"
#include "xserver.h"

#define TIMEOUT_MS 60000
#define LONG_TEXT 70u

struct test {
  struct xserver server;
  struct keyboard_client client;
  struct replay viewer;
  unsigned checks, failures;
};

static void expect(struct test *t, bool holds, const char *what) {
  t->checks++;
  if (holds)
    return;
  t->failures++;
  fprintf(stderr, "FAIL %s\n", what);
}

static void key(struct replay *r, uint32_t keysym, bool pressed) {
  replay_send(r, &(struct message){.type = MESSAGE_KEY, .key = {keysym, pressed}});
}

static void point(struct replay *r, unsigned x, unsigned y, unsigned buttons) {
  replay_send(r, &(struct message){.type = MESSAGE_POINTER, .pointer = {(uint16_t)x, (uint16_t)y, (uint16_t)buttons}});
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

/* The next event of a type, those of others are passed over. */
static bool next_of(struct test *t, int type, struct noted *out) {
  while (keyboard_client_next(&t->client, TIMEOUT_MS, out))
    if (out->type == type)
      return true;
  return false;
}

static bool is_modifier(KeySym keysym) {
  return (keysym >= XK_Shift_L && keysym <= XK_Hyper_R) || keysym == XK_ISO_Level3_Shift;
}

/* The keysym of the next key event that is not of a modifier. */
static KeySym next_symbol(struct test *t, int type) {
  struct noted n;
  do {
    if (!next_of(t, type, &n))
      return NoSymbol;
  } while (is_modifier(n.keysym));
  return n.keysym;
}

/* No event may be left: what is there after a round trip is all there is. */
static bool nothing_left(struct test *t) {
  struct noted n;
  settle(&t->viewer);
  XSync(t->client.display, False);
  return !keyboard_client_next(&t->client, 0, &n);
}

/* No key is down and no modifier in effect, as a client can ask. */
static bool all_released(struct test *t) {
  char keys[32];
  XkbStateRec state;
  Window root, child;
  int x, y;
  unsigned mask;
  XQueryKeymap(t->client.display, keys);
  XkbGetState(t->client.display, XkbUseCoreKbd, &state);
  XQueryPointer(t->client.display, t->client.window, &root, &child, &x, &y, &x, &y, &mask);
  for (size_t i = 0; i < sizeof keys; i++)
    if (keys[i] != 0)
      return false;
  return (state.mods & ~(unsigned)(LockMask | Mod2Mask)) == 0 &&
         (mask & (Button1Mask | Button2Mask | Button3Mask)) == 0;
}

/* Types `keysym` and sees it arrive, pressed and released. */
static void check_typed(struct test *t, uint32_t keysym) {
  char what[64];
  snprintf(what, sizeof what, "keysym 0x%x arrives", keysym);
  key(&t->viewer, keysym, true);
  key(&t->viewer, keysym, false);
  expect(t, next_symbol(t, KeyPress) == keysym, what);
  settle(&t->viewer);
  snprintf(what, sizeof what, "nothing is held after keysym 0x%x", keysym);
  expect(t, all_released(t), what);
}

/* On the map or not, with Shift, Level3, or without. */
static void test_symbols(struct test *t) {
  static const uint32_t symbols[] = {
      XK_a,         XK_A,   XK_z,         XK_1,         XK_exclam,     XK_plus,        XK_space,
      XK_Return,    XK_F12, XK_Left,      XK_BackSpace, XK_adiaeresis, XK_Odiaeresis,  XK_ssharp,
      XK_EuroSign,  XK_at,  XK_braceleft, XK_backslash, XK_KP_1,       XK_Cyrillic_ya, 0x0101f600 /* a smiley */,
      XK_dead_acute};
  for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++)
    check_typed(t, symbols[i]);
}

/* More symbols than a keyboard has spare keys, so that lent ones are lent again. */
static void test_many_symbols(struct test *t) {
  for (uint32_t symbol = 0x01003041; symbol < 0x01003041 + 150; symbol++)
    check_typed(t, symbol);
}

/* A person types Shift and a letter; the viewer names Shift and the capital. */
static void test_shift(struct test *t) {
  struct noted n;
  key(&t->viewer, XK_Shift_L, true);
  key(&t->viewer, XK_Q, true);
  key(&t->viewer, XK_Shift_L, false);
  key(&t->viewer, XK_q, false);
  expect(t, next_of(t, KeyPress, &n) && n.keysym == XK_Shift_L, "Shift is pressed");
  expect(t, next_of(t, KeyPress, &n) && n.keysym == XK_Q, "the capital follows");
  settle(&t->viewer);
  expect(t, all_released(t), "a key is released by its other keysym");
}

/* Shift is held, but the symbol is one without: Shift is put aside for it and is held again afterwards. */
static void test_shift_in_the_way(struct test *t) {
  XkbStateRec state;
  key(&t->viewer, XK_Shift_L, true);
  key(&t->viewer, XK_y, true);
  key(&t->viewer, XK_y, false);
  expect(t, next_symbol(t, KeyPress) == XK_y, "a small letter while Shift is held");
  settle(&t->viewer);
  XkbGetState(t->client.display, XkbUseCoreKbd, &state);
  expect(t, (state.mods & ShiftMask) != 0, "Shift is held again");
  key(&t->viewer, XK_Shift_L, false);
  settle(&t->viewer);
  expect(t, all_released(t), "Shift is released");
}

static void test_caps_lock(struct test *t) {
  key(&t->viewer, XK_Caps_Lock, true);
  key(&t->viewer, XK_Caps_Lock, false);
  check_typed(t, XK_w);
  check_typed(t, XK_W);
  key(&t->viewer, XK_Caps_Lock, true);
  key(&t->viewer, XK_Caps_Lock, false);
  check_typed(t, XK_w);
}

/* A viewer's own repeats are not typed; the server's are, and end with the release. */
static void test_repeat(struct test *t) {
  struct noted n;
  unsigned presses = 0;
  XkbSetAutoRepeatRate(t->client.display, XkbUseCoreKbd, 60, 10);
  XkbSetDetectableAutoRepeat(t->client.display, True, NULL);
  settle(&t->viewer);
  for (int i = 0; i < 5; i++)
    key(&t->viewer, XK_r, true);
  while (presses < 5 && next_of(t, KeyPress, &n))
    presses += n.keysym == XK_r;
  expect(t, presses == 5, "the server repeats a key that is held");
  replay_close(&t->viewer);
  replay_connect(&t->viewer, t->server.socket, 0, 0, 7, false);
  settle(&t->viewer);
  expect(t, next_of(t, KeyRelease, &n) && n.keysym == XK_r, "a viewer that goes lets go of its keys");
  expect(t, all_released(t), "nothing repeats after it");
  expect(t, nothing_left(t), "no event follows the release");
}

static void test_pointer(struct test *t) {
  struct noted n;
  point(&t->viewer, 300, 200, 0);
  expect(t, next_of(t, MotionNotify, &n) && n.x == 300 && n.y == 200, "the pointer is where the viewer points");
  for (unsigned i = 0; i < PROTOCOL_BUTTONS; i++) {
    point(&t->viewer, 300, 200, 1u << i);
    point(&t->viewer, 300, 200, 0);
    expect(t, next_of(t, ButtonPress, &n) && n.button == i + 1, "a button or the wheel is pressed");
    expect(t, next_of(t, ButtonRelease, &n) && n.button == i + 1, "a button or the wheel is released");
  }
  point(&t->viewer, 65535, 65535, 0);
  expect(t, next_of(t, MotionNotify, &n) && n.x == (int)t->viewer.width - 1 && n.y == (int)t->viewer.height - 1,
         "a position outside is moved to the edge");
}

static void test_release_all(struct test *t) {
  key(&t->viewer, XK_Control_L, true);
  key(&t->viewer, XK_k, true);
  point(&t->viewer, 10, 10, 5);
  settle(&t->viewer);
  expect(t, !all_released(t), "keys and buttons are held");
  replay_send(&t->viewer, &(struct message){.type = MESSAGE_RELEASE_ALL});
  settle(&t->viewer);
  expect(t, all_released(t), "RELEASE_ALL lets go of keys and buttons");
}

/* Two viewers hold one key and one button: the last one lets go of them. */
static void test_two_viewers(struct test *t) {
  struct replay other;
  replay_connect(&other, t->server.socket, 0, 0, 1, false);
  key(&t->viewer, XK_j, true);
  point(&t->viewer, 20, 20, 1);
  settle(&t->viewer);
  key(&other, XK_j, true);
  point(&other, 30, 30, 1);
  settle(&other);
  replay_send(&t->viewer, &(struct message){.type = MESSAGE_RELEASE_ALL});
  settle(&t->viewer);
  expect(t, !all_released(t), "what another viewer holds is held");
  replay_close(&other);
  settle(&t->viewer);
  while (!all_released(t))
    settle(&t->viewer);
}

static void test_view_only(struct test *t) {
  struct replay looker;
  struct noted n;
  replay_connect(&looker, t->server.socket, 640, 480, 1, true);
  settle(&looker);
  expect(t, looker.width == t->viewer.width, "a viewer that only looks does not set the size");
  while (keyboard_client_next(&t->client, 0, &n))
    continue;
  key(&looker, XK_x, true);
  point(&looker, 100, 100, 1);
  settle(&looker);
  expect(t, nothing_left(t), "a viewer that only looks types nothing");
  point(&t->viewer, 111, 122, 0);
  while (looker.warp_x != 111 || looker.warp_y != 122)
    if (!replay_step(&looker, TIMEOUT_MS)) {
      expect(t, false, "a viewer that only looks sees where the pointer goes");
      break;
    }
  replay_close(&looker);
}

/* CURSOR_WARP is for what applications do, not an echo of what the viewer did. */
static void test_warp(struct test *t) {
  settle(&t->viewer);
  const unsigned before = t->viewer.counts[MESSAGE_CURSOR_WARP];
  point(&t->viewer, 50, 60, 0);
  settle(&t->viewer);
  expect(t, t->viewer.counts[MESSAGE_CURSOR_WARP] == before, "the viewer's own motion is not told to it");
  XWarpPointer(t->client.display, None, t->client.window, 0, 0, 0, 0, 400, 300);
  XFlush(t->client.display);
  while (t->viewer.counts[MESSAGE_CURSOR_WARP] == before)
    if (!replay_step(&t->viewer, TIMEOUT_MS))
      break;
  expect(t, t->viewer.warp_x == 400 && t->viewer.warp_y == 300, "an application's warp is told");
}

/* Before a checkpoint: what a viewer held would be held for ever where the session goes on without it. */
static void test_quiesce(struct test *t) {
  static const unsigned char quiesce[8] = {[4] = MESSAGE_QUIESCE};
  struct replay host;
  struct noted n;
  key(&t->viewer, XK_Control_L, true);
  key(&t->viewer, XK_k, true);
  point(&t->viewer, 10, 10, 5);
  settle(&t->viewer);
  expect(t, !all_released(t), "keys and buttons are held");
  replay_open(&host, t->server.socket);
  replay_send_bytes(&host, quiesce, sizeof quiesce);
  while (replay_step(&host, TIMEOUT_MS))
    continue;
  expect(t, host.ended, "QUIESCE is answered by the end of the connection");
  expect(t, all_released(t), "QUIESCE lets go of keys and buttons");
  replay_close(&host);
  replay_close(&t->viewer);
  replay_connect(&t->viewer, t->server.socket, 0, 0, 7, false);
  settle(&t->viewer);
  XSync(t->client.display, False);
  while (keyboard_client_next(&t->client, 0, &n))
    continue;
  check_typed(t, XK_a);
}

/* What an input method made. */
static void test_text(struct test *t) {
  static const char text[] = "aA\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\n";
  static const KeySym expected[] = {XK_a, XK_A, XK_adiaeresis, 0x010020ac, 0x0101f600, XK_Return};
  replay_send(&t->viewer, &(struct message){.type = MESSAGE_TEXT, .text = {text, sizeof text - 1}});
  for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
    const KeySym got = next_symbol(t, KeyPress);
    expect(t, got == expected[i] || (expected[i] == 0x010020ac && got == XK_EuroSign),
           "each character of a text arrives");
  }
  settle(&t->viewer);
  expect(t, all_released(t), "nothing is held after a text");
  nothing_left(t);
}

/* More different characters than there are spare keys. */
static void send_long_text(struct test *t) {
  static char text[3 * LONG_TEXT];
  static uint8_t bytes[sizeof text + 16];
  const struct message message = {.type = MESSAGE_TEXT, .text = {text, sizeof text}};
  for (unsigned i = 0; i < LONG_TEXT; i++) {
    const unsigned character = 0x4e00 + i;
    text[3 * i] = (char)(0xe0 | character >> 12);
    text[3 * i + 1] = (char)(0x80 | (character >> 6 & 0x3f));
    text[3 * i + 2] = (char)(0x80 | (character & 0x3f));
  }
  protocol_encode(&message, bytes);
  replay_send_bytes(&t->viewer, bytes, protocol_size(&message));
}

/* The next press of v, which nothing else here types, has Ctrl. */
static void expect_chord(struct test *t, const char *what) {
  struct noted n;
  do {
    if (!next_of(t, KeyPress, &n))
      break;
  } while (n.keysym != XK_v);
  expect(t, n.keysym == XK_v && (n.state & ControlMask) != 0, what);
  do {
    if (!next_of(t, KeyRelease, &n))
      break;
  } while (n.keysym != XK_Control_L);
  settle(&t->viewer);
  expect(t, all_released(t), "nothing is held after a chord");
}

/* Keys that are pressed while text waits are pressed together, as they were. */
static void test_chord_after_text(struct test *t) {
  struct replay other;
  send_long_text(t);
  key(&t->viewer, XK_Control_L, true);
  key(&t->viewer, XK_v, true);
  key(&t->viewer, XK_v, false);
  key(&t->viewer, XK_Control_L, false);
  expect_chord(t, "a chord comes after a long text");
  send_long_text(t);
  key(&t->viewer, XK_Control_L, true);
  key(&t->viewer, XK_v, true);
  replay_send(&t->viewer, &(struct message){.type = MESSAGE_RELEASE_ALL});
  expect_chord(t, "and so does that of a viewer that lets go of all");
  send_long_text(t);
  settle(&t->viewer);
  replay_connect(&other, t->server.socket, 0, 0, 7, false);
  key(&other, XK_Control_L, true);
  key(&other, XK_v, true);
  settle(&other);
  replay_close(&other);
  expect_chord(t, "and that of a viewer that has gone");
  while (!nothing_left(t))
    continue;
}

/* None of its characters is taken for another, and a key comes after them. */
static void run_long_text(struct test *t, const char *modules) {
  xserver_start(&t->server, modules, "Option \"TextPause\" \"3000\"", "");
  keyboard_client_init(&t->client, t->server.display);
  replay_connect(&t->viewer, t->server.socket, 0, 0, 7, false);
  settle(&t->viewer);
  send_long_text(t);
  key(&t->viewer, XK_Return, true);
  key(&t->viewer, XK_Return, false);
  for (unsigned i = 0; i < LONG_TEXT; i++)
    expect(t, next_symbol(t, KeyPress) == 0x01004e00 + i, "each character of a long text arrives");
  expect(t, next_symbol(t, KeyPress) == XK_Return, "and the key that was pressed after it");
  settle(&t->viewer);
  expect(t, all_released(t), "nothing is held after a long text");
  replay_close(&t->viewer);
  keyboard_client_destroy(&t->client);
  expect(t, xserver_stop(&t->server), "the X server lives to the end");
}

static void scroll(struct test *t, int dx, int dy) {
  replay_send(&t->viewer, &(struct message){.type = MESSAGE_SCROLL, .scroll = {(int16_t)dx, (int16_t)dy}});
}

static bool clicks(struct test *t, unsigned button) {
  struct noted n;
  return next_of(t, ButtonPress, &n) && n.button == button && next_of(t, ButtonRelease, &n) && n.button == button;
}

/* Clients that know no scrolling get a click for each notch. */
static void test_scroll(struct test *t) {
  point(&t->viewer, 300, 200, 0);
  settle(&t->viewer);
  nothing_left(t);
  scroll(t, 0, 120);
  expect(t, clicks(t, 5), "a notch down");
  scroll(t, 0, -60);
  scroll(t, 0, -60);
  expect(t, clicks(t, 4), "two halves of a notch up");
  scroll(t, 240, 0);
  expect(t, clicks(t, 7) && clicks(t, 7), "two notches to the right");
  expect(t, nothing_left(t), "and nothing else");
}

static void touch(struct test *t, enum touch_action action, unsigned finger, unsigned x, unsigned y) {
  replay_send(&t->viewer, &(struct message){.type = MESSAGE_TOUCH,
                                            .touch = {(uint8_t)action, (uint8_t)finger, (uint16_t)x, (uint16_t)y}});
}

/* Clients that know no touch get the first finger as the pointer. */
static void test_touch(struct test *t) {
  struct noted n;
  touch(t, FINGER_DOWN, 0, 400, 300);
  expect(t, next_of(t, ButtonPress, &n) && n.button == 1 && n.x == 400 && n.y == 300, "a finger comes down");
  touch(t, FINGER_MOVED, 0, 420, 310);
  expect(t, next_of(t, MotionNotify, &n) && n.x == 420 && n.y == 310, "moves");
  touch(t, FINGER_UP, 0, 420, 310);
  expect(t, next_of(t, ButtonRelease, &n) && n.button == 1, "and goes up");
  touch(t, FINGER_UP, 0, 420, 310);
  touch(t, FINGER_MOVED, 3, 10, 10);
  touch(t, FINGER_DOWN, 0, 50, 60);
  replay_send(&t->viewer, &(struct message){.type = MESSAGE_RELEASE_ALL});
  expect(t, next_of(t, ButtonPress, &n) && n.x == 50 && next_of(t, ButtonRelease, &n),
         "a finger that is down goes up when all is released");
  settle(&t->viewer);
  expect(t, all_released(t), "nothing is held after touches");
  nothing_left(t);
}

static void run(struct test *t, const char *modules, const char *layout) {
  char options[128];
  snprintf(options, sizeof options, "Option \"XkbLayout\" \"%s\"", layout);
  xserver_start(&t->server, modules, "", options);
  keyboard_client_init(&t->client, t->server.display);
  replay_connect(&t->viewer, t->server.socket, 0, 0, 7, false);
  settle(&t->viewer);
  test_symbols(t);
  test_many_symbols(t);
  test_shift(t);
  test_shift_in_the_way(t);
  test_caps_lock(t);
  test_pointer(t);
  test_text(t);
  test_chord_after_text(t);
  test_scroll(t);
  test_touch(t);
  test_release_all(t);
  test_two_viewers(t);
  test_view_only(t);
  test_warp(t);
  test_repeat(t);
  test_quiesce(t);
  replay_close(&t->viewer);
  keyboard_client_destroy(&t->client);
  expect(t, xserver_stop(&t->server), "the X server lives to the end");
}

int main(int argc, char **argv) {
  static struct test t;
  const bool is_long = argc == 3 && strcmp(argv[2], "long") == 0;
  if (argc != 2 && !is_long) {
    fprintf(stderr, "usage: %s MODULES [long]\n", argv[0]);
    return EXIT_FAILURE;
  }
  if (is_long) {
    run_long_text(&t, argv[1]);
  } else {
    run(&t, argv[1], "us");
    run(&t, argv[1], "de");
  }
  printf("%u checks, %u failures\n", t.checks, t.failures);
  return t.failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
