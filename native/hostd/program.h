/*
 * Runs a program of the host, without a shell, and waits for it.
 */
#ifndef MOBIDESK_PROGRAM_H
#define MOBIDESK_PROGRAM_H

#include "error.h"

/* `argv` ends with NULL; argv[0] is looked up in PATH. What it prints becomes part of the error when it fails. */
int program_run(const char *const *argv, struct error *err);

#endif
