/*
 * Loop devices that end by themselves: each is bound with autoclear, so that the last unmount also frees the device,
 * whoever crashes in between.
 */
#ifndef MOBIDESK_LOOP_H
#define MOBIDESK_LOOP_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>

/* Binds `file` to a free loop device with direct I/O and returns its descriptor, which must stay open until the device
 * is mounted. `device` receives its path. */
int loop_attach(const char *file, bool read_only, char *device, size_t size, struct error *err);

/* Finds the device that `file` (by device and inode) is bound to: 1 found and opened into `*fd`, 0 none, -1 failure. */
int loop_find(const char *file, char *device, size_t size, int *fd, struct error *err);

/* Whether `device` is bound to another file by now. */
bool loop_elsewhere(const char *device, const char *file);

/* Waits until `device` is no longer bound to `file`; MOBIDESK_TIMEOUT after `timeout_ms`. The kernel tells nobody when
 * a file system that has lost its last mount is gone, so this looks every millisecond. */
int loop_wait_free(const char *device, const char *file, unsigned timeout_ms, struct error *err);

#endif
