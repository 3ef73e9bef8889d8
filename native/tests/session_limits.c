/*
 * Limits of a session: set when it is created, changed while it runs, kept by a restart of the daemon and by a move;
 * too little memory is refused; processes that are killed for want of memory are reported; no more is written to its
 * disk than it may.
 */
#include "session_lab.h"

#include "clean.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define ID "ada-1"
#define ADDRESS "10.74.1.9"
#define MIB (1ull << 20)
#define PATIENCE_US 120000000

static struct session_lab lab;
static uint64_t epoch = 1;
static uint64_t disk_rate; /* in all that is asked for */
static int here;

/* First line of a file of the session's group; by the names of version 1 or 2. */
static const char *value(const char *controller, const char *v1, const char *v2) {
  static char text[128];
  char path[PATH_MAX];
  site_group_path(&lab.servers[here], ID, controller, lab_unified_groups() ? v2 : v1, path, sizeof path);
  cleanup_file FILE *f = fopen(path, "re");
  check(f && fgets(text, sizeof text, f), "reading %s", path);
  text[strcspn(text, "\n")] = '\0';
  return text;
}

/* The loop device of its disk, as "MAJOR:MINOR". */
static void disk_number(char *out, size_t size) {
  char path[PATH_MAX], device[64] = "";
  struct stat st;
  site_path(&lab.servers[here], "state/sessions/" ID ".json", path, sizeof path);
  cleanup_file FILE *f = fopen(path, "re");
  char record[8192] = "";
  check(f && fread(record, 1, sizeof record - 1, f) > 0, "reading %s", path);
  const char *at = strstr(record, "\"device\":");
  check(at && sscanf(strchr(at, ':') + 1, " \"%63[^\"]", device) == 1 && stat(device, &st) == 0, "no device in %s",
        record);
  snprintf(out, size, "%u:%u", major(st.st_rdev), minor(st.st_rdev));
}

/* What limits the writing of its disk; 0: nothing. */
static unsigned long write_rate(void) {
  char path[PATH_MAX], number[32], line[256];
  bool unified = lab_unified_groups();
  disk_number(number, sizeof number);
  if (unified)
    site_group_path(&lab.servers[here], ID, "io", "io.max", path, sizeof path);
  else
    snprintf(path, sizeof path, "/sys/fs/cgroup/blkio/blkio.throttle.write_bps_device");
  cleanup_file FILE *f = fopen(path, "re");
  while (f && fgets(line, sizeof line, f)) {
    size_t n = strlen(number);
    if (strncmp(line, number, n) != 0 || line[n] != ' ')
      continue;
    const char *value = unified ? strstr(line, "wbps=") : line + n;
    return value ? strtoul(value + (unified ? 5 : 1), NULL, 10) : 0;
  }
  return 0;
}

static unsigned long throttled(void) {
  char path[PATH_MAX], line[128];
  unsigned long count = 0;
  site_group_path(&lab.servers[here], ID, "cpu", "cpu.stat", path, sizeof path);
  cleanup_file FILE *f = fopen(path, "re");
  while (f && fgets(line, sizeof line, f))
    if (sscanf(line, "nr_throttled %lu", &count) == 1)
      break;
  return count;
}

static void expect(uint64_t memory, uint32_t millis, uint32_t pids) {
  char text[64];
  check(strtoull(value("memory", "memory.limit_in_bytes", "memory.max"), NULL, 10) == memory, "memory %s, not %lu",
        value("memory", "memory.limit_in_bytes", "memory.max"), (unsigned long)memory);
  check(strtoul(value("pids", "pids.max", "pids.max"), NULL, 10) == pids, "pids %s",
        value("pids", "pids.max", "pids.max"));
  if (lab_unified_groups())
    snprintf(text, sizeof text, millis ? "%u 100000" : "max 100000", millis * 100);
  else
    snprintf(text, sizeof text, millis ? "%u" : "-1", millis * 100);
  check(strcmp(value("cpu", "cpu.cfs_quota_us", "cpu.max"), text) == 0, "processor %s, not %s",
        value("cpu", "cpu.cfs_quota_us", "cpu.max"), text);
}

