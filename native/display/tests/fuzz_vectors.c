/*
 * fuzz_vectors.c: runs the fuzz target of the decoder without libFuzzer: each message of the test vectors in both
 * directions, and changes of it, always the same ones.
 *
 *   fuzz_display FILE.json...
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tests/fuzz_change.h"

static size_t from_hex(const char *hex, uint8_t *out, size_t most) {
  size_t length = 0;
  unsigned byte;
  for (; length < most && sscanf(hex, "%2x", &byte) == 1; hex += 2)
    out[length++] = (uint8_t)byte;
  return length;
}

int main(int argc, char **argv) {
  static uint8_t input[FUZZ_INPUT_MAX];
  size_t count = 0;
  for (int i = 1; i < argc; i++) {
    json_error_t error;
    json_t *vectors = json_load_file(argv[i], 0, &error), *vector;
    size_t k;
    if (vectors == NULL) {
      fprintf(stderr, "%s: %s\n", argv[i], error.text);
      return EXIT_FAILURE;
    }
    json_array_foreach(vectors, k, vector) {
      const char *hex = json_string_value(json_object_get(vector, "hex"));
      const size_t size = 1 + from_hex(hex, input + 1, sizeof input - 1);
      for (input[0] = 0; input[0] < 2; input[0]++) /* the direction */
        fuzz_with_changes(input, size);
      count++;
    }
    json_decref(vectors);
  }
  printf("%zu messages\n", count);
  return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
