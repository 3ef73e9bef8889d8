#include "session_life.h"

#include "cgroup.h"
#include "cgroup_disk.h"
#include "clean.h"
#include "disk.h"
#include "disk_grow.h"
#include "disk_lease.h"
#include "disk_receive.h"
#include "disk_repair.h"
#include "display.h"
#include "epochs.h"
#include "event.h"
#include "exec.h"
#include "golden.h"
#include "image.h"
#include "image_copy.h"
#include "links.h"
#include "log.h"
#include "pod.h"
#include "process.h"
#include "restore.h"
#include "template.h"
#include "watch.h"

#include <limits.h>
#include <string.h>
#include <time.h>

/* mobidesk.h promises it. */
#define DISPLAY_TIMEOUT_MS 30000

static uint64_t wall_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Before the first program runs: from here on a restarted daemon knows the session. */
static int write_down(const struct pod_process *process, void *data, struct error *err) {
  struct session *s = data;
  struct session_record next = s->record;
  next.state = MOBIDESK_RUNNING;
  next.created_ms = wall_ms();
  next.init_pid = process->pid;
  next.device = process->device;
  if (process_start_time(process->pid, &next.init_start, err) < 0 ||
      links_attach(&next.spec, process->pid, false, err) < 0)
    return -1;
  return session_update(s, &next, err);
}

/* The disk is this server's, in order, and about to be written. */
static int take_disk(const struct config *config, const struct spec *spec, char *path, size_t size, bool *fresh,
                     struct error *err) {
  bool repaired;
  if (disk_path(config, spec->id, path, size, err) < 0 ||
      disk_create(config, spec->id, spec->disk_bytes, fresh, err) < 0 ||
      disk_lease_take(config, spec->id, spec->epoch, err) < 0)
    return -1;
  if (!*fresh && (disk_repair(path, &repaired, err) < 0 || disk_grow_unmounted(path, err) < 0))
    return -1;
  return disk_lease_confirm(config, spec->id, spec->epoch, err);
}

static int start(const struct config *config, struct session *s, bool *fresh, struct error *err) {
  const struct spec *spec = &s->record.spec;
  char disk[PATH_MAX];
  struct template_layers layers;
  struct cgroup_limits limits = spec_limits(spec);
  struct pod pod = {
      .config = config,
      .rootfs = {.disk = disk, .layers = &layers, .uid_base = spec->uid_base},
      .id = spec->id,
      .user = spec->user,
      .hostname = spec->hostname,
      .locale = spec->locale,
      .timezone = spec->timezone,
      .width = spec->width,
      .height = spec->height,
      .memory_bytes = spec->memory_bytes,
  };
  struct pod_process process;
  if (template_check_cpu(config, spec->template_id, err) < 0 ||
      template_mount(config, spec->template_id, &layers, err) < 0 ||
      take_disk(config, spec, disk, sizeof disk, fresh, err) < 0 || cgroup_create(config, spec->id, &limits, err) < 0 ||
      cgroup_disk_check(spec->disk_rate, err) < 0)
    return -1;
  if (pod_start(&pod, write_down, s, &process, err) < 0)
    return -1;
  s->pidfd = process.pidfd;
  if (cgroup_disk_limit(config, spec->id, process.device.path, spec->disk_rate, err) < 0)
    return -1;
  return display_wait(process.pid, process.pidfd, DISPLAY_TIMEOUT_MS, err);
}

/* Takes back what a failed start has made. */
static void undo_start(const struct config *config, struct session *s, bool fresh) {
  struct error err;
  if (s->pidfd >= 0 && process_kill(s->pidfd, &err) < 0)
    log_error("undo", "session=%s message=\"%s\"", s->record.spec.id, err.message);
  watch_release(config, &s->record);
  if (fresh && disk_remove(config, s->record.spec.id, &err) < 0)
    log_error("undo", "session=%s message=\"%s\"", s->record.spec.id, err.message);
  struct session_record none = {.spec = s->record.spec};
  session_update(s, &none, &err);
}

/* Of a desktop that has booted before, when there is one; else a boot, after which there will be one. */
static int restore_or_boot(const struct config *config, struct session *s, bool *fresh, struct error *err) {
  const struct spec spec = s->record.spec;
  struct session_record again = {.spec = spec};
  int restored = golden_create(config, s, err);
  if (restored > 0)
    return 0;
  if (restored < 0)
    log_warning("golden", "session=%s message=\"booted instead: %s\"", spec.id, err->message);
  if ((restored < 0 && session_update(s, &again, err) < 0) || start(config, s, fresh, err) < 0 ||
      watch_start(config, s, err) < 0)
    return -1;
  golden_want(config, &spec);
  return 0;
}

