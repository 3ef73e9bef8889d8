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
#include "scroll.h"
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

static bool has_viewers_of(const struct server *s, bool shows_videos) {
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL && viewer_is_served(s->viewers[i]) && viewer_shows_videos(s->viewers[i]) == shows_videos)
      return true;
  return false;
}

bool server_shows_videos(struct server *s) {
  server_lock(s);
  const bool any = has_viewers_of(s, true);
  server_unlock(s);
  return any;
}

/* Viewers get `region`, which videos covered, as it is in the framebuffer. Ends `region`. */
static void tell_uncovered(struct server *s, pixman_region16_t *region) {
  int count;
  const pixman_box16_t *boxes = pixman_region_rectangles(region, &count);
  if (count > 0) {
    shadow_note(&s->shadow, &s->parts.screen->framebuffer, boxes, (unsigned)count);
    for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
      if (s->viewers[i] != NULL)
        viewer_damaged(s->viewers[i], region);
    s->news = true;
  }
  pixman_region_fini(region);
}

/* Closes videos that nobody shows any more or that stand still; returns when to look again. */
static int tend_videos(struct server *s, uint64_t now_us) {
  const struct framebuffer *fb = &s->parts.screen->framebuffer;
  int wait_ms = -1;
  if (video_is_open(&s->video)) {
    pixman_region16_t uncovered;
    pixman_region_init(&uncovered);
    if (has_viewers_of(s, true))
      wait_ms = video_close_still(&s->video, fb, now_us, &uncovered);
    else
      video_close_all(&s->video, fb, &uncovered);
    tell_uncovered(s, &uncovered);
  }
  drawing_watch_videos(s->parts.drawing, video_is_open(&s->video));
  return wait_ms;
}

static void on_block(void *data, void *timeout) {
  struct server *s = data;
  uint16_t x, y;
  server_lock(s);
  drawing_flush(s->parts.drawing);
  const int videos_ms = tend_videos(s, viewer_clock_us());
  if (videos_ms >= 0)
    AdjustWaitForDelay(timeout, (unsigned long)videos_ms);
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
  video_init(&s->video);
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
  video_destroy(&s->video);
  pthread_mutex_destroy(&s->lock);
  free(s->path);
  s->path = NULL;
}

/* What is beneath a video viewers do not have, so nothing is copied from there. */
static bool touches_videos(const struct server *s, const pixman_box16_t *boxes, unsigned count, int dx, int dy) {
  for (unsigned i = 0; i < count; i++) {
    const pixman_box16_t *b = &boxes[i];
    const pixman_box16_t source = {(int16_t)(b->x1 + dx), (int16_t)(b->y1 + dy), (int16_t)(b->x2 + dx),
                                   (int16_t)(b->y2 + dy)};
    if (video_covers(&s->video, b) || video_covers(&s->video, &source))
      return true;
  }
  return false;
}

/* Painted pixels that are others, moved, are told as copies; what is left is in the difference to the shadow. */
static void tell_scrolls(struct server *s, pixman_region16_t *painted) {
  struct scroll scroll;
  if (video_is_open(&s->video) && video_covers(&s->video, pixman_region_extents(painted)))
    return;
  if (!scroll_find(&s->shadow, &s->parts.screen->framebuffer, painted, &scroll))
    return;
  for (unsigned i = 0; i < scroll.count; i++)
    shadow_copy(&s->shadow, &scroll.boxes[i], scroll.dy);
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL)
      viewer_copied(s->viewers[i], scroll.boxes, scroll.count, 0, scroll.dy);
}

/* Viewers that show videos get what is within the film that was found as its next picture; others as it is. Takes it
 * from `changed`. */
static void tell_film(struct server *s, pixman_region16_t *changed, const struct rect *film, uint64_t now_us) {
  const struct framebuffer *fb = &s->parts.screen->framebuffer;
  const struct picture_place place = {(int16_t)film->x, (int16_t)film->y, film->width, film->height};
  pixman_region16_t covered, uncovered;
  struct picture *picture = picture_of_pixels(fb, film);
  if (picture == NULL)
    return; /* as pixels, then */
  picture->time_us = now_us;
  pixman_region_init_rect(&covered, film->x, film->y, film->width, film->height);
  for (unsigned i = 0; i < VIDEO_PORTS; i++)
    if (s->video.streams[i].picture != NULL)
      pixman_region_subtract(&covered, &covered, &s->video.streams[i].covered);
  pixman_region_init(&uncovered);
  video_show(&s->video, VIDEO_FOUND, picture, &place, &covered, fb, now_us, &uncovered);
  tell_uncovered(s, &uncovered);
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL && !viewer_shows_videos(s->viewers[i]))
      viewer_damaged(s->viewers[i], changed);
  pixman_region_subtract(changed, changed, &covered);
  pixman_region_fini(&covered);
}

