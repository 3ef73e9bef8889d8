#include "disk_copy.h"

#include "clean.h"
#include "disk_journal.h"
#include "files.h"
#include "hostd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

/* One call copies at most this, so that the kernel keeps nobody waiting. */
#define PORTION (16u << 20)

static int copy_range(int in, int out, off_t begin, off_t end, struct error *err) {
  for (off_t from = begin, to = begin; from < end;) {
    size_t left = (size_t)(end - from);
    ssize_t n = copy_file_range(in, &from, out, &to, left < PORTION ? left : PORTION, 0);
    if (n < 0 && errno != EINTR)
      return error_sys(err, "copying %zu bytes at %ld", left, (long)from);
    if (n == 0)
      return error_set(err, MOBIDESK_CORRUPT, "the file ends at %ld, in the middle of its data", (long)from);
  }
  return 0;
}

static off_t least(off_t a, off_t b) { return a < b ? a : b; }
static off_t most(off_t a, off_t b) { return a > b ? a : b; }

typedef int (*take)(int in, int out, off_t begin, off_t end, struct error *err);

/* Calls `each` for all data but what the copy need not have, until `bytes` is more than `most_bytes`. */
static int each_range(int in, int out, uint64_t most_bytes, take each, uint64_t *bytes, struct error *err) {
  struct stat st;
  if (fstat(in, &st) < 0)
    return error_sys(err, "asking for the size");
  off_t skip[2] = {st.st_size, st.st_size}, end = 0;
  disk_journal_idle(in, &skip[0], &skip[1]);
  while (*bytes <= most_bytes) {
    off_t begin = lseek(in, end, SEEK_DATA);
    if (begin < 0 && errno == ENXIO)
      return 0;
    if (begin < 0 || (end = lseek(in, begin, SEEK_HOLE)) < 0)
      return error_sys(err, "looking for data");
    off_t parts[2][2] = {{begin, least(end, skip[0])}, {most(begin, skip[1]), end}};
    for (int i = 0; i < 2; i++)
      if (parts[i][0] < parts[i][1]) {
        if (each(in, out, parts[i][0], parts[i][1], err) < 0)
          return -1;
        *bytes += (uint64_t)(parts[i][1] - parts[i][0]);
      }
  }
  return 0;
}

static int count_range(int in, int out, off_t begin, off_t end, struct error *err) { return 0; }

static int fill(int in, int out, struct disk_copy *stats, struct error *err) {
  struct stat st;
  if (ioctl(out, FICLONE, in) == 0) {
    stats->shared = true;
    return 0;
  }
  if (fstat(in, &st) < 0 || ftruncate(out, st.st_size) < 0)
    return error_sys(err, "setting the size");
  int r = each_range(in, out, UINT64_MAX, copy_range, &stats->bytes, err);
  /* Sessions read their disks by direct I/O: what was read here would only be in the way. */
  posix_fadvise(in, 0, 0, POSIX_FADV_DONTNEED);
  return r;
}

int disk_copy(const char *from, const char *to, struct disk_copy *out, struct error *err) {
  uint64_t begun = hostd_now_us();
  *out = (struct disk_copy){0};
  if (unlink(to) < 0 && errno != ENOENT)
    return error_sys(err, "removing `%s`", to);
  cleanup_close int in = open(from, O_RDONLY | O_CLOEXEC);
  if (in < 0)
    return error_sys(err, "opening `%s`", from);
  cleanup_close int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return error_sys(err, "creating `%s`", to);
  if (fill(in, fd, out, err) < 0) {
    unlink(to);
    return error_prefix(err, "copying `%s` to `%s`", from, to);
  }
  out->us = hostd_now_us() - begun;
  return 0;
}

int disk_copy_publish(const char *path, const char *name, struct error *err) {
  cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fdatasync(fd) < 0)
    return error_sys(err, "syncing `%s`", path);
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  if (rename(path, name) < 0)
    return error_sys(err, "giving `%s` the name `%s`", path, name);
  return files_sync_parent(name, err);
}

bool disk_copy_shares(const char *from, const char *dir) {
  cleanup_close int in = open(from, O_RDONLY | O_CLOEXEC);
  cleanup_close int out = open(dir, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
  return in >= 0 && out >= 0 && ioctl(out, FICLONE, in) == 0;
}

bool disk_copy_is_small(const char *from, uint64_t most_bytes) {
  uint64_t bytes = 0;
  struct error err;
  cleanup_close int in = open(from, O_RDONLY | O_CLOEXEC);
  return in >= 0 && each_range(in, -1, most_bytes, count_range, &bytes, &err) == 0 && bytes <= most_bytes;
}
