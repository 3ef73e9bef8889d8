/* drawing.c: see drawing.h. */
#include "drawing.h"

#include <fb.h>
#include <mi.h>
#include <windowstr.h>

#include "driver.h"

static struct drawing *drawing_of(ScreenPtr screen) { return &driver_of(xf86ScreenToScrn(screen))->drawing; }

void drawing_flush(struct drawing *d) {
  if (d->painted == NULL || !RegionNotEmpty(DamageRegion(d->painted)))
    return;
  server_damaged(d->server, DamageRegion(d->painted));
  DamageEmpty(d->painted);
}

/* Tells a copy to `boxes` that has just been made, if all of it is about to be reported as painted: then it is taken
 * from that report. */
static void tell_copy(struct drawing *d, BoxPtr boxes, int count, int dx, int dy) {
  RegionRec copied, uncovered;
  RegionPtr pending = DamagePendingRegion(d->painted);
  RegionNull(&uncovered);
  RegionNull(&copied);
  for (int i = 0; i < count; i++) {
    RegionRec box;
    RegionInit(&box, &boxes[i], 1);
    RegionUnion(&copied, &copied, &box);
    RegionUninit(&box);
  }
  RegionSubtract(&uncovered, &copied, pending);
  if (count > 0 && !RegionNotEmpty(&uncovered)) {
    server_copied(d->server, boxes, (unsigned)count, dx, dy);
    RegionSubtract(pending, pending, &copied);
  }
  RegionUninit(&copied);
  RegionUninit(&uncovered);
}

static bool on_screen(struct drawing *d, DrawablePtr drawable) {
  PixmapPtr screen_pixmap = d->screen->GetScreenPixmap(d->screen);
  if (drawable->type == DRAWABLE_WINDOW)
    return d->screen->GetWindowPixmap((WindowPtr)drawable) == screen_pixmap;
  return drawable == &screen_pixmap->drawable;
}

/* miDoCopy and miCopyRegion call this with boxes that are clipped, and ordered so that copying one does not spoil the
 * source of the next. */
static void copy_boxes(DrawablePtr source, DrawablePtr destination, GCPtr gc, BoxPtr boxes, int count, int dx, int dy,
                       Bool reverse, Bool upsidedown, Pixel bitplane, void *closure) {
  struct drawing *d = drawing_of(destination->pScreen);
  bool is_copy = d->painted != NULL && (gc == NULL || (gc->alu == GXcopy && (gc->planemask & 0xffffff) == 0xffffff)) &&
                 on_screen(d, source) && on_screen(d, destination);
  if (is_copy)
    drawing_flush(d);
  fbCopyNtoN(source, destination, gc, boxes, count, dx, dy, reverse, upsidedown, bitplane, closure);
  if (is_copy)
    tell_copy(d, boxes, count, dx, dy);
}

static RegionPtr copy_area(DrawablePtr source, DrawablePtr destination, GCPtr gc, int source_x, int source_y, int width,
                           int height, int x, int y) {
  return miDoCopy(source, destination, gc, source_x, source_y, width, height, x, y, copy_boxes, 0, NULL);
}

static Bool create_gc(GCPtr gc) {
  struct drawing *d = drawing_of(gc->pScreen);
  gc->pScreen->CreateGC = d->create_gc;
  Bool created = gc->pScreen->CreateGC(gc);
  gc->pScreen->CreateGC = create_gc;
  if (created)
    gc->ops = &d->gc_ops;
  return created;
}

/* Somebody is about to read or to draw within the box, which is of the screen. */
static void before_use(struct drawing *d, int x, int y, int width, int height) {
  RegionRec region;
  BoxRec box = {(short)x, (short)y, (short)(x + width), (short)(y + height)};
  RegionInit(&region, &box, 1);
  server_paint_videos(d->server, &region);
  RegionUninit(&region);
}

static void before_drawing(DamagePtr damage, RegionPtr region, void *closure) {
  struct drawing *d = closure;
  if (!d->quiet)
    server_paint_videos(d->server, region);
  DamageEmpty(damage);
}

