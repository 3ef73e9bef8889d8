/*
 * What a session may depend on after it has run on a server: processor, kernel, CRIU. It is in the manifest of an
 * image, and a target is asked for it when it is reserved, so that one that lacks something refuses before anything is
 * stopped.
 *
 * As JSON: {"architecture", "kernel", "cpu_features": "words of /proc/cpuinfo", "kernel_features": [...],
 * "criu_version"}.
 */
#ifndef MOBIDESK_NEEDS_H
#define MOBIDESK_NEEDS_H

#include "error.h"

#include <jansson.h>

/* What this server has. A new reference; NULL on failure. */
json_t *needs_of_host(struct error *err);

/* MOBIDESK_UNSUPPORTED, with the names of all that is in `needs` and not here. */
int needs_check(const json_t *needs, struct error *err);

#endif
