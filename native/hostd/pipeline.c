#include "pipeline.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

#define WORKERS_MAX 8

struct slot {
  size_t turn; /* the piece that it is for */
  bool full;   /* the first side is done with it, the second not yet */
};

struct pipeline {
  size_t count, next;
  bool workers_first;
  pipeline_step parallel;
  void *data;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  struct slot slots[PIPELINE_SLOTS];
  bool failed;
  struct error error;
};

static void fail(struct pipeline *p, const struct error *err) {
  pthread_mutex_lock(&p->lock);
  if (!p->failed)
    p->error = *err;
  p->failed = true;
  pthread_cond_broadcast(&p->changed);
  pthread_mutex_unlock(&p->lock);
}

/* Waits until piece `index` may be worked on by the first side (`full` false) or the second (true). */
static bool await(struct pipeline *p, size_t index, bool full) {
  struct slot *s = &p->slots[index % PIPELINE_SLOTS];
  pthread_mutex_lock(&p->lock);
  while (!p->failed && (s->turn != index || s->full != full))
    pthread_cond_wait(&p->changed, &p->lock);
  bool go = !p->failed;
  pthread_mutex_unlock(&p->lock);
  return go;
}

static void pass(struct pipeline *p, size_t index, bool was_full) {
  struct slot *s = &p->slots[index % PIPELINE_SLOTS];
  pthread_mutex_lock(&p->lock);
  s->full = !was_full;
  if (was_full)
    s->turn = index + PIPELINE_SLOTS;
  pthread_cond_broadcast(&p->changed);
  pthread_mutex_unlock(&p->lock);
}

static bool step(struct pipeline *p, size_t index, bool second, pipeline_step run) {
  struct error err = {0};
  if (!await(p, index, second))
    return false;
  if (run(p->data, index, (unsigned)(index % PIPELINE_SLOTS), &err) < 0) {
    fail(p, &err);
    return false;
  }
  pass(p, index, second);
  return true;
}

static void *work(void *data) {
  struct pipeline *p = data;
  for (;;) {
    pthread_mutex_lock(&p->lock);
    size_t index = p->next++;
    pthread_mutex_unlock(&p->lock);
    if (index >= p->count || !step(p, index, !p->workers_first, p->parallel))
      return NULL;
  }
}

static int run(struct pipeline *p, pipeline_step serial, struct error *err) {
  pthread_t threads[WORKERS_MAX];
  long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  unsigned wanted = cpus < 1 ? 1 : cpus > WORKERS_MAX ? WORKERS_MAX : (unsigned)cpus, started = 0;
  pthread_mutex_init(&p->lock, NULL);
  pthread_cond_init(&p->changed, NULL);
  for (size_t i = 0; i < PIPELINE_SLOTS; i++)
    p->slots[i].turn = i;
  while (started < wanted && pthread_create(&threads[started], NULL, work, p) == 0)
    started++;
  if (started == 0) {
    errno = EAGAIN;
    error_sys(err, "starting threads for an image");
    fail(p, err);
  }
  for (size_t i = 0; i < p->count && step(p, i, p->workers_first, serial); i++)
    ;
  for (unsigned i = 0; i < started; i++)
    pthread_join(threads[i], NULL);
  pthread_mutex_destroy(&p->lock);
  pthread_cond_destroy(&p->changed);
  if (p->failed)
    *err = p->error;
  return p->failed ? -1 : 0;
}

int pipeline_write(size_t count, pipeline_step parallel, pipeline_step serial, void *data, struct error *err) {
  struct pipeline p = {.count = count, .workers_first = true, .parallel = parallel, .data = data};
  return run(&p, serial, err);
}

int pipeline_read(size_t count, pipeline_step serial, pipeline_step parallel, void *data, struct error *err) {
  struct pipeline p = {.count = count, .workers_first = false, .parallel = parallel, .data = data};
  return run(&p, serial, err);
}
