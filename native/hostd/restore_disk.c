#include "restore_disk.h"

#include "clean.h"
#include "disk.h"
#include "disk_grow.h"
#include "disk_lease.h"
#include "disk_repair.h"
#include "disk_snapshot.h"
#include "log.h"

#include <fcntl.h>
#include <limits.h>

/* Bytes of a disk that are copied while the applications stand still, where that
 * is no reflink. They are not in the page cache (sessions read by direct I/O): 0.5 to 1.5 GB/s, so 35 ms at most. */
#define GUARD_BYTES (16u << 20)

/* Who dumped a session takes its disk back from a target that held it and does not answer any more: nothing ran there.
 */
static int take_back(const struct config *config, const struct session *s, struct error *err) {
  struct disk_lease lease;
  struct disk_copy copy;
  const char *id = s->record.spec.id;
  if (s->record.image_origin != IMAGE_DUMPED || disk_lease_read(config, id, &lease, err) < 0 || lease.confirmed)
    return -1;
  log_warning("disk-fenced", "session=%s message=\"taken back from %s\"", id, lease.place);
  return disk_fence(config, id, &copy, err) < 0 ? -1 : disk_lease_take(config, id, s->record.spec.epoch, err);
}

int restore_disk_take(const struct config *config, const struct session *s, const struct spec *spec,
                      uint64_t generation, struct error *err) {
  char path[PATH_MAX];
  struct disk_lease lease;
  bool repaired;
  if (disk_check(config, spec->id, err) < 0 || disk_path(config, spec->id, path, sizeof path, err) < 0)
    return -1;
  if (disk_lease_take(config, spec->id, spec->epoch, err) < 0 &&
      (err->code != MOBIDESK_CONFLICT || take_back(config, s, err) < 0))
    return -1;
  if (disk_lease_read(config, spec->id, &lease, err) < 0)
    return -1;
  if (lease.generation != generation)
    return error_set(err, MOBIDESK_CONFLICT,
                     "session `%s` has run on its disk since its image of epoch %lu was made: put the snapshot of that "
                     "epoch in the disk's place first (disk.restore)",
                     spec->id, spec->epoch);
  return disk_repair(path, &repaired, err) < 0 ? -1 : disk_grow_unmounted(path, err);
}

void restore_disk_guard(const struct config *config, const char *id, uint64_t epoch) {
  struct disk_copy copy;
  struct error err;
  char path[PATH_MAX];
  if (disk_path(config, id, path, sizeof path, &err) < 0)
    return;
  if (!disk_copy_is_small(path, GUARD_BYTES) && !disk_copy_shares(path, config->storage_dir))
    log_info("disk-not-guarded", "session=%s message=\"the storage has no reflinks, and a copy more than %u bytes\"",
             id, GUARD_BYTES);
  else if (disk_snapshot_take(config, id, epoch, &copy, &err) < 0)
    log_warning("disk-not-guarded", "session=%s message=\"%s\"", id, err.message);
  else
    log_info("disk-guarded", "session=%s bytes=%lu shared=%d us=%lu", id, copy.bytes, copy.shared, copy.us);
}

void restore_disk_revert(const struct config *config, const char *id, uint64_t epoch) {
  struct disk_copy copy;
  struct error err;
  bool stored = disk_snapshot_present(config, id, epoch);
  if (disk_snapshot_keep(config, id, epoch, &err) < 0 || disk_snapshot_put_back(config, id, epoch, &copy, &err) < 0 ||
      (!stored && disk_snapshot_remove(config, id, epoch, &err) < 0))
    log_warning("disk-not-reverted", "session=%s message=\"%s\"", id, err.message);
}

void restore_disk_unguard(const struct config *config, const char *id, uint64_t epoch) {
  struct error err;
  if (!disk_snapshot_present(config, id, epoch) && disk_snapshot_remove(config, id, epoch, &err) < 0)
    log_warning("disk-guard", "session=%s message=\"%s\"", id, err.message);
}
