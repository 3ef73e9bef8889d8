/* Checks of the unit tests: a failure names the place and ends the program. */
#ifndef MOBIDESK_UNIT_H
#define MOBIDESK_UNIT_H

#include <stdio.h>
#include <stdlib.h>

#define check(condition, ...)                                                                                          \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      fprintf(stderr, "%s:%d: %s does not hold: ", __FILE__, __LINE__, #condition);                                    \
      fprintf(stderr, __VA_ARGS__);                                                                                    \
      fputc('\n', stderr);                                                                                             \
      exit(1);                                                                                                         \
    }                                                                                                                  \
  } while (0)

#endif
