/* server.c: see server.h. */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "driver.h"
#include "viewer.h"

#define BACKLOG 16

void server_lock(struct server *s) {
  pthread_mutex_lock(&s->lock);
  s->lock_depth++;
}

void server_unlock(struct server *s) {
  s->lock_depth--;
  pthread_mutex_unlock(&s->lock);
}

void server_wait(struct server *s, pthread_cond_t *condition) {
  const unsigned depth = s->lock_depth;
  for (unsigned i = 1; i < depth; i++)
    server_unlock(s);
  s->lock_depth--;
  pthread_cond_wait(condition, &s->lock);
  s->lock_depth++;
  for (unsigned i = 1; i < depth; i++)
    server_lock(s);
}

void server_poke(struct server *s) {
  const uint64_t one = 1;
  while (write(s->poke_fd, &one, sizeof one) < 0 && errno == EINTR)
    continue;
}

static bool has_viewers(const struct server *s) {
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL)
      return true;
  return false;
}

static void on_block(void *data, void *timeout) {
  struct server *s = data;
  uint16_t x, y;
  server_lock(s);
  drawing_flush(s->parts.drawing);
  enum seat_movement movement = seat_movement(s->parts.seat, s->parts.sprite, &x, &y);
  const uint64_t now = viewer_clock_us();
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++) {
    struct viewer *v = s->viewers[i];
    if (v == NULL)
      continue;
    if (movement != SEAT_STILL)
      viewer_pointer_moved(v, movement, x, y);
    int wait_ms = viewer_turn(v, now);
    if (wait_ms == VIEWER_ENDED)
      server_remove(s, v);
    else if (wait_ms >= 0)
      AdjustWaitForDelay(timeout, (unsigned long)wait_ms);
  }
  if (s->news || movement != SEAT_STILL)
    worker_wake(&s->worker);
  s->news = false;
  server_unlock(s);
}

static void on_wakeup(void *data, int result) {}

/* The next on_block looks after the viewers. */
static void on_poke(int fd, int ready, void *data) {
  uint64_t pokes;
  if (read(fd, &pokes, sizeof pokes) < 0)
    pokes = 0;
}

static void add_viewer(struct server *s, int fd) {
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++) {
    if (s->viewers[i] != NULL)
      continue;
    s->viewers[i] = viewer_init(s, fd);
    if (s->viewers[i] == NULL)
      close(fd);
    return;
  }
  xf86DrvMsg(s->parts.screen->scrn->scrnIndex, X_WARNING, "A viewer was refused: there are %d already\n",
             SERVER_MAX_VIEWERS);
  close(fd);
}

static void on_connection(int listener, int ready, void *data) {
  struct server *s = data;
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd >= 0)
    add_viewer(s, fd);
  else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
    xf86DrvMsg(s->parts.screen->scrn->scrnIndex, X_ERROR, "A viewer could not be accepted: %s\n", strerror(errno));
}

/* Binds and listens; returns the socket or -1 with errno. Only the server's own user and root may connect. */
static int listen_at(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return -1;
  struct stat st;
  if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
    unlink(path);
  mode_t mask = umask(0177);
  int failed = bind(fd, (const struct sockaddr *)&address, sizeof address);
  umask(mask);
  if (failed != 0 || listen(fd, BACKLOG) != 0) {
    int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  return fd;
}

bool server_init(struct server *s, const struct server_parts *parts, const char *path) {
  const int index = parts->screen->scrn->scrnIndex;
  *s = (struct server){.parts = *parts, .listener = -1, .poke_fd = -1, .attach = ATTACH_JOIN};
  pthread_mutexattr_t recursive;
  pthread_mutexattr_init(&recursive);
  pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&s->lock, &recursive);
  s->poke_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  s->path = strdup(path);
  if (s->path == NULL || s->poke_fd < 0 || !worker_init(&s->worker, s)) {
    xf86DrvMsg(index, X_ERROR, "The display's thread cannot be started: %s\n", strerror(errno));
    return false;
  }
  s->listener = listen_at(path);
  if (s->listener < 0) {
    xf86DrvMsg(index, X_ERROR, "Cannot listen for viewers at %s: %s\n", path, strerror(errno));
    return false;
  }
  if (!RegisterBlockAndWakeupHandlers(on_block, on_wakeup, s) ||
      !SetNotifyFd(s->listener, on_connection, X_NOTIFY_READ, s) ||
      !SetNotifyFd(s->poke_fd, on_poke, X_NOTIFY_READ, s)) {
    xf86DrvMsg(index, X_ERROR, "The server does not wait for viewers\n");
    return false;
  }
  xf86DrvMsg(index, X_INFO, "Viewers are served at %s\n", path);
  return true;
}

