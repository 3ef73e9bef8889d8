/*
 * xvideo.h: the Xv adaptor: pictures of videos as applications have them, not as pixels. A port for each stream of the
 * protocol but the last.
 *
 * To applications it is one that paints into their windows (no colour key, no overlay): what reads or draws there finds
 * the picture. See video.h for when it is really painted.
 */
#ifndef MOBIDESK_DISPLAY_XVIDEO_H
#define MOBIDESK_DISPLAY_XVIDEO_H

#include <xorg-server.h>

#include <scrnintstr.h>

/* To be called after all that draws has been set up. Without it (no memory, the extension disabled) the server runs on.
 */
void xvideo_init(ScreenPtr screen);

#endif
