/* none.c: RAW encoding 0, the pixels as they are. */
#include "encoding.h"

#include <string.h>

size_t enc_none(const uint8_t *pixels, size_t length, uint8_t *out, size_t capacity) {
  if (length > capacity)
    return 0;
  memcpy(out, pixels, length);
  return length;
}
