/* viewer.c: a connection's life and its input; see viewer_send.c for what is sent. */
#include "viewer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "driver.h"
#include "viewer_private.h"

/* Read at once, so that one talkative viewer does not keep the session from its own clients. */
#define READ_SIZE 16384
/* While this many bytes of answers are stuck, input is left in the socket. */
#define ANSWERS_STUCK (64 * 1024)
/* A connection that does not introduce itself takes a viewer's place for no longer than this. */
#define HELLO_TIMEOUT_US 10000000

uint64_t viewer_clock_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static bool send_hello(struct viewer *v) {
  const struct framebuffer *fb = &v->server->parts.screen->framebuffer;
  struct message hello = {.type = MESSAGE_SERVER_HELLO,
                          .server_hello = {v->version, fb->width, fb->height, viewer_clock_us()}};
  if (!server_keep_shadow(v->server, v))
    return viewer_refuse(v, "no memory for a copy of the screen");
  v->state = VIEWER_SERVED;
  v->resized = false;
  viewer_refresh(v);
  server_company_changed(v->server);
  return viewer_queue(v, &hello);
}

static bool on_hello(struct viewer *v, const struct message *m) {
  uint64_t seeds[2];
  if (getrandom(seeds, sizeof seeds, 0) != (ssize_t)sizeof seeds)
    return viewer_refuse(v, "no random numbers");
  v->version = m->client_hello.version < PROTOCOL_VERSION ? m->client_hello.version : PROTOCOL_VERSION;
  v->target.version = v->version;
  v->target.encodings = m->client_hello.encodings;
  v->view_only = m->client_hello.view_only;
  if (v->version >= 2) {
    /* Numbers that answers of an earlier connection do not have. */
    v->frames_sent = v->frames_acked = (uint32_t)seeds[0];
    v->target.tiles = tiles_init(m->client_hello.tile_slots, seeds[1]);
    v->video_encodings = m->client_hello.video_encodings;
  }
  credit_init(&v->credit, (uint32_t)(seeds[0] >> 32), viewer_clock_us());
  if (!server_admit(v->server, v, (enum attach)m->client_hello.attach))
    return viewer_refuse(v, "another viewer has the session");
  if (!v->view_only && m->client_hello.width > 0)
    screen_set_size(v->server->parts.screen, m->client_hello.width, m->client_hello.height);
  return send_hello(v);
}

/* Frame numbers wrap: they are compared by their difference. Others than those under way are of an earlier connection.
 */
static void on_ack(struct viewer *v, uint32_t frame) {
  if (frame - v->frames_acked <= v->frames_sent - v->frames_acked)
    v->frames_acked = frame;
}

static void on_input(struct viewer *v, const struct message *m) {
  struct seat *seat = v->server->parts.seat;
  if (v->view_only)
    return;
  switch (m->type) {
  case MESSAGE_KEY:
    seat_key(seat, &v->held, m->key.keysym, m->key.pressed);
    break;
  case MESSAGE_POINTER:
    seat_pointer(seat, &v->held, m->pointer.x, m->pointer.y, m->pointer.buttons);
    break;
  case MESSAGE_TEXT:
    seat_text(seat, m->text.bytes, m->text.length);
    break;
  case MESSAGE_SCROLL:
    seat_scroll(seat, m->scroll.dx, m->scroll.dy);
    break;
  case MESSAGE_TOUCH:
    seat_finger(seat, &v->held, (enum touch_action)m->touch.action, m->touch.finger, m->touch.x, m->touch.y);
    break;
  case MESSAGE_RELEASE_ALL:
    seat_release_all(seat, &v->held);
    break;
  case MESSAGE_SET_SIZE:
    v->wanted_width = m->size.width;
    v->wanted_height = m->size.height;
    break;
  default:
    break;
  }
}

/* Acts on one message; false if the connection is to be closed. */
static bool handle(struct viewer *v, struct message *m) {
  if (v->state == VIEWER_NEW) {
    if (m->type == MESSAGE_CLIENT_HELLO)
      return on_hello(v, m);
    if (m->type == MESSAGE_QUIESCE) {
      v->state = VIEWER_QUIESCES;
      return true;
    }
    return viewer_refuse(v, "the first message is not CLIENT_HELLO");
  }
  switch (m->type) {
  case MESSAGE_CLIENT_HELLO:
    return viewer_refuse(v, "a second CLIENT_HELLO");
  case MESSAGE_QUIESCE:
    return viewer_refuse(v, "QUIESCE is not the first message");
  case MESSAGE_ACK:
    on_ack(v, m->ack.frame);
    return true;
  case MESSAGE_MARKED:
    credit_marked(&v->credit, m->marked.mark, viewer_clock_us());
    return true;
  case MESSAGE_PING:
    m->type = MESSAGE_PONG;
    v->answers += protocol_size(m);
    return viewer_queue(v, m);
  case MESSAGE_REFRESH:
    viewer_refresh(v);
    return true;
  default:
    on_input(v, m);
    return true;
  }
}

