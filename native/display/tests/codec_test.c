/*
 * codec_test.c: the codec against the vectors that the Java side reads too (docs/protocol.md, "Test vectors").
 *
 *   codec-test DIRECTORY
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../protocol.h"
#include "replay.h"

static unsigned checks, failures;

struct bytes {
  uint8_t *data;
  size_t length;
};

static void expect(bool holds, const char *vector, const char *what) {
  checks++;
  if (holds)
    return;
  failures++;
  fprintf(stderr, "FAIL %s: %s\n", vector, what);
}

static void fatal(const char *what, const char *detail) {
  fprintf(stderr, "%s: %s\n", what, detail);
  exit(EXIT_FAILURE);
}

/* What `hex` says, in memory of exactly its size so that a sanitizer sees each byte too far. */
static struct bytes from_hex(const char *hex) {
  struct bytes b = {.length = strlen(hex) / 2};
  b.data = malloc(b.length > 0 ? b.length : 1);
  for (size_t i = 0; i < b.length; i++) {
    unsigned value;
    if (b.data == NULL || sscanf(hex + 2 * i, "%2x", &value) != 1)
      fatal("no hexadecimal bytes", hex);
    b.data[i] = (uint8_t)value;
  }
  return b;
}

static json_t *member(json_t *object, const char *name) {
  json_t *value = json_object_get(object, name);
  if (value == NULL)
    fatal("a vector lacks the field", name);
  return value;
}

static uint16_t u16(json_t *m, const char *name) { return (uint16_t)json_integer_value(member(m, name)); }

static uint32_t u32(json_t *m, const char *name) { return (uint32_t)json_integer_value(member(m, name)); }

static uint64_t u64(json_t *m, const char *name) { return strtoull(json_string_value(member(m, name)), NULL, 10); }

static struct rect rect(json_t *m) {
  return (struct rect){u16(m, "x"), u16(m, "y"), u16(m, "width"), u16(m, "height")};
}

static enum message_type type_of(const char *name) {
  static const struct {
    const char *name;
    enum message_type type;
  } types[] = {{"SERVER_HELLO", MESSAGE_SERVER_HELLO},
               {"SCREEN_SIZE", MESSAGE_SCREEN_SIZE},
               {"RAW", MESSAGE_RAW},
               {"SFILL", MESSAGE_SFILL},
               {"COPY", MESSAGE_COPY},
               {"CURSOR_SHAPE", MESSAGE_CURSOR_SHAPE},
               {"CURSOR_WARP", MESSAGE_CURSOR_WARP},
               {"FRAME_END", MESSAGE_FRAME_END},
               {"PONG", MESSAGE_PONG},
               {"BELL", MESSAGE_BELL},
               {"STATUS", MESSAGE_STATUS},
               {"PFILL", MESSAGE_PFILL},
               {"BITMAP", MESSAGE_BITMAP},
               {"TILE_STORE", MESSAGE_TILE_STORE},
               {"TILE_PAINT", MESSAGE_TILE_PAINT},
               {"VIDEO_OPEN", MESSAGE_VIDEO_OPEN},
               {"VIDEO_PLACE", MESSAGE_VIDEO_PLACE},
               {"VIDEO_FRAME", MESSAGE_VIDEO_FRAME},
               {"VIDEO_CLOSE", MESSAGE_VIDEO_CLOSE},
               {"MARK", MESSAGE_MARK},
               {"CHANNEL_CREDIT_TO_VIEWER", MESSAGE_CHANNEL_CREDIT_TO_VIEWER},
               {"VIEWERS", MESSAGE_VIEWERS},
               {"TEXT", MESSAGE_TEXT},
               {"TOUCH", MESSAGE_TOUCH},
               {"SCROLL", MESSAGE_SCROLL},
               {"MARKED", MESSAGE_MARKED},
               {"CHANNEL_CREDIT_TO_SESSION", MESSAGE_CHANNEL_CREDIT_TO_SESSION},
               {"CLIENT_HELLO", MESSAGE_CLIENT_HELLO},
               {"KEY", MESSAGE_KEY},
               {"POINTER", MESSAGE_POINTER},
               {"SET_SIZE", MESSAGE_SET_SIZE},
               {"ACK", MESSAGE_ACK},
               {"PING", MESSAGE_PING},
               {"REFRESH", MESSAGE_REFRESH},
               {"RELEASE_ALL", MESSAGE_RELEASE_ALL},
               {"QUIESCE", MESSAGE_QUIESCE}};
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (strcmp(types[i].name, name) == 0)
      return types[i].type;
  fatal("unknown type in a vector", name);
  return 0;
}

