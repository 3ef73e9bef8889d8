#include "disk_grow.h"

#include "clean.h"
#include "files.h"
#include "program.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* fs/ext4/ext4.h; the kernel has no header of it for programs. */
#define EXT4_IOC_RESIZE_FS _IOW('f', 16, uint64_t)

/* Of every session disk (disk.c). */
#define DISK_BLOCK 4096

/* Where a superblock has its count of blocks; little-endian. */
#define SUPERBLOCK 1024
#define BLOCKS_LOW 4
#define BLOCKS_HIGH 0x150

static int size_of(const char *path, uint64_t *out, struct error *err) {
  struct stat st;
  if (stat(path, &st) < 0)
    return error_sys(err, "examining the session disk `%s`", path);
  *out = (uint64_t)st.st_size;
  return 0;
}

int disk_grow_file(const char *path, uint64_t bytes, struct error *err) {
  uint64_t now;
  if (size_of(path, &now, err) < 0)
    return -1;
  if (bytes < now)
    return error_set(err, MOBIDESK_INVALID, "the session disk has %lu bytes: it can only become larger, not %lu", now,
                     bytes);
  return truncate(path, (off_t)(bytes / DISK_BLOCK * DISK_BLOCK)) == 0
             ? 0
             : error_sys(err, "making the session disk `%s` %lu bytes large", path, bytes);
}

/* In a child with a mount namespace of its own: mounted once more, the file system can be spoken to. Returns errno. */
static int resize_mounted(const char *device, const char *point, uint64_t blocks) {
  if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
      mount(device, point, "ext4", MS_NOATIME, NULL) < 0)
    return errno;
  cleanup_close int root = open(point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return root >= 0 && ioctl(root, EXT4_IOC_RESIZE_FS, &blocks) == 0 ? 0 : errno;
}

static int in_child(const char *device, const char *point, uint64_t blocks, struct error *err) {
  int status;
  pid_t pid = fork();
  if (pid == 0)
    _exit(resize_mounted(device, point, blocks));
  if (pid < 0)
    return error_sys(err, "forking to resize `%s`", device);
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return error_sys(err, "waiting for the resizing of `%s`", device);
  errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
  if (errno == EPERM)
    return error_set(err, MOBIDESK_UNSUPPORTED, "a mounted disk cannot grow here: hostd lacks CAP_SYS_RESOURCE");
  return errno == 0 ? 0 : error_sys(err, "resizing the file system on `%s`", device);
}

int disk_grow_mounted(const struct config *config, const char *device, struct error *err) {
  char point[PATH_MAX];
  uint64_t bytes = 0;
  cleanup_close int fd = open(device, O_RDWR | O_CLOEXEC);
  if (fd < 0)
    return error_sys(err, "opening `%s`", device);
  if (ioctl(fd, LOOP_SET_CAPACITY, 0) < 0 || ioctl(fd, BLKGETSIZE64, &bytes) < 0)
    return error_sys(err, "letting `%s` have all of its file", device);
  if (files_path(point, sizeof point, err, "%s/mnt", config->run_dir) < 0 || files_make_dirs(point, 0755, err) < 0)
    return -1;
  return in_child(device, point, bytes / DISK_BLOCK, err);
}

static int blocks_of(const char *path, uint64_t *out, struct error *err) {
  uint32_t low, high;
  cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return error_sys(err, "opening the session disk `%s`", path);
  if (pread(fd, &low, sizeof low, SUPERBLOCK + BLOCKS_LOW) != sizeof low ||
      pread(fd, &high, sizeof high, SUPERBLOCK + BLOCKS_HIGH) != sizeof high)
    return error_sys(err, "reading the superblock of `%s`", path);
  *out = (uint64_t)le32toh(high) << 32 | le32toh(low);
  return 0;
}

int disk_grow_unmounted(const char *path, struct error *err) {
  /* -f: a disk that was let go of in an orderly way needs no check before. */
  const char *argv[] = {"resize2fs", "-f", path, NULL};
  uint64_t bytes = 0, blocks = 0;
  if (size_of(path, &bytes, err) < 0 || blocks_of(path, &blocks, err) < 0)
    return -1;
  return blocks >= bytes / DISK_BLOCK ? 0 : program_run(argv, err);
}
