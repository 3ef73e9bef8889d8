/* input_device.h: how the display finds the devices of mobideskinput_drv.so among the server's. */
#ifndef MOBIDESK_DISPLAY_INPUT_DEVICE_H
#define MOBIDESK_DISPLAY_INPUT_DEVICE_H

/* The driver's name in xorg.conf, also the start of the module's file name: without an underscore, as the server drops
 * those from names before it looks for files. The device's type_name says which of the two it is; its `private` is the
 * display's, NULL at first. */
#define INPUT_DRIVER_NAME "mobideskinput"

/* The pointer's valuators, and what one notch of a wheel is. */
enum { INPUT_X, INPUT_Y, INPUT_SCROLL_X, INPUT_SCROLL_Y, INPUT_AXES };
#define INPUT_SCROLL_NOTCH 120

#endif
