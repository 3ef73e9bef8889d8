/*
 * The disk of a real session: how long it takes to make one, what fits on it, that it belongs to one server, that it
 * goes back with its image, and that it survives a crash and a server that does not answer.
 */
#include "session_lab.h"

#include "clean.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ID "ada-1"
#define NOTE "/home/ada/note"
#define DISK_BYTES (256ull << 20)
#define IMAGE_MEMORY (64u << 20)
#define PATIENCE_US 120000000

static struct session_lab lab;
static mobidesk_error err;

static mobidesk_session_spec spec(uint64_t epoch) {
  return (mobidesk_session_spec){.id = ID,
                                 .template_id = lab.template_id,
                                 .user = "ada",
                                 .address = "10.74.1.9",
                                 .disk_bytes = DISK_BYTES,
                                 .epoch = epoch};
}

static struct site *server(int i) { return &lab.servers[i]; }

static void create(int i, uint64_t epoch) {
  mobidesk_session s;
  mobidesk_session_spec wanted = spec(epoch);
  works(mobidesk_session_create(server(i)->m, &wanted, &s, &err), &err);
}

#define refused(call, expected, word)                                                                                  \
  check((call) < 0 && err.code == (expected) && strstr(err.message, word), "code %d: %s", err.code, err.message)

/* Runs the session's program with two arguments; returns what it printed. */
static const char *app(int i, const char *verb, const char *file, const char *text) {
  static char out[256];
  const char *argv[] = {"app", verb, file, text, NULL};
  int status = site_exec(server(i), ID, MOBIDESK_EXEC_ROOT, argv, out, sizeof out);
  check(status == 0, "%s %s: status %d, %s", verb, file, status, out);
  return out;
}

static void expect_note(int i, const char *text) {
  const char *found = app(i, "cat", NOTE, NULL);
  check(strcmp(found, text) == 0, "the note says `%s`, not `%s`", found, text);
}

static void disk_path(const char *suffix, char *out, size_t size) {
  snprintf(out, size, "%s/storage/disks/" ID ".%s", lab.dir, suffix);
}

/* The first line of a daemon's log that has `text`, or NULL. */
static const char *find_log(const struct site *site, const char *text) {
  static char line[1024];
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/log", site->dir);
  cleanup_file FILE *f = fopen(path, "re");
  while (f && fgets(line, sizeof line, f))
    if (strstr(line, text))
      return line;
  return NULL;
}

/* ---- measured, and limited ---- */

static void measure_creation(void) {
  char path[PATH_MAX];
  struct stat st;
  const char *made;
  create(0, 1);
  disk_path("ext4", path, sizeof path);
  check(stat(path, &st) == 0 && (uint64_t)st.st_size == DISK_BYTES, "%s has %ld bytes", path, (long)st.st_size);
  made = find_log(server(0), "disk-created");
  check(made, "no word of it in the log");
  printf("%s%ld KiB of %llu allocated\n", made, (long)st.st_blocks / 2, DISK_BYTES >> 10);
}

static void expect_quota(void) {
  unsigned long written;
  char path[PATH_MAX], why[128];
  struct stat st;
  const char *said = app(0, "fill", "/home/ada/full", NULL);
  check(sscanf(said, "%lu %127[^\n]", &written, why) == 2 && strcmp(why, "No space left on device") == 0,
        "it said `%s`", said);
  check(written > DISK_BYTES / 2 && written < DISK_BYTES, "there was room for %lu bytes", written);
  disk_path("ext4", path, sizeof path);
  check(stat(path, &st) == 0 && (uint64_t)st.st_blocks * 512 <= DISK_BYTES, "%ld blocks are allocated",
        (long)st.st_blocks);
  app(0, "remove", "/home/ada/full", NULL);
  app(0, "put", NOTE, "room again");
}

/* It grows under a session that runs, and what did not fit fits. Where that takes a stop, the session is the same
 * after it. */
