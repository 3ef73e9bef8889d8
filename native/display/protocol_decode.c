/* protocol_decode.c: decoding. Whatever a peer sends ends in a message that is valid by itself, or in an error. */
#include "protocol.h"

#include "wire.h"

struct payload {
  const uint8_t *bytes;
  size_t length;
};

/* Notes `what` as the error unless `valid`; returns `valid`. */
static bool check(bool valid, const char *what, const char **error) {
  if (!valid)
    *error = what;
  return valid;
}

static bool longer_than(struct payload p, size_t needed, const char **error) {
  return check(p.length >= needed, "payload shorter than its type needs", error);
}

static bool get_rect(const uint8_t *bytes, struct rect *out, const char **error) {
  *out = (struct rect){wire_get16(bytes), wire_get16(bytes + 2), wire_get16(bytes + 4), wire_get16(bytes + 6)};
  return check(out->width > 0 && out->height > 0, "empty rectangle", error);
}

static bool valid_size(unsigned width, unsigned height) {
  return width >= PROTOCOL_MIN_WIDTH && width <= PROTOCOL_MAX_SIZE && height >= PROTOCOL_MIN_HEIGHT &&
         height <= PROTOCOL_MAX_SIZE;
}

/* The length of the UTF-8 sequence at the start of `s`, or 0 if it is not a valid one (RFC 3629). */
static size_t utf8_sequence(const uint8_t *s, size_t length) {
  if (s[0] < 0x80)
    return 1;
  size_t n = s[0] >= 0xc2 && s[0] <= 0xdf ? 2 : s[0] >= 0xe0 && s[0] <= 0xef ? 3 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : 0;
  if (n == 0 || n > length)
    return 0;
  for (size_t i = 1; i < n; i++)
    if ((s[i] & 0xc0) != 0x80)
      return 0;
  bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
  bool surrogate = s[0] == 0xed && s[1] >= 0xa0;
  bool beyond = s[0] == 0xf4 && s[1] >= 0x90;
  return overlong || surrogate || beyond ? 0 : n;
}

static bool valid_utf8(const uint8_t *s, size_t length) {
  while (length > 0) {
    size_t n = utf8_sequence(s, length);
    if (n == 0)
      return false;
    s += n;
    length -= n;
  }
  return true;
}

static bool decode_server_hello(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 16, error))
    return false;
  m->server_hello.version = wire_get16(p.bytes);
  m->server_hello.width = wire_get16(p.bytes + 2);
  m->server_hello.height = wire_get16(p.bytes + 4);
  m->server_hello.time_us = wire_get64(p.bytes + 8);
  return check(m->server_hello.version >= 1 && m->server_hello.version <= PROTOCOL_VERSION,
               "SERVER_HELLO: unknown version", error) &&
         check(valid_size(m->server_hello.width, m->server_hello.height), "SERVER_HELLO: impossible size", error);
}

static bool decode_size(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 4, error))
    return false;
  m->size.width = wire_get16(p.bytes);
  m->size.height = wire_get16(p.bytes + 2);
  return check(valid_size(m->size.width, m->size.height), "size not within 320x200 and 8192x8192", error);
}

static bool decode_raw(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, PROTOCOL_RECT_SIZE + 4, error) || !get_rect(p.bytes, &m->raw.rect, error))
    return false;
  size_t pixels = (size_t)m->raw.rect.width * m->raw.rect.height;
  m->raw.encoding = p.bytes[PROTOCOL_RECT_SIZE];
  m->raw.data = p.bytes + PROTOCOL_RECT_SIZE + 4;
  m->raw.length = p.length - PROTOCOL_RECT_SIZE - 4;
  return check(m->raw.encoding < ENCODING_COUNT, "RAW: unknown encoding", error) &&
         check(pixels <= PROTOCOL_MAX_RAW_PIXELS, "RAW: more than 262144 pixels", error) &&
         check(m->raw.encoding != ENCODING_NONE || m->raw.length == pixels * 4, "RAW: not the size of its pixels",
               error) &&
         check(m->raw.length > 0, "RAW: no data", error);
}

