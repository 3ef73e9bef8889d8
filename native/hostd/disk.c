#include "disk.h"

#include "clean.h"
#include "disk_lease.h"
#include "disk_snapshot.h"
#include "files.h"
#include "hostd.h"
#include "log.h"
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

/* Below this ext4 would not fit with its journal of 32 MiB. */
#define DISK_MIN (256ull << 20)

int disk_path(const struct config *config, const char *id, char *out, size_t size, struct error *err) {
  return files_path(out, size, err, "%s/disks/%s.ext4", config->storage_dir, id);
}

static int make_file(const char *path, uint64_t bytes, struct error *err) {
  cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return error_sys(err, "creating the session disk `%s`", path);
  if (ftruncate(fd, (off_t)bytes) < 0)
    return error_sys(err, "making the session disk `%s` %lu bytes large", path, bytes);
  return 0;
}

/* The options keep the making short and the file sparse: tables and journal are initialized when they are first used.
 */
static int make_file_system(const char *path, struct error *err) {
  const char *argv[] = {"mkfs.ext4",
                        "-q",
                        "-F",
                        "-b",
                        "4096",
                        "-m",
                        "0",
                        "-I",
                        "256",
                        "-J",
                        "size=32",
                        "-E",
                        "lazy_itable_init=1,lazy_journal_init=1,nodiscard",
                        path,
                        NULL};
  return program_run(argv, err);
}

int disk_create(const struct config *config, const char *id, uint64_t bytes, bool *fresh, struct error *err) {
  char path[PATH_MAX], temporary[PATH_MAX], dir[PATH_MAX];
  if (disk_path(config, id, path, sizeof path, err) < 0 ||
      files_path(temporary, sizeof temporary, err, "%s.new", path) < 0 ||
      files_path(dir, sizeof dir, err, "%s/disks", config->storage_dir) < 0)
    return -1;
  uint64_t begun = hostd_now_us();
  *fresh = access(path, F_OK) < 0;
  if (!*fresh)
    return 0;
  if (bytes < DISK_MIN)
    return error_set(err, MOBIDESK_INVALID, "a session disk has at least %llu bytes", DISK_MIN);
  if (files_make_dirs(dir, 0700, err) < 0 || make_file(temporary, bytes, err) < 0)
    return -1;
  if (make_file_system(temporary, err) < 0) {
    unlink(temporary);
    return -1;
  }
  if (rename(temporary, path) < 0)
    return error_sys(err, "putting the session disk `%s` in place", path);
  log_info("disk-created", "id=%s bytes=%lu us=%lu", id, bytes, hostd_now_us() - begun);
  return 0;
}

int disk_check(const struct config *config, const char *id, struct error *err) {
  char path[PATH_MAX];
  if (disk_path(config, id, path, sizeof path, err) < 0)
    return -1;
  if (access(path, R_OK | W_OK) == 0)
    return 0;
  return error_set(err, MOBIDESK_NOT_FOUND, "the disk of session `%s` is not on this server's storage (`%s`)", id,
                   path);
}

int disk_drop(const struct config *config, const char *id, struct error *err) {
  char path[PATH_MAX];
  if (disk_path(config, id, path, sizeof path, err) < 0)
    return -1;
  if (unlink(path) < 0 && errno != ENOENT)
    return error_sys(err, "removing the session disk `%s`", path);
  return disk_lease_remove(config, id, err);
}

int disk_remove(const struct config *config, const char *id, struct error *err) {
  return disk_drop(config, id, err) < 0 ? -1 : disk_snapshot_remove_all(config, id, err);
}

uint64_t disk_allocated(const struct config *config, const char *id) {
  char path[PATH_MAX];
  struct stat st;
  struct error err;
  if (disk_path(config, id, path, sizeof path, &err) < 0 || stat(path, &st) < 0)
    return 0;
  return (uint64_t)st.st_blocks * 512;
}
