/*
 * Beginning and end of sessions.
 */
#ifndef MOBIDESK_SESSION_LIFE_H
#define MOBIDESK_SESSION_LIFE_H

#include "session.h"

/* Gives a session that runs the limits of `wanted`: nothing else of that is looked at. */
int session_limit(const struct config *config, const char *id, const struct spec *wanted, struct error *err);

/* Each is a whole operation, idempotent as mobidesk.h says. */
int session_create(const struct config *config, const struct spec *spec, json_t *reply, struct error *err);
int session_destroy(const struct config *config, const char *id, uint32_t flags, struct error *err);

/* After session_open_all: takes the sessions of an earlier daemon over, and announces those that are gone. */
int session_adopt_all(const struct config *config, struct error *err);

#endif