int session_create(const struct config *config, const struct spec *spec, json_t *reply, struct error *err) {
  struct session *s;
  bool fresh = false;
  if (session_begin_new(spec, 0, &s, err) < 0)
    return -1;
  int state = s->record.state, r = 0;
  if (state == MOBIDESK_RUNNING && spec_same(&s->record.spec, spec) && s->record.spec.epoch == spec->epoch) {
    /* carried out before */
  } else if (state != 0 && state != MOBIDESK_EXITED) {
    r = error_set(err, MOBIDESK_CONFLICT, "session `%s` exists already, %s, at epoch %lu", spec->id,
                  session_state_name(state), s->record.spec.epoch);
  } else {
    struct session_record next = {.spec = *spec};
    next.spec.generation = 1;
    r = session_update(s, &next, err);
    if (r == 0)
      r = restore_or_boot(config, s, &fresh, err);
    if (r < 0)
      undo_start(config, s, fresh);
    else
      event_add(MOBIDESK_EVENT_STARTED, spec->id, spec->epoch, 0, "");
  }
  if (r == 0)
    r = session_to_reply(config, s, reply);
  session_end(s);
  return r;
}

int session_limit(const struct config *config, const char *id, const struct spec *wanted, struct error *err) {
  struct session *s;
  if (session_begin(id, &s, err) < 0)
    return -1;
  struct session_record next = s->record;
  struct cgroup_limits new = spec_limits(wanted), old = spec_limits(&next.spec);
  int r = 0;
  if (next.state != MOBIDESK_RUNNING)
    r = error_set(err, MOBIDESK_CONFLICT, "session `%s` is %s: only one that runs has limits to change", id,
                  session_state_name(next.state));
  if (r == 0 && (cgroup_create(config, id, &new, err) < 0 ||
                 cgroup_disk_limit(config, id, next.device.path, wanted->disk_rate, err) < 0)) {
    struct error worse;
    r = -1;
    if (cgroup_create(config, id, &old, &worse) < 0 ||
        cgroup_disk_limit(config, id, next.device.path, next.spec.disk_rate, &worse) < 0)
      log_error("limit", "session=%s message=\"%s\"", id, worse.message);
  }
  next.spec.memory_bytes = wanted->memory_bytes;
  next.spec.cpu_shares = wanted->cpu_shares;
  next.spec.cpu_millis = wanted->cpu_millis;
  next.spec.pids = wanted->pids;
  next.spec.disk_rate = wanted->disk_rate;
  if (r == 0)
    r = session_update(s, &next, err);
  session_end(s);
  return r;
}

static int remove_files(const struct config *config, const char *id, struct error *err) {
  return disk_remove(config, id, err) < 0 ? -1 : image_copy_prune(config, id, UINT64_MAX, err);
}

int session_destroy(const struct config *config, const char *id, uint32_t flags, struct error *err) {
  struct session *s;
  if (session_begin(id, &s, err) < 0) {
    if (err->code != MOBIDESK_NOT_FOUND)
      return -1;
    /* It was here once, and may come back as it was before that. */
    if (epochs_forget(config, id, err) < 0)
      return -1;
    return flags & MOBIDESK_KEEP_DISK ? 0 : remove_files(config, id, err);
  }
  struct session_record none = {.spec = s->record.spec, .ended = true}, last = s->record;
  int r = 0;
  restore_cancel(s);
  exec_end_all(s, "the session is being ended");
  if (last.init_pid && s->pidfd >= 0)
    r = process_kill(s->pidfd, err);
  if (r == 0) {
    watch_release(config, &last);
    r = disk_receive_undo(config, s, err) < 0 ? -1 : image_remove_all(config, id, err);
  }
  if (r == 0 && !(flags & MOBIDESK_KEEP_DISK))
    r = remove_files(config, id, err);
  if (r == 0) {
    r = session_update(s, &none, err);
    event_add(MOBIDESK_EVENT_DESTROYED, id, last.spec.epoch, 0, "");
  }
  session_end(s);
  return r;
}

/* A held session was CRIU's, and CRIU ended with the daemon: its image is still here, nothing of it ran. One that ran
 * may have been dumped just before the daemon died: a manifest is written when all else of an image is. Else it did not
 * end by itself, as far as anybody knows, and there may be a copy of it: it is not here any more. */
