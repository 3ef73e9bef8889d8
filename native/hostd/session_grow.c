#include "session_grow.h"

#include "checkpoint.h"
#include "disk.h"
#include "disk_grow.h"
#include "hostd.h"
#include "log.h"
#include "restore.h"
#include "session.h"

#include <limits.h>

/* The file first: what is written down there is the size that a session is entitled to. */
static int grow(const struct config *config, struct session *s, uint64_t epoch, uint64_t bytes, struct error *err) {
  char path[PATH_MAX];
  struct session_record next = s->record;
  if (session_check_epoch(s, epoch, err) < 0 || disk_path(config, next.spec.id, path, sizeof path, err) < 0 ||
      disk_grow_file(path, bytes, err) < 0)
    return -1;
  next.spec.disk_bytes = bytes;
  if (session_update(s, &next, err) < 0)
    return -1;
  return next.state == MOBIDESK_RUNNING ? disk_grow_mounted(config, next.device.path, err) : 0;
}

/* The disk is let go of, grows as it is mounted again, and the session goes on where it was. */
static int stop_and_go(const struct config *config, const struct spec *spec, struct error *err) {
  struct mobidesk_checkpoint_stats dumped;
  struct mobidesk_restore_stats restored;
  if (checkpoint_session(config, spec->id, spec->epoch, false, &dumped, err) < 0 ||
      restore_session(config, spec, &restored, err) < 0 ||
      restore_resume(config, spec->id, spec->epoch, &restored, err) < 0)
    return -1;
  log_info("disk-grown", "session=%s bytes=%lu stopped-us=%lu", spec->id, spec->disk_bytes,
           restored.running_at_us - dumped.stopped_at_us);
  return 0;
}

int session_grow(const struct config *config, const char *id, uint64_t epoch, uint64_t bytes, bool *stopped,
                 struct error *err) {
  struct session *s;
  uint64_t begun = hostd_now_us();
  *stopped = false;
  if (session_begin(id, &s, err) < 0)
    return -1;
  int r = grow(config, s, epoch, bytes, err);
  struct spec spec = s->record.spec;
  session_end(s);
  if (r == 0) {
    log_info("disk-grown", "session=%s bytes=%lu us=%lu", id, bytes, hostd_now_us() - begun);
    return 0;
  }
  if (err->code != MOBIDESK_UNSUPPORTED)
    return -1;
  *stopped = true;
  return stop_and_go(config, &spec, err);
}
