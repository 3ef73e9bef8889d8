#include "criu.h"

#include "clean.h"
#include "criu_log.h"
#include "fault.h"
#include "files.h"
#include "log.h"
#include "precopy_table.h"
#include "process.h"

#include <criu/criu.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <sys/wait.h>

/* Deleted files that are copied into the image, at most. */
#define GHOST_LIMIT (256u << 20)

/* The worker's end of its socket. */
#define WORKER_FD 3

#define CPU_CAP_CPU 0x01u /* criu/include/cpu.h: refuse a processor that lacks a feature */

static char version[32];

/* libcriu's callback has no argument of the caller's, but runs on its thread. */
static _Thread_local struct {
  criu_notify notify;
  void *data;
} current;

static int on_notify(char *action, criu_notify_arg_t argument) {
  return current.notify ? current.notify(action, criu_notify_pid(argument), current.data) : 0;
}

/* All that CRIU gets besides 0 to 2. */
static int keep_descriptors(int socket, int table) {
  int first = table < 0 ? WORKER_FD + 1 : PRECOPY_FD + 1;
  /* Neither is in the other's place when it is put into its own. */
  if (table >= 0 && (table = fcntl(table, F_DUPFD, PRECOPY_FD + 1)) < 0)
    return -1;
  if (dup2(socket, WORKER_FD) < 0 || (table >= 0 && dup2(table, PRECOPY_FD) < 0))
    return -1;
  return close_range((unsigned)first, ~0u, CLOSE_RANGE_CLOEXEC);
}

struct prepared {
  int code; /* 0: well */
  struct loop_device device;
  struct error error;
};

static _Noreturn void become_criu(const struct config *config, const char *root, int socket, int table) {
  char program[PATH_MAX], run[PATH_MAX], descriptor[8];
  struct error err;
  process_reset_signals();
  /* Applications stand still for as long as this runs. What is restored gets its own priority back. */
  process_set_nice(-20);
  snprintf(descriptor, sizeof descriptor, "%d", WORKER_FD);
  if (files_path(program, sizeof program, &err, "%s/mobidesk-criu", config->libexec_dir) < 0 ||
      files_path(run, sizeof run, &err, "%s/criu", config->run_dir) < 0 || keep_descriptors(socket, table) < 0)
    _exit(1);
  /* With `root` NULL the list ends one earlier. */
  const char *argv[] = {"mobidesk-criu", config->criu_tree, run, root, "--", "swrk", descriptor, NULL};
  if (!root)
    memmove(argv + 3, argv + 4, 4 * sizeof *argv);
  char variable[64];
  snprintf(variable, sizeof variable, "%s=%d%.1s", PRECOPY_VARIABLE, PRECOPY_FD,
           table >= 0 && fault(FAULT_HELPER_KILLED) ? PRECOPY_HELPER_DIES : "");
  const char *const with[] = {variable, NULL}, *const without[] = {NULL};
  execve(program, (char *const *)argv, (char *const *)(table < 0 ? without : with));
  log_error("criu", "message=\"executing %s: errno %d\"", program, errno);
  _exit(1);
}

static _Noreturn void worker(const struct config *config, const char *root, criu_prepare prepare, void *data, int table,
                             int socket, int channel) {
  struct prepared result = {0};
  if (setsid() < 0)
    error_sys(&result.error, "starting a session for CRIU");
  if (process_reset_oom_score(&result.error) < 0)
    result.code = -1;
  if (result.code == 0 && prepare && prepare(data, &result.device, &result.error) < 0)
    result.code = -1;
  send(channel, &result, sizeof result, MSG_NOSIGNAL);
  if (result.code < 0)
    _exit(1);
  become_criu(config, root, socket, table);
}

static int receive_prepared(int channel, struct criu_worker *out, struct error *err) {
  struct prepared result;
  ssize_t n;
  do
    n = recv(channel, &result, sizeof result, 0);
  while (n < 0 && errno == EINTR);
  if (n != sizeof result)
    return error_set(err, MOBIDESK_INTERNAL, "the CRIU worker ended without a word");
  if (result.code < 0) {
    *err = result.error;
    return -1;
  }
  out->device = result.device;
  return 0;
}

