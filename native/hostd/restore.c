#include "restore.h"

#include "cgroup.h"
#include "cgroup_disk.h"
#include "clean.h"
#include "disk.h"
#include "disk_lease.h"
#include "disk_receive.h"
#include "display.h"
#include "event.h"
#include "fault.h"
#include "hostd.h"
#include "image.h"
#include "links.h"
#include "log.h"
#include "needs.h"
#include "process.h"
#include "restore_disk.h"
#include "restore_hold.h"
#include "template.h"
#include "watch.h"
#include "whole.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

/* A display that was restored listens already; what takes time is its first turn on a busy machine. */
#define DISPLAY_TIMEOUT_MS 10000

/* An image that arrives is restored at once, see restore_arrived: who asks for it waits for that. */
#define ARRIVAL_PATIENCE_MS 30000

static int make_cgroup(const struct config *config, const struct spec *spec, struct error *err) {
  struct cgroup_limits limits = spec_limits(spec);
  return cgroup_disk_check(spec->disk_rate, err) < 0 ? -1 : cgroup_create(config, spec->id, &limits, err);
}

static int wrong_state(const struct session *s, const char *what, struct error *err) {
  return error_set(err, MOBIDESK_CONFLICT, "session `%s` is %s here, at epoch %lu: it cannot be %s", s->record.spec.id,
                   session_state_name(s->record.state), s->record.spec.epoch, what);
}

/* What would keep the session from going on here; `needs` may be NULL. Nothing has been stopped yet. */
static int check_room(const struct config *config, const struct spec *spec, uint64_t image_bytes, const json_t *needs,
                      uint32_t *disk_coming, struct error *err) {
  struct template_layers layers;
  if ((needs && needs_check(needs, err) < 0) || template_check_cpu(config, spec->template_id, err) < 0 ||
      template_mount(config, spec->template_id, &layers, err) < 0 ||
      disk_receive_coming(config, needs, disk_coming, err) < 0 ||
      (*disk_coming == DISK_SHARED && disk_check(config, spec->id, err) < 0))
    return -1;
  uint64_t room = image_free_bytes(config);
  if (room < image_bytes)
    return error_set(err, MOBIDESK_NO_SPACE, "an image of %lu bytes does not fit here: %lu are free in `%s`",
                     image_bytes, room, config->images_dir);
  return 0;
}

static int reserve(const struct config *config, struct session *s, const struct spec *spec, uint64_t image_bytes,
                   const json_t *needs, struct error *err) {
  struct session_record next = {.spec = *spec, .state = MOBIDESK_RESERVED};
  int state = s->record.state;
  if (state == MOBIDESK_RESERVED && s->record.spec.epoch == spec->epoch && spec_same(&s->record.spec, spec))
    return 0;
  if (state != 0 && session_check_epoch(s, spec->epoch, err) < 0)
    return -1;
  /* It hibernated here, and its image was not reaped: it is what would be loaded. */
  if (state == MOBIDESK_CHECKPOINTED && s->record.image_epoch == spec->epoch &&
      image_present(config, spec->id, spec->epoch))
    return spec_same(&s->record.spec, spec) ? 0 : wrong_state(s, "reserved otherwise", err);
  /* An image or reservation of an earlier epoch is what a move that failed has left. */
  bool leftover = state == MOBIDESK_RESERVED || state == MOBIDESK_EXITED ||
                  (state == MOBIDESK_CHECKPOINTED && s->record.spec.epoch < spec->epoch);
  if (state != 0 && !leftover)
    return wrong_state(s, "reserved", err);
  if (check_room(config, spec, image_bytes, needs, &next.disk_coming, err) < 0 ||
      disk_receive_undo(config, s, err) < 0 || image_remove_all(config, spec->id, err) < 0 ||
      make_cgroup(config, spec, err) < 0)
    return -1;
  return session_update(s, &next, err);
}

int restore_reserve(const struct config *config, const struct spec *spec, uint64_t image_bytes, const json_t *needs,
                    struct error *err) {
  struct session *s;
  int r = session_begin_new(spec, 0, &s, err);
  if (r == 0) {
    r = reserve(config, s, spec, image_bytes, needs, err);
    session_end(s);
  }
  /* Whoever brings back an old image asks for this first. */
  if (r < 0 && err->code == MOBIDESK_STALE_EPOCH)
    image_report_refusal(spec->id, spec->epoch, err);
  return r;
}

/* What of a restore is left on this host when its processes are gone. */
static void release(const struct config *config, const struct spec *spec, const struct restore_held *held) {
  struct session_record gone = {.spec = *spec, .device = held->device};
  watch_release(config, &gone);
}

