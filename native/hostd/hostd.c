#include "hostd.h"

#include "event.h"
#include "files.h"
#include "gateway_ops.h"

#include <time.h>

static uint64_t opened_us;

uint64_t hostd_now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t hostd_uptime_us(void) { return hostd_now_us() - opened_us; }

int hostd_open(const struct config *config, struct error *err) {
  opened_us = hostd_now_us();
  if (files_make_dirs(config->run_dir, 0755, err) < 0 || files_make_dirs(config->state_dir, 0700, err) < 0)
    return -1;
  if (event_open(config->state_dir, err) < 0)
    return -1;
  return gateway_ops_open(config, err);
}

void hostd_close(const struct config *config) {
  (void)config;
  gateway_ops_close();
}
