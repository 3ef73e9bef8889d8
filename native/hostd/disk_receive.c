#include "disk_receive.h"

#include "clean.h"
#include "disk.h"
#include "disk_lease.h"
#include "disk_pass.h"
#include "files.h"
#include "hostd.h"
#include "identity.h"
#include "image.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* How long a pass waits for the one before to end; and a restore for the last one to begin, which began with the image
 * that is whole already, or never does. */
#define PATIENCE_S 10

enum progress { AWAITED, RECEIVING, RECEIVING_LAST, ARRIVED, BROKEN };

struct coming {
  char id[MOBIDESK_ID_SIZE];
  uint64_t epoch;
  enum progress progress;
  int fd; /* that the pass under way comes from */
  struct disk_arrival arrival;
  char why[MOBIDESK_MESSAGE_SIZE]; /* it broke */
  struct coming *next;
};

static struct coming *all_coming;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static bool under_way(const struct coming *c) { return c->progress == RECEIVING || c->progress == RECEIVING_LAST; }

/* Under the lock. */
static struct coming *find(const char *id) {
  struct coming *c = all_coming;
  while (c && strcmp(c->id, id) != 0)
    c = c->next;
  return c;
}

/* Servers may share the storage that a third one sends disks to. */
static int part_path(const struct config *config, const char *id, char *out, size_t size, struct error *err) {
  char server[IDENTITY_SIZE];
  return identity_of_server(config, server, err) < 0
             ? -1
             : files_path(out, size, err, "%s/disks/%s.coming-%s", config->storage_dir, id, server);
}

int disk_receive_coming(const struct config *config, const json_t *needs, uint32_t *coming, struct error *err) {
  char here[IDENTITY_SIZE];
  const char *there = json_string_value(json_object_get(needs, "storage"));
  *coming = DISK_SHARED;
  if (!there)
    return 0;
  if (identity_of_storage(config, here, err) < 0)
    return -1;
  if (strcmp(there, here) != 0)
    *coming = DISK_AWAITED;
  return 0;
}

static int check_awaited(const char *id, uint64_t epoch, const struct session_record *r, struct error *err) {
  bool here = r->state == MOBIDESK_RESERVED || (r->state == MOBIDESK_CHECKPOINTED && r->image_origin == IMAGE_IMPORTED);
  if (!here || r->spec.epoch != epoch)
    return error_set(err, MOBIDESK_CONFLICT,
                     "session `%s` is %s here, at epoch %lu: its disk at epoch %lu is not awaited", id,
                     session_state_name(r->state), r->spec.epoch, epoch);
  return r->disk_coming != DISK_SHARED
             ? 0
             : error_set(err, MOBIDESK_CONFLICT, "the disk of session `%s` is on storage that both servers have", id);
}

static struct timespec in_seconds(time_t seconds) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  t.tv_sec += seconds;
  return t;
}

/* Begins with a pass: one of a session at a time. One whose sender has just gone ends soon. */
static struct coming *begin(const char *id, uint64_t epoch, const struct disk_head *head, int fd, struct error *err) {
  struct timespec until = in_seconds(PATIENCE_S);
  pthread_mutex_lock(&lock);
  struct coming *c = find(id);
  for (int late = 0; c && under_way(c) && !late; c = find(id))
    late = pthread_cond_timedwait(&changed, &lock, &until);
  if (!c && (c = calloc(1, sizeof *c))) {
    snprintf(c->id, sizeof c->id, "%s", id);
    c->next = all_coming;
    all_coming = c;
  }
  if (!c || under_way(c)) {
    pthread_mutex_unlock(&lock);
    error_set(
        err, c ? MOBIDESK_BUSY : MOBIDESK_NO_SPACE,
        c ? "the disk of session `%s` is being received already" : "no memory to receive the disk of session `%s`", id);
    return NULL;
  }
  c->epoch = epoch;
  c->fd = fd;
  c->arrival.cancelled = false;
  c->progress = head->last ? RECEIVING_LAST : RECEIVING;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  return c;
}

