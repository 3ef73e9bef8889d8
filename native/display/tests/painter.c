/* painter.c: see painter.h. */
#include "painter.h"

#include <X11/Xutil.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#define IMAGE_SIZE 200

static unsigned below(unsigned limit) { return (unsigned)rand() % limit; }

static int somewhere(unsigned limit) { return (int)below(limit + 100) - 50; }

static void fail(const char *what) {
  fprintf(stderr, "painter: %s\n", what);
  exit(EXIT_FAILURE);
}

static void init_images(struct painter *p, Visual *visual, unsigned depth) {
  p->image = XCreateImage(p->display, visual, depth, ZPixmap, 0, malloc(IMAGE_SIZE * IMAGE_SIZE * 4), IMAGE_SIZE,
                          IMAGE_SIZE, 32, 0);
  p->shared = XShmCreateImage(p->display, visual, depth, ZPixmap, NULL, &p->shm, IMAGE_SIZE, IMAGE_SIZE);
  if (p->image == NULL || p->shared == NULL)
    fail("no images");
  p->shm.shmid = shmget(IPC_PRIVATE, IMAGE_SIZE * IMAGE_SIZE * 4, IPC_CREAT | 0600);
  p->shm.shmaddr = p->shared->data = shmat(p->shm.shmid, NULL, 0);
  p->shm.readOnly = True;
  if (!XShmAttach(p->display, &p->shm))
    fail("no shared memory");
  XSync(p->display, False);
  shmctl(p->shm.shmid, IPC_RMID, NULL);
}

/* Finds the ports of the driver's adaptor. */
static void init_video(struct painter *p) {
  unsigned version, release, request, event, error, count = 0;
  XvAdaptorInfo *adaptors = NULL;
  if (XvQueryExtension(p->display, &version, &release, &request, &event, &error) != Success ||
      XvQueryAdaptors(p->display, p->root, &count, &adaptors) != Success || count != 1 ||
      adaptors[0].num_ports != PAINTER_PORTS)
    fail("no Xv adaptor of three ports");
  p->port = adaptors[0].base_id;
  XvFreeAdaptorInfo(adaptors);
}

void painter_init(struct painter *p, const char *display) {
  *p = (struct painter){.display = XOpenDisplay(display)};
  if (p->display == NULL)
    fail("cannot connect to the X server");
  const int screen = DefaultScreen(p->display);
  XSetWindowAttributes attributes = {.override_redirect = True, .bit_gravity = NorthWestGravity};
  p->root = RootWindow(p->display, screen);
  p->width = (unsigned)DisplayWidth(p->display, screen);
  p->height = (unsigned)DisplayHeight(p->display, screen);
  p->gc = XCreateGC(p->display, p->root, 0, NULL);
  p->font = XLoadQueryFont(p->display, "fixed");
  p->pixmap = XCreatePixmap(p->display, p->root, IMAGE_SIZE, IMAGE_SIZE, (unsigned)DefaultDepth(p->display, screen));
  p->mask = XCreatePixmap(p->display, p->root, 32, 32, 1);
  if (p->font == NULL)
    fail("no font");
  XSetFont(p->display, p->gc, p->font->fid);
  for (unsigned i = 0; i < PAINTER_WINDOWS; i++) {
    attributes.background_pixel = (unsigned long)rand() & 0xffffff;
    /* Half of them inside of another one. */
    const Window parent = i >= PAINTER_WINDOWS / 2 ? p->windows[i - PAINTER_WINDOWS / 2] : p->root;
    p->windows[i] = XCreateWindow(p->display, parent, somewhere(p->width / 2), somewhere(p->height / 2),
                                  50 + below(500), 50 + below(400), below(4), CopyFromParent, InputOutput,
                                  CopyFromParent, CWOverrideRedirect | CWBackPixel | CWBitGravity, &attributes);
    XMapWindow(p->display, p->windows[i]);
  }
  init_video(p);
  init_images(p, DefaultVisual(p->display, screen), (unsigned)DefaultDepth(p->display, screen));
}

void painter_destroy(struct painter *p) {
  XShmDetach(p->display, &p->shm);
  XDestroyImage(p->shared);
  shmdt(p->shm.shmaddr);
  XDestroyImage(p->image);
  XFreeFont(p->display, p->font);
  XCloseDisplay(p->display);
}

static Window any_window(struct painter *p) { return below(6) == 0 ? p->root : p->windows[below(PAINTER_WINDOWS)]; }

