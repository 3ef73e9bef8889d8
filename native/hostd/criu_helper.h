/*
 * Part of mobidesk-criu-peek.so: what CRIU's helpers in a dump do for it (criu_precopy.c).
 */
#ifndef MOBIDESK_CRIU_HELPER_H
#define MOBIDESK_CRIU_HELPER_H

#include <stdbool.h>

/* Starts the helper, if there is a table of pages and it was not started before: when all processes stand still. */
void criu_helper_start(void);

/* It was killed, or has ended. */
bool criu_helper_is_gone(void);

#endif
