/*
 * server.h: listens for viewers and keeps them; what happens on the screen is told to each.
 *
 * Everything runs in the X server's main thread, called by its dispatch loop: when a socket is ready, and each time
 * before the server goes to sleep. Nothing blocks.
 */
#ifndef MOBIDESK_DISPLAY_SERVER_H
#define MOBIDESK_DISPLAY_SERVER_H

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

#include "shadow.h"

/* Each viewer costs at most its queues, about 2 MiB. */
#define SERVER_MAX_VIEWERS 16

struct sprite;
struct drawing;
struct encoder;
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
  struct encoder *encoder;
  struct shadow shadow;
  struct viewer *viewers[SERVER_MAX_VIEWERS];
};

/* Listens at `path`, taking the place of a socket that a dead server left there. False and a line in the log on
 * failure. */
bool server_init(struct server *s, const struct server_parts *parts, const char *path);
void server_destroy(struct server *s);

/* What happened in the session, in this order. `region` and `boxes` are in pixels of the screen. */
void server_damaged(struct server *s, pixman_region16_t *region);
void server_copied(struct server *s, const pixman_box16_t *boxes, unsigned count, int dx, int dy);
void server_resized(struct server *s);
void server_cursor_changed(struct server *s);
void server_bell(struct server *s, unsigned percent);

/* Closes `v` and releases what it held down. */
void server_remove(struct server *s, struct viewer *v);

/* Lets go of everything outside, for a checkpoint: all viewers, then `requester`, whose end is the daemon's answer. */
void server_quiesce(struct server *s, struct viewer *requester);

#endif
