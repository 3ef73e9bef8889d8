#include "process.h"

#include "clean.h"
#include "files.h"
#include "log.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* A killed process that holds much memory takes a while to let go of it. */
#define KILL_TIMEOUT_MS 30000

int process_start_time(pid_t pid, uint64_t *out, struct error *err) {
  char path[64], text[1024];
  if (files_path(path, sizeof path, err, "/proc/%d/stat", pid) < 0 || files_read(path, text, sizeof text, err) < 0)
    return -1;
  /* Field 22; the second is a name in parentheses that may contain anything. */
  char *field = strrchr(text, ')');
  for (int i = 2; field && i < 22; i++)
    field = strchr(field + 1, ' ');
  if (!field)
    return error_set(err, MOBIDESK_INTERNAL, "`%s` has no start time", path);
  *out = strtoull(field + 1, NULL, 10);
  return 0;
}

int process_open(pid_t pid, uint64_t start, struct error *err) {
  uint64_t now;
  cleanup_close int fd = pidfd_open(pid, 0);
  if (fd < 0)
    return error_set(err, MOBIDESK_NOT_FOUND, "process %d has ended", pid);
  if (process_start_time(pid, &now, err) < 0)
    return -1;
  if (now != start)
    return error_set(err, MOBIDESK_NOT_FOUND, "process %d is another one by now", pid);
  return steal_fd(&fd);
}

int process_wait(int pidfd, int timeout_ms, struct error *err) {
  struct pollfd p = {pidfd, POLLIN, 0};
  int n;
  do
    n = poll(&p, 1, timeout_ms);
  while (n < 0 && errno == EINTR);
  if (n == 0)
    return error_set(err, MOBIDESK_TIMEOUT, "a process did not end within %d ms", timeout_ms);
  siginfo_t info = {0};
  if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | __WALL) < 0 || info.si_pid == 0)
    return 0;
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

void process_reset_signals(void) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  for (int number = 1; number < NSIG; number++)
    signal(number, SIG_DFL);
}

void process_set_nice(int nice) {
  char text[8];
  struct error err;
  snprintf(text, sizeof text, "%d", nice);
  if (setpriority(PRIO_PROCESS, 0, nice) < 0)
    log_warning("priority", "nice=%d errno=%d", nice, errno);
  else if (access("/proc/self/autogroup", W_OK) == 0 && files_write("/proc/self/autogroup", text, &err) < 0)
    log_warning("priority", "message=\"%s\"", err.message);
}

int process_reset_oom_score(struct error *err) { return files_write("/proc/self/oom_score_adj", "0", err); }

int process_kill(int pidfd, struct error *err) {
  if (pidfd_send_signal(pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
    return error_sys(err, "killing a session's first process");
  return process_wait(pidfd, KILL_TIMEOUT_MS, err) < 0 ? -1 : 0;
}
