/* viewer_send.c: what a viewer gets, and when. */
#include "viewer_private.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>

#include "driver.h"

/* 60 frames a second: more than screens show, and less would be felt. The first frame after a pause goes at once. */
#define FRAME_INTERVAL_US 16667
/* Encoded ahead of the socket: about what a unix socket takes in two writes, so that pixels are read late. */
#define OUTPUT_AHEAD (256 * 1024)
/* Pixels that are looked at in one turn, some 8 ms: a large screen must not keep the session from its clients. */
#define TURN_PIXELS (2048 * 1024)

bool viewer_queue(struct viewer *v, const struct message *m) {
  const size_t size = protocol_size(m);
  uint8_t *bytes = buffer_reserve(&v->out, size);
  if (bytes == NULL)
    return viewer_refuse(v, "no memory for its output");
  protocol_encode(m, bytes);
  buffer_commit(&v->out, size);
  return true;
}

bool viewer_flush(struct viewer *v) {
  while (buffer_length(&v->out) > 0) {
    ssize_t n = send(v->fd, buffer_front(&v->out), buffer_length(&v->out), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0)
      return errno == EAGAIN || errno == EINTR;
    buffer_consume(&v->out, (size_t)n);
    v->progress_us = viewer_clock_us();
  }
  return true;
}

/* The position is one of the screen's size that the viewer knows: after a change it waits for SCREEN_SIZE. */
static bool send_warp(struct viewer *v) {
  const struct message warp = {.type = MESSAGE_CURSOR_WARP, .position = {v->warp_x, v->warp_y}};
  if (!v->warp_due || v->resized)
    return true;
  v->warp_due = false;
  return viewer_queue(v, &warp);
}

static bool can_begin(const struct viewer *v, uint64_t now_us, int *wait_ms) {
  const bool due = v->resized || v->cursor_due || update_pending(&v->update);
  if (!due || v->frames_sent - v->frames_acked >= PROTOCOL_FRAMES_AHEAD)
    return false;
  const uint64_t next_us = v->frame_began_us + FRAME_INTERVAL_US;
  if (v->frame_began_us != 0 && now_us < next_us) {
    *wait_ms = (int)((next_us - now_us) / 1000) + 1;
    return false;
  }
  return true;
}

static bool begin_frame(struct viewer *v, uint64_t now_us) {
  const struct framebuffer *fb = &v->server->parts.screen->framebuffer;
  const struct message size = {.type = MESSAGE_SCREEN_SIZE, .size = {fb->width, fb->height}};
  const struct message shape = sprite_message(v->server->parts.sprite);
  v->in_frame = true;
  v->frame_began_us = now_us;
  v->target.slow = v->frames_sent - v->frames_acked >= PROTOCOL_FRAMES_AHEAD - 1 || buffer_length(&v->out) > 0;
  update_begin_frame(&v->update);
  if ((v->resized && !viewer_queue(v, &size)) || (v->cursor_due && !viewer_queue(v, &shape)))
    return false;
  v->resized = v->cursor_due = false;
  return send_warp(v);
}

static bool end_frame(struct viewer *v) {
  const struct message end = {.type = MESSAGE_FRAME_END, .frame_end = {v->frames_sent + 1, viewer_clock_us()}};
  v->in_frame = false;
  v->frames_sent++;
  return viewer_queue(v, &end);
}

static bool send_copies(struct viewer *v) {
  struct update_copy copy;
  while (update_take_copy(&v->update, &copy)) {
    const struct message m = {.type = MESSAGE_COPY, .copy = {copy.source, copy.x, copy.y}};
    if (!viewer_queue(v, &m))
      return false;
  }
  return true;
}

/* Queues the next rectangle of the frame, all of a box if it has one colour; ends the frame if there is none. Takes
 * what was looked at from `*pixels`. */
static bool send_next(struct viewer *v, long *pixels) {
  struct server *s = v->server;
  const struct framebuffer *fb = &s->parts.screen->framebuffer;
  struct rect r;
  uint32_t pixel;
  if (!update_next_rect(&v->update, UINT_MAX, &r))
    return end_frame(v);
  if (encoder_is_solid(fb, &r, &pixel)) {
    const struct message fill = {.type = MESSAGE_SFILL, .sfill = {r, pixel}};
    if (!viewer_queue(v, &fill))
      return false;
  } else {
    update_next_rect(&v->update, ENCODER_MAX_PIXELS, &r);
    if (!encoder_rect(s->encoder, fb, &r, &v->target, &v->out))
      return viewer_refuse(v, "no memory for its output");
  }
  update_sent(&v->update, &r);
  *pixels -= (long)r.width * r.height;
  return true;
}

bool viewer_send(struct viewer *v, uint64_t now_us, int *wait_ms) {
  long pixels = TURN_PIXELS;
  for (;;) {
    if (!viewer_flush(v))
      return false;
    if (buffer_length(&v->out) >= OUTPUT_AHEAD)
      return true;
    if (!send_warp(v))
      return false;
    if (pixels <= 0) {
      *wait_ms = 0;
      return true;
    }
    if (!v->in_frame && !can_begin(v, now_us, wait_ms))
      return true;
    if (!v->in_frame && !begin_frame(v, now_us))
      return false;
    while (v->in_frame && pixels > 0 && buffer_length(&v->out) < OUTPUT_AHEAD)
      if (!send_copies(v) || !send_next(v, &pixels))
        return false;
  }
}

void viewer_damaged(struct viewer *v, pixman_region16_t *region) {
  if (v->state == VIEWER_SERVED)
    update_damage(&v->update, region);
}

void viewer_copied(struct viewer *v, const pixman_box16_t *boxes, unsigned count, int dx, int dy) {
  if (v->state == VIEWER_SERVED)
    update_copy(&v->update, boxes, count, dx, dy);
}

/* A frame that had begun does not end: what it brought is void, and the new size comes before anything else. */
void viewer_resized(struct viewer *v) {
  if (v->state != VIEWER_SERVED)
    return;
  v->resized = true;
  viewer_refresh(v);
}

void viewer_refresh(struct viewer *v) {
  const struct framebuffer *fb = &v->server->parts.screen->framebuffer;
  v->in_frame = false;
  v->cursor_due = true;
  update_reset(&v->update, fb->width, fb->height);
}

void viewer_cursor_changed(struct viewer *v) { v->cursor_due = true; }

void viewer_bell(struct viewer *v, unsigned percent) {
  const struct message bell = {.type = MESSAGE_BELL, .volume = (uint16_t)percent};
  if (v->state == VIEWER_SERVED && buffer_length(&v->out) < OUTPUT_AHEAD)
    viewer_queue(v, &bell);
}

void viewer_pointer_moved(struct viewer *v, enum seat_movement movement, uint16_t x, uint16_t y) {
  if (movement == SEAT_MOVED_BY_VIEWER && !v->view_only)
    return;
  v->warp_due = true;
  v->warp_x = x;
  v->warp_y = y;
}
