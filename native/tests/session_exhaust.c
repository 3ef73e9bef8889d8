/*
 * A session takes all there is of something: memory, disk, inodes, processes, descriptors, terminals. It is stopped at
 * its limits, its first process lives, and its neighbour is answered all the time. How fast the neighbour is answered
 * is printed and not judged: that depends on who else uses this machine.
 */
#include "confine_evidence.h"

#include "clean.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define ID "mallory-1"
#define ADDRESS "10.74.1.66"
#define NEIGHBOUR "ada-1"
#define NEIGHBOUR_ADDRESS "10.74.1.9"
#define MEMORY (192ull << 20)
#define PIDS 160
#define DISK (256ull << 20)
#define FILES_MAX 65536
#define TERMINALS_MAX 256
#define REQUESTS_MAX 4096
#define REQUESTS 20
#define PATIENCE_US 120000000

static struct session_lab lab;
static struct site *site;

static void create(const char *id, const char *user, const char *address) {
  mobidesk_error err;
  mobidesk_session s;
  mobidesk_session_spec spec = {.id = id,
                                .template_id = lab.template_id,
                                .user = user,
                                .address = address,
                                .epoch = 1,
                                .memory_bytes = MEMORY,
                                .pids = PIDS,
                                .disk_bytes = DISK};
  works(mobidesk_session_create(site->m, &spec, &s, &err), &err);
}

/* ---- the neighbour ---- */

static atomic_bool stop;
static atomic_ulong answered;
static uint64_t took[REQUESTS_MAX];

static const struct habit {
  uint32_t flags;
  const char *argv[4], *answer;
} reads = {0, {"app", "cat", "/var/lib/app/state", NULL}, "pid="},
  saves = {MOBIDESK_EXEC_ROOT, {"confine", "exhaust", "saving", NULL}, "saved"};
static const struct habit *habit = &reads;

/* By a connection of its own: a handle serves one call at a time. */
static void *ask_neighbour(void *data) {
  struct site own = *site;
  char path[PATH_MAX], out[1024];
  mobidesk_error err;
  snprintf(path, sizeof path, "%s/run/hostd.sock", site->dir);
  works(mobidesk_connect(path, &own.m, &err), &err);
  while (!stop) {
    uint64_t begun = lab_now_us();
    int status = site_exec(&own, NEIGHBOUR, habit->flags, habit->argv, out, sizeof out);
    check(status == 0 && strncmp(out, habit->answer, strlen(habit->answer)) == 0, "the neighbour: status %d, %s",
          status, out);
    took[answered % REQUESTS_MAX] = lab_now_us() - begun;
    atomic_fetch_add(&answered, 1);
  }
  mobidesk_close(own.m);
  return NULL;
}

