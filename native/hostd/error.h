/*
 * Why something failed, as an out-parameter of every fallible function. Functions return -1 (or NULL) and fill it once;
 * callers add what they were doing with error_prefix.
 */
#ifndef MOBIDESK_ERROR_H
#define MOBIDESK_ERROR_H

#include <mobidesk.h>

struct error {
  int code;      /* enum mobidesk_code */
  int sys_errno; /* errno of the failing system call, or 0 */
  char message[MOBIDESK_MESSAGE_SIZE];
};

/* Sets code and message, no errno. Returns -1, so that callers can `return error_set(...)`. */
int error_set(struct error *err, enum mobidesk_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets what was tried and the current errno; ENOSPC, EDQUOT and ENOMEM become MOBIDESK_NO_SPACE, ETIMEDOUT
 * MOBIDESK_TIMEOUT, everything else MOBIDESK_INTERNAL. Returns -1. */
int error_sys(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "what: " before the message that is there. Returns -1. */
int error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
