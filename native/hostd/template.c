#include "template.h"

#include "clean.h"
#include "cpu.h"
#include "files.h"
#include "log.h"
#include "loop.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* A layer is mounted idmapped, and in such a one the overlay reads the access control list of each directory on a path
 * anew and with locks. Packages have none (docs/templates.md). */
#define WITHOUT_ACL "noacl"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int template_check_id(const char *id, struct error *err) {
  size_t n = strlen(id);
  const char *dash = strrchr(id, '-');
  if (n >= MOBIDESK_NAME_SIZE || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789.-") != n || !dash || dash == id ||
      !dash[1] || id[0] == '.')
    return error_set(err, MOBIDESK_INVALID, "template `%.64s` is not NAME-VERSION of a-z, 0-9, . and -", id);
  return 0;
}

/* The layers that a description names, the topmost first; one without any is of the image with its own name. */
static int read_layers(const char *path, const char *id, json_t *description, char names[][MOBIDESK_NAME_SIZE],
                       unsigned *count, struct error *err) {
  json_t *layers = json_object_get(description, "layers");
  *count = 0;
  if (!layers) {
    snprintf(names[(*count)++], MOBIDESK_NAME_SIZE, "%s", id);
    return 0;
  }
  size_t n = json_array_size(layers);
  if (n == 0 || n > TEMPLATE_LAYERS_MAX)
    return error_set(err, MOBIDESK_CORRUPT, "`%s`: `layers` must name 1 to %d layers", path, TEMPLATE_LAYERS_MAX);
  for (size_t i = 0; i < n; i++) {
    const char *name = json_string_value(json_array_get(layers, i));
    if (!name || template_check_id(name, err) < 0)
      return error_set(err, MOBIDESK_CORRUPT, "`%s`: layer %zu is not a name", path, i);
    snprintf(names[(*count)++], MOBIDESK_NAME_SIZE, "%s", name);
  }
  return 0;
}

static json_t *load(const struct config *config, const char *id, char names[][MOBIDESK_NAME_SIZE], unsigned *count,
                    struct error *err) {
  char path[PATH_MAX];
  json_error_t why;
  if (files_path(path, sizeof path, err, "%s/%s.json", config->templates_dir, id) < 0)
    return NULL;
  if (access(path, F_OK) < 0) {
    error_set(err, MOBIDESK_NOT_FOUND, "template `%s` is not on this server (no `%s`)", id, path);
    return NULL;
  }
  cleanup_json json_t *file = json_load_file(path, 0, &why);
  if (!file)
    error_set(err, MOBIDESK_CORRUPT, "`%s` does not parse: %s", path, why.text);
  else if (read_layers(path, id, file, names, count, err) == 0)
    return steal_pointer(&file);
  return NULL;
}

static int check_cpu(const json_t *description, struct error *err) {
  const char *baseline = json_string_value(json_object_get(description, "cpu_baseline"));
  return baseline ? cpu_check_baseline(baseline, err) : 0;
}

/* What is not there, or does not parse, is told when the template is mounted. */
int template_check_cpu(const struct config *config, const char *id, struct error *err) {
  char names[TEMPLATE_LAYERS_MAX][MOBIDESK_NAME_SIZE];
  unsigned count;
  struct error ignored;
  cleanup_json json_t *description = load(config, id, names, &count, &ignored);
  return check_cpu(description, err) < 0 ? error_prefix(err, "template `%s`", id) : 0;
}

/* A description without its images is a template that is being copied here. */
static json_t *describe(const struct config *config, const char *id) {
  char names[TEMPLATE_LAYERS_MAX][MOBIDESK_NAME_SIZE], path[PATH_MAX];
  unsigned count;
  struct error err, unfit = {0};
  struct stat st;
  uint64_t bytes = 0;
  cleanup_json json_t *file = load(config, id, names, &count, &err);
  const char *name = json_string_value(json_object_get(file, "name"));
  const char *version = json_string_value(json_object_get(file, "version"));
  if (!name || !version) {
    log_warning("template", "id=%s message=\"%s\"", id, file ? "has no name and version" : err.message);
    return NULL;
  }
  for (unsigned i = 0; i < count; i++) {
    if (files_path(path, sizeof path, &err, "%s/%s.erofs", config->templates_dir, names[i]) < 0 || stat(path, &st) < 0)
      return NULL;
    bytes += (uint64_t)st.st_size;
  }
  check_cpu(file, &unfit);
  unfit.message[MOBIDESK_NAME_SIZE - 1] = '\0';
  return json_pack("{s:s,s:s,s:s,s:I,s:s}", "id", id, "name", name, "version", version, "bytes", (json_int_t)bytes,
                   "unfit", unfit.message);
}

struct found {
  char id[MOBIDESK_NAME_SIZE];
  struct timespec modified;
};