static bool decode_sfill(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, PROTOCOL_RECT_SIZE + 4, error) || !get_rect(p.bytes, &m->sfill.rect, error))
    return false;
  m->sfill.pixel = wire_get32(p.bytes + PROTOCOL_RECT_SIZE);
  return true;
}

static bool decode_copy(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, PROTOCOL_RECT_SIZE + 4, error) || !get_rect(p.bytes, &m->copy.source, error))
    return false;
  m->copy.x = wire_get16(p.bytes + PROTOCOL_RECT_SIZE);
  m->copy.y = wire_get16(p.bytes + PROTOCOL_RECT_SIZE + 2);
  return true;
}

static bool decode_cursor(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 8, error))
    return false;
  unsigned width = wire_get16(p.bytes), height = wire_get16(p.bytes + 2);
  unsigned hot_x = wire_get16(p.bytes + 4), hot_y = wire_get16(p.bytes + 6);
  m->cursor.width = (uint16_t)width;
  m->cursor.height = (uint16_t)height;
  m->cursor.hot_x = (uint16_t)hot_x;
  m->cursor.hot_y = (uint16_t)hot_y;
  m->cursor.pixels = p.bytes + 8;
  return check(width <= PROTOCOL_MAX_CURSOR && height <= PROTOCOL_MAX_CURSOR, "CURSOR_SHAPE: too large", error) &&
         check((width == 0) == (height == 0), "CURSOR_SHAPE: empty in one direction only", error) &&
         check((width == 0 && hot_x == 0 && hot_y == 0) || (hot_x < width && hot_y < height),
               "CURSOR_SHAPE: hot spot outside", error) &&
         check(p.length - 8 == (size_t)width * height * 4, "CURSOR_SHAPE: not the size of its pixels", error);
}

static bool decode_warp(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 4, error))
    return false;
  m->position.x = wire_get16(p.bytes);
  m->position.y = wire_get16(p.bytes + 2);
  return true;
}

static bool decode_frame_end(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 12, error))
    return false;
  m->frame_end.frame = wire_get32(p.bytes);
  m->frame_end.time_us = wire_get64(p.bytes + 4);
  return true;
}

static bool decode_value(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 8, error))
    return false;
  m->value = wire_get64(p.bytes);
  return true;
}

static bool decode_bell(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 2, error))
    return false;
  m->volume = wire_get16(p.bytes);
  return check(m->volume <= 100, "BELL: louder than 100 percent", error);
}

static bool decode_status(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 1, error))
    return false;
  m->status.state = p.bytes[0];
  m->status.text = (const char *)p.bytes + 1;
  m->status.length = p.length - 1;
  return check(m->status.state >= 1 && m->status.state <= 6, "STATUS: unknown state", error) &&
         check(valid_utf8(p.bytes + 1, p.length - 1), "STATUS: text is not UTF-8", error);
}

static bool decode_client_hello(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 10, error))
    return false;
  unsigned width = wire_get16(p.bytes + 2), height = wire_get16(p.bytes + 4);
  uint32_t bits = wire_get32(p.bytes + 6);
  m->client_hello.version = wire_get16(p.bytes);
  m->client_hello.width = (uint16_t)width;
  m->client_hello.height = (uint16_t)height;
  m->client_hello.encodings = bits & ~(UINT32_C(1) << 31);
  m->client_hello.view_only = bits >> 31;
  m->client_hello.video_encodings = 0;
  m->client_hello.tile_slots = 0;
  m->client_hello.attach = ATTACH_AS_CONFIGURED;
  if (m->client_hello.version >= 2) {
    if (!longer_than(p, 18, error))
      return false;
    m->client_hello.video_encodings = wire_get32(p.bytes + 10);
    m->client_hello.tile_slots = wire_get16(p.bytes + 14);
    m->client_hello.attach = p.bytes[16];
  }
  return check(m->client_hello.version >= 1, "CLIENT_HELLO: unknown version", error) &&
         check(m->client_hello.tile_slots <= PROTOCOL_MAX_TILE_SLOTS, "CLIENT_HELLO: too many tile slots", error) &&
         check(m->client_hello.attach < ATTACH_COUNT, "CLIENT_HELLO: unknown attach", error) &&
         check((bits & 1) != 0, "CLIENT_HELLO: the mandatory encoding 0 is missing", error) &&
         check((width == 0 && height == 0) || valid_size(width, height),
               "CLIENT_HELLO: size not within 320x200 and 8192x8192", error);
}

