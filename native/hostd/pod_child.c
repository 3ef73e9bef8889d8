/* Process 1 of a session, from its clone to the execution of the template's init. */
#include "pod.h"

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
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define INIT "/usr/lib/mobidesk/init"

/* Where process 1 has the copy of mobidesk-exec. */
#define PROGRAM_FD 4

static int become_root(struct error *err) {
  if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
    return error_sys(err, "becoming the session's root");
  /* CRIU refuses a process whose session leader is outside of its pid namespace. */
  return setsid() < 0 ? error_sys(err, "starting a session of processes") : 0;
}

/* Files in memory count as the session's memory, and what is in them cannot be swapped or killed: a part of the limit.
 */
#define SHM_PART 2
#define RUN_PART 8

/* Terminals of all sessions come from one pool of the kernel's (kernel.pty.max less kernel.pty.reserve). */
static const struct {
  const char *type, *target, *options;
  unsigned long flags;
  unsigned memory_part; /* of the memory limit that it may fill; 0: it takes none */
} mounts[] = {
    {"proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, 0},
    {"sysfs", "sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, 0},
    {"devpts", "dev/pts", "newinstance,ptmxmode=0666,mode=620,gid=5,max=256", MS_NOSUID | MS_NOEXEC, 0},
    {"tmpfs", "dev/shm", "mode=1777", MS_NOSUID | MS_NODEV, SHM_PART},
    {"tmpfs", "run", "mode=755", MS_NOSUID | MS_NODEV, RUN_PART},
};

/* Permissions of the kernel's files are of the host's ids, so that a session's root writes none that matter; these are
 * hidden besides, as container engines do, because they tell about the host or have been ways out of it. */
static const char *const hidden[] = {
    "/proc/kcore",       "/proc/keys",          "/proc/key-users",  "/proc/timer_list",  "/proc/kallsyms",
    "/proc/sched_debug", "/proc/latency_stats", "/proc/interrupts", "/sys/kernel/notes", "/sys/kernel/vmcoreinfo"};
static const char *const hidden_directories[] = {"/sys/firmware", "/sys/devices/virtual/powercap"};
static const char *const read_only[] = {"/proc/sysrq-trigger", "/proc/sys", "/proc/irq", "/proc/bus", "/proc/fs"};

/* A directory of sysfs that has nothing in it. */
#define EMPTY "/sys/fs/cgroup"

/* Still as the host's root, who alone may come this way. A mount that was inherited across a user namespace is locked
 * in its place; a bind of it is not. */
static int go_to_root(const struct pod *pod, struct error *err) {
  char root[PATH_MAX];
  if (rootfs_path(pod->config, root, sizeof root, err) < 0)
    return -1;
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount(root, root, NULL, MS_BIND, NULL) < 0 ||
      chdir(root) < 0)
    return error_sys(err, "binding the session's root");
  return 0;
}

/* Mounts in the session's root, which is the working directory, and is not yet "/": a link on the session's disk would
 * lead to the host. */
static int mount_at(int root, size_t i, uint64_t memory_bytes, struct error *err) {
  struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
                         .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
  char options[96];
  snprintf(options, sizeof options, mounts[i].memory_part ? "%s,size=%luk" : "%s",
           mounts[i].options ? mounts[i].options : "",
           mounts[i].memory_part ? memory_bytes / mounts[i].memory_part / 1024 : 0);
  cleanup_close int point = (int)syscall(SYS_openat2, root, mounts[i].target, &how, sizeof how);
  if (point < 0 || fchdir(point) < 0)
    return error_sys(err, "opening the session's /%s", mounts[i].target);
  if (mount(mounts[i].type, ".", mounts[i].type, mounts[i].flags, options) < 0)
    return error_sys(err, "mounting the session's /%s", mounts[i].target);
  return fchdir(root) == 0 ? 0 : error_sys(err, "returning to the session's root");
}

static int cover(const char *what, const char *with, struct error *err) {
  if (mount(with, what, NULL, MS_BIND, NULL) == 0 || errno == ENOENT)
    return 0;
  return error_sys(err, "hiding the session's %s", what);
}

static int hide(struct error *err) {
  const unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
    if (cover(hidden[i], "/dev/null", err) < 0)
      return -1;
  for (size_t i = 0; i < sizeof hidden_directories / sizeof *hidden_directories; i++)
    if (cover(hidden_directories[i], EMPTY, err) < 0)
      return -1;
  for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++) {
    if (cover(read_only[i], read_only[i], err) < 0)
      return -1;
    if (access(read_only[i], F_OK) == 0 && mount(NULL, read_only[i], NULL, flags, NULL) < 0)
      return error_sys(err, "making the session's %s read-only", read_only[i]);
  }
  return 0;
}

