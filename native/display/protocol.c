/* protocol.c: encoding, and what both directions share; see protocol_decode.c for what is checked of a peer. */
#include "protocol.h"

#include "wire.h"

bool protocol_direction(unsigned type, enum direction *out) {
  if (type >= MESSAGE_SERVER_HELLO && type <= MESSAGE_VIEWERS) {
    *out = TO_VIEWER;
    return true;
  }
  if ((type >= MESSAGE_CLIENT_HELLO && type <= MESSAGE_CHANNEL_CREDIT_TO_SESSION) || type == MESSAGE_QUIESCE) {
    *out = TO_SESSION;
    return true;
  }
  return false;
}

static size_t payload_size(const struct message *m) {
  switch (m->type) {
  case MESSAGE_SERVER_HELLO:
    return 16;
  case MESSAGE_SCREEN_SIZE:
  case MESSAGE_SET_SIZE:
  case MESSAGE_CURSOR_WARP:
  case MESSAGE_MARK:
  case MESSAGE_VIEWERS:
  case MESSAGE_SCROLL:
    return 4;
  case MESSAGE_RAW:
    return PROTOCOL_RECT_SIZE + 4 + m->raw.length;
  case MESSAGE_SFILL:
  case MESSAGE_COPY:
  case MESSAGE_FRAME_END:
  case MESSAGE_ACK:
    return 12;
  case MESSAGE_CURSOR_SHAPE:
    return 8 + (size_t)m->cursor.width * m->cursor.height * 4;
  case MESSAGE_PONG:
  case MESSAGE_PING:
  case MESSAGE_VIDEO_OPEN:
  case MESSAGE_CHANNEL_CREDIT_TO_VIEWER:
  case MESSAGE_CHANNEL_CREDIT_TO_SESSION:
  case MESSAGE_MARKED:
    return 8;
  case MESSAGE_BELL:
  case MESSAGE_VIDEO_CLOSE:
    return 2;
  case MESSAGE_STATUS:
    return 1 + m->status.length;
  case MESSAGE_CLIENT_HELLO:
    return m->client_hello.version < 2 ? 10 : 18;
  case MESSAGE_KEY:
    return 5;
  case MESSAGE_POINTER:
  case MESSAGE_TOUCH:
    return 6;
  case MESSAGE_PFILL:
    return PROTOCOL_RECT_SIZE + 12 + m->pfill.length;
  case MESSAGE_BITMAP:
    return PROTOCOL_RECT_SIZE + 12 + m->bitmap.length;
  case MESSAGE_TILE_STORE:
    return m->tiles.count * PROTOCOL_TILE_STORE_SIZE;
  case MESSAGE_TILE_PAINT:
    return m->tiles.count * PROTOCOL_TILE_PAINT_SIZE;
  case MESSAGE_VIDEO_PLACE:
    return 12 + m->video_place.count * PROTOCOL_RECT_SIZE;
  case MESSAGE_VIDEO_FRAME:
    return 16 + m->video_frame.length;
  case MESSAGE_TEXT:
    return m->text.length;
  case MESSAGE_REFRESH:
  case MESSAGE_RELEASE_ALL:
  case MESSAGE_QUIESCE:
    return 0;
  }
  return 0;
}

size_t protocol_size(const struct message *message) { return PROTOCOL_HEADER_SIZE + payload_size(message); }

static uint8_t *put16s(uint8_t *out, unsigned count, const uint16_t *values) {
  for (unsigned i = 0; i < count; i++, out += 2)
    wire_put16(out, values[i]);
  return out;
}

static uint8_t *put_rect(uint8_t *out, const struct rect *r) {
  return put16s(out, 4, (uint16_t[]){r->x, r->y, r->width, r->height});
}

struct rect protocol_rect(const uint8_t *bytes) {
  return (struct rect){wire_get16(bytes), wire_get16(bytes + 2), wire_get16(bytes + 4), wire_get16(bytes + 6)};
}

void protocol_put_rect(uint8_t *out, const struct rect *rect) { put_rect(out, rect); }

struct tile_store protocol_tile_store(const uint8_t *entry) {
  return (struct tile_store){protocol_rect(entry), wire_get16(entry + PROTOCOL_RECT_SIZE)};
}

void protocol_put_tile_store(uint8_t *out, const struct tile_store *tile) {
  put16s(put_rect(out, &tile->rect), 2, (uint16_t[]){tile->slot, 0});
}

struct tile_paint protocol_tile_paint(const uint8_t *entry) {
  return (struct tile_paint){wire_get16(entry), wire_get16(entry + 2), wire_get16(entry + 4)};
}

void protocol_put_tile_paint(uint8_t *out, const struct tile_paint *tile) {
  put16s(out, 3, (uint16_t[]){tile->slot, tile->x, tile->y});
}

size_t protocol_bitmap_size(const struct rect *rect) { return (rect->width + 7u) / 8 * (size_t)rect->height; }

size_t protocol_planes_size(unsigned chroma, unsigned width, unsigned height) {
  const size_t chroma_height = chroma == VIDEO_YUV420 ? (height + 1) / 2 : height;
  return (size_t)width * height + 2 * ((width + 1) / 2) * chroma_height;
}