static void source_validate(DrawablePtr drawable, int x, int y, int width, int height, unsigned mode) {
  ScreenPtr screen = drawable->pScreen;
  struct drawing *d = drawing_of(screen);
  if (d->drawn != NULL && on_screen(d, drawable))
    before_use(d, drawable->x + x, drawable->y + y, width, height);
  screen->SourceValidate = d->source_validate;
  if (screen->SourceValidate != NULL)
    screen->SourceValidate(drawable, x, y, width, height, mode);
  screen->SourceValidate = source_validate;
}

static void get_image(DrawablePtr drawable, int x, int y, int width, int height, unsigned format, unsigned long planes,
                      char *out) {
  ScreenPtr screen = drawable->pScreen;
  struct drawing *d = drawing_of(screen);
  if (d->drawn != NULL && on_screen(d, drawable))
    before_use(d, drawable->x + x, drawable->y + y, width, height);
  screen->GetImage = d->get_image;
  screen->GetImage(drawable, x, y, width, height, format, planes, out);
  screen->GetImage = get_image;
}

void drawing_report_video(struct drawing *d, DrawablePtr drawable, RegionPtr region) {
  d->quiet = true;
  DamageDamageRegion(drawable, region);
  d->quiet = false;
  DamageEmpty(d->painted); /* viewers know */
}

void drawing_watch_videos(struct drawing *d, bool on) {
  if (on == (d->drawn != NULL))
    return;
  if (!on) {
    DamageUnregister(d->drawn);
    DamageDestroy(d->drawn);
    d->drawn = NULL;
    return;
  }
  d->drawn = DamageCreate(before_drawing, NULL, DamageReportRawRegion, TRUE, d->screen, d);
  if (d->drawn != NULL)
    DamageRegister(&d->screen->GetScreenPixmap(d->screen)->drawable, d->drawn);
}

/* fbCopyWindow with our copy_boxes. A window in a pixmap of its own (Composite) is fb's business. */
static void copy_window(WindowPtr window, DDXPointRec old_origin, RegionPtr source) {
  ScreenPtr screen = window->drawable.pScreen;
  struct drawing *d = drawing_of(screen);
  if (!on_screen(d, &window->drawable)) {
    screen->CopyWindow = d->copy_window;
    screen->CopyWindow(window, old_origin, source);
    screen->CopyWindow = copy_window;
    return;
  }
  DrawablePtr pixmap = &screen->GetScreenPixmap(screen)->drawable;
  int dx = old_origin.x - window->drawable.x, dy = old_origin.y - window->drawable.y;
  RegionRec destination;
  if (d->drawn != NULL)
    server_paint_videos(d->server, NULL);
  RegionNull(&destination);
  RegionTranslate(source, -dx, -dy);
  RegionIntersect(&destination, &window->borderClip, source);
  miCopyRegion(pixmap, pixmap, NULL, &destination, dx, dy, copy_boxes, 0, NULL);
  RegionUninit(&destination);
}

/* The screen pixmap exists from here on. */
static Bool create_resources(ScreenPtr screen) {
  struct drawing *d = drawing_of(screen);
  screen->CreateScreenResources = d->create_resources;
  Bool created = screen->CreateScreenResources(screen);
  screen->CreateScreenResources = create_resources;
  if (!created)
    return FALSE;
  d->painted = DamageCreate(NULL, NULL, DamageReportNone, TRUE, screen, NULL);
  if (d->painted == NULL)
    return FALSE;
  DamageSetReportAfterOp(d->painted, TRUE);
  DamageRegister(&screen->GetScreenPixmap(screen)->drawable, d->painted);
  return TRUE;
}

Bool drawing_init(struct drawing *d, ScreenPtr screen, struct server *server) {
  d->screen = screen;
  d->server = server;
  d->gc_ops = fbGCOps;
  d->gc_ops.CopyArea = copy_area;
  d->create_gc = screen->CreateGC;
  screen->CreateGC = create_gc;
  d->copy_window = screen->CopyWindow;
  screen->CopyWindow = copy_window;
  d->source_validate = screen->SourceValidate;
  screen->SourceValidate = source_validate;
  d->get_image = screen->GetImage;
  screen->GetImage = get_image;
  d->create_resources = screen->CreateScreenResources;
  screen->CreateScreenResources = create_resources;
  return DamageSetup(screen);
}

void drawing_destroy(struct drawing *d) {
  drawing_watch_videos(d, false);
  if (d->painted != NULL) {
    DamageUnregister(d->painted);
    DamageDestroy(d->painted);
    d->painted = NULL;
  }
}