/* The paper's barrier: the mount tree of the session has no way back to the host's. */
static int enter_root(const struct pod *pod, struct error *err) {
  cleanup_close int root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++)
    if (mount_at(root, i, pod->memory_bytes, err) < 0)
      return -1;
  /* pivot_root(".", ".") puts the old root on top of the new one, from where it is taken away. */
  if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
    return error_sys(err, "changing to the session's root");
  return hide(err);
}

/* As descriptors 1 and 2. The disk may have been used before, and have a link or a FIFO there. */
static int open_log(struct error *err) {
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  struct stat st;
  if (lstat(POD_LOG, &st) == 0 && !S_ISREG(st.st_mode) && unlink(POD_LOG) < 0)
    return error_sys(err, "removing what has the name of the session's " POD_LOG);
  if (open(POD_LOG, flags, 0644) != 1 || fcntl(1, F_SETFL, O_APPEND) < 0 || dup2(1, 2) != 2)
    return error_sys(err, "opening the session's " POD_LOG);
  return 0;
}

/* Nothing that is open on the host may stay open: CRIU would have to find it again elsewhere. */
static int reopen_standard_streams(int *channel, struct error *err) {
  int high = fcntl(*channel, F_DUPFD_CLOEXEC, 64), program = fcntl(pod_exec_fd(), F_DUPFD_CLOEXEC, 64);
  if (high < 0 || program < 0 || dup3(high, 3, O_CLOEXEC) < 0 || dup3(program, PROGRAM_FD, O_CLOEXEC) < 0 ||
      close_range(PROGRAM_FD + 1, ~0u, 0) < 0)
    return error_sys(err, "closing inherited descriptors");
  *channel = 3;
  close(0);
  if (open("/dev/null", O_RDWR) != 0)
    return error_sys(err, "opening the session's /dev/null");
  if ((mkdir("/var", 0755) < 0 && errno != EEXIST) || (mkdir("/var/log", 0755) < 0 && errno != EEXIST))
    return error_sys(err, "making the session's /var/log");
  close(1);
  return open_log(err);
}

static int set_up(const struct pod *pod, int *channel, struct error *err) {
  if (go_to_root(pod, err) < 0 || become_root(err) < 0 || enter_root(pod, err) < 0)
    return -1;
  if (sethostname(pod->hostname, strlen(pod->hostname)) < 0)
    return error_sys(err, "setting the host name `%s`", pod->hostname);
  if (mkdir("/run/mobidesk", 0755) < 0)
    return error_sys(err, "making the session's /run/mobidesk");
  if (pod_account(pod, err) < 0 || reopen_standard_streams(channel, err) < 0)
    return -1;
  process_set_nice(0);
  umask(022);
  return pod_limits_apply(err);
}

static int execute(const struct pod *pod, struct error *err) {
  char session[80], user[80], width[32], height[32], lang[64], zone[128];
  snprintf(session, sizeof session, "MOBIDESK_SESSION=%s", pod->id);
  snprintf(user, sizeof user, "MOBIDESK_USER=%s", pod->user);
  snprintf(width, sizeof width, "MOBIDESK_WIDTH=%u", pod->width);
  snprintf(height, sizeof height, "MOBIDESK_HEIGHT=%u", pod->height);
  snprintf(lang, sizeof lang, "LANG=%s", pod->locale);
  snprintf(zone, sizeof zone, "TZ=%s", pod->timezone);
  char *env[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                 "HOME=/root",
                 "DISPLAY=:0",
                 session,
                 user,
                 width,
                 height,
                 lang,
                 zone,
                 NULL};
  char *argv[] = {INIT, NULL};
  return pod_exec(PROGRAM_FD, argv, env, err);
}

_Noreturn void pod_child(const struct pod *pod, int channel) {
  struct pod_message message = {.kind = POD_FAILED};
  char go;
  process_reset_signals();
  if (recv(channel, &go, 1, 0) != 1)
    _exit(1);
  if (set_up(pod, &channel, &message.error) == 0)
    execute(pod, &message.error);
  send(channel, &message, sizeof message, MSG_NOSIGNAL);
  _exit(1);
}
