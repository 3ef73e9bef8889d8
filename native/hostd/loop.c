#include "loop.h"

#include "cgroup_disk.h"
#include "clean.h"
#include "files.h"
#include "hostd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>

/* Logical block size of the devices: that of the file systems on them, and a multiple of any disk's below. */
#define LOGICAL_BLOCK_SIZE 4096

/* Others may take the device between asking for a free one and binding it. */
#define ATTEMPTS 32

static int bind(int device_fd, int file_fd, const char *file, bool read_only) {
  struct loop_config config = {
      .fd = (unsigned)file_fd,
      .block_size = LOGICAL_BLOCK_SIZE,
      .info = {.lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO | (read_only ? LO_FLAGS_READ_ONLY : 0)},
  };
  snprintf((char *)config.info.lo_file_name, sizeof config.info.lo_file_name, "%s", file);
  return ioctl(device_fd, LOOP_CONFIGURE, &config);
}

int loop_attach(const char *file, bool read_only, struct loop_device *out, struct error *err) {
  int access = (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC;
  cleanup_close int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  if (control < 0)
    return error_sys(err, "opening /dev/loop-control");
  cleanup_close int file_fd = open(file, access);
  if (file_fd < 0)
    return error_sys(err, "opening the image `%s`", file);
  for (int i = 0; i < ATTEMPTS; i++) {
    int number = ioctl(control, LOOP_CTL_GET_FREE);
    if (number < 0)
      return error_sys(err, "finding a free loop device");
    if (files_path(out->path, sizeof out->path, err, "/dev/loop%d", number) < 0)
      return -1;
    cleanup_close int fd = open(out->path, access);
    if (fd < 0)
      return error_sys(err, "opening `%s`", out->path);
    if (bind(fd, file_fd, file, read_only) == 0) {
      cgroup_disk_forget(out->path);
      return ioctl(fd, BLKGETDISKSEQ, &out->sequence) == 0 ? steal_fd(&fd)
                                                           : error_sys(err, "numbering `%s`", out->path);
    }
    if (errno != EBUSY)
      return error_sys(err, "binding `%s` to `%s`", out->path, file);
  }
  return error_set(err, MOBIDESK_BUSY, "no loop device could be had for `%s` in %d attempts", file, ATTEMPTS);
}

/* True when the open device is bound to the file that `want` describes. */
static bool bound_to(int fd, const struct stat *want) {
  struct loop_info64 info;
  return ioctl(fd, LOOP_GET_STATUS64, &info) == 0 && info.lo_device == want->st_dev && info.lo_inode == want->st_ino;
}

int loop_find(const char *file, char *device, size_t size, int *out, struct error *err) {
  struct stat want;
  if (stat(file, &want) < 0)
    return error_sys(err, "examining the image `%s`", file);
  cleanup_dir DIR *dir = opendir("/sys/block");
  if (!dir)
    return error_sys(err, "opening /sys/block");
  for (struct dirent *e; (e = readdir(dir));) {
    char bound[PATH_MAX];
    if (strncmp(e->d_name, "loop", 4) != 0 ||
        files_path(bound, sizeof bound, err, "/sys/block/%s/loop/backing_file", e->d_name) < 0 ||
        access(bound, F_OK) < 0)
      continue;
    if (files_path(device, size, err, "/dev/%s", e->d_name) < 0)
      return -1;
    cleanup_close int fd = open(device, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && bound_to(fd, &want)) {
      *out = steal_fd(&fd);
      return 1;
    }
  }
  return 0;
}

/* The first line of an attribute of `device`; empty when there is none. */
static void read_attribute(const struct loop_device *device, const char *name, char *out, size_t size) {
  char path[128];
  struct error absent;
  out[0] = '\0';
  if (files_path(path, sizeof path, &absent, "/sys/block/%s/%s", strrchr(device->path, '/') + 1, name) == 0 &&
      files_read(path, out, size, &absent) > 0)
    out[strcspn(out, "\n")] = '\0';
}

enum loop_state loop_state(const struct loop_device *device) {
  char file[PATH_MAX], sequence[32];
  read_attribute(device, "loop/backing_file", file, sizeof file);
  read_attribute(device, "diskseq", sequence, sizeof sequence);
  if (!file[0])
    return LOOP_FREE;
  return strtoull(sequence, NULL, 10) == device->sequence ? LOOP_BOUND : LOOP_TAKEN;
}

int loop_wait_free(const struct loop_device *device, unsigned timeout_ms, struct error *err) {
  const struct timespec tick = {.tv_nsec = 1000000};
  uint64_t end = hostd_now_us() + timeout_ms * 1000ull;
  while (loop_state(device) == LOOP_BOUND) {
    if (hostd_now_us() > end)
      return error_set(err, MOBIDESK_TIMEOUT, "the file system on `%s` is still in use after %u ms", device->path,
                       timeout_ms);
    nanosleep(&tick, NULL);
  }
  return 0;
}
