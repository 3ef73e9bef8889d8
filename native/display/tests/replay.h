/*
 * replay.h: a viewer without a window. It does what the messages say and nothing else, checks each of them, and so is
 * what the driver is measured against.
 */
#ifndef MOBIDESK_DISPLAY_TESTS_REPLAY_H
#define MOBIDESK_DISPLAY_TESTS_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include <pixman.h>

#include "../buffer.h"
#include "../protocol.h"

struct replay_tile {
  uint16_t width, height; /* 0: the slot is empty */
  uint32_t *pixels;
};

struct replay_video {
  bool open;
  uint8_t chroma;
  uint16_t width, height;
  pixman_region16_t *visible; /* NULL: not placed */
  unsigned frames;
};

struct replay {
  int fd; /* -1: not connected */
  struct buffer in;
  unsigned width, height;
  uint32_t *pixels; /* width * height, X is 0 */
  bool acknowledge; /* answers each FRAME_END; true from replay_open */
  bool ended;       /* the session closed the connection */
  uint32_t frames;  /* how many FRAME_ENDs came */
  uint32_t frame;   /* number of the last */
  uint64_t pong;    /* value of the last PONG */
  uint16_t warp_x, warp_y;
  unsigned cursor_width, cursor_height, hot_x, hot_y;
  uint32_t cursor[PROTOCOL_MAX_CURSOR * PROTOCOL_MAX_CURSOR];
  unsigned counts[256];               /* messages by type */
  unsigned encodings[ENCODING_COUNT]; /* RAW messages by encoding */
  uint64_t bytes;                     /* received */
  struct replay_tile *tiles;          /* PROTOCOL_MAX_TILE_SLOTS of them, NULL: none yet */
  struct replay_video videos[PROTOCOL_MAX_VIDEO_STREAMS];
  uint8_t status;    /* state of the last STATUS */
  const char *error; /* what was wrong with the session's messages, NULL: nothing */
};

/* Connects to the driver's socket and says hello. A size of 0, 0 keeps the session's. Who decodes JPEG gets videos.
 * Exits with a message on failure. */
void replay_connect(struct replay *r, const char *path, unsigned width, unsigned height, uint32_t encodings,
                    bool view_only);
/* As replay_connect, saying what becomes of viewers that are there. */
void replay_attach(struct replay *r, const char *path, enum attach how, bool view_only);
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

/* Does what one message to the viewer says. False if it was in error. */
bool replay_do(struct replay *r, const struct message *m);

/* Gives it a screen of another size, of a colour that nobody draws, so that what is not painted is found. */
void replay_set_size(struct replay *r, unsigned width, unsigned height);

/* Writes the picture as a binary PPM; false with errno. */
bool replay_write_ppm(const struct replay *r, const char *path);

#endif
