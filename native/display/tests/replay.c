/* replay.c: see replay.h. */
#include "replay.h"

#include <errno.h>
#include <lz4.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <zstd.h>

#define COLOUR_MASK 0x00ffffffu
#define READ_SIZE 65536

static void fail(const char *what, const char *path) {
  fprintf(stderr, "replay: %s `%s`: %s\n", what, path, strerror(errno));
  exit(EXIT_FAILURE);
}

void replay_open(struct replay *r, const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  *r = (struct replay){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), .acknowledge = true};
  if (strlen(path) >= sizeof address.sun_path)
    errno = ENAMETOOLONG, fail("cannot connect to", path);
  strcpy(address.sun_path, path);
  if (r->fd < 0 || connect(r->fd, (const struct sockaddr *)&address, sizeof address) != 0)
    fail("cannot connect to", path);
}

void replay_connect(struct replay *r, const char *path, unsigned width, unsigned height, uint32_t encodings,
                    bool view_only) {
  replay_open(r, path);
  const struct message hello = {
      .type = MESSAGE_CLIENT_HELLO,
      .client_hello = {PROTOCOL_VERSION, (uint16_t)width, (uint16_t)height, encodings, view_only}};
  if (!replay_send(r, &hello))
    fail("cannot say hello to", path);
}

void replay_close(struct replay *r) {
  if (r->fd >= 0)
    close(r->fd);
  r->fd = -1;
  buffer_destroy(&r->in);
  free(r->pixels);
  r->pixels = NULL;
}

