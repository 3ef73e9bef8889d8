/*
 * server.h: listens for viewers and keeps them; what happens on the screen is told to each.
 *
 * Input is read in the X server's main thread, called by its dispatch loop: when a socket is ready, and each time
 * before the server goes to sleep. What viewers get is encoded and written by a thread of its own (worker.h). Nothing
 * blocks but for that thread's short holds of the lock.
 */
#ifndef MOBIDESK_DISPLAY_SERVER_H
#define MOBIDESK_DISPLAY_SERVER_H

#include <pixman.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "motion.h"
#include "protocol.h"
#include "shadow.h"
#include "video.h"
#include "worker.h"

/* Each viewer costs at most its queues, about 2 MiB. */
#define SERVER_MAX_VIEWERS 16

struct sprite;
struct drawing;
struct seat;
struct screen;
struct viewer;

struct server_parts {
  struct screen *screen;
  struct drawing *drawing;
  struct sprite *sprite;
  struct seat *seat;
};

struct server {
  struct server_parts parts;
  char *path;
  int listener;              /* socket, or -1 */
  uint64_t stall_timeout_us; /* how long a viewer may take nothing of what is queued for it */
  enum attach attach;        /* what becomes of viewers that are there when another one comes */
  int poke_fd;               /* eventfd: the worker has something for the main thread */
  pthread_mutex_t lock;      /* recursive; of all that follows, and of viewers */
  unsigned lock_depth;       /* how often its holder has taken it */
  struct worker worker;
  struct shadow shadow;
  struct video video;
  struct motion motion;
  struct viewer *viewers[SERVER_MAX_VIEWERS];
  bool news; /* something happened that the worker has not been woken for */
};

/* Listens at `path`, taking the place of a socket that a dead server left there. False and a line in the log on
 * failure. */
bool server_init(struct server *s, const struct server_parts *parts, const char *path);
void server_destroy(struct server *s);

void server_lock(struct server *s);
void server_unlock(struct server *s);
/* Waits for `condition` without the lock, however often the caller has taken it. */
void server_wait(struct server *s, pthread_cond_t *condition);

/* What happened in the session, in this order. `region` and `boxes` are in pixels of the screen. */
void server_damaged(struct server *s, pixman_region16_t *region);
void server_copied(struct server *s, const pixman_box16_t *boxes, unsigned count, int dx, int dy);
/* The screen is about to get another size: videos are painted and closed. */
void server_resizes(struct server *s);
void server_resized(struct server *s);
void server_cursor_changed(struct server *s);
void server_bell(struct server *s, unsigned percent);

/* Whether somebody looks who shows videos by itself. */
bool server_shows_videos(struct server *s);
/* Video `i` shows `picture`, whose reference the server takes over, at `place`, within `covered` of the screen. */
void server_video(struct server *s, unsigned i, struct picture *picture, const struct picture_place *place,
                  pixman_region16_t *covered);
/* Somebody reads `region` of the framebuffer (NULL: any), or is about to paint there: videos are painted there. */
void server_paint_videos(struct server *s, pixman_region16_t *region);

/* Makes sure that there is a shadow that `v` can begin with; false without memory. */
bool server_keep_shadow(struct server *s, const struct viewer *v);

/* Whether `v`, which says hello, may have the session; may disconnect others for it. */
bool server_admit(struct server *s, struct viewer *v, enum attach wanted);
/* A viewer has come or gone; the message that says who is there. */
void server_company_changed(struct server *s);
struct message server_company(const struct server *s);

/* Lets the main thread look after its viewers. From any thread. */
void server_poke(struct server *s);

/* Closes `v` and releases what it held down. */
void server_remove(struct server *s, struct viewer *v);

/* Lets go of everything outside, for a checkpoint: all viewers, then `requester`, whose end is the daemon's answer. */
void server_quiesce(struct server *s, struct viewer *requester);

#endif
