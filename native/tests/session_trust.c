/*
 * Whom a server believes: images that were changed, are old, or of a stranger; targets that lack something; sessions
 * that cannot be dumped, are not whole after a restore, or are dead when they are let run. Whatever happens, the
 * session lives.
 */
#include "session_lab.h"

#include "clean.h"
#include "fault.h"
#include "frame.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define ID "eve-1"
#define ADDRESS "10.74.1.7"
#define IMAGE_MEMORY (64u << 20)
#define PATIENCE_US 120000000

static struct session_lab lab;
static uint64_t epoch = 1;
static int here;

static mobidesk_session_spec spec(void) {
  return (mobidesk_session_spec){
      .id = ID, .template_id = lab.template_id, .user = "eve", .address = ADDRESS, .epoch = epoch};
}

static mobidesk *source(void) { return lab.servers[here].m; }
static mobidesk *target(void) { return lab.servers[1 - here].m; }

static unsigned long ticks(void) {
  char out[1024];
  unsigned long n = 0;
  const char *argv[] = {"app", "cat", "/var/lib/app/state", NULL};
  int status = site_exec(&lab.servers[here], ID, 0, argv, out, sizeof out);
  check(status == 0 && sscanf(out, "pid=%*d child=%*d ticks=%lu", &n) == 1, "status %d, state `%s`", status, out);
  return n;
}

static void expect_alive(void) {
  unsigned long before = ticks();
  for (uint64_t since = lab_now_us(); ticks() == before; poll(NULL, 0, 5))
    check(lab_now_us() - since < PATIENCE_US, "the session stands still at tick %lu", before);
}

static void checkpoint(void) {
  mobidesk_error err;
  mobidesk_checkpoint_stats stats;
  works(mobidesk_session_checkpoint(source(), ID, epoch, 0, &stats, &err), &err);
}

static void reserve(void) {
  mobidesk_error err;
  mobidesk_session_spec s = spec();
  works(mobidesk_session_reserve(target(), &s, 0, &err), &err);
}

static void run_at(int server, uint64_t new_epoch) {
  mobidesk_error err;
  mobidesk_restore_stats stats;
  mobidesk_session_spec s = spec();
  works(mobidesk_session_restore(lab.servers[server].m, &s, &stats, &err), &err);
  works(mobidesk_session_resume(lab.servers[server].m, ID, new_epoch, &stats, &err), &err);
  epoch = new_epoch;
  here = server;
  expect_alive();
}

/* ---- targets that lack something ---- */

static void expect_lacking(const char *needs, const char *named) {
  mobidesk_error err;
  mobidesk_session_spec s = spec();
  s.needs = needs;
  int r = mobidesk_session_reserve(target(), &s, 0, &err);
  check(r < 0 && err.code == MOBIDESK_UNSUPPORTED && strstr(err.message, named), "%s: code %d, %s", named, err.code,
        err.message);
  printf("refused: %s\n", err.message);
}

static void test_needs(void) {
  static mobidesk_host host;
  mobidesk_error err;
  mobidesk_session_spec s = spec();
  works(mobidesk_host_info(source(), &host, &err), &err);
  s.needs = host.needs;
  works(mobidesk_session_reserve(target(), &s, 0, &err), &err);
  works(mobidesk_session_abort(target(), ID, epoch, &err), &err);
  cleanup_json json_t *needs = json_loads(host.needs, 0, NULL);
  check(needs, "needs are `%s`", host.needs);
  const struct {
    const char *member, *value, *named;
  } lacks[] = {{"cpu_features", "fpu 3dnow", "3dnow"},
               {"criu_version", "99.1.0", "CRIU 99.1.0"},
               {"architecture", "sparc64", "sparc64"}};
  for (size_t i = 0; i < sizeof lacks / sizeof *lacks; i++) {
    cleanup_json json_t *changed = json_deep_copy(needs);
    json_object_set_new(changed, lacks[i].member, json_string(lacks[i].value));
    cleanup_free char *text = json_dumps(changed, JSON_COMPACT);
    expect_lacking(text, lacks[i].named);
  }
  json_array_append_new(json_object_get(needs, "kernel_features"), json_string("time_travel"));
  cleanup_free char *text = json_dumps(needs, JSON_COMPACT);
  expect_lacking(text, "time_travel");
  expect_alive();
}

