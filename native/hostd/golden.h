/*
 * Golden checkpoints: a desktop that has booted once, and of which new sessions are made, in a fraction of the time of
 * a boot. One for each template, made in the background when a session of it was booted; kept in memory, its disk on
 * the storage tier. A copy gets what makes it somebody's before its first instruction: user, home, name, machine id,
 * cookies, host ids, address (docs/decisions/0016-golden-checkpoints.md).
 */
#ifndef MOBIDESK_GOLDEN_H
#define MOBIDESK_GOLDEN_H

#include "config.h"
#include "error.h"
#include "session.h"

/* Within the operation that creates `s`: makes it of a golden checkpoint. 1 when it runs, 0 when there is none for it,
 * -1 when it failed; then nothing of it is left, and it can be booted. */
int golden_create(const struct config *config, struct session *s, struct error *err);

/* A session like this one was booted: the next one should not have to be. Returns at once. */
void golden_want(const struct config *config, const struct spec *spec);

/* Whether that is the desktop that is booted to be copied: no session of anybody's. */
bool golden_is(const char *id);

/* Removes what an earlier daemon had. */
void golden_open(const struct config *config);

#endif
