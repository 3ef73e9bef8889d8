#include "pod_exec.h"

#include "clean.h"
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define ARGUMENTS_MAX 1024

static int copy = -1;

static int fill(int memory, const char *path, struct error *err) {
  cleanup_close int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat st;
  if (file < 0 || fstat(file, &st) < 0)
    return error_sys(err, "opening `%s`", path);
  for (off_t left = st.st_size; left > 0;) {
    ssize_t n = sendfile(memory, file, NULL, (size_t)left);
    if (n <= 0)
      return error_sys(err, "copying `%s` into memory", path);
    left -= n;
  }
  return 0;
}

int pod_exec_open(const struct config *config, struct error *err) {
  char path[PATH_MAX];
  if (copy >= 0)
    return 0;
  if (files_path(path, sizeof path, err, "%s/mobidesk-exec", config->libexec_dir) < 0)
    return -1;
  cleanup_close int memory = memfd_create("mobidesk-exec", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (memory < 0)
    return error_sys(err, "making memory for a copy of `%s`", path);
  if (fill(memory, path, err) < 0)
    return -1;
  if (fchmod(memory, 0555) < 0 ||
      fcntl(memory, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
    return error_sys(err, "sealing the copy of `%s`", path);
  copy = steal_fd(&memory);
  return 0;
}

int pod_exec_fd(void) { return copy; }

int pod_exec_hide(struct error *err) {
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : error_sys(err, "hiding from the session");
}

/* 0, ENOENT, or why what is there cannot be executed. */
static int look_at(const char *path) {
  struct stat st;
  if (stat(path, &st) < 0)
    return errno == ENOTDIR ? ENOENT : errno;
  return S_ISREG(st.st_mode) && faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? 0 : EACCES;
}

/* As execvp does it. Here, so that a missing program is reported before the daemon's way to the session is closed. */
static int find(const char *name, char *const *env, char out[PATH_MAX]) {
  const char *path = NULL;
  for (; *env; env++)
    if (strncmp(*env, "PATH=", 5) == 0)
      path = *env + 5;
  if (strchr(name, '/') || !path)
    return snprintf(out, PATH_MAX, "%s", name) < PATH_MAX ? look_at(out) : ENAMETOOLONG;
  int why = ENOENT;
  while (*path) {
    size_t n = strcspn(path, ":");
    if (snprintf(out, PATH_MAX, "%.*s/%s", (int)n, path, name) < PATH_MAX) {
      int this = look_at(out);
      if (this == 0)
        return 0;
      why = this == ENOENT ? why : this;
    }
    path += n + (path[n] == ':');
  }
  return why;
}

int pod_exec(int fd, char *const *argv, char *const *env, struct error *err) {
  char path[PATH_MAX], *arguments[ARGUMENTS_MAX + 3] = {"mobidesk-exec", path};
  size_t count = 0;
  for (; argv[count]; count++) {
    if (count == ARGUMENTS_MAX)
      return error_set(err, MOBIDESK_INVALID, "a command of more than %d words", ARGUMENTS_MAX);
    arguments[2 + count] = argv[count];
  }
  errno = find(argv[0], env, path);
  if (errno == 0)
    syscall(SYS_execveat, fd, "", arguments, env, AT_EMPTY_PATH);
  return error_sys(err, "executing `%s`", argv[0]);
}