/* The list `name` of `j` as it is on the wire, `entry` bytes each; `*count` is how many there are. */
static struct bytes list(json_t *j, const char *name, size_t entry, void (*put)(uint8_t *out, json_t *element),
                         size_t *count) {
  json_t *elements = member(j, name), *element;
  size_t i;
  struct bytes b = {.length = json_array_size(elements) * entry};
  b.data = malloc(b.length > 0 ? b.length : 1);
  if (b.data == NULL)
    fatal("no memory", name);
  json_array_foreach(elements, i, element) put(b.data + i * entry, element);
  *count = json_array_size(elements);
  return b;
}

static void put_clip(uint8_t *out, json_t *element) {
  const struct rect clip = rect(element);
  protocol_put_rect(out, &clip);
}

static void put_store(uint8_t *out, json_t *element) {
  const struct tile_store tile = {rect(element), u16(element, "slot")};
  protocol_put_tile_store(out, &tile);
}

static void put_paint(uint8_t *out, json_t *element) {
  const struct tile_paint tile = {u16(element, "slot"), u16(element, "x"), u16(element, "y")};
  protocol_put_tile_paint(out, &tile);
}

static void pixels_from_json(json_t *j, struct message *m, struct bytes *variable) {
  *variable = from_hex(json_string_value(member(j, "data")));
  if (m->type == MESSAGE_PFILL) {
    m->pfill.rect = rect(j);
    m->pfill.tile_width = u16(j, "tileWidth");
    m->pfill.tile_height = u16(j, "tileHeight");
    m->pfill.origin_x = u16(j, "originX");
    m->pfill.origin_y = u16(j, "originY");
    m->pfill.encoding = (uint8_t)u16(j, "encoding");
    m->pfill.data = variable->data;
    m->pfill.length = variable->length;
    return;
  }
  m->bitmap.rect = rect(j);
  m->bitmap.foreground = u32(j, "foreground");
  m->bitmap.background = u32(j, "background");
  m->bitmap.transparent = json_boolean_value(member(j, "transparent"));
  m->bitmap.packing = (uint8_t)u16(j, "packing");
  m->bitmap.data = variable->data;
  m->bitmap.length = variable->length;
}

static void video_from_json(json_t *j, struct message *m, struct bytes *variable) {
  const uint16_t stream = u16(j, "stream");
  switch (m->type) {
  case MESSAGE_VIDEO_OPEN:
    m->video_open.stream = stream;
    m->video_open.chroma = (uint8_t)u16(j, "chroma");
    m->video_open.matrix = (uint8_t)u16(j, "matrix");
    m->video_open.width = u16(j, "width");
    m->video_open.height = u16(j, "height");
    break;
  case MESSAGE_VIDEO_PLACE:
    *variable = list(j, "clips", PROTOCOL_RECT_SIZE, put_clip, &m->video_place.count);
    m->video_place.stream = stream;
    m->video_place.x = (int16_t)json_integer_value(member(j, "x"));
    m->video_place.y = (int16_t)json_integer_value(member(j, "y"));
    m->video_place.width = u16(j, "width");
    m->video_place.height = u16(j, "height");
    m->video_place.clips = variable->data;
    break;
  case MESSAGE_VIDEO_FRAME:
    *variable = from_hex(json_string_value(member(j, "data")));
    m->video_frame.stream = stream;
    m->video_frame.encoding = (uint8_t)u16(j, "encoding");
    m->video_frame.last = json_boolean_value(member(j, "last"));
    m->video_frame.y = u16(j, "y");
    m->video_frame.height = u16(j, "height");
    m->video_frame.time_us = u64(j, "time");
    m->video_frame.data = variable->data;
    m->video_frame.length = variable->length;
    break;
  default:
    m->stream = stream;
  }
}

