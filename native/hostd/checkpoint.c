#include "checkpoint.h"

#include "cgroup.h"
#include "cgroup_disk.h"
#include "clean.h"
#include "criu.h"
#include "criu_log.h"
#include "criu_timers.h"
#include "disk_lease.h"
#include "disk_send.h"
#include "disk_shutdown.h"
#include "disk_snapshot.h"
#include "display.h"
#include "event.h"
#include "exec.h"
#include "fault.h"
#include "hostd.h"
#include "image.h"
#include "links.h"
#include "log.h"
#include "precopy.h"
#include "process.h"
#include "rcu.h"
#include "session.h"
#include "watch.h"
#include "whole.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

/* The driver answers at once; one that does not within this time is stuck, and its session cannot be moved. */
#define QUIESCE_TIMEOUT_MS 10000

/* The kernel gives a dumped tree's memory back while it ends. */
#define END_TIMEOUT_MS 30000

struct dump {
  const struct config *config;
  struct session *session;
  uint64_t frozen_us, dumped_us;
  uint32_t processes;
  json_t *whole; /* what the session was when all of it was stopped */
  bool blocked;
  bool copy;     /* it runs on */
  bool released; /* the session disk is not ours any more */
  bool again;    /* the second attempt: who follows the dump has seen parts of the first */
  bool ahead;    /* what was sent ahead is left out; not in a second attempt */
  struct precopy_parent parent;
  char path[PATH_MAX]; /* of the image */
  struct error error;  /* of a notification */
  pthread_t flush;     /* writes the session disk beside the dump */
  bool flushing;
};

static int expect_running(struct session *s, uint64_t epoch, struct error *err) {
  if (session_check_epoch(s, epoch, err) < 0)
    return -1;
  if (s->record.state != MOBIDESK_RUNNING)
    return error_set(err, MOBIDESK_CONFLICT, "session `%s` is %s, not running", s->record.spec.id,
                     session_state_name(s->record.state));
  if (epoch != s->record.spec.epoch)
    return error_set(err, MOBIDESK_CONFLICT, "session `%s` is at epoch %lu, not yet at %lu", s->record.spec.id,
                     s->record.spec.epoch, epoch);
  return 0;
}

/* syncfs of the overlay writes what is dirty on the session disk. */
static int sync_root(pid_t init_pid, struct error *err) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/root", init_pid);
  cleanup_close int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return root >= 0 && syncfs(root) == 0 ? 0 : error_sys(err, "writing the session disk by `%s`", path);
}

int checkpoint_sync(const struct config *config, const char *id, uint64_t epoch, struct error *err) {
  struct session *s;
  if (session_begin(id, &s, err) < 0)
    return -1;
  const struct session_record *now = &s->record;
  const char *device = now->device.path;
  struct error worse;
  int r = expect_running(s, epoch, err);
  if (r == 0 && (r = cgroup_disk_limit(config, id, device, 0, err)) == 0)
    r = sync_root(now->init_pid, err);
  if (now->state == MOBIDESK_RUNNING && cgroup_disk_limit(config, id, device, now->spec.disk_rate, &worse) < 0)
    log_error("sync", "session=%s message=\"%s\"", id, worse.message);
  session_end(s);
  return r;
}

/* For who streams the image meanwhile. */
static void tell(struct dump *d, enum dump_phase phase) {
  if (!d->again)
    session_set_dump(d->session, d->session->record.spec.epoch, phase);
}

static void *flush(void *data) {
  const struct dump *d = data;
  struct error err;
  if (sync_root(d->session->record.init_pid, &err) < 0)
    log_warning("flush", "session=%s message=\"%s\"", d->session->record.spec.id, err.message);
  return NULL;
}

/* All is stopped. What was written since the disk was synced is written while CRIU dumps, not when others wait. */
static void begin_flush(struct dump *d) { d->flushing = pthread_create(&d->flush, NULL, flush, d) == 0; }

static void end_flush(struct dump *d) {
  if (d->flushing)
    pthread_join(d->flush, NULL);
  d->flushing = false;
}

/* The dumped processes have the disk mounted until they are gone, which takes as long as their memory is large. Others
 * need not wait for that. The lease goes first: a daemon that dies now, and finds itself without it, ends them. */
