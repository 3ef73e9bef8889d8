/*
 * Memory that is sent ahead: a session whose programs know what is in their memory, moved with none, one and more
 * passes; given up at any point of it; and what is refused. No page may ever be another one.
 */
#include "session_lab.h"

#include "clean.h"
#include "fault.h"
#include "image_archive.h"
#include "precopy.h"

#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ID "mem-1"
#define ADDRESS "10.74.1.15"
#define IMAGE_MEMORY (512u << 20)
#define PROCESS_BYTES (16ul << 20) /* that each of the programs knows */
#define PATIENCE_US 120000000

static struct session_lab lab;
static uint64_t epoch = 1;
static int here;

static mobidesk_session_spec spec(void) {
  return (mobidesk_session_spec){
      .id = ID, .template_id = lab.template_id, .user = "mem", .address = ADDRESS, .epoch = epoch};
}

static struct site *source(void) { return &lab.servers[here]; }
static struct site *target(void) { return &lab.servers[1 - here]; }

static unsigned long sweeps(int process) {
  char out[256], file[64];
  unsigned long made, wrong;
  snprintf(file, sizeof file, "/var/lib/app/memory-%d", process);
  const char *argv[] = {"app", "cat", file, NULL};
  if (site_exec(source(), ID, MOBIDESK_EXEC_ROOT, argv, out, sizeof out) != 0 ||
      sscanf(out, "sweeps=%lu wrong=%lu", &made, &wrong) != 2)
    return 0;
  check(wrong == 0, "process %d found %lu pages that it had not written, in %lu sweeps", process, wrong, made);
  return made;
}

/* Two sweeps: the second has looked at all that there was when the first had ended. */
static void expect_whole(void) {
  for (int process = 0; process < 2; process++) {
    unsigned long before = sweeps(process);
    for (uint64_t since = lab_now_us(); sweeps(process) < before + 2; poll(NULL, 0, 5))
      check(lab_now_us() - since < PATIENCE_US, "process %d stands still at sweep %lu", process, before);
  }
}

static void reserve(void) {
  mobidesk_error err;
  mobidesk_session_spec s = spec();
  works(mobidesk_session_reserve(target()->m, &s, 0, &err), &err);
}

static void send_passes(int passes) {
  for (int i = 0; i < passes; i++)
    site_send_ahead(source(), target(), ID, epoch, i == 0 ? MOBIDESK_AHEAD_WHOLE : 0);
}

static mobidesk_checkpoint_stats checkpoint(uint32_t flags) {
  mobidesk_error err;
  mobidesk_checkpoint_stats stats;
  works(mobidesk_session_checkpoint(source()->m, ID, epoch, flags, &stats, &err), &err);
  return stats;
}

static void run_at(int server, uint64_t new_epoch) {
  mobidesk_error err;
  mobidesk_restore_stats stats;
  mobidesk_session_spec s = spec();
  works(mobidesk_session_restore(lab.servers[server].m, &s, &stats, &err), &err);
  works(mobidesk_session_resume(lab.servers[server].m, ID, new_epoch, &stats, &err), &err);
  epoch = new_epoch;
  here = server;
  expect_whole();
}

static void reap(int server, uint64_t old) {
  mobidesk_error err;
  works(mobidesk_session_reap(lab.servers[server].m, ID, old, &err), &err);
}

/* Directories of images of this session in the memory of a server. */
static int count_images(const struct site *site) {
  char path[PATH_MAX];
  int count = 0;
  site_path(site, "images", path, sizeof path);
  cleanup_dir DIR *dir = opendir(path);
  check(dir, "opening %s", path);
  for (struct dirent *e; (e = readdir(dir));)
    count += strncmp(e->d_name, ID ".", strlen(ID ".")) == 0;
  return count;
}

/* The programs fork now and then: a child that is caught before it ends has all of its parent's pages, and none of them
 * was sent. */
static unsigned long caught(uint32_t processes) {
  static uint32_t usual = UINT32_MAX;
  if (processes < usual)
    usual = processes;
  return processes - usual;
}

