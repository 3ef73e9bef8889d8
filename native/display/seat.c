/* seat.c: see seat.h. */
#include "seat.h"

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
  valuator_mask_set(s->valuators, 0, x);
  valuator_mask_set(s->valuators, 1, y);
  input_lock();
  QueuePointerEvents(s->pointer, MotionNotify, 0, POINTER_ABSOLUTE | POINTER_SCREEN, s->valuators);
  input_unlock();
  process();
}

bool seat_init(struct seat *s, struct server *server) {
  *s = (struct seat){.server = server, .viewer_x = -1, .viewer_y = -1, .valuators = valuator_mask_new(2)};
  return s->valuators != NULL;
}

void seat_destroy(struct seat *s) { valuator_mask_free(&s->valuators); }

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

/* Presses the modifiers that the key lacks and releases those that are in its way; or, with `undo`, the reverse. */
static void adjust_modifiers(struct seat *s, const struct keymap_stroke *stroke, bool undo) {
  for (unsigned i = 0; i < stroke->release_count; i++)
    post_key(s, stroke->release[i], undo);
  for (unsigned i = 0; i < stroke->press_count; i++)
    post_key(s, stroke->press[i], !undo);
}

void seat_key(struct seat *s, struct seat_held *held, uint32_t keysym, bool pressed) {
  struct keymap_stroke stroke;
  if (!ready(s))
    return;
  if (!pressed) {
    int i = find_held_key(s, held, keysym);
    if (i >= 0)
      release_held(s, held, (unsigned)i);
    return;
  }
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

void seat_release_all(struct seat *s, struct seat_held *held) {
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