static void release_disk(struct dump *d) {
  const struct session_record *r = &d->session->record;
  struct error err, worse;
  if (disk_lease_release(d->config, r->spec.id, &err) == 0 && disk_shutdown(r->device.path, &err) == 0) {
    d->released = true;
    tell(d, DUMP_RELEASED);
    return;
  }
  log_warning("release", "session=%s message=\"%s\"", r->spec.id, err.message);
  if (disk_lease_take(d->config, r->spec.id, r->spec.epoch, &worse) < 0)
    log_error("release", "session=%s message=\"%s\"", r->spec.id, worse.message);
}

/* All stands still: what is on the disk now belongs to the image. */
static int copy_disk(struct dump *d) {
  const struct session_record *r = &d->session->record;
  struct disk_copy copy;
  if (sync_root(r->init_pid, &d->error) < 0 ||
      disk_snapshot_take(d->config, r->spec.id, r->spec.epoch, &copy, &d->error) < 0)
    return -1;
  log_info("disk-copied", "session=%s bytes=%lu shared=%d us=%lu", r->spec.id, copy.bytes, copy.shared, copy.us);
  return 0;
}

/* CRIU has written all of it, and ends the processes when this returns 0. */
static int complete(struct dump *d) {
  const struct spec *spec = &d->session->record.spec;
  d->dumped_us = hostd_now_us();
  if (fault(FAULT_DUMP_FAILS))
    return error_set(&d->error, MOBIDESK_INTERNAL, "the fault `" FAULT_DUMP_FAILS "` was asked for");
  if (criu_timers_rearm(d->path, &d->error) < 0 ||
      image_finish(d->config, spec, d->processes, d->whole, &d->parent, &d->error) < 0)
    return -1;
  if (d->copy) {
    end_flush(d);
    return copy_disk(d);
  }
  tell(d, DUMP_WHOLE);
  end_flush(d);
  release_disk(d);
  return 0;
}

static void unblock(struct dump *d) {
  struct error err;
  const struct session_record *r = &d->session->record;
  if (d->blocked && links_unblock(&r->spec, r->init_pid, &err) < 0)
    log_error("undo", "session=%s message=\"%s\"", r->spec.id, err.message);
  d->blocked = false;
}

static int on_notify(const char *action, pid_t pid, void *data) {
  (void)pid;
  struct dump *d = data;
  const struct spec *spec = &d->session->record.spec;
  if (strcmp(action, "network-lock") == 0) {
    /* All processes are stopped, no socket has been looked at yet. */
    d->frozen_us = hostd_now_us();
    begin_flush(d);
    d->processes = cgroup_processes(d->config, spec->id);
    json_decref(d->whole);
    d->whole = whole_describe(d->session->record.init_pid, &d->error);
    if (!d->whole)
      return -1;
    d->blocked = true;
    return links_block(spec, d->session->record.init_pid, &d->error);
  }
  if (strcmp(action, "network-unlock") == 0)
    /* They are to run on, and do so after this. */
    unblock(d);
  return strcmp(action, "post-dump") == 0 ? complete(d) : 0;
}

/* Everything that can be done while the applications run. */
static int prepare(struct dump *d, struct criu_worker *worker, struct error *err) {
  struct session *s = d->session;
  const struct spec *spec = &s->record.spec;
  if (image_begin(d->config, spec->id, spec->epoch, d->path, sizeof d->path, err) < 0)
    return -1;
  if (d->ahead)
    precopy_take(d->config, spec->id, spec->epoch, d->path, &d->parent);
  *worker = d->parent.worker;
  if (!worker->pid && criu_start_dump(d->config, d->parent.table, worker, err) < 0)
    return -1;
  d->parent.worker = (struct criu_worker){0};
  exec_end_all(s, d->copy ? "the session is being copied" : "the session is being moved");
  if (display_quiesce(s->record.init_pid, QUIESCE_TIMEOUT_MS, err) == 0 && sync_root(s->record.init_pid, err) == 0)
    return 0;
  criu_stop(worker);
  return -1;
}

