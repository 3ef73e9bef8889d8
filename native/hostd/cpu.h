/*
 * Features of this machine's processors. A process that has chosen its code by them cannot go on where one is missing.
 */
#ifndef MOBIDESK_CPU_H
#define MOBIDESK_CPU_H

#include "error.h"

#include <stddef.h>

#define CPU_FEATURES_SIZE 8192

/* The words of "flags" (or "Features") in /proc/cpuinfo. */
int cpu_features(char *out, size_t size, struct error *err);

/* MOBIDESK_UNSUPPORTED, with the names of those of `features` that are missing here. */
int cpu_check(const char *features, struct error *err);

#endif
