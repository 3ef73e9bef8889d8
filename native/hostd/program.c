#include "program.h"

#include "clean.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

/* Reads until the end, keeps what fits. */
static void read_output(int fd, char *out, size_t size) {
  size_t done = 0;
  char rest[512];
  for (;;) {
    size_t room = size - 1 - done;
    ssize_t n = read(fd, room ? out + done : rest, room ? room : sizeof rest);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    done += room ? (size_t)n : 0;
  }
  out[done] = '\0';
  for (char *c = out; *c; c++)
    if (*c == '\n')
      *c = ' ';
}

static int start(const char *const *argv, int output, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none;
  sigemptyset(&none);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, output, 2);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  int r = posix_spawnp(pid, argv[0], &actions, &attributes, (char *const *)argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return r;
}

int program_status(const char *const *argv, int *status, char *output, size_t size, struct error *err) {
  int pipes[2];
  if (pipe2(pipes, O_CLOEXEC) < 0)
    return error_sys(err, "making a pipe for `%s`", argv[0]);
  cleanup_close int end = pipes[0];
  pid_t pid;
  int r = start(argv, pipes[1], &pid);
  close(pipes[1]);
  if (r != 0) {
    errno = r;
    return error_sys(err, "starting `%s`", argv[0]);
  }
  int how;
  read_output(end, output, size);
  while (waitpid(pid, &how, 0) < 0)
    if (errno != EINTR)
      return error_sys(err, "waiting for `%s`", argv[0]);
  *status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
  return 0;
}

int program_run(const char *const *argv, struct error *err) {
  char text[512];
  int status;
  if (program_status(argv, &status, text, sizeof text, err) < 0)
    return -1;
  return status == 0 ? 0 : error_set(err, MOBIDESK_INTERNAL, "`%s` failed with status %d: %s", argv[0], status, text);
}
