/*
 * The target's part of a session disk that is not on its storage: the file that it comes into (disk_pass.h), which
 * becomes the session's disk when the last pass is whole, and who waits for that.
 */
#ifndef MOBIDESK_DISK_RECEIVE_H
#define MOBIDESK_DISK_RECEIVE_H

#include "config.h"
#include "error.h"
#include "session.h"

#include <jansson.h>
#include <stdbool.h>

/* What host.info says of this server's storage, and a source that was asked so: whether the disk of its sessions must
 * be sent here. `needs` may be NULL: then it need not. */
int disk_receive_coming(const struct config *config, const json_t *needs, uint32_t *coming, struct error *err);

/* Takes a pass for a session that was reserved, or whose image is here already. */
int disk_receive(const struct config *config, const char *id, uint64_t epoch, int fd, uint64_t *bytes,
                 struct error *err);

/* Within an operation, before the restore: waits for the last pass. MOBIDESK_NOT_FOUND when it does not come. */
int disk_receive_await(struct session *s, struct error *err);

/* Within an operation: what has come is not wanted any more; nothing of it ever ran. */
int disk_receive_undo(const struct config *config, const struct session *s, struct error *err);

/* Within an operation, of a session that runs: its disk survives a crash of the storage from now on. */
int disk_receive_settle(const struct config *config, const struct session *s, struct error *err);

#endif
