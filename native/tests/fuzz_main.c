/*
 * Runs a fuzz target without libFuzzer: the inputs named as arguments, and changes of them. With clang and -Dfuzz=true
 * libFuzzer takes the place of this file and finds its own.
 */
#include <stdio.h>

#include "fuzz_change.h"

int main(int argc, char **argv) {
  static uint8_t input[FUZZ_INPUT_MAX];
  for (int i = 1; i < argc; i++) {
    FILE *f = fopen(argv[i], "re");
    if (!f) {
      perror(argv[i]);
      return 1;
    }
    size_t size = fread(input, 1, sizeof input, f);
    fclose(f);
    fuzz_with_changes(input, size);
  }
  return argc > 1 ? 0 : 2;
}