/* No machine that this runs on has nothing beyond the first level. */
static void test_baseline(void) {
  char path[PATH_MAX], line[2 * PATH_MAX];
  mobidesk_error err;
  mobidesk_session made;
  mobidesk_template *all;
  size_t count;
  mobidesk_session_spec s = {.id = "eve-2", .template_id = "tiny-2", .user = "eve", .address = "10.74.1.8", .epoch = 1};
  snprintf(path, sizeof path, "%s/templates/tiny-2.json", lab.dir);
  snprintf(line, sizeof line,
           "sed 's/\"version\": \"1\"/\"version\": \"2\", \"cpu_baseline\": \"x86-64-v1\"/' '%s/templates/tiny-1.json' "
           ">'%s'",
           lab.dir, path);
  check(system(line) == 0, "%s", line);
  int r = mobidesk_session_create(source(), &s, &made, &err);
  check(r < 0 && err.code == MOBIDESK_UNSUPPORTED && strstr(err.message, "beyond"), "code %d, %s", err.code,
        err.message);
  printf("refused: %s\n", err.message);
  s.epoch = 2;
  r = mobidesk_session_reserve(target(), &s, 0, &err);
  check(r < 0 && err.code == MOBIDESK_UNSUPPORTED, "code %d, %s", err.code, err.message);
  works(mobidesk_template_list(source(), &all, &count, &err), &err);
  for (size_t i = 0; i < count; i++)
    check((strcmp(all[i].id, "tiny-2") == 0) == (all[i].unfit[0] != '\0'), "template %s: `%s`", all[i].id,
          all[i].unfit);
  mobidesk_free(all);
  check(unlink(path) == 0, "removing %s", path);
}

/* ---- images ---- */

/* The image that is in memory at the source, as a stream. */
static int export_image(void) {
  char ticket[MOBIDESK_TICKET_SIZE], buffer[65536];
  mobidesk_error err;
  int copy = memfd_create("image", MFD_CLOEXEC);
  works(mobidesk_image_export(source(), ID, epoch, ticket, &err), &err);
  cleanup_close int stream = site_stream(&lab.servers[here], ticket);
  for (ssize_t n; (n = read(stream, buffer, sizeof buffer)) > 0;)
    check(write(copy, buffer, (size_t)n) == n, "keeping an image");
  return copy;
}

static void import_image(int image, char *answer, size_t size) {
  char ticket[MOBIDESK_TICKET_SIZE], buffer[65536];
  mobidesk_error err;
  works(mobidesk_image_import(target(), ID, epoch, ticket, &err), &err);
  cleanup_close int stream = site_stream(&lab.servers[1 - here], ticket);
  off_t at = 0;
  for (ssize_t n; (n = pread(image, buffer, sizeof buffer, at)) > 0; at += n)
    if (frame_write_all(stream, buffer, (size_t)n) < 0)
      break;
  shutdown(stream, SHUT_WR);
  ssize_t n = read(stream, answer, size - 1);
  answer[n > 0 ? n : 0] = '\0';
}

/* The target's daemon says so to whoever listens: from there it gets to the audit trail. */
static void expect_reported(uint64_t of_epoch, const char *named) {
  mobidesk_error err;
  mobidesk_event e;
  mobidesk *m;
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/run/hostd.sock", lab.servers[1 - here].dir);
  works(mobidesk_connect(path, &m, &err), &err);
  works(mobidesk_events_subscribe(m, 0, &err), &err);
  do
    check(mobidesk_events_next(m, PATIENCE_US / 1000, &e, &err) == 1, "no event about %s", named);
  while (e.kind != MOBIDESK_EVENT_IMAGE_REFUSED || !strstr(e.message, named));
  check(strcmp(e.session, ID) == 0 && e.epoch == of_epoch, "an event of %s, epoch %lu", e.session,
        (unsigned long)e.epoch);
  mobidesk_close(m);
}

static void expect_import_refused(int image, const char *named) {
  char answer[1200], expected[16];
  snprintf(expected, sizeof expected, "error %d ", MOBIDESK_CORRUPT);
  import_image(image, answer, sizeof answer);
  check(strncmp(answer, expected, strlen(expected)) == 0 && strstr(answer, named), "%s: %s", named, answer);
  expect_reported(epoch, named);
}

static void expect_refused(int image, const char *named) {
  mobidesk_error err;
  mobidesk_restore_stats stats;
  mobidesk_session_spec s = spec();
  expect_import_refused(image, named);
  int r = mobidesk_session_restore(target(), &s, &stats, &err);
  check(r < 0 && err.code == MOBIDESK_NOT_FOUND, "a refused image was restored: code %d", err.code);
}

