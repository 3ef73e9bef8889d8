/* viewer_private.h: what viewer.c and viewer_send.c share. */
#ifndef MOBIDESK_DISPLAY_VIEWER_PRIVATE_H
#define MOBIDESK_DISPLAY_VIEWER_PRIVATE_H

#include "buffer.h"
#include "credit.h"
#include "encoder.h"
#include "queue.h"
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
  size_t answers;                       /* bytes of PONGs since the output was last empty */
  const char *broken;                   /* why the worker has given it up; NULL: it has not */

  struct queue queue;
  struct credit credit;
  size_t unmarked;                       /* bytes since the last MARK */
  uint32_t generation;                   /* grows when everything is to be sent again */
  struct buffer encoded;                 /* the worker's, while it encodes */
  bool resized, cursor_due, company_due; /* SCREEN_SIZE, CURSOR_SHAPE, VIEWERS go into the next frame */
  bool warp_due;                         /* CURSOR_WARP goes as soon as the size is known */
  uint16_t warp_x, warp_y;
  bool in_frame;                      /* a frame has begun and not ended */
  uint32_t frames_sent, frames_acked; /* numbers; a frame's number is that of its FRAME_END */
  uint64_t frame_began_us;
};

/* Logs why the connection is going to be closed; false. */
bool viewer_refuse(struct viewer *v, const char *reason);
/* Everything is sent again. */
void viewer_refresh(struct viewer *v);
/* Adds a message to the output; false without memory. */
bool viewer_queue(struct viewer *v, const struct message *m);

#endif