static int start(const struct config *config, const char *root, criu_prepare prepare, void *data, int table,
                 struct criu_worker *out, struct error *err) {
  int sockets[2], channels[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
    return error_sys(err, "making a socket for CRIU");
  cleanup_close int socket = sockets[0], socket_there = sockets[1];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channels) < 0)
    return error_sys(err, "making a channel for CRIU");
  cleanup_close int channel = channels[0], channel_there = channels[1];
  pid_t pid = fork();
  if (pid < 0)
    return error_sys(err, "forking for CRIU");
  if (pid == 0)
    worker(config, root, prepare, data, table, socket_there, channel_there);
  close(steal_fd(&channel_there));
  *out = (struct criu_worker){.pid = pid};
  if (receive_prepared(channel, out, err) < 0) {
    waitpid(pid, NULL, 0);
    return -1;
  }
  out->socket = steal_fd(&socket);
  return 0;
}

int criu_start(const struct config *config, const char *root, criu_prepare prepare, void *data, struct criu_worker *out,
               struct error *err) {
  return start(config, root, prepare, data, -1, out, err);
}

int criu_start_dump(const struct config *config, int table, struct criu_worker *out, struct error *err) {
  return start(config, NULL, NULL, NULL, table, out, err);
}

static void reap(struct criu_worker *w) {
  while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
    ;
  w->pid = 0;
  w->socket = -1;
}

/* A CRIU that dumps and was killed leaves the process that compared for it, of the same group, which ends with it. */
static void reap_group(struct criu_worker *w) {
  pid_t group = w->pid;
  reap(w);
  while (waitpid(-group, NULL, __WALL) > 0 || errno == EINTR)
    ;
}

void criu_stop(struct criu_worker *w) {
  close(w->socket);
  kill(w->pid, SIGKILL);
  reap_group(w);
}

/* What dump and restore must agree on. The network namespace is dumped empty and filled by links_attach; its packets
 * are kept away by the gateway and the server, so CRIU need not lock it. */
static int set_options(criu_opts *o, struct criu_worker *w, int images, const char *log, bool notify) {
  criu_local_set_service_fd(o, w->socket);
  criu_local_set_images_dir_fd(o, images);
  criu_local_set_tcp_established(o, true);
  criu_local_set_tcp_skip_in_flight(o, true);
  criu_local_set_ext_unix_sk(o, true);
  criu_local_set_file_locks(o, true);
  criu_local_set_link_remap(o, true);
  criu_local_set_ghost_limit(o, GHOST_LIMIT);
  criu_local_set_manage_cgroups(o, true);
  criu_local_set_manage_cgroups_mode(o, CRIU_CG_MODE_IGNORE);
  criu_local_set_empty_ns(o, CLONE_NEWNET);
  criu_local_set_cpu_cap(o, CPU_CAP_CPU);
  criu_local_set_log_level(o, CRIU_LOG_WARN);
  if (notify)
    criu_local_set_notify_cb(o, on_notify);
  return criu_local_set_network_lock(o, CRIU_NETWORK_LOCK_SKIP) == 0 && criu_local_set_log_file(o, log) == 0 ? 0 : -1;
}

static int no_memory(struct error *err) { return error_set(err, MOBIDESK_NO_SPACE, "no memory for a request to CRIU"); }

static void begin(criu_notify notify, void *data) {
  current.notify = notify;
  current.data = data;
}

int criu_run_dump(struct criu_worker *w, int images, const char *path, const struct criu_dump *how, criu_notify notify,
                  void *data, struct error *err) {
  criu_opts *o = NULL;
  int r = -1;
  begin(notify, data);
  if (criu_local_init_opts(&o) < 0 || set_options(o, w, images, CRIU_DUMP_LOG, true) < 0) {
    no_memory(err);
    criu_stop(w);
  } else {
    criu_local_set_pid(o, how->pid);
    criu_local_set_leave_running(o, how->copy);
    if (how->parent) {
      criu_local_set_track_mem(o, true);
      criu_local_set_parent_images(o, how->parent);
    }
    if (how->verbose)
      criu_local_set_log_level(o, CRIU_LOG_INFO);
    r = criu_local_dump(o);
    reap_group(w);
    if (r < 0)
      r = criu_log_explain(path, CRIU_DUMP_LOG, MOBIDESK_NOT_CHECKPOINTABLE, err);
  }
  criu_local_free_opts(o);
  return r;
}

