#include "image.h"

#include "clean.h"
#include "disk_lease.h"
#include "event.h"
#include "files.h"
#include "image_archive.h"
#include "log.h"
#include "needs.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#define IMAGE_FORMAT 2

static struct image_keys keys;

const struct image_keys *image_keys(void) { return &keys; }

/* An earlier daemon's tmpfs; a directory of another one, as of /run or /tmp, has another limit than ours, and others
 * who need its space. */
static bool is_own_tmpfs(const char *dir) {
  char parent[PATH_MAX];
  struct statfs fs;
  struct stat here, above;
  struct error err;
  return statfs(dir, &fs) == 0 && fs.f_type == TMPFS_MAGIC &&
         files_path(parent, sizeof parent, &err, "%s/..", dir) == 0 && stat(dir, &here) == 0 &&
         stat(parent, &above) == 0 && here.st_dev != above.st_dev;
}

int image_open(const struct config *config, struct error *err) {
  char options[64];
  if (image_keys_open(&keys, config->keys_dir, config->storage_key, err) < 0 ||
      files_make_dirs(config->images_dir, 0700, err) < 0)
    return -1;
  if (is_own_tmpfs(config->images_dir))
    return 0;
  if (config->image_memory)
    snprintf(options, sizeof options, "mode=0700,size=%lu", config->image_memory);
  else
    snprintf(options, sizeof options, "mode=0700,size=50%%");
  if (mount("mobidesk-images", config->images_dir, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) < 0)
    return error_sys(err, "mounting a tmpfs for checkpoint images at `%s`", config->images_dir);
  return 0;
}

int image_path(const struct config *config, const char *id, uint64_t epoch, char *out, size_t size, struct error *err) {
  return files_path(out, size, err, "%s/%s.%lu", config->images_dir, id, epoch);
}

/* Restored processes open parts of it with the rights of the session's root; IMAGES_DIR keeps everybody else out. */
static int begin(const char *path, struct error *err) {
  return files_remove_tree(path, err) < 0 ? -1 : files_make_dirs(path, 0755, err);
}

int image_begin(const struct config *config, const char *id, uint64_t epoch, char *path, size_t size,
                struct error *err) {
  return image_path(config, id, epoch, path, size, err) < 0 ? -1 : begin(path, err);
}

int image_begin_coming(const struct config *config, const char *id, uint64_t epoch, char *path, size_t size,
                       struct error *err) {
  return files_path(path, size, err, "%s/%s.%lu-coming", config->images_dir, id, epoch) < 0 ? -1 : begin(path, err);
}

static int manifest_path(const struct config *config, const char *id, uint64_t epoch, char *out, size_t size,
                         struct error *err) {
  return files_path(out, size, err, "%s/%s.%lu/" IMAGE_MANIFEST, config->images_dir, id, epoch);
}

int image_finish(const struct config *config, const struct spec *spec, uint32_t processes, const json_t *whole,
                 const struct precopy_parent *parent, struct error *err) {
  char path[PATH_MAX];
  struct disk_lease lease;
  if (manifest_path(config, spec->id, spec->epoch, path, sizeof path, err) < 0 ||
      disk_lease_read(config, spec->id, &lease, err) < 0)
    return -1;
  json_t *needs = needs_of_host(err);
  if (!needs)
    return -1;
  cleanup_json json_t *o = json_pack(
      "{s:i,s:o,s:i,s:I,s:s,s:o,s:O}", "format", IMAGE_FORMAT, "spec", spec_to_json(spec), "processes", (int)processes,
      "disk_generation", (json_int_t)lease.generation, "server", config->instance, "needs", needs, "whole", whole);
  if (!o)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory for the manifest of session `%s`", spec->id);
  if (parent->table >= 0 && json_object_set_new(o, "after", precopy_describe(parent)) < 0)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory for the manifest of session `%s`", spec->id);
  return json_dump_file(o, path, JSON_COMPACT) == 0 ? 0 : error_sys(err, "writing `%s`", path);
}

