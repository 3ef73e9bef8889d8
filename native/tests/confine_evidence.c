#include "confine_evidence.h"

#include "clean.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIDS_MAX 512
/* What a session may lock in memory, and how many files it may have open: pod_limits.c. */
#define FILES_MAX 65536
#define MEMORY_LOCK_MAX (8ul << 20)
/* A clock that was set differs by more than the two readings can. */
#define CLOCK_TOLERANCE_US 500000

/* What is left to a session's root: pod_limits.c. */
static const unsigned allowed_capabilities[] = {
    CAP_CHOWN,   CAP_DAC_OVERRIDE, CAP_FOWNER,    CAP_FSETID,           CAP_KILL,       CAP_SETGID,     CAP_SETUID,
    CAP_SETPCAP, CAP_SETFCAP,      CAP_IPC_OWNER, CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT, CAP_SYS_PTRACE, CAP_SYS_NICE,
    CAP_NET_RAW,
};

static const char *const settings[] = {
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/modprobe",
    "/proc/sys/kernel/sysrq",
    "/proc/sys/kernel/panic",
    "/proc/sys/kernel/pid_max",
    "/proc/sys/kernel/hostname",
    "/proc/sys/kernel/domainname",
    "/proc/sys/kernel/randomize_va_space",
    "/proc/sys/kernel/unprivileged_bpf_disabled",
    "/proc/sys/kernel/yama/ptrace_scope",
    "/proc/sys/kernel/dmesg_restrict",
    "/proc/sys/kernel/kptr_restrict",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/vm/panic_on_oom",
    "/proc/sys/fs/suid_dumpable",
    "/proc/sys/fs/protected_symlinks",
    "/proc/sys/net/core/rmem_max",
    "/sys/kernel/uevent_helper",
    "/sys/kernel/kexec_loaded",
    "/sys/kernel/mm/transparent_hugepage/enabled",
    "/sys/kernel/mm/ksm/run",
    "/sys/devices/system/cpu/online",
    "/proc/swaps",
    "/proc/irq/default_smp_affinity",
};
_Static_assert(sizeof settings / sizeof *settings <= EVIDENCE_SETTINGS, "room for all settings");

/* First bytes of a file; empty when it is not there. */
static void slurp(const char *path, char *out, size_t size) {
  cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
  size_t used = 0;
  for (ssize_t n; fd >= 0 && used < size - 1 && (n = read(fd, out + used, size - 1 - used)) > 0;)
    used += (size_t)n;
  out[used] = '\0';
}

/* ---- bait ---- */

/* High, so that the session does not have the same number. */
static pid_t start_victim(struct bait *bait) {
  pid_t number = 30000 + getpid() % 2000;
  struct clone_args args = {.exit_signal = SIGCHLD, .set_tid = (unsigned long)&number, .set_tid_size = 1};
  snprintf(bait->memory, sizeof bait->memory, EVIDENCE_SECRET "-memory");
  pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
  if (pid < 0)
    pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
      pause();
  }
  check(pid > 0, "starting a victim");
  return pid;
}

static int listen_at(const char *name, bool abstract) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  snprintf(a.sun_path + abstract, sizeof a.sun_path - 1, "%s", name);
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract + strlen(name) + !abstract);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(fd >= 0 && bind(fd, (struct sockaddr *)&a, size) == 0 && listen(fd, 4) == 0, "listening at %s", name);
  return fd;
}

static int current_netns(void) { return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC); }

