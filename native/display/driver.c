/* driver.c: what the X server calls to find, start and stop the video driver. */
#include "driver.h"

#include <stdio.h>

#include <xf86Module.h>

#include "protocol.h"
#include "xvideo.h"

#define DRIVER_NAME "mobidesk"
#define DRIVER_VERSION 1
#define DEFAULT_SOCKET "/run/mobidesk/display.sock"
#define DEFAULT_WIDTH 1280
#define DEFAULT_HEIGHT 800
/* Seconds. Longer than any pause of the network that a viewer's own connection to the proxy survives. */
#define DEFAULT_STALL_TIMEOUT 60

/* Milliseconds. Longer than an application that has the keyboard usually leaves its events lying. */
#define DEFAULT_TEXT_PAUSE 250

enum { OPTION_SOCKET, OPTION_SIZE, OPTION_STALL_TIMEOUT, OPTION_TEXT_PAUSE };

static const OptionInfoRec driver_options[] = {{OPTION_SOCKET, "Socket", OPTV_STRING, {0}, FALSE},
                                               {OPTION_SIZE, "Size", OPTV_STRING, {0}, FALSE},
                                               {OPTION_STALL_TIMEOUT, "StallTimeout", OPTV_INTEGER, {0}, FALSE},
                                               {OPTION_TEXT_PAUSE, "TextPause", OPTV_INTEGER, {0}, FALSE},
                                               {-1, NULL, OPTV_NONE, {0}, FALSE}};

/* Takes apart Option "Size", WIDTHxHEIGHT; absent: the default. */
static bool first_size(const struct driver *d, unsigned *width, unsigned *height) {
  const char *option = xf86GetOptValString(d->options, OPTION_SIZE);
  char rest;
  *width = DEFAULT_WIDTH;
  *height = DEFAULT_HEIGHT;
  if (option == NULL)
    return true;
  return sscanf(option, "%5ux%5u%c", width, height, &rest) == 2 && *width >= PROTOCOL_MIN_WIDTH &&
         *width <= PROTOCOL_MAX_SIZE && *height >= PROTOCOL_MIN_HEIGHT && *height <= PROTOCOL_MAX_SIZE;
}

static Bool read_options(struct driver *d, ScrnInfoPtr scrn) {
  xf86CollectOptions(scrn, NULL);
  d->options = malloc(sizeof driver_options);
  if (d->options == NULL)
    return FALSE;
  memcpy(d->options, driver_options, sizeof driver_options);
  xf86ProcessOptions(scrn->scrnIndex, scrn->options, d->options);
  return TRUE;
}

static Bool pre_init(ScrnInfoPtr scrn, int flags) {
  unsigned width, height;
  if (flags & PROBE_DETECT)
    return FALSE;
  struct driver *d = calloc(1, sizeof *d);
  if (d == NULL)
    return FALSE;
  scrn->driverPrivate = d;
  scrn->monitor = scrn->confScreen->monitor;
  if (!screen_set_depth(&d->screen, scrn) || !read_options(d, scrn))
    return FALSE;
  if (!first_size(d, &width, &height)) {
    xf86DrvMsg(scrn->scrnIndex, X_ERROR, "Option \"Size\" must be WIDTHxHEIGHT within 320x200 and 8192x8192\n");
    return FALSE;
  }
  return screen_set_modes(&d->screen, width, height);
}

static Bool close_screen(ScreenPtr screen) {
  struct driver *d = driver_of(xf86ScreenToScrn(screen));
  server_destroy(&d->server);
  seat_destroy(&d->seat);
  drawing_destroy(&d->drawing);
  screen->CloseScreen = d->close_screen;
  Bool closed = screen->CloseScreen(screen);
  screen_destroy(&d->screen);
  d->screen.scrn->vtSema = FALSE;
  return closed;
}

static void set_stall_timeout(struct driver *d) {
  int seconds = DEFAULT_STALL_TIMEOUT;
  if (xf86GetOptValInteger(d->options, OPTION_STALL_TIMEOUT, &seconds) && seconds < 1) {
    xf86DrvMsg(d->screen.scrn->scrnIndex, X_WARNING, "Option \"StallTimeout\" must be at least 1 second, not %d\n",
               seconds);
    seconds = DEFAULT_STALL_TIMEOUT;
  }
  d->server.stall_timeout_us = (uint64_t)seconds * 1000000;
}

static void set_text_pause(struct driver *d) {
  int milliseconds = DEFAULT_TEXT_PAUSE;
  if (xf86GetOptValInteger(d->options, OPTION_TEXT_PAUSE, &milliseconds) && milliseconds < 0) {
    xf86DrvMsg(d->screen.scrn->scrnIndex, X_WARNING, "Option \"TextPause\" must be 0 or more milliseconds, not %d\n",
               milliseconds);
    milliseconds = DEFAULT_TEXT_PAUSE;
  }
  d->seat.text_pause_ms = (uint32_t)milliseconds;
}