/* One attempt. */
static int attempt(struct dump *d, bool verbose, struct error *err) {
  struct criu_worker worker;
  d->error = (struct error){0};
  if (prepare(d, &worker, err) < 0)
    return -1;
  cleanup_close int images = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (images < 0) {
    criu_stop(&worker);
    return error_sys(err, "opening `%s`", d->path);
  }
  const struct criu_dump how = {.pid = d->session->record.init_pid,
                                .verbose = verbose,
                                .copy = d->copy,
                                .parent = d->parent.table < 0 ? NULL : PRECOPY_PARENT};
  int r = criu_run_dump(&worker, images, d->path, &how, on_notify, d, err);
  end_flush(d);
  if (r == 0)
    return 0;
  if (d->error.code)
    *err = d->error;
  return -1;
}

static void drop_parent(struct dump *d) {
  if (d->parent.table >= 0)
    close(d->parent.table);
  d->parent.table = -1;
}

/* What cannot be dumped is tried once more, for the name of the process: the log that has it takes too long to write to
 * be written always. What was sent ahead is not relied on then. */
static int attempts(struct dump *d, struct error *err) {
  tell(d, DUMP_BEGUN);
  int r = attempt(d, false, err);
  if (r < 0 && !d->released && err->code == MOBIDESK_NOT_CHECKPOINTABLE) {
    tell(d, DUMP_FAILED);
    d->again = true;
    if (d->parent.table >= 0)
      log_warning("precopy", "session=%s message=\"not dumped without what was sent ahead: %s\"",
                  d->session->record.spec.id, err->message);
    d->ahead = false;
    drop_parent(d);
    r = attempt(d, true, err);
  }
  /* CRIU failed to end what it had dumped. */
  return r < 0 && d->released ? process_kill(d->session->pidfd, err) : r;
}

static int dump(struct dump *d, struct mobidesk_checkpoint_stats *stats, struct error *err) {
  const struct spec *spec = &d->session->record.spec;
  uint64_t begun = hostd_now_us();
  if (cgroup_hurry(d->config, spec->id, err) < 0 ||
      cgroup_disk_limit(d->config, spec->id, d->session->record.device.path, 0, err) < 0 || attempts(d, err) < 0)
    return -1;
  struct criu_dump_times times = criu_log_dump_times(d->path);
  stats->freeze_us = times.freeze;
  stats->pages_us = times.pages;
  stats->write_us = times.write;
  stats->stopped_at_us = d->frozen_us - stats->freeze_us;
  stats->quiesce_us = stats->stopped_at_us - begun;
  stats->dump_us = d->dumped_us - stats->stopped_at_us;
  stats->processes = d->processes;
  stats->image_bytes = image_bytes(d->config, spec->id, spec->epoch);
  return 0;
}

/* The session runs on as if nothing had been asked. */
static void undo(struct dump *d) {
  struct error err;
  const struct spec *spec = &d->session->record.spec;
  tell(d, DUMP_FAILED);
  unblock(d);
  struct cgroup_limits limits = spec_limits(spec);
  if (cgroup_set_cpu(d->config, spec->id, &limits, &err) < 0 ||
      cgroup_disk_limit(d->config, spec->id, d->session->record.device.path, spec->disk_rate, &err) < 0)
    log_error("undo", "session=%s message=\"%s\"", spec->id, err.message);
  if (image_remove(d->config, spec->id, spec->epoch, &err) < 0)
    log_error("undo", "session=%s message=\"%s\"", spec->id, err.message);
  precopy_forget(d->config, spec->id);
}

static int finish(struct dump *d, struct mobidesk_checkpoint_stats *stats, struct error *err) {
  struct session *s = d->session;
  struct session_record next = s->record;
  if (process_wait(s->pidfd, END_TIMEOUT_MS, err) < 0)
    return -1;
  watch_release(d->config, &next);
  stats->release_us = hostd_now_us() - d->dumped_us;
  close(s->pidfd);
  s->pidfd = -1;
  next.state = MOBIDESK_CHECKPOINTED;
  next.init_pid = 0;
  next.device = (struct loop_device){0};
  next.image_epoch = next.spec.epoch;
  next.image_bytes = stats->image_bytes;
  next.image_origin = IMAGE_DUMPED;
  next.checkpoint = *stats;
  int r = session_update(s, &next, err);
  tell(d, DUMP_RELEASED);
  event_add(MOBIDESK_EVENT_CHECKPOINTED, next.spec.id, next.spec.epoch, 0, "");
  return r;
}