/* Takes from the image what the session was given when it was created, and what the control plane does not know. */
static int check_image(const struct config *config, struct spec *spec, struct image_manifest *manifest,
                       struct error *err) {
  if (image_check(config, spec->id, spec->epoch, manifest, err) < 0)
    return -1;
  if (!spec_same(&manifest->spec, spec))
    return error_set(err, MOBIDESK_INVALID, "session `%s` was dumped with another template, user, name or address",
                     spec->id);
  memcpy(spec->virtual_address, manifest->spec.virtual_address, sizeof spec->virtual_address);
  spec->virtual_number = manifest->spec.virtual_number;
  spec->label = manifest->spec.label;
  return 0;
}

/* One that comes back in place goes on as it was; any other place is a later one, also than those where it was since
 * the copy that it comes back from: the disk's lease knows of them. */
static int next_generation(const struct config *config, const struct session *s, struct spec *spec, struct error *err) {
  struct disk_lease lease;
  if (s->record.image_origin == IMAGE_DUMPED && s->record.spec.generation) {
    spec->generation = s->record.spec.generation;
    return 0;
  }
  if (disk_lease_read(config, spec->id, &lease, err) < 0)
    return -1;
  spec->generation = (uint32_t)((lease.epoch > spec->epoch ? lease.epoch : spec->epoch) + 1);
  return 0;
}

void restore_cancel(struct session *s) {
  if (s->held)
    restore_give_up(s->held);
  s->held = NULL;
}

static int abort_held(const struct config *config, struct session *s, struct error *err) {
  struct session_record next = s->record;
  restore_cancel(s);
  watch_release(config, &next);
  next.state = MOBIDESK_CHECKPOINTED;
  next.init_pid = 0;
  next.device = (struct loop_device){0};
  next.restored_epoch = 0;
  return session_update(s, &next, err);
}

/* Longer than any operation that may be under way when a hold expires. */
#define EXPIRY_PATIENCE_MS 60000

struct expiry {
  const struct config *config;
  char id[MOBIDESK_ID_SIZE];
  /* Which one: the next hold of the session may be at the same place in memory. */
  pid_t pid;
  uint64_t start;
};

/*
 * A held session has its disk mounted, so nobody else may mount it. If who is to decide has died, the proxy can bring
 * the session back at its source only if that ends by itself; the image stays, and a decision that comes late restores
 * it again.
 */
static void *expire(void *data) {
  cleanup_free struct expiry *e = data;
  struct timespec rest = {.tv_sec = e->config->decision_seconds};
  struct session *s;
  struct error err;
  while (nanosleep(&rest, &rest) < 0)
    continue;
  /* Most holds are over by now: who works on the session meanwhile must not be told that it is busy. */
  if (session_begin_briefly(e->id, EXPIRY_PATIENCE_MS, &s, &err) < 0)
    return NULL;
  if (s->record.state == MOBIDESK_HELD && s->record.init_pid == e->pid && s->record.init_start == e->start) {
    log_warning("hold", "session=%s message=\"ended: nobody decided within %u s\"", e->id, e->config->decision_seconds);
    if (abort_held(e->config, s, &err) < 0)
      log_error("hold", "session=%s message=\"%s\"", e->id, err.message);
  }
  session_end(s);
  return NULL;
}

static int start_expiry(const struct config *config, const struct session_record *held, struct error *err) {
  struct expiry *e = malloc(sizeof *e);
  pthread_t thread;
  if (!e)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory to hold session `%s`", held->spec.id);
  *e = (struct expiry){.config = config, .pid = held->init_pid, .start = held->init_start};
  memcpy(e->id, held->spec.id, sizeof e->id);
  if ((errno = pthread_create(&thread, NULL, expire, e)) != 0) {
    free(e);
    return error_sys(err, "starting a thread to hold session `%s`", held->spec.id);
  }
  pthread_detach(thread);
  return 0;
}

static int hold(const struct config *config, struct session *s, const struct spec *wanted, struct error *err) {
  struct spec whole = *wanted, *spec = &whole;
  struct session_record next = s->record;
  struct restore_held held = {0};
  struct restore *restore;
  struct image_manifest manifest;
  uint64_t begun = hostd_now_us();
  if (next_generation(config, s, spec, err) < 0 || check_image(config, spec, &manifest, err) < 0)
    return -1;
  int r = restore_disk_take(config, s, spec, manifest.disk_generation, err);
  if (r == 0) {
    restore_disk_guard(config, spec->id, spec->epoch);
    r = make_cgroup(config, spec, err);
  }
  if (r < 0 || cgroup_hurry(config, spec->id, err) < 0 || restore_hold(config, spec, &restore, &held, err) < 0) {
    release(config, spec, &held);
    return error_prefix(err, "restoring session `%s`", spec->id);
  }
  next.spec = *spec;
  memcpy(next.spec.virtual_address, held.virtual_address, sizeof next.spec.virtual_address);
  next.spec.virtual_number = held.virtual_number;
  next.spec.label = held.label;
  next.state = MOBIDESK_HELD;
  next.init_pid = held.init_pid;
  next.device = held.device;
  next.image_epoch = spec->epoch;
  next.restored_epoch = spec->epoch;
  next.disk_generation = manifest.disk_generation;
  next.disk_sent = 0;
  next.restore = (struct mobidesk_restore_stats){
      .prepare_us = held.prepared_at_us - begun,
      .restore_us = hostd_now_us() - held.prepared_at_us,
      .processes = manifest.processes,
  };
  s->held = restore;
  if (process_start_time(held.init_pid, &next.init_start, err) == 0 && start_expiry(config, &next, err) == 0 &&
      session_update(s, &next, err) == 0) {
    event_add(MOBIDESK_EVENT_HELD, spec->id, spec->epoch, 0, "");
    return 0;
  }
  restore_cancel(s);
  release(config, spec, &held);
  return -1;
}

