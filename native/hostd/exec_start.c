#include "exec_start.h"

#include "cgroup.h"
#include "clean.h"
#include "files.h"
#include "pod_account.h"
#include "pod_exec.h"
#include "pod_limits.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define ALL_NAMESPACES                                                                                                 \
  (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP |         \
   CLONE_NEWTIME)

#define GROUPS_MAX 64

/* Where a command has the copy of mobidesk-exec. */
#define PROGRAM_FD 4

/* The root of a session can stop a command before its first instruction. A busy machine takes seconds to reach it. */
#define START_TIMEOUT_MS 60000

struct start {
  const struct config *config;
  const struct session *session;
  char **argv;
  bool root;
  int streams[3]; /* the command's ends */
  int channel;
};

struct started {
  pid_t pid; /* 0: failed */
  struct error error;
};

static bool is_member(char *list, const char *user) {
  char *rest;
  for (char *name = strtok_r(list, ",\n", &rest); name; name = strtok_r(NULL, ",\n", &rest))
    if (strcmp(name, user) == 0)
      return true;
  return false;
}

/* The session's own /etc/group. The C library's way would load modules from the session. */
static size_t read_groups(const char *user, gid_t groups[GROUPS_MAX]) {
  struct error err;
  cleanup_free char *text = files_read_regular("/etc/group", &err);
  size_t count = 0;
  char *rest;
  groups[count++] = POD_USER_ID;
  for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line && count < GROUPS_MAX;
       line = strtok_r(NULL, "\n", &rest)) {
    char *number = strchr(line, ':');
    number = number ? strchr(number + 1, ':') : NULL;
    char *members = number ? strchr(number + 1, ':') : NULL;
    if (members && is_member(members + 1, user))
      groups[count++] = (gid_t)strtoul(number + 1, NULL, 10);
  }
  return count;
}

static int become(const struct start *o, struct error *err) {
  gid_t groups[GROUPS_MAX];
  size_t count = o->root ? 0 : read_groups(o->session->record.spec.user, groups);
  id_t id = o->root ? 0 : POD_USER_ID;
  if (setgroups(count, groups) < 0 || setresgid(id, id, id) < 0 || setresuid(id, id, id) < 0)
    return error_sys(err, "becoming the session's %s", o->root ? "root" : "user");
  return 0;
}

static int move_streams(const struct start *o, struct error *err) {
  for (int i = 0; i < 3; i++)
    if (dup2(o->streams[i], i) < 0)
      return error_sys(err, "giving the command its standard streams");
  /* Where they come from is above, where they go to is not. */
  int program = fcntl(pod_exec_fd(), F_DUPFD_CLOEXEC, 64), channel = fcntl(o->channel, F_DUPFD_CLOEXEC, 64);
  if (program < 0 || channel < 0 || dup3(channel, 3, O_CLOEXEC) < 0 || dup3(program, PROGRAM_FD, O_CLOEXEC) < 0 ||
      close_range(PROGRAM_FD + 1, ~0u, 0) < 0)
    return error_sys(err, "closing inherited descriptors");
  return 0;
}

static int execute(const struct start *o, struct error *err) {
  const struct spec *s = &o->session->record.spec;
  const char *name = o->root ? "root" : s->user;
  char home[80], user[80], logname[80], lang[80], zone[80], runtime[64];
  snprintf(home, sizeof home, o->root ? "HOME=/root" : "HOME=/home/%s", name);
  snprintf(user, sizeof user, "USER=%s", name);
  snprintf(logname, sizeof logname, "LOGNAME=%s", name);
  snprintf(lang, sizeof lang, "LANG=%s", s->locale);
  snprintf(zone, sizeof zone, "TZ=%s", s->timezone);
  snprintf(runtime, sizeof runtime, "XDG_RUNTIME_DIR=/run/user/%d", o->root ? 0 : POD_USER_ID);
  char *env[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                 "DISPLAY=:0",
                 "SHELL=/bin/bash",
                 home,
                 user,
                 logname,
                 lang,
                 zone,
                 runtime,
                 NULL};
  if (chdir(home + strlen("HOME=")) < 0 && chdir("/") < 0)
    return error_sys(err, "changing to the session's /");
  return pod_exec(PROGRAM_FD, o->argv, env, err);
}

/* In the session. Its parent is the daemon; a session leader of its own, because CRIU refuses processes whose leader is
 * outside: what it leaves behind must not keep the session from moving. */
