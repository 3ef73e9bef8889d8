#include "precopy.h"

#include "clean.h"
#include "files.h"
#include "hostd.h"
#include "image.h"
#include "image_archive.h"
#include "log.h"
#include "precopy_scan.h"
#include "session.h"
#include "whole.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#define IMAGE_FORMAT 2

/* A move goes on within this time of its last pass, or has been given up. */
#define PATIENCE_S 120

struct passes {
  char id[MOBIDESK_ID_SIZE];
  uint64_t epoch;
  bool busy;
  unsigned count;
  char name[PRECOPY_NAME]; /* of the last one */
  unsigned char secret[PRECOPY_SECRET];
  struct precopy_set sent;
  /* For the dump, made when the session still runs: a table of what was sent, and a worker that has it. */
  int table;
  struct criu_worker worker;
  struct passes *next;
};

static struct passes *all;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- what was sent, of all sessions ---- */

/* Under the lock. */
static struct passes **find(const char *id) {
  struct passes **p = &all;
  while (*p && strcmp((*p)->id, id) != 0)
    p = &(*p)->next;
  return p;
}

static void stop_worker(struct passes *p) {
  if (p->worker.pid)
    criu_stop(&p->worker);
}

static void close_table(struct passes *p) {
  stop_worker(p);
  if (p->table >= 0)
    close(p->table);
  p->table = -1;
}

static void start_anew(struct passes *p, uint64_t epoch) {
  precopy_set_free(&p->sent);
  close_table(p);
  p->epoch = epoch;
  p->count = 0;
  p->name[0] = '\0';
}

static struct passes *begin(const char *id, struct error *err) {
  pthread_mutex_lock(&lock);
  struct passes **at = find(id), *p = *at;
  if (!p && (p = calloc(1, sizeof *p))) {
    snprintf(p->id, sizeof p->id, "%s", id);
    p->table = -1;
    *at = p;
  }
  bool busy = p && p->busy;
  if (p)
    p->busy = true;
  pthread_mutex_unlock(&lock);
  if (!p)
    error_set(err, MOBIDESK_NO_SPACE, "no memory to send a session's memory ahead");
  else if (busy)
    error_set(err, MOBIDESK_BUSY, "the memory of session `%s` is being sent already", id);
  return busy ? NULL : p;
}

static void end(struct passes *p) {
  pthread_mutex_lock(&lock);
  p->busy = false;
  pthread_mutex_unlock(&lock);
}

/* ---- directories ---- */

/* The last pass is IMAGES_DIR/ID.EPOCH-ahead; the one before it is its `parent`, and so on. */
static int ahead_path(const struct config *config, const char *id, uint64_t epoch, const char *suffix, char *out,
                      size_t size, struct error *err) {
  return files_path(out, size, err, "%s/%s.%lu-%s", config->images_dir, id, epoch, suffix);
}

static int move_dir(const char *from, const char *to, struct error *err) {
  return rename(from, to) == 0 ? 0 : error_sys(err, "renaming `%s` to `%s`", from, to);
}

static int parent_path(const char *path, char *out, size_t size, struct error *err) {
  return files_path(out, size, err, "%s/" PRECOPY_PARENT, path);
}

/* The last pass becomes the parent of what is in `path`: processes that are restored open it, which could not reach it
 * anywhere else. */
static int adopt(const struct config *config, const char *id, uint64_t epoch, const char *path, struct error *err) {
  char from[PATH_MAX], to[PATH_MAX];
  return ahead_path(config, id, epoch, "ahead", from, sizeof from, err) < 0 || parent_path(path, to, sizeof to, err) < 0
             ? -1
             : move_dir(from, to, err);
}

static void remove_passes(const struct config *config, const char *id, uint64_t epoch) {
  static const char *const suffixes[] = {"ahead", "new"};
  char path[PATH_MAX];
  struct error err;
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
    if (ahead_path(config, id, epoch, suffixes[i], path, sizeof path, &err) < 0 || files_remove_tree(path, &err) < 0)
      log_error("precopy", "session=%s message=\"%s\"", id, err.message);
}