int restore_arrived(const struct config *config, struct session *s, struct error *err) {
  struct spec spec = s->record.spec;
  return disk_receive_await(s, err) < 0 ? -1 : hold(config, s, &spec, err);
}

static bool done_before(const struct session *s, const struct spec *spec) {
  int state = s->record.state;
  return (state == MOBIDESK_HELD || state == MOBIDESK_RUNNING) && s->record.restored_epoch == spec->epoch &&
         (state == MOBIDESK_HELD || s->record.spec.epoch == spec->epoch);
}

int restore_session(const struct config *config, const struct spec *spec, struct mobidesk_restore_stats *out,
                    struct error *err) {
  struct session *s;
  if (session_begin_new(spec, ARRIVAL_PATIENCE_MS, &s, err) < 0)
    return -1;
  int state = s->record.state, r = 0;
  if (!done_before(s, spec)) {
    r = session_check_epoch(s, spec->epoch, err);
    if (r == 0 && (state == MOBIDESK_RUNNING || state == MOBIDESK_HELD))
      r = wrong_state(s, "restored", err);
    if (r == 0 && (r = disk_receive_await(s, err)) == 0)
      r = hold(config, s, spec, err);
  }
  *out = s->record.restore;
  session_end(s);
  return r;
}

/* The processes died between the decision and their first instruction; the image is still here. */
static int fall_back(const struct config *config, struct session *s, struct error *err) {
  struct session_record next = s->record;
  struct error worse;
  watch_release(config, &next);
  next.state = MOBIDESK_CHECKPOINTED;
  next.init_pid = 0;
  next.device = (struct loop_device){0};
  if (disk_lease_withdraw(config, next.spec.id, next.disk_generation, &worse) < 0)
    log_error("withdraw", "session=%s message=\"%s\"", next.spec.id, worse.message);
  if (session_update(s, &next, &worse) < 0)
    log_error("record", "session=%s message=\"%s\"", next.spec.id, worse.message);
  return error_prefix(err, "letting session `%s` run", next.spec.id);
}

/* Most of its processes must be there, and its display must do what it is asked: a listening socket accepts also when
 * nobody is behind it. No viewer has come yet that the display could let go of. */
static int probe(const struct config *config, struct session *s, uint64_t epoch, struct error *err) {
  const struct session_record *r = &s->record;
  if (fault(FAULT_DEAD_AFTER_RESUME))
    whole_kill(r->init_pid, true);
  cleanup_json json_t *whole = image_whole(config, r->spec.id, epoch, err);
  if (!whole || display_wait(r->init_pid, s->pidfd, DISPLAY_TIMEOUT_MS, err) < 0 ||
      display_quiesce(r->init_pid, DISPLAY_TIMEOUT_MS, err) < 0)
    return -1;
  size_t had = json_array_size(json_object_get(whole, "processes")), alive = whole_count_alive(whole, r->init_pid);
  return 2 * alive >= had ? 0 : error_set(err, MOBIDESK_CONFLICT, "only %zu of its %zu processes live", alive, had);
}

/* What was let run is dead, or nothing that anybody could use: it ends, and can be restored again from its image. The
 * disk is put back with it. */
static int bury(const struct config *config, struct session *s, const struct session_record *before,
                struct error *err) {
  struct error worse, why = *err;
  log_error("dead", "session=%s message=\"%s\"", s->record.spec.id, err->message);
  if (process_kill(s->pidfd, &worse) < 0)
    log_error("dead", "session=%s message=\"%s\"", s->record.spec.id, worse.message);
  close(s->pidfd);
  s->pidfd = -1;
  session_update(s, before, &worse);
  fall_back(config, s, &worse);
  restore_disk_revert(config, before->spec.id, before->spec.epoch);
  *err = why;
  err->code = MOBIDESK_CONFLICT;
  return error_prefix(err, "session `%s` was dead when it was let run; its image is kept", s->record.spec.id);
}