static int is_description(const struct dirent *e) {
  size_t n = strlen(e->d_name);
  return n >= 7 && n - 5 < MOBIDESK_NAME_SIZE && strcmp(e->d_name + n - 5, ".json") == 0;
}

static int older_first(const void *a, const void *b) {
  const struct found *x = a, *y = b;
  if (x->modified.tv_sec != y->modified.tv_sec)
    return x->modified.tv_sec < y->modified.tv_sec ? -1 : 1;
  if (x->modified.tv_nsec != y->modified.tv_nsec)
    return x->modified.tv_nsec < y->modified.tv_nsec ? -1 : 1;
  return strcmp(x->id, y->id);
}

int template_list(const struct config *config, json_t *out, struct error *err) {
  struct dirent **entries;
  int n = scandir(config->templates_dir, &entries, is_description, NULL);
  if (n < 0 && errno == ENOENT)
    return 0;
  if (n < 0)
    return error_sys(err, "reading the templates directory `%s`", config->templates_dir);
  cleanup_free struct found *found = calloc((size_t)n + 1, sizeof *found);
  size_t count = 0;
  for (int i = 0; i < n; i++) {
    char path[PATH_MAX];
    struct error ignored;
    struct stat st;
    if (found && files_path(path, sizeof path, &ignored, "%s/%s", config->templates_dir, entries[i]->d_name) == 0 &&
        stat(path, &st) == 0) {
      snprintf(found[count].id, sizeof found[count].id, "%.*s", (int)(strlen(entries[i]->d_name) - 5),
               entries[i]->d_name);
      found[count++].modified = st.st_mtim;
    }
    free(entries[i]);
  }
  free(entries);
  if (!found)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory to list the templates");
  qsort(found, count, sizeof *found, older_first);
  for (size_t i = 0; i < count; i++) {
    struct error malformed;
    json_t *one = template_check_id(found[i].id, &malformed) == 0 ? describe(config, found[i].id) : NULL;
    if (one)
      json_array_append_new(out, one);
  }
  return 0;
}

static bool is_mount_point(const char *path) {
  char parent[PATH_MAX];
  struct stat inner, outer;
  snprintf(parent, sizeof parent, "%s/..", path);
  return stat(path, &inner) == 0 && stat(parent, &outer) == 0 && inner.st_dev != outer.st_dev;
}

/* A device that still serves sessions of an earlier daemon is used again, so that the page cache stays shared. */
static int mount_image(const char *image, const char *path, struct error *err) {
  struct loop_device device;
  cleanup_close int fd = -1;
  int found = loop_find(image, device.path, sizeof device.path, &fd, err);
  if (found < 0)
    return -1;
  if (found == 0 && (fd = loop_attach(image, true, &device, err)) < 0)
    return -1;
  if (mount(device.path, path, "erofs", MS_RDONLY | MS_NODEV, WITHOUT_ACL) < 0)
    return error_sys(err, "mounting the template `%s`", image);
  return 0;
}

static int mount_layer(const struct config *config, const char *name, char *path, size_t size, struct error *err) {
  char image[PATH_MAX];
  if (files_path(path, size, err, "%s/templates/%s", config->run_dir, name) < 0 ||
      files_path(image, sizeof image, err, "%s/%s.erofs", config->templates_dir, name) < 0)
    return -1;
  if (is_mount_point(path))
    return 0;
  if (access(image, F_OK) < 0)
    return error_set(err, MOBIDESK_NOT_FOUND, "layer `%s` is not on this server (no `%s`)", name, image);
  return files_make_dirs(path, 0755, err) < 0 ? -1 : mount_image(image, path, err);
}

int template_mount(const struct config *config, const char *id, struct template_layers *out, struct error *err) {
  char names[TEMPLATE_LAYERS_MAX][MOBIDESK_NAME_SIZE];
  if (template_check_id(id, err) < 0)
    return -1;
  cleanup_json json_t *description = load(config, id, names, &out->count, err);
  if (!description)
    return -1;
  pthread_mutex_lock(&lock);
  int r = 0;
  for (unsigned i = 0; i < out->count && r == 0; i++)
    r = mount_layer(config, names[i], out->dirs[i], sizeof out->dirs[i], err);
  pthread_mutex_unlock(&lock);
  return r < 0 ? error_prefix(err, "template `%s`", id) : 0;
}

void template_unmount_all(const struct config *config) {
  char path[PATH_MAX];
  struct error err;
  if (files_path(path, sizeof path, &err, "%s/templates", config->run_dir) < 0)
    return;
  cleanup_dir DIR *dir = opendir(path);
  for (struct dirent *e; dir && (e = readdir(dir));) {
    if (e->d_name[0] == '.' || files_path(path, sizeof path, &err, "%s/templates/%s", config->run_dir, e->d_name) < 0)
      continue;
    umount2(path, MNT_DETACH);
    rmdir(path);
  }
}
