#include "session_store.h"

#include "clean.h"
#include "files.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* Members beside the specification. */
static const struct number {
  const char *name;
  size_t offset;
  unsigned size;
} numbers[] = {
#define NUMBER(name, member)                                                                                           \
  {name, offsetof(struct session_record, member), sizeof(((struct session_record *)0)->member)}
    NUMBER("state", state),
    NUMBER("created_ms", created_ms),
    NUMBER("init_pid", init_pid),
    NUMBER("init_start", init_start),
    NUMBER("device_sequence", device.sequence),
    NUMBER("image_epoch", image_epoch),
    NUMBER("image_bytes", image_bytes),
    NUMBER("image_origin", image_origin),
    NUMBER("disk_generation", disk_generation),
    NUMBER("quiesce_us", checkpoint.quiesce_us),
    NUMBER("freeze_us", checkpoint.freeze_us),
    NUMBER("dump_us", checkpoint.dump_us),
    NUMBER("pages_us", checkpoint.pages_us),
    NUMBER("write_us", checkpoint.write_us),
    NUMBER("release_us", checkpoint.release_us),
    NUMBER("stopped_at_us", checkpoint.stopped_at_us),
    NUMBER("dumped_bytes", checkpoint.image_bytes),
    NUMBER("dumped_processes", checkpoint.processes),
    NUMBER("restored_epoch", restored_epoch),
    NUMBER("prepare_us", restore.prepare_us),
    NUMBER("restore_us", restore.restore_us),
    NUMBER("resume_us", restore.resume_us),
    NUMBER("display_us", restore.display_us),
    NUMBER("running_at_us", restore.running_at_us),
    NUMBER("restored_processes", restore.processes),
    NUMBER("generation", spec.generation),
    NUMBER("disk_coming", disk_coming),
    NUMBER("disk_sent", disk_sent),
};

static uint64_t get(const struct session_record *r, const struct number *n) {
  const char *at = (const char *)r + n->offset;
  uint32_t narrow;
  uint64_t wide;
  if (n->size == sizeof narrow) {
    memcpy(&narrow, at, sizeof narrow);
    return narrow;
  }
  memcpy(&wide, at, sizeof wide);
  return wide;
}

static void put(struct session_record *r, const struct number *n, uint64_t value) {
  uint32_t narrow = (uint32_t)value;
  memcpy((char *)r + n->offset, n->size == sizeof narrow ? (void *)&narrow : (void *)&value, n->size);
}

static int record_path(const struct config *config, const char *id, char *out, size_t size, struct error *err) {
  return files_path(out, size, err, "%s/sessions/%s.json", config->state_dir, id);
}

int session_store_write(const struct config *config, const struct session_record *record, struct error *err) {
  char path[PATH_MAX];
  if (record_path(config, record->spec.id, path, sizeof path, err) < 0)
    return -1;
  cleanup_json json_t *spec = spec_to_json(&record->spec);
  cleanup_json json_t *o = json_pack("{s:O,s:s}", "spec", spec, "device", record->device.path);
  for (size_t i = 0; o && i < sizeof numbers / sizeof *numbers; i++)
    json_object_set_new(o, numbers[i].name, json_integer((json_int_t)get(record, &numbers[i])));
  return files_replace_json(path, o, err);
}

int session_store_remove(const struct config *config, const char *id, struct error *err) {
  char path[PATH_MAX];
  if (record_path(config, id, path, sizeof path, err) < 0)
    return -1;
  return unlink(path) == 0 || errno == ENOENT ? 0 : error_sys(err, "removing the record `%s`", path);
}

static int read_record(const struct config *config, const char *path, struct session_record *out, struct error *err) {
  json_error_t why;
  struct fields f;
  *out = (struct session_record){0};
  cleanup_json json_t *o = json_load_file(path, 0, &why);
  if (!o)
    return error_set(err, MOBIDESK_CORRUPT, "record `%s` does not parse: %s", path, why.text);
  fields_begin(&f, json_object_get(o, "spec"));
  if (spec_parse(&out->spec, &f, config, err) < 0)
    return error_prefix(err, "record `%s`", path);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    put(out, &numbers[i], (uint64_t)json_integer_value(json_object_get(o, numbers[i].name)));
  const char *device = json_string_value(json_object_get(o, "device"));
  snprintf(out->device.path, sizeof out->device.path, "%s", device ? device : "");
  return 0;
}

int session_store_each(const struct config *config, int (*each)(const struct session_record *, struct error *),
                       struct error *err) {
  char path[PATH_MAX];
  if (files_path(path, sizeof path, err, "%s/sessions", config->state_dir) < 0 || files_make_dirs(path, 0700, err) < 0)
    return -1;
  cleanup_dir DIR *dir = opendir(path);
  if (!dir)
    return error_sys(err, "opening `%s`", path);
  for (struct dirent *e; (e = readdir(dir));) {
    struct session_record record;
    size_t n = strlen(e->d_name);
    if (n < 6 || strcmp(e->d_name + n - 5, ".json") != 0)
      continue;
    if (files_path(path, sizeof path, err, "%s/sessions/%s", config->state_dir, e->d_name) < 0 ||
        read_record(config, path, &record, err) < 0 || each(&record, err) < 0)
      return -1;
  }
  return 0;
}
