#include "watch.h"

#include "cgroup.h"
#include "cgroup_disk.h"
#include "clean.h"
#include "disk.h"
#include "disk_lease.h"
#include "event.h"
#include "links.h"
#include "log.h"
#include "loop.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>

/* An unmount writes what is dirty; a full disk of a slow tier takes long. */
#define RELEASE_TIMEOUT_MS 60000

struct watched {
  const struct config *config;
  char id[MOBIDESK_ID_SIZE];
  pid_t pid;
  uint64_t start;
  int pidfd;
};

/* The last unmount writes what is dirty: as fast as it can be, as others wait for it. */
static int let_go(const struct config *config, const struct session_record *record, struct error *err) {
  const struct loop_device *device = &record->device;
  if (!device->path[0] || loop_state(device) == LOOP_TAKEN)
    return 0;
  if (cgroup_disk_limit(config, record->spec.id, device->path, 0, err) < 0)
    return -1;
  return loop_wait_free(device, RELEASE_TIMEOUT_MS, err);
}

void watch_release(const struct config *config, const struct session_record *record) {
  struct error err;
  const char *id = record->spec.id;
  if (links_detach(&record->spec, &err) < 0)
    log_error("release", "session=%s message=\"%s\"", id, err.message);
  if (cgroup_remove(config, id, &err) < 0)
    log_error("release", "session=%s message=\"%s\"", id, err.message);
  /* While the disk is mounted, nobody else may have it. */
  if (let_go(config, record, &err) < 0 || disk_lease_release(config, id, &err) < 0)
    log_error("release", "session=%s message=\"%s\"", id, err.message);
}

static void ended(const struct watched *w, int status) {
  struct session *s;
  struct error err;
  if (session_begin_briefly(w->id, -1, &s, &err) < 0)
    return;
  struct session_record next = s->record;
  if (next.state == MOBIDESK_RUNNING && next.init_pid == w->pid && next.init_start == w->start) {
    watch_release(w->config, &next);
    next.state = MOBIDESK_EXITED;
    next.init_pid = 0;
    next.device = (struct loop_device){0};
    if (session_update(s, &next, &err) < 0)
      log_error("record", "session=%s message=\"%s\"", w->id, err.message);
    event_add(MOBIDESK_EVENT_EXITED, w->id, next.spec.epoch, status, status ? "the desktop ended with an error" : "");
  }
  session_end(s);
}

/* The kernel tells that memory ran out a moment before it kills; and at most once in this time is said that it did, as
 * a session can have that happen all the time. */
#define OUT_OF_MEMORY_PAUSE_MS 1000

/* Until the session's first process has ended. */
static void watch_memory(const struct watched *w) {
  struct error err;
  struct session_record record;
  cleanup_close int memory = cgroup_watch_memory(w->config, w->id, &err);
  if (memory < 0) {
    log_warning("watch", "session=%s message=\"%s\"", w->id, err.message);
    return;
  }
  uint64_t known = cgroup_memory_kills(w->config, w->id);
  struct pollfd fds[] = {{w->pidfd, POLLIN, 0}, {memory, POLLIN, 0}};
  while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
    char events[4096];
    if (fds[0].revents)
      return;
    poll(fds, 1, OUT_OF_MEMORY_PAUSE_MS);
    while (read(memory, events, sizeof events) > 0)
      continue;
    uint64_t kills = cgroup_memory_kills(w->config, w->id);
    if (kills <= known || !session_copy(w->id, &record))
      continue;
    char message[MOBIDESK_NAME_SIZE];
    snprintf(message, sizeof message, "its memory of %lu MiB was used up; processes ended: %lu",
             record.spec.memory_bytes >> 20, kills - known);
    event_add(MOBIDESK_EVENT_OUT_OF_MEMORY, w->id, record.spec.epoch, (int)(kills - known), message);
    known = kills;
  }
}

static void *wait_for_end(void *data) {
  struct watched *w = data;
  struct error err;
  watch_memory(w);
  int status = process_wait(w->pidfd, -1, &err);
  ended(w, status < 0 ? 0 : status);
  close(w->pidfd);
  free(w);
  return NULL;
}

int watch_start(const struct config *config, const struct session *s, struct error *err) {
  struct watched *w = malloc(sizeof *w);
  pthread_t thread;
  if (!w)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory to watch session `%s`", s->record.spec.id);
  *w = (struct watched){.config = config,
                        .pid = s->record.init_pid,
                        .start = s->record.init_start,
                        .pidfd = fcntl(s->pidfd, F_DUPFD_CLOEXEC, 0)};
  snprintf(w->id, sizeof w->id, "%s", s->record.spec.id);
  int r = w->pidfd < 0 ? errno : pthread_create(&thread, NULL, wait_for_end, w);
  if (r == 0) {
    pthread_detach(thread);
    return 0;
  }
  if (w->pidfd >= 0)
    close(w->pidfd);
  free(w);
  errno = r;
  return error_sys(err, "starting to watch session `%s`", s->record.spec.id);
}