/* ---- moves ---- */

/* What is streamed while it is dumped, with `passes` ahead of it. */
static void move(int passes) {
  struct site_follow f;
  reserve();
  send_passes(passes);
  site_follow(&f, source(), target(), ID, epoch);
  mobidesk_checkpoint_stats stats = checkpoint(MOBIDESK_CHECKPOINT_AHEAD);
  const char *answer = site_follow_end(&f);
  unsigned long bytes = 0, children = caught(stats.processes);
  check(sscanf(answer, "ok %lu", &bytes) == 1, "import: %s", answer);
  printf("%d passes: %.1f MB of files in the image, %lu children\n", passes, (double)bytes / 1e6, children);
  check(passes == 0 ? bytes > 2 * PROCESS_BYTES : bytes < 2 * PROCESS_BYTES * 3 / 4 + children * 2 * PROCESS_BYTES,
        "%lu bytes after %d passes, of %u processes", bytes, passes, stats.processes);
  run_at(1 - here, epoch + 1);
  reap(1 - here, epoch - 1);
  check(count_images(source()) == 0 && count_images(target()) == 0, "images are left");
}

static void expect_import(const char *beginning) {
  char answer[256];
  site_transfer(source(), target(), ID, epoch, answer, sizeof answer);
  check(strncmp(answer, beginning, strlen(beginning)) == 0, "import: %s", answer);
}

/* The target is given up: the source goes on from its own image and the passes that it has kept. */
static void take_back(void) {
  mobidesk_error err;
  reserve();
  send_passes(2);
  checkpoint(MOBIDESK_CHECKPOINT_AHEAD);
  expect_import("ok ");
  works(mobidesk_session_abort(target()->m, ID, epoch, &err), &err);
  check(count_images(target()) == 0, "images are left at the target");
  run_at(here, epoch);
  check(count_images(source()) == 0, "images are left at the source");
}

/* A stream that is repeated finds the passes that it needs; so does a daemon that was restarted. */
static void repeat(void) {
  reserve();
  send_passes(3);
  checkpoint(MOBIDESK_CHECKPOINT_AHEAD);
  expect_import("ok ");
  expect_import("ok ");
  site_kill(target());
  site_start(target());
  expect_import("ok ");
  run_at(1 - here, epoch + 1);
  reap(1 - here, epoch - 1);
}

/* ---- what cannot be had ---- */

/* The target has lost the passes: it says so, and the source has all of it. */
static void lose_passes(void) {
  mobidesk_error err;
  reserve();
  send_passes(2);
  works(mobidesk_session_abort(target()->m, ID, epoch, &err), &err);
  reserve();
  checkpoint(MOBIDESK_CHECKPOINT_AHEAD);
  expect_import("error 3 ");
  works(mobidesk_session_abort(target()->m, ID, epoch, &err), &err);
  run_at(here, epoch);
}

/* A pass that follows one which is not here; and one of another session's epoch is no concern of this one. */
static void lose_first(void) {
  mobidesk_error err;
  char ticket[MOBIDESK_TICKET_SIZE];
  reserve();
  send_passes(1);
  works(mobidesk_session_abort(target()->m, ID, epoch, &err), &err);
  reserve();
  struct site_follow f = {.to = target(), .id = ID, .epoch = epoch};
  works(mobidesk_image_ahead(source()->m, ID, epoch, 0, ticket, &err), &err);
  site_follow_ticket(&f, source(), ticket);
  const char *answer = site_follow_end(&f);
  check(strncmp(answer, "error 3 ", 8) == 0, "a second pass without the first: %s", answer);
  works(mobidesk_session_abort(target()->m, ID, epoch, &err), &err);
  expect_whole();
}

