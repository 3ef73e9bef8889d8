/* driver.h: what the X server's screen has of ours. */
#ifndef MOBIDESK_DISPLAY_DRIVER_H
#define MOBIDESK_DISPLAY_DRIVER_H

#include "drawing.h"
#include "screen.h"
#include "seat.h"
#include "server.h"
#include "sprite.h"

struct driver {
  struct screen screen;
  struct drawing drawing;
  struct sprite sprite;
  struct seat seat;
  struct server server;
  OptionInfoPtr options;
  CloseScreenProcPtr close_screen;
};

static inline struct driver *driver_of(ScrnInfoPtr scrn) { return scrn->driverPrivate; }

#endif
