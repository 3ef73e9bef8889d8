/*
 * worker.h: the thread that encodes and writes to viewers, so that the X server's own thread does neither.
 *
 * What it shares with that thread (the shadow, each viewer's queue, credit and output) is under the server's lock. It
 * holds the lock while it chooses what to send, copies its pixels, and writes to a socket that takes bytes at once; it
 * lets go of it while it compresses. So the X server waits for some tens of microseconds at most, and never for a
 * viewer.
 *
 * The thread sleeps in poll and holds no lock then, so a checkpoint finds it at rest once viewers are gone.
 */
#ifndef MOBIDESK_DISPLAY_WORKER_H
#define MOBIDESK_DISPLAY_WORKER_H

#include <pthread.h>
#include <stdbool.h>

struct encoder;
struct server;
struct viewer;

struct worker {
  struct server *server;
  pthread_t thread;
  bool started, stop;
  int wake_fd;             /* eventfd: there is something to do */
  struct encoder *encoder; /* the thread's own */
  struct viewer *serving;  /* while the lock is let go of */
  pthread_cond_t idle;     /* `serving` is NULL again */
};

/* Starts the thread; false with errno. */
bool worker_init(struct worker *w, struct server *server);
void worker_destroy(struct worker *w);

/* There is something to send. From any thread. */
void worker_wake(struct worker *w);

/* Waits until the thread has nothing to do with `v`, which the caller, who holds the lock, is about to destroy: at most
 * until it has encoded one rectangle. */
void worker_leave(struct worker *w, struct viewer *v);

#endif
