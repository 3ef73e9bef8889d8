#include "cgroup_disk.h"

#include "cgroup.h"
#include "files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The first group of version 1, and what it has for each device. */
#define FIRST CGROUP_MOUNT "/blkio"

static const char *const rates[] = {FIRST "/blkio.throttle.read_bps_device", FIRST "/blkio.throttle.write_bps_device"};

/* Of version 2 this is told by the hierarchy's first group. */
static bool possible(void) {
  char controllers[512];
  struct error err;
  if (!cgroup_unified())
    return access(rates[0], F_OK) == 0;
  return files_read(CGROUP_MOUNT "/cgroup.controllers", controllers, sizeof controllers, &err) > 0 &&
         cgroup_has_controller(controllers, "io");
}

int cgroup_disk_check(uint64_t rate, struct error *err) {
  return rate == 0 || possible()
             ? 0
             : error_set(err, MOBIDESK_UNSUPPORTED,
                         "this kernel cannot limit how fast a session uses its disk: it has no control groups of "
                         "block devices (CONFIG_BLK_DEV_THROTTLING)");
}

static int number_of(const char *device, char *out, size_t size, struct error *err) {
  struct stat st;
  if (stat(device, &st) < 0)
    return error_sys(err, "examining `%s`", device);
  snprintf(out, size, "%u:%u", major(st.st_rdev), minor(st.st_rdev));
  return 0;
}

static int limit_v1(const char *number, uint64_t rate, struct error *err) {
  char text[64];
  snprintf(text, sizeof text, "%s %lu", number, rate);
  for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
    if (files_write(rates[i], text, err) < 0)
      return -1;
  return 0;
}

static int limit_unified(const struct config *config, const char *id, const char *number, uint64_t rate,
                         struct error *err) {
  char group[PATH_MAX], path[PATH_MAX], text[128];
  if (cgroup_path(group, sizeof group, config, NULL, id, err) < 0 ||
      files_path(path, sizeof path, err, "%s/io.max", group) < 0)
    return -1;
  /* A group that has ended has no limit any more. */
  if (rate == 0 && access(path, F_OK) < 0)
    return 0;
  snprintf(text, sizeof text, rate ? "%s rbps=%lu wbps=%lu" : "%s rbps=max wbps=max", number, rate, rate);
  return files_write(path, text, err);
}

int cgroup_disk_limit(const struct config *config, const char *id, const char *device, uint64_t rate,
                      struct error *err) {
  char number[32];
  if (!device[0] || (rate == 0 && !possible()))
    return 0;
  if (cgroup_disk_check(rate, err) < 0 || number_of(device, number, sizeof number, err) < 0)
    return -1;
  return cgroup_unified() ? limit_unified(config, id, number, rate, err) : limit_v1(number, rate, err);
}

int cgroup_disk_enter(pid_t pid, struct error *err) {
  char text[32];
  if (cgroup_unified() || !possible())
    return 0;
  snprintf(text, sizeof text, "%d", (int)pid);
  return files_write(FIRST "/cgroup.procs", text, err);
}

void cgroup_disk_forget(const char *device) {
  char number[32];
  struct error err;
  /* A device that cannot be examined is not limited by this daemon. */
  if (!cgroup_unified() && possible() && number_of(device, number, sizeof number, &err) == 0)
    limit_v1(number, 0, &err);
}
