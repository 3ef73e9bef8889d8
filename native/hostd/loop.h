/*
 * Loop devices that end by themselves: each is bound with autoclear, so that the last unmount also frees the device,
 * whoever crashes in between.
 */
#ifndef MOBIDESK_LOOP_H
#define MOBIDESK_LOOP_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One binding of a loop device. Daemons whose hosts share a kernel share its devices: one that was freed may be bound
 * to the same file again, by whom the session went to. */
struct loop_device {
  char path[32];     /* empty: none */
  uint64_t sequence; /* the kernel's number of this binding, for as long as it runs */
};

/* Binds `file` to a free loop device with direct I/O and returns its descriptor, which must stay open until the device
 * is mounted. */
int loop_attach(const char *file, bool read_only, struct loop_device *out, struct error *err);

/* Finds the device that `file` (by device and inode) is bound to: 1 found and opened into `*fd`, 0 none, -1 failure. */
int loop_find(const char *file, char *device, size_t size, int *fd, struct error *err);

enum loop_state {
  LOOP_BOUND, /* the binding is there */
  LOOP_FREE,  /* it is there no more */
  LOOP_TAKEN  /* and the device is bound again, by whomever */
};

enum loop_state loop_state(const struct loop_device *device);

/* Waits until the binding has ended; MOBIDESK_TIMEOUT after `timeout_ms`. The kernel tells nobody when a file system
 * that has lost its last mount is gone, so this looks every millisecond. */
int loop_wait_free(const struct loop_device *device, unsigned timeout_ms, struct error *err);

#endif