/* Nothing is blanked: whether anybody looks is the viewer's matter. */
static Bool save_screen(ScreenPtr screen, int mode) { return TRUE; }

static Bool screen_start(ScreenPtr screen, int argc, char **argv) {
  struct driver *d = driver_of(xf86ScreenToScrn(screen));
  const char *path = xf86GetOptValString(d->options, OPTION_SOCKET);
  struct server_parts parts = {&d->screen, &d->drawing, &d->sprite, &d->seat};
  d->screen.server = &d->server;
  if (!screen_init(&d->screen, screen) || !drawing_init(&d->drawing, screen, &d->server) ||
      !sprite_init(&d->sprite, screen, &d->server) || !seat_init(&d->seat, &d->server))
    return FALSE;
  screen->SaveScreen = save_screen;
  if (!screen_init_randr(&d->screen) || !server_init(&d->server, &parts, path == NULL ? DEFAULT_SOCKET : path))
    return FALSE;
  set_stall_timeout(d);
  set_text_pause(d);
  xvideo_init(screen);
  d->close_screen = screen->CloseScreen;
  screen->CloseScreen = close_screen;
  d->screen.scrn->vtSema = TRUE;
  return TRUE;
}

static void free_screen(ScrnInfoPtr scrn) {
  struct driver *d = driver_of(scrn);
  if (d == NULL)
    return;
  free(d->options);
  free(d);
  scrn->driverPrivate = NULL;
}

/* The server switches terminals and modes only where there are some. */
static Bool enter_vt(ScrnInfoPtr scrn) { return TRUE; }
static void leave_vt(ScrnInfoPtr scrn) {}
static void adjust_frame(ScrnInfoPtr scrn, int x, int y) {}
static Bool switch_mode(ScrnInfoPtr scrn, DisplayModePtr mode) { return xf86SetSingleMode(scrn, mode, RR_Rotate_0); }
static ModeStatus valid_mode(ScrnInfoPtr scrn, DisplayModePtr mode, Bool verbose, int flags) { return MODE_OK; }

static Bool probe(DriverPtr driver, int flags) {
  GDevPtr *sections;
  int count = xf86MatchDevice(DRIVER_NAME, &sections);
  Bool found = FALSE;
  if (count <= 0)
    return FALSE;
  for (int i = 0; i < count && !(flags & PROBE_DETECT); i++) {
    int entity = xf86ClaimNoSlot(driver, 0, sections[i], TRUE);
    ScrnInfoPtr scrn = xf86ConfigFbEntity(NULL, 0, entity, NULL, NULL, NULL, NULL);
    if (scrn == NULL)
      continue;
    scrn->driverVersion = DRIVER_VERSION;
    scrn->driverName = DRIVER_NAME;
    scrn->name = DRIVER_NAME;
    scrn->Probe = probe;
    scrn->PreInit = pre_init;
    scrn->ScreenInit = screen_start;
    scrn->SwitchMode = switch_mode;
    scrn->AdjustFrame = adjust_frame;
    scrn->EnterVT = enter_vt;
    scrn->LeaveVT = leave_vt;
    scrn->FreeScreen = free_screen;
    scrn->ValidMode = valid_mode;
    found = TRUE;
  }
  free(sections);
  return found || (flags & PROBE_DETECT);
}

static void identify(int flags) { xf86Msg(X_INFO, "%s: display of a MobiDesk session\n", DRIVER_NAME); }

static const OptionInfoRec *available_options(int chip, int bus) { return driver_options; }

/* Without this answer the server would ask for privileges over hardware that is not there. */
static Bool driver_func(ScrnInfoPtr scrn, xorgDriverFuncOp op, void *data) {
  if (op != GET_REQUIRED_HW_INTERFACES)
    return FALSE;
  *(xorgHWFlags *)data = HW_SKIP_CONSOLE;
  return TRUE;
}

static DriverRec driver = {.driverVersion = DRIVER_VERSION,
                           .driverName = DRIVER_NAME,
                           .Identify = identify,
                           .Probe = probe,
                           .AvailableOptions = available_options,
                           .driverFunc = driver_func};

static void *setup(void *module, void *options, int *error_major, int *error_minor) {
  static Bool done = FALSE;
  if (done) {
    *error_major = LDR_ONCEONLY;
    return NULL;
  }
  done = TRUE;
  xf86AddDriver(&driver, module, HaveDriverFuncs);
  return &driver;
}

static XF86ModuleVersionInfo version = {
    DRIVER_NAME, "MobiDesk", MODINFOSTRING1,     MODINFOSTRING2,       XORG_VERSION_CURRENT, DRIVER_VERSION,
    0,           0,          ABI_CLASS_VIDEODRV, ABI_VIDEODRV_VERSION, MOD_CLASS_VIDEODRV,   {0, 0, 0, 0}};

_X_EXPORT XF86ModuleData mobideskModuleData = {&version, setup, NULL};
