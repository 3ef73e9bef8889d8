/*
 * Sessions made of a golden checkpoint: each is somebody's own, shares no secret with the others, runs and moves like
 * one that was booted.
 */
#include "session_lab.h"

#include "clean.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_US 180000000ull

static struct session_lab lab;

static mobidesk_session_spec spec(const char *id, const char *user, const char *address) {
  return (mobidesk_session_spec){
      .id = id, .template_id = lab.template_id, .user = user, .address = address, .epoch = 1};
}

static void create(const mobidesk_session_spec *s) {
  mobidesk_error err;
  mobidesk_session out;
  works(mobidesk_session_create(lab.servers[0].m, s, &out, &err), &err);
  check(out.state == MOBIDESK_RUNNING && out.processes >= 3, "state %d, %u processes", out.state, out.processes);
}

static void destroy(int server, const char *id) {
  mobidesk_error err;
  works(mobidesk_session_destroy(lab.servers[server].m, id, 0, &err), &err);
}

/* Whether the first server's daemon has written that down. */
static bool logged(const char *words) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/log", lab.servers[0].dir);
  cleanup_file FILE *f = fopen(path, "re");
  cleanup_free char *line = NULL;
  size_t size = 0;
  while (f && getline(&line, &size, f) >= 0)
    if (strstr(line, words))
      return true;
  return false;
}

static void expect_logged(const char *words) {
  for (uint64_t since = lab_now_us(); !logged(words); poll(NULL, 0, 50))
    check(!logged("warning golden") && lab_now_us() - since < PATIENCE_US, "the daemon never said `%s`", words);
}

static void read_file(int server, const char *id, const char *path, char out[4096]) {
  const char *argv[] = {"app", "cat", path, NULL};
  memset(out, 0, 4096);
  check(site_exec(&lab.servers[server], id, MOBIDESK_EXEC_ROOT, argv, out, 4096) == 0, "%s of %s: %s", path, id, out);
}

/* NUL bytes are ends of strings; everything must be free of what the golden session was called. */
static bool has(const char data[4096], const char *words) { return memmem(data, 4096, words, strlen(words)) != NULL; }

static void expect_own(int server, const mobidesk_session_spec *s) {
  char data[4096], path[192], words[128];
  read_file(server, s->id, "/etc/hostname", data);
  check(strncmp(data, s->id, strlen(s->id)) == 0, "%s is called %s", s->id, data);
  read_file(server, s->id, "/etc/passwd", data);
  snprintf(words, sizeof words, "\n%s:x:1000:1000::/home/%s:", s->user, s->user);
  check(has(data, words) && !has(data, "golden"), "accounts of %s: %s", s->id, data);
  read_file(server, s->id, "/var/lib/app/state", data);
  check(sscanf(data, "pid=%15[0-9]", words) == 1, "state `%s`", data);
  snprintf(path, sizeof path, "/proc/%s/environ", words);
  read_file(server, s->id, path, data);
  snprintf(words, sizeof words, "MOBIDESK_SESSION=%s", s->id);
  check(has(data, words), "the environment of %s does not have %s", s->id, words);
  snprintf(words, sizeof words, "MOBIDESK_USER=%s", s->user);
  check(has(data, words) && !has(data, "golden"), "the environment of %s is not its own", s->id);
}

/* Two copies, and the session that was booted: no two have a machine id, or ids of the host, in common. */
static void expect_different(const char *const ids[], int count, const char *path) {
  char data[3][4096];
  for (int i = 0; i < count; i++)
    read_file(0, ids[i], path, data[i]);
  for (int i = 0; i < count; i++)
    for (int j = 0; j < i; j++)
      check(data[i][0] && strcmp(data[i], data[j]) != 0, "%s and %s have the same %s: %s", ids[i], ids[j], path,
            data[i]);
}

int main(int argc, char **argv) {
  static const char *const ids[] = {"ada-1", "bob-1", "eve-1"};
  session_lab_configure("golden = 1");
  session_lab_open(&lab, argc, argv, 256u << 20);
  mobidesk_session_spec ada = spec(ids[0], "ada", "10.74.1.9"), bob = spec(ids[1], "bob", "10.74.1.10"),
                        eve = spec(ids[2], "evelyn", "10.74.1.11");
  create(&ada);
  check(!logged("info golden session="), "a session was restored before there was a golden checkpoint");
  expect_logged("info golden template=");
  create(&bob);
  create(&eve);
  check(logged("info golden session=bob-1") && logged("info golden session=eve-1"), "the copies were booted");
  expect_own(0, &ada);
  expect_own(0, &bob);
  expect_own(0, &eve);
  expect_different(ids, 3, "/etc/machine-id");
  expect_different(ids, 3, "/proc/self/uid_map");
  site_move(&lab, 0, 1, &bob);
  expect_own(1, &bob);
  destroy(0, ids[0]);
  destroy(1, ids[1]);
  destroy(0, ids[2]);
  session_lab_close(&lab);
  return 0;
}
