/* keyboard_client.c: see keyboard_client.h. */
#include "keyboard_client.h"

#include <X11/Xutil.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define MAP_TIMEOUT_MS 60000

/* Waits for any event; false if none came in time. */
static bool wait_event(struct keyboard_client *c, int timeout_ms, XEvent *event) {
  struct pollfd p = {.fd = ConnectionNumber(c->display), .events = POLLIN};
  if (XPending(c->display) == 0 && (poll(&p, 1, timeout_ms) <= 0 || XPending(c->display) == 0))
    return false;
  XNextEvent(c->display, event);
  return true;
}

void keyboard_client_init(struct keyboard_client *c, const char *display) {
  XSetWindowAttributes attributes = {.override_redirect = True,
                                     .event_mask = KeyPressMask | KeyReleaseMask | ButtonPressMask | ButtonReleaseMask |
                                                   PointerMotionMask | StructureNotifyMask | FocusChangeMask};
  XEvent event;
  c->display = XOpenDisplay(display);
  if (c->display == NULL) {
    fprintf(stderr, "cannot connect to %s\n", display);
    exit(EXIT_FAILURE);
  }
  c->window = XCreateWindow(c->display, DefaultRootWindow(c->display), 0, 0, 8192, 8192, 0, CopyFromParent, InputOutput,
                            CopyFromParent, CWOverrideRedirect | CWEventMask, &attributes);
  XMapWindow(c->display, c->window);
  do {
    if (!wait_event(c, MAP_TIMEOUT_MS, &event)) {
      fprintf(stderr, "the window is not mapped\n");
      exit(EXIT_FAILURE);
    }
  } while (event.type != MapNotify);
  XSetInputFocus(c->display, c->window, RevertToNone, CurrentTime);
  XSync(c->display, False);
}

void keyboard_client_destroy(struct keyboard_client *c) { XCloseDisplay(c->display); }

static void note_key(XKeyEvent *event, struct noted *out) {
  char text[32];
  out->keycode = event->keycode;
  out->state = event->state;
  XLookupString(event, text, sizeof text, &out->keysym, NULL);
}

bool keyboard_client_next(struct keyboard_client *c, int timeout_ms, struct noted *out) {
  XEvent event;
  while (wait_event(c, timeout_ms, &event)) {
    *out = (struct noted){.type = event.type, .x = event.xkey.x_root, .y = event.xkey.y_root};
    switch (event.type) {
    case KeyPress:
    case KeyRelease:
      note_key(&event.xkey, out);
      return true;
    case ButtonPress:
    case ButtonRelease:
      out->button = event.xbutton.button;
      return true;
    case MotionNotify:
      return true;
    case MappingNotify:
      XRefreshKeyboardMapping(&event.xmapping);
      break;
    default:
      break;
    }
  }
  return false;
}