void bait_lay(struct bait *bait, const struct session_lab *lab, const char *daemon_program) {
  *bait = (struct bait){.daemon_program = daemon_program, .key = 0x4d440000 | (getpid() & 0x3fff) << 1};
  snprintf(bait->file, sizeof bait->file, "%s/secret", lab->dir);
  snprintf(bait->socket, sizeof bait->socket, "%s/sock", lab->dir);
  snprintf(bait->abstract, sizeof bait->abstract, "mobidesk-test-%d", getpid());
  bait->victim = start_victim(bait);
  cleanup_close int fd = open(bait->file, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  check(fd >= 0 && write(fd, EVIDENCE_SECRET "-file", strlen(EVIDENCE_SECRET "-file")) > 0, "writing %s", bait->file);
  bait->listeners[0] = listen_at(bait->socket, false);
  bait->listeners[1] = listen_at(bait->abstract, true);
  cleanup_close int home = current_netns();
  for (int i = 0; i < LAB_SERVERS; i++) {
    lab_enter(&lab->net, LAB_SERVER + i);
    bait->listeners[2 + i] = listen_at(bait->abstract, true);
  }
  check(setns(home, CLONE_NEWNET) == 0, "returning");
  int id = shmget(bait->key, 4096, IPC_CREAT | IPC_EXCL | 0666);
  check(id >= 0, "making a segment");
  char *memory = shmat(id, NULL, 0);
  strcpy(memory, EVIDENCE_SECRET "-segment");
  shmdt(memory);
}

void bait_remove(struct bait *bait) {
  kill(bait->victim, SIGKILL);
  waitpid(bait->victim, NULL, 0);
  shmctl(shmget(bait->key, 0, 0), IPC_RMID, NULL);
  for (int i = 0; i < 4; i++)
    close(bait->listeners[i]);
}

static void bait_check(const struct bait *bait, const char *attempt) {
  char text[64] = "";
  struct iovec mine = {text, sizeof text}, theirs = {(void *)(uintptr_t)bait->memory, sizeof text};
  check(waitpid(bait->victim, NULL, WNOHANG) == 0, "%s: the host's process is gone", attempt);
  check(process_vm_readv(bait->victim, &mine, 1, &theirs, 1, 0) == sizeof text &&
            strcmp(text, EVIDENCE_SECRET "-memory") == 0,
        "%s: the memory of the host's process has `%s`", attempt, text);
  slurp(bait->file, text, sizeof text);
  check(strcmp(text, EVIDENCE_SECRET "-file") == 0, "%s: the host's file has `%s`", attempt, text);
  for (int i = 0; i < 4; i++) {
    struct pollfd p = {bait->listeners[i], POLLIN, 0};
    check(poll(&p, 1, 0) == 0, "%s: somebody came to socket %d of the host", attempt, i);
  }
  char *memory = shmat(shmget(bait->key, 0, 0), NULL, 0);
  struct shmid_ds state;
  check(memory != (void *)-1 && strcmp(memory, EVIDENCE_SECRET "-segment") == 0, "%s: the host's segment", attempt);
  check(shmctl(shmget(bait->key, 0, 0), IPC_STAT, &state) == 0 && state.shm_nattch == 1,
        "%s: %lu have attached the host's segment", attempt, (unsigned long)state.shm_nattch);
  shmdt(memory);
}

/* ---- a session ---- */

static void group_file(const struct suspect *s, const char *controller, const char *name, char *out, size_t size) {
  site_group_path(s->site, s->id, controller, name, out, size);
}

static size_t group_pids(const struct suspect *s, const char *controller, pid_t *pids, size_t max) {
  char path[PATH_MAX];
  size_t count = 0;
  group_file(s, controller, "cgroup.procs", path, sizeof path);
  cleanup_file FILE *f = fopen(path, "re");
  check(f, "opening %s", path);
  while (count < max && fscanf(f, "%d", &pids[count]) == 1)
    count++;
  return count;
}

size_t suspect_pids(const struct suspect *s, pid_t *pids, size_t max) { return group_pids(s, "memory", pids, max); }

/* A line of /proc/PID/status; false when the process is gone. */
static bool status_line(pid_t pid, const char *name, char *out, size_t size) {
  char path[64], line[256];
  size_t n = strlen(name);
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  cleanup_file FILE *f = fopen(path, "re");
  while (f && fgets(line, sizeof line, f))
    if (strncmp(line, name, n) == 0 && line[n] == ':') {
      snprintf(out, size, "%s", line + n + 1);
      return true;
    }
  return false;
}

static pid_t pid_inside(pid_t pid) {
  char line[128];
  if (!status_line(pid, "NSpid", line, sizeof line))
    return 0;
  const char *last = strrchr(line, '\t');
  return last ? atoi(last) : 0;
}

pid_t suspect_pid(const struct suspect *s, pid_t inside) {
  pid_t pids[PIDS_MAX];
  for (size_t i = suspect_pids(s, pids, PIDS_MAX); i-- > 0;)
    if (pid_inside(pids[i]) == inside)
      return pids[i];
  return 0;
}

void suspect_path(const struct suspect *s, const char *name, char *out, size_t size) {
  pid_t init = suspect_pid(s, 1);
  check(init > 0, "session %s has no process 1", s->id);
  snprintf(out, size, "/proc/%d/root%s", init, name);
}

/* ---- snapshots ---- */

static long clock_offset(void) {
  struct timespec wall, steady;
  clock_gettime(CLOCK_REALTIME, &wall);
  clock_gettime(CLOCK_MONOTONIC, &steady);
  return (wall.tv_sec - steady.tv_sec) * 1000000 + (wall.tv_nsec - steady.tv_nsec) / 1000;
}

static void read_limits(const struct suspect *s, char *out, size_t size) {
  static const char *const files[][2] = {{"memory", "memory.limit_in_bytes"},
                                         {"memory", "memory.oom_control"},
                                         {"pids", "pids.max"},
                                         {"cpu", "cpu.shares"},
                                         {"cpu", "cpu.cfs_quota_us"},
                                         {"memory", "notify_on_release"},
                                         {"memory", "memory.max"},
                                         {"cpu", "cpu.weight"},
                                         {"cpu", "cpu.max"}};
  char path[PATH_MAX], text[128];
  size_t used = 0;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    group_file(s, files[i][0], files[i][1], path, sizeof path);
    slurp(path, text, sizeof text);
    used += (size_t)snprintf(out + used, size - used, "%s %s", files[i][1], text);
  }
  slurp("/sys/fs/cgroup/memory/release_agent", text, sizeof text);
  snprintf(out + used, size - used, "release_agent %s", text);
}