int image_check(const struct config *config, const char *id, uint64_t epoch, struct image_manifest *out,
                struct error *err) {
  char path[PATH_MAX];
  struct fields f;
  if (manifest_path(config, id, epoch, path, sizeof path, err) < 0)
    return -1;
  cleanup_json json_t *o = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
  if (!o)
    return error_set(err, MOBIDESK_NOT_FOUND, "no image of session `%s` at epoch %lu is in memory here", id, epoch);
  if (json_integer_value(json_object_get(o, "format")) != IMAGE_FORMAT)
    return error_set(err, MOBIDESK_UNSUPPORTED, "the image of session `%s` is of another format", id);
  fields_begin(&f, json_object_get(o, "spec"));
  if (spec_parse(&out->spec, &f, config, err) < 0 || fields_end(&f, err) < 0)
    return error_prefix(err, "the image's manifest");
  if (strcmp(out->spec.id, id) != 0 || out->spec.epoch != epoch)
    return error_set(err, MOBIDESK_CORRUPT, "the image is of session `%s` at epoch %lu, not of `%s` at %lu",
                     out->spec.id, out->spec.epoch, id, epoch);
  out->processes = (uint32_t)json_integer_value(json_object_get(o, "processes"));
  out->disk_generation = (uint64_t)json_integer_value(json_object_get(o, "disk_generation"));
  return needs_check(json_object_get(o, "needs"), err);
}

json_t *image_whole(const struct config *config, const char *id, uint64_t epoch, struct error *err) {
  char path[PATH_MAX];
  if (manifest_path(config, id, epoch, path, sizeof path, err) < 0)
    return NULL;
  cleanup_json json_t *o = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
  json_t *whole = json_object_get(o, "whole");
  if (json_is_object(whole))
    return json_incref(whole);
  error_set(err, MOBIDESK_CORRUPT, "`%s` does not say what the session was", path);
  return NULL;
}

bool image_present(const struct config *config, const char *id, uint64_t epoch) {
  char path[PATH_MAX];
  struct error err;
  return manifest_path(config, id, epoch, path, sizeof path, &err) == 0 && access(path, F_OK) == 0;
}

/* With what it leaves out, which is in its parents. */
uint64_t image_bytes(const struct config *config, const char *id, uint64_t epoch) {
  char path[PATH_MAX];
  struct error err;
  uint64_t bytes = 0;
  if (image_path(config, id, epoch, path, sizeof path, &err) < 0)
    return 0;
  for (size_t end = strlen(path); access(path, F_OK) == 0 && end + sizeof "/" PRECOPY_PARENT < sizeof path;
       end += sizeof "/" PRECOPY_PARENT - 1) {
    bytes += files_dir_bytes(path);
    memcpy(path + end, "/" PRECOPY_PARENT, sizeof "/" PRECOPY_PARENT);
  }
  return bytes;
}

int image_remove(const struct config *config, const char *id, uint64_t epoch, struct error *err) {
  char path[PATH_MAX];
  return image_path(config, id, epoch, path, sizeof path, err) < 0 ? -1 : files_remove_tree(path, err);
}

/* Ids have no dots, so what follows the last one is the epoch. */
static bool belongs_to(const char *name, const char *id) {
  const char *dot = strrchr(name, '.');
  return dot && (size_t)(dot - name) == strlen(id) && strncmp(name, id, strlen(id)) == 0;
}

int image_remove_all(const struct config *config, const char *id, struct error *err) {
  cleanup_dir DIR *dir = opendir(config->images_dir);
  char path[PATH_MAX];
  for (struct dirent *e; dir && (e = readdir(dir));)
    if (belongs_to(e->d_name, id) && (files_path(path, sizeof path, err, "%s/%s", config->images_dir, e->d_name) < 0 ||
                                      files_remove_tree(path, err) < 0))
      return -1;
  return 0;
}

uint64_t image_free_bytes(const struct config *config) {
  struct statvfs fs;
  return statvfs(config->images_dir, &fs) < 0 ? 0 : (uint64_t)fs.f_bavail * fs.f_frsize;
}

void image_report_refusal(const char *id, uint64_t epoch, const struct error *why) {
  log_warning("image-refused", "session=%s epoch=%lu code=%d message=\"%s\"", id, epoch, why->code, why->message);
  event_add(MOBIDESK_EVENT_IMAGE_REFUSED, id, epoch, 0, why->message);
}