pid_t criu_run_restore(struct criu_worker *w, int images, const char *path, criu_notify notify, void *data,
                       struct error *err) {
  criu_opts *o = NULL;
  pid_t pid = -1;
  begin(notify, data);
  if (criu_local_init_opts(&o) < 0 || set_options(o, w, images, CRIU_RESTORE_LOG, true) < 0 ||
      criu_local_set_root(o, "/mnt") < 0) {
    no_memory(err);
    criu_stop(w);
  } else {
    pid = criu_local_restore(o);
    reap(w);
    if (pid <= 0)
      pid = criu_log_explain(path, CRIU_RESTORE_LOG, MOBIDESK_INTERNAL, err);
  }
  criu_local_free_opts(o);
  return pid;
}

/* CRIU finds out what the kernel can do when it is first used, for a good part of a second, and keeps it in its /run:
 * better now than while a session stands still. */
static void learn_kernel(const struct config *config) {
  struct criu_worker w;
  struct error err;
  criu_opts *o = NULL;
  struct criu_feature_check ask = {.lazy_pages = true};
  if (criu_start(config, NULL, NULL, NULL, &w, &err) < 0)
    return;
  if (criu_local_init_opts(&o) < 0) {
    criu_stop(&w);
    return;
  }
  criu_local_set_service_fd(o, w.socket);
  if (criu_local_feature_check(o, &ask, sizeof ask) < 0)
    log_warning("criu", "message=\"it could not find out what this kernel can do\"");
  reap(&w);
  criu_local_free_opts(o);
}

static int ask_version(const struct config *config, struct error *err) {
  struct criu_worker w;
  criu_opts *o = NULL;
  if (criu_start(config, NULL, NULL, NULL, &w, err) < 0)
    return -1;
  if (criu_local_init_opts(&o) < 0) {
    criu_stop(&w);
    return no_memory(err);
  }
  criu_local_set_service_fd(o, w.socket);
  int number = criu_local_get_version(o);
  reap(&w);
  criu_local_free_opts(o);
  if (number <= 0)
    return error_set(err, MOBIDESK_UNSUPPORTED, "CRIU does not run in `%s`", config->criu_tree);
  snprintf(version, sizeof version, "%d.%d.%d", number / 10000, number / 100 % 100, number % 100);
  return 0;
}

int criu_open(const struct config *config, struct error *err) {
  char run[PATH_MAX], known[PATH_MAX];
  struct statfs fs;
  struct error absent;
  if (files_path(run, sizeof run, err, "%s/criu", config->run_dir) < 0 || files_make_dirs(run, 0700, err) < 0)
    return -1;
  /* CRIU keeps its cache on a tmpfs only: what is known about a kernel must not survive a reboot. */
  if (statfs(run, &fs) == 0 && fs.f_type != TMPFS_MAGIC && mount("mobidesk-criu", run, "tmpfs", 0, "size=16m") < 0)
    return error_sys(err, "mounting a tmpfs at `%s`", run);
  /* A daemon that was replaced may have had CRIU see the kernel otherwise (criu_precopy.c). */
  if (files_path(known, sizeof known, err, "%s/criu.kdat", run) < 0 || (unlink(known) < 0 && errno != ENOENT))
    return error_sys(err, "removing what CRIU knew about the kernel in `%s`", run);
  if (ask_version(config, &absent) < 0)
    log_warning("no-criu", "tree=%s message=\"%s\"", config->criu_tree, absent.message);
  else
    learn_kernel(config);
  return 0;
}

void criu_version(char *out, size_t size) { snprintf(out, size, "%s", version); }
