/*
 * Runs a fuzz target without libFuzzer: the inputs named as arguments, and changes of them, always the same ones. With
 * clang and -Dfuzz=true libFuzzer takes the place of this file and finds its own.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX 65536
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
    if (size > 1 && size < INPUT_MAX / 2) {
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

int main(int argc, char **argv) {
  static uint8_t input[INPUT_MAX], changed[INPUT_MAX];
  for (int i = 1; i < argc; i++) {
    FILE *f = fopen(argv[i], "re");
    if (!f) {
      perror(argv[i]);
      return 1;
    }
    size_t size = fread(input, 1, sizeof input, f);
    fclose(f);
    LLVMFuzzerTestOneInput(input, size);
    for (int n = 0; n < CHANGES; n++) {
      memcpy(changed, input, size);
      LLVMFuzzerTestOneInput(changed, change(changed, size));
    }
  }
  return argc > 1 ? 0 : 2;
}
