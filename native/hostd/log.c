#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

__attribute__((format(printf, 3, 0))) static void line(const char *level, const char *event, const char *format,
                                                       va_list args) {
  char text[2048], rest[1536], when[32];
  struct timespec now;
  struct tm utc;
  clock_gettime(CLOCK_REALTIME, &now);
  gmtime_r(&now.tv_sec, &utc);
  strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &utc);
  vsnprintf(rest, sizeof rest, format, args);
  for (char *c = rest; *c; c++)
    if (*c == '\n' || *c == '\r')
      *c = ' ';
  int n = snprintf(text, sizeof text, "%s.%03ldZ %s %s %s\n", when, now.tv_nsec / 1000000, level, event, rest);
  /* One write, so that lines of several threads do not mix. Nothing sensible can be done when it fails. */
  if (write(STDERR_FILENO, text, (size_t)n) < 0)
    return;
}

#define DEFINE_LEVEL(function, level)                                                                                  \
  void function(const char *event, const char *format, ...) {                                                          \
    va_list args;                                                                                                      \
    va_start(args, format);                                                                                            \
    line(level, event, format, args);                                                                                  \
    va_end(args);                                                                                                      \
  }

DEFINE_LEVEL(log_info, "info")
DEFINE_LEVEL(log_warning, "warning")
DEFINE_LEVEL(log_error, "error")