bool precopy_is_needed(const char *path) {
  char parent[PATH_MAX];
  struct error err;
  return parent_path(path, parent, sizeof parent, &err) == 0 && access(parent, F_OK) == 0;
}

int precopy_keep(const struct config *config, const char *id, uint64_t epoch, const char *path, struct error *err) {
  char from[PATH_MAX], to[PATH_MAX];
  if (!precopy_is_needed(path))
    return 0;
  return parent_path(path, from, sizeof from, err) < 0 || ahead_path(config, id, epoch, "ahead", to, sizeof to, err) < 0
             ? -1
             : move_dir(from, to, err);
}

/* ---- source ---- */

struct expiry {
  const struct config *config;
  char id[MOBIDESK_ID_SIZE], name[PRECOPY_NAME];
};

static void *expire(void *data) {
  cleanup_free struct expiry *e = data;
  struct timespec rest = {.tv_sec = PATIENCE_S};
  while (nanosleep(&rest, &rest) < 0)
    continue;
  pthread_mutex_lock(&lock);
  const struct passes *p = *find(e->id);
  bool over = p && !p->busy && strcmp(p->name, e->name) == 0;
  pthread_mutex_unlock(&lock);
  if (over)
    precopy_forget(e->config, e->id);
  return NULL;
}

static void expire_later(const struct config *config, const struct passes *p) {
  struct expiry *e = malloc(sizeof *e);
  pthread_t thread;
  if (!e)
    return;
  *e = (struct expiry){.config = config};
  memcpy(e->id, p->id, sizeof e->id);
  memcpy(e->name, p->name, sizeof e->name);
  if (pthread_create(&thread, NULL, expire, e) == 0)
    pthread_detach(thread);
  else
    free(e);
}

static int new_name(char out[PRECOPY_NAME], struct error *err) {
  unsigned char random[(PRECOPY_NAME - 1) / 2];
  if (RAND_bytes(random, sizeof random) != 1)
    return error_set(err, MOBIDESK_INTERNAL, "no random numbers for memory that is sent ahead");
  for (size_t i = 0; i < sizeof random; i++)
    snprintf(out + 2 * i, 3, "%02x", random[i]);
  return 0;
}

static int write_manifest(const struct passes *p, const char *path, unsigned pass, const char *name,
                          struct error *err) {
  char file[PATH_MAX];
  cleanup_json json_t *manifest =
      json_pack("{s:i,s:{s:s,s:I},s:{s:i,s:s,s:s}}", "format", IMAGE_FORMAT, "spec", "id", p->id, "epoch",
                (json_int_t)p->epoch, "precopy", "pass", (int)pass, "name", name, "after", p->name);
  if (!manifest || files_path(file, sizeof file, err, "%s/" IMAGE_MANIFEST, path) < 0)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory for the manifest of a pass");
  return json_dump_file(manifest, file, JSON_COMPACT) == 0 ? 0 : error_sys(err, "writing `%s`", file);
}

/* Makes the pass's directory. */
static int make(const struct config *config, const struct passes *p, pid_t init_pid, const char *path, const char *name,
                struct precopy_set *now, struct error *err) {
  uint64_t begun = hostd_now_us(), bytes;
  if (files_remove_tree(path, err) < 0 || files_make_dirs(path, 0755, err) < 0)
    return -1;
  cleanup_close int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0)
    return error_sys(err, "opening `%s`", path);
  if ((p->count > 0 && adopt(config, p->id, p->epoch, path, err) < 0) ||
      precopy_scan(init_pid, dir, &p->sent, p->secret, now, &bytes, err) < 0)
    return -1;
  log_info("precopy", "session=%s pass=%u pages=%zu bytes=%lu us=%lu", p->id, p->count + 1, now->page_count, bytes,
           hostd_now_us() - begun);
  return write_manifest(p, path, p->count + 1, name, err);
}

