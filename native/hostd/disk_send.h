/*
 * The source's part of a session disk that another server does not have on its storage. It is sent in passes
 * (disk_stream.h): while the session runs all of it, then what was written meanwhile, as often as that becomes less;
 * and when it has been stopped the rest. What was sent is known by its digests, so each pass reads all that is
 * allocated: reading and digests, on all processors, are what the last pass costs the stopped session, besides the
 * blocks that it sends.
 */
#ifndef MOBIDESK_DISK_SEND_H
#define MOBIDESK_DISK_SEND_H

#include "config.h"
#include "error.h"
#include "session.h"

#include <stdint.h>

/* Sends a pass to `fd`; `flags` as of mobidesk_disk_export. Waits for the dump of a session that runs when it is to be
 * the last. MOBIDESK_CONFLICT, MOBIDESK_BUSY. */
int disk_send(const struct config *config, const char *id, uint64_t epoch, uint32_t flags, int fd, uint64_t *bytes,
              struct error *err);

/* Within an operation, when the session goes on elsewhere: removes the disk here if it is what was sent there, to the
 * byte, and nobody has used it since. On storage that both servers share it is not. */
int disk_send_reap(const struct config *config, const struct session *s, struct error *err);

#endif