static mobidesk_session_spec spec(uint64_t memory, uint32_t millis, uint32_t pids) {
  return (mobidesk_session_spec){.id = ID,
                                 .template_id = lab.template_id,
                                 .user = "ada",
                                 .address = ADDRESS,
                                 .epoch = epoch,
                                 .disk_bytes = 256 * MIB,
                                 .memory_bytes = memory,
                                 .cpu_millis = millis,
                                 .pids = pids,
                                 .disk_rate = disk_rate};
}

static int limit(uint64_t memory, uint32_t millis, uint32_t pids, mobidesk_error *err) {
  mobidesk_limits limits = {.memory_bytes = memory, .cpu_millis = millis, .pids = pids, .disk_rate = disk_rate};
  return mobidesk_session_limit(lab.servers[here].m, ID, &limits, err);
}

static int exhaust(const char *what, char *out, size_t size) {
  const char *argv[] = {"confine", "exhaust", what, NULL};
  return site_exec(&lab.servers[here], ID, MOBIDESK_EXEC_ROOT, argv, out, size);
}

/* A tenth of a processor: the kernel makes it wait. */
static void expect_throttled(void) {
  char out[256];
  unsigned long before = throttled();
  check(exhaust("processor", out, sizeof out) == 0, "computing: %s", out);
  check(throttled() > before, "it never waited for the processor");
}

/* Faster than that it cannot be, however fast the machine is; the kernel counts in slices of a tenth of a second. */
static void expect_slow_disk(void) {
  char out[256];
  uint64_t begun = lab_now_us();
  check(write_rate() == disk_rate, "%lu bytes a second, not %lu", write_rate(), (unsigned long)disk_rate);
  check(exhaust("disk-bandwidth", out, sizeof out) == 0, "writing: %s", out);
  uint64_t us = lab_now_us() - begun, bytes = strtoull(out, NULL, 10);
  printf("disk: %lu bytes in %lu ms\n", (unsigned long)bytes, (unsigned long)us / 1000);
  check(bytes > 0 && us > bytes * 1000000 / disk_rate / 2, "%lu bytes in %lu us", (unsigned long)bytes,
        (unsigned long)us);
}

/* 64 MiB of files in memory cannot be taken back. */
static void expect_refused(void) {
  char out[256];
  mobidesk_error err;
  check(exhaust("shared-memory-kept", out, sizeof out) == 0, "filling memory: %s", out);
  int r = limit(32 * MIB, 0, 77, &err);
  check(r < 0 && err.code == MOBIDESK_CONFLICT, "code %d, %s", err.code, err.message);
  printf("refused: %s\n", err.message);
}

static void expect_invalid(void) {
  mobidesk_error err;
  int r = limit(MIB, 0, 0, &err);
  check(r < 0 && err.code == MOBIDESK_INVALID, "code %d, %s", err.code, err.message);
  r = limit(0, 1, 0, &err);
  check(r < 0 && err.code == MOBIDESK_INVALID, "code %d, %s", err.code, err.message);
}

/* Only in the session something dies, and that is told. */
static void expect_reported(void) {
  char out[256], path[PATH_MAX];
  mobidesk_error err;
  mobidesk_event e;
  mobidesk_session s;
  mobidesk *m;
  struct site *site = &lab.servers[here];
  check(exhaust("memory", out, sizeof out) == 0 && strcmp(out, "killed 9\n") == 0, "taking all memory: %s", out);
  snprintf(path, sizeof path, "%s/run/hostd.sock", site->dir);
  works(mobidesk_connect(path, &m, &err), &err);
  works(mobidesk_events_subscribe(m, 0, &err), &err);
  do
    check(mobidesk_events_next(m, PATIENCE_US / 1000, &e, &err) == 1, "nobody tells that memory ran out");
  while (e.kind != MOBIDESK_EVENT_OUT_OF_MEMORY);
  printf("event: %s\n", e.message);
  check(strcmp(e.session, ID) == 0 && e.exit_status > 0 && strstr(e.message, "memory"), "event of %s: %s", e.session,
        e.message);
  mobidesk_close(m);
  works(mobidesk_session_show(site->m, ID, &s, &err), &err);
  check(s.state == MOBIDESK_RUNNING, "state %d", s.state);
}