/* Copies what is there: an empty part may have no address. */
static void put_bytes(uint8_t *out, const void *bytes, size_t length) {
  if (length > 0 && bytes != NULL)
    memcpy(out, bytes, length);
}

static void encode_to_viewer(const struct message *m, uint8_t *out) {
  switch (m->type) {
  case MESSAGE_SERVER_HELLO:
    out = put16s(out, 4, (uint16_t[]){m->server_hello.version, m->server_hello.width, m->server_hello.height, 0});
    wire_put64(out, m->server_hello.time_us);
    break;
  case MESSAGE_SCREEN_SIZE:
    put16s(out, 2, (uint16_t[]){m->size.width, m->size.height});
    break;
  case MESSAGE_RAW:
    out = put_rect(out, &m->raw.rect);
    wire_put32(out, m->raw.encoding);
    put_bytes(out + 4, m->raw.data, m->raw.length);
    break;
  case MESSAGE_SFILL:
    wire_put32(put_rect(out, &m->sfill.rect), m->sfill.pixel);
    break;
  case MESSAGE_COPY:
    put16s(put_rect(out, &m->copy.source), 2, (uint16_t[]){m->copy.x, m->copy.y});
    break;
  case MESSAGE_CURSOR_SHAPE:
    out = put16s(out, 4, (uint16_t[]){m->cursor.width, m->cursor.height, m->cursor.hot_x, m->cursor.hot_y});
    put_bytes(out, m->cursor.pixels, (size_t)m->cursor.width * m->cursor.height * 4);
    break;
  case MESSAGE_CURSOR_WARP:
    put16s(out, 2, (uint16_t[]){m->position.x, m->position.y});
    break;
  case MESSAGE_FRAME_END:
    wire_put32(out, m->frame_end.frame);
    wire_put64(out + 4, m->frame_end.time_us);
    break;
  case MESSAGE_PONG:
    wire_put64(out, m->value);
    break;
  case MESSAGE_BELL:
    wire_put16(out, m->volume);
    break;
  case MESSAGE_STATUS:
    out[0] = m->status.state;
    put_bytes(out + 1, m->status.text, m->status.length);
    break;
  case MESSAGE_PFILL:
    out = put_rect(out, &m->pfill.rect);
    out = put16s(out, 4, (uint16_t[]){m->pfill.tile_width, m->pfill.tile_height, m->pfill.origin_x, m->pfill.origin_y});
    wire_put32(out, m->pfill.encoding);
    put_bytes(out + 4, m->pfill.data, m->pfill.length);
    break;
  case MESSAGE_BITMAP:
    out = put_rect(out, &m->bitmap.rect);
    wire_put32(out, m->bitmap.foreground);
    wire_put32(out + 4, m->bitmap.background);
    wire_put32(out + 8, (uint32_t)m->bitmap.transparent | (uint32_t)m->bitmap.packing << 8);
    put_bytes(out + 12, m->bitmap.data, m->bitmap.length);
    break;
  case MESSAGE_TILE_STORE:
    put_bytes(out, m->tiles.entries, m->tiles.count * PROTOCOL_TILE_STORE_SIZE);
    break;
  case MESSAGE_TILE_PAINT:
    put_bytes(out, m->tiles.entries, m->tiles.count * PROTOCOL_TILE_PAINT_SIZE);
    break;
  case MESSAGE_VIDEO_OPEN:
    wire_put16(out, m->video_open.stream);
    out[2] = m->video_open.chroma;
    out[3] = m->video_open.matrix;
    put16s(out + 4, 2, (uint16_t[]){m->video_open.width, m->video_open.height});
    break;
  case MESSAGE_VIDEO_PLACE:
    out = put16s(out, 6,
                 (uint16_t[]){m->video_place.stream, 0, (uint16_t)m->video_place.x, (uint16_t)m->video_place.y,
                              m->video_place.width, m->video_place.height});
    put_bytes(out, m->video_place.clips, m->video_place.count * PROTOCOL_RECT_SIZE);
    break;
  case MESSAGE_VIDEO_FRAME:
    wire_put16(out, m->video_frame.stream);
    out[2] = m->video_frame.encoding;
    out[3] = m->video_frame.last;
    out = put16s(out + 4, 2, (uint16_t[]){m->video_frame.y, m->video_frame.height});
    wire_put64(out, m->video_frame.time_us);
    put_bytes(out + 8, m->video_frame.data, m->video_frame.length);
    break;
  case MESSAGE_VIDEO_CLOSE:
    wire_put16(out, m->stream);
    break;
  case MESSAGE_MARK:
    wire_put32(out, m->mark);
    break;
  case MESSAGE_CHANNEL_CREDIT_TO_VIEWER:
    put16s(out, 2, (uint16_t[]){m->credit.channel, 0});
    wire_put32(out + 4, m->credit.bytes);
    break;
  case MESSAGE_VIEWERS:
    put16s(out, 2, (uint16_t[]){m->viewers.count, m->viewers.view_only});
    break;
  default:
    break;
  }
}