static int stream_pass(const struct passes *p, const char *path, int fd, uint64_t *bytes, struct error *err) {
  const struct image_archive archive = {
      .dir = path, .fd = fd, .id = p->id, .epoch = p->epoch, .keys = image_keys(), .packing = IMAGE_LZ4};
  return image_archive_write(&archive, bytes, err);
}

/* CRIU asks for an entry of map_files for each mapping, which the kernel makes when it is first looked up and keeps for
 * as long as the process lives: better now than when all stands still. */
static void look_up_mappings(pid_t pid, void *nothing) {
  (void)nothing;
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/map_files", pid);
  cleanup_dir DIR *dir = opendir(path);
  while (dir && readdir(dir))
    continue;
}

/* When it fails all begins anew: what the target has is not known. */
static int send_pass(const struct config *config, struct passes *p, pid_t init_pid, int fd, uint64_t *bytes,
                     struct error *err) {
  char path[PATH_MAX], ahead[PATH_MAX], name[PRECOPY_NAME];
  struct precopy_set now = {0};
  int table = -1;
  if (ahead_path(config, p->id, p->epoch, "new", path, sizeof path, err) < 0 ||
      ahead_path(config, p->id, p->epoch, "ahead", ahead, sizeof ahead, err) < 0 || new_name(name, err) < 0 ||
      make(config, p, init_pid, path, name, &now, err) < 0 || stream_pass(p, path, fd, bytes, err) < 0 ||
      (table = precopy_set_export(&now, p->secret, err)) < 0 || move_dir(path, ahead, err) < 0) {
    precopy_set_free(&now);
    if (table >= 0)
      close(table);
    remove_passes(config, p->id, p->epoch);
    start_anew(p, p->epoch);
    return -1;
  }
  precopy_set_free(&p->sent);
  close_table(p);
  p->sent = now;
  p->table = table;
  p->count++;
  memcpy(p->name, name, sizeof name);
  struct error later;
  if (criu_start_dump(config, p->table, &p->worker, &later) < 0)
    p->worker = (struct criu_worker){0}; /* the dump starts its own, and says why it cannot */
  whole_each_process(init_pid, look_up_mappings, NULL);
  expire_later(config, p);
  return 0;
}

int precopy_send(const struct config *config, const char *id, uint64_t epoch, bool whole, int fd, uint64_t *bytes,
                 struct error *err) {
  struct session_record record;
  if (!session_copy(id, &record) || record.state != MOBIDESK_RUNNING || record.spec.epoch != epoch)
    return error_set(err, MOBIDESK_CONFLICT,
                     "session `%s` does not run here at epoch %lu: its memory cannot be sent ahead", id, epoch);
  struct passes *p = begin(id, err);
  if (!p)
    return -1;
  int r = 0;
  if (whole || p->epoch != epoch || p->count == 0) {
    remove_passes(config, id, p->epoch);
    start_anew(p, epoch);
    if (RAND_bytes(p->secret, sizeof p->secret) != 1)
      r = error_set(err, MOBIDESK_INTERNAL, "no random numbers for memory that is sent ahead");
  }
  if (r == 0 && p->count == PRECOPY_PASSES_MAX)
    r = error_set(err, MOBIDESK_CONFLICT, "the memory of session `%s` was sent in %d passes already", id,
                  PRECOPY_PASSES_MAX);
  if (r == 0)
    r = send_pass(config, p, record.init_pid, fd, bytes, err);
  end(p);
  return r;
}

/* Takes what is of a session out of the list, unless it is being sent. */
static struct passes *take_out(const char *id) {
  pthread_mutex_lock(&lock);
  struct passes **at = find(id), *p = *at;
  if (p && p->busy)
    p = NULL;
  if (p)
    *at = p->next;
  pthread_mutex_unlock(&lock);
  return p;
}

static void free_passes(struct passes *p) {
  precopy_set_free(&p->sent);
  close_table(p);
  free(p);
}