static int compare(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static pthread_t start_asking(void) {
  pthread_t thread;
  stop = false;
  answered = 0;
  check(pthread_create(&thread, NULL, ask_neighbour, NULL) == 0, "asking the neighbour");
  return thread;
}

/* At least REQUESTS were answered since; says how fast. */
static void expect_answered(pthread_t thread, const char *what) {
  for (uint64_t since = lab_now_us(), from = answered; answered < from + REQUESTS; poll(NULL, 0, 2))
    check(lab_now_us() - since < PATIENCE_US, "%s: the neighbour is not answered any more", what);
  stop = true;
  pthread_join(thread, NULL);
  size_t count = answered < REQUESTS_MAX ? answered : REQUESTS_MAX;
  qsort(took, count, sizeof *took, compare);
  printf("neighbour, %s: %zu answers, median %lu us, 95 %% within %lu us\n", what, count,
         (unsigned long)took[count / 2], (unsigned long)took[count * 95 / 100]);
}

/* ---- limits ---- */

static unsigned long group_value(const char *controller, const char *file) {
  char path[PATH_MAX];
  unsigned long value = 0;
  site_group_path(site, ID, controller, file, path, sizeof path);
  cleanup_file FILE *f = fopen(path, "re");
  check(f && (fscanf(f, "%lu", &value) == 1 || fscanf(f, "%*s %lu", &value) == 1), "reading %s", path);
  return value;
}

static void exhaust(const char *id, const char *what, char *out, size_t size) {
  const char *argv[] = {"confine", "exhaust", what, NULL};
  int status = site_exec(site, id, MOBIDESK_EXEC_ROOT, argv, out, size);
  check(status == 0, "exhausting %s: status %d, %s", what, status, out);
}

static void expect_alive(const char *what) {
  mobidesk_error err;
  mobidesk_session s;
  works(mobidesk_session_show(site->m, ID, &s, &err), &err);
  check(s.state == MOBIDESK_RUNNING, "%s: the session is in state %d", what, s.state);
}

/* Takes all, beside a neighbour: a count that is not above `most`, and the kernel's reason. */
static void expect_limit(const char *what, unsigned long most, const char *reason) {
  char out[512], *end;
  pthread_t thread = start_asking();
  exhaust(ID, what, out, sizeof out);
  expect_answered(thread, what);
  unsigned long got = strtoul(out, &end, 10);
  printf("%s: %s", what, out);
  check(end != out && got <= most && got > most / 2 && strstr(out, reason), "%s: %s", what, out);
  expect_alive(what);
}

static void expect_memory_limit(void) {
  char out[512];
  pthread_t thread = start_asking();
  exhaust(ID, "memory", out, sizeof out);
  expect_answered(thread, "memory");
  check(strcmp(out, "killed 9\n") == 0, "who took all memory: %s", out);
  /* What the kernel needs to end a process is charged above the limit (Linux 6.1 does). */
  unsigned long most = group_value("memory", lab_unified_groups() ? "memory.peak" : "memory.max_usage_in_bytes");
  check(most <= MEMORY + MEMORY / 16, "%lu bytes, more than its memory", most);
  expect_alive("memory");
}

/* The session's disk is one file of the storage tier, of a fixed size. */
static void expect_disk_limit(void) {
  mobidesk_error err;
  mobidesk_session s;
  expect_limit("disk", DISK, "No space left");
  works(mobidesk_session_show(site->m, ID, &s, &err), &err);
  check(s.disk_bytes <= DISK, "%lu bytes of disk", (unsigned long)s.disk_bytes);
}

/* Writes all the time, without a limit and with one, beside a neighbour that saves files. */
static void expect_disk_writer(void) {
  static const struct {
    uint64_t rate;
    const char *what;
  } turns[] = {{0, "a disk writer"}, {8u << 20, "a disk writer at 8 MiB/s"}};
  char out[512];
  mobidesk_error err;
  habit = &saves;
  expect_answered(start_asking(), "alone, saving");
  for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
    mobidesk_limits limits = {.memory_bytes = MEMORY, .pids = PIDS, .disk_rate = turns[i].rate};
    int r = mobidesk_session_limit(site->m, ID, &limits, &err);
    if (r < 0 && err.code == MOBIDESK_UNSUPPORTED) {
      printf("not tried: %s\n", err.message);
      break;
    }
    works(r, &err);
    pthread_t thread = start_asking();
    exhaust(ID, "disk-writer", out, sizeof out);
    expect_answered(thread, turns[i].what);
    printf("%s: %s", turns[i].what, out);
    expect_alive(turns[i].what);
  }
  habit = &reads;
}

/* Goes on while the session is destroyed. */
static void expect_processes_limit(void) {
  char out[512];
  mobidesk_error err;
  pthread_t thread = start_asking();
  exhaust(ID, "processes", out, sizeof out);
  for (uint64_t since = lab_now_us(); group_value("pids", "pids.events") == 0; poll(NULL, 0, 5))
    check(lab_now_us() - since < PATIENCE_US, "no limit of processes was reached");
  check(group_value("pids", "pids.current") <= PIDS, "more than its processes");
  expect_answered(thread, "processes");
  expect_alive("processes");
  works(mobidesk_session_destroy(site->m, ID, 0, &err), &err);
}

/* The daemon gives no more than it has. */
static unsigned long files_limit(void) {
  struct rlimit own;
  check(getrlimit(RLIMIT_NOFILE, &own) == 0, "getrlimit");
  return own.rlim_max < FILES_MAX ? own.rlim_max : FILES_MAX;
}

int main(int argc, char **argv) {
  char out[512];
  mobidesk_error err;
  session_lab_open(&lab, argc, argv, 64u << 20);
  site = &lab.servers[0];
  create(NEIGHBOUR, "ada", NEIGHBOUR_ADDRESS);
  create(ID, "mallory", ADDRESS);
  expect_answered(start_asking(), "alone");
  expect_memory_limit();
  expect_limit("shared-memory", MEMORY / 2, "No space left");
  expect_limit("run", MEMORY / 8, "No space left");
  expect_limit("inodes", DISK / 4096, "No space left");
  expect_disk_limit();
  expect_disk_writer();
  expect_limit("descriptors", files_limit(), "Too many open files");
  expect_limit("terminals", TERMINALS_MAX, "No space left");
  exhaust(NEIGHBOUR, "terminals", out, sizeof out);
  check(atol(out) > TERMINALS_MAX / 2, "the neighbour's terminals: %s", out);
  expect_processes_limit();
  works(mobidesk_session_destroy(site->m, NEIGHBOUR, 0, &err), &err);
  session_lab_close(&lab);
  return 0;
}
