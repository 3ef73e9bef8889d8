/*
 * Runs a program of the host, without a shell, and waits for it.
 */
#ifndef MOBIDESK_PROGRAM_H
#define MOBIDESK_PROGRAM_H

#include "error.h"

#include <stddef.h>

/* `argv` ends with NULL; argv[0] is looked up in PATH. What it prints becomes part of the error when it fails. */
int program_run(const char *const *argv, struct error *err);

/* As program_run, for programs whose exit status says more than yes or no: 0 to 255, or 128 + signal. Fails only when
 * it could not be run. `output` gets the beginning of what it prints, in one line. */
int program_status(const char *const *argv, int *status, char *output, size_t size, struct error *err);

#endif
