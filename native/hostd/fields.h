/*
 * Strict reading of a request's members. Start a reader, take each member that the operation knows, then finish: a
 * member that was not taken, is of another type, or does not fit, is refused with MOBIDESK_INVALID and its name.
 */
#ifndef MOBIDESK_FIELDS_H
#define MOBIDESK_FIELDS_H

#include "error.h"

#include <jansson.h>
#include <stdint.h>

#define FIELDS_MAX 32

struct fields {
  json_t *object; /* borrowed */
  const char *taken[FIELDS_MAX];
  unsigned count;
};

void fields_begin(struct fields *f, json_t *object);

/* Required and optional string; optional ones that are absent or null give `fallback`. The pointer lives as long as the
 * object. Empty strings and strings with control characters are refused. */
int fields_string(struct fields *f, const char *name, const char **out, struct error *err);
int fields_string_or(struct fields *f, const char *name, const char *fallback, const char **out, struct error *err);

/* Integers of 0 to `max`; absent gives `fallback` in the second. */
int fields_integer(struct fields *f, const char *name, uint64_t max, uint64_t *out, struct error *err);
int fields_integer_or(struct fields *f, const char *name, uint64_t max, uint64_t fallback, uint64_t *out,
                      struct error *err);

/* A required array; borrowed. */
int fields_array(struct fields *f, const char *name, json_t **out, struct error *err);

/* Refuses what was not taken. "op" is known to everybody. */
int fields_end(const struct fields *f, struct error *err);

#endif
