/*
 * A session between two servers that do not share storage: its disk is sent with it, in passes, while it writes; what
 * arrives is what was sent, to the byte; a move that is given up leaves the source's disk alone and nothing at the
 * target; streams that are not what they must be are refused.
 */
#include "session_lab.h"

#include "clean.h"
#include "disk_stream.h"
#include "frame.h"

#include <dirent.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ID "ada-1"
#define ADDRESS "10.74.1.9"
#define HOME "/home/ada"
#define CHURNS "90"
#define DISK_BYTES (256ull << 20)
#define IMAGE_MEMORY (64u << 20)
#define STREAM_MAX (128u << 20)

static struct session_lab lab;
static mobidesk_error err;
static uint64_t epoch = 1;
static int here;
static mobidesk_host info[LAB_SERVERS];
static const char *const server_address[] = {"10.73.0.11", "10.73.1.12"};

static struct site *source(void) { return &lab.servers[here]; }
static struct site *target(void) { return &lab.servers[1 - here]; }

static mobidesk_session_spec spec(void) {
  return (mobidesk_session_spec){.id = ID,
                                 .template_id = lab.template_id,
                                 .user = "ada",
                                 .address = ADDRESS,
                                 .disk_bytes = DISK_BYTES,
                                 .epoch = epoch};
}

/* As it is offered to another server: with what server `i` says of itself. */
static mobidesk_session_spec offer(int i) {
  mobidesk_session_spec s = spec();
  s.needs = info[i].needs;
  return s;
}

#define refused(call, expected, word)                                                                                  \
  check((call) < 0 && err.code == (expected) && strstr(err.message, word), "code %d: %s", err.code, err.message)

static void app_at(struct site *site, const char *verb, const char *file, const char *more, char *out, size_t size) {
  const char *argv[] = {"app", verb, file, more, NULL};
  int status = site_exec(site, ID, MOBIDESK_EXEC_ROOT, argv, out, size);
  check(status == 0, "%s %s: status %d, %s", verb, file, status, out);
}

static void app(const char *verb, const char *file, const char *more, char *out, size_t size) {
  app_at(source(), verb, file, more, out, size);
}

static void expect_files(void) {
  char out[4096];
  app("compare", HOME, CHURNS, out, sizeof out);
  check(!out[0], "%s", out);
}

static int state_at(const struct site *site) {
  mobidesk_session s;
  if (mobidesk_session_show(site->m, ID, &s, &err) == 0)
    return s.state;
  check(err.code == MOBIDESK_NOT_FOUND, "%s", err.message);
  return 0;
}

static void disk_path(const struct site *site, char *out, size_t size) {
  char storage[PATH_MAX / 2];
  site_storage(&lab, site, storage, sizeof storage);
  snprintf(out, size, "%s/disks/" ID ".ext4", storage);
}

/* Neither a disk nor a part of one. */
static void expect_no_disk(const struct site *site, const char *when) {
  char storage[PATH_MAX / 2], path[PATH_MAX];
  site_storage(&lab, site, storage, sizeof storage);
  snprintf(path, sizeof path, "%s/disks", storage);
  cleanup_dir DIR *dir = opendir(path);
  for (struct dirent *e; dir && (e = readdir(dir));)
    check(e->d_name[0] == '.', "%s: `%s/%s` is left", when, path, e->d_name);
}

static void expect_disk(const struct site *site) {
  char path[PATH_MAX];
  disk_path(site, path, sizeof path);
  check(access(path, F_OK) == 0, "there is no %s", path);
}

/* ---- the steps of a move ---- */

static void reserve(void) {
  char ticket[MOBIDESK_TICKET_SIZE];
  mobidesk_session_spec wanted = offer(here);
  works(mobidesk_session_reserve(target()->m, &wanted, 1 << 20, &err), &err);
  works(mobidesk_disk_import(target()->m, ID, epoch, ticket, &err), &err);
  check(ticket[0], "the target does not want the disk");
}

static void expect_ok(const char *what, const char *answer) {
  check(strncmp(answer, "ok ", 3) == 0, "%s: %s", what, answer);
  answer += 3;
  printf("%s: %.*s bytes\n", what, (int)strcspn(answer, "\n"), answer);
}

