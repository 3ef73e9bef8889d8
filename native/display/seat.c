/* seat.c: see seat.h. */
#include "seat.h"

#include <X11/extensions/XI2.h>
#include <X11/keysym.h>
#include <inputstr.h>
#include <mi.h>
#include <xf86.h>
#include <xf86Xinput.h>

#include "driver.h"
#include "input_device.h"

/* The keyboard's bell: the viewers ring. The server copies the hook to the core keyboard, where it is called once more.
 */
static void ring(int percent, DeviceIntPtr device, void *control, int class) {
  for (InputInfoPtr info = xf86FirstLocalDevice(); info != NULL; info = info->next)
    if (info->dev == device && info->private != NULL)
      server_bell(((struct seat *)info->private)->server, percent < 0 ? 0 : percent > 100 ? 100 : (unsigned)percent);
}

/* Finds the devices of mobideskinput_drv.so once the server has made them. */
static bool find_devices(struct seat *s) {
  for (InputInfoPtr info = xf86FirstLocalDevice(); info != NULL; info = info->next) {
    if (info->drv == NULL || strcmp(info->drv->driverName, INPUT_DRIVER_NAME) != 0 || info->dev == NULL)
      continue;
    if (strcmp(info->type_name, XI_KEYBOARD) == 0 && info->dev->kbdfeed != NULL) {
      s->keyboard = info->dev;
      s->keyboard->kbdfeed->BellProc = ring;
      info->private = s;
    } else if (strcmp(info->type_name, XI_MOUSE) == 0) {
      s->pointer = info->dev;
    } else if (strcmp(info->type_name, XI_TOUCHSCREEN) == 0) {
      s->touch = info->dev;
    }
  }
  return s->keyboard != NULL && s->pointer != NULL;
}

static bool ready(struct seat *s) { return (s->keyboard != NULL && s->pointer != NULL) || find_devices(s); }

/* Lets the server act on what was posted, so that the next key finds the modifiers as they are. */
static void process(void) { mieqProcessInputEvents(); }

static void post_key(struct seat *s, uint8_t keycode, bool pressed) {
  input_lock();
  QueueKeyboardEvents(s->keyboard, pressed ? KeyPress : KeyRelease, keycode);
  input_unlock();
  process();
}

static void post_button(struct seat *s, int button, bool pressed) {
  valuator_mask_zero(s->valuators);
  input_lock();
  QueuePointerEvents(s->pointer, pressed ? ButtonPress : ButtonRelease, button, 0, s->valuators);
  input_unlock();
  process();
}

static void post_motion(struct seat *s, int x, int y) {
  valuator_mask_zero(s->valuators);
  valuator_mask_set(s->valuators, INPUT_X, x);
  valuator_mask_set(s->valuators, INPUT_Y, y);
  input_lock();
  QueuePointerEvents(s->pointer, MotionNotify, 0, POINTER_ABSOLUTE | POINTER_SCREEN, s->valuators);
  input_unlock();
  process();
}

bool seat_init(struct seat *s, struct server *server) {
  *s = (struct seat){.server = server, .viewer_x = -1, .viewer_y = -1, .valuators = valuator_mask_new(INPUT_AXES)};
  return s->valuators != NULL;
}

void seat_destroy(struct seat *s) {
  TimerFree(s->text_timer);
  s->text_timer = NULL;
  valuator_mask_free(&s->valuators);
}

static int find_held(const struct seat_held *held, uint32_t keysym) {
  for (unsigned i = 0; i < held->key_count; i++)
    if (held->keys[i].keysym == keysym)
      return (int)i;
  return -1;
}

/* A viewer that let go of Shift first may name the other keysym of the key that it releases. */
static int find_held_key(struct seat *s, const struct seat_held *held, uint32_t keysym) {
  int i = find_held(held, keysym);
  for (unsigned k = 0; i < 0 && k < held->key_count; k++)
    if (keymap_has(s->keyboard, held->keys[k].keycode, keysym))
      i = (int)k;
  return i;
}

static void release_held(struct seat *s, struct seat_held *held, unsigned i) {
  const uint8_t keycode = held->keys[i].keycode;
  held->keys[i] = held->keys[--held->key_count];
  if (--s->key_holders[keycode] == 0)
    post_key(s, keycode, false);
}

