#include "pipeline.h"

#include "clean.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>

#define WORKERS_MAX 9

/* Pieces are counted: submitted >= begun >= done. Piece n is in slot n % PIPELINE_SLOTS until it is done. */
struct pipeline {
  pipeline_step parallel, ordered;
  void *data;
  pthread_t threads[WORKERS_MAX];
  unsigned workers;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  uint64_t submitted, begun, done;
  bool stopping, failed;
  struct error error; /* the first one */
};

static void fail(struct pipeline *p, const struct error *err) {
  pthread_mutex_lock(&p->lock);
  if (!p->failed)
    p->error = *err;
  p->failed = true;
  pthread_cond_broadcast(&p->changed);
  pthread_mutex_unlock(&p->lock);
}

static bool over(const struct pipeline *p) { return p->failed || p->stopping; }

/* The number of the next piece, or false at the end. */
static bool begin(struct pipeline *p, uint64_t *number) {
  pthread_mutex_lock(&p->lock);
  while (!over(p) && p->begun == p->submitted)
    pthread_cond_wait(&p->changed, &p->lock);
  bool go = !over(p);
  if (go)
    *number = p->begun++;
  pthread_mutex_unlock(&p->lock);
  return go;
}

static bool await_turn(struct pipeline *p, uint64_t number) {
  pthread_mutex_lock(&p->lock);
  while (!over(p) && p->done != number)
    pthread_cond_wait(&p->changed, &p->lock);
  bool go = !over(p);
  pthread_mutex_unlock(&p->lock);
  return go;
}

static void end(struct pipeline *p) {
  pthread_mutex_lock(&p->lock);
  p->done++;
  pthread_cond_broadcast(&p->changed);
  pthread_mutex_unlock(&p->lock);
}

static void *work(void *data) {
  struct pipeline *p = data;
  for (uint64_t number; begin(p, &number); end(p)) {
    struct error err = {0};
    unsigned slot = (unsigned)(number % PIPELINE_SLOTS);
    if (p->parallel(p->data, slot, &err) == 0) {
      if (!await_turn(p, number))
        return NULL;
      if (p->ordered(p->data, slot, &err) == 0)
        continue;
    }
    fail(p, &err);
    return NULL;
  }
  return NULL;
}

int pipeline_start(pipeline_step parallel, pipeline_step ordered, void *data, struct pipeline **out,
                   struct error *err) {
  long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  /* One more than processors: one of them may stand in its ordered step, waiting for the network. */
  unsigned wanted = cpus < 1 ? 2 : cpus >= WORKERS_MAX ? WORKERS_MAX : (unsigned)cpus + 1;
  struct pipeline *p = calloc(1, sizeof *p);
  if (!p)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory for the threads of an image");
  p->parallel = parallel;
  p->ordered = ordered;
  p->data = data;
  pthread_mutex_init(&p->lock, NULL);
  pthread_cond_init(&p->changed, NULL);
  int number = 0;
  while (p->workers < wanted && (number = pthread_create(&p->threads[p->workers], NULL, work, p)) == 0)
    p->workers++;
  if (p->workers == 0) {
    pipeline_stop(p);
    errno = number;
    return error_sys(err, "starting threads for an image");
  }
  *out = p;
  return 0;
}

/* Waits until at most `open` pieces are not done. */
static int wait_done(struct pipeline *p, uint64_t open, struct error *err) {
  pthread_mutex_lock(&p->lock);
  while (!p->failed && p->submitted - p->done > open)
    pthread_cond_wait(&p->changed, &p->lock);
  int r = p->failed ? -1 : 0;
  if (r < 0)
    *err = p->error;
  pthread_mutex_unlock(&p->lock);
  return r;
}

int pipeline_slot(struct pipeline *p, unsigned *slot, struct error *err) {
  if (wait_done(p, PIPELINE_SLOTS - 1, err) < 0)
    return -1;
  *slot = (unsigned)(p->submitted % PIPELINE_SLOTS);
  return 0;
}

void pipeline_submit(struct pipeline *p) {
  pthread_mutex_lock(&p->lock);
  p->submitted++;
  pthread_cond_broadcast(&p->changed);
  pthread_mutex_unlock(&p->lock);
}

int pipeline_drain(struct pipeline *p, struct error *err) { return wait_done(p, 0, err); }

bool pipeline_idle(struct pipeline *p) {
  pthread_mutex_lock(&p->lock);
  bool idle = p->done == p->submitted;
  pthread_mutex_unlock(&p->lock);
  return idle;
}

int pipeline_do(struct pipeline *p, struct error *err) {
  if (wait_done(p, 0, err) < 0)
    return -1;
  unsigned slot = (unsigned)(p->submitted % PIPELINE_SLOTS);
  if (p->parallel(p->data, slot, err) < 0 || p->ordered(p->data, slot, err) < 0) {
    fail(p, err);
    return -1;
  }
  pthread_mutex_lock(&p->lock);
  p->submitted++;
  p->begun++;
  p->done++;
  pthread_mutex_unlock(&p->lock);
  return 0;
}

void pipeline_stop(struct pipeline *p) {
  if (!p)
    return;
  pthread_mutex_lock(&p->lock);
  p->stopping = true;
  pthread_cond_broadcast(&p->changed);
  pthread_mutex_unlock(&p->lock);
  for (unsigned i = 0; i < p->workers; i++)
    pthread_join(p->threads[i], NULL);
  pthread_mutex_destroy(&p->lock);
  pthread_cond_destroy(&p->changed);
  free(p);
}
