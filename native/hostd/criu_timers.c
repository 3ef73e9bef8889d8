#include "criu_timers.h"

#include "criu_image.h"
#include "files.h"

#include <limits.h>
#include <stddef.h>

#define FILES_MAGIC 0x56303138u

/* images/fdinfo.proto and timerfd.proto: numbers of fields */
enum { FILE_TIMERFD = 12, TIMER_TICKS = 5, TIMER_VSEC = 7, TIMER_VNSEC = 8, TIMER_ISEC = 9, TIMER_INSEC = 10 };

static void rearm(struct criu_span timer) {
  uint64_t ticks = 0, left = 0, interval = 0;
  unsigned char *nanoseconds = NULL;
  for (struct criu_field f; criu_field_next(&timer, &f);) {
    if (f.number == TIMER_TICKS)
      ticks = f.value;
    if (f.number == TIMER_VSEC || f.number == TIMER_VNSEC)
      left |= f.value;
    if (f.number == TIMER_ISEC || f.number == TIMER_INSEC)
      interval |= f.value;
    if (f.number == TIMER_VNSEC)
      nanoseconds = f.value_at.at;
  }
  /* Zero is one byte, and so is one. */
  if (ticks && interval && !left && nanoseconds)
    *nanoseconds = 1;
}

static void rearm_entry(struct criu_span entry) {
  for (struct criu_field f; criu_field_next(&entry, &f);)
    if (f.number == FILE_TIMERFD && f.content.at)
      rearm(f.content);
}

int criu_timers_rearm(const char *dir, struct error *err) {
  char path[PATH_MAX];
  return files_path(path, sizeof path, err, "%s/files.img", dir) < 0
             ? -1
             : criu_image_edit(path, FILES_MAGIC, rearm_entry, err);
}