static void release_key(struct seat *s, struct seat_held *held, uint32_t keysym) {
  const int i = find_held_key(s, held, keysym);
  if (i >= 0)
    release_held(s, held, (unsigned)i);
}

/* Presses the modifiers that the key lacks and releases those that are in its way; or, with `undo`, the reverse. */
static void adjust_modifiers(struct seat *s, const struct keymap_stroke *stroke, bool undo) {
  for (unsigned i = 0; i < stroke->release_count; i++)
    post_key(s, stroke->release[i], undo);
  for (unsigned i = 0; i < stroke->press_count; i++)
    post_key(s, stroke->press[i], !undo);
}

static void press_key(struct seat *s, struct seat_held *held, uint32_t keysym) {
  struct keymap_stroke stroke;
  if (find_held(held, keysym) >= 0 || held->key_count == SEAT_MAX_HELD)
    return;
  if (!keymap_find(&s->keymap, s->keyboard, keysym, s->key_holders, &stroke))
    return;
  held->keys[held->key_count].keysym = keysym;
  held->keys[held->key_count++].keycode = stroke.keycode;
  if (s->key_holders[stroke.keycode]++ > 0)
    return;
  adjust_modifiers(s, &stroke, false);
  post_key(s, stroke.keycode, true);
  adjust_modifiers(s, &stroke, true);
}

static void tap_key(struct seat *s, uint32_t keysym) {
  struct seat_held held = {0};
  press_key(s, &held, keysym);
  while (held.key_count > 0)
    release_held(s, &held, 0);
}

static struct seat_waiting *waiting_at(struct seat *s, unsigned i) {
  return &s->waiting[(s->waiting_first + i) % SEAT_MAX_WAITING];
}

/* Whether a press of the key waits, and no release of it after that. */
static bool press_waits(struct seat *s, const struct seat_held *held, uint32_t keysym) {
  for (unsigned i = s->waiting_count; i-- > 0;) {
    const struct seat_waiting *w = waiting_at(s, i);
    if (w->held == held && w->keysym == keysym)
      return w->what == SEAT_PRESS;
  }
  return false;
}

static void wait_in_line(struct seat *s, uint32_t keysym) {
  if (s->waiting_count + s->waiting_presses < SEAT_MAX_WAITING)
    *waiting_at(s, s->waiting_count++) = (struct seat_waiting){.what = SEAT_TAP, .keysym = keysym};
}

static void press_in_line(struct seat *s, struct seat_held *held, uint32_t keysym) {
  if (s->waiting_count + s->waiting_presses + 2 > SEAT_MAX_WAITING || press_waits(s, held, keysym) ||
      find_held(held, keysym) >= 0)
    return;
  *waiting_at(s, s->waiting_count++) = (struct seat_waiting){SEAT_PRESS, keysym, held};
  s->waiting_presses++;
}

static void release_in_line(struct seat *s, struct seat_held *held, uint32_t keysym) {
  *waiting_at(s, s->waiting_count++) = (struct seat_waiting){SEAT_RELEASE, keysym, held};
  s->waiting_presses--;
}

/* The press, of those of `held` that wait, that the release of `keysym` ends; NULL: none. A viewer that let go of Shift
 * first may name the other keysym of the key. */
static const struct seat_waiting *waiting_press(struct seat *s, const struct seat_held *held, uint32_t keysym) {
  struct keymap_stroke stroke;
  for (unsigned i = 0; i < s->waiting_count; i++) {
    const struct seat_waiting *w = waiting_at(s, i);
    if (w->held == held && w->what == SEAT_PRESS && press_waits(s, held, w->keysym) &&
        (w->keysym == keysym ||
         (keymap_on_map(s->keyboard, w->keysym, &stroke) && keymap_has(s->keyboard, stroke.keycode, keysym))))
      return w;
  }
  return NULL;
}

/* What waits of `held` is done all the same, and released at its end, without it. */
static void leave_line(struct seat *s, struct seat_held *held) {
  for (unsigned i = 0; i < s->waiting_count; i++) {
    struct seat_waiting *w = waiting_at(s, i);
    if (w->held != held)
      continue;
    if (w->what == SEAT_PRESS && press_waits(s, held, w->keysym))
      release_in_line(s, held, w->keysym); /* which is gone through, too */
    w->held = &s->gone;
  }
}