static void rename_key(const char *from, const char *to) {
  char a[PATH_MAX], b[PATH_MAX];
  const char *dir = lab.servers[1 - here].dir;
  snprintf(a, sizeof a, "%s/keys/trusted/%s", dir, from);
  snprintf(b, sizeof b, "%s/keys/trusted/%s", dir, to);
  check(rename(a, b) == 0, "renaming %s", a);
}

/* A byte of a file's content: behind the name of one that is longer than that, as no other file's name follows. */
static off_t find_content(int image) {
  static char start[1 << 20];
  static const char name[] = "pages-", another[] = ".img";
  ssize_t n = pread(image, start, sizeof start, 0);
  const char *end = start + (n > 0 ? n : 0), *at = start;
  for (; (at = memmem(at, (size_t)(end - at), name, sizeof name - 1)) && at + 1016 < end; at += sizeof name)
    if (!memmem(at + 16, 1000, another, sizeof another - 1))
      return at - start + 1000;
  check(false, "no file of pages in the first %zd bytes", n);
  return 0;
}

static void test_tampering(void) {
  unsigned char byte;
  mobidesk_error err;
  char answer[1200];
  reserve();
  checkpoint();
  cleanup_close int image = export_image();
  const off_t inside = find_content(image);
  check(pread(image, &byte, 1, inside) == 1, "reading");
  byte ^= 1;
  check(pwrite(image, &byte, 1, inside) == 1, "writing");
  expect_refused(image, "`pages-");
  byte ^= 1;
  check(pwrite(image, &byte, 1, inside) == 1, "writing");
  rename_key("one.pub", "one.old");
  expect_refused(image, "not trusted");
  rename_key("one.old", "one.pub");
  import_image(image, answer, sizeof answer);
  check(strncmp(answer, "ok ", 3) == 0, "%s", answer);
  /* The one that is there stays when another one is refused. */
  byte ^= 1;
  check(pwrite(image, &byte, 1, inside) == 1, "writing");
  expect_import_refused(image, "`pages-");
  int from = here;
  run_at(1 - here, epoch + 1);
  works(mobidesk_session_reap(lab.servers[from].m, ID, epoch - 1, &err), &err);
}

/* Nothing of the session is left at the server that it came from, but that it was there. */
static void test_replay(void) {
  mobidesk_error err;
  mobidesk_session_spec s = spec();
  s.epoch = epoch - 2;
  for (int restarted = 0; restarted < 2; restarted++) {
    int r = mobidesk_session_reserve(target(), &s, 0, &err);
    check(r < 0 && err.code == MOBIDESK_STALE_EPOCH, "an old epoch: code %d, %s", err.code, err.message);
    expect_reported(epoch - 2, "is over");
    site_kill(&lab.servers[1 - here]);
    site_start(&lab.servers[1 - here]);
  }
}

/* What is kept on the storage tier is not readable there, and not taken when it was changed. */
static void test_stored(void) {
  char path[PATH_MAX], text[65536];
  unsigned char byte;
  uint64_t bytes;
  mobidesk_error err;
  checkpoint();
  works(mobidesk_image_store(source(), ID, epoch, &bytes, &err), &err);
  snprintf(path, sizeof path, "%s/storage/images/" ID ".%lu", lab.dir, (unsigned long)epoch);
  cleanup_close int fd = open(path, O_RDWR | O_CLOEXEC);
  check(fd >= 0, "opening %s", path);
  for (ssize_t n; (n = read(fd, text, sizeof text)) > 0;)
    check(!memmem(text, (size_t)n, "pages-1.img", 11) && !memmem(text, (size_t)n, "cpu_features", 12),
          "a stored image can be read");
  off_t middle = lseek(fd, 0, SEEK_END) / 2;
  check(pread(fd, &byte, 1, middle) == 1, "reading");
  byte ^= 1;
  check(pwrite(fd, &byte, 1, middle) == 1, "writing");
  works(mobidesk_session_reap(source(), ID, epoch, &err), &err);
  reserve();
  int r = mobidesk_image_load(target(), ID, epoch, &bytes, &err);
  /* Which word it has depends on what lies in the middle. */
  check(r < 0 && err.code == MOBIDESK_CORRUPT && err.message[0], "code %d, %s", err.code, err.message);
  byte ^= 1;
  check(pwrite(fd, &byte, 1, middle) == 1, "writing");
  works(mobidesk_image_load(target(), ID, epoch, &bytes, &err), &err);
  run_at(1 - here, epoch + 1);
}

