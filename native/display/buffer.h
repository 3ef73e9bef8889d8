/*
 * buffer.h: a byte queue in one piece of memory; what is read leaves at the front, what is written is added at the end.
 *
 * Not thread-safe. The memory is kept until buffer_destroy, or until buffer_trim finds it empty.
 */
#ifndef MOBIDESK_DISPLAY_BUFFER_H
#define MOBIDESK_DISPLAY_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
  uint8_t *bytes;
  size_t start, end, capacity;
};

void buffer_destroy(struct buffer *b);

static inline size_t buffer_length(const struct buffer *b) { return b->end - b->start; }
static inline const uint8_t *buffer_front(const struct buffer *b) { return b->bytes + b->start; }

/* Makes room for `length` more bytes and returns where they go, or NULL without memory. Addresses got before are void.
 */
uint8_t *buffer_reserve(struct buffer *b, size_t length);
/* `length` bytes, at most what was reserved, have been written. */
void buffer_commit(struct buffer *b, size_t length);
/* The first `length` bytes have been read. */
void buffer_consume(struct buffer *b, size_t length);
/* Gives the memory of an empty buffer back. */
void buffer_trim(struct buffer *b);

#endif
