/*
 * randr.h: the CRTC and the output that let the screen have any size.
 *
 * There is no monitor, so every size is a mode: the one that a viewer asks for is made on the fly, is the output's
 * preferred one, and some usual ones are offered beside it to whoever opens the desktop's settings.
 */
#ifndef MOBIDESK_DISPLAY_RANDR_H
#define MOBIDESK_DISPLAY_RANDR_H

#include "screen.h"

/* The screen of `scrn`: the driver's private begins with it. */
struct screen *randr_screen(ScrnInfoPtr scrn);

Bool randr_pre_init(struct screen *s, const xf86CrtcConfigFuncsRec *funcs);

#endif
