#include "disk_shutdown.h"

#include "clean.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

/* fs/ext4/ext4.h */
#define EXT4_IOC_SHUTDOWN _IOR('X', 125, uint32_t)
#define EXT4_GOING_FLAGS_DEFAULT 0u

/* Another mount of a device that is mounted is of the same file system; it is in no namespace and ends with its
 * descriptor. */
static int mount_again(const char *device, struct error *err) {
  cleanup_close int fs = (int)syscall(SYS_fsopen, "ext4", FSOPEN_CLOEXEC);
  if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "source", device, 0) < 0 ||
      syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
    return error_sys(err, "opening the file system on `%s`", device);
  int fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
  return fd >= 0 ? fd : error_sys(err, "reaching the file system on `%s`", device);
}

static int ask(const char *device, unsigned long what, void *how, const char *words, struct error *err) {
  cleanup_close int mount = mount_again(device, err);
  if (mount < 0)
    return -1;
  cleanup_close int root = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return root >= 0 && ioctl(root, what, how) == 0 ? 0 : error_sys(err, "%s the file system on `%s`", words, device);
}

int disk_shutdown(const char *device, struct error *err) {
  uint32_t how = EXT4_GOING_FLAGS_DEFAULT;
  return ask(device, EXT4_IOC_SHUTDOWN, &how, "ending all writes to", err);
}

int disk_trim(const char *device, struct error *err) {
  struct fstrim_range all = {.len = UINT64_MAX};
  return ask(device, FITRIM, &all, "trimming", err);
}