static void end(struct coming *c, enum progress progress, const struct error *why) {
  pthread_mutex_lock(&lock);
  c->progress = progress;
  c->fd = -1;
  snprintf(c->why, sizeof c->why, "%s", why ? why->message : "");
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

/* The file becomes the disk, in the place of what an earlier stay of the session may have left here. */
static int publish(const struct config *config, const struct coming *c, const char *part, const struct disk_end *last,
                   struct error *err) {
  char path[PATH_MAX], server[IDENTITY_SIZE];
  struct disk_lease lease;
  if (disk_path(config, c->id, path, sizeof path, err) < 0 || identity_of_server(config, server, err) < 0 ||
      disk_lease_read(config, c->id, &lease, err) < 0)
    return -1;
  if (lease.server[0] && strcmp(lease.server, server) != 0)
    return error_set(err, MOBIDESK_CONFLICT, "a disk of session `%s` is here already, in use by %s since epoch %lu",
                     c->id, lease.place, lease.epoch);
  if (disk_lease_reset(config, c->id, last->generation, err) < 0)
    return -1;
  return rename(part, path) == 0 ? 0 : error_sys(err, "giving `%s` the name `%s`", part, path);
}

static int take_pass(const struct config *config, struct coming *c, const struct disk_head *head, uint64_t quota,
                     int fd, uint64_t *bytes, struct error *err) {
  char part[PATH_MAX], dir[PATH_MAX], storage[IDENTITY_SIZE];
  struct disk_end last;
  struct disk_terms terms = {.id = c->id, .epoch = c->epoch, .quota = quota, .storage = storage, .keys = image_keys()};
  if (identity_of_storage(config, storage, err) < 0 ||
      files_path(dir, sizeof dir, err, "%s/disks", config->storage_dir) < 0 || files_make_dirs(dir, 0700, err) < 0 ||
      part_path(config, c->id, part, sizeof part, err) < 0 ||
      disk_pass_take(&c->arrival, &terms, head, fd, part, &last, bytes, err) < 0)
    return -1;
  if (!head->last)
    return 0;
  int r = publish(config, c, part, &last, err);
  disk_pass_forget(&c->arrival, part);
  return r;
}

int disk_receive(const struct config *config, const char *id, uint64_t epoch, int fd, uint64_t *bytes,
                 struct error *err) {
  struct session_record record;
  struct disk_head head;
  *bytes = 0;
  if (disk_stream_get_head(fd, &head, err) < 0)
    return -1;
  if (!session_copy(id, &record))
    return error_set(err, MOBIDESK_NOT_FOUND, "session `%s` is not on this server", id);
  if (check_awaited(id, epoch, &record, err) < 0)
    return -1;
  struct coming *c = begin(id, epoch, &head, fd, err);
  if (!c)
    return -1;
  uint64_t begun = hostd_now_us();
  int r = take_pass(config, c, &head, record.spec.disk_bytes, fd, bytes, err);
  end(c, r < 0 ? BROKEN : head.last ? ARRIVED : AWAITED, r < 0 ? err : NULL);
  if (r < 0 && err->code == MOBIDESK_CORRUPT)
    image_report_refusal(id, epoch, err);
  if (r == 0)
    log_info("disk-received", "id=%s pass=%s bytes=%lu us=%lu", id,
             head.last                ? "last"
             : disk_head_whole(&head) ? "whole"
                                      : "changes",
             *bytes, hostd_now_us() - begun);
  return r;
}

int disk_receive_await(struct session *s, struct error *err) {
  const char *id = s->record.spec.id;
  struct timespec until = in_seconds(PATIENCE_S);
  int r = 0;
  if (s->record.disk_coming != DISK_AWAITED)
    return 0;
  pthread_mutex_lock(&lock);
  struct coming *c = find(id);
  /* A sender that is silent breaks the pass itself. */
  for (int late = 0; !late && !(c && (c->progress == ARRIVED || c->progress == BROKEN)); c = find(id))
    if (c && c->progress == RECEIVING_LAST)
      pthread_cond_wait(&changed, &lock);
    else
      late = pthread_cond_timedwait(&changed, &lock, &until);
  if (!c || c->progress != ARRIVED)
    r = error_set(err, MOBIDESK_NOT_FOUND, "the disk of session `%s` has not arrived here%s%s", id,
                  c && c->why[0] ? ": " : "", c ? c->why : "");
  pthread_mutex_unlock(&lock);
  if (r < 0)
    return -1;
  /* What is held is written down soon, and this with it. */
  session_lock();
  s->record.disk_coming = DISK_ARRIVED;
  session_unlock();
  return 0;
}

/* Ends the pass that is under way, forgets what is known; tells whether all had come. */
static bool forget(const char *id) {
  pthread_mutex_lock(&lock);
  struct coming *c;
  while ((c = find(id)) && under_way(c)) {
    c->arrival.cancelled = true;
    shutdown(c->fd, SHUT_RD);
    pthread_cond_wait(&changed, &lock);
  }
  bool arrived = c && c->progress == ARRIVED;
  for (struct coming **p = &all_coming; c && *p; p = &(*p)->next)
    if (*p == c) {
      *p = c->next;
      disk_blocks_free(&c->arrival.blocks);
      free(c);
      break;
    }
  pthread_mutex_unlock(&lock);
  return arrived;
}

int disk_receive_undo(const struct config *config, const struct session *s, struct error *err) {
  char part[PATH_MAX];
  const char *id = s->record.spec.id;
  if (s->record.disk_coming == DISK_SHARED)
    return 0;
  bool arrived = forget(id) || s->record.disk_coming == DISK_ARRIVED;
  if (part_path(config, id, part, sizeof part, err) < 0)
    return -1;
  if (unlink(part) < 0 && errno != ENOENT)
    return error_sys(err, "removing `%s`", part);
  return arrived ? disk_drop(config, id, err) : 0;
}

int disk_receive_settle(const struct config *config, const struct session *s, struct error *err) {
  char path[PATH_MAX];
  const char *id = s->record.spec.id;
  if (s->record.disk_coming == DISK_SHARED)
    return 0;
  forget(id);
  if (disk_path(config, id, path, sizeof path, err) < 0)
    return -1;
  cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fdatasync(fd) < 0)
    return error_sys(err, "syncing the session disk `%s`", path);
  return files_sync_parent(path, err);
}
