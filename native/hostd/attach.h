/*
 * Viewers of a session: streams to its display driver.
 */
#ifndef MOBIDESK_ATTACH_H
#define MOBIDESK_ATTACH_H

#include "error.h"

/* Makes a ticket whose stream is the display of a session that runs. */
int attach_ticket(const char *id, char ticket[MOBIDESK_TICKET_SIZE], struct error *err);

#endif
