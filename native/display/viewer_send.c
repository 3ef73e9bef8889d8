/* viewer_send.c: what a viewer gets, and when. All but what happens in the session runs in the worker. */
#include "viewer_private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "driver.h"
#include "pattern.h"
#include "worker.h"

/* 60 frames a second: more than screens show, and less would be felt. */
#define FRAME_INTERVAL_US 16667u
/* After a pause so many frames go at once: what an application draws for one key comes in a few parts, of which the
 * first is often its cursor only. */
#define FRAMES_AT_ONCE 3u
/* Frames that are sent ahead of what was shown, beside those that the way holds. */
#define FRAMES_AHEAD_MOST 30u
/* Encoded ahead of the socket: about what a unix socket takes in two writes, so that pixels are read late. */
#define OUTPUT_AHEAD (256 * 1024)
/* What a mark stands for, at least; or a thirty-second of what is under way. */
#define MARK_BYTES 16384u
/* What is sent at once takes about this long on the slowest part of the way, so that something smaller waits no longer.
 */
#define CHUNK_US 20000u
/* Fewer pixels are not worth a message: one tile. */
#define LEAST_PIXELS (TILES_SIZE * TILES_SIZE)
/* Rectangles in one turn: other viewers wait. */
#define TURN_RECTANGLES 8
/* A link that delivers more takes pixels as fast as zstd makes them small. */
#define FAST_RATE 100000000u
/* What takes longer than this without loss is shown approximately first; longer than the second, once more. */
#define PATIENCE_US 100000u
#define LONG_PATIENCE_US 700000u
/* JPEG: some 0.7 and 2 bits a pixel. */
#define ROUGH_QUALITY 40
#define GOOD_QUALITY 85

bool viewer_queue(struct viewer *v, const struct message *m) {
  const size_t size = protocol_size(m);
  uint8_t *bytes = buffer_reserve(&v->out, size);
  if (bytes == NULL)
    return false;
  protocol_encode(m, bytes);
  buffer_commit(&v->out, size);
  return true;
}

void viewer_break(struct viewer *v, const char *reason) {
  v->broken = reason;
  server_poke(v->server); /* the X server's thread removes it */
}

static int give_up(struct viewer *v, const char *reason) {
  viewer_break(v, reason);
  return VIEWER_IDLE;
}