/* The server's own mounts: those of other parts of this machine, which it has copies of, come and go. */
static void read_mounts(const struct session_lab *lab, const struct suspect *s, char *out, size_t size) {
  char path[PATH_MAX], line[2048];
  size_t used = 0;
  site_path(s->site, "conf", path, sizeof path);
  snprintf(strstr(path, "/root"), 16, "/mountinfo");
  cleanup_file FILE *f = fopen(path, "re");
  while (f && fgets(line, sizeof line, f))
    if (strstr(line, lab->dir) || strstr(line, " / / ") || strstr(line, " /proc ") || strstr(line, " /sys "))
      used += (size_t)snprintf(out + used, size - used, "%s", line);
  check(f && used > 0 && used < size, "reading %s", path);
}

void snapshot_take(struct snapshot *now, const struct session_lab *lab, int server, const struct suspect *s,
                   const struct bait *bait) {
  *now = (struct snapshot){.clock_us = clock_offset()};
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    slurp(settings[i], now->settings[i], sizeof now->settings[i]);
  read_limits(s, now->limits, sizeof now->limits);
  cleanup_free char *text =
      lab_output(&lab->net, LAB_SERVER + server,
                 "ip neigh show nud permanent; ip -br addr; ip route list table all | grep -v 'proto kernel'");
  snprintf(now->neighbours, sizeof now->neighbours, "%s", text);
  read_mounts(lab, s, now->mounts, sizeof now->mounts);
  check(stat(bait->daemon_program, &now->program) == 0, "looking at %s", bait->daemon_program);
  now->kernel_log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (now->kernel_log >= 0)
    lseek(now->kernel_log, 0, SEEK_END);
}

static void check_kernel_log(const struct snapshot *before, const char *attempt) {
  char line[4096];
  for (ssize_t n; before->kernel_log >= 0 && (n = read(before->kernel_log, line, sizeof line - 1)) > 0;) {
    line[n] = '\0';
    check(!strstr(line, "sysrq: ") && !strstr(line, "confine was here"), "%s: the kernel's log has %s", attempt, line);
  }
  if (before->kernel_log >= 0)
    close(before->kernel_log);
}

void snapshot_compare(struct snapshot *before, const struct session_lab *lab, int server, const struct suspect *s,
                      const struct bait *bait, const char *attempt) {
  static struct snapshot now;
  mobidesk_error err;
  check_kernel_log(before, attempt);
  snapshot_take(&now, lab, server, s, bait);
  close(now.kernel_log);
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    check(strcmp(before->settings[i], now.settings[i]) == 0, "%s: %s was `%s` and is `%s`", attempt, settings[i],
          before->settings[i], now.settings[i]);
  check(strcmp(before->limits, now.limits) == 0, "%s: limits were %s and are %s", attempt, before->limits, now.limits);
  check(strcmp(before->neighbours, now.neighbours) == 0, "%s: neighbours were %s and are %s", attempt,
        before->neighbours, now.neighbours);
  check(strcmp(before->mounts, now.mounts) == 0, "%s: the server's mounts are others", attempt);
  check(labs(before->clock_us - now.clock_us) < CLOCK_TOLERANCE_US, "%s: the clock moved by %ld us", attempt,
        now.clock_us - before->clock_us);
  check(before->program.st_ino == now.program.st_ino && before->program.st_size == now.program.st_size &&
            before->program.st_ctim.tv_sec == now.program.st_ctim.tv_sec &&
            before->program.st_ctim.tv_nsec == now.program.st_ctim.tv_nsec,
        "%s: the daemon's program was changed", attempt);
  works(mobidesk_ping(s->site->m, &err), &err);
  bait_check(bait, attempt);
}

