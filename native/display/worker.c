/* worker.c: see worker.h. */
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "encoder.h"
#include "server.h"
#include "viewer.h"

void worker_wake(struct worker *w) {
  const uint64_t one = 1;
  while (write(w->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
    continue;
}

void worker_leave(struct worker *w, struct viewer *v) {
  while (w->serving == v)
    server_wait(w->server, &w->idle);
}

/* The sockets that have to take more before there is something to do. Returns how many entries there are. */
static nfds_t collect(struct worker *w, struct pollfd *fds) {
  nfds_t count = 0;
  fds[count++] = (struct pollfd){.fd = w->wake_fd, .events = POLLIN};
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++) {
    const int fd = w->server->viewers[i] == NULL ? -1 : viewer_waits_for(w->server->viewers[i]);
    if (fd >= 0)
      fds[count++] = (struct pollfd){.fd = fd, .events = POLLOUT};
  }
  return count;
}

/* Serves each viewer once; returns how long to wait for events, in milliseconds, -1: for ever. */
static int serve_all(struct worker *w) {
  int wait_ms = VIEWER_IDLE;
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++) {
    if (w->server->viewers[i] == NULL)
      continue;
    const int wanted = viewer_serve(w->server->viewers[i], w);
    if (wanted != VIEWER_IDLE && (wait_ms == VIEWER_IDLE || wanted < wait_ms))
      wait_ms = wanted;
  }
  return wait_ms;
}

static void *run(void *data) {
  struct worker *w = data;
  struct pollfd fds[SERVER_MAX_VIEWERS + 1];
  uint64_t wakes;
  server_lock(w->server);
  while (!w->stop) {
    const int wait_ms = serve_all(w);
    const nfds_t count = collect(w, fds);
    server_unlock(w->server);
    poll(fds, count, wait_ms);
    if (fds[0].revents != 0 && read(w->wake_fd, &wakes, sizeof wakes) < 0)
      wakes = 0; /* somebody was faster, no matter */
    server_lock(w->server);
  }
  server_unlock(w->server);
  return NULL;
}

bool worker_init(struct worker *w, struct server *server) {
  sigset_t all, before;
  *w = (struct worker){.server = server, .wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (w->wake_fd < 0)
    return false;
  pthread_cond_init(&w->idle, NULL);
  w->encoder = encoder_init();
  if (w->encoder == NULL) {
    errno = ENOMEM;
    return false;
  }
  sigfillset(&all); /* the X server's timers and input are its own thread's */
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&w->thread, NULL, run, w);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  w->started = error == 0;
  errno = error;
  return w->started;
}

void worker_destroy(struct worker *w) {
  if (w->started) {
    server_lock(w->server);
    w->stop = true;
    server_unlock(w->server);
    worker_wake(w);
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->idle);
  }
  if (w->wake_fd >= 0)
    close(w->wake_fd);
  encoder_destroy(w->encoder);
  *w = (struct worker){.wake_fd = -1};
}
