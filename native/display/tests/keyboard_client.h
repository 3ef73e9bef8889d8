/* keyboard_client.h: an X client with the keyboard's focus that notes what it is typed and pointed at. */
#ifndef MOBIDESK_DISPLAY_TESTS_KEYBOARD_CLIENT_H
#define MOBIDESK_DISPLAY_TESTS_KEYBOARD_CLIENT_H

#include <X11/Xlib.h>
#include <stdbool.h>

struct noted {
  int type;      /* KeyPress, KeyRelease, ButtonPress, ButtonRelease, MotionNotify */
  KeySym keysym; /* of keys: as applications look it up, with the modifiers of the event */
  unsigned keycode, button;
  unsigned state; /* of keys: modifiers */
  int x, y;       /* on the screen */
};

struct keyboard_client {
  Display *display;
  Window window;
};

/* Connects to `display`, covers the screen with a window and takes the focus. Exits with a message on failure. */
void keyboard_client_init(struct keyboard_client *c, const char *display);
void keyboard_client_destroy(struct keyboard_client *c);

/* The next event of those above; false if none came within `timeout_ms`. */
bool keyboard_client_next(struct keyboard_client *c, int timeout_ms, struct noted *out);

#endif
