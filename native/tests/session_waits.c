#include "session_waits.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DAY_S 86400
#define DAY_MS (DAY_S * 1000)

static void wait_in_poll(void) { poll(NULL, 0, DAY_MS); }

static void wait_in_sleep(void) { sleep(DAY_S); }

static void wait_in_nanosleep(void) {
  const struct timespec day = {.tv_sec = DAY_S};
  nanosleep(&day, NULL);
}

static void wait_in_semaphore(void) {
  sem_t semaphore;
  struct timespec limit;
  clock_gettime(CLOCK_REALTIME, &limit);
  limit.tv_sec += DAY_S;
  sem_init(&semaphore, 0, 0);
  sem_timedwait(&semaphore, &limit);
}

static const struct {
  const char *name;
  void (*call)(void);
  bool continued; /* after a stop */
} waits[SESSION_WAITS] = {
    {"poll", wait_in_poll, false},
    {"sleep", wait_in_sleep, false},
    {"nanosleep", wait_in_nanosleep, false},
    {"semaphore", wait_in_semaphore, false},
    {"continued-poll", wait_in_poll, true},
    {"continued-sleep", wait_in_sleep, true},
    {"continued-nanosleep", wait_in_nanosleep, true},
    {"continued-semaphore", wait_in_semaphore, true},
};

static _Noreturn void fail(const char *name) {
  fprintf(stderr, "session app: waiting in %s: %s\n", name, strerror(errno));
  exit(1);
}

/* Until the kernel says that the process sleeps (S) or stands still (T). */
static void await(pid_t pid, char state, const char *name) {
  char path[32], text[256];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  do {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (n <= 0)
      fail(name);
    close(fd);
    text[n] = '\0';
  } while (strrchr(text, ')')[2] != state);
}

static void signal_and_await(pid_t pid, int signal, char state, const char *name) {
  if (kill(pid, signal) < 0)
    fail(name);
  await(pid, state, name);
}

void session_waits_start(pid_t children[SESSION_WAITS]) {
  for (int i = 0; i < SESSION_WAITS; i++) {
    children[i] = fork();
    if (children[i] < 0)
      fail(waits[i].name);
    if (children[i] == 0) {
      waits[i].call();
      _exit(0);
    }
    await(children[i], 'S', waits[i].name);
    if (waits[i].continued) {
      signal_and_await(children[i], SIGSTOP, 'T', waits[i].name);
      signal_and_await(children[i], SIGCONT, 'S', waits[i].name);
    }
  }
}

const char *session_waits_ended(const pid_t children[SESSION_WAITS]) {
  for (int i = 0; i < SESSION_WAITS; i++)
    if (waitpid(children[i], NULL, WNOHANG) != 0)
      return waits[i].name;
  return NULL;
}