void server_destroy(struct server *s) {
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL)
      server_remove(s, s->viewers[i]);
  RemoveBlockAndWakeupHandlers(on_block, on_wakeup, s);
  if (s->listener >= 0) {
    RemoveNotifyFd(s->listener);
    close(s->listener);
    unlink(s->path);
    s->listener = -1;
  }
  worker_destroy(&s->worker);
  if (s->poke_fd >= 0) {
    RemoveNotifyFd(s->poke_fd);
    close(s->poke_fd);
    s->poke_fd = -1;
  }
  shadow_destroy(&s->shadow);
  pthread_mutex_destroy(&s->lock);
  free(s->path);
  s->path = NULL;
}

void server_damaged(struct server *s, pixman_region16_t *region) {
  pixman_region16_t changed;
  server_lock(s);
  if (!has_viewers(s)) {
    shadow_destroy(&s->shadow);
    server_unlock(s);
    return;
  }
  shadow_compare(&s->shadow, &s->parts.screen->framebuffer, region, &changed);
  s->news = true;
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL)
      viewer_damaged(s->viewers[i], &changed);
  pixman_region_fini(&changed);
  server_unlock(s);
}

bool server_keep_shadow(struct server *s) {
  drawing_flush(s->parts.drawing);
  return shadow_begin(&s->shadow, &s->parts.screen->framebuffer);
}

void server_copied(struct server *s, const pixman_box16_t *boxes, unsigned count, int dx, int dy) {
  server_lock(s);
  shadow_note(&s->shadow, &s->parts.screen->framebuffer, boxes, count);
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL)
      viewer_copied(s->viewers[i], boxes, count, dx, dy);
  s->news = true;
  server_unlock(s);
}

void server_resized(struct server *s) {
  server_lock(s);
  drawing_flush(s->parts.drawing); /* what is painted on the old size is not to be taken for the new one's */
  if (has_viewers(s) && !shadow_begin(&s->shadow, &s->parts.screen->framebuffer))
    for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
      if (s->viewers[i] != NULL)
        viewer_break(s->viewers[i], "no memory for a copy of the screen");
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL)
      viewer_resized(s->viewers[i]);
  s->news = true;
  server_unlock(s);
}

void server_cursor_changed(struct server *s) {
  server_lock(s);
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL)
      viewer_cursor_changed(s->viewers[i]);
  s->news = true;
  server_unlock(s);
}

void server_bell(struct server *s, unsigned percent) {
  server_lock(s);
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL)
      viewer_bell(s->viewers[i], percent);
  s->news = true;
  server_unlock(s);
}

void server_remove(struct server *s, struct viewer *v) {
  server_lock(s);
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] == v)
      s->viewers[i] = NULL;
  worker_leave(&s->worker, v);
  viewer_destroy(v);
  server_company_changed(s);
  server_unlock(s);
}

void server_company_changed(struct server *s) {
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL)
      viewer_company_changed(s->viewers[i]);
  s->news = true;
}

struct message server_company(const struct server *s) {
  struct message m = {.type = MESSAGE_VIEWERS};
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++) {
    if (s->viewers[i] == NULL || !viewer_is_served(s->viewers[i]))
      continue;
    m.viewers.count++;
    m.viewers.view_only += viewer_is_view_only(s->viewers[i]);
  }
  return m;
}

/* Those who look only never take a session from anybody. */
bool server_admit(struct server *s, struct viewer *v, enum attach wanted) {
  const enum attach how = wanted == ATTACH_AS_CONFIGURED ? s->attach : wanted;
  if (viewer_is_view_only(v) || how != ATTACH_TAKE_OVER)
    return true;
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++) {
    struct viewer *other = s->viewers[i];
    if (other == NULL || other == v || !viewer_is_served(other) || viewer_is_view_only(other))
      continue;
    viewer_dismiss(other, "The session is now shown elsewhere.");
    server_remove(s, other);
  }
  return true;
}

void server_quiesce(struct server *s, struct viewer *requester) {
  server_lock(s);
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL && s->viewers[i] != requester)
      server_remove(s, s->viewers[i]);
  server_remove(s, requester);
  shadow_destroy(&s->shadow);
  server_unlock(s);
}
