/* Leases and snapshots of session disks, between two servers that share a storage. */
#include "clean.h"
#include "disk.h"
#include "disk_copy.h"
#include "disk_journal.h"
#include "disk_lease.h"
#include "disk_snapshot.h"
#include "files.h"
#include "loop.h"
#include "unit.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define ID "ada-1"
#define SIZE (64u << 20)
#define REAL_SIZE (256u << 20) /* of one with a file system, at least */

static char dir[] = "/tmp/mobidesk-unit-XXXXXX";
static struct config one, two;
static struct error err;

#define works(call) check((call) == 0, "%s", err.message)
#define refused(call, expected) check((call) < 0 && err.code == (expected), "code %d: %s", err.code, err.message)

static void clean_up(void) { files_remove_tree(dir, &err); }

static void make_server(struct config *c, const char *name) {
  *c = (struct config){.server = true};
  snprintf(c->instance, sizeof c->instance, "%s", name);
  snprintf(c->state_dir, sizeof c->state_dir, "%s/%s", dir, name);
  snprintf(c->storage_dir, sizeof c->storage_dir, "%s/storage", dir);
}

/* A sparse disk with `text` in its middle. */
static void write_disk(const char *id, const char *text) {
  char path[PATH_MAX];
  works(files_path(path, sizeof path, &err, "%s/storage/disks", dir));
  works(files_make_dirs(path, 0700, &err));
  works(disk_path(&one, id, path, sizeof path, &err));
  cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  check(fd >= 0 && ftruncate(fd, SIZE) == 0 && pwrite(fd, text, strlen(text), SIZE / 2) == (ssize_t)strlen(text),
        "writing %s", path);
}

static void expect_disk(const char *id, const char *text) {
  char path[PATH_MAX], found[64] = "";
  struct stat st;
  works(disk_path(&one, id, path, sizeof path, &err));
  cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
  check(fd >= 0 && pread(fd, found, strlen(text), SIZE / 2) > 0 && strcmp(found, text) == 0, "%s has `%s`", path,
        found);
  check(fstat(fd, &st) == 0 && st.st_size == SIZE && st.st_blocks * 512 < SIZE / 8, "%s is not sparse: %ld blocks",
        path, (long)st.st_blocks);
}

static uint64_t generation(void) {
  struct disk_lease lease;
  works(disk_lease_read(&two, ID, &lease, &err));
  return lease.generation;
}

static void test_lease(void) {
  struct disk_lease lease;
  works(disk_lease_read(&one, ID, &lease, &err));
  check(!lease.server[0] && lease.generation == 0, "a lease before there was one");
  refused(disk_lease_confirm(&one, ID, 1, &err), MOBIDESK_CONFLICT);
  works(disk_lease_take(&one, ID, 1, &err));
  works(disk_lease_take(&one, ID, 1, &err));
  check(generation() == 0, "generation %lu although nothing ran", generation());
  refused(disk_lease_take(&two, ID, 1, &err), MOBIDESK_CONFLICT);
  check(strstr(err.message, "one on "), "it does not say who has it: %s", err.message);
  works(disk_lease_confirm(&one, ID, 1, &err));
  uint64_t first = generation();
  works(disk_lease_sync(&one, ID, &err));
  works(disk_lease_release(&two, ID, &err));
  works(disk_lease_check(&one, ID, &err));
  works(disk_lease_confirm(&one, ID, 1, &err));
  check(first > 0 && generation() > first, "generations %lu, %lu", first, generation());
  works(disk_lease_release(&one, ID, &err));
  works(disk_lease_take(&two, ID, 2, &err));
  refused(disk_lease_check(&one, ID, &err), MOBIDESK_CONFLICT);
  works(disk_lease_release(&two, ID, &err));
}

static void test_snapshot(void) {
  struct disk_copy copy;
  works(disk_lease_take(&one, ID, 3, &err));
  works(disk_lease_confirm(&one, ID, 3, &err));
  uint64_t then = generation();
  write_disk(ID, "then");
  works(disk_snapshot_take(&one, ID, 3, &copy, &err));
  check(copy.shared || (copy.bytes > 0 && copy.bytes < SIZE / 8), "%lu bytes were copied", copy.bytes);
  check(!disk_snapshot_present(&one, ID, 3), "a snapshot that was not kept");
  refused(disk_snapshot_put_back(&two, ID, 3, &copy, &err), MOBIDESK_NOT_FOUND);
  works(disk_snapshot_keep(&one, ID, 3, &err));
  works(disk_snapshot_keep(&one, ID, 3, &err));
  check(disk_snapshot_present(&two, ID, 3) && disk_snapshot_bytes(&two, ID) > 0, "no snapshot");

  works(disk_lease_confirm(&one, ID, 3, &err));
  write_disk(ID, "now!");
  works(disk_snapshot_put_back(&two, ID, 3, &copy, &err));
  expect_disk(ID, "then");
  check(generation() == then, "generation %lu, the snapshot is of %lu", generation(), then);
  refused(disk_lease_confirm(&one, ID, 3, &err), MOBIDESK_CONFLICT);
  works(disk_lease_take(&two, ID, 4, &err));
}