static bool done_before(const struct session *s, uint64_t epoch) {
  return s->record.state == MOBIDESK_CHECKPOINTED && s->record.image_origin == IMAGE_DUMPED &&
         s->record.image_epoch == epoch;
}

int checkpoint_session(const struct config *config, const char *id, uint64_t epoch, bool ahead,
                       struct mobidesk_checkpoint_stats *out, struct error *err) {
  struct session *s;
  if (session_begin(id, &s, err) < 0)
    return -1;
  struct dump d = {.config = config, .session = s, .ahead = ahead, .parent.table = -1};
  rcu_hurry();
  int r = 0;
  *out = (struct mobidesk_checkpoint_stats){0};
  if (done_before(s, epoch)) {
    *out = s->record.checkpoint;
  } else {
    r = expect_running(s, epoch, err);
    if (r == 0 && (r = dump(&d, out, err)) < 0)
      undo(&d);
    else if (r == 0)
      r = finish(&d, out, err);
  }
  rcu_relax();
  drop_parent(&d);
  json_decref(d.whole);
  session_end(s);
  return r;
}

/* The copy is of the past from here on: disk and session go on under other numbers. */
static int go_on(struct dump *d, uint64_t new_epoch, const struct mobidesk_checkpoint_stats *stats, struct error *err) {
  struct session *s = d->session;
  struct session_record next = s->record;
  struct cgroup_limits limits = spec_limits(&next.spec);
  int r = cgroup_set_cpu(d->config, next.spec.id, &limits, err);
  next.image_epoch = next.spec.epoch;
  next.image_bytes = stats->image_bytes;
  next.spec.epoch = new_epoch;
  if (disk_lease_confirm(d->config, next.spec.id, new_epoch, err) < 0 || session_update(s, &next, err) < 0)
    r = -1;
  return r;
}

static void undo_copy(struct dump *d) {
  struct error err;
  const struct spec *spec = &d->session->record.spec;
  undo(d);
  if (disk_snapshot_remove(d->config, spec->id, spec->epoch, &err) < 0)
    log_error("undo", "session=%s message=\"%s\"", spec->id, err.message);
}

int checkpoint_copy(const struct config *config, const char *id, uint64_t epoch, uint64_t new_epoch,
                    struct mobidesk_checkpoint_stats *out, struct error *err) {
  struct session *s;
  *out = (struct mobidesk_checkpoint_stats){0};
  if (new_epoch <= epoch)
    return error_set(err, MOBIDESK_INVALID, "a session that is copied at epoch %lu cannot go on at %lu", epoch,
                     new_epoch);
  if (session_begin(id, &s, err) < 0)
    return -1;
  /* Who follows a dump waits for one that ends the session. */
  struct dump d = {.config = config, .session = s, .copy = true, .again = true, .parent.table = -1};
  rcu_hurry();
  bool done =
      s->record.state == MOBIDESK_RUNNING && s->record.spec.epoch == new_epoch && s->record.image_epoch == epoch;
  int r = 0;
  if (!done) {
    r = expect_running(s, epoch, err);
    if (r == 0 && (r = dump(&d, out, err)) < 0)
      undo_copy(&d);
    else if (r == 0)
      r = go_on(&d, new_epoch, out, err);
  }
  rcu_relax();
  json_decref(d.whole);
  session_end(s);
  return r;
}

int checkpoint_reap(const struct config *config, const char *id, uint64_t epoch, struct error *err) {
  struct session *s;
  if (session_begin(id, &s, err) < 0)
    return err->code == MOBIDESK_NOT_FOUND ? 0 : -1;
  int r = session_check_epoch(s, epoch, err);
  if (r == 0 && s->record.state != MOBIDESK_CHECKPOINTED && s->record.state != MOBIDESK_EXITED)
    r = error_set(err, MOBIDESK_CONFLICT, "session `%s` is %s here: it cannot be reaped", id,
                  session_state_name(s->record.state));
  if (r == 0 && (r = disk_send_reap(config, s, err)) == 0)
    r = image_remove_all(config, id, err);
  if (r == 0) {
    struct session_record none = {.spec = s->record.spec};
    r = session_update(s, &none, err);
  }
  session_end(s);
  return r;
}
