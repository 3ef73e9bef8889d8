/* viewer_private.h: what viewer.c and viewer_send.c share. */
#ifndef MOBIDESK_DISPLAY_VIEWER_PRIVATE_H
#define MOBIDESK_DISPLAY_VIEWER_PRIVATE_H

#include "buffer.h"
#include "encoder.h"
#include "update.h"
#include "viewer.h"

enum viewer_state {
  VIEWER_NEW,      /* connected; its first message says what it is */
  VIEWER_SERVED,   /* has said hello */
  VIEWER_QUIESCES, /* the daemon: everybody is about to be disconnected */
};

struct viewer {
  struct server *server;
  int fd;
  int notify_mask; /* what the server watches the socket for */
  enum viewer_state state;
  uint16_t version; /* of the protocol: what both speak */
  bool view_only;
  struct encoder_target target;
  struct seat_held held;
  struct buffer in, out;
  uint64_t progress_us;                 /* when output last got away, or the connection was made */
  uint16_t wanted_width, wanted_height; /* of a SET_SIZE that was just read; width 0: none */

  struct update update;
  bool resized, cursor_due; /* SCREEN_SIZE, CURSOR_SHAPE go into the next frame */
  bool warp_due;            /* CURSOR_WARP goes as soon as the size is known */
  uint16_t warp_x, warp_y;
  bool in_frame; /* a frame has begun and not ended */
  uint32_t frames_sent, frames_acked;
  uint64_t frame_began_us;
};

/* Logs why the connection is going to be closed; false. */
bool viewer_refuse(struct viewer *v, const char *reason);
/* Everything is sent again. */
void viewer_refresh(struct viewer *v);
/* Adds a message to the output; false without memory. */
bool viewer_queue(struct viewer *v, const struct message *m);
/* Writes what the socket takes; false if the connection is broken. */
bool viewer_flush(struct viewer *v);
/* Watches the socket for what the viewer can use. */
void viewer_listen(struct viewer *v);
/* Encodes and writes what is due; `*wait_ms` is set if more is due after a time. False if the connection is to end. */
bool viewer_send(struct viewer *v, uint64_t now_us, int *wait_ms);

#endif