void precopy_take(const struct config *config, const char *id, uint64_t epoch, const char *path,
                  struct precopy_parent *out) {
  struct error err;
  struct passes *p = take_out(id);
  *out = (struct precopy_parent){.table = -1};
  if (!p)
    return;
  if (p->epoch != epoch)
    remove_passes(config, id, p->epoch);
  else if (p->count > 0) {
    if (adopt(config, id, epoch, path, &err) == 0) {
      out->table = steal_fd(&p->table);
      out->worker = p->worker;
      p->worker = (struct criu_worker){0};
      out->pass = p->count;
      memcpy(out->name, p->name, sizeof out->name);
    } else {
      log_warning("precopy", "session=%s message=\"%s\"", id, err.message);
    }
  }
  free_passes(p);
}

/* What is being sent ends, and expires. */
void precopy_forget(const struct config *config, const char *id) {
  struct passes *p = take_out(id);
  if (!p)
    return;
  remove_passes(config, id, p->epoch);
  free_passes(p);
}

json_t *precopy_describe(const struct precopy_parent *parent) {
  return parent->table < 0 ? NULL : json_pack("{s:i,s:s}", "pass", (int)parent->pass, "name", parent->name);
}

/* ---- target ---- */

static json_t *load_manifest(const char *path, struct error *err) {
  char file[PATH_MAX];
  if (files_path(file, sizeof file, err, "%s/" IMAGE_MANIFEST, path) < 0)
    return NULL;
  json_t *manifest = json_load_file(file, JSON_REJECT_DUPLICATES, NULL);
  if (!manifest)
    error_set(err, MOBIDESK_CORRUPT, "`%s` is no manifest", file);
  return manifest;
}

/* Whether the last pass that is here is that one. */
static int expect_pass(const struct config *config, const char *id, uint64_t epoch, const char *name,
                       struct error *err) {
  char path[PATH_MAX];
  struct error absent;
  if (ahead_path(config, id, epoch, "ahead", path, sizeof path, err) < 0)
    return -1;
  cleanup_json json_t *manifest = load_manifest(path, &absent);
  const char *is = json_string_value(json_object_get(json_object_get(manifest, "precopy"), "name"));
  if (is && strcmp(is, name) == 0)
    return 0;
  return error_set(err, MOBIDESK_CONFLICT,
                   "a pass of the memory of session `%s`, which this one needs, did not come here: send all again", id);
}

int precopy_is_pass(const char *path, bool *is_pass, struct error *err) {
  cleanup_json json_t *manifest = load_manifest(path, err);
  *is_pass = json_object_get(manifest, "precopy") != NULL;
  return manifest ? 0 : -1;
}

int precopy_arrived(const struct config *config, const char *id, uint64_t epoch, const char *path, struct error *err) {
  char to[PATH_MAX];
  cleanup_json json_t *manifest = load_manifest(path, err);
  if (!manifest)
    return -1;
  const json_t *precopy = json_object_get(manifest, "precopy");
  json_int_t pass = json_integer_value(json_object_get(precopy, "pass"));
  const char *after = json_string_value(json_object_get(precopy, "after"));
  if (pass < 1 || pass > PRECOPY_PASSES_MAX || !after || !json_is_string(json_object_get(precopy, "name")))
    return error_set(err, MOBIDESK_CORRUPT, IMAGE_MANIFEST ": it is of no pass that is known here");
  if (pass == 1)
    remove_passes(config, id, epoch);
  else if (expect_pass(config, id, epoch, after, err) < 0 || adopt(config, id, epoch, path, err) < 0)
    return -1;
  return ahead_path(config, id, epoch, "ahead", to, sizeof to, err) < 0 ? -1 : move_dir(path, to, err);
}

int precopy_attach(const struct config *config, const char *id, uint64_t epoch, const char *path, struct error *err) {
  cleanup_json json_t *manifest = load_manifest(path, err);
  const json_t *after = json_object_get(manifest, "after");
  if (!manifest)
    return -1;
  if (!after)
    return 0;
  const char *name = json_string_value(json_object_get(after, "name"));
  if (!name)
    return error_set(err, MOBIDESK_CORRUPT, IMAGE_MANIFEST ": what it goes on from has no name");
  return expect_pass(config, id, epoch, name, err) < 0 ? -1 : adopt(config, id, epoch, path, err);
}
