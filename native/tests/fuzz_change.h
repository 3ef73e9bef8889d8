/* fuzz_change.h: inputs of a fuzz target where there is no libFuzzer. */
#ifndef MOBIDESK_TESTS_FUZZ_CHANGE_H
#define MOBIDESK_TESTS_FUZZ_CHANGE_H

#include <stddef.h>
#include <stdint.h>

#define FUZZ_INPUT_MAX 65536

/* Runs the target with the input, at most FUZZ_INPUT_MAX bytes, and with changes of it, always the same ones. */
void fuzz_with_changes(const uint8_t *input, size_t size);

#endif
