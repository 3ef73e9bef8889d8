/* randr.c: see randr.h. */
#include "randr.h"

#include <stdio.h>
#include <stdlib.h>

#include <randrstr.h>
#include <xf86RandR12.h>

#include "driver.h"
#include "protocol.h"

#define REFRESH_HZ 60
#define DOTS_PER_INCH 96
/* Nothing is ever sent by these timings; blanking must only not be empty for the server to take the mode. */
#define BLANKING 16

struct screen *randr_screen(ScrnInfoPtr scrn) { return &driver_of(scrn)->screen; }

static int millimetres(unsigned pixels) { return (int)(pixels * 254 / (DOTS_PER_INCH * 10)); }

static DisplayModePtr mode_init(unsigned width, unsigned height, int type) {
  DisplayModePtr mode = calloc(1, sizeof *mode);
  if (mode == NULL)
    return NULL;
  mode->type = type;
  mode->HDisplay = (int)width;
  mode->HSyncStart = mode->HDisplay + BLANKING / 4;
  mode->HSyncEnd = mode->HDisplay + BLANKING / 2;
  mode->HTotal = mode->HDisplay + BLANKING;
  mode->VDisplay = (int)height;
  mode->VSyncStart = mode->VDisplay + BLANKING / 4;
  mode->VSyncEnd = mode->VDisplay + BLANKING / 2;
  mode->VTotal = mode->VDisplay + BLANKING;
  mode->Clock = (int)((long)mode->HTotal * mode->VTotal * REFRESH_HZ / 1000);
  xf86SetModeDefaultName(mode);
  xf86SetModeCrtc(mode, 0);
  return mode;
}

static void ignore_dpms(xf86CrtcPtr crtc, int mode) {}

/* There is no hardware: a mode is set by its being noted. Only what needs no transformation of pixels is accepted. */
static Bool crtc_set_mode(xf86CrtcPtr crtc, DisplayModePtr mode, Rotation rotation, int x, int y) {
  if (rotation != RR_Rotate_0)
    return FALSE;
  crtc->mode = *mode;
  crtc->x = x;
  crtc->y = y;
  crtc->rotation = rotation;
  return TRUE;
}

/* A TrueColor picture is sent as it is; RandR still asks for the hook. */
static void ignore_gamma(xf86CrtcPtr crtc, CARD16 *red, CARD16 *green, CARD16 *blue, int size) {}

static const xf86CrtcFuncsRec crtc_funcs = {
    .dpms = ignore_dpms, .set_mode_major = crtc_set_mode, .gamma_set = ignore_gamma};

static void output_ignore_dpms(xf86OutputPtr output, int mode) {}

static xf86OutputStatus output_detect(xf86OutputPtr output) { return XF86OutputStatusConnected; }

static int output_mode_valid(xf86OutputPtr output, DisplayModePtr mode) {
  bool fits = mode->HDisplay >= PROTOCOL_MIN_WIDTH && mode->HDisplay <= PROTOCOL_MAX_SIZE &&
              mode->VDisplay >= PROTOCOL_MIN_HEIGHT && mode->VDisplay <= PROTOCOL_MAX_SIZE;
  return fits ? MODE_OK : MODE_BAD;
}

static DisplayModePtr output_get_modes(xf86OutputPtr output) {
  static const struct {
    unsigned width, height;
  } usual[] = {{1024, 768}, {1280, 720}, {1280, 800}, {1366, 768}, {1600, 900}, {1920, 1080}, {2560, 1440}};
  const struct screen *s = randr_screen(output->scrn);
  DisplayModePtr modes = mode_init(s->preferred_width, s->preferred_height, M_T_DRIVER | M_T_PREFERRED);
  for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
    if (usual[i].width != s->preferred_width || usual[i].height != s->preferred_height)
      modes = xf86ModesAdd(modes, mode_init(usual[i].width, usual[i].height, M_T_DRIVER));
  output->mm_width = millimetres(s->preferred_width);
  output->mm_height = millimetres(s->preferred_height);
  return modes;
}

static void output_destroy(xf86OutputPtr output) {}

static const xf86OutputFuncsRec output_funcs = {.dpms = output_ignore_dpms,
                                                .detect = output_detect,
                                                .mode_valid = output_mode_valid,
                                                .get_modes = output_get_modes,
                                                .destroy = output_destroy};

Bool randr_pre_init(struct screen *s, const xf86CrtcConfigFuncsRec *funcs) {
  ScrnInfoPtr scrn = s->scrn;
  xf86CrtcConfigInit(scrn, funcs);
  xf86CrtcSetSizeRange(scrn, PROTOCOL_MIN_WIDTH, PROTOCOL_MIN_HEIGHT, PROTOCOL_MAX_SIZE, PROTOCOL_MAX_SIZE);
  s->crtc = xf86CrtcCreate(scrn, &crtc_funcs);
  s->output = xf86OutputCreate(scrn, &output_funcs, "MobiDesk-1");
  if (s->crtc == NULL || s->output == NULL)
    return FALSE;
  s->output->possible_crtcs = 1;
  s->output->possible_clones = 0;
  if (!xf86InitialConfiguration(scrn, TRUE)) {
    xf86DrvMsg(scrn->scrnIndex, X_ERROR, "No usable mode\n");
    return FALSE;
  }
  scrn->currentMode = scrn->modes;
  xf86SetDpi(scrn, DOTS_PER_INCH, DOTS_PER_INCH);
  return TRUE;
}

static RRModePtr find_mode(RROutputPtr output, unsigned width, unsigned height) {
  for (int i = 0; i < output->numModes; i++)
    if (output->modes[i]->mode.width == width && output->modes[i]->mode.height == height)
      return output->modes[i];
  return NULL;
}

static bool set_screen_size(struct screen *s, unsigned width, unsigned height) {
  if (s->framebuffer.width == width && s->framebuffer.height == height)
    return true;
  return RRScreenSizeSet(s->screen, (CARD16)width, (CARD16)height, (CARD32)millimetres(width),
                         (CARD32)millimetres(height));
}

/* The CRTC must lie on the screen at each moment, and is never off: desktops take that for the loss of their monitor.
 * So the screen grows to hold both modes, the mode changes, and the screen shrinks to the new one. */
static bool switch_mode(struct screen *s, RRModePtr mode, unsigned width, unsigned height) {
  RROutputPtr output = s->output->randr_output;
  unsigned both_width = width > s->framebuffer.width ? width : s->framebuffer.width;
  unsigned both_height = height > s->framebuffer.height ? height : s->framebuffer.height;
  return set_screen_size(s, both_width, both_height) &&
         RRCrtcSet(s->crtc->randr_crtc, mode, 0, 0, RR_Rotate_0, 1, &output) && set_screen_size(s, width, height);
}

Bool screen_set_size(struct screen *s, unsigned width, unsigned height) {
  if (s->framebuffer.width == width && s->framebuffer.height == height)
    return TRUE;
  s->preferred_width = width;
  s->preferred_height = height;
  if (!RRGetInfo(s->screen, TRUE))
    return FALSE;
  RRModePtr mode = find_mode(s->output->randr_output, width, height);
  if (mode == NULL || !switch_mode(s, mode, width, height)) {
    xf86DrvMsg(s->scrn->scrnIndex, X_ERROR, "The screen cannot be made %ux%u\n", width, height);
    return FALSE;
  }
  return TRUE;
}
