/*
 * Operations gateway.route, hold, release and forget of the control socket, and the gateway that they act on.
 */
#ifndef MOBIDESK_GATEWAY_OPS_H
#define MOBIDESK_GATEWAY_OPS_H

#include "config.h"
#include "error.h"

/* Opens the gateway of a daemon whose role includes it; does nothing otherwise. Before any operation is served. */
int gateway_ops_open(const struct config *config, struct error *err);
/* Routes stay; held packets are lost. After the last operation. */
void gateway_ops_close(void);

#endif