bool replay_send_bytes(struct replay *r, const void *bytes, size_t length) {
  const char *next = bytes;
  while (length > 0) {
    ssize_t n = send(r->fd, next, length, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    next += n;
    length -= (size_t)n;
  }
  return true;
}

bool replay_send(struct replay *r, const struct message *m) {
  uint8_t bytes[64];
  protocol_encode(m, bytes);
  return replay_send_bytes(r, bytes, protocol_size(m));
}

bool replay_decode_raw(const struct message *m, uint8_t *pixels) {
  const size_t size = (size_t)m->raw.rect.width * m->raw.rect.height * 4;
  switch (m->raw.encoding) {
  case ENCODING_NONE:
    memcpy(pixels, m->raw.data, size);
    return m->raw.length == size;
  case ENCODING_LZ4:
    return LZ4_decompress_safe((const char *)m->raw.data, (char *)pixels, (int)m->raw.length, (int)size) == (int)size;
  case ENCODING_ZSTD:
    return ZSTD_decompress(pixels, size, m->raw.data, m->raw.length) == size;
  default:
    return false;
  }
}

/* A new screen; it is of a colour that nobody draws, so that what is not painted is found. */
static void set_size(struct replay *r, unsigned width, unsigned height) {
  free(r->pixels);
  r->width = width;
  r->height = height;
  r->pixels = malloc((size_t)width * height * 4);
  if (r->pixels == NULL)
    fail("no memory for", "the screen");
  for (size_t i = 0; i < (size_t)width * height; i++)
    r->pixels[i] = 0xff123456;
}

static bool paint_raw(struct replay *r, const struct message *m) {
  static uint32_t pixels[PROTOCOL_MAX_RAW_PIXELS];
  const struct rect *rect = &m->raw.rect;
  if (!replay_decode_raw(m, (uint8_t *)pixels)) {
    r->error = "RAW does not decode";
    return false;
  }
  r->encodings[m->raw.encoding]++;
  for (unsigned y = 0; y < rect->height; y++)
    for (unsigned x = 0; x < rect->width; x++)
      r->pixels[(rect->y + y) * r->width + rect->x + x] = pixels[y * rect->width + x] & COLOUR_MASK;
  return true;
}

static void paint_fill(struct replay *r, const struct message *m) {
  const struct rect *rect = &m->sfill.rect;
  for (unsigned y = 0; y < rect->height; y++)
    for (unsigned x = 0; x < rect->width; x++)
      r->pixels[(rect->y + y) * r->width + rect->x + x] = m->sfill.pixel & COLOUR_MASK;
}

static void paint_copy(struct replay *r, const struct message *m) {
  const struct rect *s = &m->copy.source;
  for (unsigned i = 0; i < s->height; i++) {
    const unsigned y = m->copy.y <= s->y ? i : s->height - 1u - i;
    memmove(&r->pixels[(m->copy.y + y) * r->width + m->copy.x], &r->pixels[(s->y + y) * r->width + s->x],
            (size_t)s->width * 4);
  }
}

static void set_cursor(struct replay *r, const struct message *m) {
  r->cursor_width = m->cursor.width;
  r->cursor_height = m->cursor.height;
  r->hot_x = m->cursor.hot_x;
  r->hot_y = m->cursor.hot_y;
  if (m->cursor.width > 0)
    memcpy(r->cursor, m->cursor.pixels, (size_t)m->cursor.width * m->cursor.height * 4);
}

static bool on_frame_end(struct replay *r, const struct message *m) {
  r->frames = m->frame_end.frame;
  const struct message ack = {.type = MESSAGE_ACK, .frame = r->frames};
  return !r->acknowledge || replay_send(r, &ack);
}

static bool act(struct replay *r, const struct message *m) {
  r->counts[m->type]++;
  if (m->type != MESSAGE_SERVER_HELLO && r->pixels == NULL) {
    r->error = "no SERVER_HELLO";
    return false;
  }
  if (r->pixels != NULL && !protocol_fits(m, r->width, r->height, &r->error))
    return false;
  switch (m->type) {
  case MESSAGE_SERVER_HELLO:
    set_size(r, m->server_hello.width, m->server_hello.height);
    return true;
  case MESSAGE_SCREEN_SIZE:
    set_size(r, m->size.width, m->size.height);
    return true;
  case MESSAGE_RAW:
    return paint_raw(r, m);
  case MESSAGE_SFILL:
    paint_fill(r, m);
    return true;
  case MESSAGE_COPY:
    paint_copy(r, m);
    return true;
  case MESSAGE_CURSOR_SHAPE:
    set_cursor(r, m);
    return true;
  case MESSAGE_CURSOR_WARP:
    r->warp_x = m->position.x;
    r->warp_y = m->position.y;
    return true;
  case MESSAGE_FRAME_END:
    return on_frame_end(r, m);
  case MESSAGE_PONG:
    r->pong = m->value;
    return true;
  default:
    return true;
  }
}

bool replay_act(struct replay *r) {
  struct message m;
  size_t consumed;
  for (;;) {
    switch (protocol_decode(TO_VIEWER, buffer_front(&r->in), buffer_length(&r->in), &m, &consumed, &r->error)) {
    case DECODE_INCOMPLETE:
      return true;
    case DECODE_ERROR:
      return false;
    case DECODE_SKIPPED:
      r->error = "a message that this version does not know";
      return false;
    case DECODE_MESSAGE:
      if (!act(r, &m))
        return false;
      buffer_consume(&r->in, consumed);
    }
  }
}

bool replay_step(struct replay *r, int timeout_ms) {
  struct pollfd p = {.fd = r->fd, .events = POLLIN};
  int ready = poll(&p, 1, timeout_ms);
  if (ready <= 0)
    return ready == 0 || errno == EINTR;
  ssize_t n = recv(r->fd, buffer_reserve(&r->in, READ_SIZE), READ_SIZE, MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return true;
  if (n <= 0) {
    r->ended = true;
    return false;
  }
  r->bytes += (uint64_t)n;
  buffer_commit(&r->in, (size_t)n);
  return replay_act(r);
}

bool replay_write_ppm(const struct replay *r, const char *path) {
  FILE *f = fopen(path, "wb");
  if (f == NULL)
    return false;
  fprintf(f, "P6\n%u %u\n255\n", r->width, r->height);
  for (size_t i = 0; i < (size_t)r->width * r->height; i++) {
    const uint32_t p = r->pixels[i];
    const uint8_t rgb[3] = {(uint8_t)(p >> 16), (uint8_t)(p >> 8), (uint8_t)p};
    fwrite(rgb, 1, sizeof rgb, f);
  }
  const bool written = !ferror(f);
  return (fclose(f) == 0) && written;
}
