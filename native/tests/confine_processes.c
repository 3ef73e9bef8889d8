/* Processes of the host and of other sessions. */
#include "confine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int kill_victim(const struct target *t) {
  return one_worked(kill(t->victim, SIGKILL), syscall(SYS_tgkill, t->victim, t->victim, SIGKILL),
                    syscall(SYS_rt_sigqueueinfo, t->victim, SIGKILL, NULL), kill(-t->victim, SIGKILL));
}

static int trace_victim(const struct target *t) {
  return one_worked(ptrace(PTRACE_SEIZE, t->victim, NULL, NULL), ptrace(PTRACE_ATTACH, t->victim, NULL, NULL));
}

static int read_victim(const struct target *t) {
  char text[64], path[64];
  struct iovec mine = {text, sizeof text}, theirs = {(void *)t->address, sizeof text};
  snprintf(path, sizeof path, "/proc/%d/mem", t->victim);
  return one_worked(process_vm_readv(t->victim, &mine, 1, &theirs, 1, 0),
                    process_vm_writev(t->victim, &mine, 1, &theirs, 1, 0), open(path, O_RDWR),
                    syscall(SYS_kcmp, getpid(), t->victim, 0, 0, 0));
}

static int open_victim(const struct target *t) {
  return one_worked(syscall(SYS_pidfd_open, t->victim, 0), syscall(SYS_migrate_pages, t->victim, 0, NULL, NULL));
}

/* All of the numbers that there are: nobody is there who is not of the session. That is judged on the host. */
static int count_processes(const struct target *t) {
  unsigned alive = 0;
  for (pid_t pid = 1; pid < 65536; pid++)
    if (kill(pid, 0) == 0 || errno == EPERM)
      alive++;
  note("%u processes", alive);
  return 0;
}

static int enter_init(const struct target *t) {
  static const char *const kinds[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"};
  char path[64];
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    snprintf(path, sizeof path, "/proc/1/ns/%s", kinds[i]);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && setns(fd, 0) == 0) {
      note("%s", path);
      return 0;
    }
  }
  return -1;
}

static int new_namespaces(const struct target *t) {
  static const int kinds[] = {CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,    CLONE_NEWNET,
                              CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP, 0x80 /* CLONE_NEWTIME */};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (unshare(kinds[i]) == 0 || unshare(kinds[i] | CLONE_FS) == 0) {
      note("%x", (unsigned)kinds[i]);
      return 0;
    }
  return -1;
}

/* ---- processes that are about to enter the session ---- */

/* What can be had of a process: its file, descriptors, memory, control over it. Anything is a catch, unless the file is
 * the session's, or has no name. */
static const char *catch (pid_t pid, dev_t own) {
  char path[64], link[256] = "";
  struct stat st;
  snprintf(path, sizeof path, "/proc/%d/exe", pid);
  if (readlink(path, link, sizeof link - 1) < 0 || strncmp(link, "/memfd:", 7) == 0)
    return NULL;
  int exe = open(path, O_RDONLY | O_CLOEXEC);
  if (exe < 0 || fstat(exe, &st) < 0 || st.st_dev == own) {
    close(exe);
    return NULL;
  }
  close(exe);
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  int memory = open(path, O_RDWR | O_CLOEXEC);
  if (memory < 0)
    return "file";
  close(memory);
  return ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0 ? "control" : "memory";
}

/* Writes what it sees to /tmp/stalk: "seen N caught M WHAT". Processes that enter get the next number. */
int stalk(bool stop) {
  struct stat root;
  unsigned long seen = 0, caught = 0;
  const char *what = "nothing";
  pid_t last = 0;
  if (stat("/", &root) < 0)
    return 1;
  if (fork() != 0) {
    puts("ready");
    return 0;
  }
  setsid();
  int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++)
    dup2(null, fd);
  int out = open("/tmp/stalk", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  for (last = getpid();;) {
    char text[128];
    pid_t pid = last + 1;
    while (pid < last + 16 && kill(pid, 0) < 0 && errno == ESRCH)
      pid++;
    if (pid == last + 16)
      continue;
    seen++;
    if (stop)
      kill(pid, SIGSTOP);
    /* As long as it is there, and is not yet the session's own. */
    for (int i = 0; i < 2000 && kill(pid, 0) == 0; i++) {
      const char *got = catch (pid, root.st_dev);
      if (got) {
        what = got;
        caught++;
        break;
      }
    }
    last = pid;
    int n = snprintf(text, sizeof text, "seen %lu caught %lu %s\n", seen, caught, what);
    if (pwrite(out, text, (size_t)n, 0) != n)
      return 1;
  }
}

const struct attempt process_attempts[] = {
    {"kill", "killing a process of the host", kill_victim, false},
    {"ptrace", "tracing a process of the host", trace_victim, false},
    {"process-memory", "process_vm_readv, process_vm_writev, /proc/PID/mem of the host", read_victim, false},
    {"pidfd", "pidfd_open, migrate_pages of a process of the host", open_victim, false},
    {"all-pids", "looking for processes by all numbers", count_processes, true},
    {"setns", "entering the namespaces of process 1", enter_init, false},
    {"namespaces", "new namespaces of each kind", new_namespaces, false},
    {0},
};
