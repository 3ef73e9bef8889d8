/*
 * Session disks that become larger. A disk never becomes smaller.
 */
#ifndef MOBIDESK_DISK_GROW_H
#define MOBIDESK_DISK_GROW_H

#include "config.h"
#include "error.h"

#include <stdint.h>

/* Makes the image file of a disk `bytes` large; its file system stays as it is. MOBIDESK_INVALID when it is larger. */
int disk_grow_file(const char *path, uint64_t bytes, struct error *err);

/* Lets the mounted file system on the loop device have all of its file. MOBIDESK_UNSUPPORTED when this daemon may not:
 * the kernel wants CAP_SYS_RESOURCE. */
int disk_grow_mounted(const struct config *config, const char *device, struct error *err);

/* The same for one that is not mounted; nothing is done when it fits already. */
int disk_grow_unmounted(const char *path, struct error *err);

#endif
