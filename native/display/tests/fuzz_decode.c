/*
 * fuzz_decode.c: libFuzzer target of the decoder, in both directions, as a connection would call it: message after
 * message, until bytes are missing or the connection would be closed. What decodes must encode, and decode to the same
 * again.
 */
#include <stdlib.h>
#include <string.h>

#include "../protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(enum direction direction, const struct message *m) {
  const size_t size = protocol_size(m);
  struct message again;
  size_t consumed = 0;
  const char *error = NULL;
  uint8_t *first = malloc(size), *second = malloc(size);
  protocol_encode(m, first);
  if (protocol_decode(direction, first, size, &again, &consumed, &error) != DECODE_MESSAGE || consumed != size)
    abort();
  protocol_encode(&again, second);
  if (protocol_size(&again) != size || memcmp(first, second, size) != 0)
    abort();
  free(first);
  free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  const enum direction direction = data[0] & 1 ? TO_VIEWER : TO_SESSION;
  for (data++, size--;;) {
    struct message m;
    size_t consumed = 0;
    const char *error = NULL;
    const enum decode_result result = protocol_decode(direction, data, size, &m, &consumed, &error);
    if (result == DECODE_ERROR && error == NULL)
      abort();
    if (result == DECODE_ERROR || result == DECODE_INCOMPLETE)
      return 0;
    if (consumed == 0 || consumed > size)
      abort();
    if (result == DECODE_MESSAGE) {
      protocol_fits(&m, 1280, 800, &error);
      check_round_trip(direction, &m);
    }
    data += consumed;
    size -= consumed;
  }
}