bool viewer_refuse(struct viewer *v, const char *reason) {
  xf86DrvMsg(v->server->parts.screen->scrn->scrnIndex, X_WARNING, "A viewer is disconnected: %s\n", reason);
  return false;
}

/* Acts on all whole messages that have arrived, or up to a quiesce. */
static bool handle_all(struct viewer *v) {
  struct message m;
  size_t consumed;
  const char *error = NULL;
  while (v->state != VIEWER_QUIESCES && buffer_length(&v->in) > 0) {
    enum decode_result result =
        protocol_decode(TO_SESSION, buffer_front(&v->in), buffer_length(&v->in), &m, &consumed, &error);
    if (result == DECODE_INCOMPLETE)
      break;
    if (result == DECODE_ERROR)
      return viewer_refuse(v, error);
    if (result == DECODE_MESSAGE && !handle(v, &m))
      return false;
    buffer_consume(&v->in, consumed);
  }
  buffer_trim(&v->in);
  if (v->wanted_width > 0)
    screen_set_size(v->server->parts.screen, v->wanted_width, v->wanted_height);
  v->wanted_width = 0;
  return true;
}

static bool read_input(struct viewer *v) {
  uint8_t *room = buffer_reserve(&v->in, READ_SIZE);
  if (room == NULL)
    return viewer_refuse(v, "no memory for its input");
  ssize_t n = recv(v->fd, room, READ_SIZE, MSG_DONTWAIT);
  if (n < 0)
    return errno == EAGAIN || errno == EINTR;
  if (n == 0)
    return false;
  buffer_commit(&v->in, (size_t)n);
  return handle_all(v);
}

static void on_ready(int fd, int ready, void *data) {
  struct viewer *v = data;
  struct server *server = v->server;
  server_lock(server);
  if ((ready & (X_NOTIFY_READ | X_NOTIFY_ERROR)) != 0 && !read_input(v))
    server_remove(server, v);
  else if (v->state == VIEWER_QUIESCES)
    server_quiesce(server, v);
  else
    worker_wake(&server->worker); /* an answer, or credit */
  server_unlock(server);
}

static void listen_to(struct viewer *v) {
  const int mask = v->answers <= ANSWERS_STUCK ? X_NOTIFY_READ : X_NOTIFY_NONE;
  if (mask != v->notify_mask)
    SetNotifyFd(v->fd, on_ready, mask, v);
  v->notify_mask = mask;
}

struct viewer *viewer_init(struct server *server, int fd) {
  struct viewer *v = calloc(1, sizeof *v);
  if (v == NULL)
    return NULL;
  v->server = server;
  v->fd = fd;
  v->progress_us = viewer_clock_us();
  queue_init(&v->queue);
  viewer_video_init(v);
  listen_to(v);
  return v;
}

void viewer_destroy(struct viewer *v) {
  RemoveNotifyFd(v->fd);
  close(v->fd);
  seat_release_all(v->server->parts.seat, &v->held);
  queue_destroy(&v->queue);
  viewer_video_destroy(v);
  tiles_destroy(v->target.tiles);
  buffer_destroy(&v->encoded);
  buffer_destroy(&v->in);
  buffer_destroy(&v->out);
  free(v);
}

bool viewer_is_served(const struct viewer *v) { return v->state == VIEWER_SERVED; }

bool viewer_is_view_only(const struct viewer *v) { return v->view_only; }

bool viewer_shows_videos(const struct viewer *v) { return (v->video_encodings >> VIDEO_JPEG & 1) != 0; }

void viewer_dismiss(struct viewer *v, const char *reason) {
  const struct message status = {.type = MESSAGE_STATUS, .status = {STATUS_REFUSED, reason, strlen(reason)}};
  if (v->version >= 2 && viewer_queue(v, &status))
    send(v->fd, buffer_front(&v->out), buffer_length(&v->out), MSG_DONTWAIT | MSG_NOSIGNAL);
}

int viewer_turn(struct viewer *v, uint64_t now_us) {
  if (v->broken != NULL) {
    viewer_refuse(v, v->broken);
    return VIEWER_ENDED;
  }
  listen_to(v);
  if (v->state != VIEWER_NEW)
    return VIEWER_IDLE;
  const uint64_t deadline = v->progress_us + HELLO_TIMEOUT_US;
  if (now_us >= deadline) {
    viewer_refuse(v, "it did not say hello");
    return VIEWER_ENDED;
  }
  return (int)((deadline - now_us) / 1000) + 1;
}
