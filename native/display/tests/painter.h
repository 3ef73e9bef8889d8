/*
 * painter.h: an X client that draws at random, by all that can change the screen: core drawing, text, images, shared
 * memory, Render, Xv, copies, windows that move, resize, are covered and uncovered.
 */
#ifndef MOBIDESK_DISPLAY_TESTS_PAINTER_H
#define MOBIDESK_DISPLAY_TESTS_PAINTER_H

#include <X11/Xlib.h>
#include <X11/extensions/XShm.h>
#include <X11/extensions/Xrender.h>
#include <X11/extensions/Xvlib.h>

#define PAINTER_WINDOWS 8
#define PAINTER_PORTS 3

struct painter {
  Display *display;
  Window root, windows[PAINTER_WINDOWS];
  Pixmap pixmap, mask;
  GC gc;
  XFontStruct *font;
  XShmSegmentInfo shm;
  XImage *shared, *image;
  XvPortID port;          /* the first of PAINTER_PORTS */
  unsigned width, height; /* of the screen */
};

/* Connects to `display` and makes its windows. Exits with a message on failure. */
void painter_init(struct painter *p, const char *display);
void painter_destroy(struct painter *p);

/* One operation, chosen by rand(). */
void painter_draw(struct painter *p);

/* Waits until the server has drawn all, and returns the screen as it is, to be freed by XDestroyImage. */
XImage *painter_screen(struct painter *p);

#endif