static bool decode_key(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 5, error))
    return false;
  m->key.keysym = wire_get32(p.bytes);
  m->key.pressed = p.bytes[4] == 1;
  return check(m->key.keysym <= PROTOCOL_MAX_KEYSYM, "KEY: no keysym", error) &&
         check(p.bytes[4] <= 1, "KEY: neither pressed nor released", error);
}

static bool decode_pointer(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 6, error))
    return false;
  m->pointer.x = wire_get16(p.bytes);
  m->pointer.y = wire_get16(p.bytes + 2);
  m->pointer.buttons = wire_get16(p.bytes + 4);
  return check(m->pointer.buttons >> PROTOCOL_BUTTONS == 0, "POINTER: unknown button", error);
}

static bool decode_ack(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 4, error))
    return false;
  const bool has_times = p.length >= 12; /* not in version 1 */
  m->ack.frame = wire_get32(p.bytes);
  m->ack.decode_us = has_times ? wire_get32(p.bytes + 4) : 0;
  m->ack.wait_us = has_times ? wire_get32(p.bytes + 8) : 0;
  return true;
}

static bool decode_pfill(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, PROTOCOL_RECT_SIZE + 12, error) || !get_rect(p.bytes, &m->pfill.rect, error))
    return false;
  const uint8_t *b = p.bytes + PROTOCOL_RECT_SIZE;
  const size_t pixels = (size_t)wire_get16(b) * wire_get16(b + 2);
  m->pfill.tile_width = wire_get16(b);
  m->pfill.tile_height = wire_get16(b + 2);
  m->pfill.origin_x = wire_get16(b + 4);
  m->pfill.origin_y = wire_get16(b + 6);
  m->pfill.encoding = b[8];
  m->pfill.data = b + 12;
  m->pfill.length = p.length - PROTOCOL_RECT_SIZE - 12;
  return check(pixels > 0 && pixels <= PROTOCOL_MAX_PATTERN_PIXELS, "PFILL: tile empty or too large", error) &&
         check(m->pfill.origin_x < m->pfill.tile_width && m->pfill.origin_y < m->pfill.tile_height,
               "PFILL: origin outside of the tile", error) &&
         check(m->pfill.encoding < ENCODING_COUNT && m->pfill.encoding != ENCODING_JPEG, "PFILL: unknown encoding",
               error) &&
         check(m->pfill.encoding != ENCODING_NONE || m->pfill.length == pixels * 4, "PFILL: not the size of its pixels",
               error) &&
         check(m->pfill.length > 0, "PFILL: no data", error);
}

static bool decode_bitmap(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, PROTOCOL_RECT_SIZE + 12, error) || !get_rect(p.bytes, &m->bitmap.rect, error))
    return false;
  const uint8_t *b = p.bytes + PROTOCOL_RECT_SIZE;
  const size_t pixels = (size_t)m->bitmap.rect.width * m->bitmap.rect.height;
  m->bitmap.foreground = wire_get32(b);
  m->bitmap.background = wire_get32(b + 4);
  m->bitmap.transparent = b[8] == 1;
  m->bitmap.packing = b[9];
  m->bitmap.data = b + 12;
  m->bitmap.length = p.length - PROTOCOL_RECT_SIZE - 12;
  return check(pixels <= PROTOCOL_MAX_RAW_PIXELS, "BITMAP: more than 262144 pixels", error) &&
         check(b[8] <= 1, "BITMAP: neither transparent nor not", error) &&
         check(m->bitmap.packing < PACKING_COUNT, "BITMAP: unknown packing", error) &&
         check(m->bitmap.packing != PACKING_NONE || m->bitmap.length == protocol_bitmap_size(&m->bitmap.rect),
               "BITMAP: not the size of its bits", error) &&
         check(m->bitmap.length > 0, "BITMAP: no data", error);
}

