/* Image streams: what is written comes back, also when files grow and take turns; keys; and the timers of an image. */
#include "clean.h"
#include "criu_timers.h"
#include "files.h"
#include "image_archive.h"
#include "image_lab.h"
#include "unit.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static struct image_lab lab;

static void expect_large(void) {
  struct error err;
  cleanup_free char *back = malloc(IMAGE_LAB_LARGE + 1);
  check(files_read(image_lab_at("out/pages-1.img"), back, IMAGE_LAB_LARGE + 1, &err) == IMAGE_LAB_LARGE &&
            memcmp(back, lab.large, IMAGE_LAB_LARGE) == 0,
        "content");
}

static void test_round_trip(enum image_packing packing, bool sealed) {
  struct error err;
  uint64_t streamed, bytes;
  cleanup_close int fd = image_lab_memory();
  struct image_archive archive = image_lab_archive(image_lab_at("in"), fd, &lab.source, sealed);
  archive.packing = packing;
  check(image_archive_write(&archive, &streamed, &err) == 0, "%s", err.message);
  check(streamed > IMAGE_LAB_LARGE / 2 && (packing == IMAGE_PLAIN || streamed < IMAGE_LAB_LARGE),
        "%lu bytes for half of noise", streamed);
  check(image_lab_read(&lab, fd, sealed, IMAGE_LAB_LARGE + 12, &bytes, &err) == 0 && bytes == IMAGE_LAB_LARGE + 12,
        "%s", err.message);
  expect_large();
  check(access(image_lab_at("out/empty.img"), F_OK) == 0 && access(image_lab_at("out/dump.log"), F_OK) < 0, "files");
  check(access(image_lab_at("out/" IMAGE_MANIFEST), F_OK) == 0, "the manifest");
  check(image_lab_read(&lab, fd, sealed, IMAGE_LAB_LARGE, &bytes, &err) < 0 && err.code == MOBIDESK_NO_SPACE,
        "more than is free: %s", err.message);
}

/* As a dump goes: one file grows while others come and go. */
static void test_growing(void) {
  struct error err;
  uint64_t bytes;
  struct image_writer *w;
  cleanup_close int fd = image_lab_memory();
  struct image_archive archive = image_lab_archive(image_lab_at("grow"), fd, &lab.source, false);
  check(mkdir(image_lab_at("grow"), 0700) == 0, "mkdir");
  check(image_writer_open(&archive, &w, &err) == 0, "%s", err.message);
  cleanup_close int pages = open(image_lab_at("grow/pages-1.img"), O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0600);
  for (size_t done = 0, part; done < IMAGE_LAB_LARGE; done += part) {
    char name[32];
    part = IMAGE_LAB_LARGE - done < 300001 ? IMAGE_LAB_LARGE - done : 300001;
    check(write(pages, lab.large + done, part) == (ssize_t)part, "writing");
    check(image_writer_append(w, "pages-1.img", done + part, &err) == 0, "%s", err.message);
    snprintf(name, sizeof name, "grow/core-%zu.img", done);
    image_lab_put(name, "core", 4);
    check(image_writer_append(w, name + strlen("grow/"), 4, &err) == 0, "%s", err.message);
  }
  check(image_writer_append(w, "dump.log", 1, &err) < 0, "a log");
  cleanup_json json_t *manifest = json_pack("{s:{s:s,s:i}}", "spec", "id", IMAGE_LAB_ID, "epoch", IMAGE_LAB_EPOCH);
  check(image_writer_finish(w, manifest, &bytes, &err) == 0, "%s", err.message);
  image_writer_close(w);
  check(image_lab_read(&lab, fd, false, UINT64_MAX, &bytes, &err) == 0, "%s", err.message);
  expect_large();
}

/* A writer that is closed early leaves a stream that nobody takes; one that cannot write says so and ends. */
static void test_given_up(void) {
  struct error err;
  uint64_t bytes;
  struct image_writer *w;
  cleanup_close int fd = image_lab_memory();
  struct image_archive archive = image_lab_archive(image_lab_at("in"), fd, &lab.source, false);
  check(image_writer_open(&archive, &w, &err) == 0, "%s", err.message);
  check(image_writer_append(w, "pages-1.img", IMAGE_LAB_LARGE, &err) == 0, "%s", err.message);
  image_writer_close(w);
  check(image_lab_read(&lab, fd, false, UINT64_MAX, &bytes, &err) < 0 && err.code == MOBIDESK_CORRUPT, "%s",
        err.message);
  /* What is small is read at once, what is large by a thread. */
  for (uint64_t size = 5; size <= IMAGE_LAB_LARGE; size += IMAGE_LAB_LARGE - 5) {
    cleanup_json json_t *manifest = json_object();
    check(image_writer_open(&archive, &w, &err) == 0, "%s", err.message);
    int r = image_writer_append(w, "absent.img", size, &err);
    check((r < 0 || image_writer_finish(w, manifest, &bytes, &err) < 0) && strstr(err.message, "absent.img"), "%s",
          err.message);
    image_writer_close(w);
  }
}

