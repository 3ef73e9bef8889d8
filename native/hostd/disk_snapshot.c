#include "disk_snapshot.h"

#include "clean.h"
#include "disk.h"
#include "disk_lease.h"
#include "files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int snapshot_path(const struct config *config, const char *id, uint64_t epoch, const char *suffix, char *out,
                         size_t size, struct error *err) {
  return files_path(out, size, err, "%s/snapshots/%s.%lu.%s", config->storage_dir, id, epoch, suffix);
}

static bool present(const struct config *config, const char *id, uint64_t epoch, const char *suffix) {
  char path[PATH_MAX];
  struct error err;
  return snapshot_path(config, id, epoch, suffix, path, sizeof path, &err) == 0 && access(path, F_OK) == 0;
}

bool disk_snapshot_present(const struct config *config, const char *id, uint64_t epoch) {
  return present(config, id, epoch, "ext4");
}

/* Before the copy, so that a snapshot always has one. */
static int write_generation(const struct config *config, const char *id, uint64_t epoch, struct error *err) {
  char path[PATH_MAX];
  struct disk_lease lease;
  if (disk_lease_read(config, id, &lease, err) < 0 ||
      snapshot_path(config, id, epoch, "json", path, sizeof path, err) < 0)
    return -1;
  cleanup_json json_t *o = json_pack("{s:I}", "generation", (json_int_t)lease.generation);
  return files_replace_json(path, o, err);
}

static int read_generation(const struct config *config, const char *id, uint64_t epoch, uint64_t *out,
                           struct error *err) {
  char path[PATH_MAX];
  json_int_t generation;
  if (snapshot_path(config, id, epoch, "json", path, sizeof path, err) < 0)
    return -1;
  cleanup_json json_t *o = json_load_file(path, 0, NULL);
  if (!o || json_unpack(o, "{s:I}", "generation", &generation) < 0)
    return error_set(err, MOBIDESK_CORRUPT, "`%s` does not say which generation of the disk the snapshot is", path);
  *out = (uint64_t)generation;
  return 0;
}

int disk_snapshot_take(const struct config *config, const char *id, uint64_t epoch, struct disk_copy *out,
                       struct error *err) {
  char dir[PATH_MAX], disk[PATH_MAX], path[PATH_MAX];
  *out = (struct disk_copy){0};
  if (disk_snapshot_present(config, id, epoch))
    return 0;
  if (files_path(dir, sizeof dir, err, "%s/snapshots", config->storage_dir) < 0 ||
      files_make_dirs(dir, 0700, err) < 0 || disk_path(config, id, disk, sizeof disk, err) < 0 ||
      snapshot_path(config, id, epoch, "new", path, sizeof path, err) < 0 ||
      write_generation(config, id, epoch, err) < 0)
    return -1;
  return disk_copy(disk, path, out, err);
}

int disk_snapshot_keep(const struct config *config, const char *id, uint64_t epoch, struct error *err) {
  char taken[PATH_MAX], kept[PATH_MAX];
  if (disk_snapshot_present(config, id, epoch))
    return 0;
  if (snapshot_path(config, id, epoch, "new", taken, sizeof taken, err) < 0 ||
      snapshot_path(config, id, epoch, "ext4", kept, sizeof kept, err) < 0)
    return -1;
  return disk_copy_publish(taken, kept, err);
}

/* `source` becomes the disk of `id`, whatever was there. The lease is reset before the new inode has the name: a server
 * that still believes it has the disk cannot confirm that any more. */
static int replace_disk(const struct config *config, const char *source, const char *id, uint64_t generation,
                        struct disk_copy *out, struct error *err) {
  char disk[PATH_MAX], part[PATH_MAX];
  if (disk_path(config, id, disk, sizeof disk, err) < 0 || files_path(part, sizeof part, err, "%s.copy", disk) < 0 ||
      disk_copy(source, part, out, err) < 0)
    return -1;
  if (disk_lease_reset(config, id, generation, err) == 0 && disk_copy_publish(part, disk, err) == 0)
    return 0;
  unlink(part);
  return -1;
}

static int find_snapshot(const struct config *config, const char *id, uint64_t epoch, char *path, size_t size,
                         uint64_t *generation, struct error *err) {
  if (!disk_snapshot_present(config, id, epoch))
    return error_set(err, MOBIDESK_NOT_FOUND, "there is no snapshot of the disk of session `%s` at epoch %lu", id,
                     epoch);
  return snapshot_path(config, id, epoch, "ext4", path, size, err) < 0
             ? -1
             : read_generation(config, id, epoch, generation, err);
}

int disk_snapshot_put_back(const struct config *config, const char *id, uint64_t epoch, struct disk_copy *out,
                           struct error *err) {
  char path[PATH_MAX];
  uint64_t generation;
  return find_snapshot(config, id, epoch, path, sizeof path, &generation, err) < 0
             ? -1
             : replace_disk(config, path, id, generation, out, err);
}

int disk_snapshot_clone(const struct config *config, const char *from, uint64_t epoch, const char *id,
                        struct disk_copy *out, struct error *err) {
  char path[PATH_MAX];
  uint64_t generation;
  struct error absent;
  if (disk_check(config, id, &absent) == 0)
    return error_set(err, MOBIDESK_CONFLICT, "session `%s` has a disk already", id);
  return find_snapshot(config, from, epoch, path, sizeof path, &generation, err) < 0
             ? -1
             : replace_disk(config, path, id, generation, out, err);
}

int disk_fence(const struct config *config, const char *id, struct disk_copy *out, struct error *err) {
  char disk[PATH_MAX];
  struct disk_lease lease;
  if (disk_check(config, id, err) < 0 || disk_path(config, id, disk, sizeof disk, err) < 0 ||
      disk_lease_read(config, id, &lease, err) < 0)
    return -1;
  return replace_disk(config, disk, id, lease.generation, out, err);
}

int disk_snapshot_remove(const struct config *config, const char *id, uint64_t epoch, struct error *err) {
  static const char *const suffixes[] = {"ext4", "new", "json"};
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
    char path[PATH_MAX];
    if (snapshot_path(config, id, epoch, suffixes[i], path, sizeof path, err) < 0)
      return -1;
    if (unlink(path) < 0 && errno != ENOENT)
      return error_sys(err, "removing `%s`", path);
  }
  return 0;
}

/* Ids have no dots. */
static bool belongs_to(const char *name, const char *id) {
  size_t n = strlen(id);
  return strncmp(name, id, n) == 0 && name[n] == '.';
}

static DIR *open_snapshots(const struct config *config) {
  char path[PATH_MAX];
  struct error err;
  return files_path(path, sizeof path, &err, "%s/snapshots", config->storage_dir) == 0 ? opendir(path) : NULL;
}

int disk_snapshot_remove_all(const struct config *config, const char *id, struct error *err) {
  cleanup_dir DIR *dir = open_snapshots(config);
  for (struct dirent *e; dir && (e = readdir(dir));)
    if (belongs_to(e->d_name, id) && unlinkat(dirfd(dir), e->d_name, 0) < 0 && errno != ENOENT)
      return error_sys(err, "removing the snapshot `%s`", e->d_name);
  return 0;
}

uint64_t disk_snapshot_bytes(const struct config *config, const char *id) {
  cleanup_dir DIR *dir = open_snapshots(config);
  uint64_t total = 0;
  struct stat st;
  for (struct dirent *e; dir && (e = readdir(dir));)
    if (belongs_to(e->d_name, id) && fstatat(dirfd(dir), e->d_name, &st, 0) == 0)
      total += (uint64_t)st.st_blocks * 512;
  return total;
}