/* What the old server still has open is not what the new one mounts. */
static void expect_copied(int from, int to, off_t begin, off_t end, bool copied) {
  unsigned char a[4096], b[4096];
  static const unsigned char zeros[4096];
  for (off_t at = begin; at < end; at += (off_t)sizeof a) {
    check(pread(from, a, sizeof a, at) == (ssize_t)sizeof a && pread(to, b, sizeof b, at) == (ssize_t)sizeof b,
          "reading at %ld", (long)at);
    check(memcmp(copied ? a : zeros, b, sizeof b) == 0, "byte %ld and what follows", (long)at);
  }
}

/* What an empty journal once said is not copied; what it has to say is. */
static void test_journal(void) {
  bool fresh;
  char path[PATH_MAX], to[PATH_MAX], line[PATH_MAX + 32];
  struct disk_copy copy;
  off_t begin, end;
  works(disk_create(&one, "joe-1", REAL_SIZE, &fresh, &err));
  works(disk_path(&one, "joe-1", path, sizeof path, &err));
  works(files_path(to, sizeof to, &err, "%s/copy.ext4", dir));
  cleanup_close int disk = open(path, O_RDWR | O_CLOEXEC);
  check(disk >= 0 && disk_journal_idle(disk, &begin, &end) && end - begin > 16 << 20, "no journal in %s", path);
  for (off_t at = begin; at < end; at += 4096)
    check(pwrite(disk, path, sizeof path, at) == sizeof path, "writing the journal");
  works(disk_copy(path, to, &copy, &err));
  check(copy.shared || copy.bytes < 16 << 20, "%lu bytes", (unsigned long)copy.bytes);
  check(disk_copy_is_small(path, 16 << 20) && !disk_copy_is_small(path, 4096), "a copy has more than it had, or less");
  cleanup_close int copied = open(to, O_RDONLY | O_CLOEXEC);
  expect_copied(disk, copied, 0, begin, true);
  expect_copied(disk, copied, begin, end, copy.shared);
  expect_copied(disk, copied, end, REAL_SIZE, true);
  snprintf(line, sizeof line, "e2fsck -fn '%s' >&2", to);
  check(system(line) == 0, "%s", line);
  const unsigned char start[4] = {0, 0, 0, 1};
  check(pwrite(disk, start, sizeof start, begin - 4096 + 0x1c) == sizeof start, "writing");
  check(!disk_journal_idle(disk, &begin, &end), "a journal that has something to say is idle");
  check(!disk_copy_is_small(path, 16 << 20), "a copy without what the journal says");
  works(disk_copy(path, to, &copy, &err));
  cleanup_close int whole = open(to, O_RDONLY | O_CLOEXEC);
  expect_copied(disk, whole, 0, REAL_SIZE, true);
}

static void test_fence(void) {
  char path[PATH_MAX];
  struct disk_copy copy;
  works(disk_path(&one, ID, path, sizeof path, &err));
  cleanup_close int old = open(path, O_WRONLY | O_CLOEXEC);
  uint64_t before = generation();
  works(disk_fence(&one, ID, &copy, &err));
  works(disk_lease_take(&one, ID, 4, &err));
  check(generation() == before, "the generation changed");
  check(pwrite(old, "late", 4, SIZE / 2) == 4, "writing late");
  expect_disk(ID, "then");
}

static void test_clone(void) {
  struct disk_copy copy;
  refused(disk_snapshot_clone(&one, ID, 9, "bob-1", &copy, &err), MOBIDESK_NOT_FOUND);
  works(disk_snapshot_clone(&one, ID, 3, "bob-1", &copy, &err));
  expect_disk("bob-1", "then");
  refused(disk_snapshot_clone(&one, ID, 3, "bob-1", &copy, &err), MOBIDESK_CONFLICT);
  works(disk_remove(&one, "bob-1", &err));
}

static void test_removal(void) {
  char path[PATH_MAX];
  works(disk_snapshot_remove(&one, ID, 3, &err));
  check(!disk_snapshot_present(&one, ID, 3), "the snapshot is still there");
  works(disk_remove(&one, ID, &err));
  works(disk_remove(&one, ID, &err));
  snprintf(path, sizeof path, "%s/storage/disks/" ID ".lease", dir);
  check(access(path, F_OK) < 0 && disk_snapshot_bytes(&one, ID) == 0, "something is left");
}

/* Whom a session goes to may bind the same file to the same device, before the one that let go of it has looked. */
static void test_binding(void) {
  char path[PATH_MAX];
  struct loop_device first, second;
  works(disk_path(&one, ID, path, sizeof path, &err));
  int fd = loop_attach(path, false, &first, &err);
  check(fd >= 0, "%s", err.message);
  check(loop_state(&first) == LOOP_BOUND, "%s is bound", first.path);
  close(fd);
  works(loop_wait_free(&first, 60000, &err));
  check(loop_state(&first) != LOOP_BOUND, "%s is free", first.path);
  fd = loop_attach(path, false, &second, &err);
  check(fd >= 0, "%s", err.message);
  check(loop_state(&first) != LOOP_BOUND && loop_state(&second) == LOOP_BOUND, "%s (%lu), %s (%lu)", first.path,
        first.sequence, second.path, second.sequence);
  works(loop_wait_free(&first, 0, &err));
  close(fd);
}

int main(void) {
  check(mkdtemp(dir), "mkdtemp");
  atexit(clean_up);
  make_server(&one, "one");
  make_server(&two, "two");
  works(files_make_dirs(one.storage_dir, 0700, &err));
  write_disk(ID, "then");
  test_binding();
  test_lease();
  test_snapshot();
  test_journal();
  test_fence();
  test_clone();
  test_removal();
  return 0;
}