static int let_run(const struct config *config, struct session *s, uint64_t new_epoch, struct error *err) {
  struct session_record next = s->record;
  const struct session_record before = s->record;
  struct restore *restore = s->held;
  uint64_t begun = hostd_now_us();
  /* All sockets are there and the gateway still holds: what the processes send first must find the way open. */
  if (disk_lease_confirm(config, next.spec.id, new_epoch, err) < 0 || links_unblock(&next.spec, next.init_pid, err) < 0)
    return -1;
  s->held = NULL;
  if (restore_let_run(restore, err) < 0)
    return fall_back(config, s, err);
  s->pidfd = process_open(next.init_pid, next.init_start, err);
  if (s->pidfd < 0)
    return fall_back(config, s, err);
  struct cgroup_limits limits = spec_limits(&next.spec);
  int r = cgroup_set_cpu(config, next.spec.id, &limits, err);
  if (r == 0)
    r = cgroup_disk_limit(config, next.spec.id, next.device.path, next.spec.disk_rate, err);
  next.restore.running_at_us = hostd_now_us();
  next.restore.resume_us = next.restore.running_at_us - begun;
  next.state = MOBIDESK_RUNNING;
  next.spec.epoch = new_epoch;
  if (session_update(s, &next, err) < 0)
    r = -1;
  session_set_dump(s, new_epoch, DUMP_NONE); /* who streams the next dump must not find this one */
  if (probe(config, s, before.spec.epoch, err) < 0)
    return bury(config, s, &before, err);
  session_lock();
  s->record.restore.display_us = hostd_now_us() - next.restore.running_at_us;
  session_unlock();
  if (watch_start(config, s, err) < 0)
    r = -1;
  /* Not before: nobody waits for this, and the image, which is of the past now, is still here. */
  if (r == 0)
    r = disk_lease_sync(config, next.spec.id, err);
  event_add(MOBIDESK_EVENT_RESUMED, next.spec.id, new_epoch, 0, "");
  return r;
}

/* It runs and answers: the image is of the past now. */
static int drop_image(const struct config *config, struct session *s, struct error *err) {
  struct session_record next = s->record;
  next.image_epoch = 0;
  next.image_bytes = 0;
  next.image_origin = IMAGE_NONE;
  next.disk_coming = DISK_SHARED;
  return disk_receive_settle(config, s, err) < 0 || image_remove_all(config, next.spec.id, err) < 0
             ? -1
             : session_update(s, &next, err);
}

int restore_go_on(const struct config *config, struct session *s, struct error *err) {
  uint64_t epoch = s->record.spec.epoch;
  if (let_run(config, s, epoch, err) < 0)
    return -1;
  restore_disk_unguard(config, s->record.spec.id, epoch);
  return drop_image(config, s, err);
}

int restore_resume(const struct config *config, const char *id, uint64_t new_epoch, struct mobidesk_restore_stats *out,
                   struct error *err) {
  struct session *s;
  if (session_begin(id, &s, err) < 0)
    return -1;
  int r = session_check_epoch(s, new_epoch, err);
  bool done = s->record.state == MOBIDESK_RUNNING && s->record.spec.epoch == new_epoch;
  if (r == 0 && !done && s->record.state != MOBIDESK_HELD)
    r = wrong_state(s, "resumed", err);
  uint64_t epoch = s->record.restored_epoch;
  if (r == 0 && !done && (r = let_run(config, s, new_epoch, err)) == 0) {
    restore_disk_unguard(config, id, epoch);
    r = drop_image(config, s, err);
  }
  *out = s->record.restore;
  session_end(s);
  return r;
}

/* What was dumped here stays: it may be the only one. */
static int forget(const struct config *config, struct session *s, struct error *err) {
  struct session_record none = {.spec = s->record.spec};
  if (s->record.state == MOBIDESK_CHECKPOINTED && s->record.image_origin == IMAGE_DUMPED)
    return 0;
  watch_release(config, &s->record);
  return disk_receive_undo(config, s, err) < 0 || image_remove_all(config, s->record.spec.id, err) < 0
             ? -1
             : session_update(s, &none, err);
}

int restore_abort(const struct config *config, const char *id, uint64_t epoch, struct error *err) {
  struct session *s;
  if (session_begin(id, &s, err) < 0)
    return err->code == MOBIDESK_NOT_FOUND ? 0 : -1;
  int r = session_check_epoch(s, epoch, err);
  if (r == 0 && (s->record.state == MOBIDESK_RUNNING || s->record.state == MOBIDESK_EXITED))
    r = wrong_state(s, "aborted", err);
  if (r == 0 && s->record.state == MOBIDESK_HELD)
    r = abort_held(config, s, err);
  if (r == 0)
    r = forget(config, s, err);
  session_end(s);
  return r;
}
