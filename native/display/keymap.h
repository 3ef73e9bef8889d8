/*
 * keymap.h: from keysyms, which viewers send, to keycodes and modifiers, which the server's keyboard has.
 *
 * The map is the session's current one, whatever its layout is: it is looked at anew for each key. A keysym that is not
 * on it gets a spare key.
 */
#ifndef MOBIDESK_DISPLAY_KEYMAP_H
#define MOBIDESK_DISPLAY_KEYMAP_H

#include <stdbool.h>
#include <stdint.h>

#include <xorg-server.h>

#include <input.h>

/* Both Shifts, both Level3 keys, and a few that a user has made more of. */
#define KEYMAP_MAX_MODIFIERS 8

/* Keycodes that were spare and have been given a keysym, in the order of their use. All zero: none. */
struct keymap {
  uint8_t lent[256];
  unsigned lent_count;
  uint32_t used_ms[256]; /* by keycode: when a lent key was used last */
};

/* What to do so that pressing `keycode` means the keysym. */
struct keymap_stroke {
  uint8_t keycode;
  uint8_t release[KEYMAP_MAX_MODIFIERS], press[KEYMAP_MAX_MODIFIERS]; /* keycodes, before the press; undone after it */
  unsigned release_count, press_count;
};

/* Finds the stroke for `keysym` that changes the fewest modifiers; gives it a spare key if it has none, at the expense
 * of the spare key that was lent first and is not held (`holders` by keycode). False if no key can be had. */
bool keymap_find(struct keymap *map, DeviceIntPtr keyboard, uint32_t keysym, const uint8_t holders[256],
                 struct keymap_stroke *out);

/* How long to wait before `keysym` can be had without taking a key from another keysym for which it was used less than
 * `pause_ms` ago: applications look up what a key means when they get to it. 0: not at all. */
uint32_t keymap_wait(struct keymap *map, DeviceIntPtr keyboard, uint32_t keysym, const uint8_t holders[256],
                     uint32_t pause_ms);

/* As keymap_find, on the map as it is: false where the keysym is not on it. */
bool keymap_on_map(DeviceIntPtr keyboard, uint32_t keysym, struct keymap_stroke *out);

/* Whether `keycode` means `keysym` with some modifiers. */
bool keymap_has(DeviceIntPtr keyboard, uint8_t keycode, uint32_t keysym);

#endif
