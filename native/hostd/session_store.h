/*
 * Records of sessions on disk: STATE_DIR/sessions/ID.json, replaced durably.
 */
#ifndef MOBIDESK_SESSION_STORE_H
#define MOBIDESK_SESSION_STORE_H

#include "session.h"

int session_store_write(const struct config *config, const struct session_record *record, struct error *err);
int session_store_remove(const struct config *config, const char *id, struct error *err);

/* Calls `each` with every record. One that does not parse is an error: it must not be overwritten by accident. */
int session_store_each(const struct config *config, int (*each)(const struct session_record *, struct error *),
                       struct error *err);

#endif
