/*
 * Features of this machine's processors. A process that has chosen its code by them cannot go on where one is missing.
 */
#ifndef MOBIDESK_CPU_H
#define MOBIDESK_CPU_H

#include "error.h"

#include <stddef.h>

#define CPU_FEATURES_SIZE 8192
#define CPU_MISSING_SIZE 256

/* The words of "flags" (or "Features") in /proc/cpuinfo. */
int cpu_features(char *out, size_t size, struct error *err);

/* Those of `features` that are missing here and that programs can tell; an empty text when there are none. */
int cpu_missing(const char *features, char out[CPU_MISSING_SIZE], struct error *err);

/*
 * A baseline is a level of the x86-64 psABI, and what a pool of servers has beyond it: "x86-64-v2",
 * "x86-64-v3+aes+pclmulqdq". A session that is pinned to one may run only where programs see exactly that, so that none
 * of them chooses what another server of the pool lacks.
 *
 * MOBIDESK_INVALID when it is none; MOBIDESK_UNSUPPORTED when this server's processors lack some of it, or have (and
 * show) more, with the names.
 */
int cpu_check_baseline(const char *baseline, struct error *err);

/* The same for a processor that has `features`. */
int cpu_compare_baseline(const char *baseline, const char *features, struct error *err);

#endif
