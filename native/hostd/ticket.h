/*
 * Tickets: 256 random bits that turn one connection of the stream socket into the stream they were made for.
 */
#ifndef MOBIDESK_TICKET_H
#define MOBIDESK_TICKET_H

#include "error.h"

/* Runs on the connection's thread and may block; `fd` is borrowed. A failure is sent to the client as "error ...". */
typedef int (*ticket_stream)(int fd, void *data, struct error *err);

/* Makes a ticket, valid for one use and 10 seconds, that calls `stream(fd, data)` and then `release(data)`. When it is
 * never used only `release` is called. */
int ticket_issue(ticket_stream stream, void *data, void (*release)(void *), char ticket[MOBIDESK_TICKET_SIZE],
                 struct error *err);

/* Reads a ticket from a new connection and runs its stream. */
void ticket_redeem(int fd);

#endif