static void move(uint64_t memory, uint32_t millis, uint32_t pids) {
  mobidesk_session_spec wanted = spec(memory, millis, pids);
  site_move(&lab, here, 1 - here, &wanted);
  here = 1 - here;
  epoch++;
}

/* Given at creation, raised and lowered while it runs, kept by a restart of the daemon and by a move, and taken away.
 */
static void expect_disk_rates(void) {
  mobidesk_error err;
  mobidesk_session s;
  char path[PATH_MAX], number[32];
  if (!lab_unified_groups() && access("/sys/fs/cgroup/blkio/blkio.throttle.write_bps_device", F_OK) < 0) {
    puts("disk: this kernel has no limits of block devices");
    return;
  }
  disk_rate = 4 * MIB;
  epoch = 1;
  mobidesk_session_spec first = spec(192 * MIB, 0, 200);
  works(mobidesk_session_create(lab.servers[here].m, &first, &s, &err), &err);
  expect_slow_disk();
  disk_rate = 6 * MIB;
  works(limit(0, 0, 0, &err), &err);
  expect_slow_disk();
  site_kill(&lab.servers[here]);
  site_start(&lab.servers[here]);
  check(write_rate() == disk_rate, "after a restart of the daemon: %lu", write_rate());
  works(mobidesk_session_sync(lab.servers[here].m, ID, epoch, &err), &err);
  check(write_rate() == disk_rate, "after a sync: %lu", write_rate());
  move(192 * MIB, 0, 200);
  expect_slow_disk();
  disk_rate = 1;
  int r = limit(0, 0, 0, &err);
  check(r < 0 && err.code == MOBIDESK_INVALID, "code %d, %s", err.code, err.message);
  disk_rate = 0;
  works(limit(0, 0, 0, &err), &err);
  check(write_rate() == 0, "no limit, but %lu", write_rate());
  disk_rate = 4 * MIB;
  works(limit(0, 0, 0, &err), &err);
  disk_number(number, sizeof number);
  works(mobidesk_session_destroy(lab.servers[here].m, ID, 0, &err), &err);
  /* Of a device that is free again nothing stays behind. */
  if (!lab_unified_groups()) {
    snprintf(path, sizeof path, "grep -q '^%s ' /sys/fs/cgroup/blkio/blkio.throttle.write_bps_device", number);
    check(system(path) != 0, "%s is still limited", number);
  }
}

int main(int argc, char **argv) {
  mobidesk_error err;
  mobidesk_session s;
  session_lab_open(&lab, argc, argv, 256 * MIB);
  mobidesk_session_spec first = spec(192 * MIB, 0, 200);
  works(mobidesk_session_create(lab.servers[here].m, &first, &s, &err), &err);
  expect(192 * MIB, 0, 200);
  works(limit(160 * MIB, 100, 150, &err), &err);
  expect(160 * MIB, 100, 150);
  expect_throttled();
  /* What a restart of the daemon reads is what it sets again where it undoes a move. */
  site_kill(&lab.servers[here]);
  site_start(&lab.servers[here]);
  expect(160 * MIB, 100, 150);
  move(160 * MIB, 1500, 150);
  expect(160 * MIB, 1500, 150);
  expect_invalid();
  expect_refused();
  expect(160 * MIB, 1500, 150);
  expect_reported();
  works(limit(256 * MIB, 0, 100, &err), &err);
  expect(256 * MIB, 0, 100);
  works(mobidesk_session_destroy(lab.servers[here].m, ID, 0, &err), &err);
  int r = limit(0, 0, 0, &err);
  check(r < 0 && err.code == MOBIDESK_NOT_FOUND, "code %d, %s", err.code, err.message);
  expect_disk_rates();
  session_lab_close(&lab);
  return 0;
}
