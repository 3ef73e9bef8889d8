/*
 * protocol.h: the messages of the display protocol (docs/protocol.md) and their codec.
 *
 * Decoding allocates nothing: variable parts of a message point into the bytes that were decoded. All functions are
 * pure and may be called from any thread.
 */
#ifndef MOBIDESK_DISPLAY_PROTOCOL_H
#define MOBIDESK_DISPLAY_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROTOCOL_VERSION 1
#define PROTOCOL_HEADER_SIZE 8
#define PROTOCOL_MAX_PAYLOAD 1048576u
#define PROTOCOL_MAX_RAW_PIXELS 262144u
#define PROTOCOL_MIN_WIDTH 320
#define PROTOCOL_MIN_HEIGHT 200
#define PROTOCOL_MAX_SIZE 8192
#define PROTOCOL_MAX_CURSOR 256
#define PROTOCOL_MAX_KEYSYM 0x1fffffffu
#define PROTOCOL_BUTTONS 9
#define PROTOCOL_FRAMES_AHEAD 3
#define PROTOCOL_RECT_SIZE 8

enum message_type {
  MESSAGE_SERVER_HELLO = 1,
  MESSAGE_SCREEN_SIZE = 2,
  MESSAGE_RAW = 3,
  MESSAGE_SFILL = 4,
  MESSAGE_COPY = 5,
  MESSAGE_CURSOR_SHAPE = 6,
  MESSAGE_CURSOR_WARP = 7,
  MESSAGE_FRAME_END = 8,
  MESSAGE_PONG = 9,
  MESSAGE_BELL = 10,
  MESSAGE_STATUS = 11,
  MESSAGE_CLIENT_HELLO = 129,
  MESSAGE_KEY = 130,
  MESSAGE_POINTER = 131,
  MESSAGE_SET_SIZE = 132,
  MESSAGE_ACK = 133,
  MESSAGE_PING = 134,
  MESSAGE_REFRESH = 135,
  MESSAGE_RELEASE_ALL = 136,
  MESSAGE_QUIESCE = 160,
};

enum raw_encoding { ENCODING_NONE = 0, ENCODING_LZ4 = 1, ENCODING_ZSTD = 2, ENCODING_COUNT };

enum direction { TO_VIEWER, TO_SESSION };

struct rect {
  uint16_t x, y, width, height;
};

struct message {
  enum message_type type;
  union {
    struct {
      uint16_t version, width, height;
      uint64_t time_us;
    } server_hello;
    struct {
      uint16_t width, height;
    } size; /* SCREEN_SIZE, SET_SIZE */
    struct {
      struct rect rect;
      uint8_t encoding;
      const uint8_t *data;
      size_t length;
    } raw;
    struct {
      struct rect rect;
      uint32_t pixel;
    } sfill;
    struct {
      struct rect source;
      uint16_t x, y;
    } copy;
    struct {
      uint16_t width, height, hot_x, hot_y;
      const uint8_t *pixels; /* width * height * 4 bytes B, G, R, A */
    } cursor;
    struct {
      uint16_t x, y;
    } position; /* CURSOR_WARP */
    struct {
      uint32_t frame;
      uint64_t time_us;
    } frame_end;
    uint64_t value;  /* PING, PONG */
    uint16_t volume; /* BELL, percent */
    struct {
      uint8_t state;
      const char *text; /* not terminated */
      size_t length;
    } status;
    struct {
      uint16_t version, width, height;
      uint32_t encodings;
      bool view_only;
    } client_hello;
    struct {
      uint32_t keysym;
      bool pressed;
    } key;
    struct {
      uint16_t x, y, buttons;
    } pointer;
    uint32_t frame; /* ACK */
  };
};

enum decode_result {
  DECODE_ERROR = -1, /* a protocol error: close the connection */
  DECODE_INCOMPLETE, /* read more */
  DECODE_SKIPPED,    /* of no interest to this version; `*consumed` bytes are done with */
  DECODE_MESSAGE,    /* `*out` is valid as long as the bytes are; `*consumed` bytes are done with */
};

/* Decodes the first message of `length` bytes that travel in `direction`. On DECODE_ERROR `*error` says what is wrong.
 */
enum decode_result protocol_decode(enum direction direction, const uint8_t *bytes, size_t length, struct message *out,
                                   size_t *consumed, const char **error);

/* Says whether all rectangles and positions of `message` lie on a screen of this size; if not, `*error` says which. */
bool protocol_fits(const struct message *message, unsigned width, unsigned height, const char **error);

/* Bytes that protocol_encode writes for `message`, header included. */
size_t protocol_size(const struct message *message);

/* Writes `message`, protocol_size() bytes. RAW data that is NULL is left for the caller to fill in. */
void protocol_encode(const struct message *message, uint8_t *out);

/* The direction in which messages of `type` travel; false if the type is unknown. */
bool protocol_direction(unsigned type, enum direction *out);

#endif
