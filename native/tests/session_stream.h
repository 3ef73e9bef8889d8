/*
 * session_stream.h: what the two ends of net-blackout send each other, one each millisecond, in both directions and
 * without waiting for the other's: a pause of a direction shows at its receiver only.
 */
#ifndef MOBIDESK_SESSION_STREAM_H
#define MOBIDESK_SESSION_STREAM_H

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define STREAM_EVERY_US 1000

struct stream_line {
  uint64_t number; /* from 1 */
  uint32_t round;  /* chosen by the outside host; the session says which it has heard of last */
  uint32_t gap_us; /* the sender's longest time without a line, since its round began */
};

struct stream {
  int fd;
  uint64_t sent, received;
  uint32_t round, gap_us;
  uint64_t last_us; /* when the last line came */
  size_t size;      /* of `partial` */
  char partial[sizeof(struct stream_line)];
};

/* Not CLOCK_MONOTONIC: in a session that stands still while it is moved. */
static inline uint64_t stream_now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static inline void stream_begin_round(struct stream *s, uint32_t round) {
  s->round = round;
  s->gap_us = 0;
}

static inline int stream_send(struct stream *s) {
  struct stream_line line = {++s->sent, s->round, s->gap_us};
  return send(s->fd, &line, sizeof line, MSG_NOSIGNAL) == sizeof line ? 0 : -1;
}

/* Waits until `until_us` at most. Returns 1 with a line, 0 without, -1 when the connection broke or a line is missing.
 */
static inline int stream_receive(struct stream *s, uint64_t until_us, struct stream_line *out) {
  for (;;) {
    ssize_t n = recv(s->fd, s->partial + s->size, sizeof s->partial - s->size, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
      return -1;
    s->size += n > 0 ? (size_t)n : 0;
    if (s->size == sizeof s->partial)
      break;
    uint64_t now = stream_now_us();
    if (n < 0 && now >= until_us)
      return 0;
    struct pollfd ready = {.fd = s->fd, .events = POLLIN};
    struct timespec wait = {.tv_nsec = now < until_us ? (long)(until_us - now) * 1000 : 0};
    if (n < 0)
      ppoll(&ready, 1, &wait, NULL);
  }
  uint64_t now = stream_now_us();
  memcpy(out, s->partial, sizeof *out);
  s->size = 0;
  if (s->last_us && now > s->last_us && now - s->last_us > s->gap_us)
    s->gap_us = (uint32_t)(now - s->last_us);
  s->last_us = now;
  return out->number == ++s->received ? 1 : -1;
}

/* Sends a line and receives for as long as until the next is due. Returns how many came, the last in `last`, or -1. */
static inline int stream_turn(struct stream *s, struct stream_line *last) {
  uint64_t next = stream_now_us() + STREAM_EVERY_US;
  int came = 0, r;
  if (stream_send(s) < 0)
    return -1;
  while ((r = stream_receive(s, next, last)) > 0)
    came++;
  return r < 0 ? -1 : came;
}

#endif
