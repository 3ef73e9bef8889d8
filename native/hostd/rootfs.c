#include "rootfs.h"

#include "clean.h"
#include "files.h"
#include "idmap.h"
#include "loop.h"
#include "overlay_handles.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

/* index and nfs_export give files handles that survive copy-up and remount, without which CRIU cannot dump an inotify
 * watch; xino keeps inode numbers; redirect_dir allows renames of the template's directories. All of them must be
 * the same in every mount of a disk. */
#define OVERLAY_OPTIONS "upperdir=upper/up,workdir=upper/work,index=on,nfs_export=on,xino=auto,redirect_dir=on"

/* Of "lowerN". */
#define LOWER_SIZE 16

int rootfs_path(const struct config *config, char *out, size_t size, struct error *err) {
  return files_path(out, size, err, "%s/mnt/root", config->run_dir);
}

/* A tmpfs at RUN_DIR/mnt holds the mount points; it goes with the namespace. */
static int leave_namespace(const struct config *config, unsigned layers, struct error *err) {
  char dir[PATH_MAX];
  if (files_path(dir, sizeof dir, err, "%s/mnt", config->run_dir) < 0)
    return -1;
  if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
    return error_sys(err, "making a private mount namespace");
  if (mount("mobidesk", dir, "tmpfs", 0, "size=1m,mode=0755") < 0 || chdir(dir) < 0)
    return error_sys(err, "mounting a tmpfs at `%s`", dir);
  const char *points[] = {"disk", "upper", "root"};
  for (size_t i = 0; i < sizeof points / sizeof *points; i++)
    if (mkdir(points[i], 0755) < 0)
      return error_sys(err, "making the mount point `%s/%s`", dir, points[i]);
  for (unsigned i = 0; i < layers; i++) {
    char point[LOWER_SIZE];
    snprintf(point, sizeof point, "lower%u", i);
    if (mkdir(point, 0755) < 0)
      return error_sys(err, "making the mount point `%s/%s`", dir, point);
  }
  return 0;
}

static int mount_disk(const struct rootfs *rootfs, struct loop_device *device, struct error *err) {
  cleanup_close int fd = loop_attach(rootfs->disk, false, device, err);
  if (fd < 0)
    return -1;
  if (mount(device->path, "disk", "ext4", MS_NOATIME, NULL) < 0)
    return error_sys(err, "mounting the session disk `%s` (%s)", rootfs->disk, device->path);
  return 0;
}

/* The devices a session may have. The template's own /dev is hidden by the opaque directory. */
static int make_devices(struct error *err) {
  static const struct {
    const char *name;
    unsigned major, minor;
  } devices[] = {{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};
  static const struct {
    const char *name, *target;
  } links[] = {{"ptmx", "pts/ptmx"},
               {"fd", "/proc/self/fd"},
               {"stdin", "/proc/self/fd/0"},
               {"stdout", "/proc/self/fd/1"},
               {"stderr", "/proc/self/fd/2"}};
  char path[64];
  if (mkdir("disk/up/dev", 0755) < 0 || mkdir("disk/up/dev/pts", 0755) < 0 || mkdir("disk/up/dev/shm", 0755) < 0 ||
      setxattr("disk/up/dev", "trusted.overlay.opaque", "y", 1, 0) < 0)
    return error_sys(err, "making the session's /dev");
  mode_t old = umask(0);
  int r = 0;
  for (size_t i = 0; i < sizeof devices / sizeof *devices && r == 0; i++) {
    snprintf(path, sizeof path, "disk/up/dev/%s", devices[i].name);
    r = mknod(path, S_IFCHR | 0666, makedev(devices[i].major, devices[i].minor));
  }
  umask(old);
  for (size_t i = 0; i < sizeof links / sizeof *links && r == 0; i++) {
    snprintf(path, sizeof path, "disk/up/dev/%s", links[i].name);
    r = symlink(links[i].target, path);
  }
  return r == 0 ? 0 : error_sys(err, "making the session's device `%s`", path);
}

/* `up` is made last but one and named at the end, so that a crash in between starts over. */
static int make_layers(struct error *err) {
  if (access("disk/ready", F_OK) == 0)
    return 0;
  if (files_remove_tree("disk/up", err) < 0 || files_remove_tree("disk/work", err) < 0)
    return -1;
  if (mkdir("disk/up", 0755) < 0 || mkdir("disk/work", 0755) < 0)
    return error_sys(err, "making the layers of the session disk");
  if (make_devices(err) < 0)
    return -1;
  return mkdir("disk/ready", 0700) == 0 ? 0 : error_sys(err, "marking the session disk as ready");
}

/* Mounts the layers of the template, idmapped, and writes the options of the overlay. */
static int mount_layers(int map, const struct template_layers *layers, char *options, struct error *err) {
  char *end = options + sprintf(options, "lowerdir=");
  for (unsigned i = 0; i < layers->count; i++) {
    char point[LOWER_SIZE];
    snprintf(point, sizeof point, "lower%u", i);
    if (idmap_mount(map, layers->dirs[i], point, err) < 0)
      return -1;
    end += sprintf(end, "%s%s", i ? ":" : "", point);
  }
  sprintf(end, ",%s", OVERLAY_OPTIONS);
  return 0;
}

int rootfs_mount(const struct config *config, const struct rootfs *rootfs, struct loop_device *device,
                 struct error *err) {
  char options[sizeof OVERLAY_OPTIONS + TEMPLATE_LAYERS_MAX * LOWER_SIZE + 16];
  if (leave_namespace(config, rootfs->layers->count, err) < 0 || mount_disk(rootfs, device, err) < 0 ||
      make_layers(err) < 0 || overlay_handles_fit("disk", rootfs->layers->dirs[0], err) < 0)
    return -1;
  cleanup_close int map = idmap_open(rootfs->uid_base, err);
  if (map < 0 || mount_layers(map, rootfs->layers, options, err) < 0 || idmap_mount(map, "disk", "upper", err) < 0)
    return -1;
  if (mount("mobidesk", "root", "overlay", 0, options) < 0)
    return error_sys(err, "mounting the overlay of `%s` and `%s`", rootfs->layers->dirs[0], rootfs->disk);
  return 0;
}
