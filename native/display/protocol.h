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

/* The highest version of this codec; it speaks every one from 1 up. */
#define PROTOCOL_VERSION 2
#define PROTOCOL_HEADER_SIZE 8
#define PROTOCOL_MAX_PAYLOAD 1048576u
#define PROTOCOL_MAX_RAW_PIXELS 262144u
#define PROTOCOL_MIN_WIDTH 320
#define PROTOCOL_MIN_HEIGHT 200
#define PROTOCOL_MAX_SIZE 8192
#define PROTOCOL_MAX_CURSOR 256
#define PROTOCOL_MAX_KEYSYM 0x1fffffffu
#define PROTOCOL_BUTTONS 9
#define PROTOCOL_FRAMES_AHEAD 3 /* of version 1, and of what is shown in version 2 */
#define PROTOCOL_MAX_PATTERN_PIXELS 65536u
#define PROTOCOL_MAX_TILE_SLOTS 4096u
#define PROTOCOL_MAX_TILE_PIXELS 4096u
#define PROTOCOL_MAX_VIDEO_STREAMS 4u
#define PROTOCOL_MAX_VIDEO_SIZE 4096u
#define PROTOCOL_MAX_VIDEO_CLIPS 256u
#define PROTOCOL_MAX_TEXT 4096u
#define PROTOCOL_MAX_FINGERS 10u
#define PROTOCOL_TILE_STORE_SIZE 12 /* bytes of an entry */
#define PROTOCOL_TILE_PAINT_SIZE 6
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
  MESSAGE_PFILL = 12,
  MESSAGE_BITMAP = 13,
  MESSAGE_TILE_STORE = 14,
  MESSAGE_TILE_PAINT = 15,
  MESSAGE_VIDEO_OPEN = 16,
  MESSAGE_VIDEO_PLACE = 17,
  MESSAGE_VIDEO_FRAME = 18,
  MESSAGE_VIDEO_CLOSE = 19,
  MESSAGE_MARK = 20,
  MESSAGE_CHANNEL_CREDIT_TO_VIEWER = 21,
  MESSAGE_VIEWERS = 22,
  MESSAGE_CLIENT_HELLO = 129,
  MESSAGE_KEY = 130,
  MESSAGE_POINTER = 131,
  MESSAGE_SET_SIZE = 132,
  MESSAGE_ACK = 133,
  MESSAGE_PING = 134,
  MESSAGE_REFRESH = 135,
  MESSAGE_RELEASE_ALL = 136,
  MESSAGE_TEXT = 137,
  MESSAGE_TOUCH = 138,
  MESSAGE_SCROLL = 139,
  MESSAGE_MARKED = 140,
  MESSAGE_CHANNEL_CREDIT_TO_SESSION = 141,
  MESSAGE_QUIESCE = 160,
};

enum raw_encoding {
  ENCODING_NONE = 0,
  ENCODING_LZ4 = 1,
  ENCODING_ZSTD = 2,
  ENCODING_JPEG = 3, /* an approximation */
  ENCODING_PREDICTED = 4,
  ENCODING_PALETTE = 5,
  ENCODING_COUNT
};

enum packing { PACKING_NONE = 0, PACKING_LZ4 = 1, PACKING_ZSTD = 2, PACKING_COUNT };

enum video_chroma { VIDEO_YUV420 = 0, VIDEO_YUV422 = 1, VIDEO_CHROMA_COUNT };
enum video_matrix { VIDEO_BT601 = 0, VIDEO_BT709 = 1, VIDEO_FULL = 2, VIDEO_MATRIX_COUNT };
enum video_encoding { VIDEO_PLANES = 0, VIDEO_PLANES_LZ4 = 1, VIDEO_JPEG = 2, VIDEO_ENCODING_COUNT };

/* States of STATUS that sessions send. */
enum { STATUS_REFUSED = 6 };

enum attach { ATTACH_AS_CONFIGURED = 0, ATTACH_TAKE_OVER = 1, ATTACH_JOIN = 2, ATTACH_COUNT };

enum touch_action { FINGER_DOWN = 0, FINGER_MOVED = 1, FINGER_UP = 2, FINGER_ACTION_COUNT };

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
      /* From version 2 on, else 0. */
      uint32_t video_encodings;
      uint16_t tile_slots;
      uint8_t attach;
    } client_hello;
    struct {
      uint32_t keysym;
      bool pressed;
    } key;
    struct {
      uint16_t x, y, buttons;
    } pointer;
    struct {
      uint32_t frame, decode_us, wait_us;
    } ack;
    struct {
      struct rect rect;
      uint16_t tile_width, tile_height, origin_x, origin_y;
      uint8_t encoding;
      const uint8_t *data;
      size_t length;
    } pfill;
    struct {
      struct rect rect;
      uint32_t foreground, background;
      bool transparent;
      uint8_t packing;
      const uint8_t *data;
      size_t length;
    } bitmap;
    struct {
      const uint8_t *entries; /* as on the wire: protocol_tile_store, protocol_tile_paint take them apart */
      size_t count;
    } tiles; /* TILE_STORE, TILE_PAINT */
    struct {
      uint16_t stream;
      uint8_t chroma, matrix;
      uint16_t width, height;
    } video_open;
    struct {
      uint16_t stream;
      int16_t x, y;
      uint16_t width, height;
      const uint8_t *clips; /* as on the wire: protocol_rect takes them apart */
      size_t count;
    } video_place;
    struct {
      uint16_t stream;
      uint8_t encoding;
      bool last;
      uint16_t y, height;
      uint64_t time_us;
      const uint8_t *data;
      size_t length;
    } video_frame;
    uint16_t stream; /* VIDEO_CLOSE */
    uint32_t mark;
    struct {
      uint16_t channel;
      uint32_t bytes;
    } credit;
    struct {
      uint16_t count, view_only;
    } viewers;
    struct {
      const char *bytes; /* UTF-8, not terminated */
      size_t length;
    } text;
    struct {
      uint8_t action, finger;
      uint16_t x, y;
    } touch;
    struct {
      int16_t dx, dy;
    } scroll;
    struct {
      uint32_t mark, decode_us;
    } marked;
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

/* Takes apart and puts together what lists are made of. */
struct rect protocol_rect(const uint8_t *bytes);
void protocol_put_rect(uint8_t *out, const struct rect *rect);
struct tile_store {
  struct rect rect;
  uint16_t slot;
};
struct tile_paint {
  uint16_t slot, x, y;
};
struct tile_store protocol_tile_store(const uint8_t *entry);
void protocol_put_tile_store(uint8_t *out, const struct tile_store *tile);
struct tile_paint protocol_tile_paint(const uint8_t *entry);
void protocol_put_tile_paint(uint8_t *out, const struct tile_paint *tile);

/* Bytes of the bits of a BITMAP of this size. */
size_t protocol_bitmap_size(const struct rect *rect);
/* Bytes of `height` rows of all planes of a video of this width. */
size_t protocol_planes_size(unsigned chroma, unsigned width, unsigned height);

/* The direction in which messages of `type` travel; false if the type is unknown. */
bool protocol_direction(unsigned type, enum direction *out);

#endif
