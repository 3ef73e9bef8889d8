/*
 * seat.h: what viewers type and point at, as events of the session's own keyboard and pointer.
 *
 * What each viewer holds down is kept for it, so that it can be released when it goes; a key or button that several
 * hold is released when the last of them lets go. A press of what the viewer already holds is ignored: repeating is the
 * server's business (XKB), which ends with the release, and so with the viewer's connection at the latest.
 *
 * All functions run in the X server's main thread.
 */
#ifndef MOBIDESK_DISPLAY_SEAT_H
#define MOBIDESK_DISPLAY_SEAT_H

#include <stdbool.h>
#include <stdint.h>

#include <xorg-server.h>

#include <input.h>
#include <os.h>

#include "keymap.h"
#include "protocol.h"

/* Fingers and stuck keys included; what is beyond is ignored. */
#define SEAT_MAX_HELD 32

/* Characters of text that wait to be typed, and keys that came after them; what is beyond is lost, but no release of a
 * key whose press is not. */
#define SEAT_MAX_WAITING 8192u

struct sprite;
struct server;

/* What one viewer holds down. All zero: nothing. */
struct seat_held {
  struct {
    uint32_t keysym;
    uint8_t keycode;
  } keys[SEAT_MAX_HELD];
  unsigned key_count;
  uint16_t buttons;
  uint16_t fingers;     /* bit set */
  uint32_t first_touch; /* number of finger 0's touch; fingers of several viewers are different ones. 0: none yet */
  struct {
    int x, y;
  } touched[PROTOCOL_MAX_FINGERS];
};

/* What is done to a key when its turn comes. */
struct seat_waiting {
  enum { SEAT_TAP, SEAT_PRESS, SEAT_RELEASE } what;
  uint32_t keysym;
  struct seat_held *held; /* whose key, unless it is tapped */
};

struct seat {
  struct server *server;
  DeviceIntPtr keyboard, pointer; /* NULL until the server has started them */
  DeviceIntPtr touch;             /* NULL also where the configuration has none: then one finger is the pointer */
  uint32_t touches;               /* numbers that were given to viewers */
  ValuatorMask *valuators;        /* of the event that is being made */
  struct keymap keymap;
  uint32_t text_pause_ms; /* before a key that was lent to one character is lent to another */
  struct seat_waiting waiting[SEAT_MAX_WAITING];
  unsigned waiting_first, waiting_count;
  unsigned waiting_presses; /* whose releases have not come yet: there is room for them */
  struct seat_held gone;    /* keys of viewers that have let go of all, or are gone, while they waited */
  OsTimerPtr text_timer;
  uint8_t key_holders[256];
  uint8_t button_holders[PROTOCOL_BUTTONS];
  int viewer_x, viewer_y; /* where a viewer last moved the pointer to */
  int x, y;               /* where it was when seat_movement looked last */
};

enum seat_movement { SEAT_STILL, SEAT_MOVED_BY_VIEWER, SEAT_MOVED_BY_APPLICATION };

bool seat_init(struct seat *s, struct server *server);
void seat_destroy(struct seat *s);

void seat_key(struct seat *s, struct seat_held *held, uint32_t keysym, bool pressed);
/* `x` and `y` may lie outside of the screen; `buttons` is the whole state of the viewer's. */
void seat_pointer(struct seat *s, struct seat_held *held, unsigned x, unsigned y, uint16_t buttons);
/* Types UTF-8, a key for each character. Characters that the keyboard does not have take turns at its spare keys; who
 * has more of them than there are spare keys waits for applications to look at what came before. */
void seat_text(struct seat *s, const char *text, size_t length);
/* Turns a wheel, in 1/120 of a notch. */
void seat_scroll(struct seat *s, int dx, int dy);
void seat_finger(struct seat *s, struct seat_held *held, enum touch_action action, unsigned finger, unsigned x,
                 unsigned y);
void seat_release_all(struct seat *s, struct seat_held *held);

/* Who has moved the pointer since the last call, and where it is now. Takes `cursor`'s note of a warp. */
enum seat_movement seat_movement(struct seat *s, struct sprite *sprite, uint16_t *x, uint16_t *y);

#endif