static void test_names(void) {
  static const char *const bad[] = {"../a.img", "a/b.img", ".img", ".a.img", "a.txt", "a\n.img", "", "manifest.json"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    check(!image_archive_takes(bad[i]), "`%s`", bad[i]);
  check(image_archive_takes("pages-1.img") && image_archive_takes("tmpfs-dev-73.tar.gz.img"), "CRIU's names");
}

/* A private key that others may read is not used; a server's own key is the same after a restart. */
static void test_keys(void) {
  struct error err;
  struct image_keys again;
  const char *dir = image_lab_at("source");
  check(image_keys_open(&again, dir, "", &err) == 0, "%s", err.message);
  check(memcmp(again.digest, lab.source.digest, sizeof again.digest) == 0, "another key");
  image_keys_close(&again);
  check(chmod(image_lab_at("source/signing.key"), 0640) == 0, "chmod");
  check(image_keys_open(&again, dir, "", &err) < 0 && err.code == MOBIDESK_DENIED, "%s", err.message);
  check(chmod(image_lab_at("source/signing.key"), 0600) == 0, "chmod");
  unsigned char key[IMAGE_STORAGE_KEY];
  check(image_keys_storage(&lab.source, "../signing", key, &err) < 0 && err.code == MOBIDESK_UNSUPPORTED, "%s",
        err.message);
  check(image_keys_storage(&lab.source, "absent", key, &err) < 0 && err.code == MOBIDESK_UNSUPPORTED, "%s",
        err.message);
  check(chmod(image_lab_at("source/storage/2026-11.key"), 0604) == 0, "chmod");
  check(image_keys_storage(&lab.source, "2026-11", key, &err) < 0 && err.code == MOBIDESK_DENIED, "%s", err.message);
}

/* Without a key nothing is kept. */
static void test_no_storage_key(void) {
  struct error err;
  uint64_t bytes;
  struct image_keys without = lab.source;
  without.storage_key[0] = '\0';
  cleanup_close int fd = image_lab_memory();
  struct image_archive archive = image_lab_archive(image_lab_at("in"), fd, &without, true);
  check(image_archive_write(&archive, &bytes, &err) < 0 && err.code == MOBIDESK_UNSUPPORTED, "%s", err.message);
}

/* Two timers as CRIU writes them: one with time left, one that had expired unread. */
static void test_timers(void) {
  static const unsigned char image[] = {
      0x19, 0x43, 0x56, 0x54, 0x38, 0x31, 0x30, 0x56,                /* magic numbers */
      18,   0,    0,    0,    8,    17,   16,   1,    98, 12,        /* type, id, tfd */
      8,    1,    40,   2,    56,   0,    64,   5,    72, 0,  80, 9, /* 2 ticks, 5 ns left, interval 9 ns */
      18,   0,    0,    0,    8,    17,   16,   2,    98, 12, 8,  2,
      40,   2,    56,   0,    64,   0,    72,   0,    80, 9, /* the same, nothing left */
      18,   0,    0,    0,    8,    17,   16,   3,    98, 12, 8,  3,
      40,   0,    56,   0,    64,   0,    72,   0,    80, 9, /* not armed */
      200,  0,    0,    0,    1,                             /* cut off */
  };
  unsigned char expected[sizeof image];
  char back[sizeof image + 1];
  struct error err;
  memcpy(expected, image, sizeof image);
  expected[8 + 22 + 4 + 6 + 7] = 1;
  image_lab_put("files.img", image, sizeof image);
  check(criu_timers_rearm(image_lab_at(""), &err) == 0, "%s", err.message);
  check(files_read(image_lab_at("files.img"), back, sizeof back, &err) == sizeof image &&
            memcmp(back, expected, sizeof image) == 0,
        "another byte was changed");
  image_lab_put("files.img", "something else", 14);
  check(criu_timers_rearm(image_lab_at(""), &err) < 0 && err.code == MOBIDESK_UNSUPPORTED, "another format");
}

int main(void) {
  image_lab_open(&lab);
  image_lab_make(&lab, "in", IMAGE_LAB_ID, IMAGE_LAB_EPOCH);
  static const enum image_packing packings[] = {IMAGE_PLAIN, IMAGE_LZ4, IMAGE_ZSTD};
  for (int i = 0; i < 6; i++)
    test_round_trip(packings[i / 2], i % 2);
  test_growing();
  test_given_up();
  test_names();
  test_no_storage_key();
  test_keys();
  test_timers();
  free(lab.large);
  return 0;
}
