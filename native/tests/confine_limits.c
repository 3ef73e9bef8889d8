/* The session's own limits: those that it may not raise, and what happens when all of something is taken. */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* As the kernel has it; its header and that of the C library exclude each other. */
struct scheduling {
  unsigned size, policy;
  unsigned long flags;
  int nice;
  unsigned priority;
  unsigned long runtime, deadline, period;
};

static int raise_priority(const struct target *t) {
  return one_worked(setpriority(PRIO_PROCESS, 0, -1), setpriority(PRIO_PROCESS, 0, -20), setpriority(PRIO_USER, 0, -5),
                    setpriority(PRIO_PROCESS, 1, -5), write_to("/proc/self/autogroup", "-10"),
                    nice(-5) == -1 && errno ? -1 : 0);
}

static int real_time(const struct target *t) {
  struct sched_param one = {.sched_priority = 1}, most = {.sched_priority = 99};
  struct scheduling deadline = {.size = sizeof deadline,
                                .policy = 6 /* SCHED_DEADLINE */,
                                .runtime = 1000000,
                                .deadline = 2000000,
                                .period = 2000000};
  return one_worked(sched_setscheduler(0, SCHED_FIFO, &most), sched_setscheduler(0, SCHED_RR, &one),
                    sched_setscheduler(1, SCHED_RR, &one), syscall(SYS_sched_setattr, 0, &deadline, 0),
                    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_RT, 0)));
}

static int survive_oom(const struct target *t) {
  return one_worked(write_to("/proc/self/oom_score_adj", "-1000"), write_to("/proc/self/oom_score_adj", "-1"),
                    write_to("/proc/1/oom_score_adj", "-500"), write_to("/proc/self/oom_adj", "-17"));
}

static int raise_limits(const struct target *t) {
  for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
    struct rlimit limit, more;
    if (getrlimit((__rlimit_resource_t)resource, &limit) < 0 || limit.rlim_max == RLIM_INFINITY)
      continue;
    more = (struct rlimit){limit.rlim_max + 1, limit.rlim_max + 1};
    if (setrlimit((__rlimit_resource_t)resource, &more) == 0 || syscall(SYS_prlimit64, 1, resource, &more, NULL) == 0) {
      note("limit %d is %lu now", resource, (unsigned long)more.rlim_max);
      return 0;
    }
  }
  return -1;
}

static int lock_memory(const struct target *t) {
  size_t size = 64 << 20;
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return one_worked(mlock(memory, size), mlockall(MCL_CURRENT | MCL_FUTURE), mlock2(memory, size, MLOCK_ONFAULT));
}

static int written;

static int write_entry(const char *path, const struct stat *st, int type, struct FTW *where) {
  if (type == FTW_F && (write_to(path, "1") == 0 || write_to(path, "/tmp/confine") == 0)) {
    note("%.150s", path);
    written++;
  }
  return 0;
}

static int cgroups(const struct target *t) {
  static const char *const files[] = {"/sys/fs/cgroup/memory/release_agent",
                                      "/sys/fs/cgroup/release_agent",
                                      "/sys/fs/cgroup/memory/memory.limit_in_bytes",
                                      "/sys/fs/cgroup/memory.max",
                                      "/sys/fs/cgroup/pids/cgroup.procs",
                                      "/sys/fs/cgroup/cgroup.procs",
                                      "/sys/fs/cgroup/devices/devices.allow"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    if (write_to(files[i], "0") == 0) {
      note("%s", files[i]);
      return 0;
    }
  nftw("/sys/fs/cgroup", write_entry, 16, FTW_PHYS);
  return one_worked(written ? 0 : -1, mkdir("/sys/fs/cgroup/confine", 0755),
                    mkdir("/sys/fs/cgroup/memory/confine", 0755));
}

const struct attempt limit_attempts[] = {
    {"priority", "nice values below 0", raise_priority, false},
    {"real-time", "real-time and deadline scheduling, input and output first", real_time, false},
    {"oom-score", "not to be killed when memory is short", survive_oom, false},
    {"rlimits", "raising hard resource limits", raise_limits, false},
    {"memory-lock", "locking 64 MiB of memory", lock_memory, false},
    {"cgroups", "limits, members and release_agent of control groups", cgroups, false},
    {0},
};

/* ---- taking all there is ---- */

static int fork_all(void) {
  puts("begun");
  fflush(stdout);
  if (fork() != 0)
    return 0;
  setsid();
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; fd++)
    dup2(null, fd);
  signal(SIGTERM, SIG_IGN);
  for (;;)
    fork();
}

/* What it takes is given back when it ends. */
static int take_memory(void) {
  int status;
  pid_t pid = fork();
  if (pid == 0)
    for (size_t taken = 0;; taken += 1 << 20) {
      char *more = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (more == MAP_FAILED)
        _exit(1);
      memset(more, 1, 1 << 20);
    }
  if (waitpid(pid, &status, 0) != pid)
    return 1;
  printf("%s %d\n", WIFSIGNALED(status) ? "killed" : "ended", WIFSIGNALED(status) ? WTERMSIG(status) : status);
  return 0;
}

