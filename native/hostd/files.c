#include "files.h"

#include "clean.h"
#include "frame.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define REGULAR_MAX (1 << 20)

int files_make_dirs(const char *path, mode_t mode, struct error *err) {
  char part[PATH_MAX];
  if (files_path(part, sizeof part, err, "%s", path) < 0)
    return -1;
  for (char *slash = part + 1;; slash++) {
    bool last = *slash == '\0';
    if (!last && *slash != '/')
      continue;
    *slash = '\0';
    if (mkdir(part, last ? mode : 0755) < 0 && errno != EEXIST)
      return error_sys(err, "making the directory `%s`", part);
    if (last)
      return 0;
    *slash = '/';
  }
}

int files_path(char *out, size_t size, struct error *err, const char *format, ...) {
  va_list args;
  va_start(args, format);
  int n = vsnprintf(out, size, format, args);
  va_end(args);
  return n >= 0 && (size_t)n < size ? 0 : error_set(err, MOBIDESK_INVALID, "path `%.200s...` is too long", out);
}

int files_write(const char *path, const char *text, struct error *err) {
  cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return error_sys(err, "opening `%s`", path);
  ssize_t n = write(fd, text, strlen(text));
  return n == (ssize_t)strlen(text) ? 0 : error_sys(err, "writing `%s` to `%s`", text, path);
}

ssize_t files_read(const char *path, char *out, size_t size, struct error *err) {
  cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return error_sys(err, "opening `%s`", path);
  size_t done = 0;
  while (done < size - 1) {
    ssize_t n = read(fd, out + done, size - 1 - done);
    if (n < 0 && errno != EINTR)
      return error_sys(err, "reading `%s`", path);
    if (n == 0)
      break;
    done += n > 0 ? (size_t)n : 0;
  }
  out[done] = '\0';
  return (ssize_t)done;
}

char *files_read_regular(const char *path, struct error *err) {
  struct stat st;
  cleanup_close int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) < 0) {
    error_sys(err, "opening `%s`", path);
    return NULL;
  }
  if (!S_ISREG(st.st_mode) || st.st_size > REGULAR_MAX) {
    error_set(err, MOBIDESK_CONFLICT, "`%s` is not a file, or larger than %d bytes", path, REGULAR_MAX);
    return NULL;
  }
  cleanup_free char *text = malloc((size_t)st.st_size + 1);
  ssize_t n = text ? read(fd, text, (size_t)st.st_size) : -1;
  if (n < 0) {
    error_sys(err, "reading `%s`", path);
    return NULL;
  }
  text[n] = '\0';
  char *result = text;
  text = NULL;
  return result;
}

int files_put(const char *path, const char *text, mode_t mode, struct error *err) {
  char temporary[PATH_MAX];
  if (files_path(temporary, sizeof temporary, err, "%s.mobidesk", path) < 0)
    return -1;
  unlink(temporary);
  cleanup_close int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return error_sys(err, "creating `%s`", temporary);
  int r = frame_write_all(fd, text, strlen(text));
  if (r < 0) {
    errno = -r;
    return error_sys(err, "writing `%s`", temporary);
  }
  return fchmod(fd, mode) == 0 && rename(temporary, path) == 0 ? 0 : error_sys(err, "replacing `%s`", path);
}

int files_read_number(const char *path, uint64_t *out, struct error *err) {
  char text[64], *end;
  if (files_read(path, text, sizeof text, err) < 0)
    return -1;
  *out = strtoull(text, &end, 10);
  return end != text ? 0 : error_set(err, MOBIDESK_INTERNAL, "`%s` does not hold a number", path);
}

int files_sync_parent(const char *path, struct error *err) {
  char parent[PATH_MAX];
  snprintf(parent, sizeof parent, "%s", path);
  *strrchr(parent, '/') = '\0';
  cleanup_close int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return fd >= 0 && fsync(fd) == 0 ? 0 : error_sys(err, "syncing the directory `%s`", parent);
}

int files_replace_json(const char *path, const json_t *object, struct error *err) {
  char temporary[PATH_MAX];
  if (files_path(temporary, sizeof temporary, err, "%s.new", path) < 0)
    return -1;
  cleanup_free char *text = json_dumps(object, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
  if (!text)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory to write `%s`", path);
  cleanup_close int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return error_sys(err, "creating `%s`", temporary);
  int r = frame_write_all(fd, text, strlen(text));
  if (r < 0) {
    errno = -r;
    return error_sys(err, "writing `%s`", temporary);
  }
  if (fdatasync(fd) < 0 || rename(temporary, path) < 0)
    return error_sys(err, "replacing `%s`", path);
  return files_sync_parent(path, err);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *where) {
  (void)st;
  (void)where;
  return type == FTW_DP ? rmdir(path) : unlink(path);
}

int files_remove_tree(const char *path, struct error *err) {
  if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0 && errno != ENOENT)
    return error_sys(err, "removing `%s`", path);
  return 0;
}

uint64_t files_dir_bytes(const char *path) {
  cleanup_dir DIR *dir = opendir(path);
  uint64_t total = 0;
  struct stat st;
  for (struct dirent *e; dir && (e = readdir(dir));)
    if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
      total += (uint64_t)st.st_blocks * 512;
  return total;
}
