/*
 * sprite.h: the cursor is never painted into the framebuffer; viewers draw it. Here is its shape, and whether an
 * application has moved the pointer.
 */
#ifndef MOBIDESK_DISPLAY_SPRITE_H
#define MOBIDESK_DISPLAY_SPRITE_H

#include <xorg-server.h>

#include <mipointer.h>
#include <scrnintstr.h>

#include "protocol.h"

struct server;

struct sprite {
  ScreenPtr screen;
  struct server *server;
  miPointerScreenFuncRec screen_funcs; /* xf86's, but for WarpCursor */
  void (*warp_cursor)(DeviceIntPtr device, ScreenPtr screen, int x, int y);
  uint16_t width, height, hot_x, hot_y;
  uint32_t pixels[PROTOCOL_MAX_CURSOR * PROTOCOL_MAX_CURSOR]; /* premultiplied */
  bool warped;                                                /* an application moved the pointer, viewers not told */
};

/* Takes the place of the server's software cursor on `screen`. */
Bool sprite_init(struct sprite *c, ScreenPtr screen, struct server *server);

/* The message that shows the cursor; its pixels are valid until the next change. */
struct message sprite_message(const struct sprite *c);

#endif
