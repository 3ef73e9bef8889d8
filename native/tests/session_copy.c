/*
 * Copies of a session that runs on, and what becomes of it when its server does not answer any more: it goes on from
 * the last copy at another server, with its disk as it was then, and the old one must not run on.
 */
#include "session_lab.h"

#include "clean.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ID "ida-1"
#define ADDRESS "10.74.1.12"
#define NOTE "/home/note"
#define IMAGE_MEMORY (64u << 20)
#define PATIENCE_US 120000000

static struct session_lab lab;

static mobidesk_session_spec spec(uint64_t epoch) {
  return (mobidesk_session_spec){
      .id = ID, .template_id = lab.template_id, .user = "ida", .address = ADDRESS, .epoch = epoch};
}

static void run(int server, const char *const *argv, char *out, size_t size) {
  int status = site_exec(&lab.servers[server], ID, MOBIDESK_EXEC_ROOT, argv, out, size);
  check(status == 0, "%s: status %d, %s", argv[1], status, out);
}

static void write_note(const char *text) {
  char out[256];
  const char *argv[] = {"app", "put", NOTE, text, NULL};
  run(0, argv, out, sizeof out);
}

static void expect_note(int server, const char *text) {
  char out[256];
  const char *argv[] = {"app", "cat", NOTE, NULL};
  run(server, argv, out, sizeof out);
  check(strcmp(out, text) == 0, "the note is `%s`, not `%s`", out, text);
}

struct state {
  unsigned long ticks, interrupted;
  char kept[32];
};

static struct state read_state(int server) {
  char out[1024];
  struct state s;
  const char *argv[] = {"app", "cat", "/var/lib/app/state", NULL};
  run(server, argv, out, sizeof out);
  check(sscanf(out,
               "pid=%*d child=%*d ticks=%lu opened=%*u memory=%*s deleted=deleted linked=linked monotonic=%*d "
               "interrupted=%lu kept=%31s",
               &s.ticks, &s.interrupted, s.kept) == 3,
        "state `%s`", out);
  return s;
}

static void expect_alive(int server, const struct state *before) {
  struct state now = read_state(server);
  for (uint64_t since = lab_now_us(); now.ticks <= before->ticks || strcmp(now.kept, "all") != 0;
       now = read_state(server))
    check(lab_now_us() - since < PATIENCE_US, "it stands at tick %lu, the %s is not as it was", now.ticks, now.kept);
  check(now.interrupted == before->interrupted, "poll was interrupted");
}

static bool stored(uint64_t epoch) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/storage/images/" ID ".%lu", lab.dir, (unsigned long)epoch);
  return access(path, F_OK) == 0;
}

static void copy(uint64_t epoch) {
  mobidesk *m = lab.servers[0].m;
  mobidesk_error err;
  mobidesk_checkpoint_stats stats;
  mobidesk_session s;
  uint64_t bytes;
  struct state before = read_state(0);
  works(mobidesk_session_copy(m, ID, epoch, epoch + 1, &stats, &err), &err);
  works(mobidesk_session_copy(m, ID, epoch, epoch + 1, &stats, &err), &err);
  works(mobidesk_session_show(m, ID, &s, &err), &err);
  check(s.state == MOBIDESK_RUNNING && s.epoch == epoch + 1, "state %d at epoch %lu", s.state, (unsigned long)s.epoch);
  expect_alive(0, &before);
  works(mobidesk_image_store(m, ID, epoch, &bytes, &err), &err);
  uint64_t before_answer = bytes;
  works(mobidesk_image_store(m, ID, epoch, &bytes, &err), &err);
  check(bytes == before_answer, "%lu bytes, and %lu when its answer is asked for again", before_answer, bytes);
  works(mobidesk_image_prune(m, ID, epoch, &err), &err);
  check(stored(epoch) && !stored(epoch - 1), "the last copy, and no older one, is to be there");
}

static void expect_stale(void) {
  mobidesk_error err;
  mobidesk_checkpoint_stats stats;
  int r = mobidesk_session_copy(lab.servers[0].m, ID, 1, 2, &stats, &err);
  check(r < 0 && err.code == MOBIDESK_STALE_EPOCH, "an epoch that is over: code %d, %s", err.code, err.message);
}