/* Writes what the socket takes; false if the connection is broken. */
static bool flush(struct viewer *v) {
  const size_t before = buffer_length(&v->out);
  while (buffer_length(&v->out) > 0) {
    ssize_t n = send(v->fd, buffer_front(&v->out), buffer_length(&v->out), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
      return false;
    if (n < 0)
      break;
    buffer_consume(&v->out, (size_t)n);
    v->progress_us = viewer_clock_us();
  }
  if (buffer_length(&v->out) > 0)
    return true;
  v->answers = 0;
  if (before > 0 && v->notify_mask == X_NOTIFY_NONE)
    server_poke(v->server); /* its input may be read again */
  return true;
}

static uint16_t within(uint16_t at, int size) { return at < size ? at : (uint16_t)(size - 1); }

/*
 * The position is one of the screen's size that the viewer knows: after a change it waits for SCREEN_SIZE, and where
 * the pointer was on a larger screen may be outside of this one.
 */
static bool send_warp(struct viewer *v) {
  if (!v->warp_due || v->resized)
    return true;
  const struct framebuffer fb = shadow_picture(&v->server->shadow);
  const struct message warp = {.type = MESSAGE_CURSOR_WARP,
                               .position = {within(v->warp_x, fb.width), within(v->warp_y, fb.height)}};
  v->warp_due = false;
  return viewer_queue(v, &warp);
}

/* The way itself holds frames that cannot have been acknowledged yet. */
static unsigned frames_ahead(const struct viewer *v) {
  const uint64_t held = v->version >= 2 ? credit_round_trip_us(&v->credit) / FRAME_INTERVAL_US : 0;
  return PROTOCOL_FRAMES_AHEAD + (unsigned)(held < FRAMES_AHEAD_MOST ? held : FRAMES_AHEAD_MOST);
}

static bool is_due(const struct viewer *v) {
  return v->resized || v->cursor_due || v->company_due || !queue_empty(&v->queue) || viewer_video_due(v);
}

/* Whether something may be sent now; else `*wait_ms` is set if it may after a time. */
static bool may_send(const struct viewer *v, uint64_t now_us, int *wait_ms) {
  if (v->version >= 2 && credit_room(&v->credit) == 0)
    return false;
  if (v->in_frame)
    return true;
  if (!is_due(v) || v->frames_sent - v->frames_acked >= frames_ahead(v))
    return false;
  const uint64_t next_us = v->frames_until_us - (FRAMES_AT_ONCE - 1) * FRAME_INTERVAL_US;
  if (v->frames_until_us != 0 && now_us < next_us) {
    *wait_ms = (int)((next_us - now_us) / 1000) + 1;
    return false;
  }
  return true;
}

/* Marks what was sent since the last mark. */
static bool send_mark(struct viewer *v, bool idle) {
  struct message mark = {.type = MESSAGE_MARK};
  if (!credit_mark(&v->credit, idle, viewer_clock_us(), &mark.mark))
    return true; /* the next one stands for these bytes, too */
  v->unmarked = 0;
  return viewer_queue(v, &mark);
}

bool viewer_account(struct viewer *v, size_t bytes, bool idle) {
  if (v->version < 2)
    return true;
  credit_sent(&v->credit, bytes);
  v->unmarked += bytes;
  const size_t share = credit_in_flight(&v->credit) / 32;
  if (v->unmarked < (share > MARK_BYTES ? share : MARK_BYTES) && !(idle && v->unmarked > 0))
    return true;
  return send_mark(v, idle);
}

bool viewer_add(struct viewer *v, const struct message *m) {
  return viewer_queue(v, m) && viewer_account(v, protocol_size(m), false);
}

bool viewer_add_encoded(struct viewer *v, uint32_t generation, bool *sent) {
  const size_t length = buffer_length(&v->encoded);
  uint8_t *room = generation == v->generation ? buffer_reserve(&v->out, length) : NULL;
  *sent = room != NULL;
  if (room != NULL) {
    memcpy(room, buffer_front(&v->encoded), length);
    buffer_commit(&v->out, length);
  }
  buffer_consume(&v->encoded, length);
  return room == NULL ? generation != v->generation : viewer_account(v, length, false);
}

static bool begin_frame(struct viewer *v, uint64_t now_us) {
  const struct framebuffer fb = shadow_picture(&v->server->shadow);
  const struct message size = {.type = MESSAGE_SCREEN_SIZE, .size = {fb.width, fb.height}};
  const struct message shape = sprite_message(v->server->parts.sprite);
  v->in_frame = true;
  v->frame_began_us = now_us;
  v->frames_until_us = (v->frames_until_us > now_us ? v->frames_until_us : now_us) + FRAME_INTERVAL_US;
  if ((v->resized && !viewer_add(v, &size)) || (v->cursor_due && !viewer_add(v, &shape)))
    return false;
  if (v->company_due && v->version >= 2) {
    const struct message company = server_company(v->server);
    if (!viewer_add(v, &company))
      return false;
  }
  v->resized = v->cursor_due = v->company_due = false;
  return send_warp(v);
}

static bool end_frame(struct viewer *v) {
  const struct message end = {.type = MESSAGE_FRAME_END, .frame_end = {v->frames_sent + 1, viewer_clock_us()}};
  v->in_frame = false;
  v->frames_sent++;
  return viewer_queue(v, &end) &&
         viewer_account(v, protocol_size(&end), queue_empty(&v->queue) && !viewer_video_due(v));
}

static bool send_copies(struct viewer *v) {
  struct queue_copy copy;
  while (queue_take_copy(&v->queue, &copy)) {
    const struct message m = {.type = MESSAGE_COPY, .copy = {copy.source, copy.x, copy.y}};
    if (!viewer_add(v, &m))
      return false;
  }
  return true;
}

/* How many pixels to send at once: what the way takes in CHUNK_US, if they are a photograph's. */
static unsigned chunk_pixels(const struct viewer *v) {
  const uint64_t rate = credit_rate(&v->credit);
  const uint64_t pixels = rate == 0 ? ENCODER_MAX_PIXELS : rate * CHUNK_US / 1000000;
  return pixels < LEAST_PIXELS ? LEAST_PIXELS : pixels > ENCODER_MAX_PIXELS ? ENCODER_MAX_PIXELS : (unsigned)pixels;
}

/* Whether photographs of what is next are sent approximately: 0: not, else the quality; `*step` is what follows. */
static int choose_quality(const struct viewer *v, const struct queue_next *next, unsigned *step) {
  const uint64_t rate = credit_rate(&v->credit);
  *step = 0;
  if (v->version < 2 || rate == 0 || next->item > QUEUE_MAX_ITEMS)
    return 0;
  const uint64_t photograph = queue_area(&v->queue, next) * 18 / 10; /* bytes, without loss */
  const uint64_t takes_us = photograph * 1000000 / rate;
  if (next->item < QUEUE_MAX_ITEMS)
    return takes_us > PATIENCE_US ? ROUGH_QUALITY : 0;
  *step = 1;
  return takes_us > LONG_PATIENCE_US ? GOOD_QUALITY : 0;
}

/* Notes what of the rectangle came out how, unless something has happened since `changes`. */
static void settle_quality(struct viewer *v, const struct queue_next *next, const struct encoder_result *result,
                           unsigned step, uint32_t changes) {
  if (v->queue.changes != changes)
    return; /* sent again exactly when there is nothing else to send: no harm */
  queue_exact(&v->queue, &next->rect, step);
  for (unsigned i = 0; i < result->count; i++)
    queue_approximate(&v->queue, &result->approximated[i], step);
}

/* Sends the next rectangle. False if the connection is to be given up. */
static bool send_rectangle(struct viewer *v, struct worker *w, const struct queue_next *next) {
  struct encoder_result result;
  struct encoder_target target = v->target;
  const struct framebuffer fb = shadow_picture(&v->server->shadow);
  unsigned step;
  target.fast = credit_rate(&v->credit) > FAST_RATE;
  target.quality = choose_quality(v, next, &step);
  queue_take(&v->queue, next);
  if (target.quality > 0)
    queue_approximate(&v->queue, &next->rect, step);
  const uint32_t generation = v->generation, changes = v->queue.changes;
  encoder_gather(w->encoder, &fb, &next->rect);

  w->serving = v;
  server_unlock(v->server);
  bool encoded = encoder_rect(w->encoder, &next->rect, &target, &v->encoded, &result);
  server_lock(v->server);
  w->serving = NULL;
  pthread_cond_broadcast(&w->idle);

  const size_t length = buffer_length(&v->encoded);
  bool sent = false;
  if (!encoded)
    buffer_consume(&v->encoded, length);
  const bool added = encoded && viewer_add_encoded(v, generation, &sent);
  if (sent) {
    queue_measured(&v->queue, next->id, (size_t)next->rect.width * next->rect.height, length);
    if (target.quality > 0)
      settle_quality(v, next, &result, step, changes);
  } else {
    tiles_forget(v->target.tiles); /* it has not got what was noted as stored */
  }
  return added;
}

/* All of the rectangle repeats the tile in its corner. Small enough to be made with the lock held. */
static bool send_pattern(struct viewer *v, struct worker *w, const struct queue_next *next, unsigned width,
                         unsigned height) {
  const struct framebuffer fb = shadow_picture(&v->server->shadow);
  bool sent;
  queue_take(&v->queue, next);
  return encoder_pattern(w->encoder, &fb, &next->rect, width, height, &v->target, &v->encoded) &&
         viewer_add_encoded(v, v->generation, &sent);
}

/* Sends what comes next within a frame, as many rows as have one colour at once; ends it when nothing is left, or when
 * it has lasted. */
static bool send_next(struct viewer *v, struct worker *w, uint64_t now_us) {
  const struct framebuffer fb = shadow_picture(&v->server->shadow);
  struct queue_next next;
  uint32_t pixel;
  if (!send_copies(v) || !viewer_video_tell(v))
    return false;
  const bool owed = queue_next(&v->queue, chunk_pixels(v), now_us, &next);
  const int video = viewer_video_next(v, owed ? next.bytes : UINT64_MAX);
  if (video >= 0) {
    bool complete;
    return viewer_video_send(v, w, (unsigned)video, &complete) && (!complete || !v->in_frame || end_frame(v));
  }
  if (!owed)
    return end_frame(v);
  struct rect whole = queue_whole_box(&v->queue, &next);
  unsigned tile_width, tile_height;
  const unsigned rows = encoder_solid_rows(&fb, &whole, &pixel);
  if (rows >= next.rect.height) {
    whole.height = (uint16_t)rows;
    const struct message fill = {.type = MESSAGE_SFILL, .sfill = {whole, pixel}};
    next.rect = whole;
    queue_take(&v->queue, &next);
    if (!viewer_add(v, &fill))
      return false;
  } else if (v->version >= 2 && pattern_find(&fb, &whole, &tile_width, &tile_height)) {
    next.rect = whole;
    if (!send_pattern(v, w, &next, tile_width, tile_height))
      return false;
  } else if (!send_rectangle(v, w, &next)) {
    return false;
  }
  return !v->in_frame || viewer_clock_us() - v->frame_began_us < FRAME_INTERVAL_US || end_frame(v);
}

/* How long the socket may take nothing yet, in milliseconds. */
static int until_stalled(const struct viewer *v, uint64_t now_us) {
  const uint64_t deadline = v->progress_us + v->server->stall_timeout_us;
  return now_us >= deadline ? 0 : (int)((deadline - now_us) / 1000) + 1;
}

int viewer_waits_for(const struct viewer *v) { return v->broken == NULL && buffer_length(&v->out) > 0 ? v->fd : -1; }

int viewer_serve(struct viewer *v, struct worker *w) {
  int wait_ms = VIEWER_IDLE;
  if (v->state != VIEWER_SERVED || v->broken != NULL)
    return VIEWER_IDLE;
  for (unsigned i = 0; i < TURN_RECTANGLES; i++) {
    const uint64_t now_us = viewer_clock_us();
    if (!flush(v))
      return give_up(v, "its connection is broken");
    if (buffer_length(&v->out) >= OUTPUT_AHEAD)
      break;
    if (!send_warp(v))
      return give_up(v, "no memory for its output");
    if (!may_send(v, now_us, &wait_ms)) {
      /* Without an answer under way there would be no more credit. */
      if (v->version >= 2 && v->unmarked > 0 && credit_room(&v->credit) == 0 && !send_mark(v, false))
        return give_up(v, "no memory for its output");
      break;
    }
    if ((!v->in_frame && !begin_frame(v, now_us)) || !send_next(v, w, now_us))
      return give_up(v, "no memory for its output");
    wait_ms = i + 1 == TURN_RECTANGLES ? 0 : VIEWER_IDLE;
  }
  const uint64_t now_us = viewer_clock_us();
  if (!flush(v))
    return give_up(v, "its connection is broken");
  if (buffer_length(&v->out) == 0) {
    buffer_trim(&v->out);
    v->progress_us = now_us;
    return wait_ms;
  }
  const int stalled_ms = until_stalled(v, now_us);
  if (stalled_ms == 0)
    return give_up(v, "it does not take what is sent");
  return wait_ms == VIEWER_IDLE || stalled_ms < wait_ms ? stalled_ms : wait_ms;
}

void viewer_damaged(struct viewer *v, pixman_region16_t *region) {
  if (v->state == VIEWER_SERVED && pixman_region_not_empty(region))
    queue_damage(&v->queue, region, viewer_clock_us());
}

void viewer_copied(struct viewer *v, const pixman_box16_t *boxes, unsigned count, int dx, int dy) {
  if (v->state == VIEWER_SERVED)
    queue_copy(&v->queue, boxes, count, dx, dy, viewer_clock_us());
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
  v->generation++;
  queue_reset(&v->queue, fb->width, fb->height, viewer_clock_us());
  viewer_video_refresh(v);
}

void viewer_cursor_changed(struct viewer *v) { v->cursor_due = true; }

void viewer_company_changed(struct viewer *v) { v->company_due = true; }

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
