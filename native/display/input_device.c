/*
 * input_device.c: the module mobideskinput_drv.so, a keyboard, a pointer and a touch screen without hardware.
 *
 * InputDevice sections of xorg.conf make them, Option "Type" "keyboard", "pointer" and "touch". They read nothing: the
 * display posts their events (seat.c).
 */
#include "input_device.h"

#include <string.h>

#include <xorg-server.h>

#include <X11/Xatom.h>
#include <exevents.h>
#include <inputstr.h>
#include <xf86.h>
#include <xf86Module.h>
#include <xf86Xinput.h>
#include <xkbsrv.h>
#include <xserver-properties.h>

#include "protocol.h"

#define DRIVER_VERSION 1

/* The display takes the bell's place when it finds the device. */
static void no_bell(int percent, DeviceIntPtr device, void *control, int class) {}

static void ignore_keyboard_control(DeviceIntPtr device, KeybdCtrl *control) {}

static void ignore_pointer_control(DeviceIntPtr device, PtrCtrl *control) {}

/* Options XkbRules, XkbModel, XkbLayout, XkbVariant, XkbOptions; those absent are the server's defaults. */
static Bool init_keyboard(DeviceIntPtr device) {
  InputInfoPtr info = device->public.devicePrivate;
  XkbRMLVOSet rmlvo = {0}, defaults;
  XkbGetRulesDflts(&defaults);
  rmlvo.rules = xf86SetStrOption(info->options, "XkbRules", defaults.rules);
  rmlvo.model = xf86SetStrOption(info->options, "XkbModel", defaults.model);
  rmlvo.layout = xf86SetStrOption(info->options, "XkbLayout", defaults.layout);
  rmlvo.variant = xf86SetStrOption(info->options, "XkbVariant", defaults.variant);
  rmlvo.options = xf86SetStrOption(info->options, "XkbOptions", defaults.options);
  Bool done = InitKeyboardDeviceStruct(device, &rmlvo, no_bell, ignore_keyboard_control);
  XkbFreeRMLVOSet(&rmlvo, FALSE);
  XkbFreeRMLVOSet(&defaults, FALSE);
  return done;
}

/* No limits: coordinates are the screen's, whatever its size becomes. */
static void init_position(DeviceIntPtr device, const Atom *axes) {
  for (int axis = 0; axis < 2; axis++) {
    xf86InitValuatorAxisStruct(device, axis, axes[axis], NO_AXIS_LIMITS, NO_AXIS_LIMITS, 0, 0, 0, Absolute);
    xf86InitValuatorDefaults(device, axis);
  }
}

static Bool init_pointer(DeviceIntPtr device) {
  static const char *const labels[PROTOCOL_BUTTONS] = {
      BTN_LABEL_PROP_BTN_LEFT,         BTN_LABEL_PROP_BTN_MIDDLE,     BTN_LABEL_PROP_BTN_RIGHT,
      BTN_LABEL_PROP_BTN_WHEEL_UP,     BTN_LABEL_PROP_BTN_WHEEL_DOWN, BTN_LABEL_PROP_BTN_HWHEEL_LEFT,
      BTN_LABEL_PROP_BTN_HWHEEL_RIGHT, BTN_LABEL_PROP_BTN_BACK,       BTN_LABEL_PROP_BTN_FORWARD};
  CARD8 map[PROTOCOL_BUTTONS + 1];
  Atom buttons[PROTOCOL_BUTTONS];
  Atom axes[INPUT_AXES] = {XIGetKnownProperty(AXIS_LABEL_PROP_ABS_X), XIGetKnownProperty(AXIS_LABEL_PROP_ABS_Y),
                           XIGetKnownProperty(AXIS_LABEL_PROP_REL_HSCROLL),
                           XIGetKnownProperty(AXIS_LABEL_PROP_REL_VSCROLL)};
  for (unsigned i = 0; i <= PROTOCOL_BUTTONS; i++)
    map[i] = (CARD8)i;
  for (unsigned i = 0; i < PROTOCOL_BUTTONS; i++)
    buttons[i] = XIGetKnownProperty(labels[i]);
  if (!InitPointerDeviceStruct((DevicePtr)device, map, PROTOCOL_BUTTONS, buttons, ignore_pointer_control,
                               GetMotionHistorySize(), INPUT_AXES, axes))
    return FALSE;
  init_position(device, axes);
  for (int axis = INPUT_SCROLL_X; axis < INPUT_AXES; axis++) {
    xf86InitValuatorAxisStruct(device, axis, axes[axis], NO_AXIS_LIMITS, NO_AXIS_LIMITS, 0, 0, 0, Relative);
    xf86InitValuatorDefaults(device, axis);
  }
  /* The server presses buttons 4 to 7 for clients that know no scrolling. */
  return SetScrollValuator(device, INPUT_SCROLL_X, SCROLL_TYPE_HORIZONTAL, INPUT_SCROLL_NOTCH, SCROLL_FLAG_NONE) &&
         SetScrollValuator(device, INPUT_SCROLL_Y, SCROLL_TYPE_VERTICAL, INPUT_SCROLL_NOTCH, SCROLL_FLAG_PREFERRED);
}