/* ---- sessions that cannot be dumped ---- */

static void test_obstacle(const char *obstacle, const char *named) {
  char pid[64], out[256];
  mobidesk_error err;
  mobidesk_checkpoint_stats stats;
  const char *make[] = {"app", "obstruct", obstacle, NULL};
  check(site_exec(&lab.servers[here], ID, MOBIDESK_EXEC_ROOT, make, pid, sizeof pid) == 0, "%s: %s", obstacle, pid);
  int r = mobidesk_session_checkpoint(source(), ID, epoch, 0, &stats, &err);
  printf("%s: %s\n", obstacle, r < 0 ? err.message : "dumped");
  check(r < 0 && err.code == MOBIDESK_NOT_CHECKPOINTABLE && strstr(err.message, "process `app`") &&
            strstr(err.message, named),
        "%s: code %d, %s", obstacle, err.code, err.message);
  expect_alive();
  pid[strcspn(pid, "\n")] = '\0';
  const char *kill_it[] = {"app", "kill", pid, NULL};
  check(site_exec(&lab.servers[here], ID, MOBIDESK_EXEC_ROOT, kill_it, out, sizeof out) == 0, "killing %s: %s", pid,
        out);
}

/* ---- faults ---- */

static void ask_for(int server, const char *fault) {
  char path[PATH_MAX];
  site_path(&lab.servers[server], "run/fault", path, sizeof path);
  cleanup_file FILE *f = fopen(path, "we");
  check(f && fprintf(f, "%s\n", fault) > 0, "writing %s", path);
}

static void test_dump_fails(void) {
  mobidesk_error err;
  mobidesk_checkpoint_stats stats;
  ask_for(here, FAULT_DUMP_FAILS);
  int r = mobidesk_session_checkpoint(source(), ID, epoch, 0, &stats, &err);
  check(r < 0 && strstr(err.message, FAULT_DUMP_FAILS), "code %d, %s", err.code, err.message);
  expect_alive();
}

/* CRIU says that all is well; what is not whole is never let run, and comes again from its image. */
static void test_process_missing(void) {
  mobidesk_error err;
  mobidesk_restore_stats stats;
  mobidesk_session_spec s = spec();
  checkpoint();
  ask_for(here, FAULT_PROCESS_MISSING);
  int r = mobidesk_session_restore(source(), &s, &stats, &err);
  check(r < 0 && strstr(err.message, "not whole") && strstr(err.message, "process `"), "code %d, %s", err.code,
        err.message);
  printf("refused: %s\n", err.message);
  run_at(here, epoch);
}

static void test_dead_after_resume(void) {
  mobidesk_error err;
  mobidesk_restore_stats stats;
  mobidesk_session shown;
  mobidesk_session_spec s = spec();
  checkpoint();
  works(mobidesk_session_restore(source(), &s, &stats, &err), &err);
  ask_for(here, FAULT_DEAD_AFTER_RESUME);
  int r = mobidesk_session_resume(source(), ID, epoch + 1, &stats, &err);
  check(r < 0 && err.code == MOBIDESK_CONFLICT && strstr(err.message, "dead"), "code %d, %s", err.code, err.message);
  printf("refused: %s\n", err.message);
  works(mobidesk_session_show(source(), ID, &shown, &err), &err);
  check(shown.state == MOBIDESK_CHECKPOINTED && shown.epoch == epoch, "state %d", shown.state);
  run_at(here, epoch + 1);
}

int main(int argc, char **argv) {
  mobidesk_error err;
  mobidesk_session s;
  session_lab_open(&lab, argc, argv, IMAGE_MEMORY);
  mobidesk_session_spec wanted = spec();
  works(mobidesk_session_create(source(), &wanted, &s, &err), &err);
  expect_alive();
  test_needs();
  test_baseline();
  test_tampering();
  test_stored();
  test_replay();
  test_obstacle("traced", "traced");
  test_obstacle("corked", "cork");
  test_obstacle("unread", "netlink");
  test_obstacle("shared-memory", "shares its memory");
  test_dump_fails();
  test_process_missing();
  test_dead_after_resume();
  works(mobidesk_session_destroy(source(), ID, 0, &err), &err);
  session_lab_close(&lab);
  return 0;
}