static void send_pass(const char *what, uint32_t flags) {
  struct site_follow f;
  works(mobidesk_session_sync(source()->m, ID, epoch, &err), &err);
  site_follow_disk(&f, source(), target(), ID, epoch, flags);
  expect_ok(what, site_follow_end(&f));
}

/* A connection is for one thread. */
static void *write_files(void *unused) {
  char out[4096], path[PATH_MAX];
  mobidesk_error worse;
  struct site mine = *source();
  snprintf(path, sizeof path, "%s/run/hostd.sock", mine.dir);
  works(mobidesk_connect(path, &mine.m, &worse), &worse);
  app_at(&mine, "churn", HOME, CHURNS, out, sizeof out);
  mobidesk_close(mine.m);
  return NULL;
}

/* What is written while it is sent is found by the passes that follow. */
static void send_while_it_writes(void) {
  pthread_t writer;
  check(pthread_create(&writer, NULL, write_files, NULL) == 0, "starting a thread");
  send_pass("first pass", MOBIDESK_DISK_WHOLE);
  send_pass("second pass", 0);
  pthread_join(writer, NULL);
  send_pass("third pass", 0);
}

static void checkpoint(void) {
  mobidesk_checkpoint_stats stats;
  works(mobidesk_gateway_hold(lab.proxy.m, ADDRESS, &err), &err);
  works(mobidesk_session_checkpoint(source()->m, ID, epoch, 0, &stats, &err), &err);
}

static void let_run(int there, uint64_t next) {
  mobidesk_restore_stats stats;
  mobidesk_hold_stats held;
  works(mobidesk_session_resume(lab.servers[there].m, ID, next, &stats, &err), &err);
  works(mobidesk_gateway_release(lab.proxy.m, ADDRESS, server_address[there], &held, &err), &err);
  epoch = next;
}

/* The image may be there before the disk is: the restore waits for it. */
static void hold(bool image_first) {
  struct site_follow disk, image;
  mobidesk_session_spec wanted = spec();
  mobidesk_restore_stats stats;
  if (image_first) {
    site_follow(&image, source(), target(), ID, epoch);
    checkpoint();
    site_follow_disk(&disk, source(), target(), ID, epoch, MOBIDESK_DISK_LAST);
  } else {
    site_follow_disk(&disk, source(), target(), ID, epoch, MOBIDESK_DISK_LAST);
    site_follow(&image, source(), target(), ID, epoch);
    checkpoint();
  }
  expect_ok("last pass", site_follow_end(&disk));
  expect_ok("image", site_follow_end(&image));
  works(mobidesk_session_restore(target()->m, &wanted, &stats, &err), &err);
  check(state_at(target()) == MOBIDESK_HELD, "state %d", state_at(target()));
}

static void move(bool image_first) {
  struct site *old = source();
  reserve();
  send_while_it_writes();
  hold(image_first);
  let_run(1 - here, epoch + 1);
  expect_disk(old);
  works(mobidesk_session_reap(old->m, ID, epoch - 1, &err), &err);
  works(mobidesk_session_reap(old->m, ID, epoch - 1, &err), &err);
  expect_no_disk(old, "after the move");
  here = 1 - here;
  expect_files();
}

/* ---- given up ---- */

static void take_back(void) {
  mobidesk_session_spec wanted = spec();
  mobidesk_restore_stats stats;
  works(mobidesk_session_abort(target()->m, ID, epoch, &err), &err);
  check(state_at(target()) == 0, "the target still has it, state %d", state_at(target()));
  expect_no_disk(target(), "after it was given up");
  works(mobidesk_session_restore(source()->m, &wanted, &stats, &err), &err);
  let_run(here, epoch);
  expect_files();
}

