#include "cgroup.h"

#include "cgroup_disk.h"
#include "clean.h"
#include "files.h"
#include "hostd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* cpu.shares of the kernel, at most */
#define SHARES_MAX 262144u

/* All sessions together, against what else the host does (an application server, for example). */
#define SHARES_OF_ALL 8192u

/* In each of these a session gets its part of the processors. The kernel's own value. */
#define PERIOD_US 100000u

/* Hierarchies of version 1 that are used; the first is the one that is read back. */
static const char *const v1_controllers[] = {"memory", "cpu", "pids"};
#define V1_COUNT (sizeof v1_controllers / sizeof *v1_controllers)

bool cgroup_unified(void) {
  struct statfs fs;
  return statfs(CGROUP_MOUNT, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

int cgroup_path(char *out, size_t size, const struct config *config, const char *controller, const char *id,
                struct error *err) {
  return files_path(out, size, err, CGROUP_MOUNT "%s%s/mobidesk-%s%s%s", controller ? "/" : "",
                    controller ? controller : "", config->instance, id ? "/" : "", id ? id : "");
}

static int set(const char *group, const char *key, uint64_t value, struct error *err) {
  char path[PATH_MAX], text[32];
  snprintf(text, sizeof text, "%lu", value);
  return files_path(path, sizeof path, err, "%s/%s", group, key) < 0 ? -1 : files_write(path, text, err);
}

static int make(const char *path, struct error *err) {
  return mkdir(path, 0755) == 0 || errno == EEXIST ? 0 : error_sys(err, "making the control group `%s`", path);
}

/* The kernel's own conversion of cpu.shares (2 to 262144) to cpu.weight (1 to 10000). */
static uint64_t weight(uint32_t shares) {
  uint64_t s = shares < 2 ? 2 : shares > SHARES_MAX ? SHARES_MAX : shares;
  return 1 + (s - 2) * 9999 / 262142;
}

/* What is in swap is not seen by the limit of memory. Hosts without swap accounting have no such file. */
static int set_if_there(const char *group, const char *key, uint64_t value, struct error *err) {
  char path[PATH_MAX];
  if (files_path(path, sizeof path, err, "%s/%s", group, key) < 0)
    return -1;
  return access(path, F_OK) < 0 ? 0 : set(group, key, value, err);
}

/* Version 2 would kill at once what is above a new limit: first the kernel is made to take back what it can. */
static int set_memory_unified(const char *group, uint64_t bytes, struct error *err) {
  char path[PATH_MAX];
  uint64_t used = 0;
  if (files_path(path, sizeof path, err, "%s/memory.current", group) < 0 || set(group, "memory.high", bytes, err) < 0 ||
      files_read_number(path, &used, err) < 0)
    return -1;
  struct error worse;
  int r = used <= bytes ? set(group, "memory.max", bytes, err)
                        : error_set(err, MOBIDESK_CONFLICT,
                                    "the session uses %lu bytes of memory, more than %lu, and cannot give them back",
                                    used, bytes);
  files_path(path, sizeof path, &worse, "%s/memory.high", group);
  return files_write(path, "max", r < 0 ? &worse : err) < 0 ? -1 : r;
}

static int set_memory_v1(const char *group, uint64_t bytes, struct error *err) {
  struct error old;
  /* Memory with swap is never the smaller of the two limits: which comes first depends on where it goes. */
  if (set_if_there(group, "memory.memsw.limit_in_bytes", bytes, &old) < 0 && old.sys_errno != EINVAL &&
      old.sys_errno != EBUSY) {
    *err = old;
    return -1;
  }
  if (set(group, "memory.limit_in_bytes", bytes, err) < 0) {
    if (err->sys_errno == EBUSY)
      error_set(err, MOBIDESK_CONFLICT, "the session uses more than %lu bytes of memory, and cannot give them back",
                bytes);
    return -1;
  }
  return set_if_there(group, "memory.memsw.limit_in_bytes", bytes, err);
}

bool cgroup_has_controller(const char *list, const char *name) {
  size_t n = strlen(name);
  for (const char *word = list; (word = strstr(word, name)); word += n)
    if ((word == list || word[-1] == ' ') && strchr(" \n", word[n]))
      return true;
  return false;
}

/* Kernels without bandwidth limits of block devices have no controller of input and output. */
static int enable_controllers(const char *group, struct error *err) {
  char path[PATH_MAX], have[512];
  if (files_path(path, sizeof path, err, "%s/cgroup.controllers", group) < 0 ||
      files_read(path, have, sizeof have, err) < 0 ||
      files_path(path, sizeof path, err, "%s/cgroup.subtree_control", group) < 0)
    return -1;
  return files_write(path, cgroup_has_controller(have, "io") ? "+memory +cpu +pids +io" : "+memory +cpu +pids", err);
}

static int create_unified(const struct config *config, const char *id, const struct cgroup_limits *limits,
                          struct error *err) {
  char root[PATH_MAX], group[PATH_MAX];
  if (cgroup_path(root, sizeof root, config, NULL, NULL, err) < 0 ||
      cgroup_path(group, sizeof group, config, NULL, id, err) < 0 || make(root, err) < 0)
    return -1;
  if (enable_controllers(CGROUP_MOUNT, err) < 0 || enable_controllers(root, err) < 0 || make(group, err) < 0)
    return -1;
  if (set_memory_unified(group, limits->memory_bytes, err) < 0 || set_if_there(group, "memory.swap.max", 0, err) < 0)
    return -1;
  return set(group, "pids.max", limits->pids, err);
}

static int create_v1(const struct config *config, const char *id, const struct cgroup_limits *limits,
                     struct error *err) {
  char root[PATH_MAX], group[PATH_MAX];
  for (size_t i = 0; i < V1_COUNT; i++) {
    if (cgroup_path(root, sizeof root, config, v1_controllers[i], NULL, err) < 0 ||
        cgroup_path(group, sizeof group, config, v1_controllers[i], id, err) < 0)
      return -1;
    if (make(root, err) < 0 || make(group, err) < 0)
      return -1;
  }
  if (cgroup_path(group, sizeof group, config, "memory", id, err) < 0 ||
      set_memory_v1(group, limits->memory_bytes, err) < 0 ||
      cgroup_path(group, sizeof group, config, "pids", id, err) < 0)
    return -1;
  return set(group, "pids.max", limits->pids, err);
}

/* `id` NULL: the group of all sessions. `millis` 0: no limit. */
static int set_cpu(const struct config *config, const char *id, uint32_t shares, uint32_t millis, struct error *err) {
  char group[PATH_MAX], path[PATH_MAX], text[64];
  bool v2 = cgroup_unified();
  if (cgroup_path(group, sizeof group, config, v2 ? NULL : "cpu", id, err) < 0 ||
      (v2 ? set(group, "cpu.weight", weight(shares), err) : set(group, "cpu.shares", shares, err)) < 0 ||
      files_path(path, sizeof path, err, "%s/%s", group, v2 ? "cpu.max" : "cpu.cfs_quota_us") < 0)
    return -1;
  /* Kernels without bandwidth control have no such file. */
  if (!millis && access(path, F_OK) < 0)
    return 0;
  uint64_t quota = (uint64_t)millis * PERIOD_US / 1000;
  if (v2)
    snprintf(text, sizeof text, millis ? "%lu %u" : "max", quota, PERIOD_US);
  else
    snprintf(text, sizeof text, millis ? "%lu" : "-1", quota);
  return files_write(path, text, err);
}

int cgroup_set_cpu(const struct config *config, const char *id, const struct cgroup_limits *limits, struct error *err) {
  if (set_cpu(config, id, limits->cpu_shares, limits->cpu_millis, err) < 0)
    return -1;
  return set_cpu(config, NULL, SHARES_OF_ALL, 0, err);
}

int cgroup_create(const struct config *config, const char *id, const struct cgroup_limits *limits, struct error *err) {
  int r = cgroup_unified() ? create_unified(config, id, limits, err) : create_v1(config, id, limits, err);
  return r < 0 ? -1 : cgroup_set_cpu(config, id, limits, err);
}

int cgroup_hurry(const struct config *config, const char *id, struct error *err) {
  return set_cpu(config, id, SHARES_MAX, 0, err) < 0 ? -1 : set_cpu(config, NULL, SHARES_MAX, 0, err);
}

int cgroup_enter(const struct config *config, const char *id, pid_t pid, struct error *err) {
  bool v2 = cgroup_unified();
  for (size_t i = 0; i < (v2 ? 1 : V1_COUNT); i++) {
    char group[PATH_MAX];
    if (cgroup_path(group, sizeof group, config, v2 ? NULL : v1_controllers[i], id, err) < 0 ||
        set(group, "cgroup.procs", (uint64_t)pid, err) < 0)
      return -1;
  }
  return cgroup_disk_enter(pid, err);
}

uint64_t cgroup_memory(const struct config *config, const char *id) {
  char group[PATH_MAX], path[PATH_MAX];
  struct error err;
  uint64_t bytes;
  bool v2 = cgroup_unified();
  if (cgroup_path(group, sizeof group, config, v2 ? NULL : "memory", id, &err) < 0 ||
      files_path(path, sizeof path, &err, "%s/%s", group, v2 ? "memory.current" : "memory.usage_in_bytes") < 0)
    return 0;
  return files_read_number(path, &bytes, &err) < 0 ? 0 : bytes;
}

uint32_t cgroup_processes(const struct config *config, const char *id) {
  char group[PATH_MAX], path[PATH_MAX];
  struct error err;
  if (cgroup_path(group, sizeof group, config, cgroup_unified() ? NULL : v1_controllers[0], id, &err) < 0 ||
      files_path(path, sizeof path, &err, "%s/cgroup.procs", group) < 0)
    return 0;
  cleanup_file FILE *f = fopen(path, "re");
  uint32_t count = 0;
  for (int c; f && (c = getc(f)) != EOF;)
    count += c == '\n';
  return count;
}

/* Fields 14 and 15 of /proc/PID/stat; the second field, a name, may have anything in it but ends with the last ")". */
static uint64_t ticks_of(int pid) {
  char path[64], text[1024];
  struct error err;
  unsigned long user = 0, system = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  char *rest = files_read(path, text, sizeof text, &err) > 0 ? strrchr(text, ')') : NULL;
  if (rest)
    sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
  return user + system;
}

uint64_t cgroup_cpu_ticks(const struct config *config, const char *id) {
  char group[PATH_MAX], path[PATH_MAX];
  struct error err;
  if (cgroup_path(group, sizeof group, config, cgroup_unified() ? NULL : v1_controllers[0], id, &err) < 0 ||
      files_path(path, sizeof path, &err, "%s/cgroup.procs", group) < 0)
    return 0;
  cleanup_file FILE *f = fopen(path, "re");
  uint64_t ticks = 0;
  for (int pid; f && fscanf(f, "%d", &pid) == 1;)
    ticks += ticks_of(pid);
  return ticks;
}

static int watch_unified(const char *group, struct error *err) {
  char path[PATH_MAX];
  if (files_path(path, sizeof path, err, "%s/memory.events", group) < 0)
    return -1;
  cleanup_close int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (fd < 0 || inotify_add_watch(fd, path, IN_MODIFY) < 0)
    return error_sys(err, "watching `%s`", path);
  return steal_fd(&fd);
}

static int watch_v1(const char *group, struct error *err) {
  char path[PATH_MAX], control[PATH_MAX], text[64];
  if (files_path(path, sizeof path, err, "%s/memory.oom_control", group) < 0 ||
      files_path(control, sizeof control, err, "%s/cgroup.event_control", group) < 0)
    return -1;
  cleanup_close int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), file = open(path, O_RDONLY | O_CLOEXEC);
  if (event < 0 || file < 0)
    return error_sys(err, "opening `%s`", path);
  snprintf(text, sizeof text, "%d %d", event, file);
  return files_write(control, text, err) < 0 ? -1 : steal_fd(&event);
}

int cgroup_watch_memory(const struct config *config, const char *id, struct error *err) {
  char group[PATH_MAX];
  bool v2 = cgroup_unified();
  if (cgroup_path(group, sizeof group, config, v2 ? NULL : "memory", id, err) < 0)
    return -1;
  return v2 ? watch_unified(group, err) : watch_v1(group, err);
}

uint64_t cgroup_memory_kills(const struct config *config, const char *id) {
  char group[PATH_MAX], path[PATH_MAX], line[128];
  struct error err;
  bool v2 = cgroup_unified();
  uint64_t kills = 0;
  if (cgroup_path(group, sizeof group, config, v2 ? NULL : "memory", id, &err) < 0 ||
      files_path(path, sizeof path, &err, "%s/%s", group, v2 ? "memory.events" : "memory.oom_control") < 0)
    return 0;
  cleanup_file FILE *f = fopen(path, "re");
  while (f && fgets(line, sizeof line, f))
    if (sscanf(line, "oom_kill %lu", &kills) == 1)
      break;
  return kills;
}

/* A process that has just ended leaves its group a moment after its parent was told. */
static int remove_group(const char *path, struct error *err) {
  const struct timespec tick = {.tv_nsec = 1000000};
  for (uint64_t end = hostd_now_us() + 2000000; rmdir(path) < 0 && errno != ENOENT;) {
    if (errno != EBUSY || hostd_now_us() > end)
      return error_sys(err, "removing the control group `%s`", path);
    nanosleep(&tick, NULL);
  }
  return 0;
}

int cgroup_remove(const struct config *config, const char *id, struct error *err) {
  bool v2 = cgroup_unified();
  for (size_t i = 0; i < (v2 ? 1 : V1_COUNT); i++) {
    char group[PATH_MAX];
    if (cgroup_path(group, sizeof group, config, v2 ? NULL : v1_controllers[i], id, err) < 0 ||
        remove_group(group, err) < 0)
      return -1;
  }
  return 0;
}

void cgroup_remove_root(const struct config *config) {
  bool v2 = cgroup_unified();
  for (size_t i = 0; i < (v2 ? 1 : V1_COUNT); i++) {
    char group[PATH_MAX];
    struct error err;
    /* Fails as long as sessions are in it, which is what is wanted. */
    if (cgroup_path(group, sizeof group, config, v2 ? NULL : v1_controllers[i], NULL, &err) == 0)
      rmdir(group);
  }
}
