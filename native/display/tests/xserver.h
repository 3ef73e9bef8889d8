/*
 * xserver.h: a real Xorg with the driver as it was built, for one test: own directory, display number and socket. It
 * ends with the test, however that ends.
 */
#ifndef MOBIDESK_DISPLAY_TESTS_XSERVER_H
#define MOBIDESK_DISPLAY_TESTS_XSERVER_H

#include <sys/types.h>

struct xserver {
  pid_t pid;
  char directory[64];
  char socket[96];  /* where viewers connect */
  char log[96];     /* of Xorg */
  char display[16]; /* ":7" */
};

/* Starts Xorg with modules from `module_path` and a screen of `size` ("1280x800") and waits until it serves. `options`
 * are lines for the keyboard's section, or "". Exits with a message on failure. */
void xserver_start(struct xserver *x, const char *module_path, const char *size, const char *options);

/* Ends it and removes its directory; false, with the log on standard error, if it had died before. */
int xserver_stop(struct xserver *x);

#endif
