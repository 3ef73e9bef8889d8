/*
 * viewer.h: one connection to a viewer.
 *
 * Input is the X server's own thread's business, output the worker's; both hold the server's lock in each of these
 * functions.
 *
 * Flow control: pixels are read and encoded only while the credit lasts and little is stuck in the socket, and a frame
 * begins only when the viewer has acknowledged most of those before. So a viewer that stalls costs its queue's regions
 * and one short buffer; what it misses it gets as the newest state. Input is not read while output is stuck, so answers
 * cannot pile up.
 */
#ifndef MOBIDESK_DISPLAY_VIEWER_H
#define MOBIDESK_DISPLAY_VIEWER_H

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

#include "seat.h"

struct server;
struct viewer;
struct worker;

#define VIEWER_IDLE (-1)
#define VIEWER_ENDED (-2)

/* Microseconds of the session's monotonic clock, which a checkpoint does not disturb. */
uint64_t viewer_clock_us(void);

/* Serves the connected, non-blocking socket `fd`, which is the viewer's from here on; NULL without memory. */
struct viewer *viewer_init(struct server *server, int fd);
/* Closes the connection and releases the keys and buttons that were held down through it. */
void viewer_destroy(struct viewer *v);

/* Has it said hello, and may it type? */
bool viewer_is_served(const struct viewer *v);
bool viewer_is_view_only(const struct viewer *v);
/* Does it get videos as such? */
bool viewer_shows_videos(const struct viewer *v);

/* What happened in the session; a viewer that has not said hello yet learns nothing. */
void viewer_damaged(struct viewer *v, pixman_region16_t *region);
void viewer_copied(struct viewer *v, const pixman_box16_t *boxes, unsigned count, int dx, int dy);
void viewer_resized(struct viewer *v);
void viewer_cursor_changed(struct viewer *v);
void viewer_bell(struct viewer *v, unsigned percent);
void viewer_pointer_moved(struct viewer *v, enum seat_movement movement, uint16_t x, uint16_t y);
/* How many viewers there are has changed. */
void viewer_company_changed(struct viewer *v);
/* Nothing can be sent to it any more; it will be removed. */
void viewer_break(struct viewer *v, const char *reason);
/* Tells the user why the connection is about to be closed, as far as the socket takes it at once. */
void viewer_dismiss(struct viewer *v, const char *reason);

/* The X server's thread: watches the socket for what the viewer can use. Returns after how many milliseconds it wants
 * to be looked at again, VIEWER_IDLE, or VIEWER_ENDED if the connection is to be removed. */
int viewer_turn(struct viewer *v, uint64_t now_us);

/* The worker: sends what is due; lets go of the lock meanwhile. Returns after how many milliseconds it wants the next
 * turn, or VIEWER_IDLE if it waits for events only. */
int viewer_serve(struct viewer *v, struct worker *w);
/* The worker: the socket that has to take more bytes before anything else is sent, or -1. */
int viewer_waits_for(const struct viewer *v);

#endif
