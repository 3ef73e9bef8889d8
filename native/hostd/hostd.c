#include "hostd.h"

#include "cgroup.h"
#include "criu.h"
#include "event.h"
#include "fault.h"
#include "files.h"
#include "gateway_ops.h"
#include "golden.h"
#include "image.h"
#include "links.h"
#include "pod_exec.h"
#include "rcu.h"
#include "session.h"
#include "session_life.h"
#include "template.h"

#include <limits.h>
#include <time.h>

static uint64_t opened_us;

uint64_t hostd_now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t hostd_uptime_us(void) { return hostd_now_us() - opened_us; }

static int open_server(const struct config *config, struct error *err) {
  char mounts[PATH_MAX];
  if (files_path(mounts, sizeof mounts, err, "%s/mnt", config->run_dir) < 0 || files_make_dirs(mounts, 0700, err) < 0 ||
      files_make_dirs(config->storage_dir, 0700, err) < 0)
    return -1;
  if (pod_exec_open(config, err) < 0 || image_open(config, err) < 0 || criu_open(config, err) < 0 ||
      links_open(config, err) < 0)
    return -1;
  if (session_open_all(config, err) < 0 || session_adopt_all(config, err) < 0)
    return -1;
  golden_open(config);
  return 0;
}

int hostd_open(const struct config *config, struct error *err) {
  opened_us = hostd_now_us();
  if (files_make_dirs(config->run_dir, 0755, err) < 0 || files_make_dirs(config->state_dir, 0700, err) < 0 ||
      event_open(config->state_dir, err) < 0)
    return -1;
  fault_open(config->run_dir);
  rcu_open(config->run_dir);
  if (config->server && open_server(config, err) < 0)
    return -1;
  return gateway_ops_open(config, err);
}

void hostd_close(const struct config *config) {
  gateway_ops_close();
  if (!config->server)
    return;
  links_close();
  template_unmount_all(config);
  cgroup_remove_root(config);
}
