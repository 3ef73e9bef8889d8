#include "image_copy.h"

#include "clean.h"
#include "disk_snapshot.h"
#include "files.h"
#include "image.h"
#include "image_keys.h"
#include "log.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int image_copy_forget(const struct config *config, struct session *s, struct error *err) {
  struct session_record next = s->record;
  next.image_epoch = 0;
  next.image_bytes = 0;
  return image_remove(config, next.spec.id, s->record.image_epoch, err) < 0 ? -1 : session_update(s, &next, err);
}

void image_copy_give_up(const struct config *config, struct session *s) {
  struct error err;
  const struct session_record *r = &s->record;
  if (disk_snapshot_remove(config, r->spec.id, r->image_epoch, &err) < 0)
    log_error("copy", "session=%s message=\"%s\"", r->spec.id, err.message);
  if (image_copy_forget(config, s, &err) < 0)
    log_error("copy", "session=%s message=\"%s\"", s->record.spec.id, err.message);
}

/* Its image is on the storage: the daemon died before it could forget the copy. */
static bool is_stored(const struct config *config, const struct session_record *r) {
  char path[PATH_MAX];
  struct error err;
  return files_path(path, sizeof path, &err, "%s/images/%s.%lu", config->storage_dir, r->spec.id, r->image_epoch) ==
             0 &&
         access(path, F_OK) == 0;
}

/* The next one is encrypted with this. */
static int need_key(const struct image_keys *keys, struct error *err) {
  unsigned char key[IMAGE_STORAGE_KEY];
  if (!keys->storage_key[0])
    return error_set(err, MOBIDESK_UNSUPPORTED,
                     "images cannot be kept: this server has no storage key (`storage_key` in hostd.conf)");
  int r = image_keys_storage(keys, keys->storage_key, key, err);
  explicit_bzero(key, sizeof key);
  return r;
}

int image_copy_prepare(const struct config *config, const char *id, uint64_t epoch, struct error *err) {
  struct session *s;
  int r = 0;
  if (need_key(image_keys(), err) < 0 || session_begin(id, &s, err) < 0)
    return -1;
  if (s->record.state == MOBIDESK_RUNNING && s->record.spec.epoch == epoch && s->record.image_epoch) {
    log_warning("copy-not-stored", "session=%s epoch=%lu", id, s->record.image_epoch);
    if (is_stored(config, &s->record))
      r = image_copy_forget(config, s, err);
    else
      image_copy_give_up(config, s);
  }
  session_end(s);
  return r;
}

/* ID.EPOCH; ids have no dots. */
static bool is_before(const char *name, const char *id, uint64_t before, uint64_t *epoch) {
  char *end;
  size_t length = strlen(id);
  if (strncmp(name, id, length) != 0 || name[length] != '.')
    return false;
  *epoch = strtoull(name + length + 1, &end, 10);
  return !*end && *epoch < before;
}

int image_copy_prune(const struct config *config, const char *id, uint64_t epoch, struct error *err) {
  char dir[PATH_MAX];
  uint64_t older;
  if (files_path(dir, sizeof dir, err, "%s/images", config->storage_dir) < 0)
    return -1;
  cleanup_dir DIR *d = opendir(dir);
  if (!d)
    return errno == ENOENT ? 0 : error_sys(err, "opening `%s`", dir);
  for (struct dirent *e; (e = readdir(d));) {
    if (!is_before(e->d_name, id, epoch, &older))
      continue;
    if (disk_snapshot_remove(config, id, older, err) < 0)
      return -1;
    if (unlinkat(dirfd(d), e->d_name, 0) < 0 && errno != ENOENT)
      return error_sys(err, "removing the stored image `%s` in `%s`", e->d_name, dir);
  }
  return 0;
}
