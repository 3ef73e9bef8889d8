#include "cgroup.h"

#include "clean.h"
#include "files.h"
#include "hostd.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

/* cpu.shares of the kernel, at most */
#define SHARES_MAX 262144u

/* All sessions together, against what else the host does (an application server, for example). */
#define SHARES_OF_ALL 8192u

#define MOUNT "/sys/fs/cgroup"

/* Hierarchies of version 1 that are used; the first is the one that is read back. */
static const char *const v1_controllers[] = {"memory", "cpu", "pids"};
#define V1_COUNT (sizeof v1_controllers / sizeof *v1_controllers)

static bool unified(void) {
  struct statfs fs;
  return statfs(MOUNT, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* `controller` NULL: the unified hierarchy. `id` NULL: the group of the instance. */
static int group_path(char *out, size_t size, const struct config *config, const char *controller, const char *id,
                      struct error *err) {
  return files_path(out, size, err, MOUNT "%s%s/mobidesk-%s%s%s", controller ? "/" : "", controller ? controller : "",
                    config->instance, id ? "/" : "", id ? id : "");
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

static int create_unified(const struct config *config, const char *id, const struct cgroup_limits *limits,
                          struct error *err) {
  char root[PATH_MAX], group[PATH_MAX], subtree[PATH_MAX + 32];
  if (group_path(root, sizeof root, config, NULL, NULL, err) < 0 ||
      group_path(group, sizeof group, config, NULL, id, err) < 0 || make(root, err) < 0)
    return -1;
  snprintf(subtree, sizeof subtree, "%s/cgroup.subtree_control", root);
  if (files_write(MOUNT "/cgroup.subtree_control", "+memory +cpu +pids", err) < 0 ||
      files_write(subtree, "+memory +cpu +pids", err) < 0 || make(group, err) < 0)
    return -1;
  if (set(group, "memory.max", limits->memory_bytes, err) < 0 || set(group, "pids.max", limits->pids, err) < 0)
    return -1;
  return set(group, "cpu.weight", weight(limits->cpu_shares), err);
}

static int create_v1(const struct config *config, const char *id, const struct cgroup_limits *limits,
                     struct error *err) {
  const struct {
    const char *controller, *key;
    uint64_t value;
  } keys[] = {{"memory", "memory.limit_in_bytes", limits->memory_bytes},
              {"cpu", "cpu.shares", limits->cpu_shares},
              {"pids", "pids.max", limits->pids}};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    char root[PATH_MAX], group[PATH_MAX];
    if (group_path(root, sizeof root, config, keys[i].controller, NULL, err) < 0 ||
        group_path(group, sizeof group, config, keys[i].controller, id, err) < 0)
      return -1;
    if (make(root, err) < 0 || make(group, err) < 0 || set(group, keys[i].key, keys[i].value, err) < 0)
      return -1;
  }
  return 0;
}

/* `id` NULL: the group of all sessions. */
static int set_cpu(const struct config *config, const char *id, uint32_t shares, struct error *err) {
  char group[PATH_MAX];
  bool v2 = unified();
  if (group_path(group, sizeof group, config, v2 ? NULL : "cpu", id, err) < 0)
    return -1;
  return v2 ? set(group, "cpu.weight", weight(shares), err) : set(group, "cpu.shares", shares, err);
}

int cgroup_set_cpu(const struct config *config, const char *id, uint32_t shares, struct error *err) {
  return set_cpu(config, id, shares, err) < 0 ? -1 : set_cpu(config, NULL, SHARES_OF_ALL, err);
}

int cgroup_create(const struct config *config, const char *id, const struct cgroup_limits *limits, struct error *err) {
  int r = unified() ? create_unified(config, id, limits, err) : create_v1(config, id, limits, err);
  return r < 0 ? -1 : cgroup_set_cpu(config, id, limits->cpu_shares, err);
}

int cgroup_hurry(const struct config *config, const char *id, struct error *err) {
  return set_cpu(config, id, SHARES_MAX, err) < 0 ? -1 : set_cpu(config, NULL, SHARES_MAX, err);
}

int cgroup_enter(const struct config *config, const char *id, pid_t pid, struct error *err) {
  bool v2 = unified();
  for (size_t i = 0; i < (v2 ? 1 : V1_COUNT); i++) {
    char group[PATH_MAX];
    if (group_path(group, sizeof group, config, v2 ? NULL : v1_controllers[i], id, err) < 0 ||
        set(group, "cgroup.procs", (uint64_t)pid, err) < 0)
      return -1;
  }
  return 0;
}

uint64_t cgroup_memory(const struct config *config, const char *id) {
  char group[PATH_MAX], path[PATH_MAX];
  struct error err;
  uint64_t bytes;
  bool v2 = unified();
  if (group_path(group, sizeof group, config, v2 ? NULL : "memory", id, &err) < 0 ||
      files_path(path, sizeof path, &err, "%s/%s", group, v2 ? "memory.current" : "memory.usage_in_bytes") < 0)
    return 0;
  return files_read_number(path, &bytes, &err) < 0 ? 0 : bytes;
}

uint32_t cgroup_processes(const struct config *config, const char *id) {
  char group[PATH_MAX], path[PATH_MAX];
  struct error err;
  if (group_path(group, sizeof group, config, unified() ? NULL : v1_controllers[0], id, &err) < 0 ||
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
  if (group_path(group, sizeof group, config, unified() ? NULL : v1_controllers[0], id, &err) < 0 ||
      files_path(path, sizeof path, &err, "%s/cgroup.procs", group) < 0)
    return 0;
  cleanup_file FILE *f = fopen(path, "re");
  uint64_t ticks = 0;
  for (int pid; f && fscanf(f, "%d", &pid) == 1;)
    ticks += ticks_of(pid);
  return ticks;
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
  bool v2 = unified();
  for (size_t i = 0; i < (v2 ? 1 : V1_COUNT); i++) {
    char group[PATH_MAX];
    if (group_path(group, sizeof group, config, v2 ? NULL : v1_controllers[i], id, err) < 0 ||
        remove_group(group, err) < 0)
      return -1;
  }
  return 0;
}

void cgroup_remove_root(const struct config *config) {
  bool v2 = unified();
  for (size_t i = 0; i < (v2 ? 1 : V1_COUNT); i++) {
    char group[PATH_MAX];
    struct error err;
    /* Fails as long as sessions are in it, which is what is wanted. */
    if (group_path(group, sizeof group, config, v2 ? NULL : v1_controllers[i], NULL, &err) == 0)
      rmdir(group);
  }
}
