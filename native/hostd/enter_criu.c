/*
 * mobidesk-criu: executes CRIU in the tree that it lives in, with the host's /proc, /sys and /dev.
 *
 *   mobidesk-criu TREE RUN [ROOT] -- ARGUMENTS
 *
 * RUN is bound to the tree's /run, where CRIU keeps what it has found out about the kernel; ROOT, the root of a session
 * to be restored, to /mnt. pivot_root instead of chroot, because CRIU must see a mount tree that begins at its root.
 * mobidesk-criu-peek.so (criu_peek.c) lies beside this program and is loaded into CRIU, by a descriptor: CRIU's tree
 * does not have it.
 */
#include "precopy_table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fail(const char *doing, const char *what) {
  fprintf(stderr, "mobidesk-criu: %s %s: %s\n", doing, what, strerror(errno));
  return -1;
}

static int bind_to(const char *source, const char *target, unsigned long flags) {
  return mount(source, target, NULL, MS_BIND | flags, NULL) < 0 ? fail("binding", source) : 0;
}

/* Working directory: the tree. */
static int enter(const char *tree, const char *run, const char *root) {
  if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
    return fail("making a mount namespace for", tree);
  if (bind_to(tree, tree, 0) < 0 || chdir(tree) < 0)
    return fail("entering", tree);
  if (bind_to("/proc", "proc", MS_REC) < 0 || bind_to("/sys", "sys", MS_REC) < 0 ||
      bind_to("/dev", "dev", MS_REC) < 0 || bind_to(run, "run", 0) < 0 || (root && bind_to(root, "mnt", 0) < 0))
    return -1;
  if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
    return fail("changing the root to", tree);
  return 0;
}

/* Sets `variable` to what makes the loader load the library beside this program. */
static int find_library(char *variable, size_t size) {
  char path[PATH_MAX];
  ssize_t n = readlink("/proc/self/exe", path, sizeof path - 32);
  if (n < 0)
    return fail("finding", "/proc/self/exe");
  path[n] = '\0';
  strcpy(strrchr(path, '/') + 1, "mobidesk-criu-peek.so");
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return fail("opening", path);
  snprintf(variable, size, "LD_PRELOAD=/proc/self/fd/%d", fd);
  return 0;
}

int main(int argc, char **argv) {
  int arguments = argc > 3 && strcmp(argv[3], "--") == 0 ? 4 : argc > 4 && strcmp(argv[4], "--") == 0 ? 5 : 0;
  char preload[64], table[32] = "", *env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C", preload, table, NULL};
  const char *precopy = getenv(PRECOPY_VARIABLE);
  if (arguments == 0) {
    fputs("usage: mobidesk-criu TREE RUN [ROOT] -- ARGUMENTS\n", stderr);
    return 2;
  }
  if (find_library(preload, sizeof preload) < 0)
    return 1;
  if (enter(argv[1], argv[2], arguments == 5 ? argv[3] : NULL) < 0)
    return 1;
  if (precopy)
    snprintf(table, sizeof table, PRECOPY_VARIABLE "=%s", precopy);
  else
    env[sizeof env / sizeof *env - 2] = NULL;
  argv[arguments - 1] = "criu";
  execve("/usr/sbin/criu", argv + arguments - 1, env);
  fail("executing", "/usr/sbin/criu");
  return 1;
}
