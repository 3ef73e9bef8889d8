#include "pod.h"

#include "cgroup.h"
#include "clean.h"
#include "idmap.h"
#include "pod_exec.h"
#include "process.h"

#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define NAMESPACES                                                                                                     \
  (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWUSER |         \
   CLONE_NEWTIME)

/* A disk that is used again may be hostile: it must not keep the daemon waiting. */
#define START_TIMEOUT_MS 60000

static void tell(int channel, const struct pod_message *message) {
  /* When the daemon is gone there is nobody to tell; process 1 then reads the end of its channel and exits. */
  if (send(channel, message, sizeof *message, MSG_NOSIGNAL) < 0)
    return;
}

/* The builder: mounts the root in a namespace of its own and makes process 1 from there, as the daemon's child. */
static void build(const struct pod *pod, int channel) {
  struct pod_message message = {.kind = POD_FAILED};
  struct clone_args args = {.flags = NAMESPACES | CLONE_PARENT};
  if (pod_exec_hide(&message.error) == 0 && process_reset_oom_score(&message.error) == 0 &&
      rootfs_mount(pod->config, &pod->rootfs, &message.device, &message.error) == 0 &&
      cgroup_enter(pod->config, pod->id, 0, &message.error) == 0) {
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0)
      pod_child(pod, channel);
    if (pid > 0)
      message.kind = POD_STARTED, message.pid = pid;
    else
      error_sys(&message.error, "making the namespaces of session `%s`", pod->id);
  }
  tell(channel, &message);
}

static pid_t start_builder(const struct pod *pod, int channel, int other) {
  pid_t pid = fork();
  if (pid != 0)
    return pid;
  close(other);
  build(pod, channel);
  _exit(0);
}

/* Receives one message; a closed channel is POD_STARTED's opposite for the builder and success for process 1. */
static int receive(int channel, struct pod_message *message, bool end_is_success, struct error *err) {
  struct pollfd p = {channel, POLLIN, 0};
  ssize_t n;
  do
    n = poll(&p, 1, START_TIMEOUT_MS);
  while (n < 0 && errno == EINTR);
  if (n <= 0)
    return error_set(err, MOBIDESK_TIMEOUT, "a session's first process did not begin within %d ms", START_TIMEOUT_MS);
  do
    n = recv(channel, message, sizeof *message, 0);
  while (n < 0 && errno == EINTR);
  if (n == 0 && end_is_success)
    return 0;
  if (n != sizeof *message)
    return error_set(err, MOBIDESK_INTERNAL, "a session's first process ended without a word");
  if (message->kind == POD_FAILED) {
    *err = message->error;
    return -1;
  }
  return 0;
}

static int complete(const struct pod *pod, int channel, pod_prepare prepare, void *data,
                    const struct pod_process *process, struct error *err) {
  char map[64], go = 1;
  struct pod_message message;
  snprintf(map, sizeof map, "0 %u %u\n", pod->rootfs.uid_base, ROOTFS_IDS);
  if (idmap_write(process->pid, map, err) < 0 || prepare(process, data, err) < 0)
    return -1;
  if (send(channel, &go, 1, MSG_NOSIGNAL) != 1)
    return error_sys(err, "telling the first process of session `%s` to go on", pod->id);
  return receive(channel, &message, true, err);
}

int pod_start(const struct pod *pod, pod_prepare prepare, void *data, struct pod_process *out, struct error *err) {
  int ends[2];
  struct pod_message message;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
    return error_sys(err, "making a channel for session `%s`", pod->id);
  cleanup_close int channel = ends[0];
  pid_t builder = start_builder(pod, ends[1], ends[0]);
  close(ends[1]);
  if (builder < 0)
    return error_sys(err, "forking the builder of session `%s`", pod->id);
  int r = receive(channel, &message, false, err);
  if (r < 0)
    kill(builder, SIGKILL);
  waitpid(builder, NULL, 0);
  if (r < 0)
    return -1;
  *out = (struct pod_process){.pid = message.pid, .pidfd = pidfd_open(message.pid, 0), .device = message.device};
  if (out->pidfd < 0)
    return error_sys(err, "opening a pidfd of %d", message.pid);
  if (complete(pod, channel, prepare, data, out, err) == 0)
    return 0;
  kill(message.pid, SIGKILL);
  waitpid(message.pid, NULL, __WALL);
  close(out->pidfd);
  return -1;
}
