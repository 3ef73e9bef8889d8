/*
 * viewer.h: one connection to a viewer.
 *
 * Flow control: pixels are read and encoded only while little is queued, and a frame begins only when the viewer has
 * acknowledged all but PROTOCOL_FRAMES_AHEAD of those before. So a viewer that stalls costs its regions and one short
 * queue; what it misses it gets as the newest state. Input is not read while output is stuck, so answers cannot pile
 * up.
 */
#ifndef MOBIDESK_DISPLAY_VIEWER_H
#define MOBIDESK_DISPLAY_VIEWER_H

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

#include "seat.h"

struct server;
struct viewer;

#define VIEWER_IDLE (-1)
#define VIEWER_ENDED (-2)

/* Microseconds of the session's monotonic clock, which a checkpoint does not disturb. */
uint64_t viewer_clock_us(void);

/* Serves the connected, non-blocking socket `fd`, which is the viewer's from here on; NULL without memory. */
struct viewer *viewer_init(struct server *server, int fd);
/* Closes the connection and releases the keys and buttons that were held down through it. */
void viewer_destroy(struct viewer *v);

/* What happened in the session; a viewer that has not said hello yet learns nothing. */
void viewer_damaged(struct viewer *v, pixman_region16_t *region);
void viewer_copied(struct viewer *v, const pixman_box16_t *boxes, unsigned count, int dx, int dy);
void viewer_resized(struct viewer *v);
void viewer_cursor_changed(struct viewer *v);
void viewer_bell(struct viewer *v, unsigned percent);
void viewer_pointer_moved(struct viewer *v, enum seat_movement movement, uint16_t x, uint16_t y);

/* Sends what is due. Returns after how many milliseconds it wants the next turn, VIEWER_IDLE if it waits for events
 * only, or VIEWER_ENDED if the connection is to be removed. */
int viewer_turn(struct viewer *v, uint64_t now_us);

#endif
