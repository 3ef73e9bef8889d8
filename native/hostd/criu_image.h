/*
 * Files of a CRIU image, changed in place: protobuf messages behind a magic number (criu/include/magic.h and images/ of
 * its source of CRIU 4.2). Only what keeps its length is changed.
 */
#ifndef MOBIDESK_CRIU_IMAGE_H
#define MOBIDESK_CRIU_IMAGE_H

#include "error.h"

#include <stdbool.h>
#include <stdint.h>

struct criu_span {
  unsigned char *at, *end;
};

/* A field of a protobuf message: number and value with its place, or the span of what has a length. */
struct criu_field {
  unsigned number;
  uint64_t value;
  struct criu_span value_at, content;
};

/* False at the end, or when the rest is no protobuf. */
bool criu_field_next(struct criu_span *s, struct criu_field *f);

/* Writes another value into the bytes of a field's value, however long they are; false when it does not fit. */
bool criu_field_set(const struct criu_field *f, uint64_t value);

/* Calls `edit` for each message of the file. MOBIDESK_UNSUPPORTED when the file is not of that magic. */
int criu_image_edit(const char *path, uint32_t magic, void (*edit)(struct criu_span message), struct error *err);

#endif
