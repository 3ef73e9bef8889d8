#include "event.h"

#include "clean.h"
#include "frame.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static struct mobidesk_event ring[EVENTS_KEPT];
static uint64_t last;
static char path[4096];
static int file = -1;
static unsigned lines;

static json_t *to_json(const struct mobidesk_event *e) {
  return json_pack("{s:I,s:I,s:I,s:i,s:i,s:s,s:s}", "sequence", (json_int_t)e->sequence, "time_ms",
                   (json_int_t)e->time_ms, "epoch", (json_int_t)e->epoch, "kind", e->kind, "exit_status",
                   e->exit_status, "session", e->session, "message", e->message);
}

static bool from_json(json_t *o, struct mobidesk_event *e) {
  const char *session = NULL, *message = NULL;
  json_int_t sequence, time_ms, epoch;
  if (json_unpack(o, "{s:I,s:I,s:I,s:i,s:i,s:s,s:s}", "sequence", &sequence, "time_ms", &time_ms, "epoch", &epoch,
                  "kind", &e->kind, "exit_status", &e->exit_status, "session", &session, "message", &message) < 0)
    return false;
  e->sequence = (uint64_t)sequence;
  e->time_ms = (uint64_t)time_ms;
  e->epoch = (uint64_t)epoch;
  snprintf(e->session, sizeof e->session, "%s", session);
  snprintf(e->message, sizeof e->message, "%s", message);
  return true;
}

static int append(int fd, const struct mobidesk_event *e) {
  cleanup_json json_t *o = to_json(e);
  cleanup_free char *text = json_dumps(o, JSON_COMPACT);
  cleanup_free char *line = NULL;
  int n = text ? asprintf(&line, "%s\n", text) : -1;
  return n < 0 ? -ENOMEM : frame_write_all(fd, line, (size_t)n);
}

static const struct mobidesk_event *at(uint64_t sequence) { return &ring[sequence % EVENTS_KEPT]; }

static uint64_t oldest(void) { return last > EVENTS_KEPT ? last - EVENTS_KEPT + 1 : 1; }

/* Writes the kept events to a new file and puts it in the place of the old one, so that the log stays bounded. */
static int rewrite(struct error *err) {
  char temporary[sizeof path + 4];
  snprintf(temporary, sizeof temporary, "%s.new", path);
  cleanup_close int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_APPEND, 0600);
  if (fd < 0)
    return error_sys(err, "creating `%s`", temporary);
  lines = 0;
  for (uint64_t s = oldest(); s <= last; s++) {
    if (at(s)->sequence != s)
      continue;
    if (append(fd, at(s)) < 0)
      return error_sys(err, "writing `%s`", temporary);
    lines++;
  }
  if (fsync(fd) < 0 || rename(temporary, path) < 0)
    return error_sys(err, "replacing `%s`", path);
  if (file >= 0)
    close(file);
  file = steal_fd(&fd);
  return 0;
}

int event_open(const char *state_dir, struct error *err) {
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&changed, &monotonic);
  pthread_condattr_destroy(&monotonic);
  snprintf(path, sizeof path, "%s/events", state_dir);
  cleanup_file FILE *f = fopen(path, "re");
  if (!f && errno != ENOENT)
    return error_sys(err, "opening `%s`", path);
  cleanup_free char *line = NULL;
  size_t size = 0;
  while (f && getline(&line, &size, f) >= 0) {
    cleanup_json json_t *o = json_loads(line, 0, NULL);
    struct mobidesk_event e;
    /* The last line may be cut by a crash in the middle of a write; it was never announced. */
    if (o && from_json(o, &e) && e.sequence > last) {
      last = e.sequence;
      ring[last % EVENTS_KEPT] = e;
    }
  }
  return rewrite(err);
}

void event_add(enum mobidesk_event_kind kind, const char *session, uint64_t epoch, int exit_status,
               const char *message) {
  struct timespec now;
  struct error err;
  clock_gettime(CLOCK_REALTIME, &now);
  struct mobidesk_event e = {.time_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000,
                             .epoch = epoch,
                             .kind = (int32_t)kind,
                             .exit_status = exit_status};
  snprintf(e.session, sizeof e.session, "%s", session);
  snprintf(e.message, sizeof e.message, "%s", message);
  pthread_mutex_lock(&lock);
  e.sequence = ++last;
  ring[last % EVENTS_KEPT] = e;
  if (append(file, &e) < 0 || fdatasync(file) < 0)
    log_error("event-not-stored", "sequence=%" PRIu64 " errno=%d", e.sequence, errno);
  if (++lines >= 2 * EVENTS_KEPT && rewrite(&err) < 0)
    log_error("event-log", "message=\"%s\"", err.message);
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  log_info("event", "kind=%d session=%s epoch=%" PRIu64 " message=\"%s\"", kind, session, epoch, message);
}

static bool gone(int fd) {
  char byte;
  ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* Waits until there is an event above `after`; false when the client went away. Looks at the client once a second. */
static bool next(int fd, uint64_t after, struct mobidesk_event *out) {
  bool found = false;
  pthread_mutex_lock(&lock);
  while (!(found = last > after)) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    pthread_cond_timedwait(&changed, &lock, &until);
    if (last <= after && gone(fd))
      break;
  }
  if (found) {
    uint64_t s = after + 1 > oldest() ? after + 1 : oldest();
    while (s < last && at(s)->sequence != s)
      s++;
    *out = *at(s);
  }
  pthread_mutex_unlock(&lock);
  return found;
}

void event_stream(int fd, uint64_t after) {
  struct mobidesk_event e;
  while (next(fd, after, &e)) {
    cleanup_json json_t *o = to_json(&e);
    cleanup_json json_t *frame = json_pack("{s:O}", "event", o);
    if (frame_write(fd, frame) < 0)
      return;
    after = e.sequence;
  }
}