/* The message that a vector names; `*variable` holds its variable part and is the caller's to free. */
static struct message from_json(json_t *j, struct bytes *variable) {
  struct message m = {.type = type_of(json_string_value(member(j, "type")))};
  *variable = (struct bytes){0};
  switch (m.type) {
  case MESSAGE_SERVER_HELLO:
    m.server_hello.version = u16(j, "version");
    m.server_hello.width = u16(j, "width");
    m.server_hello.height = u16(j, "height");
    m.server_hello.time_us = u64(j, "time");
    break;
  case MESSAGE_SCREEN_SIZE:
  case MESSAGE_SET_SIZE:
    m.size.width = u16(j, "width");
    m.size.height = u16(j, "height");
    break;
  case MESSAGE_RAW:
    *variable = from_hex(json_string_value(member(j, "data")));
    m.raw.rect = rect(j);
    m.raw.encoding = (uint8_t)u16(j, "encoding");
    m.raw.data = variable->data;
    m.raw.length = variable->length;
    break;
  case MESSAGE_SFILL:
    m.sfill.rect = rect(j);
    m.sfill.pixel = u32(j, "pixel");
    break;
  case MESSAGE_COPY:
    m.copy.source = rect(j);
    m.copy.x = u16(j, "destinationX");
    m.copy.y = u16(j, "destinationY");
    break;
  case MESSAGE_CURSOR_SHAPE:
    *variable = from_hex(json_string_value(member(j, "pixels")));
    m.cursor.width = u16(j, "width");
    m.cursor.height = u16(j, "height");
    m.cursor.hot_x = u16(j, "hotX");
    m.cursor.hot_y = u16(j, "hotY");
    m.cursor.pixels = variable->data;
    break;
  case MESSAGE_CURSOR_WARP:
    m.position.x = u16(j, "x");
    m.position.y = u16(j, "y");
    break;
  case MESSAGE_FRAME_END:
    m.frame_end.frame = u32(j, "frame");
    m.frame_end.time_us = u64(j, "time");
    break;
  case MESSAGE_PING:
  case MESSAGE_PONG:
    m.value = u64(j, "value");
    break;
  case MESSAGE_BELL:
    m.volume = u16(j, "volume");
    break;
  case MESSAGE_STATUS:
    m.status.state = (uint8_t)u16(j, "state");
    m.status.text = json_string_value(member(j, "text"));
    m.status.length = json_string_length(member(j, "text"));
    break;
  case MESSAGE_CLIENT_HELLO:
    m.client_hello.version = u16(j, "version");
    m.client_hello.width = u16(j, "width");
    m.client_hello.height = u16(j, "height");
    m.client_hello.encodings = u32(j, "encodings");
    m.client_hello.view_only = json_boolean_value(member(j, "viewOnly"));
    if (m.client_hello.version >= 2) {
      m.client_hello.video_encodings = u32(j, "videoEncodings");
      m.client_hello.tile_slots = u16(j, "tileSlots");
      m.client_hello.attach = (uint8_t)u16(j, "attach");
    }
    break;
  case MESSAGE_KEY:
    m.key.keysym = u32(j, "keysym");
    m.key.pressed = json_boolean_value(member(j, "pressed"));
    break;
  case MESSAGE_POINTER:
    m.pointer.x = u16(j, "x");
    m.pointer.y = u16(j, "y");
    m.pointer.buttons = u16(j, "buttons");
    break;
  case MESSAGE_ACK:
    m.ack.frame = u32(j, "frame");
    m.ack.decode_us = u32(j, "decode");
    m.ack.wait_us = u32(j, "wait");
    break;
  case MESSAGE_PFILL:
  case MESSAGE_BITMAP:
    pixels_from_json(j, &m, variable);
    break;
  case MESSAGE_TILE_STORE:
    *variable = list(j, "tiles", PROTOCOL_TILE_STORE_SIZE, put_store, &m.tiles.count);
    m.tiles.entries = variable->data;
    break;
  case MESSAGE_TILE_PAINT:
    *variable = list(j, "tiles", PROTOCOL_TILE_PAINT_SIZE, put_paint, &m.tiles.count);
    m.tiles.entries = variable->data;
    break;
  case MESSAGE_VIDEO_OPEN:
  case MESSAGE_VIDEO_PLACE:
  case MESSAGE_VIDEO_FRAME:
  case MESSAGE_VIDEO_CLOSE:
    video_from_json(j, &m, variable);
    break;
  case MESSAGE_MARK:
    m.mark = u32(j, "number");
    break;
  case MESSAGE_CHANNEL_CREDIT_TO_VIEWER:
  case MESSAGE_CHANNEL_CREDIT_TO_SESSION:
    m.credit.channel = u16(j, "channel");
    m.credit.bytes = u32(j, "bytes");
    break;
  case MESSAGE_VIEWERS:
    m.viewers.count = u16(j, "count");
    m.viewers.view_only = u16(j, "viewOnly");
    break;
  case MESSAGE_TEXT:
    m.text.bytes = json_string_value(member(j, "text"));
    m.text.length = json_string_length(member(j, "text"));
    break;
  case MESSAGE_TOUCH:
    m.touch.action = (uint8_t)u16(j, "action");
    m.touch.finger = (uint8_t)u16(j, "finger");
    m.touch.x = u16(j, "x");
    m.touch.y = u16(j, "y");
    break;
  case MESSAGE_SCROLL:
    m.scroll.dx = (int16_t)json_integer_value(member(j, "dx"));
    m.scroll.dy = (int16_t)json_integer_value(member(j, "dy"));
    break;
  case MESSAGE_MARKED:
    m.marked.mark = u32(j, "number");
    m.marked.decode_us = u32(j, "decode");
    break;
  case MESSAGE_REFRESH:
  case MESSAGE_RELEASE_ALL:
  case MESSAGE_QUIESCE:
    break;
  }
  return m;
}

