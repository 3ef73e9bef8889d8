/*
 * The control group of a session in the unified hierarchy: limits made, changed and refused, memory that runs out, a
 * quota that is felt, removal. Runs where the unified hierarchy is the host's, or as process 1 of a guest that boots
 * for it (in_guest): then it mounts what it needs, says "passed" and turns the guest off.
 */
#include "cgroup.h"

#include "clean.h"
#include "files.h"
#include "net_lab.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/reboot.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ID "ada-1"
#define MIB (1ull << 20)
#define MEMORY (64 * MIB)
#define PATIENCE_MS 60000

static struct config config;

static void mount_guest(void) {
  mkdir("/proc", 0755);
  mkdir("/sys", 0755);
  mkdir("/dev", 0755);
  check(mount("proc", "/proc", "proc", 0, NULL) == 0 && mount("sys", "/sys", "sysfs", 0, NULL) == 0 &&
            mount("dev", "/dev", "devtmpfs", 0, NULL) == 0 &&
            mount("cgroup", "/sys/fs/cgroup", "cgroup2", 0, NULL) == 0,
        "mounting the guest's file systems");
}

static void expect(const char *file, const char *text) {
  char path[PATH_MAX], got[64];
  struct error err;
  snprintf(path, sizeof path, "/sys/fs/cgroup/mobidesk-%s/" ID "/%s", config.instance, file);
  check(files_read(path, got, sizeof got, &err) >= 0, "%s", err.message);
  got[strcspn(got, "\n")] = '\0';
  check(strcmp(got, text) == 0, "%s is %s, not %s", file, got, text);
}

static void set(uint64_t memory, uint32_t shares, uint32_t millis, uint32_t pids) {
  struct error err;
  struct cgroup_limits limits = {memory, shares, millis, pids};
  works(cgroup_create(&config, ID, &limits, &err), &err);
}

/* In the group, until it is killed or has ended; its status. */
static int run_inside(void (*what)(void)) {
  int status;
  struct error err;
  pid_t pid = fork();
  if (pid == 0) {
    works(cgroup_enter(&config, ID, 0, &err), &err);
    what();
    _exit(0);
  }
  check(pid > 0 && waitpid(pid, &status, 0) == pid, "running in the group");
  return status;
}

static void touch(size_t bytes) {
  char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED)
    memset(memory, 1, bytes);
}

static void take_all_memory(void) { touch(2 * MEMORY); }

static void compute(void) {
  struct timespec used = {0};
  while (used.tv_sec == 0 && used.tv_nsec < 50000000)
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
}

static void fork_all(void) {
  int count = 0;
  while (fork() > 0)
    count++;
  signal(SIGTERM, SIG_IGN);
  kill(0, 0);
  _exit(count < 8 ? 0 : 1);
}

static void expect_memory_limit(void) {
  struct error err;
  char events[4096];
  int fd = cgroup_watch_memory(&config, ID, &err);
  check(fd >= 0, "%s", err.message);
  int status = run_inside(take_all_memory);
  check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "status %x", status);
  struct pollfd p = {fd, POLLIN, 0};
  check(poll(&p, 1, PATIENCE_MS) == 1 && read(fd, events, sizeof events) > 0, "nobody tells that memory ran out");
  check(cgroup_memory_kills(&config, ID) == 1, "%lu killed", (unsigned long)cgroup_memory_kills(&config, ID));
  close(fd);
}

static void expect_quota(void) {
  char path[PATH_MAX], text[1024];
  struct error err;
  unsigned long throttled = 0;
  set(MEMORY, 1024, 100, 100);
  expect("cpu.max", "10000 100000");
  check(run_inside(compute) == 0, "computing");
  snprintf(path, sizeof path, "/sys/fs/cgroup/mobidesk-%s/" ID "/cpu.stat", config.instance);
  check(files_read(path, text, sizeof text, &err) > 0, "%s", err.message);
  const char *line = strstr(text, "nr_throttled ");
  check(line && sscanf(line, "nr_throttled %lu", &throttled) == 1 && throttled > 0, "never throttled: %s", text);
  works(cgroup_hurry(&config, ID, &err), &err);
  expect("cpu.max", "max 100000");
  expect("cpu.weight", "10000");
}

/* What is in use cannot be taken back, and nothing is killed for it. */
static void expect_refused(void) {
  struct error err;
  struct cgroup_limits less = {16 * MIB, 1024, 0, 100};
  int ready[2];
  char byte;
  check(pipe(ready) == 0, "pipe");
  pid_t pid = fork();
  if (pid == 0) {
    works(cgroup_enter(&config, ID, 0, &err), &err);
    touch(40 * MIB);
    if (write(ready[1], "x", 1) == 1)
      pause();
    _exit(1);
  }
  check(read(ready[0], &byte, 1) == 1, "the user of memory");
  int r = cgroup_create(&config, ID, &less, &err);
  check(r < 0 && err.code == MOBIDESK_CONFLICT, "code %d, %s", err.code, err.message);
  expect("memory.high", "max");
  check(waitpid(pid, NULL, WNOHANG) == 0, "its process was killed");
  check(cgroup_memory(&config, ID) >= 40 * MIB && cgroup_processes(&config, ID) == 1, "what the group says of itself");
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
}

static void test(void) {
  struct error err;
  set(MEMORY, 1024, 0, 100);
  expect("memory.max", "67108864");
  expect("pids.max", "100");
  expect("cpu.max", "max 100000");
  expect("cpu.weight", "39");
  expect_memory_limit();
  expect_quota();
  set(2 * MEMORY, 2048, 1500, 6);
  expect("memory.max", "134217728");
  expect("cpu.max", "150000 100000");
  expect("pids.max", "6");
  check(run_inside(fork_all) == 0, "more than 6 processes");
  set(2 * MEMORY, 1024, 0, 100);
  expect_refused();
  works(cgroup_remove(&config, ID, &err), &err);
  works(cgroup_remove(&config, ID, &err), &err);
  cgroup_remove_root(&config);
}

int main(void) {
  struct statfs fs;
  bool guest = getpid() == 1;
  if (guest)
    mount_guest();
  else if (statfs("/sys/fs/cgroup", &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC) {
    puts("skipped: this host's control groups are of version 1");
    return 77;
  }
  snprintf(config.instance, sizeof config.instance, "test-%d", getpid());
  test();
  puts("passed");
  fflush(stdout);
  if (guest)
    reboot(LINUX_REBOOT_CMD_POWER_OFF);
  return 0;
}
