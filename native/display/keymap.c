/* keymap.c: see keymap.h. */
#include "keymap.h"

#include <string.h>

#include <X11/keysym.h>
#include <inputstr.h>
#include <xkbsrv.h>

/* The modifiers that levels of usual layouts need, by the key that sets them. */
enum { WITH_SHIFT = 1, WITH_LEVEL3 = 2, COMBINATIONS = 4 };

struct lookup {
  XkbDescPtr xkb;
  unsigned group, modifiers; /* in effect now */
  uint8_t shift_key, level3_key;
  unsigned level3_mask;
};

/* The core keyboard: its map and state are what applications see, whichever device a key comes from. */
static DeviceIntPtr core_keyboard(DeviceIntPtr keyboard) {
  DeviceIntPtr master = GetMaster(keyboard, MASTER_KEYBOARD);
  return master != NULL && master->key != NULL ? master : keyboard;
}

/* The group of `keycode` that `group` stands for: keys have fewer than the keyboard. */
static unsigned group_of(XkbDescPtr xkb, unsigned keycode, unsigned group) {
  const unsigned count = XkbKeyNumGroups(xkb, keycode), info = XkbKeyGroupInfo(xkb, keycode);
  if (group < count)
    return group;
  switch (XkbOutOfRangeGroupAction(info)) {
  case XkbClampIntoRange:
    return count - 1;
  case XkbRedirectIntoRange: {
    const unsigned redirected = XkbOutOfRangeGroupNumber(info);
    return redirected < count ? redirected : 0;
  }
  default:
    return group % count;
  }
}

/* What `keycode` means with `modifiers`. */
static KeySym keysym_with(XkbDescPtr xkb, unsigned keycode, unsigned group, unsigned modifiers) {
  if (XkbKeyNumGroups(xkb, keycode) == 0)
    return NoSymbol;
  group = group_of(xkb, keycode, group);
  const XkbKeyTypeRec *type = XkbKeyKeyType(xkb, keycode, group);
  unsigned level = 0;
  for (unsigned i = 0; i < type->map_count; i++)
    if (type->map[i].active && (modifiers & type->mods.mask) == type->map[i].mods.mask) {
      level = type->map[i].level;
      break;
    }
  return XkbKeySymEntry(xkb, keycode, level, group);
}

bool keymap_has(DeviceIntPtr keyboard, uint8_t keycode, uint32_t keysym) {
  XkbDescPtr xkb = core_keyboard(keyboard)->key->xkbInfo->desc;
  const KeySym *syms = XkbKeySymsPtr(xkb, keycode);
  for (int i = 0; i < XkbKeyNumSyms(xkb, keycode); i++)
    if (syms[i] == keysym)
      return true;
  return false;
}

/* The first key that is `keysym` without any modifier, or 0. */
static uint8_t plain_key(XkbDescPtr xkb, KeySym keysym) {
  for (unsigned k = xkb->min_key_code; k <= xkb->max_key_code; k++)
    if (keysym_with(xkb, k, 0, 0) == keysym)
      return (uint8_t)k;
  return 0;
}

static struct lookup lookup_init(DeviceIntPtr core) {
  const XkbStateRec *state = &core->key->xkbInfo->state;
  struct lookup l = {.xkb = core->key->xkbInfo->desc, .group = state->group, .modifiers = state->mods};
  l.shift_key = plain_key(l.xkb, XK_Shift_L);
  l.level3_key = plain_key(l.xkb, XK_ISO_Level3_Shift);
  if (l.level3_key != 0)
    l.level3_mask = l.xkb->map->modmap[l.level3_key];
  return l;
}

/* The modifiers in effect when Shift and Level3 are as `combination` says and all else is as it is. */
static unsigned modifiers_with(const struct lookup *l, unsigned combination) {
  unsigned modifiers = l->modifiers & ~(ShiftMask | l->level3_mask);
  if (combination & WITH_SHIFT)
    modifiers |= ShiftMask;
  if (combination & WITH_LEVEL3)
    modifiers |= l->level3_mask;
  return modifiers;
}

static unsigned current_combination(const struct lookup *l) {
  return (l->modifiers & ShiftMask ? WITH_SHIFT : 0) | (l->modifiers & l->level3_mask ? WITH_LEVEL3 : 0);
}

static bool can_set(const struct lookup *l, unsigned to_press) {
  return (!(to_press & WITH_SHIFT) || l->shift_key != 0) && (!(to_press & WITH_LEVEL3) || l->level3_key != 0);
}

/* Notes the keys that are down and set a modifier of `mask`. */
static void add_pressed(const struct lookup *l, DeviceIntPtr keyboard, unsigned mask, struct keymap_stroke *out) {
  for (unsigned k = l->xkb->min_key_code; k <= l->xkb->max_key_code; k++)
    if ((l->xkb->map->modmap[k] & mask) != 0 && BitIsOn(keyboard->key->down, k) &&
        out->release_count < KEYMAP_MAX_MODIFIERS)
      out->release[out->release_count++] = (uint8_t)k;
}