static struct bytes encode(const struct message *m) {
  struct bytes b = {.length = protocol_size(m)};
  b.data = malloc(b.length);
  if (b.data == NULL)
    fatal("no memory", "encode");
  protocol_encode(m, b.data);
  return b;
}

static bool same(struct bytes a, struct bytes b) {
  return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

/* A viewer with the vector's screen, or one of 320x200. */
static void screen_init(struct replay *r, json_t *vector) {
  json_t *screen = json_object_get(vector, "screen");
  *r = (struct replay){.fd = -1};
  replay_set_size(r, screen == NULL ? 320 : u16(screen, "width"), screen == NULL ? 200 : u16(screen, "height"));
}

static struct rect painted_rect(const struct message *m) {
  return m->type == MESSAGE_PFILL ? m->pfill.rect : m->type == MESSAGE_BITMAP ? m->bitmap.rect : m->raw.rect;
}

static void check_pixels(json_t *vector, const char *name, const struct message *m) {
  struct bytes pixels = from_hex(json_string_value(member(vector, "pixels")));
  const struct rect r = painted_rect(m);
  struct replay viewer;
  screen_init(&viewer, vector);
  if (m->type == MESSAGE_BITMAP && m->bitmap.transparent)
    memset(viewer.pixels, 0, (size_t)viewer.width * viewer.height * 4); /* as the vectors take it to be */
  expect(pixels.length == (size_t)r.width * r.height * 4, name, "the vector's pixels fill it");
  expect(replay_do(&viewer, m), name, "its data decode");
  bool same_pixels = true;
  for (unsigned i = 0; i < (unsigned)r.width * r.height; i++) {
    uint32_t expected;
    memcpy(&expected, pixels.data + (size_t)i * 4, 4);
    const uint32_t shown = viewer.pixels[(r.y + i / r.width) * viewer.width + r.x + i % r.width];
    same_pixels = same_pixels && shown == (expected & 0xffffff);
  }
  expect(same_pixels, name, "its data decode to the vector's pixels");
  replay_close(&viewer);
  free(pixels.data);
}

/* Whether the receiver takes `m`; a message to the viewer on the vector's screen, if it names one. */
static bool acceptable(json_t *vector, const struct message *m) {
  struct replay viewer;
  enum direction direction;
  protocol_direction(m->type, &direction);
  if (direction == TO_SESSION || (json_object_get(vector, "screen") == NULL && m->type != MESSAGE_RAW))
    return true;
  screen_init(&viewer, vector);
  const bool done = replay_do(&viewer, m);
  replay_close(&viewer);
  return done;
}

static void check_valid(json_t *vector, const char *name, const struct message *decoded, struct bytes wire) {
  struct bytes variable;
  const struct message expected = from_json(member(vector, "message"), &variable);
  struct bytes from_fields = encode(&expected), from_decoded = encode(decoded);
  expect(same(from_fields, from_decoded), name, "decoding gives the vector's fields");
  if (!json_is_true(json_object_get(vector, "decodeOnly")))
    expect(same(from_fields, wire), name, "encoding gives the vector's bytes");
  expect(acceptable(vector, decoded), name, "it fits its screen");
  if (json_object_get(vector, "pixels") != NULL)
    check_pixels(vector, name, decoded);
  free(from_fields.data);
  free(from_decoded.data);
  free(variable.data);
}

static void check_vector(json_t *vector) {
  const char *name = json_string_value(member(vector, "name")), *error = NULL;
  const bool to_viewer = strcmp(json_string_value(member(vector, "direction")), "to-viewer") == 0;
  struct bytes wire = from_hex(json_string_value(member(vector, "hex")));
  struct message m;
  size_t consumed = 0;
  enum decode_result result =
      protocol_decode(to_viewer ? TO_VIEWER : TO_SESSION, wire.data, wire.length, &m, &consumed, &error);
  if (json_is_true(json_object_get(vector, "incomplete"))) {
    expect(result == DECODE_INCOMPLETE, name, "more is waited for");
  } else if (json_is_true(json_object_get(vector, "skip"))) {
    expect(result == DECODE_SKIPPED && consumed == wire.length, name, "it is skipped");
  } else if (json_is_true(json_object_get(vector, "error"))) {
    const bool refused = result == DECODE_ERROR || (result == DECODE_MESSAGE && !acceptable(vector, &m));
    expect(refused, name, "it is a protocol error");
    expect(result != DECODE_ERROR || error != NULL, name, "the error says what is wrong");
  } else {
    expect(result == DECODE_MESSAGE && consumed == wire.length, name, error == NULL ? "it decodes" : error);
    if (result == DECODE_MESSAGE)
      check_valid(vector, name, &m, wire);
  }
  free(wire.data);
}

static void check_file(const char *directory, const char *file) {
  char path[4096];
  json_error_t error;
  snprintf(path, sizeof path, "%s/%s", directory, file);
  json_t *vectors = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
  if (vectors == NULL || json_array_size(vectors) == 0)
    fatal(path, vectors == NULL ? error.text : "no vectors");
  size_t i;
  json_t *vector;
  json_array_foreach(vectors, i, vector) check_vector(vector);
  json_decref(vectors);
}

int main(int argc, char **argv) {
  if (argc != 2)
    fatal("usage", "codec-test DIRECTORY");
  check_file(argv[1], "valid.json");
  check_file(argv[1], "skipped.json");
  check_file(argv[1], "incomplete.json");
  check_file(argv[1], "invalid.json");
  printf("%u checks, %u failures\n", checks, failures);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