/* Nobody mounts what has arrived: it is what was sent, and in order. */
static void expect_equal_disks(void) {
  char line[PATH_MAX * 8], from[PATH_MAX], to[PATH_MAX];
  struct site_follow disk;
  reserve();
  send_while_it_writes();
  checkpoint();
  site_follow_disk(&disk, source(), target(), ID, epoch, MOBIDESK_DISK_LAST);
  expect_ok("last pass", site_follow_end(&disk));
  disk_path(source(), from, sizeof from);
  disk_path(target(), to, sizeof to);
  /* A file that is deleted and still open is left to the next mount, as it always is. */
  snprintf(
      line, sizeof line,
      "exec >&2; cmp '%s' '%s' && cp --sparse=always '%s' '%s.copy' && { e2fsck -fp '%s.copy'; test $? -le 1; } && "
      "e2fsck -fn '%s.copy' && rm '%s.copy'",
      from, to, to, to, to, to, to);
  check(system(line) == 0, "%s", line);
  take_back();
}

static void give_up_held(void) {
  reserve();
  send_while_it_writes();
  hold(false);
  take_back();
}

/* Only part of it was sent. */
static void give_up_early(void) {
  reserve();
  send_pass("first pass", MOBIDESK_DISK_WHOLE);
  works(mobidesk_session_abort(target()->m, ID, epoch, &err), &err);
  expect_no_disk(target(), "after it was given up early");
}

/* The target's daemon has forgotten what it has: it says so, and all is sent again. */
static void expect_begun_again(void) {
  struct site_follow f;
  reserve();
  send_pass("first pass", MOBIDESK_DISK_WHOLE);
  site_kill(target());
  site_start(target());
  site_follow_disk(&f, source(), target(), ID, epoch, 0);
  check(strstr(site_follow_end(&f), "all of it must be sent"), "it answers: %s", f.answer);
  send_pass("all again", MOBIDESK_DISK_WHOLE);
  hold(false);
  take_back();
}

/* The disk was sent at this epoch, and the session taken back: what is suspended now is here, and must stay here. */
static void suspend(void) {
  uint64_t bytes;
  mobidesk_restore_stats stats;
  mobidesk_session_spec wanted = spec(), offered = offer(here);
  checkpoint();
  works(mobidesk_image_store(source()->m, ID, epoch, &bytes, &err), &err);
  works(mobidesk_session_reap(source()->m, ID, epoch, &err), &err);
  expect_disk(source());
  works(mobidesk_session_reserve(target()->m, &offered, 0, &err), &err);
  refused(mobidesk_image_load(target()->m, ID, epoch, &bytes, &err), MOBIDESK_NOT_FOUND, "suspended on other storage");
  printf("refused: %s\n", err.message);
  works(mobidesk_session_abort(target()->m, ID, epoch, &err), &err);
  works(mobidesk_session_reserve(source()->m, &offered, 0, &err), &err);
  works(mobidesk_image_load(source()->m, ID, epoch, &bytes, &err), &err);
  works(mobidesk_session_restore(source()->m, &wanted, &stats, &err), &err);
  let_run(here, epoch + 1);
  expect_files();
}

/* ---- not what it must be ---- */

static unsigned char *stream;
static size_t stream_size;

static void record(void) {
  char ticket[MOBIDESK_TICKET_SIZE];
  ssize_t n;
  works(mobidesk_disk_export(source()->m, ID, epoch, MOBIDESK_DISK_WHOLE, ticket, &err), &err);
  cleanup_close int fd = site_stream(source(), ticket);
  stream_size = 0;
  while ((n = read(fd, stream + stream_size, STREAM_MAX - stream_size)) > 0)
    stream_size += (size_t)n;
  check(n == 0 && stream_size > 1000, "%zu bytes of a disk", stream_size);
}

static void expect_refused(const char *what, const unsigned char *data, size_t size, const char *word) {
  char ticket[MOBIDESK_TICKET_SIZE], answer[1024] = "";
  size_t used = 0;
  works(mobidesk_disk_import(target()->m, ID, epoch, ticket, &err), &err);
  cleanup_close int fd = site_stream(target(), ticket);
  if (frame_write_all(fd, data, size) == 0)
    shutdown(fd, SHUT_WR);
  for (ssize_t n; used < sizeof answer - 1 && (n = read(fd, answer + used, sizeof answer - 1 - used)) > 0;)
    used += (size_t)n;
  check(strncmp(answer, "error ", 6) == 0 && strstr(answer, word), "%s: %s", what, answer);
  expect_no_disk(target(), what);
  printf("%s: %s", what, answer);
}

