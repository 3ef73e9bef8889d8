#include "epochs.h"

#include "clean.h"
#include "files.h"

#include <errno.h>
#include <fcntl.h>

static int path_of(const struct config *config, const char *id, char out[PATH_MAX], struct error *err) {
  return files_path(out, PATH_MAX, err, "%s/epochs/%s", config->state_dir, id);
}

/* 0 when none was seen. */
static int seen(const char *path, uint64_t *out, struct error *err) {
  *out = 0;
  return access(path, F_OK) < 0 && errno == ENOENT ? 0 : files_read_number(path, out, err);
}

int epochs_check(const struct config *config, const char *id, uint64_t epoch, struct error *err) {
  char path[PATH_MAX];
  uint64_t highest;
  if (path_of(config, id, path, err) < 0 || seen(path, &highest, err) < 0)
    return -1;
  if (epoch >= highest)
    return 0;
  return error_set(err, MOBIDESK_STALE_EPOCH, "epoch %lu of session `%s` is over: it was seen here at %lu", epoch, id,
                   highest);
}

int epochs_remember(const struct config *config, const char *id, uint64_t epoch, struct error *err) {
  char path[PATH_MAX], dir[PATH_MAX], temporary[PATH_MAX];
  uint64_t highest;
  if (path_of(config, id, path, err) < 0 || seen(path, &highest, err) < 0)
    return -1;
  if (epoch <= highest)
    return 0;
  if (files_path(dir, sizeof dir, err, "%s/epochs", config->state_dir) < 0 || files_make_dirs(dir, 0700, err) < 0 ||
      files_path(temporary, sizeof temporary, err, "%s/.%s.new", dir, id) < 0)
    return -1;
  cleanup_close int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || dprintf(fd, "%lu\n", epoch) < 0 || fsync(fd) < 0 || rename(temporary, path) < 0)
    return error_sys(err, "remembering the epoch of session `%s` in `%s`", id, path);
  return 0;
}

int epochs_forget(const struct config *config, const char *id, struct error *err) {
  char path[PATH_MAX];
  if (path_of(config, id, path, err) < 0)
    return -1;
  return unlink(path) == 0 || errno == ENOENT ? 0 : error_sys(err, "removing `%s`", path);
}
