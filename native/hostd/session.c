#include "session.h"

#include "cgroup.h"
#include "clean.h"
#include "disk.h"
#include "epochs.h"
#include "files.h"
#include "links.h"
#include "log.h"
#include "session_store.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;  /* an operation */
static pthread_cond_t dumped = PTHREAD_COND_INITIALIZER; /* more of an image */
static struct session *sessions;
static const struct config *configuration;

void session_lock(void) { pthread_mutex_lock(&lock); }
void session_unlock(void) { pthread_mutex_unlock(&lock); }

const char *session_state_name(int state) {
  static const char *const names[] = {"new", "reserved", "running", "checkpointed", "held", "exited"};
  return state >= 0 && state < (int)(sizeof names / sizeof *names) ? names[state] : "unknown";
}

static struct session *find(const char *id) {
  struct session *s = sessions;
  while (s && strcmp(s->record.spec.id, id) != 0)
    s = s->next;
  return s;
}

static struct session *insert(const struct session_record *record) {
  struct session *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  s->record = *record;
  s->pidfd = -1;
  s->next = sessions;
  sessions = s;
  return s;
}

static int load(const struct session_record *record, struct error *err) {
  return insert(record) ? 0 : error_set(err, MOBIDESK_NO_SPACE, "no memory for a session record");
}

int session_open_all(const struct config *config, struct error *err) {
  configuration = config;
  return session_store_each(config, load, err);
}

/* Under the lock. Waits for what is brief, takes the session when it is free; `*out` is NULL when there is none. */
static int take(const char *id, bool brief, struct session **out, struct error *err) {
  while ((*out = find(id)) && (*out)->busy && (*out)->brief)
    pthread_cond_wait(&ended, &lock);
  if (!*out)
    return error_set(err, MOBIDESK_NOT_FOUND, "session `%.64s` is not on this server", id);
  if ((*out)->busy)
    return error_set(err, MOBIDESK_BUSY, "another operation on session `%s` is under way", id);
  (*out)->busy = true;
  (*out)->brief = brief;
  return 0;
}

int session_begin(const char *id, struct session **out, struct error *err) {
  session_lock();
  int r = take(id, false, out, err);
  session_unlock();
  return r;
}

static struct timespec after_ms(int ms) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  int64_t ns = t.tv_nsec + ms % 1000 * 1000000ll;
  t.tv_sec += ms / 1000 + ns / 1000000000;
  t.tv_nsec = ns % 1000000000;
  return t;
}

/* Under the lock. Waits until nobody works on the session. */
static void wait_free(const char *id, int timeout_ms) {
  struct timespec until = after_ms(timeout_ms);
  int late = 0;
  for (struct session *s; (s = find(id)) && s->busy && !late;)
    late = timeout_ms < 0 ? pthread_cond_wait(&ended, &lock) : pthread_cond_timedwait(&ended, &lock, &until);
}

int session_begin_patiently(const char *id, int timeout_ms, struct session **out, struct error *err) {
  session_lock();
  wait_free(id, timeout_ms);
  int r = take(id, false, out, err);
  session_unlock();
  return r;
}

int session_begin_briefly(const char *id, int timeout_ms, struct session **out, struct error *err) {
  session_lock();
  wait_free(id, timeout_ms);
  int r = take(id, true, out, err);
  session_unlock();
  return r;
}

/* Two sessions with one range of ids could write each other's files, if one of them ever broke out. */
static int check_ids(const struct spec *spec, struct error *err) {
  for (struct session *s = sessions; s; s = s->next)
    if (strcmp(s->record.spec.id, spec->id) != 0 && s->record.spec.uid_base == spec->uid_base)
      return error_set(err, MOBIDESK_CONFLICT, "session `%s` here has the address %s, and with it the ids of `%s`",
                       s->record.spec.id, s->record.spec.address, spec->id);
  return 0;
}

int session_begin_new(const struct spec *spec, int timeout_ms, struct session **out, struct error *err) {
  /* A record that is here knows its epoch; what is known of one that was here is in a file. */
  if (epochs_check(configuration, spec->id, spec->epoch, err) < 0)
    return -1;
  session_lock();
  wait_free(spec->id, timeout_ms);
  struct session_record fresh = {.spec = *spec};
  int r = check_ids(spec, err);
  if (r == 0)
    r = take(spec->id, false, out, err);
  if (r < 0 && err->code == MOBIDESK_NOT_FOUND) {
    r = insert(&fresh) ? 0 : error_set(err, MOBIDESK_NO_SPACE, "no memory for a session record");
    if (r == 0)
      r = take(spec->id, false, out, err);
  }
  session_unlock();
  return r;
}