static _Noreturn void command(const struct start *o) {
  struct started failed = {0};
  process_reset_signals();
  setpriority(PRIO_PROCESS, 0, 0);
  umask(022);
  if (setsid() < 0)
    error_sys(&failed.error, "starting a session of processes");
  else if (move_streams(o, &failed.error) == 0 && setgroups(0, NULL) == 0 && setresgid(0, 0, 0) == 0 &&
           setresuid(0, 0, 0) == 0 && pod_limits_apply(&failed.error) == 0 && become(o, &failed.error) == 0)
    execute(o, &failed.error);
  send(3, &failed, sizeof failed, MSG_NOSIGNAL);
  _exit(127);
}

/* Enters the namespaces; a pid namespace is entered by children only, so the command is a child, made the daemon's. */
static void enter(const struct start *o) {
  struct started result = {0};
  struct clone_args args = {.flags = CLONE_PARENT};
  if (pod_exec_hide(&result.error) == 0 && process_reset_oom_score(&result.error) == 0 &&
      cgroup_enter(o->config, o->session->record.spec.id, 0, &result.error) == 0) {
    if (setns(o->session->pidfd, ALL_NAMESPACES) < 0) {
      error_sys(&result.error, "entering the namespaces of session `%s`", o->session->record.spec.id);
    } else {
      result.pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
      if (result.pid == 0)
        command(o);
      if (result.pid < 0)
        error_sys(&result.error, "forking in session `%s`", o->session->record.spec.id);
    }
  }
  send(o->channel, &result, sizeof result, MSG_NOSIGNAL);
  _exit(0);
}

/* Size of what came, 0 at the end, -1 when neither came in time. */
static int receive(int channel, struct started *out) {
  struct pollfd p = {channel, POLLIN, 0};
  ssize_t n;
  do
    n = poll(&p, 1, START_TIMEOUT_MS);
  while (n < 0 && errno == EINTR);
  if (n <= 0)
    return -1;
  do
    n = recv(channel, out, sizeof *out, 0);
  while (n < 0 && errno == EINTR);
  return (int)n;
}

static int collect(int channel, pid_t helper, struct exec_process *out, struct error *err) {
  struct started result;
  int n = receive(channel, &result);
  if (n < 0)
    kill(helper, SIGKILL);
  waitpid(helper, NULL, 0);
  if (n < 0)
    return error_set(err, MOBIDESK_TIMEOUT, "entering the session took longer than %d ms", START_TIMEOUT_MS);
  if (n != sizeof result)
    return error_set(err, MOBIDESK_INTERNAL, "entering the session ended without a word");
  if (result.pid <= 0) {
    *err = result.error;
    return -1;
  }
  pid_t pid = result.pid;
  out->pidfd = pidfd_open(pid, 0);
  if (out->pidfd < 0)
    return error_sys(err, "opening a pidfd of %d", pid);
  n = receive(channel, &result);
  if (n == 0)
    return 0;
  if (n == sizeof result)
    *err = result.error;
  else
    error_set(err, MOBIDESK_TIMEOUT, "the command did not begin within %d ms: something in the session has stopped it",
              START_TIMEOUT_MS);
  pidfd_send_signal(out->pidfd, SIGKILL, NULL, 0);
  waitpid(pid, NULL, __WALL);
  close(out->pidfd);
  return -1;
}

static void close_all(int pipes[4][2]) {
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 2; j++)
      if (pipes[i][j] >= 0)
        close(pipes[i][j]);
}

int exec_start(const struct config *config, const struct session *s, char **argv, bool root, struct exec_process *out,
               struct error *err) {
  int pipes[4][2] = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
  int r = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pipes[3]);
  for (int i = 0; i < 3 && r == 0; i++)
    r = pipe2(pipes[i], O_CLOEXEC);
  if (r < 0) {
    error_sys(err, "making the standard streams of a command");
    close_all(pipes);
    return -1;
  }
  struct start o = {config, s, argv, root, {pipes[0][0], pipes[1][1], pipes[2][1]}, pipes[3][1]};
  pid_t helper = fork();
  if (helper == 0)
    enter(&o);
  for (int i = 0; i < 4; i++)
    close(i == 0 ? pipes[i][0] : pipes[i][1]), pipes[i][i == 0 ? 0 : 1] = -1;
  r = helper < 0 ? error_sys(err, "forking to enter session `%s`", s->record.spec.id)
                 : collect(pipes[3][0], helper, out, err);
  if (r == 0) {
    out->in = steal_fd(&pipes[0][1]);
    out->out = steal_fd(&pipes[1][0]);
    out->err = steal_fd(&pipes[2][0]);
  }
  close_all(pipes);
  return r;
}
