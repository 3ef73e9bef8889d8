/*
 * Operations of the control socket: name and handler. Each part of the daemon has a table; the dispatcher looks a
 * request's "op" up in all of them. Handlers run on the thread of their connection and may block.
 */
#ifndef MOBIDESK_OPS_H
#define MOBIDESK_OPS_H

#include "config.h"
#include "error.h"

#include <jansson.h>

struct call {
  const struct config *config;
  json_t *request; /* the whole object, borrowed */
  json_t *reply;   /* an empty object that the handler fills: the content of "ok" */
};

struct op {
  const char *name; /* NULL ends a table */
  int (*run)(struct call *call, struct error *err);
};

extern const struct op host_ops[];
extern const struct op session_ops[];
extern const struct op image_ops[];
extern const struct op disk_ops[];
extern const struct op gateway_ops[]; /* present when the role includes gateway */

/* Runs the operation that `call->request` names. */
int ops_dispatch(struct call *call, struct error *err);

#endif