static bool decode_tiles(struct payload p, size_t entry, struct message *m, const char **error) {
  m->tiles.entries = p.bytes;
  m->tiles.count = p.length / entry;
  return longer_than(p, entry, error) && check(p.length % entry == 0, "a part of a tile", error);
}

static bool decode_tile_store(struct payload p, struct message *m, const char **error) {
  if (!decode_tiles(p, PROTOCOL_TILE_STORE_SIZE, m, error))
    return false;
  for (size_t i = 0; i < m->tiles.count; i++) {
    const struct tile_store t = protocol_tile_store(p.bytes + i * PROTOCOL_TILE_STORE_SIZE);
    if (!check(t.rect.width > 0 && t.rect.height > 0 &&
                   (size_t)t.rect.width * t.rect.height <= PROTOCOL_MAX_TILE_PIXELS,
               "TILE_STORE: tile empty or too large", error) ||
        !check(t.slot < PROTOCOL_MAX_TILE_SLOTS, "TILE_STORE: no such slot", error))
      return false;
  }
  return true;
}

static bool decode_tile_paint(struct payload p, struct message *m, const char **error) {
  if (!decode_tiles(p, PROTOCOL_TILE_PAINT_SIZE, m, error))
    return false;
  for (size_t i = 0; i < m->tiles.count; i++)
    if (!check(protocol_tile_paint(p.bytes + i * PROTOCOL_TILE_PAINT_SIZE).slot < PROTOCOL_MAX_TILE_SLOTS,
               "TILE_PAINT: no such slot", error))
      return false;
  return true;
}

static bool valid_stream(unsigned stream, const char **error) {
  return check(stream < PROTOCOL_MAX_VIDEO_STREAMS, "no such video stream", error);
}

static bool decode_video_open(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 8, error))
    return false;
  const unsigned width = wire_get16(p.bytes + 4), height = wire_get16(p.bytes + 6);
  m->video_open.stream = wire_get16(p.bytes);
  m->video_open.chroma = p.bytes[2];
  m->video_open.matrix = p.bytes[3];
  m->video_open.width = (uint16_t)width;
  m->video_open.height = (uint16_t)height;
  return valid_stream(m->video_open.stream, error) &&
         check(m->video_open.chroma < VIDEO_CHROMA_COUNT && m->video_open.matrix < VIDEO_MATRIX_COUNT,
               "VIDEO_OPEN: unknown format", error) &&
         check(width > 0 && width <= PROTOCOL_MAX_VIDEO_SIZE && height > 0 && height <= PROTOCOL_MAX_VIDEO_SIZE,
               "VIDEO_OPEN: impossible size", error);
}

static bool decode_video_place(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 12, error))
    return false;
  m->video_place.stream = wire_get16(p.bytes);
  m->video_place.x = (int16_t)wire_get16(p.bytes + 4);
  m->video_place.y = (int16_t)wire_get16(p.bytes + 6);
  m->video_place.width = wire_get16(p.bytes + 8);
  m->video_place.height = wire_get16(p.bytes + 10);
  m->video_place.clips = p.bytes + 12;
  m->video_place.count = (p.length - 12) / PROTOCOL_RECT_SIZE;
  struct rect clip;
  for (size_t i = 0; i < m->video_place.count; i++)
    if (!get_rect(m->video_place.clips + i * PROTOCOL_RECT_SIZE, &clip, error))
      return false;
  return valid_stream(m->video_place.stream, error) &&
         check(m->video_place.width > 0 && m->video_place.height > 0, "VIDEO_PLACE: empty", error) &&
         check((p.length - 12) % PROTOCOL_RECT_SIZE == 0, "VIDEO_PLACE: a part of a clip", error) &&
         check(m->video_place.count <= PROTOCOL_MAX_VIDEO_CLIPS, "VIDEO_PLACE: too many clips", error);
}

