/*
 * screen.h: the session's screen: a framebuffer in private memory, and one RandR CRTC and output that give it any size.
 *
 * All functions run in the X server's main thread.
 */
#ifndef MOBIDESK_DISPLAY_SCREEN_H
#define MOBIDESK_DISPLAY_SCREEN_H

#include <xorg-server.h>

#include <xf86.h>
#include <xf86Crtc.h>

#include "encoder.h"

struct server;

struct screen {
  ScrnInfoPtr scrn;
  ScreenPtr screen; /* NULL until screen_init */
  struct framebuffer framebuffer;
  size_t mapped; /* bytes of the framebuffer */
  xf86CrtcPtr crtc;
  xf86OutputPtr output;
  unsigned preferred_width, preferred_height; /* of the mode that the output offers first */
  struct server *server;                      /* told about new sizes; NULL before it exists */
  CreateScreenResourcesProcPtr create_resources;
};

/* PreInit, in this order: the depth of `scrn`, which gives it its options; then CRTC and output, the first mode of
 * `width` by `height`. False and a line in the log on failure. */
Bool screen_set_depth(struct screen *s, ScrnInfoPtr scrn);
Bool screen_set_modes(struct screen *s, unsigned width, unsigned height);

/* ScreenInit: memory, visuals, fb, Render. */
Bool screen_init(struct screen *s, ScreenPtr screen);
/* ScreenInit, after all that draws has been set up: RandR. */
Bool screen_init_randr(struct screen *s);
void screen_destroy(struct screen *s);

/* Gives the screen another size, within the limits of the protocol; clients are told by RandR. False and a line in the
 * log if the server refuses, and the old size stays. */
Bool screen_set_size(struct screen *s, unsigned width, unsigned height);

#endif