static void unlink_session(struct session *s) {
  struct session **p = &sessions;
  while (*p != s)
    p = &(*p)->next;
  *p = s->next;
}

void session_end(struct session *s) {
  session_lock();
  s->busy = s->brief = false;
  bool forget = s->record.state == 0;
  if (forget)
    unlink_session(s);
  pthread_cond_broadcast(&ended);
  session_unlock();
  if (!forget)
    return;
  struct error err;
  if (s->record.ended ? epochs_forget(configuration, s->record.spec.id, &err) < 0
                      : epochs_remember(configuration, s->record.spec.id, s->record.spec.epoch, &err) < 0)
    log_error("epoch", "session=%s message=\"%s\"", s->record.spec.id, err.message);
  if (links_give_back(&s->record.spec, &err) < 0)
    log_error("address-not-given-back", "session=%s message=\"%s\"", s->record.spec.id, err.message);
  if (session_store_remove(configuration, s->record.spec.id, &err) < 0)
    log_error("record-not-removed", "session=%s message=\"%s\"", s->record.spec.id, err.message);
  if (s->pidfd >= 0)
    close(s->pidfd);
  free(s);
}

int session_update(struct session *s, const struct session_record *next, struct error *err) {
  session_lock();
  s->record = *next;
  session_unlock();
  return next->state == 0 ? 0 : session_store_write(configuration, next, err);
}

void session_set_dump(struct session *s, uint64_t epoch, enum dump_phase phase) {
  session_lock();
  s->dump = phase;
  s->dump_epoch = epoch;
  pthread_cond_broadcast(&dumped);
  session_unlock();
}

void session_forget_dump(const char *id) {
  session_lock();
  struct session *s = find(id);
  if (s && s->record.state == MOBIDESK_RUNNING && s->dump == DUMP_FAILED)
    s->dump = DUMP_NONE;
  session_unlock();
}

enum dump_phase session_await_dump(const char *id, uint64_t epoch, enum dump_phase than, int timeout_ms) {
  struct timespec until = after_ms(timeout_ms);
  enum dump_phase phase;
  session_lock();
  for (int late = 0;; late = pthread_cond_timedwait(&dumped, &lock, &until)) {
    struct session *s = find(id);
    phase = s && s->dump_epoch == epoch ? s->dump : DUMP_NONE;
    if (phase > than || late)
      break;
  }
  session_unlock();
  return phase;
}

bool session_copy(const char *id, struct session_record *out) {
  session_lock();
  struct session *s = find(id);
  if (s)
    *out = s->record;
  session_unlock();
  return s != NULL;
}

void session_each(void (*each)(struct session *s, void *data), void *data) {
  session_lock();
  for (struct session *s = sessions; s; s = s->next)
    each(s, data);
  session_unlock();
}

void session_count_viewer(const char *id, int change) {
  session_lock();
  struct session *s = find(id);
  if (s)
    s->viewers += (unsigned)change;
  session_unlock();
}

static void count_active(struct session *s, void *data) {
  *(unsigned *)data += s->record.state == MOBIDESK_RUNNING || s->record.state == MOBIDESK_HELD;
}

unsigned session_count_active(void) {
  unsigned count = 0;
  session_each(count_active, &count);
  return count;
}

int session_to_reply(const struct config *config, const struct session *s, json_t *reply) {
  const struct session_record *r = &s->record;
  const char *id = r->spec.id;
  bool alive = r->state == MOBIDESK_RUNNING || r->state == MOBIDESK_HELD;
  cleanup_json json_t *all =
      json_pack("{s:s,s:s,s:s,s:s,s:i,s:i,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "id", id, "template_id", r->spec.template_id,
                "user", r->spec.user, "address", r->spec.address, "state", r->state, "init_pid",
                alive ? r->init_pid : 0, "epoch", (json_int_t)r->spec.epoch, "created_ms", (json_int_t)r->created_ms,
                "processes", (json_int_t)(alive ? cgroup_processes(config, id) : 0), "viewers", (json_int_t)s->viewers,
                "memory_bytes", (json_int_t)(alive ? cgroup_memory(config, id) : 0), "disk_bytes",
                (json_int_t)disk_allocated(config, id), "image_bytes", (json_int_t)r->image_bytes);
  return json_object_update(reply, all);
}

int session_check_epoch(const struct session *s, uint64_t epoch, struct error *err) {
  if (epoch >= s->record.spec.epoch)
    return 0;
  return error_set(err, MOBIDESK_STALE_EPOCH, "epoch %lu of session `%s` is over: it is at %lu", epoch,
                   s->record.spec.id, s->record.spec.epoch);
}