static void make_stroke(const struct lookup *l, DeviceIntPtr keyboard, unsigned keycode, unsigned combination,
                        struct keymap_stroke *out) {
  const unsigned current = current_combination(l), to_press = combination & ~current,
                 to_release = current & ~combination;
  *out = (struct keymap_stroke){.keycode = (uint8_t)keycode};
  if (to_press & WITH_SHIFT)
    out->press[out->press_count++] = l->shift_key;
  if (to_press & WITH_LEVEL3)
    out->press[out->press_count++] = l->level3_key;
  if (to_release & WITH_SHIFT)
    add_pressed(l, keyboard, ShiftMask, out);
  if (to_release & WITH_LEVEL3)
    add_pressed(l, keyboard, l->level3_mask, out);
}

bool keymap_on_map(DeviceIntPtr keyboard, uint32_t keysym, struct keymap_stroke *out) {
  const struct lookup l = lookup_init(core_keyboard(keyboard));
  const unsigned current = current_combination(&l);
  /* By the number of modifiers to change: none, one, both. */
  static const unsigned changes[COMBINATIONS] = {0, WITH_SHIFT, WITH_LEVEL3, WITH_SHIFT | WITH_LEVEL3};
  for (unsigned i = 0; i < COMBINATIONS; i++) {
    const unsigned combination = current ^ changes[i];
    if (!can_set(&l, combination & ~current))
      continue;
    const unsigned modifiers = modifiers_with(&l, combination);
    for (unsigned k = l.xkb->min_key_code; k <= l.xkb->max_key_code; k++)
      if (keysym_with(l.xkb, k, l.group, modifiers) == keysym) {
        make_stroke(&l, keyboard, k, combination, out);
        return true;
      }
  }
  return false;
}

static bool is_spare(XkbDescPtr xkb, unsigned keycode) {
  const KeySym *syms = XkbKeySymsPtr(xkb, keycode);
  for (int i = 0; i < XkbKeyNumSyms(xkb, keycode); i++)
    if (syms[i] != NoSymbol)
      return false;
  return xkb->map->modmap[keycode] == 0;
}

static void lend(struct keymap *map, unsigned keycode) {
  unsigned kept = 0;
  for (unsigned i = 0; i < map->lent_count; i++)
    if (map->lent[i] != keycode)
      map->lent[kept++] = map->lent[i];
  map->lent[kept++] = (uint8_t)keycode;
  map->lent_count = kept;
}

/* A key without meaning, from the end of the map where no keyboard has one; else the one lent first; 0 if all are held.
 */
static unsigned spare_key(struct keymap *map, XkbDescPtr xkb, const uint8_t holders[256]) {
  for (unsigned k = xkb->max_key_code; k >= xkb->min_key_code; k--)
    if (holders[k] == 0 && is_spare(xkb, k))
      return k;
  for (unsigned i = 0; i < map->lent_count; i++)
    if (holders[map->lent[i]] == 0)
      return map->lent[i];
  return 0;
}

/* Gives `keysym` a spare key, on the device and on the core keyboard; applications are told before its event comes. */
static bool add_keysym(struct keymap *map, DeviceIntPtr keyboard, KeySym keysym, const uint8_t holders[256]) {
  DeviceIntPtr core = core_keyboard(keyboard);
  const unsigned keycode = spare_key(map, core->key->xkbInfo->desc, holders);
  if (keycode == 0)
    return false;
  KeySym symbols[1] = {keysym};
  KeySymsRec syms = {.map = symbols, .minKeyCode = (KeyCode)keycode, .maxKeyCode = (KeyCode)keycode, .mapWidth = 1};
  XkbApplyMappingChange(keyboard, &syms, (KeyCode)keycode, 1, NULL, serverClient);
  if (core != keyboard)
    XkbApplyMappingChange(core, &syms, (KeyCode)keycode, 1, NULL, serverClient);
  lend(map, keycode);
  return true;
}

static bool is_lent(const struct keymap *map, unsigned keycode) {
  return memchr(map->lent, (int)keycode, map->lent_count) != NULL;
}

uint32_t keymap_wait(struct keymap *map, DeviceIntPtr keyboard, uint32_t keysym, const uint8_t holders[256],
                     uint32_t pause_ms) {
  struct keymap_stroke stroke;
  if (keysym == NoSymbol || keymap_on_map(keyboard, keysym, &stroke))
    return 0;
  const unsigned keycode = spare_key(map, core_keyboard(keyboard)->key->xkbInfo->desc, holders);
  const uint32_t passed = GetTimeInMillis() - map->used_ms[keycode];
  return is_lent(map, keycode) && passed < pause_ms ? pause_ms - passed : 0;
}

bool keymap_find(struct keymap *map, DeviceIntPtr keyboard, uint32_t keysym, const uint8_t holders[256],
                 struct keymap_stroke *out) {
  if (keysym == NoSymbol)
    return false;
  const bool found = keymap_on_map(keyboard, keysym, out) ||
                     (add_keysym(map, keyboard, keysym, holders) && keymap_on_map(keyboard, keysym, out));
  if (found)
    map->used_ms[out->keycode] = GetTimeInMillis();
  return found;
}
