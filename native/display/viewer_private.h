/* viewer_private.h: what viewer.c and viewer_send.c share. */
#ifndef MOBIDESK_DISPLAY_VIEWER_PRIVATE_H
#define MOBIDESK_DISPLAY_VIEWER_PRIVATE_H

#include "buffer.h"
#include "credit.h"
#include "encoder.h"
#include "queue.h"
#include "video.h"
#include "viewer.h"

enum viewer_state {
  VIEWER_NEW,      /* connected; its first message says what it is */
  VIEWER_SERVED,   /* has said hello */
  VIEWER_QUIESCES, /* the daemon: everybody is about to be disconnected */
};

/* What the viewer has of a stream. */
struct viewer_video {
  bool open;
  enum picture_format format;
  uint16_t width, height;
  struct picture_place place;
  pixman_region16_t covered;
  uint32_t serial;         /* of the picture that it has, or is getting */
  struct picture *picture; /* that it is getting; NULL: none */
  unsigned row;            /* of that, the next */
  int quality;             /* of JPEG */
  size_t bytes;            /* that the rows took */
  size_t usual_bytes;      /* that a picture takes */
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
  uint32_t video_encodings; /* bit set of what it decodes */
  struct viewer_video videos[PROTOCOL_MAX_VIDEO_STREAMS];
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
  uint64_t frames_until_us; /* when the frames that were sent have had their time, at the rate of frames */
};

/* Logs why the connection is going to be closed; false. */
bool viewer_refuse(struct viewer *v, const char *reason);
/* Everything is sent again. */
void viewer_refresh(struct viewer *v);
/* Adds a message to the output; false without memory. */
bool viewer_queue(struct viewer *v, const struct message *m);
/* Adds it and accounts for it. */
bool viewer_add(struct viewer *v, const struct message *m);
/* Accounts for `bytes` that were added. */
bool viewer_account(struct viewer *v, size_t bytes, bool idle);
/* Adds what was encoded without the lock, unless everything is to be sent again since `generation`: then `*sent` is
 * false. False without memory. */
bool viewer_add_encoded(struct viewer *v, uint32_t generation, bool *sent);

/* viewer_video.c. Whether something of the videos is to be told or sent. */
bool viewer_video_due(const struct viewer *v);
/* Tells of videos that have begun, moved or ended, as far as pixels that they uncover have been sent. */
bool viewer_video_tell(struct viewer *v);
/* The stream that has rows to send and fewest bytes left, which are fewer than `less_than`; or -1. */
int viewer_video_next(const struct viewer *v, uint64_t less_than);
/* Sends rows of it; `*complete` if those were its last. False if the connection is to be given up. */
bool viewer_video_send(struct viewer *v, struct worker *w, unsigned stream, bool *complete);
/* All is to be sent again. */
void viewer_video_refresh(struct viewer *v);
void viewer_video_init(struct viewer *v);
void viewer_video_destroy(struct viewer *v);

#endif
