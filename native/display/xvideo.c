/* xvideo.c: see xvideo.h. */
#include "xvideo.h"

#include <X11/extensions/Xv.h>
#include <fourcc.h>
#include <pixmapstr.h>
#include <windowstr.h>
#include <xf86.h>
#include <xf86xv.h>

#include "driver.h"
#include "picture.h"

static XF86VideoEncodingRec encodings[] = {{0, "XV_IMAGE", PROTOCOL_MAX_VIDEO_SIZE, PROTOCOL_MAX_VIDEO_SIZE, {1, 1}}};
static XF86VideoFormatRec formats[] = {{24, TrueColor}};
/* The server's own macros have bytes above 127 in char. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverflow"
static XF86ImageRec images[] = {XVIMAGE_I420, XVIMAGE_YV12, XVIMAGE_NV12, XVIMAGE_YUY2};
#pragma GCC diagnostic pop

static void stop(ScrnInfoPtr scrn, void *port, Bool exit) {} /* what stands still is closed soon */

static int set_attribute(ScrnInfoPtr scrn, Atom attribute, INT32 value, void *port) { return BadMatch; }

static int get_attribute(ScrnInfoPtr scrn, Atom attribute, INT32 *value, void *port) { return BadMatch; }

/* Any size is the viewer's to make. */
static void best_size(ScrnInfoPtr scrn, Bool motion, short width, short height, short shown_width, short shown_height,
                      unsigned *best_width, unsigned *best_height, void *port) {
  *best_width = (unsigned)shown_width;
  *best_height = (unsigned)shown_height;
}

static int attributes(ScrnInfoPtr scrn, int image, unsigned short *width, unsigned short *height, int *pitches,
                      int *offsets) {
  if (*width > PROTOCOL_MAX_VIDEO_SIZE)
    *width = PROTOCOL_MAX_VIDEO_SIZE;
  if (*height > PROTOCOL_MAX_VIDEO_SIZE)
    *height = PROTOCOL_MAX_VIDEO_SIZE;
  return (int)picture_layout((uint32_t)image, width, height, pitches, offsets);
}

static PixmapPtr pixmap_of(DrawablePtr drawable) {
  return drawable->type == DRAWABLE_WINDOW ? drawable->pScreen->GetWindowPixmap((WindowPtr)drawable)
                                           : (PixmapPtr)drawable;
}

/* Paints into the window's pixmap, which may be one of its own (Composite). */
static int paint_now(struct driver *d, DrawablePtr drawable, const struct picture *picture,
                     const struct picture_place *place, RegionPtr covered) {
  PixmapPtr pixmap = pixmap_of(drawable);
  if (pixmap->drawable.bitsPerPixel != 32)
    return BadMatch;
  const struct framebuffer to = {pixmap->devPrivate.ptr, (uint32_t)pixmap->devKind, pixmap->drawable.width,
                                 pixmap->drawable.height};
  struct picture_place within = *place;
  int dx = 0, dy = 0;
#ifdef COMPOSITE
  dx = -pixmap->screen_x;
  dy = -pixmap->screen_y;
#endif
  within.x = (int16_t)(within.x + dx);
  within.y = (int16_t)(within.y + dy);
  RegionTranslate(covered, dx, dy);
  const bool painted = picture_paint(picture, &within, covered, &to);
  RegionTranslate(covered, -dx, -dy);
  DamageDamageRegion(drawable, covered);
  return painted ? Success : BadAlloc;
}

static int put_image(ScrnInfoPtr scrn, short source_x, short source_y, short x, short y, short source_width,
                     short source_height, short width, short height, int image, unsigned char *data, short image_width,
                     short image_height, Bool sync, RegionPtr covered, void *port, DrawablePtr drawable) {
  struct driver *d = driver_of(scrn);
  const struct rect crop = {(uint16_t)source_x, (uint16_t)source_y, (uint16_t)source_width, (uint16_t)source_height};
  const struct picture_place place = {x, y, (uint16_t)width, (uint16_t)height};
  if (source_x < 0 || source_y < 0 || source_width < 1 || source_height < 1 || width < 1 || height < 1 ||
      source_x + source_width > image_width || source_y + source_height > image_height)
    return BadValue;
  struct picture *picture = picture_import((uint32_t)image, data, (unsigned)image_width, (unsigned)image_height, &crop);
  if (picture == NULL)
    return BadAlloc;
  if (pixmap_of(drawable) == drawable->pScreen->GetScreenPixmap(drawable->pScreen) &&
      RegionNumRects(covered) <= (int)PROTOCOL_MAX_VIDEO_CLIPS && server_shows_videos(&d->server)) {
    server_video(&d->server, (unsigned)(uintptr_t)port, picture, &place, covered);
    drawing_report_video(&d->drawing, drawable, covered);
    return Success;
  }
  const int result = paint_now(d, drawable, picture, &place, covered);
  picture_release(picture);
  return result;
}

void xvideo_init(ScreenPtr screen) {
  static DevUnion ports[VIDEO_PORTS];
  XF86VideoAdaptorPtr adaptor = xf86XVAllocateVideoAdaptorRec(xf86ScreenToScrn(screen));
  if (adaptor == NULL)
    return;
  for (unsigned i = 0; i < VIDEO_PORTS; i++)
    ports[i].ptr = (void *)(uintptr_t)i;
  adaptor->type = XvWindowMask | XvInputMask | XvImageMask;
  adaptor->name = "MobiDesk video";
  adaptor->nEncodings = 1;
  adaptor->pEncodings = encodings;
  adaptor->nFormats = 1;
  adaptor->pFormats = formats;
  adaptor->nPorts = VIDEO_PORTS;
  adaptor->pPortPrivates = ports;
  adaptor->nImages = sizeof images / sizeof images[0];
  adaptor->pImages = images;
  adaptor->StopVideo = stop;
  adaptor->SetPortAttribute = set_attribute;
  adaptor->GetPortAttribute = get_attribute;
  adaptor->QueryBestSize = best_size;
  adaptor->PutImage = put_image;
  adaptor->QueryImageAttributes = attributes;
  if (!xf86XVScreenInit(screen, &adaptor, 1))
    xf86DrvMsg(xf86ScreenToScrn(screen)->scrnIndex, X_WARNING, "There is no Xv: videos are shown as pixels\n");
  xf86XVFreeVideoAdaptorRec(adaptor);
}
