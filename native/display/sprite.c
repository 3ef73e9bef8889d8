/* sprite.c: see sprite.h. */
#include "sprite.h"

#include <cursorstr.h>
#include <inputstr.h>
#include <servermd.h>
#include <xf86.h>

#include "driver.h"

static struct sprite *sprite_of(ScreenPtr screen) { return &driver_of(xf86ScreenToScrn(screen))->sprite; }

static bool bit(const unsigned char *bits, unsigned stride, unsigned x, unsigned y) {
  return bits[y * stride + x / 8] >> (BITMAP_BIT_ORDER == LSBFirst ? x % 8 : 7 - x % 8) & 1;
}

static uint32_t colour(unsigned red, unsigned green, unsigned blue) {
  return 0xff000000u | (red >> 8 & 0xff) << 16 | (green >> 8 & 0xff) << 8 | (blue >> 8 & 0xff);
}

/* A core cursor: two colours and a mask. */
static uint32_t core_pixel(const CursorRec *cursor, unsigned x, unsigned y) {
  const CursorBits *bits = cursor->bits;
  const unsigned stride = BitmapBytePad(bits->width);
  if (!bit(bits->mask, stride, x, y))
    return 0;
  return bit(bits->source, stride, x, y) ? colour(cursor->foreRed, cursor->foreGreen, cursor->foreBlue)
                                         : colour(cursor->backRed, cursor->backGreen, cursor->backBlue);
}

static unsigned at_most(unsigned value, unsigned limit) { return value < limit ? value : limit; }

/* Keeps the shape of `cursor`, NULL for none; what is beyond the protocol's size is cut off. */
static void set_shape(struct sprite *c, const CursorRec *cursor) {
  c->width = c->height = c->hot_x = c->hot_y = 0;
  if (cursor == NULL || cursor->bits->width == 0 || cursor->bits->height == 0)
    return;
  const CursorBits *bits = cursor->bits;
  c->width = (uint16_t)at_most(bits->width, PROTOCOL_MAX_CURSOR);
  c->height = (uint16_t)at_most(bits->height, PROTOCOL_MAX_CURSOR);
  c->hot_x = (uint16_t)at_most(bits->xhot, c->width - 1u);
  c->hot_y = (uint16_t)at_most(bits->yhot, c->height - 1u);
  for (unsigned y = 0; y < c->height; y++)
    for (unsigned x = 0; x < c->width; x++)
      c->pixels[y * c->width + x] = bits->argb != NULL ? bits->argb[y * bits->width + x] : core_pixel(cursor, x, y);
}

struct message sprite_message(const struct sprite *c) {
  return (struct message){.type = MESSAGE_CURSOR_SHAPE,
                          .cursor = {c->width, c->height, c->hot_x, c->hot_y, (const uint8_t *)c->pixels}};
}

static Bool realize(DeviceIntPtr device, ScreenPtr screen, CursorPtr cursor) { return TRUE; }

static Bool unrealize(DeviceIntPtr device, ScreenPtr screen, CursorPtr cursor) { return TRUE; }

/* Only the core pointer has a cursor that viewers see. */
static void set_cursor(DeviceIntPtr device, ScreenPtr screen, CursorPtr cursor, int x, int y) {
  struct sprite *c = sprite_of(screen);
  if (device != inputInfo.pointer)
    return;
  server_lock(c->server);
  set_shape(c, cursor);
  server_cursor_changed(c->server);
  server_unlock(c->server);
}

/* Positions are looked up when they are sent. */
static void move_cursor(DeviceIntPtr device, ScreenPtr screen, int x, int y) {}

static Bool device_initialize(DeviceIntPtr device, ScreenPtr screen) { return TRUE; }

static void device_cleanup(DeviceIntPtr device, ScreenPtr screen) {}

static void warp_cursor(DeviceIntPtr device, ScreenPtr screen, int x, int y) {
  struct sprite *c = sprite_of(screen);
  c->warped = true;
  c->warp_cursor(device, screen, x, y);
}

Bool sprite_init(struct sprite *c, ScreenPtr screen, struct server *server) {
  static miPointerSpriteFuncRec sprite_funcs = {realize,     unrealize,         set_cursor,
                                                move_cursor, device_initialize, device_cleanup};
  c->screen = screen;
  c->server = server;
  c->screen_funcs = *(miPointerScreenFuncPtr)xf86GetPointerScreenFuncs();
  c->warp_cursor = c->screen_funcs.WarpCursor;
  c->screen_funcs.WarpCursor = warp_cursor;
  return miPointerInitialize(screen, &sprite_funcs, &c->screen_funcs, FALSE);
}