/* A copy that does not succeed changes nothing. */
static void expect_obstacle(uint64_t epoch) {
  char pid[64], out[256];
  mobidesk_error err;
  mobidesk_checkpoint_stats stats;
  struct state before = read_state(0);
  const char *make[] = {"app", "obstruct", "corked", NULL};
  run(0, make, pid, sizeof pid);
  int r = mobidesk_session_copy(lab.servers[0].m, ID, epoch, epoch + 1, &stats, &err);
  check(r < 0 && err.code == MOBIDESK_NOT_CHECKPOINTABLE, "code %d, %s", err.code, err.message);
  pid[strcspn(pid, "\n")] = '\0';
  const char *kill_it[] = {"app", "kill", pid, NULL};
  run(0, kill_it, out, sizeof out);
  expect_alive(0, &before);
}

/* A copy that nobody stored does not stay in memory beside the next one. */
static void expect_one_in_memory(uint64_t epoch) {
  mobidesk *m = lab.servers[0].m;
  mobidesk_error err;
  mobidesk_checkpoint_stats stats;
  uint64_t bytes;
  works(mobidesk_session_copy(m, ID, epoch, epoch + 1, &stats, &err), &err);
  works(mobidesk_session_copy(m, ID, epoch + 1, epoch + 2, &stats, &err), &err);
  int r = mobidesk_image_store(m, ID, epoch, &bytes, &err);
  check(r < 0 && err.code == MOBIDESK_NOT_FOUND, "the copy before the last one: code %d, %s", err.code, err.message);
  check(!stored(epoch) && stored(epoch - 1), "the last one that was stored is to be there");
}

/* Another server takes it from the last copy; `epoch` is the copy's, `new_epoch` what it goes on as. */
static void recover(int server, uint64_t epoch, uint64_t new_epoch) {
  mobidesk *m = lab.servers[server].m;
  mobidesk_error err;
  mobidesk_restore_stats stats;
  mobidesk_session_spec s = spec(epoch);
  uint64_t bytes;
  works(mobidesk_session_reserve(m, &s, 0, &err), &err);
  int r = mobidesk_image_load(m, ID, epoch, &bytes, &err);
  check(r < 0 && err.code == MOBIDESK_CONFLICT && strstr(err.message, "in use"), "code %d, %s", err.code, err.message);
  works(mobidesk_disk_restore(m, ID, epoch, &bytes, &err), &err);
  works(mobidesk_image_load(m, ID, epoch, &bytes, &err), &err);
  works(mobidesk_session_restore(m, &s, &stats, &err), &err);
  works(mobidesk_session_resume(m, ID, new_epoch, &stats, &err), &err);
}

/* The first server's daemon comes back, and finds what has run on meanwhile. */
static void expect_fenced(int server) {
  mobidesk_error err;
  mobidesk_session s;
  site_start(&lab.servers[server]);
  int r = mobidesk_session_show(lab.servers[server].m, ID, &s, &err);
  check(r < 0 && err.code == MOBIDESK_NOT_FOUND, "it runs on at the server that was given up: code %d", err.code);
}

/* It was here after the copy was taken: who goes back to the copy says so first. */
static void expect_forgotten(int server, uint64_t epoch) {
  mobidesk *m = lab.servers[server].m;
  mobidesk_error err;
  mobidesk_session_spec s = spec(epoch);
  int r = mobidesk_session_reserve(m, &s, 0, &err);
  check(r < 0 && err.code == MOBIDESK_STALE_EPOCH, "an epoch that was over here: code %d, %s", err.code, err.message);
  works(mobidesk_session_destroy(m, ID, MOBIDESK_KEEP_DISK, &err), &err);
}

int main(int argc, char **argv) {
  mobidesk_error err;
  mobidesk_session s;
  session_lab_open(&lab, argc, argv, IMAGE_MEMORY);
  mobidesk_session_spec wanted = spec(1);
  works(mobidesk_session_create(lab.servers[0].m, &wanted, &s, &err), &err);
  write_note("before the first copy");
  copy(1);
  expect_stale();
  write_note("before the last copy");
  copy(2);
  expect_obstacle(3);
  expect_one_in_memory(3);
  write_note("after it");
  struct state before = read_state(0);
  site_kill(&lab.servers[0]);
  recover(1, 2, 7);
  expect_note(1, "before the last copy");
  before.ticks = 0;
  expect_alive(1, &before);
  expect_fenced(0);
  expect_alive(1, &before);
  site_kill(&lab.servers[1]);
  expect_forgotten(0, 2);
  recover(0, 2, 9);
  expect_note(0, "before the last copy");
  expect_alive(0, &before);
  expect_fenced(1);
  works(mobidesk_session_destroy(lab.servers[0].m, ID, 0, &err), &err);
  check(!stored(2), "the copy of a session that has ended stays on the storage");
  session_lab_close(&lab);
  return 0;
}
