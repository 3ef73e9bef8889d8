/*
 * The root file system of a session: an overlay of its template's layers and its disk, all idmapped, so that files on
 * them have the ids that the session sees. It is mounted in a mount namespace of the process that asks only; the
 * daemon's own never has the disk, so nothing but the session's processes keeps it in use.
 */
#ifndef MOBIDESK_ROOTFS_H
#define MOBIDESK_ROOTFS_H

#include "config.h"
#include "error.h"
#include "loop.h"
#include "template.h"

#include <limits.h>
#include <stdbool.h>

/* Ids of a session: 0 to 65535 inside. */
#define ROOTFS_IDS 65536u

struct rootfs {
  const char *disk; /* image file */
  const struct template_layers *layers;
  uid_t uid_base; /* host uid and gid of the session's root */
};

/* In a single-threaded child of the daemon: leaves the daemon's mount namespace, mounts the overlay at rootfs_path and
 * writes the loop device of the disk to `device`. The first mount of a fresh disk also makes its /dev. */
int rootfs_mount(const struct config *config, const struct rootfs *rootfs, struct loop_device *device,
                 struct error *err);

/* RUN_DIR/mnt/root */
int rootfs_path(const struct config *config, char *out, size_t size, struct error *err);

#endif