/* Sets what the next drawing does with what is there. Mostly the usual. */
static void any_gc(struct painter *p) {
  XGCValues v = {.function = below(6) == 0 ? (int)below(16) : GXcopy,
                 .plane_mask = below(12) == 0 ? (unsigned long)rand() : AllPlanes,
                 .foreground = (unsigned long)rand() & 0xffffff,
                 .background = (unsigned long)rand() & 0xffffff,
                 .line_width = (int)below(6),
                 .fill_style = below(5) == 0 ? (int)below(4) : FillSolid,
                 .tile = p->pixmap,
                 .stipple = p->mask,
                 .subwindow_mode = below(4) == 0 ? IncludeInferiors : ClipByChildren,
                 .graphics_exposures = False,
                 .clip_mask = None};
  XChangeGC(p->display, p->gc,
            GCFunction | GCPlaneMask | GCForeground | GCBackground | GCLineWidth | GCFillStyle | GCTile | GCStipple |
                GCSubwindowMode | GCGraphicsExposures | GCClipMask,
            &v);
  if (below(6) == 0) {
    XRectangle clip[2];
    for (int i = 0; i < 2; i++)
      clip[i] = (XRectangle){(short)somewhere(400), (short)somewhere(300), (unsigned short)(1 + below(300)),
                             (unsigned short)(1 + below(200))};
    XSetClipRectangles(p->display, p->gc, 0, 0, clip, 2, Unsorted);
  }
}

static void draw_rectangles(struct painter *p) {
  XRectangle r[20];
  const unsigned count = 1 + below(20);
  for (unsigned i = 0; i < count; i++)
    r[i] = (XRectangle){(short)somewhere(p->width), (short)somewhere(p->height), (unsigned short)(1 + below(200)),
                        (unsigned short)(1 + below(100))};
  XFillRectangles(p->display, any_window(p), p->gc, r, (int)count);
}

static void draw_shapes(struct painter *p) {
  const Window w = any_window(p);
  XPoint points[5];
  for (int i = 0; i < 5; i++)
    points[i] = (XPoint){(short)somewhere(p->width), (short)somewhere(p->height)};
  switch (below(4)) {
  case 0:
    XDrawLines(p->display, w, p->gc, points, 5, CoordModeOrigin);
    break;
  case 1:
    XFillPolygon(p->display, w, p->gc, points, 5, Complex, CoordModeOrigin);
    break;
  case 2:
    XDrawArc(p->display, w, p->gc, points[0].x, points[0].y, 1 + below(200), 1 + below(200), 0, 360 * 64);
    break;
  default:
    XFillArc(p->display, w, p->gc, points[0].x, points[0].y, 1 + below(200), 1 + below(200), 0, 200 * 64);
  }
}

static void draw_text(struct painter *p) {
  static const char text[] = "The quick brown fox jumps over the lazy dog 0123456789";
  const Window w = any_window(p);
  const int x = somewhere(p->width), y = somewhere(p->height), length = 1 + (int)below(sizeof text - 2);
  if (below(2) == 0)
    XDrawString(p->display, w, p->gc, x, y, text, length);
  else
    XDrawImageString(p->display, w, p->gc, x, y, text, length);
}

static void fill_image(char *data) {
  const unsigned noise = below(3);
  uint32_t *pixels = (uint32_t *)(void *)data;
  const uint32_t colour = (uint32_t)rand();
  for (unsigned i = 0; i < IMAGE_SIZE * IMAGE_SIZE; i++)
    pixels[i] = noise == 0 ? (uint32_t)rand() : noise == 1 ? colour * (i / 7) : colour;
}

static void put_image(struct painter *p) {
  const unsigned width = 1 + below(IMAGE_SIZE), height = 1 + below(IMAGE_SIZE);
  const int x = (int)below(IMAGE_SIZE - width + 1), y = (int)below(IMAGE_SIZE - height + 1);
  const bool shared = below(2) == 0;
  const Drawable to = below(4) == 0 ? p->pixmap : any_window(p);
  XSync(p->display, False); /* the server may still be reading the shared one */
  fill_image(shared ? p->shared->data : p->image->data);
  if (shared)
    XShmPutImage(p->display, to, p->gc, p->shared, x, y, somewhere(p->width), somewhere(p->height), width, height,
                 False);
  else
    XPutImage(p->display, to, p->gc, p->image, x, y, somewhere(p->width), somewhere(p->height), width, height);
}

static void copy(struct painter *p) {
  const Window from = any_window(p), to = below(2) == 0 ? from : any_window(p);
  const int x = somewhere(p->width / 2), y = somewhere(p->height / 2);
  const unsigned width = 1 + below(p->width), height = 1 + below(p->height);
  switch (below(6)) {
  case 0:
    XCopyArea(p->display, p->pixmap, to, p->gc, 0, 0, IMAGE_SIZE, IMAGE_SIZE, x, y);
    break;
  case 1:
    XCopyArea(p->display, from, p->pixmap, p->gc, x, y, IMAGE_SIZE, IMAGE_SIZE, 0, 0);
    break;
  case 2:
    XCopyPlane(p->display, from, to, p->gc, x, y, width / 4, height / 4, somewhere(p->width), somewhere(p->height),
               1ul << below(24));
    break;
  default: /* scroll */
    XCopyArea(p->display, from, to, p->gc, x, y, width, height, x + (int)below(60) - 30, y + (int)below(60) - 30);
  }
}

