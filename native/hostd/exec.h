/*
 * Commands that are run inside a session from outside.
 */
#ifndef MOBIDESK_EXEC_H
#define MOBIDESK_EXEC_H

#include "config.h"
#include "error.h"
#include "session.h"

#include <jansson.h>

/* Makes a ticket whose stream runs `argv` (an array of strings) as the protocol describes. */
int exec_ticket(const struct config *config, const char *id, json_t *argv, uint32_t flags,
                char ticket[MOBIDESK_TICKET_SIZE], struct error *err);

/* Within an operation: ends all commands, tells their streams the reason, and waits until they are gone. */
void exec_end_all(struct session *s, const char *reason);

#endif
