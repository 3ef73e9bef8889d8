/* buffer.c: see buffer.h. */
#include "buffer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void buffer_destroy(struct buffer *b) {
  free(b->bytes);
  *b = (struct buffer){0};
}

uint8_t *buffer_reserve(struct buffer *b, size_t length) {
  if (b->start > 0 && b->capacity - b->end < length) {
    memmove(b->bytes, b->bytes + b->start, buffer_length(b));
    b->end -= b->start;
    b->start = 0;
  }
  if (b->capacity - b->end < length) {
    size_t capacity = b->end + length;
    if (capacity < b->capacity * 2)
      capacity = b->capacity * 2;
    uint8_t *bytes = realloc(b->bytes, capacity);
    if (bytes == NULL)
      return NULL;
    b->bytes = bytes;
    b->capacity = capacity;
  }
  return b->bytes + b->end;
}

void buffer_commit(struct buffer *b, size_t length) {
  assert(length <= b->capacity - b->end);
  b->end += length;
}

void buffer_consume(struct buffer *b, size_t length) {
  assert(length <= buffer_length(b));
  b->start += length;
  if (b->start == b->end)
    b->start = b->end = 0;
}

void buffer_trim(struct buffer *b) {
  if (b->start == b->end)
    buffer_destroy(b);
}