static void render(struct painter *p) {
  XRenderPictFormat *format = XRenderFindVisualFormat(p->display, DefaultVisual(p->display, DefaultScreen(p->display)));
  XRenderPictureAttributes attributes = {.subwindow_mode = below(2) == 0 ? IncludeInferiors : ClipByChildren};
  Picture to = XRenderCreatePicture(p->display, any_window(p), format, CPSubwindowMode, &attributes);
  Picture from = XRenderCreatePicture(p->display, p->pixmap, format, 0, NULL);
  const XRenderColor colour = {(unsigned short)rand(), (unsigned short)rand(), (unsigned short)rand(),
                               (unsigned short)rand()};
  const int x = somewhere(p->width), y = somewhere(p->height);
  if (below(2) == 0)
    XRenderFillRectangle(p->display, PictOpOver, to, &colour, x, y, 1 + below(300), 1 + below(300));
  else
    XRenderComposite(p->display, PictOpSrc, from, None, to, 0, 0, 0, 0, x, y, IMAGE_SIZE, IMAGE_SIZE);
  XRenderFreePicture(p->display, from);
  XRenderFreePicture(p->display, to);
}

/* A picture of a video, of each format, any size and any part of it. */
static void put_video(struct painter *p) {
  static const int formats[] = {0x30323449 /* I420 */, 0x32315659 /* YV12 */, 0x3231564e /* NV12 */,
                                0x32595559 /* YUY2 */};
  const unsigned port = below(PAINTER_PORTS), width = 2 + below(90), height = 2 + below(70);
  const unsigned x = below(width / 2), y = below(height / 2), shown = below(3);
  XvImage *image = XvCreateImage(p->display, p->port + port, formats[below(4)], NULL, (int)width, (int)height);
  if (image == NULL)
    fail("no image for Xv");
  image->data = malloc((size_t)image->data_size);
  for (int i = 0; i < image->data_size; i++)
    image->data[i] = (char)(shown == 0 ? rand() : i / 5);
  const unsigned part_width = 1 + below(width - x), part_height = 1 + below(height - y);
  XvPutImage(p->display, p->port + port, any_window(p), p->gc, image, (int)x, (int)y, part_width, part_height,
             somewhere(p->width), somewhere(p->height), shown == 1 ? part_width : 1 + below(500),
             shown == 1 ? part_height : 1 + below(400));
  free(image->data);
  XFree(image);
}

/* A page that is scrolled by who paints pixels only, with a bar beside it that stays. */
static void scroll_page(struct painter *p) {
  enum { PAGE = 200, STEP = 12 };
  static int offset;
  const Window w = any_window(p);
  const int x = somewhere(p->width), y = somewhere(p->height);
  for (unsigned n = 1 + below(3); n > 0; n--) {
    offset += (int)below(2 * STEP) - STEP / 2;
    uint32_t *pixels = (uint32_t *)(void *)p->image->data;
    for (int row = 0; row < PAGE; row++)
      for (int column = 0; column < PAGE; column++) {
        const unsigned line = (unsigned)(row + offset + 100000);
        const bool is_bar = column > PAGE - 20;
        pixels[row * PAGE + column] = is_bar          ? 0xc0c0c0
                                      : line % 16 < 4 ? 0xffffff
                                                      : (line * 2654435761u >> (column / 8 % 24)) & 0xffffff;
      }
    XPutImage(p->display, w, p->gc, p->image, 0, 0, x, y, PAGE, PAGE);
    XSync(p->display, False);
  }
}

static void change_window(struct painter *p) {
  const Window w = p->windows[below(PAINTER_WINDOWS)];
  switch (below(8)) {
  case 0:
  case 1:
  case 2:
    XMoveWindow(p->display, w, somewhere(p->width), somewhere(p->height));
    break;
  case 3:
    XMoveResizeWindow(p->display, w, somewhere(p->width), somewhere(p->height), 1 + below(600), 1 + below(500));
    break;
  case 4:
    XRaiseWindow(p->display, w);
    break;
  case 5:
    XLowerWindow(p->display, w);
    break;
  case 6:
    XUnmapWindow(p->display, w);
    break;
  default:
    XMapWindow(p->display, w);
  }
}

void painter_draw(struct painter *p) {
  any_gc(p);
  switch (below(18)) {
  case 0:
  case 1:
  case 2:
    draw_rectangles(p);
    break;
  case 3:
  case 4:
    draw_shapes(p);
    break;
  case 5:
  case 6:
    draw_text(p);
    break;
  case 7:
  case 8:
    put_image(p);
    break;
  case 9:
  case 10:
  case 11:
    copy(p);
    break;
  case 12:
    render(p);
    break;
  case 13:
    XClearArea(p->display, any_window(p), somewhere(p->width), somewhere(p->height), 1 + below(300), 1 + below(300),
               False);
    break;
  case 14:
    put_video(p);
    break;
  case 15:
    scroll_page(p);
    break;
  default:
    change_window(p);
  }
}

XImage *painter_screen(struct painter *p) {
  Window root;
  int x, y;
  unsigned border, depth;
  XGetGeometry(p->display, p->root, &root, &x, &y, &p->width, &p->height, &border, &depth);
  XImage *image = XGetImage(p->display, p->root, 0, 0, p->width, p->height, AllPlanes, ZPixmap);
  if (image == NULL)
    fail("the screen cannot be read");
  return image;
}
