/* fuzz_change.c: see fuzz_change.h. */
#include "fuzz_change.h"

#include <stdlib.h>
#include <string.h>

#define CHANGES 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned state = 1;

static unsigned draw(unsigned below) {
  state = state * 1103515245u + 12345u;
  return (state >> 8) % below;
}

static size_t change(uint8_t *data, size_t size) {
  switch (draw(4)) {
  case 0: /* cut */
    return size ? draw((unsigned)size) : 0;
  case 1: /* repeat a part */
    if (size > 1 && size < FUZZ_INPUT_MAX / 2) {
      size_t n = draw((unsigned)size);
      memcpy(data + size, data, n);
      return size + n;
    }
    return size;
  default: /* bytes */
    for (unsigned i = draw(4) + 1; i > 0 && size > 0; i--)
      data[draw((unsigned)size)] = (uint8_t)draw(256);
    return size;
  }
}

void fuzz_with_changes(const uint8_t *input, size_t size) {
  static uint8_t changed[FUZZ_INPUT_MAX];
  LLVMFuzzerTestOneInput(input, size);
  for (int n = 0; n < CHANGES; n++) {
    memcpy(changed, input, size);
    LLVMFuzzerTestOneInput(changed, change(changed, size));
  }
}