/* A pass that comes when the image is there is refused, and the image stays. */
static void come_too_late(void) {
  mobidesk_error err;
  char ticket[MOBIDESK_TICKET_SIZE], name[128], path[PATH_MAX];
  struct site_follow f = {.to = target(), .id = ID, .epoch = epoch};
  reserve();
  send_passes(1);
  checkpoint(MOBIDESK_CHECKPOINT_AHEAD);
  expect_import("ok ");
  run_at(here, epoch);
  works(mobidesk_image_ahead(source()->m, ID, epoch, MOBIDESK_AHEAD_WHOLE, ticket, &err), &err);
  site_follow_ticket(&f, source(), ticket);
  const char *answer = site_follow_end(&f);
  check(strncmp(answer, "error ", 6) == 0 && strstr(answer, "no memory is to be sent ahead"),
        "a pass after its image: %s", answer);
  check(count_images(target()) == 1, "%d directories are at the target", count_images(target()));
  snprintf(name, sizeof name, "images/" ID ".%lu/" IMAGE_MANIFEST, epoch);
  site_path(target(), name, path, sizeof path);
  check(access(path, F_OK) == 0, "the image is gone: %s", path);
  works(mobidesk_session_abort(target()->m, ID, epoch, &err), &err);
  expect_whole();
}

/* The source's daemon does not know any more what it has sent: the image has all. */
static void forget(void) {
  reserve();
  send_passes(2);
  site_kill(source());
  site_start(source());
  checkpoint(MOBIDESK_CHECKPOINT_AHEAD);
  expect_import("ok ");
  run_at(1 - here, epoch + 1);
  reap(1 - here, epoch - 1);
  check(count_images(source()) == 0 && count_images(target()) == 0, "images are left");
}

/* What was sent is not relied on by a checkpoint that is for itself, and an image that needs it is not stored. */
static void expect_not_stored(void) {
  mobidesk_error err;
  uint64_t bytes;
  reserve();
  send_passes(1);
  checkpoint(MOBIDESK_CHECKPOINT_AHEAD);
  int r = mobidesk_image_store(source()->m, ID, epoch, &bytes, &err);
  check(r < 0 && err.code == MOBIDESK_CONFLICT && strstr(err.message, "restore it first"), "code %d, %s", err.code,
        err.message);
  works(mobidesk_session_abort(target()->m, ID, epoch, &err), &err);
  run_at(here, epoch);
  reserve();
  send_passes(1);
  works(mobidesk_session_abort(target()->m, ID, epoch, &err), &err);
  checkpoint(0);
  works(mobidesk_image_store(source()->m, ID, epoch, &bytes, &err), &err);
  run_at(here, epoch);
}

/* CRIU does itself what its helper had taken on. */
static void kill_helpers(void) {
  char path[PATH_MAX];
  site_path(source(), "run/fault", path, sizeof path);
  cleanup_file FILE *f = fopen(path, "we");
  check(f && fputs(FAULT_HELPER_KILLED " 2\n", f) > 0 && fflush(f) == 0, "writing %s", path);
  move(2);
  check(access(path, F_OK) < 0, "no helper was killed");
}

int main(int argc, char **argv) {
  char out[256];
  mobidesk_error err;
  mobidesk_session s;
  session_lab_open(&lab, argc, argv, IMAGE_MEMORY);
  mobidesk_session_spec wanted = spec();
  works(mobidesk_session_create(lab.servers[0].m, &wanted, &s, &err), &err);
  works(mobidesk_gateway_route(lab.proxy.m, ADDRESS, "10.73.0.11", &err), &err);
  const char *remember[] = {"app", "remember", NULL};
  check(site_exec(source(), ID, MOBIDESK_EXEC_ROOT, remember, out, sizeof out) == 0, "%s", out);
  expect_whole();
  static const int passes[] = {0, 1, 2, 4, 1, 3};
  for (size_t i = 0; i < sizeof passes / sizeof *passes; i++)
    move(passes[i]);
  take_back();
  repeat();
  lose_passes();
  lose_first();
  come_too_late();
  forget();
  expect_not_stored();
  move(2);
  kill_helpers();
  works(mobidesk_session_destroy(source()->m, ID, 0, &err), &err);
  session_lab_close(&lab);
  return 0;
}
