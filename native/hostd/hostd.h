/*
 * The daemon as a whole: opens its parts in order, closes them in the other.
 */
#ifndef MOBIDESK_HOSTD_H
#define MOBIDESK_HOSTD_H

#include "config.h"
#include "error.h"

#include <stdint.h>

int hostd_open(const struct config *config, struct error *err);

/* Sessions, their network and images in memory stay. */
void hostd_close(const struct config *config);

/* Microseconds of CLOCK_MONOTONIC. */
uint64_t hostd_now_us(void);

/* Microseconds since hostd_open. */
uint64_t hostd_uptime_us(void);

#endif
