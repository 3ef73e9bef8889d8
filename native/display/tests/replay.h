/*
 * replay.h: a viewer without a window. It does what the messages say and nothing else, checks each of them, and so is
 * what the driver is measured against.
 */
#ifndef MOBIDESK_DISPLAY_TESTS_REPLAY_H
#define MOBIDESK_DISPLAY_TESTS_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "../buffer.h"
#include "../protocol.h"

struct replay {
  int fd; /* -1: not connected */
  struct buffer in;
  unsigned width, height;
  uint32_t *pixels; /* width * height, X is 0 */
  bool acknowledge; /* answers each FRAME_END; true from replay_open */
  bool ended;       /* the session closed the connection */
  uint32_t frames;  /* number of the last FRAME_END */
  uint64_t pong;    /* value of the last PONG */
  uint16_t warp_x, warp_y;
  unsigned cursor_width, cursor_height, hot_x, hot_y;
  uint32_t cursor[PROTOCOL_MAX_CURSOR * PROTOCOL_MAX_CURSOR];
  unsigned counts[256];               /* messages by type */
  unsigned encodings[ENCODING_COUNT]; /* RAW messages by encoding */
  uint64_t bytes;                     /* received */
  const char *error;                  /* what was wrong with the session's messages, NULL: nothing */
};

/* Connects to the driver's socket and says hello. A size of 0, 0 keeps the session's. Exits with a message on failure.
 */
void replay_connect(struct replay *r, const char *path, unsigned width, unsigned height, uint32_t encodings,
                    bool view_only);
/* Connects only: what is sent first is the caller's. */
void replay_open(struct replay *r, const char *path);
void replay_close(struct replay *r);

/* Sends a message; false if the connection is gone. */
bool replay_send(struct replay *r, const struct message *m);
bool replay_send_bytes(struct replay *r, const void *bytes, size_t length);

/* Waits at most `timeout_ms` for bytes and does what they say. False if the connection has ended or was in error. */
bool replay_step(struct replay *r, int timeout_ms);

/* Does what the messages in `in` say. False if one was in error. */
bool replay_act(struct replay *r);

/* Decodes the data of a RAW message to width * height pixels of 4 bytes; false if it does not decode to exactly that.
 */
bool replay_decode_raw(const struct message *m, uint8_t *pixels);

/* Writes the picture as a binary PPM; false with errno. */
bool replay_write_ppm(const struct replay *r, const char *path);

#endif
