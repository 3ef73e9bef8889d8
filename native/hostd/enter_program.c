/*
 * mobidesk-exec: executes a program of a session, from a copy of itself in sealed memory (pod_exec.h).
 *
 *   mobidesk-exec PATH ARGV0 [ARGUMENT ...]
 *
 * Linked statically: the session's C library is the session's.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
  /* A script whose interpreter is /proc/self/exe comes here by another name. */
  if (argc < 3 || strcmp(argv[0], "mobidesk-exec") != 0) {
    fputs("mobidesk-exec: this is not for calling\n", stderr);
    return 126;
  }
  execve(argv[1], argv + 2, environ);
  fprintf(stderr, "mobidesk-exec: executing `%s`: %s\n", argv[1], strerror(errno));
  return 126;
}
