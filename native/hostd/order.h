/*
 * What requests for a stream of a session's image or disk have in common: the session, its epoch, and a ticket for the
 * stream.
 */
#ifndef MOBIDESK_ORDER_H
#define MOBIDESK_ORDER_H

#include "config.h"
#include "error.h"
#include "ops.h"
#include "ticket.h"

#include <stdint.h>

struct order {
  const struct config *config;
  char id[MOBIDESK_ID_SIZE];
  uint64_t epoch;
  uint64_t flags; /* 0 where the operation has none */
};

/* Reads a request of a session and an epoch; the second, of flags of `most` besides, which need not be there. */
int order_read(struct call *call, struct order *o, struct error *err);
int order_read_flags(struct call *call, struct order *o, uint64_t most, struct error *err);

/* Replies with a ticket for `stream`, which is given a copy of the order. MOBIDESK_NOT_FOUND when the session is not
 * here. */
int order_issue(struct call *call, const struct order *o, ticket_stream stream, struct error *err);

/* For a stream that is received: a sender that is silent for so long is gone. */
void order_limit_silence(int fd, unsigned seconds);

#endif