static bool decode_video_frame(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 16, error))
    return false;
  m->video_frame.stream = wire_get16(p.bytes);
  m->video_frame.encoding = p.bytes[2];
  m->video_frame.last = p.bytes[3] == 1;
  m->video_frame.y = wire_get16(p.bytes + 4);
  m->video_frame.height = wire_get16(p.bytes + 6);
  m->video_frame.time_us = wire_get64(p.bytes + 8);
  m->video_frame.data = p.bytes + 16;
  m->video_frame.length = p.length - 16;
  return valid_stream(m->video_frame.stream, error) &&
         check(m->video_frame.encoding < VIDEO_ENCODING_COUNT, "VIDEO_FRAME: unknown encoding", error) &&
         check(p.bytes[3] <= 1, "VIDEO_FRAME: neither last nor not", error) &&
         check(m->video_frame.y % 2 == 0 && m->video_frame.y < PROTOCOL_MAX_VIDEO_SIZE && m->video_frame.height > 0 &&
                   m->video_frame.height <= PROTOCOL_MAX_VIDEO_SIZE,
               "VIDEO_FRAME: impossible rows", error);
}

static bool decode_video_close(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 2, error))
    return false;
  m->stream = wire_get16(p.bytes);
  return valid_stream(m->stream, error);
}

static bool decode_mark(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 4, error))
    return false;
  m->mark = wire_get32(p.bytes);
  return true;
}

static bool decode_marked(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 8, error))
    return false;
  m->marked.mark = wire_get32(p.bytes);
  m->marked.decode_us = wire_get32(p.bytes + 4);
  return true;
}

static bool decode_credit(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 8, error))
    return false;
  m->credit.channel = wire_get16(p.bytes);
  m->credit.bytes = wire_get32(p.bytes + 4);
  return check(m->credit.channel != 0, "CHANNEL_CREDIT: of the display", error);
}

static bool decode_viewers(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 4, error))
    return false;
  m->viewers.count = wire_get16(p.bytes);
  m->viewers.view_only = wire_get16(p.bytes + 2);
  return check(m->viewers.view_only <= m->viewers.count, "VIEWERS: more view-only ones than there are", error);
}

static bool decode_text(struct payload p, struct message *m, const char **error) {
  m->text.bytes = (const char *)p.bytes;
  m->text.length = p.length;
  return longer_than(p, 1, error) && check(p.length <= PROTOCOL_MAX_TEXT, "TEXT: too long", error) &&
         check(valid_utf8(p.bytes, p.length), "TEXT: not UTF-8", error);
}

static bool decode_touch(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 6, error))
    return false;
  m->touch.action = p.bytes[0];
  m->touch.finger = p.bytes[1];
  m->touch.x = wire_get16(p.bytes + 2);
  m->touch.y = wire_get16(p.bytes + 4);
  return check(m->touch.action < FINGER_ACTION_COUNT, "TOUCH: unknown action", error) &&
         check(m->touch.finger < PROTOCOL_MAX_FINGERS, "TOUCH: too many fingers", error);
}

static bool decode_scroll(struct payload p, struct message *m, const char **error) {
  if (!longer_than(p, 4, error))
    return false;
  m->scroll.dx = (int16_t)wire_get16(p.bytes);
  m->scroll.dy = (int16_t)wire_get16(p.bytes + 2);
  return true;
}

