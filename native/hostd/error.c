#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int code_of_errno(int number) {
  switch (number) {
  case ENOSPC:
  case EDQUOT:
  case ENOMEM:
    return MOBIDESK_NO_SPACE;
  case ETIMEDOUT:
    return MOBIDESK_TIMEOUT;
  default:
    return MOBIDESK_INTERNAL;
  }
}

int error_set(struct error *err, enum mobidesk_code code, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(err->message, sizeof err->message, format, args);
  va_end(args);
  err->code = code;
  err->sys_errno = 0;
  return -1;
}

int error_sys(struct error *err, const char *format, ...) {
  int number = errno;
  char what[MOBIDESK_MESSAGE_SIZE - 128];
  va_list args;
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  snprintf(err->message, sizeof err->message, "%s: %s", what, strerrordesc_np(number) ? strerrordesc_np(number) : "?");
  err->code = code_of_errno(number);
  err->sys_errno = number;
  errno = number;
  return -1;
}

int error_prefix(struct error *err, const char *format, ...) {
  char what[256];
  char old[sizeof err->message];
  va_list args;
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  memcpy(old, err->message, sizeof old);
  snprintf(err->message, sizeof err->message, "%s: %.*s", what, (int)(sizeof err->message - sizeof what - 4), old);
  return -1;
}