static int fill(const char *path) {
  static char block[1 << 20];
  memset(block, 1, sizeof block);
  unsigned long bytes = 0;
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  for (ssize_t n; (n = write(fd, block, sizeof block)) > 0;)
    bytes += (unsigned long)n;
  printf("%lu bytes, %s\n", bytes, strerror(errno));
  close(fd);
  unlink(path);
  return 0;
}

static int make_files(void) {
  char path[64];
  unsigned long count = 0;
  mkdir("/tmp/files", 0755);
  for (;; count++) {
    snprintf(path, sizeof path, "/tmp/files/%lu", count);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
      break;
    close(fd);
  }
  printf("%lu files, %s\n", count, strerror(errno));
  for (unsigned long i = 0; i < count; i++) {
    snprintf(path, sizeof path, "/tmp/files/%lu", i);
    unlink(path);
  }
  return 0;
}

static int open_all(const char *path) {
  unsigned long count = 0;
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  while (open(path, O_RDWR | O_NOCTTY | O_CLOEXEC) >= 0)
    count++;
  printf("%lu open, %s\n", count, strerror(errno));
  return 0;
}

/* 64 MiB that nobody can take back but by deleting them. */
static int keep_memory(void) {
  char block[65536];
  memset(block, 1, sizeof block);
  int fd = open("/dev/shm/kept", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  for (int i = 0; i < 1024; i++)
    if (write(fd, block, sizeof block) != sizeof block)
      return 1;
  return 0;
}

static int compute(void) {
  struct timespec used = {0};
  while (used.tv_sec == 0 && used.tv_nsec < 100000000)
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return 0;
}

#define WRITTEN (12u << 20)

/* Through the page cache and past it. */
static int write_disk(void) {
  static char block[1 << 20] __attribute__((aligned(4096)));
  const int ways[] = {0, O_DIRECT};
  memset(block, 1, sizeof block);
  for (int way = 0; way < 2; way++) {
    int fd = open("/tmp/written", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | ways[way], 0644);
    for (unsigned n = 0; n < WRITTEN / 2; n += sizeof block)
      if (fd < 0 || write(fd, block, sizeof block) != sizeof block) {
        perror("writing /tmp/written");
        return 1;
      }
    if (fsync(fd) < 0)
      return 1;
    close(fd);
  }
  unlink("/tmp/written");
  printf("%u bytes written\n", WRITTEN);
  return 0;
}

/* For three seconds as much as the disk takes. */
static int keep_writing(void) {
  static char block[1 << 20];
  struct timespec begun, now;
  unsigned long bytes = 0;
  clock_gettime(CLOCK_MONOTONIC, &begun);
  int fd = open("/tmp/writer", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  do {
    for (int i = 0; i < 8; i++, bytes += sizeof block)
      if (pwrite(fd, block, sizeof block, i << 20) != sizeof block)
        return 1;
    if (fsync(fd) < 0)
      return 1;
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while (now.tv_sec < begun.tv_sec + 3);
  printf("%lu MiB in %ld s\n", bytes >> 20, (long)(now.tv_sec - begun.tv_sec));
  close(fd);
  unlink("/tmp/writer");
  return 0;
}

/* What an editor does when it saves. */
static int save_files(void) {
  for (int i = 0; i < 8; i++) {
    int fd = open("/tmp/saved.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, "text", 4) != 4 || fsync(fd) < 0 || rename("/tmp/saved.new", "/tmp/saved") < 0)
      return 1;
    close(fd);
  }
  puts("saved");
  return 0;
}

int exhaust(const char *what) {
  if (strcmp(what, "disk-writer") == 0)
    return keep_writing();
  if (strcmp(what, "saving") == 0)
    return save_files();
  if (strcmp(what, "disk-bandwidth") == 0)
    return write_disk();
  if (strcmp(what, "processor") == 0)
    return compute();
  if (strcmp(what, "shared-memory-kept") == 0)
    return keep_memory();
  if (strcmp(what, "processes") == 0)
    return fork_all();
  if (strcmp(what, "memory") == 0)
    return take_memory();
  if (strcmp(what, "shared-memory") == 0)
    return fill("/dev/shm/all");
  if (strcmp(what, "run") == 0)
    return fill("/run/all");
  if (strcmp(what, "disk") == 0)
    return fill("/tmp/all");
  if (strcmp(what, "inodes") == 0)
    return make_files();
  if (strcmp(what, "descriptors") == 0)
    return open_all("/dev/null");
  if (strcmp(what, "terminals") == 0)
    return open_all("/dev/ptmx");
  return 2;
}
