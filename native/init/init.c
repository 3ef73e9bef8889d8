/*
 * mobidesk-init: process 1 of a session. Starts the template's program, ends with it, and reaps what is orphaned.
 *
 * It is linked statically, because it runs on the C library of whatever template it was put into. It holds nothing but
 * its own memory: whatever it had open would have to be checkpointed.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define START "/usr/lib/mobidesk/start"

static volatile sig_atomic_t program;

/* The daemon asks the session to end: the program decides how. */
static void forward(int number) {
  if (program > 0)
    kill((pid_t)program, number);
}

static int install(int number) {
  struct sigaction action = {.sa_handler = forward, .sa_flags = SA_RESTART};
  return sigaction(number, &action, NULL);
}

static pid_t start(char **argv) {
  pid_t pid = fork();
  if (pid != 0)
    return pid;
  setsid();
  execv(argv[0], argv);
  fprintf(stderr, "mobidesk-init: executing %s: %s\n", argv[0], strerror(errno));
  _exit(127);
}

/* Reaps until the program ends; returns its exit status, 128 + signal when it was killed. */
static int reap(void) {
  for (;;) {
    int status;
    pid_t pid = wait(&status);
    if (pid < 0 && errno != EINTR)
      return 1;
    if (pid == program)
      return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
}

/* Gives the rest of the session the chance to end: at most 2 seconds, then the kernel kills it with this process. */
static void end_others(void) {
  signal(SIGALRM, SIG_DFL);
  if (kill(-1, SIGTERM) < 0)
    return;
  alarm(2);
  while (wait(NULL) > 0 || errno == EINTR)
    ;
  alarm(0);
}

int main(int argc, char **argv) {
  char *fallback[] = {START, NULL};
  if (install(SIGTERM) < 0 || install(SIGINT) < 0 || install(SIGHUP) < 0)
    return 1;
  pid_t pid = start(argc > 1 ? argv + 1 : fallback);
  if (pid < 0)
    return 1;
  program = pid;
  int status = reap();
  end_others();
  return status;
}
