/* screen.c: the framebuffer; see randr.c for sizes. */
#include "screen.h"

#include <sys/mman.h>

#include <fb.h>
#include <micmap.h>
#include <mipict.h>

#include "randr.h"
#include "server.h"

#define DEPTH 24
#define BITS_PER_PIXEL 32

/* Maps a picture of black. The memory is private and anonymous, which is what a checkpoint holds best. */
static bool framebuffer_init(struct framebuffer *fb, size_t *mapped, unsigned width, unsigned height) {
  const size_t size = (size_t)width * height * 4;
  void *pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pixels == MAP_FAILED)
    return false;
  *fb = (struct framebuffer){pixels, width * 4, (uint16_t)width, (uint16_t)height};
  *mapped = size;
  return true;
}

static void framebuffer_copy(struct framebuffer *to, const struct framebuffer *from) {
  const size_t length = (to->width < from->width ? to->width : from->width) * (size_t)4;
  for (unsigned y = 0; y < to->height && y < from->height; y++)
    memcpy(to->pixels + (size_t)y * to->stride, from->pixels + (size_t)y * from->stride, length);
}

/* xf86CrtcConfigFuncs.resize: the screen pixmap gets other memory. */
static Bool resize(ScrnInfoPtr scrn, int width, int height) {
  struct screen *s = randr_screen(scrn);
  struct framebuffer fb;
  size_t mapped;
  if (s->framebuffer.width == width && s->framebuffer.height == height)
    return TRUE;
  server_resizes(s->server);
  if (!framebuffer_init(&fb, &mapped, (unsigned)width, (unsigned)height)) {
    xf86DrvMsg(scrn->scrnIndex, X_ERROR, "No memory for a screen of %dx%d\n", width, height);
    return FALSE;
  }
  PixmapPtr pixmap = s->screen->GetScreenPixmap(s->screen);
  if (!s->screen->ModifyPixmapHeader(pixmap, width, height, DEPTH, BITS_PER_PIXEL, (int)fb.stride, fb.pixels)) {
    munmap(fb.pixels, mapped);
    xf86DrvMsg(scrn->scrnIndex, X_ERROR, "The screen pixmap cannot be made %dx%d\n", width, height);
    return FALSE;
  }
  framebuffer_copy(&fb, &s->framebuffer);
  munmap(s->framebuffer.pixels, s->mapped);
  s->framebuffer = fb;
  s->mapped = mapped;
  scrn->virtualX = width;
  scrn->virtualY = height;
  scrn->displayWidth = width;
  server_resized(s->server);
  return TRUE;
}

static const xf86CrtcConfigFuncsRec config_funcs = {.resize = resize};

Bool screen_set_depth(struct screen *s, ScrnInfoPtr scrn) {
  const Gamma no_gamma = {0.0, 0.0, 0.0};
  const rgb no_rgb = {0, 0, 0};
  s->scrn = scrn;
  if (!xf86SetDepthBpp(scrn, DEPTH, 0, BITS_PER_PIXEL, Support32bppFb) || !xf86SetWeight(scrn, no_rgb, no_rgb) ||
      !xf86SetDefaultVisual(scrn, -1) || !xf86SetGamma(scrn, no_gamma))
    return FALSE;
  if (scrn->depth != DEPTH || scrn->bitsPerPixel != BITS_PER_PIXEL) {
    xf86DrvMsg(scrn->scrnIndex, X_ERROR, "Depth %d is not supported, use DefaultDepth 24\n", scrn->depth);
    return FALSE;
  }
  xf86PrintDepthBpp(scrn);
  return TRUE;
}

Bool screen_set_modes(struct screen *s, unsigned width, unsigned height) {
  s->preferred_width = width;
  s->preferred_height = height;
  return randr_pre_init(s, &config_funcs);
}

/* The server composes visuals by itself; what the pixels look like in memory is ours. */
static void fix_visuals(struct screen *s) {
  for (VisualPtr v = s->screen->visuals; v < s->screen->visuals + s->screen->numVisuals; v++) {
    if ((v->class | DynamicClass) != DirectColor)
      continue;
    v->offsetRed = (int)s->scrn->offset.red;
    v->offsetGreen = (int)s->scrn->offset.green;
    v->offsetBlue = (int)s->scrn->offset.blue;
    v->redMask = s->scrn->mask.red;
    v->greenMask = s->scrn->mask.green;
    v->blueMask = s->scrn->mask.blue;
  }
}

Bool screen_init(struct screen *s, ScreenPtr screen) {
  ScrnInfoPtr scrn = s->scrn;
  s->screen = screen;
  if (!framebuffer_init(&s->framebuffer, &s->mapped, (unsigned)scrn->virtualX, (unsigned)scrn->virtualY)) {
    xf86DrvMsg(scrn->scrnIndex, X_ERROR, "No memory for a screen of %dx%d\n", scrn->virtualX, scrn->virtualY);
    return FALSE;
  }
  scrn->displayWidth = scrn->virtualX;
  miClearVisualTypes();
  if (!miSetVisualTypes(scrn->depth, TrueColorMask, scrn->rgbBits, TrueColor) || !miSetPixmapDepths())
    return FALSE;
  if (!fbScreenInit(screen, s->framebuffer.pixels, scrn->virtualX, scrn->virtualY, scrn->xDpi, scrn->yDpi,
                    scrn->displayWidth, scrn->bitsPerPixel))
    return FALSE;
  fix_visuals(s);
  if (!fbPictureInit(screen, NULL, 0))
    return FALSE;
  xf86SetBlackWhitePixels(screen);
  xf86SetBackingStore(screen);
  return TRUE;
}

/* The memory may have changed between ScreenInit and the creation of the screen pixmap. */
static Bool create_resources(ScreenPtr screen) {
  struct screen *s = randr_screen(xf86ScreenToScrn(screen));
  screen->CreateScreenResources = s->create_resources;
  Bool created = screen->CreateScreenResources(screen);
  screen->CreateScreenResources = create_resources;
  if (!created)
    return FALSE;
  PixmapPtr pixmap = screen->GetScreenPixmap(screen);
  return screen->ModifyPixmapHeader(pixmap, s->framebuffer.width, s->framebuffer.height, -1, -1,
                                    (int)s->framebuffer.stride, s->framebuffer.pixels);
}

Bool screen_init_randr(struct screen *s) {
  if (!miCreateDefColormap(s->screen) || !xf86CrtcScreenInit(s->screen) || !xf86SetDesiredModes(s->scrn))
    return FALSE;
  s->create_resources = s->screen->CreateScreenResources;
  s->screen->CreateScreenResources = create_resources;
  return TRUE;
}

void screen_destroy(struct screen *s) {
  if (s->framebuffer.pixels != NULL)
    munmap(s->framebuffer.pixels, s->mapped);
  s->framebuffer = (struct framebuffer){0};
  s->screen = NULL;
}
