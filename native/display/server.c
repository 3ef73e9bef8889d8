/* server.c: see server.h. */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "driver.h"
#include "viewer.h"

#define BACKLOG 16

static void on_block(void *data, void *timeout) {
  struct server *s = data;
  uint16_t x, y;
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
}

static void on_wakeup(void *data, int result) {}

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
  *s = (struct server){.parts = *parts, .listener = -1};
  s->encoder = encoder_init();
  s->path = strdup(path);
  if (s->encoder == NULL || s->path == NULL) {
    xf86DrvMsg(index, X_ERROR, "No memory for the display's encoder\n");
    return false;
  }
  s->listener = listen_at(path);
  if (s->listener < 0) {
    xf86DrvMsg(index, X_ERROR, "Cannot listen for viewers at %s: %s\n", path, strerror(errno));
    return false;
  }
  if (!RegisterBlockAndWakeupHandlers(on_block, on_wakeup, s) ||
      !SetNotifyFd(s->listener, on_connection, X_NOTIFY_READ, s)) {
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
  shadow_destroy(&s->shadow);
  encoder_destroy(s->encoder);
  free(s->path);
  s->encoder = NULL;
  s->path = NULL;
}

static bool has_viewers(const struct server *s) {
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL)
      return true;
  return false;
}

void server_damaged(struct server *s, pixman_region16_t *region) {
  pixman_region16_t changed;
  if (!has_viewers(s)) {
    shadow_destroy(&s->shadow);
    return;
  }
  shadow_compare(&s->shadow, &s->parts.screen->framebuffer, region, &changed);
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL)
      viewer_damaged(s->viewers[i], &changed);
  pixman_region_fini(&changed);
}

void server_copied(struct server *s, const pixman_box16_t *boxes, unsigned count, int dx, int dy) {
  shadow_note(&s->shadow, &s->parts.screen->framebuffer, boxes, count);
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL)
      viewer_copied(s->viewers[i], boxes, count, dx, dy);
}

void server_resized(struct server *s) {
  drawing_flush(s->parts.drawing); /* what is painted on the old size is not to be taken for the new one's */
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL)
      viewer_resized(s->viewers[i]);
}

void server_cursor_changed(struct server *s) {
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL)
      viewer_cursor_changed(s->viewers[i]);
}

void server_bell(struct server *s, unsigned percent) {
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL)
      viewer_bell(s->viewers[i], percent);
}

void server_remove(struct server *s, struct viewer *v) {
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] == v)
      s->viewers[i] = NULL;
  viewer_destroy(v);
}

void server_quiesce(struct server *s, struct viewer *requester) {
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL && s->viewers[i] != requester)
      server_remove(s, s->viewers[i]);
  server_remove(s, requester);
  shadow_destroy(&s->shadow);
}