static CARD32 on_text_timer(OsTimerPtr timer, CARD32 now, void *data);

static void do_waiting(struct seat *s, const struct seat_waiting *w) {
  switch (w->what) {
  case SEAT_TAP:
    tap_key(s, w->keysym);
    break;
  case SEAT_PRESS:
    press_key(s, w->held, w->keysym);
    break;
  case SEAT_RELEASE:
    release_key(s, w->held, w->keysym);
    break;
  }
}

/* Types what waits, as far as that goes at once. */
static void type_waiting(struct seat *s) {
  while (s->waiting_count > 0) {
    const struct seat_waiting next = s->waiting[s->waiting_first];
    const uint32_t wait_ms = next.what == SEAT_RELEASE
                                 ? 0
                                 : keymap_wait(&s->keymap, s->keyboard, next.keysym, s->key_holders, s->text_pause_ms);
    if (wait_ms > 0) {
      s->text_timer = TimerSet(s->text_timer, 0, wait_ms, on_text_timer, s);
      return;
    }
    s->waiting_first = (s->waiting_first + 1) % SEAT_MAX_WAITING;
    s->waiting_count--;
    do_waiting(s, &next);
  }
  s->waiting_presses = 0; /* those that are held now are their viewers' */
}

static CARD32 on_text_timer(OsTimerPtr timer, CARD32 now, void *data) {
  struct seat *s = data;
  server_lock(s->server);
  type_waiting(s);
  server_unlock(s->server);
  return 0;
}

void seat_key(struct seat *s, struct seat_held *held, uint32_t keysym, bool pressed) {
  if (!ready(s))
    return;
  /* Nothing before the text that came first. */
  const struct seat_waiting *press = pressed ? NULL : waiting_press(s, held, keysym);
  if (press != NULL)
    release_in_line(s, held, press->keysym);
  else if (!pressed)
    release_key(s, held, keysym);
  else if (s->waiting_count > 0)
    press_in_line(s, held, keysym);
  else
    press_key(s, held, keysym);
}

static void set_buttons(struct seat *s, struct seat_held *held, uint16_t buttons) {
  for (unsigned i = 0; i < PROTOCOL_BUTTONS; i++) {
    const bool was = held->buttons >> i & 1, is = buttons >> i & 1;
    if (is && !was && s->button_holders[i]++ == 0)
      post_button(s, (int)i + 1, true);
    if (was && !is && --s->button_holders[i] == 0)
      post_button(s, (int)i + 1, false);
  }
  held->buttons = buttons;
}

void seat_pointer(struct seat *s, struct seat_held *held, unsigned x, unsigned y, uint16_t buttons) {
  const struct framebuffer *fb = &s->server->parts.screen->framebuffer;
  if (!ready(s))
    return;
  const int inside_x = x < fb->width ? (int)x : fb->width - 1, inside_y = y < fb->height ? (int)y : fb->height - 1;
  int now_x, now_y;
  GetSpritePosition(inputInfo.pointer, &now_x, &now_y);
  if (inside_x != now_x || inside_y != now_y) {
    s->viewer_x = inside_x;
    s->viewer_y = inside_y;
    s->server->parts.sprite->warped = false;
    post_motion(s, inside_x, inside_y);
  }
  set_buttons(s, held, buttons);
}

/* The keysym of a character (X protocol, appendix A: Latin-1 as it is, all else by its code point); 0: it has none. */
static uint32_t keysym_of(uint32_t character) {
  switch (character) {
  case '\b':
    return XK_BackSpace;
  case '\t':
    return XK_Tab;
  case '\n':
  case '\r':
    return XK_Return;
  default:
    if (character < 0x20 || (character >= 0x7f && character < 0xa0))
      return 0;
    return character < 0x100 ? character : 0x01000000 | character;
  }
}