static void adopt_lost(const struct config *config, struct session_record *next) {
  const struct spec *spec = &next->spec;
  struct error err;
  watch_release(config, next);
  next->init_pid = 0;
  next->device = (struct loop_device){0};
  if (next->state == MOBIDESK_HELD && disk_lease_withdraw(config, spec->id, next->disk_generation, &err) < 0)
    log_error("adopt", "session=%s message=\"%s\"", spec->id, err.message);
  if (next->state == MOBIDESK_RUNNING && !image_present(config, spec->id, spec->epoch)) {
    event_add(MOBIDESK_EVENT_LOST, spec->id, spec->epoch, 0, "its processes were gone when the daemon started");
    *next = (struct session_record){.spec = next->spec};
    return;
  }
  if (next->state == MOBIDESK_RUNNING) {
    next->image_epoch = spec->epoch;
    next->image_origin = IMAGE_DUMPED;
    next->image_bytes = image_bytes(config, spec->id, spec->epoch);
    event_add(MOBIDESK_EVENT_CHECKPOINTED, spec->id, spec->epoch, 0, "");
  }
  next->state = MOBIDESK_CHECKPOINTED;
}

/* While this daemon was down the disk was taken away: the session goes on elsewhere, this one must not. */
static int end_fenced(const struct config *config, struct session *s, struct error *why) {
  struct session_record none = {.spec = s->record.spec};
  struct error err;
  log_error("fenced", "session=%s message=\"%s\"", none.spec.id, why->message);
  if (process_kill(s->pidfd, &err) < 0)
    log_error("fenced", "session=%s message=\"%s\"", none.spec.id, err.message);
  watch_release(config, &s->record);
  event_add(MOBIDESK_EVENT_LOST, none.spec.id, none.spec.epoch, 0, why->message);
  int r = session_update(s, &none, why);
  session_end(s);
  return r;
}

/* Dumped, and its disk was let go of, but the daemon died before the processes were gone. */
static int end_dumped(const struct config *config, struct session *s, struct error *err) {
  struct session_record next = s->record;
  struct error why;
  if (process_kill(s->pidfd, &why) < 0)
    log_error("adopt", "session=%s message=\"%s\"", next.spec.id, why.message);
  close(s->pidfd);
  s->pidfd = -1;
  adopt_lost(config, &next);
  return session_update(s, &next, err);
}

static int adopt(const struct config *config, const char *id, struct error *err) {
  struct session *s;
  if (session_begin(id, &s, err) < 0)
    return -1;
  struct session_record next = s->record;
  struct cgroup_limits limits = spec_limits(&next.spec);
  struct error gone;
  int r = 0;
  if (next.state == MOBIDESK_RUNNING && (s->pidfd = process_open(next.init_pid, next.init_start, &gone)) >= 0) {
    bool mine = disk_lease_check(config, id, err) == 0;
    if (!mine && image_present(config, id, next.spec.epoch)) {
      r = end_dumped(config, s, err);
      session_end(s);
      return r;
    }
    if (!mine)
      return end_fenced(config, s, err);
    /* The daemon may have died in the middle of a dump, which CRIU then undid. */
    r = links_unblock(&next.spec, next.init_pid, err);
    if (r == 0)
      r = cgroup_set_cpu(config, id, &limits, err);
    if (r == 0)
      r = cgroup_disk_limit(config, id, next.device.path, next.spec.disk_rate, err);
    if (r == 0)
      r = image_remove_all(config, id, err);
    if (r == 0)
      r = watch_start(config, s, err);
    log_info("adopted", "session=%s pid=%d", id, next.init_pid);
  } else if (next.state == MOBIDESK_RUNNING || next.state == MOBIDESK_HELD) {
    adopt_lost(config, &next);
    r = session_update(s, &next, err);
  } else if (next.state == MOBIDESK_CHECKPOINTED && !image_present(config, id, next.image_epoch)) {
    event_add(MOBIDESK_EVENT_LOST, id, next.spec.epoch, 0, "its image in memory was gone when the daemon started");
    next = (struct session_record){.spec = next.spec};
    r = session_update(s, &next, err);
  }
  session_end(s);
  return r;
}

struct names {
  char (*ids)[MOBIDESK_ID_SIZE];
  size_t count;
};

static void take_name(struct session *s, void *data) {
  struct names *n = data;
  void *more = reallocarray(n->ids, n->count + 1, sizeof *n->ids);
  if (!more)
    return;
  n->ids = more;
  memcpy(n->ids[n->count++], s->record.spec.id, MOBIDESK_ID_SIZE);
}

int session_adopt_all(const struct config *config, struct error *err) {
  struct names names = {0};
  session_each(take_name, &names);
  int r = 0;
  for (size_t i = 0; i < names.count && r == 0; i++)
    r = adopt(config, names.ids[i], err);
  free(names.ids);
  return r;
}