/* ---- processes of a session ---- */

static unsigned long long allowed_mask(void) {
  unsigned long long mask = 0;
  for (size_t i = 0; i < sizeof allowed_capabilities / sizeof *allowed_capabilities; i++)
    mask |= 1ull << allowed_capabilities[i];
  return mask;
}

static void check_identity(const struct suspect *s, pid_t pid, pid_t init, const char *attempt) {
  static const char *const kinds[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"};
  static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
  char line[256], path[64], own[64], its[64];
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    memset(own, 0, sizeof own);
    memset(its, 0, sizeof its);
    snprintf(path, sizeof path, "/proc/%d/ns/%s", init, kinds[i]);
    bool known = readlink(path, own, sizeof own - 1) > 0;
    snprintf(path, sizeof path, "/proc/%d/ns/%s", pid, kinds[i]);
    if (readlink(path, its, sizeof its - 1) > 0)
      check(known && strcmp(own, its) == 0, "%s: process %d has %s, its session %s", attempt, pid, its, own);
    memset(own, 0, sizeof own);
    snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
    check(readlink(path, own, sizeof own - 1) > 0 && strcmp(own, its) != 0, "%s: process %d has the host's %s", attempt,
          pid, its);
  }
  for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
    if (status_line(pid, sets[i], line, sizeof line))
      check((strtoull(line, NULL, 16) & ~allowed_mask()) == 0, "%s: process %d has %s %s", attempt, pid, sets[i], line);
  }
  for (int i = 0; i < 2; i++)
    if (status_line(pid, i ? "Gid" : "Uid", line, sizeof line)) {
      unsigned ids[4];
      check(sscanf(line, "%u %u %u %u", &ids[0], &ids[1], &ids[2], &ids[3]) == 4, "%s", line);
      for (int j = 0; j < 4; j++)
        check(ids[j] >= s->uid_base && ids[j] < s->uid_base + 65536,
              "%s: process %d has ids %s, the session's are %u on", attempt, pid, line, s->uid_base);
    }
  if (status_line(pid, "Seccomp", line, sizeof line))
    check(atoi(line) == 2, "%s: process %d has no filter: %s", attempt, pid, line);
}

/* Devices of the session: memory (null, zero, full, random, urandom), tty and ptmx, and terminals of its own. */
static bool device_allowed(const struct stat *st) {
  unsigned major_number = major(st->st_rdev), minor_number = minor(st->st_rdev);
  if (!S_ISCHR(st->st_mode))
    return false;
  if (major_number == 1)
    return minor_number == 3 || minor_number == 5 || (minor_number >= 7 && minor_number <= 9);
  return (major_number == 5 && (minor_number == 0 || minor_number == 2)) || (major_number >= 136 && major_number < 144);
}

static bool of_host(dev_t device, const struct bait *bait) {
  static const char *const places[] = {"/", "/proc", "/sys", "/dev", "/tmp", "/sys/fs/cgroup", "/sys/fs/cgroup/memory"};
  struct stat st;
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    if (stat(places[i], &st) == 0 && st.st_dev == device)
      return true;
  return (stat(bait->file, &st) == 0 && st.st_dev == device) ||
         (stat(bait->daemon_program, &st) == 0 && st.st_dev == device);
}

static void check_descriptor(pid_t pid, const char *name, const struct bait *bait, const char *attempt) {
  static const char *const anonymous[] = {"[eventfd]", "[eventpoll]", "[timerfd]", "[signalfd]", "[pidfd]", "inotify"};
  char path[300], link[PATH_MAX] = "";
  struct stat st;
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  if (readlink(path, link, sizeof link - 1) < 0 || stat(path, &st) < 0)
    return;
  bool known = strncmp(link, "anon_inode:", 11) != 0;
  for (size_t i = 0; i < sizeof anonymous / sizeof *anonymous; i++)
    known |= strcmp(link + (known ? 0 : 11), anonymous[i]) == 0;
  check(known, "%s: process %d has %s open", attempt, pid, link);
  if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
    check(device_allowed(&st), "%s: process %d has device %u:%u open", attempt, pid, major(st.st_rdev),
          minor(st.st_rdev));
  if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
    check(!of_host(st.st_dev, bait) || strncmp(link, "/memfd:", 7) == 0, "%s: process %d has the host's %s open",
          attempt, pid, link);
}

