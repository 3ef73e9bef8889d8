/* replay.c: see replay.h. */
#include "replay.h"

#include "pixels.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define COLOUR_MASK 0x00ffffffu
#define READ_SIZE 65536
/* No screen has it: X is 0 there. */
#define UNDEFINED 0xff123456u

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

static void say_hello(struct replay *r, const char *path, struct message hello) {
  hello.type = MESSAGE_CLIENT_HELLO;
  hello.client_hello.version = PROTOCOL_VERSION;
  hello.client_hello.tile_slots = PROTOCOL_MAX_TILE_SLOTS;
  replay_open(r, path);
  if (!replay_send(r, &hello))
    fail("cannot say hello to", path);
}

void replay_connect(struct replay *r, const char *path, unsigned width, unsigned height, uint32_t encodings,
                    bool view_only) {
  say_hello(
      r, path,
      (struct message){
          .client_hello = {.width = (uint16_t)width,
                           .height = (uint16_t)height,
                           .encodings = encodings,
                           .view_only = view_only,
                           .video_encodings = encodings >> ENCODING_JPEG & 1 ? (1u << VIDEO_ENCODING_COUNT) - 1 : 0}});
}

void replay_attach(struct replay *r, const char *path, enum attach how, bool view_only) {
  say_hello(r, path,
            (struct message){.client_hello = {.encodings = 7, .view_only = view_only, .attach = (uint8_t)how}});
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

void replay_set_size(struct replay *r, unsigned width, unsigned height) {
  free(r->pixels);
  r->width = width;
  r->height = height;
  r->pixels = malloc((size_t)width * height * 4);
  if (r->pixels == NULL)
    fail("no memory for", "the screen");
  for (size_t i = 0; i < (size_t)width * height; i++)
    r->pixels[i] = UNDEFINED;
}

/* Notes `what` as the error unless `right`; returns `right`. */
static bool check(struct replay *r, bool right, const char *what) {
  if (!right)
    r->error = what;
  return right;
}

static void paint(struct replay *r, const struct rect *rect, const uint32_t *pixels) {
  for (unsigned y = 0; y < rect->height; y++)
    for (unsigned x = 0; x < rect->width; x++)
      r->pixels[(rect->y + y) * r->width + rect->x + x] = pixels[y * rect->width + x] & COLOUR_MASK;
}

static bool paint_raw(struct replay *r, const struct message *m) {
  static uint32_t pixels[PROTOCOL_MAX_RAW_PIXELS];
  const struct rect *rect = &m->raw.rect;
  if (!check(r, pixels_decode(m->raw.encoding, m->raw.data, m->raw.length, rect->width, rect->height, pixels),
             "RAW does not decode"))
    return false;
  r->encodings[m->raw.encoding]++;
  paint(r, rect, pixels);
  return true;
}

static bool paint_pattern(struct replay *r, const struct message *m) {
  static uint32_t tile[PROTOCOL_MAX_PATTERN_PIXELS];
  const struct rect *rect = &m->pfill.rect;
  const unsigned width = m->pfill.tile_width, height = m->pfill.tile_height;
  if (!check(r, pixels_decode(m->pfill.encoding, m->pfill.data, m->pfill.length, width, height, tile),
             "PFILL does not decode"))
    return false;
  for (unsigned y = 0; y < rect->height; y++)
    for (unsigned x = 0; x < rect->width; x++)
      r->pixels[(rect->y + y) * r->width + rect->x + x] =
          tile[(y + m->pfill.origin_y) % height * width + (x + m->pfill.origin_x) % width] & COLOUR_MASK;
  return true;
}

static bool paint_bitmap(struct replay *r, const struct message *m) {
  static uint8_t bits[PROTOCOL_MAX_RAW_PIXELS];
  const struct rect *rect = &m->bitmap.rect;
  const size_t stride = (rect->width + 7u) / 8;
  if (!check(r,
             protocol_bitmap_size(rect) <= sizeof bits &&
                 pixels_unpack(m->bitmap.packing, m->bitmap.data, m->bitmap.length, bits, stride * rect->height),
             "BITMAP does not decode"))
    return false;
  for (unsigned y = 0; y < rect->height; y++)
    for (unsigned x = 0; x < rect->width; x++) {
      uint32_t *pixel = &r->pixels[(rect->y + y) * r->width + rect->x + x];
      if (bits[y * stride + x / 8] >> (7 - x % 8) & 1)
        *pixel = m->bitmap.foreground & COLOUR_MASK;
      else if (!m->bitmap.transparent)
        *pixel = m->bitmap.background & COLOUR_MASK;
    }
  return true;
}

static void forget_tiles(struct replay *r) {
  for (size_t i = 0; r->tiles != NULL && i < PROTOCOL_MAX_TILE_SLOTS; i++)
    free(r->tiles[i].pixels);
  free(r->tiles);
  r->tiles = NULL;
}

static void store_tile(struct replay *r, const struct tile_store *t) {
  struct replay_tile *kept = &r->tiles[t->slot];
  free(kept->pixels);
  *kept = (struct replay_tile){t->rect.width, t->rect.height, malloc((size_t)t->rect.width * t->rect.height * 4)};
  if (kept->pixels == NULL)
    fail("no memory for", "a tile");
  for (unsigned y = 0; y < kept->height; y++)
    memcpy(kept->pixels + y * kept->width, &r->pixels[(t->rect.y + y) * r->width + t->rect.x], kept->width * 4u);
}

static bool store_tiles(struct replay *r, const struct message *m) {
  if (r->tiles == NULL)
    r->tiles = calloc(PROTOCOL_MAX_TILE_SLOTS, sizeof *r->tiles);
  if (r->tiles == NULL)
    fail("no memory for", "tiles");
  for (size_t i = 0; i < m->tiles.count; i++) {
    const struct tile_store t = protocol_tile_store(m->tiles.entries + i * PROTOCOL_TILE_STORE_SIZE);
    store_tile(r, &t);
  }
  return true;
}

static bool paint_tiles(struct replay *r, const struct message *m) {
  for (size_t i = 0; i < m->tiles.count; i++) {
    const struct tile_paint t = protocol_tile_paint(m->tiles.entries + i * PROTOCOL_TILE_PAINT_SIZE);
    if (!check(r, r->tiles != NULL && r->tiles[t.slot].pixels != NULL, "TILE_PAINT: the slot is empty"))
      return false;
    const struct replay_tile *kept = &r->tiles[t.slot];
    const struct rect rect = {t.x, t.y, kept->width, kept->height};
    if (!check(r, rect.x + rect.width <= (int)r->width && rect.y + rect.height <= (int)r->height,
               "TILE_PAINT: outside of the screen"))
      return false;
    paint(r, &rect, kept->pixels);
  }
  return true;
}

static void hide_video(struct replay_video *v) {
  if (v->visible != NULL) {
    pixman_region_fini(v->visible);
    free(v->visible);
    v->visible = NULL;
  }
}

static void forget_videos(struct replay *r) {
  for (size_t i = 0; i < PROTOCOL_MAX_VIDEO_STREAMS; i++) {
    hide_video(&r->videos[i]);
    r->videos[i] = (struct replay_video){0};
  }
}

void replay_close(struct replay *r) {
  if (r->fd >= 0)
    close(r->fd);
  r->fd = -1;
  buffer_destroy(&r->in);
  forget_tiles(r);
  forget_videos(r);
  free(r->pixels);
  r->pixels = NULL;
}

static bool open_video(struct replay *r, const struct message *m) {
  struct replay_video *v = &r->videos[m->video_open.stream];
  v->open = true;
  v->chroma = m->video_open.chroma;
  v->width = m->video_open.width;
  v->height = m->video_open.height;
  return true;
}

/* What is beneath a video is not defined: who relies on it is found. */
static void spoil(struct replay *r, const struct rect *area) {
  for (unsigned y = 0; y < area->height; y++)
    for (unsigned x = 0; x < area->width; x++)
      r->pixels[(area->y + y) * r->width + area->x + x] = UNDEFINED;
}

static bool place_video(struct replay *r, const struct message *m) {
  struct replay_video *v = &r->videos[m->video_place.stream];
  if (!check(r, v->open, "VIDEO_PLACE: the stream is not open"))
    return false;
  hide_video(v);
  v->visible = malloc(sizeof *v->visible);
  if (v->visible == NULL)
    fail("no memory for", "a video");
  pixman_region_init(v->visible);
  for (size_t i = 0; i < m->video_place.count; i++) {
    const struct rect c = protocol_rect(m->video_place.clips + i * PROTOCOL_RECT_SIZE);
    pixman_region_union_rect(v->visible, v->visible, c.x, c.y, c.width, c.height);
    spoil(r, &c);
  }
  return true;
}

/* What is decoded is not shown: an approximation has no place in a comparison of pixels. */
static bool show_video(struct replay *r, const struct message *m) {
  struct replay_video *v = &r->videos[m->video_frame.stream];
  const unsigned end = m->video_frame.y + m->video_frame.height;
  if (!check(r, v->open, "VIDEO_FRAME: the stream is not open") ||
      !check(r, end <= v->height && (end == v->height || m->video_frame.height % 2 == 0), "VIDEO_FRAME: other rows"))
    return false;
  v->frames += m->video_frame.last;
  return check(r,
               pixels_video_decodes(m->video_frame.encoding, v->chroma, m->video_frame.data, m->video_frame.length,
                                    v->width, m->video_frame.height),
               "VIDEO_FRAME does not decode");
}

static bool close_video(struct replay *r, const struct message *m) {
  struct replay_video *v = &r->videos[m->stream];
  if (!check(r, v->open, "VIDEO_CLOSE: the stream is not open"))
    return false;
  hide_video(v);
  v->open = false;
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

static bool on_mark(struct replay *r, const struct message *m) {
  const struct message marked = {.type = MESSAGE_MARKED, .marked = {m->mark, 0}};
  return !r->acknowledge || replay_send(r, &marked);
}

static bool on_frame_end(struct replay *r, const struct message *m) {
  r->frames++;
  r->frame = m->frame_end.frame;
  const struct message ack = {.type = MESSAGE_ACK, .ack = {.frame = r->frame}};
  return !r->acknowledge || replay_send(r, &ack);
}

bool replay_do(struct replay *r, const struct message *m) {
  r->counts[m->type]++;
  if (m->type != MESSAGE_SERVER_HELLO && r->pixels == NULL) {
    r->error = "no SERVER_HELLO";
    return false;
  }
  if (r->pixels != NULL && !protocol_fits(m, r->width, r->height, &r->error))
    return false;
  switch (m->type) {
  case MESSAGE_SERVER_HELLO:
    forget_tiles(r);
    forget_videos(r);
    replay_set_size(r, m->server_hello.width, m->server_hello.height);
    return true;
  case MESSAGE_SCREEN_SIZE:
    replay_set_size(r, m->size.width, m->size.height);
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
  case MESSAGE_STATUS:
    r->status = m->status.state;
    return true;
  case MESSAGE_CURSOR_WARP:
    r->warp_x = m->position.x;
    r->warp_y = m->position.y;
    return true;
  case MESSAGE_FRAME_END:
    return on_frame_end(r, m);
  case MESSAGE_PFILL:
    return paint_pattern(r, m);
  case MESSAGE_BITMAP:
    return paint_bitmap(r, m);
  case MESSAGE_TILE_STORE:
    return store_tiles(r, m);
  case MESSAGE_TILE_PAINT:
    return paint_tiles(r, m);
  case MESSAGE_VIDEO_OPEN:
    return open_video(r, m);
  case MESSAGE_VIDEO_PLACE:
    return place_video(r, m);
  case MESSAGE_VIDEO_FRAME:
    return show_video(r, m);
  case MESSAGE_VIDEO_CLOSE:
    return close_video(r, m);
  case MESSAGE_MARK:
    return on_mark(r, m);
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
      if (!replay_do(r, &m))
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
