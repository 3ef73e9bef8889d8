/*
 * The daemon's two sockets (docs/hostd-protocol.md): control requests, one thread for each connection, and streams.
 */
#ifndef MOBIDESK_SERVER_H
#define MOBIDESK_SERVER_H

#include "config.h"
#include "error.h"

/* Listens and serves until `stop_fd` is readable (a signalfd). Connections that are open then are left to the process's
 * end. */
int server_run(const struct config *config, int stop_fd, struct error *err);

#endif