static void grow(void) {
  uint32_t stopped, no_stop;
  unsigned long before, after;
  char pid[256];
  snprintf(pid, sizeof pid, "%s", app(0, "cat", "/var/lib/app/state", NULL));
  *strchr(pid, ' ') = '\0';
  check(sscanf(app(0, "fill", "/home/ada/full", NULL), "%lu", &before) == 1, "no size");
  works(mobidesk_session_grow(server(0)->m, ID, 1, DISK_BYTES * 2, &stopped, &err), &err);
  app(0, "remove", "/home/ada/full", NULL);
  check(sscanf(app(0, "fill", "/home/ada/full", NULL), "%lu", &after) == 1, "no size");
  check(after > before + DISK_BYTES / 2, "there was room for %lu bytes, then for %lu", before, after);
  app(0, "remove", "/home/ada/full", NULL);
  check(strncmp(app(0, "cat", "/var/lib/app/state", NULL), pid, strlen(pid)) == 0, "it is not %s any more", pid);
  works(mobidesk_session_grow(server(0)->m, ID, 1, DISK_BYTES * 2, &no_stop, &err), &err);
  refused(mobidesk_session_grow(server(0)->m, ID, 1, DISK_BYTES, &no_stop, &err), MOBIDESK_INVALID,
          "only become larger");
  expect_note(0, "room again");
  const char *line = find_log(server(0), "disk-grown");
  printf("%s%s", stopped ? "with a stop: " : "while mounted: ", line ? line : "not in the log\n");
}

/* ---- one server only ---- */

static void expect_in_use(void) {
  mobidesk_session s;
  mobidesk_session_spec wanted = spec(1);
  refused(mobidesk_session_create(server(1)->m, &wanted, &s, &err), MOBIDESK_CONFLICT, "in use by");
  expect_note(0, "room again");
}

/* ---- disk and image belong together ---- */

/* Nothing was, where the storage shares blocks between files. */
static void expect_copied(const char *what, uint64_t bytes) {
  printf("%s: %lu KiB were copied\n", what, bytes >> 10);
  check((bytes == 0) == session_lab_has_reflinks(), "%s copied %lu bytes", what, bytes);
}

static void restore(int i, uint64_t epoch, uint64_t new_epoch) {
  mobidesk_restore_stats stats;
  mobidesk_session_spec wanted = spec(epoch);
  works(mobidesk_session_restore(server(i)->m, &wanted, &stats, &err), &err);
  works(mobidesk_session_resume(server(i)->m, ID, new_epoch, &stats, &err), &err);
}

/* A checkpoint is stored; the session goes on, elsewhere; then it goes back to the checkpoint, and so does its disk. */
static void go_back(void) {
  uint64_t bytes;
  mobidesk_checkpoint_stats stats;
  mobidesk_session_spec wanted = spec(1);
  app(0, "put", NOTE, "then");
  works(mobidesk_session_checkpoint(server(0)->m, ID, 1, 0, &stats, &err), &err);
  works(mobidesk_image_store(server(0)->m, ID, 1, &bytes, &err), &err);
  works(mobidesk_session_reap(server(0)->m, ID, 1, &err), &err);

  works(mobidesk_session_reserve(server(1)->m, &wanted, 0, &err), &err);
  works(mobidesk_image_load(server(1)->m, ID, 1, &bytes, &err), &err);
  restore(1, 1, 2);
  expect_note(1, "then");
  app(1, "put", NOTE, "later, and gone again");

  works(mobidesk_session_reserve(server(0)->m, &wanted, 0, &err), &err);
  refused(mobidesk_image_load(server(0)->m, ID, 1, &bytes, &err), MOBIDESK_CONFLICT, "in use by");
  works(mobidesk_session_destroy(server(1)->m, ID, MOBIDESK_KEEP_DISK, &err), &err);
  works(mobidesk_image_load(server(0)->m, ID, 1, &bytes, &err), &err);
  restore(0, 1, 3);
  expect_note(0, "then");
}

/* An image of the past is refused when the disk has gone on. */
static void expect_no_mixture(void) {
  mobidesk_checkpoint_stats stats;
  mobidesk_restore_stats restored;
  uint64_t bytes;
  mobidesk_session_spec wanted = spec(3);
  works(mobidesk_session_checkpoint(server(0)->m, ID, 3, 0, &stats, &err), &err);
  works(mobidesk_image_store(server(0)->m, ID, 3, &bytes, &err), &err);
  works(mobidesk_disk_restore(server(1)->m, ID, 1, &bytes, &err), &err);
  expect_copied("going back to a snapshot", bytes);
  refused(mobidesk_session_restore(server(0)->m, &wanted, &restored, &err), MOBIDESK_CONFLICT, "has run on its disk");
  works(mobidesk_disk_restore(server(1)->m, ID, 3, &bytes, &err), &err);
  restore(0, 3, 3);
  expect_note(0, "then");
}