static Bool init_touch(DeviceIntPtr device) {
  CARD8 map[2] = {0, 1};
  Atom buttons[1] = {XIGetKnownProperty(BTN_LABEL_PROP_BTN_LEFT)};
  Atom axes[2] = {XIGetKnownProperty(AXIS_LABEL_PROP_ABS_MT_POSITION_X),
                  XIGetKnownProperty(AXIS_LABEL_PROP_ABS_MT_POSITION_Y)};
  if (!InitPointerDeviceStruct((DevicePtr)device, map, 1, buttons, ignore_pointer_control, GetMotionHistorySize(), 2,
                               axes))
    return FALSE;
  init_position(device, axes);
  return InitTouchClassDeviceStruct(device, PROTOCOL_MAX_FINGERS, XIDirectTouch, 2);
}

static Bool init(DeviceIntPtr device, const char *type) {
  if (strcmp(type, XI_KEYBOARD) == 0)
    return init_keyboard(device);
  return strcmp(type, XI_TOUCHSCREEN) == 0 ? init_touch(device) : init_pointer(device);
}

static int device_control(DeviceIntPtr device, int what) {
  InputInfoPtr info = device->public.devicePrivate;
  switch (what) {
  case DEVICE_INIT:
    device->public.on = FALSE;
    return init(device, info->type_name) ? Success : BadAlloc;
  case DEVICE_ON:
    device->public.on = TRUE;
    return Success;
  case DEVICE_OFF:
  case DEVICE_CLOSE:
    device->public.on = FALSE;
    return Success;
  default:
    return BadValue;
  }
}

static int pre_init(InputDriverPtr driver, InputInfoPtr info, int flags) {
  char *type = xf86SetStrOption(info->options, "Type", "");
  const bool is_keyboard = strcmp(type, "keyboard") == 0, is_pointer = strcmp(type, "pointer") == 0,
             is_touch = strcmp(type, "touch") == 0;
  free(type);
  if (!is_keyboard && !is_pointer && !is_touch) {
    xf86IDrvMsg(info, X_ERROR, "Option \"Type\" must be \"keyboard\", \"pointer\" or \"touch\"\n");
    return BadValue;
  }
  info->type_name = is_keyboard ? XI_KEYBOARD : is_pointer ? XI_MOUSE : XI_TOUCHSCREEN;
  info->device_control = device_control;
  info->private = NULL;
  info->fd = -1;
  return Success;
}

static void un_init(InputDriverPtr driver, InputInfoPtr info, int flags) {
  info->private = NULL; /* the display's, not ours to free */
  xf86DeleteInput(info, flags);
}

static InputDriverRec driver = {
    .driverVersion = DRIVER_VERSION, .driverName = INPUT_DRIVER_NAME, .PreInit = pre_init, .UnInit = un_init};

static void *plug(void *module, void *options, int *error_major, int *error_minor) {
  xf86AddInputDriver(&driver, module, 0);
  return module;
}

static XF86ModuleVersionInfo version = {
    INPUT_DRIVER_NAME, "MobiDesk",         MODINFOSTRING1,   MODINFOSTRING2, XORG_VERSION_CURRENT, DRIVER_VERSION, 0, 0,
    ABI_CLASS_XINPUT,  ABI_XINPUT_VERSION, MOD_CLASS_XINPUT, {0, 0, 0, 0}};

_X_EXPORT XF86ModuleData mobideskinputModuleData = {&version, plug, NULL};