/* The next character of valid UTF-8, which the decoder has checked. */
static uint32_t next_character(const char **text) {
  const uint8_t *bytes = (const uint8_t *)*text;
  const unsigned more = bytes[0] < 0x80 ? 0 : bytes[0] < 0xe0 ? 1 : bytes[0] < 0xf0 ? 2 : 3;
  uint32_t character = more == 0 ? bytes[0] : bytes[0] & (0x3fu >> more);
  for (unsigned i = 1; i <= more; i++)
    character = character << 6 | (bytes[i] & 0x3f);
  *text += more + 1;
  return character;
}

void seat_text(struct seat *s, const char *text, size_t length) {
  const char *end = text + length;
  if (!ready(s))
    return;
  while (text < end) {
    const uint32_t keysym = keysym_of(next_character(&text));
    if (keysym != 0)
      wait_in_line(s, keysym);
  }
  type_waiting(s);
}

void seat_scroll(struct seat *s, int dx, int dy) {
  if (!ready(s) || (dx == 0 && dy == 0))
    return;
  valuator_mask_zero(s->valuators);
  if (dx != 0)
    valuator_mask_set(s->valuators, INPUT_SCROLL_X, dx);
  if (dy != 0)
    valuator_mask_set(s->valuators, INPUT_SCROLL_Y, dy);
  input_lock();
  QueuePointerEvents(s->pointer, MotionNotify, 0, POINTER_RELATIVE, s->valuators);
  input_unlock();
  process();
}

static void post_touch(struct seat *s, const struct seat_held *held, unsigned finger, uint16_t type) {
  valuator_mask_zero(s->valuators);
  valuator_mask_set(s->valuators, INPUT_X, held->touched[finger].x);
  valuator_mask_set(s->valuators, INPUT_Y, held->touched[finger].y);
  input_lock();
  xf86PostTouchEvent(s->touch, held->first_touch + finger, type, 0, s->valuators);
  input_unlock();
  process();
}

void seat_finger(struct seat *s, struct seat_held *held, enum touch_action action, unsigned finger, unsigned x,
                 unsigned y) {
  const struct framebuffer *fb = &s->server->parts.screen->framebuffer;
  const bool was_down = held->fingers >> finger & 1;
  if (!ready(s) || (action == FINGER_DOWN) == was_down)
    return; /* moves and goes up after it has come down, and comes down once */
  held->fingers = (uint16_t)(action == FINGER_UP ? held->fingers & ~(1u << finger) : held->fingers | 1u << finger);
  held->touched[finger].x = x < fb->width ? (int)x : fb->width - 1;
  held->touched[finger].y = y < fb->height ? (int)y : fb->height - 1;
  if (s->touch == NULL) {
    if (finger == 0)
      seat_pointer(s, held, x, y, action == FINGER_UP ? 0 : 1);
    return;
  }
  if (held->first_touch == 0) {
    held->first_touch = s->touches + 1;
    s->touches += PROTOCOL_MAX_FINGERS;
  }
  post_touch(s, held, finger,
             action == FINGER_DOWN ? XI_TouchBegin
             : action == FINGER_UP ? XI_TouchEnd
                                   : XI_TouchUpdate);
}

void seat_release_all(struct seat *s, struct seat_held *held) {
  for (unsigned i = 0; held->fingers != 0 && i < PROTOCOL_MAX_FINGERS; i++)
    if (held->fingers >> i & 1)
      seat_finger(s, held, FINGER_UP, i, (unsigned)held->touched[i].x, (unsigned)held->touched[i].y);
  leave_line(s, held);
  if (held->key_count == 0 && held->buttons == 0)
    return;
  while (held->key_count > 0)
    release_held(s, held, held->key_count - 1);
  set_buttons(s, held, 0);
}

enum seat_movement seat_movement(struct seat *s, struct sprite *sprite, uint16_t *x, uint16_t *y) {
  int now_x, now_y;
  GetSpritePosition(inputInfo.pointer, &now_x, &now_y);
  const bool moved = now_x != s->x || now_y != s->y, warped = sprite->warped;
  s->x = now_x;
  s->y = now_y;
  sprite->warped = false;
  if (!moved && !warped)
    return SEAT_STILL;
  *x = (uint16_t)now_x;
  *y = (uint16_t)now_y;
  return warped || now_x != s->viewer_x || now_y != s->viewer_y ? SEAT_MOVED_BY_APPLICATION : SEAT_MOVED_BY_VIEWER;
}