/* ---- a server that does not answer ---- */

/* Its daemon is dead, its session lives. The disk is taken away; when the daemon is back, the session there ends. */
static void fence(void) {
  mobidesk_session s;
  uint64_t bytes;
  mobidesk_session_spec wanted = spec(4);
  app(0, "put", NOTE, "before the fence");
  site_kill(server(0));
  refused(mobidesk_session_create(server(1)->m, &wanted, &s, &err), MOBIDESK_CONFLICT, "in use by");
  works(mobidesk_disk_fence(server(1)->m, ID, &bytes, &err), &err);
  expect_copied("taking the disk away", bytes);
  create(1, 4);
  expect_note(1, "before the fence");
  site_start(server(0));
  refused(mobidesk_session_show(server(0)->m, ID, &s, &err), MOBIDESK_NOT_FOUND, ID);
  app(1, "put", NOTE, "after the fence");
}

/* ---- a crash ---- */

static void copy(const char *from, const char *to) {
  char line[PATH_MAX * 2];
  snprintf(line, sizeof line, "cp --sparse=always '%s' '%s'", from, to);
  check(system(line) == 0, "%s", line);
}

/* The disk as it is on the storage while the session writes, which is what a power failure leaves; then all of the
 * server's processes are killed. What was synced before is there again. */
static void crash(void) {
  char disk[PATH_MAX], lost[PATH_MAX];
  mobidesk_session s;
  disk_path("ext4", disk, sizeof disk);
  snprintf(lost, sizeof lost, "%s/at-power-failure", lab.dir);
  app(1, "put", NOTE, "synced");
  copy(disk, lost);
  works(mobidesk_session_show(server(1)->m, ID, &s, &err), &err);
  works(mobidesk_session_destroy(server(1)->m, ID, MOBIDESK_KEEP_DISK, &err), &err);
  copy(lost, disk);
  create(1, 5);
  check(find_log(server(1), "disk-repaired"), "the journal was not replayed");
  expect_note(1, "synced");
}

/* Not even a superblock is left. */
static void expect_damage_is_told(void) {
  char disk[PATH_MAX], zeros[65536] = "";
  mobidesk_session s;
  mobidesk_session_spec wanted = spec(6);
  works(mobidesk_session_destroy(server(1)->m, ID, MOBIDESK_KEEP_DISK, &err), &err);
  disk_path("ext4", disk, sizeof disk);
  cleanup_close int fd = open(disk, O_WRONLY | O_CLOEXEC);
  for (off_t at = 0; at < (off_t)DISK_BYTES * 2; at += (off_t)sizeof zeros)
    check(fd >= 0 && pwrite(fd, zeros, sizeof zeros, at) == sizeof zeros, "overwriting %s", disk);
  refused(mobidesk_session_create(server(1)->m, &wanted, &s, &err), MOBIDESK_CORRUPT, "damaged");
  check(access(disk, F_OK) == 0, "the damaged disk was removed");
  printf("refused: %s\n", err.message);
}

static void end(void) {
  char path[PATH_MAX];
  works(mobidesk_session_destroy(server(1)->m, ID, 0, &err), &err);
  disk_path("ext4", path, sizeof path);
  check(access(path, F_OK) < 0, "%s is left", path);
  disk_path("lease", path, sizeof path);
  check(access(path, F_OK) < 0, "%s is left", path);
}

int main(int argc, char **argv) {
  session_lab_open(&lab, argc, argv, IMAGE_MEMORY);
  measure_creation();
  expect_quota();
  grow();
  expect_in_use();
  go_back();
  expect_no_mixture();
  fence();
  crash();
  if (session_lab_has_reflinks())
    check(find_log(server(0), "disk-guarded") || find_log(server(1), "disk-guarded"), "no disk was guarded");
  expect_damage_is_told();
  end();
  session_lab_close(&lab);
  return 0;
}
