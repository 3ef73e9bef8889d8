/* lateness.h: how late things were, as a histogram of 10 us steps. Values are nanoseconds, results microseconds. */
#ifndef MOBIDESK_LATENESS_H
#define MOBIDESK_LATENESS_H

#include <stdint.h>

#define LATENESS_STEP_US 10
#define LATENESS_STEPS 10000 /* to 100 ms; what is later counts into the last */

struct lateness {
  uint64_t count[LATENESS_STEPS];
  uint64_t total;
  int64_t max; /* ns */
};

static inline void lateness_add(struct lateness *l, int64_t nanoseconds) {
  int64_t step = nanoseconds < 0 ? 0 : nanoseconds / (LATENESS_STEP_US * 1000);
  l->count[step < LATENESS_STEPS ? step : LATENESS_STEPS - 1]++;
  l->total++;
  if (nanoseconds > l->max)
    l->max = nanoseconds;
}

/* Upper edge of the step that the quantile (0 to 1) is in, us; 0 when there is nothing. */
static inline long lateness_quantile(const struct lateness *l, double quantile) {
  uint64_t seen = 0;
  for (int step = 0; l->total > 0 && step < LATENESS_STEPS; step++) {
    seen += l->count[step];
    if ((double)seen >= quantile * (double)l->total)
      return (step + 1L) * LATENESS_STEP_US;
  }
  return 0;
}

#endif