static bool decode_payload(struct payload p, struct message *m, const char **error) {
  switch (m->type) {
  case MESSAGE_SERVER_HELLO:
    return decode_server_hello(p, m, error);
  case MESSAGE_SCREEN_SIZE:
  case MESSAGE_SET_SIZE:
    return decode_size(p, m, error);
  case MESSAGE_RAW:
    return decode_raw(p, m, error);
  case MESSAGE_SFILL:
    return decode_sfill(p, m, error);
  case MESSAGE_COPY:
    return decode_copy(p, m, error);
  case MESSAGE_CURSOR_SHAPE:
    return decode_cursor(p, m, error);
  case MESSAGE_CURSOR_WARP:
    return decode_warp(p, m, error);
  case MESSAGE_FRAME_END:
    return decode_frame_end(p, m, error);
  case MESSAGE_PING:
  case MESSAGE_PONG:
    return decode_value(p, m, error);
  case MESSAGE_BELL:
    return decode_bell(p, m, error);
  case MESSAGE_STATUS:
    return decode_status(p, m, error);
  case MESSAGE_CLIENT_HELLO:
    return decode_client_hello(p, m, error);
  case MESSAGE_KEY:
    return decode_key(p, m, error);
  case MESSAGE_POINTER:
    return decode_pointer(p, m, error);
  case MESSAGE_ACK:
    return decode_ack(p, m, error);
  case MESSAGE_PFILL:
    return decode_pfill(p, m, error);
  case MESSAGE_BITMAP:
    return decode_bitmap(p, m, error);
  case MESSAGE_TILE_STORE:
    return decode_tile_store(p, m, error);
  case MESSAGE_TILE_PAINT:
    return decode_tile_paint(p, m, error);
  case MESSAGE_VIDEO_OPEN:
    return decode_video_open(p, m, error);
  case MESSAGE_VIDEO_PLACE:
    return decode_video_place(p, m, error);
  case MESSAGE_VIDEO_FRAME:
    return decode_video_frame(p, m, error);
  case MESSAGE_VIDEO_CLOSE:
    return decode_video_close(p, m, error);
  case MESSAGE_MARK:
    return decode_mark(p, m, error);
  case MESSAGE_MARKED:
    return decode_marked(p, m, error);
  case MESSAGE_CHANNEL_CREDIT_TO_VIEWER:
  case MESSAGE_CHANNEL_CREDIT_TO_SESSION:
    return decode_credit(p, m, error);
  case MESSAGE_VIEWERS:
    return decode_viewers(p, m, error);
  case MESSAGE_TEXT:
    return decode_text(p, m, error);
  case MESSAGE_TOUCH:
    return decode_touch(p, m, error);
  case MESSAGE_SCROLL:
    return decode_scroll(p, m, error);
  case MESSAGE_REFRESH:
  case MESSAGE_RELEASE_ALL:
  case MESSAGE_QUIESCE:
    return true;
  }
  return false;
}

enum decode_result protocol_decode(enum direction direction, const uint8_t *bytes, size_t length, struct message *out,
                                   size_t *consumed, const char **error) {
  if (length < PROTOCOL_HEADER_SIZE)
    return DECODE_INCOMPLETE;
  uint32_t payload_length = wire_get32(bytes);
  if (!check(payload_length <= PROTOCOL_MAX_PAYLOAD, "payload longer than 1 MiB", error))
    return DECODE_ERROR;
  if (length - PROTOCOL_HEADER_SIZE < payload_length)
    return DECODE_INCOMPLETE;
  *consumed = PROTOCOL_HEADER_SIZE + payload_length;
  enum direction of_type;
  bool of_interest = wire_get16(bytes + 6) == 0 && protocol_direction(bytes[4], &of_type) && of_type == direction;
  if (!of_interest)
    return DECODE_SKIPPED;
  out->type = bytes[4];
  struct payload payload = {bytes + PROTOCOL_HEADER_SIZE, payload_length};
  return decode_payload(payload, out, error) ? DECODE_MESSAGE : DECODE_ERROR;
}
