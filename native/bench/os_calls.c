/*
 * os-calls: what system calls cost here, for `./mobidesk bench os` (paper, table 2). Prints a line "NAME NANOSECONDS"
 * for each: the median of several batches, so that an interruption by the machine does not count.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BATCHES = 11 };

static int pipe_fds[2];

static void require(int ok, const char *what) {
  if (!ok) {
    fprintf(stderr, "os-calls: %s: %s\n", what, strerror(errno));
    exit(1);
  }
}

static void call_getpid(void) { require(syscall(SYS_getpid) > 0, "getpid"); }

static void call_fionread(void) {
  int waiting;
  require(ioctl(pipe_fds[0], FIONREAD, &waiting) == 0, "ioctl(FIONREAD)");
}

static void call_shm(void) {
  int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  require(id >= 0 && shmctl(id, IPC_RMID, NULL) == 0, "shmget and shmctl");
}

static void call_sem(void) {
  int id = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
  require(id >= 0 && semctl(id, 0, IPC_RMID) == 0, "semget and semctl");
}

static void wait_for(pid_t child) {
  int status;
  require(child > 0 && waitpid(child, &status, 0) == child && status == 0, "a child process");
}

static void call_fork_exit(void) {
  pid_t child = fork();
  if (child == 0)
    _exit(0);
  wait_for(child);
}

static void call_fork_sh(void) {
  pid_t child = fork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", ":", (char *)NULL);
    _exit(127);
  }
  wait_for(child);
}

static const struct {
  const char *name;
  void (*call)(void);
  int calls; /* in a batch: some 20 ms */
} cases[] = {
    {"getpid", call_getpid, 200000},    {"ioctl(FIONREAD)", call_fionread, 200000}, {"shmget+shmctl", call_shm, 10000},
    {"semget+semctl", call_sem, 20000}, {"fork+exit", call_fork_exit, 200},         {"fork+sh", call_fork_sh, 40},
};

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(void) {
  require(pipe(pipe_fds) == 0, "pipe");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    double batch[BATCHES];
    for (int b = 0; b < BATCHES; b++) {
      double start = now_ns();
      for (int n = 0; n < cases[i].calls; n++)
        cases[i].call();
      batch[b] = (now_ns() - start) / cases[i].calls;
    }
    qsort(batch, BATCHES, sizeof *batch, compare);
    printf("%s %.1f\n", cases[i].name, batch[BATCHES / 2]);
  }
  return 0;
}