/* Puts other bytes at `at`, and what was there back after the trial. */
static void expect_change_refused(const char *what, size_t at, const void *bytes, size_t size, const char *word) {
  unsigned char before[64];
  memcpy(before, stream + at, size);
  memcpy(stream + at, bytes, size);
  expect_refused(what, stream, stream_size, word);
  memcpy(stream + at, before, size);
}

/* Where the parts of the head are: docs/checkpoint-image.md. */
enum { HEAD_EPOCH = 16, HEAD_SIZE = 24, HEAD_BASE = 32, HEAD_ID = 96 };

static void expect_hostile_refused(void) {
  const unsigned char flipped[] = {(unsigned char)(stream[stream_size / 2] ^ 1)}, more[1] = {9};
  const unsigned char large[8] = {0, 0, 0, 0, 1}, other[] = "eve-1",
                      last[] = {(unsigned char)(stream[stream_size - 1] ^ 1)};
  reserve();
  expect_refused("cut in the middle", stream, stream_size / 2, "too early");
  expect_refused("cut before the end", stream, stream_size - 1, "too early");
  expect_refused("nothing", stream, 0, "nothing of the session disk");
  expect_change_refused("a flipped bit", stream_size / 2, flipped, 1, "disk");
  expect_change_refused("a changed signature", stream_size - 1, last, 1, "signature");
  expect_change_refused("another session", HEAD_ID, other, 5, "not of `ada-1`");
  expect_change_refused("another epoch", HEAD_EPOCH, more, 1, "not of `ada-1`");
  expect_change_refused("larger than the quota", HEAD_SIZE, large, 8, "may have");
  expect_change_refused("after a pass that is not here", HEAD_BASE, more, 1, "all of it must be sent");
  stream[stream_size] = 0;
  expect_refused("more than all", stream, stream_size + 1, "follow the end");
  works(mobidesk_session_abort(target()->m, ID, epoch, &err), &err);
}

/* A server that shares the storage needs nothing, and refuses to be sent a disk over its own. */
static void expect_shared_refused(void) {
  char ticket[MOBIDESK_TICKET_SIZE];
  mobidesk_session_spec wanted = offer(1 - here);
  refused(mobidesk_session_reserve(target()->m, &wanted, 0, &err), MOBIDESK_NOT_FOUND, "not on this server's storage");
  refused(mobidesk_disk_import(target()->m, ID, epoch, ticket, &err), MOBIDESK_NOT_FOUND, ID);
}

/* What the daemons measured. */
static void print_passes(void) {
  for (int i = 0; i < LAB_SERVERS; i++) {
    char path[PATH_MAX], line[1024];
    snprintf(path, sizeof path, "%s/log", lab.servers[i].dir);
    cleanup_file FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
      if (strstr(line, "info disk-sent") || strstr(line, "info disk-received") || strstr(line, "trimmed"))
        printf("%d %s", i, line);
  }
}

int main(int argc, char **argv) {
  mobidesk_session s;
  char out[4096];
  session_lab_separate_storage();
  session_lab_open(&lab, argc, argv, IMAGE_MEMORY);
  for (int i = 0; i < LAB_SERVERS; i++)
    works(mobidesk_host_info(lab.servers[i].m, &info[i], &err), &err);
  mobidesk_session_spec wanted = spec();
  works(mobidesk_gateway_route(lab.proxy.m, ADDRESS, server_address[here], &err), &err);
  works(mobidesk_session_create(source()->m, &wanted, &s, &err), &err);
  app("churn", HOME, CHURNS, out, sizeof out);
  stream = malloc(STREAM_MAX + 1);
  check(stream != NULL, "memory");
  record();
  expect_hostile_refused();
  free(stream);
  expect_shared_refused();
  give_up_early();
  expect_equal_disks();
  move(false);
  give_up_held();
  suspend();
  expect_begun_again();
  move(true);
  move(false);
  works(mobidesk_session_destroy(source()->m, ID, 0, &err), &err);
  expect_no_disk(source(), "after the end");
  print_passes();
  session_lab_close(&lab);
  return 0;
}
