/* Process 1 of a session, from its clone to the execution of the template's init. */
#include "pod.h"

#include "clean.h"
#include "files.h"
#include "pod_account.h"
#include "pod_limits.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define INIT "/usr/lib/mobidesk/init"

static int become_root(struct error *err) {
  if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
    return error_sys(err, "becoming the session's root");
  /* CRIU refuses a process whose session leader is outside of its pid namespace. */
  return setsid() < 0 ? error_sys(err, "starting a session of processes") : 0;
}

static const struct {
  const char *type, *target, *options;
  unsigned long flags;
} mounts[] = {
    {"proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
    {"sysfs", "sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY},
    {"devpts", "dev/pts", "newinstance,ptmxmode=0666,mode=620,gid=5", MS_NOSUID | MS_NOEXEC},
    {"tmpfs", "dev/shm", "mode=1777", MS_NOSUID | MS_NODEV},
    {"tmpfs", "run", "mode=755", MS_NOSUID | MS_NODEV},
};

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

/* The paper's barrier: the mount tree of the session has no way back to the host's. */
static int enter_root(struct error *err) {
  for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
    mkdir(mounts[i].target, 0755); /* templates have them; a mount below says it when one is missing */
    if (mount(mounts[i].type, mounts[i].target, mounts[i].type, mounts[i].flags, mounts[i].options) < 0)
      return error_sys(err, "mounting the session's /%s", mounts[i].target);
  }
  /* pivot_root(".", ".") puts the old root on top of the new one, from where it is taken away. */
  if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
    return error_sys(err, "changing to the session's root");
  return 0;
}

static int set_limits(struct error *err) {
  /* Fixed, not inherited: CRIU sets them again wherever the session goes. */
  struct rlimit core = {0, 0}, files = {1024, 65536}, old;
  if (getrlimit(RLIMIT_NOFILE, &old) == 0 && old.rlim_max < files.rlim_max)
    files.rlim_max = old.rlim_max;
  if (files.rlim_cur > files.rlim_max)
    files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_CORE, &core) < 0 || setrlimit(RLIMIT_NOFILE, &files) < 0)
    return error_sys(err, "setting the session's resource limits");
  process_set_nice(0);
  umask(022);
  return 0;
}

/* Nothing that is open on the host may stay open: CRIU would have to find it again elsewhere. */
static int reopen_standard_streams(int *channel, struct error *err) {
  int high = fcntl(*channel, F_DUPFD_CLOEXEC, 10);
  if (high < 0 || dup3(high, 3, O_CLOEXEC) < 0 || close_range(4, ~0u, 0) < 0)
    return error_sys(err, "closing inherited descriptors");
  *channel = 3;
  close(0);
  if (open("/dev/null", O_RDWR) != 0)
    return error_sys(err, "opening the session's /dev/null");
  if ((mkdir("/var", 0755) < 0 && errno != EEXIST) || (mkdir("/var/log", 0755) < 0 && errno != EEXIST))
    return error_sys(err, "making the session's /var/log");
  close(1);
  if (open(POD_LOG, O_WRONLY | O_CREAT | O_APPEND, 0644) != 1 || dup2(1, 2) != 2)
    return error_sys(err, "opening the session's " POD_LOG);
  return 0;
}

static int set_up(const struct pod *pod, int *channel, struct error *err) {
  if (go_to_root(pod, err) < 0 || become_root(err) < 0 || enter_root(err) < 0)
    return -1;
  if (sethostname(pod->hostname, strlen(pod->hostname)) < 0)
    return error_sys(err, "setting the host name `%s`", pod->hostname);
  if (mkdir("/run/mobidesk", 0755) < 0)
    return error_sys(err, "making the session's /run/mobidesk");
  if (pod_account(pod, err) < 0 || set_limits(err) < 0 || reopen_standard_streams(channel, err) < 0)
    return -1;
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
  execve(INIT, argv, env);
  return error_sys(err, "executing the template's %s", INIT);
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
