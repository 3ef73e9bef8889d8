#include "idmap.h"

#include "clean.h"
#include "files.h"
#include "rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

int idmap_write(pid_t pid, const char *map, struct error *err) {
  static const char *const files[] = {"uid_map", "gid_map"};
  for (int i = 0; i < 2; i++) {
    char path[64];
    if (files_path(path, sizeof path, err, "/proc/%d/%s", pid, files[i]) < 0 || files_write(path, map, err) < 0)
      return -1;
  }
  return 0;
}

/* A process that does nothing but own a user namespace until it is killed. */
static pid_t start_owner(void) {
  pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
      pause();
  }
  return pid;
}

int idmap_open(uid_t uid_base, struct error *err) {
  char map[96], path[64];
  snprintf(map, sizeof map, "0 %u %u\n%u 0 1\n", uid_base, ROOTFS_IDS, ROOTFS_IDS);
  pid_t owner = start_owner();
  if (owner < 0)
    return error_sys(err, "making a user namespace for idmapped mounts");
  snprintf(path, sizeof path, "/proc/%d/ns/user", owner);
  int fd = -1;
  if (idmap_write(owner, map, err) == 0 && (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
    error_sys(err, "opening `%s`", path);
  kill(owner, SIGKILL);
  waitpid(owner, NULL, 0);
  return fd;
}

int idmap_mount(int userns_fd, const char *source, const char *target, struct error *err) {
  struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (__u64)userns_fd};
  cleanup_close int tree = open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (tree < 0)
    return error_sys(err, "cloning the mount at `%s`", source);
  if (mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
    return error_sys(err, "mapping the ids of the mount at `%s`", source);
  if (move_mount(tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0)
    return error_sys(err, "attaching the mapped `%s` at `%s`", source, target);
  return 0;
}
