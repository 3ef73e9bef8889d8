#include "rcu.h"

#include "clean.h"
#include "files.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#define EXPEDITED "/sys/kernel/rcu_expedited"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned hurrying; /* under the lock */
static bool ours;         /* under the lock: it is this daemon that has switched it on */
static char marker[PATH_MAX];

static void set(bool on) {
  struct error err;
  /* The marker is there for as long as it may be on. */
  if (on) {
    cleanup_close int fd = open(marker, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ours = fd >= 0 && files_write(EXPEDITED, "1", &err) == 0;
  } else {
    files_write(EXPEDITED, "0", &err);
    ours = false;
  }
  if (!ours)
    unlink(marker);
}

void rcu_open(const char *run_dir) {
  struct error err;
  if (files_path(marker, sizeof marker, &err, "%s/rcu-expedited", run_dir) < 0)
    marker[0] = '\0';
  else if (access(marker, F_OK) == 0)
    set(false);
}

void rcu_hurry(void) {
  struct error err;
  uint64_t now;
  pthread_mutex_lock(&lock);
  if (hurrying++ == 0 && marker[0] && files_read_number(EXPEDITED, &now, &err) == 0 && now == 0)
    set(true);
  pthread_mutex_unlock(&lock);
}

void rcu_relax(void) {
  pthread_mutex_lock(&lock);
  if (--hurrying == 0 && ours)
    set(false);
  pthread_mutex_unlock(&lock);
}