static void encode_to_session(const struct message *m, uint8_t *out) {
  switch (m->type) {
  case MESSAGE_CLIENT_HELLO:
    out = put16s(out, 3, (uint16_t[]){m->client_hello.version, m->client_hello.width, m->client_hello.height});
    wire_put32(out, m->client_hello.encodings | (m->client_hello.view_only ? UINT32_C(1) << 31 : 0));
    if (m->client_hello.version >= 2) {
      wire_put32(out + 4, m->client_hello.video_encodings);
      put16s(out + 8, 2, (uint16_t[]){m->client_hello.tile_slots, m->client_hello.attach});
    }
    break;
  case MESSAGE_KEY:
    wire_put32(out, m->key.keysym);
    out[4] = m->key.pressed;
    break;
  case MESSAGE_POINTER:
    put16s(out, 3, (uint16_t[]){m->pointer.x, m->pointer.y, m->pointer.buttons});
    break;
  case MESSAGE_SET_SIZE:
    put16s(out, 2, (uint16_t[]){m->size.width, m->size.height});
    break;
  case MESSAGE_ACK:
    wire_put32(out, m->ack.frame);
    wire_put32(out + 4, m->ack.decode_us);
    wire_put32(out + 8, m->ack.wait_us);
    break;
  case MESSAGE_PING:
    wire_put64(out, m->value);
    break;
  case MESSAGE_TEXT:
    put_bytes(out, m->text.bytes, m->text.length);
    break;
  case MESSAGE_TOUCH:
    out[0] = m->touch.action;
    out[1] = m->touch.finger;
    put16s(out + 2, 2, (uint16_t[]){m->touch.x, m->touch.y});
    break;
  case MESSAGE_SCROLL:
    put16s(out, 2, (uint16_t[]){(uint16_t)m->scroll.dx, (uint16_t)m->scroll.dy});
    break;
  case MESSAGE_MARKED:
    wire_put32(out, m->marked.mark);
    wire_put32(out + 4, m->marked.decode_us);
    break;
  case MESSAGE_CHANNEL_CREDIT_TO_SESSION:
    put16s(out, 2, (uint16_t[]){m->credit.channel, 0});
    wire_put32(out + 4, m->credit.bytes);
    break;
  default:
    break;
  }
}

void protocol_encode(const struct message *message, uint8_t *out) {
  wire_put32(out, (uint32_t)payload_size(message));
  out[4] = (uint8_t)message->type;
  out[5] = 0;
  wire_put16(out + 6, 0);
  if (message->type < MESSAGE_CLIENT_HELLO)
    encode_to_viewer(message, out + PROTOCOL_HEADER_SIZE);
  else
    encode_to_session(message, out + PROTOCOL_HEADER_SIZE);
}

static bool rect_fits(const struct rect *r, unsigned width, unsigned height) {
  return (unsigned)r->x + r->width <= width && (unsigned)r->y + r->height <= height;
}

static bool fits(bool inside, const char *what, const char **error) {
  if (!inside)
    *error = what;
  return inside;
}

bool protocol_fits(const struct message *m, unsigned width, unsigned height, const char **error) {
  switch (m->type) {
  case MESSAGE_RAW:
    return fits(rect_fits(&m->raw.rect, width, height), "RAW: rectangle outside of the screen", error);
  case MESSAGE_SFILL:
    return fits(rect_fits(&m->sfill.rect, width, height), "SFILL: rectangle outside of the screen", error);
  case MESSAGE_COPY: {
    const struct rect destination = {m->copy.x, m->copy.y, m->copy.source.width, m->copy.source.height};
    return fits(rect_fits(&m->copy.source, width, height), "COPY: source outside of the screen", error) &&
           fits(rect_fits(&destination, width, height), "COPY: destination outside of the screen", error);
  }
  case MESSAGE_PFILL:
    return fits(rect_fits(&m->pfill.rect, width, height), "PFILL: rectangle outside of the screen", error);
  case MESSAGE_BITMAP:
    return fits(rect_fits(&m->bitmap.rect, width, height), "BITMAP: rectangle outside of the screen", error);
  case MESSAGE_TILE_STORE:
    for (size_t i = 0; i < m->tiles.count; i++) {
      const struct tile_store t = protocol_tile_store(m->tiles.entries + i * PROTOCOL_TILE_STORE_SIZE);
      if (!fits(rect_fits(&t.rect, width, height), "TILE_STORE: tile outside of the screen", error))
        return false;
    }
    return true;
  case MESSAGE_VIDEO_PLACE:
    for (size_t i = 0; i < m->video_place.count; i++) {
      const struct rect clip = protocol_rect(m->video_place.clips + i * PROTOCOL_RECT_SIZE);
      if (!fits(rect_fits(&clip, width, height), "VIDEO_PLACE: clip outside of the screen", error))
        return false;
    }
    return true;
  case MESSAGE_CURSOR_WARP:
    return fits(m->position.x < width && m->position.y < height, "CURSOR_WARP: position outside of the screen", error);
  default:
    return true;
  }
}