static void check_files(pid_t pid, const struct bait *bait, const char *attempt) {
  char path[PATH_MAX], name[280];
  static const char *const links[] = {"exe", "root", "cwd"};
  for (size_t i = 0; i < sizeof links / sizeof *links; i++)
    check_descriptor(pid, links[i], bait, attempt);
  snprintf(path, sizeof path, "/proc/%d/fd", pid);
  cleanup_dir DIR *dir = opendir(path);
  for (struct dirent *e; dir && (e = readdir(dir));)
    if (e->d_name[0] != '.') {
      snprintf(name, sizeof name, "fd/%s", e->d_name);
      check_descriptor(pid, name, bait, attempt);
    }
  snprintf(path, sizeof path, "/proc/%d/root%s", pid, bait->file);
  check(access(path, F_OK) < 0, "%s: process %d sees the host's files", attempt, pid);
}

static void check_priority(pid_t pid, const char *attempt) {
  char path[64], text[32];
  struct rlimit limit;
  errno = 0;
  int nice = getpriority(PRIO_PROCESS, (id_t)pid);
  check(errno || nice >= 0, "%s: process %d has nice value %d", attempt, pid, nice);
  int policy = sched_getscheduler(pid);
  check(policy < 0 || policy == SCHED_OTHER || policy == SCHED_BATCH || policy == SCHED_IDLE,
        "%s: process %d has scheduling policy %d", attempt, pid, policy);
  long io = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid);
  check(io < 0 || IOPRIO_PRIO_CLASS(io) != IOPRIO_CLASS_RT, "%s: process %d has input/output priority %ld", attempt,
        pid, io);
  snprintf(path, sizeof path, "/proc/%d/oom_score_adj", pid);
  slurp(path, text, sizeof text);
  check(atoi(text) >= 0, "%s: process %d has oom_score_adj %s", attempt, pid, text);
  static const struct {
    __rlimit_resource_t resource;
    rlim_t max;
  } limits[] = {{RLIMIT_RTPRIO, 0},
                {RLIMIT_NICE, 0},
                {RLIMIT_CORE, 0},
                {RLIMIT_NOFILE, FILES_MAX},
                {RLIMIT_MEMLOCK, MEMORY_LOCK_MAX}};
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
    if (prlimit(pid, limits[i].resource, NULL, &limit) == 0)
      check(limit.rlim_max <= limits[i].max, "%s: process %d has resource limit %d of %lu", attempt, pid,
            (int)limits[i].resource, (unsigned long)limit.rlim_max);
}

static bool contains(const pid_t *pids, size_t count, pid_t pid) {
  for (size_t i = 0; i < count; i++)
    if (pids[i] == pid)
      return true;
  return false;
}

/* One that has exited is in no group any more, but has an id until its parent has waited for it. */
static bool has_ended(pid_t pid) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  slurp(path, text, sizeof text);
  const char *state = strrchr(text, ')');
  return !state || state[2] == 'Z' || state[2] == 'X';
}

void suspect_check(const struct suspect *s, const struct bait *bait, const char *attempt) {
  pid_t pids[PIDS_MAX], others[PIDS_MAX], init = suspect_pid(s, 1);
  size_t count = suspect_pids(s, pids, PIDS_MAX);
  check(init > 0 && count > 0, "%s: the session has ended", attempt);
  for (size_t i = 0; i < count; i++) {
    check_identity(s, pids[i], init, attempt);
    check_files(pids[i], bait, attempt);
    check_priority(pids[i], attempt);
  }
  static const char *const controllers[] = {"pids", "cpu"};
  for (size_t c = 0; c < 2; c++) {
    size_t n = group_pids(s, controllers[c], others, PIDS_MAX);
    for (size_t i = 0; i < count; i++)
      check(contains(others, n, pids[i]) || has_ended(pids[i]), "%s: process %d is not in the session's group of %s",
            attempt, pids[i], controllers[c]);
  }
}

/* nftw passes no data on. The test has one thread that walks. */
static const struct suspect *walked;

static int check_file(const char *path, const struct stat *st, int type, struct FTW *where) {
  if (type == FTW_NS)
    return 0;
  check(st->st_uid >= walked->uid_base && st->st_uid < walked->uid_base + 65536, "%s belongs to %u", path, st->st_uid);
  if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
    check(device_allowed(st) && strstr(path, "/root/./dev/"), "%s is device %u:%u", path, major(st->st_rdev),
          minor(st->st_rdev));
  return 0;
}

void suspect_check_files(const struct suspect *s) {
  char path[PATH_MAX];
  walked = s;
  suspect_path(s, "/.", path, sizeof path);
  check(nftw(path, check_file, 16, FTW_PHYS | FTW_MOUNT) == 0, "walking %s", path);
}
