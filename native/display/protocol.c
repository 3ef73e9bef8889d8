/* protocol.c: encoding, and what both directions share; see protocol_decode.c for what is checked of a peer. */
#include "protocol.h"

#include "wire.h"

bool protocol_direction(unsigned type, enum direction *out) {
  if (type >= MESSAGE_SERVER_HELLO && type <= MESSAGE_STATUS) {
    *out = TO_VIEWER;
    return true;
  }
  if ((type >= MESSAGE_CLIENT_HELLO && type <= MESSAGE_RELEASE_ALL) || type == MESSAGE_QUIESCE) {
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
  case MESSAGE_ACK:
    return 4;
  case MESSAGE_RAW:
    return PROTOCOL_RECT_SIZE + 4 + m->raw.length;
  case MESSAGE_SFILL:
  case MESSAGE_COPY:
  case MESSAGE_FRAME_END:
    return 12;
  case MESSAGE_CURSOR_SHAPE:
    return 8 + (size_t)m->cursor.width * m->cursor.height * 4;
  case MESSAGE_PONG:
  case MESSAGE_PING:
    return 8;
  case MESSAGE_BELL:
    return 2;
  case MESSAGE_STATUS:
    return 1 + m->status.length;
  case MESSAGE_CLIENT_HELLO:
    return 10;
  case MESSAGE_KEY:
    return 5;
  case MESSAGE_POINTER:
    return 6;
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
  default:
    break;
  }
}

static void encode_to_session(const struct message *m, uint8_t *out) {
  switch (m->type) {
  case MESSAGE_CLIENT_HELLO:
    out = put16s(out, 3, (uint16_t[]){m->client_hello.version, m->client_hello.width, m->client_hello.height});
    wire_put32(out, m->client_hello.encodings | (m->client_hello.view_only ? UINT32_C(1) << 31 : 0));
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
    wire_put32(out, m->frame);
    break;
  case MESSAGE_PING:
    wire_put64(out, m->value);
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
  case MESSAGE_CURSOR_WARP:
    return fits(m->position.x < width && m->position.y < height, "CURSOR_WARP: position outside of the screen", error);
  default:
    return true;
  }
}
