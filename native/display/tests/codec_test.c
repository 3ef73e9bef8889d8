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
    m.frame = u32(j, "frame");
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

static void check_pixels(json_t *vector, const char *name, const struct message *m) {
  struct bytes pixels = from_hex(json_string_value(member(vector, "pixels")));
  uint8_t *decoded = calloc(pixels.length, 1);
  expect(pixels.length == (size_t)m->raw.rect.width * m->raw.rect.height * 4, name, "the vector's pixels fill it");
  expect(replay_decode_raw(m, decoded), name, "RAW data decode");
  expect(memcmp(decoded, pixels.data, pixels.length) == 0, name, "RAW data decode to the vector's pixels");
  free(decoded);
  free(pixels.data);
}

/* Whether the receiver takes `m`: on the vector's screen, if it names one, and with data that decode. */
static bool acceptable(json_t *vector, const struct message *m) {
  static uint8_t pixels[PROTOCOL_MAX_RAW_PIXELS * 4];
  const char *error = NULL;
  json_t *screen = json_object_get(vector, "screen");
  if (screen != NULL && !protocol_fits(m, u16(screen, "width"), u16(screen, "height"), &error))
    return false;
  return m->type != MESSAGE_RAW || replay_decode_raw(m, pixels);
}

static void check_valid(json_t *vector, const char *name, const struct message *decoded, struct bytes wire) {
  struct bytes variable;
  const struct message expected = from_json(member(vector, "message"), &variable);
  struct bytes from_fields = encode(&expected), from_decoded = encode(decoded);
  expect(same(from_fields, from_decoded), name, "decoding gives the vector's fields");
  if (!json_is_true(json_object_get(vector, "longer")))
    expect(same(from_fields, wire), name, "encoding gives the vector's bytes");
  expect(acceptable(vector, decoded), name, "it fits its screen");
  if (decoded->type == MESSAGE_RAW)
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