/* Looks for a film in what has changed, and goes on with the one that was found. */
static void follow_film(struct server *s, pixman_region16_t *changed) {
  const struct video_stream *found = &s->video.streams[VIDEO_FOUND];
  const uint64_t now_us = viewer_clock_us();
  struct rect film = {(uint16_t)found->place.x, (uint16_t)found->place.y, found->place.width, found->place.height};
  if (!has_viewers_of(s, true))
    return;
  const bool is_new = motion_note(&s->motion, &s->parts.screen->framebuffer, changed, now_us, &film);
  pixman_region16_t within;
  pixman_region_init(&within);
  if (found->picture != NULL)
    pixman_region_intersect(&within, (pixman_region16_t *)&found->covered, changed);
  if (is_new || pixman_region_not_empty(&within))
    tell_film(s, changed, &film, now_us);
  pixman_region_fini(&within);
}

/* What is painted over videos is not theirs any more; but what is painted over a film that was found is its next
 * picture.
 */
static void uncover_videos(struct server *s, pixman_region16_t *painted) {
  pixman_region16_t over, uncovered;
  pixman_region_init(&over);
  pixman_region_init(&uncovered);
  pixman_region_subtract(&over, painted, &s->video.streams[VIDEO_FOUND].covered);
  video_uncover(&s->video, &over, &uncovered);
  tell_uncovered(s, &uncovered);
  pixman_region_fini(&over);
}

void server_damaged(struct server *s, pixman_region16_t *region) {
  pixman_region16_t changed;
  server_lock(s);
  if (!has_viewers(s)) {
    shadow_destroy(&s->shadow);
    server_unlock(s);
    return;
  }
  if (video_is_open(&s->video))
    uncover_videos(s, region);
  tell_scrolls(s, region);
  shadow_compare(&s->shadow, &s->parts.screen->framebuffer, region, &changed);
  follow_film(s, &changed);
  s->news = true;
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL)
      viewer_damaged(s->viewers[i], &changed);
  pixman_region_fini(&changed);
  server_unlock(s);
}

/* Those who do not show videos get the picture as it is painted. */
static void show_as_pixels(struct server *s, pixman_region16_t *covered) {
  pixman_region16_t changed;
  video_paint(&s->video, covered, &s->parts.screen->framebuffer);
  shadow_compare(&s->shadow, &s->parts.screen->framebuffer, covered, &changed);
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL && !viewer_shows_videos(s->viewers[i]))
      viewer_damaged(s->viewers[i], &changed);
  pixman_region_fini(&changed);
}

void server_video(struct server *s, unsigned i, struct picture *picture, const struct picture_place *place,
                  pixman_region16_t *covered) {
  pixman_region16_t uncovered;
  pixman_region_init(&uncovered);
  server_lock(s);
  drawing_flush(s->parts.drawing);
  picture->time_us = viewer_clock_us();
  video_show(&s->video, i, picture, place, covered, &s->parts.screen->framebuffer, picture->time_us, &uncovered);
  tell_uncovered(s, &uncovered);
  if (has_viewers_of(s, false))
    show_as_pixels(s, covered);
  s->news = true;
  server_unlock(s);
  drawing_watch_videos(s->parts.drawing, true);
}

void server_paint_videos(struct server *s, pixman_region16_t *region) {
  if (video_is_open(&s->video)) /* by this thread only */
    video_paint(&s->video, region, &s->parts.screen->framebuffer);
}

bool server_keep_shadow(struct server *s, const struct viewer *v) {
  const struct framebuffer *fb = &s->parts.screen->framebuffer;
  drawing_flush(s->parts.drawing);
  if (!shadow_begin(&s->shadow, fb))
    return false;
  if (video_is_open(&s->video) && !viewer_shows_videos(v)) { /* it sees what others see as videos */
    const pixman_box16_t all = {0, 0, (int16_t)fb->width, (int16_t)fb->height};
    video_paint(&s->video, NULL, fb);
    shadow_note(&s->shadow, fb, &all, 1);
  }
  return true;
}

void server_copied(struct server *s, const pixman_box16_t *boxes, unsigned count, int dx, int dy) {
  server_lock(s);
  if (video_is_open(&s->video) && touches_videos(s, boxes, count, dx, dy)) {
    pixman_region16_t painted;
    pixman_region_init_rects(&painted, boxes, (int)count);
    server_damaged(s, &painted);
    pixman_region_fini(&painted);
    server_unlock(s);
    return;
  }
  shadow_note(&s->shadow, &s->parts.screen->framebuffer, boxes, count);
  for (unsigned i = 0; i < SERVER_MAX_VIEWERS; i++)
    if (s->viewers[i] != NULL)
      viewer_copied(s->viewers[i], boxes, count, dx, dy);
  s->news = true;
  server_unlock(s);
}

void server_resizes(struct server *s) {
  pixman_region16_t uncovered;
  if (!video_is_open(&s->video))
    return;
  pixman_region_init(&uncovered);
  server_lock(s);
  drawing_flush(s->parts.drawing);
  video_close_all(&s->video, &s->parts.screen->framebuffer, &uncovered);
  tell_uncovered(s, &uncovered);
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
    viewer_dismiss(other, "The desktop is now shown elsewhere.");
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
  tend_videos(s, viewer_clock_us()); /* nobody shows them */
  shadow_destroy(&s->shadow);
  server_unlock(s);
}
