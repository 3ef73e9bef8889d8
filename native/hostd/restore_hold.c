#include "restore_hold.h"

#include "cgroup.h"
#include "clean.h"
#include "criu.h"
#include "disk.h"
#include "fault.h"
#include "hostd.h"
#include "image.h"
#include "links.h"
#include "rcu.h"
#include "rootfs.h"
#include "template.h"
#include "whole.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

enum phase { STARTING, HELD, LET_RUN, GIVEN_UP, ENDED };

struct restore {
  const struct config *config;
  char root[PATH_MAX], disk[PATH_MAX], images[PATH_MAX];
  struct template_layers layers;
  struct spec copy;
  struct restore_held held;
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  enum phase phase;
  int result;         /* of the whole, once ENDED */
  struct error error; /* the first one */
};

static void enter_phase(struct restore *r, enum phase phase) {
  pthread_mutex_lock(&r->lock);
  r->phase = phase;
  pthread_cond_broadcast(&r->changed);
  pthread_mutex_unlock(&r->lock);
}

static enum phase leave_phase(struct restore *r, enum phase phase) {
  pthread_mutex_lock(&r->lock);
  while (r->phase == phase)
    pthread_cond_wait(&r->changed, &r->lock);
  enum phase now = r->phase;
  pthread_mutex_unlock(&r->lock);
  return now;
}

/* CRIU says that all is done; this looks. */
static int check_whole(struct restore *r, pid_t pid) {
  if (fault(FAULT_PROCESS_MISSING))
    whole_kill(pid, false);
  cleanup_json json_t *whole = image_whole(r->config, r->copy.id, r->copy.epoch, &r->error);
  if (!whole)
    return -1;
  return whole_check(whole, pid, &r->error) == 0 ? 0 : error_prefix(&r->error, "the restored session is not whole");
}

static int on_notify(const char *action, pid_t pid, void *data) {
  struct restore *r = data;
  if (strcmp(action, "setup-namespaces") == 0) {
    r->held.init_pid = pid;
    return links_attach(&r->copy, pid, true, &r->error);
  }
  if (strcmp(action, "post-restore") == 0) {
    r->held.init_pid = pid;
    if (check_whole(r, pid) < 0)
      return -1;
    enter_phase(r, HELD);
    return leave_phase(r, HELD) == LET_RUN ? 0 : -1;
  }
  return 0;
}

/* In CRIU's own process, before it enters its tree. */
static int mount_session(void *data, struct loop_device *device, struct error *err) {
  struct restore *r = data;
  struct rootfs rootfs = {.disk = r->disk, .layers = &r->layers, .uid_base = r->copy.uid_base};
  if (rootfs_mount(r->config, &rootfs, device, err) < 0)
    return -1;
  /* What CRIU forks belongs to the session, and sees no other group: where groups are not CRIU's to manage, it does not
   * restore their namespace. */
  if (cgroup_enter(r->config, r->copy.id, 0, err) < 0)
    return -1;
  return unshare(CLONE_NEWCGROUP) == 0 ? 0 : error_sys(err, "making a namespace of control groups");
}

static int run(struct restore *r, struct error *err) {
  struct criu_worker worker;
  cleanup_close int images = open(r->images, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (images < 0)
    return error_sys(err, "opening the image `%s`", r->images);
  if (criu_start(r->config, r->root, mount_session, r, &worker, err) < 0)
    return -1;
  r->held.prepared_at_us = hostd_now_us();
  r->held.device = worker.device;
  return criu_run_restore(&worker, images, r->images, on_notify, r, err) > 0 ? 0 : -1;
}

static void *thread(void *data) {
  struct restore *r = data;
  struct error err = {0};
  r->result = run(r, &err);
  /* What a notification ran into is the cause of what CRIU says about it. */
  if (r->result < 0 && !r->error.code)
    r->error = err;
  enter_phase(r, ENDED);
  return NULL;
}

static int find_paths(struct restore *r, struct error *err) {
  const struct config *c = r->config;
  if (template_mount(c, r->copy.template_id, &r->layers, err) < 0 || disk_check(c, r->copy.id, err) < 0 ||
      disk_path(c, r->copy.id, r->disk, sizeof r->disk, err) < 0)
    return -1;
  return rootfs_path(c, r->root, sizeof r->root, err) < 0
             ? -1
             : image_path(c, r->copy.id, r->copy.epoch, r->images, sizeof r->images, err);
}

static void discard(struct restore *r) {
  pthread_join(r->thread, NULL);
  pthread_mutex_destroy(&r->lock);
  pthread_cond_destroy(&r->changed);
  free(r);
}

int restore_hold(const struct config *config, const struct spec *spec, struct restore **out, struct restore_held *held,
                 struct error *err) {
  struct restore *r = calloc(1, sizeof *r);
  if (!r)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory to restore session `%s`", spec->id);
  r->config = config;
  r->copy = *spec;
  pthread_mutex_init(&r->lock, NULL);
  pthread_cond_init(&r->changed, NULL);
  int number = 0;
  if (find_paths(r, err) < 0 || (number = pthread_create(&r->thread, NULL, thread, r)) != 0) {
    errno = number;
    if (number)
      error_sys(err, "starting a thread to restore session `%s`", spec->id);
    free(r);
    return -1;
  }
  rcu_hurry();
  enum phase phase = leave_phase(r, STARTING);
  rcu_relax();
  if (phase == HELD) {
    *held = r->held;
    memcpy(held->virtual_address, r->copy.virtual_address, sizeof held->virtual_address);
    held->virtual_number = r->copy.virtual_number;
    held->label = r->copy.label;
    *out = r;
    return 0;
  }
  *err = r->error;
  *held = r->held;
  discard(r);
  return -1;
}

int restore_let_run(struct restore *r, struct error *err) {
  rcu_hurry();
  enter_phase(r, LET_RUN);
  leave_phase(r, LET_RUN);
  rcu_relax();
  int result = r->result;
  if (result < 0)
    *err = r->error;
  discard(r);
  return result;
}

void restore_give_up(struct restore *r) {
  enter_phase(r, GIVEN_UP);
  discard(r);
}
