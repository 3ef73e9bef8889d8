/* Image archives: what is written comes back; what was changed on the way is refused; and the timers of an image. */
#include "clean.h"
#include "criu_timers.h"
#include "files.h"
#include "image_archive.h"
#include "unit.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define LARGE (2 * 1024 * 1024 + 17) /* several chunks, the last of them short */

static char dir[] = "/tmp/mobidesk-unit-XXXXXX";

static void clean_up(void) {
  struct error err;
  files_remove_tree(dir, &err);
}

static const char *at(const char *name) {
  static char paths[4][PATH_MAX];
  static int turn;
  char *path = paths[turn++ % 4];
  snprintf(path, PATH_MAX, "%s/%s", dir, name);
  return path;
}

static void put(const char *name, const void *data, size_t size) {
  cleanup_file FILE *f = fopen(at(name), "we");
  check(f && fwrite(data, 1, size, f) == size, "writing %s", name);
}

/* Half of it does not compress, so that plain and packed chunks are there. */
static void make_image(unsigned char *large) {
  check(mkdir(at("in"), 0700) == 0, "mkdir");
  unsigned state = 1;
  for (size_t i = 0; i < LARGE; i++) {
    state = state * 1103515245 + 12345;
    large[i] = i < LARGE / 2 ? (unsigned char)(state >> 16) : (unsigned char)(i / 4096);
  }
  put("in/pages-1.img", large, LARGE);
  put("in/core-1.img", "core", 4);
  put("in/empty.img", "", 0);
  put("in/manifest.json", "{}", 2);
  put("in/dump.log", "not part of it", 14);
}

static int memory_file(void) {
  int fd = memfd_create("archive", MFD_CLOEXEC);
  check(fd >= 0, "memfd");
  return fd;
}

static int unpack(int fd, uint64_t limit, uint64_t *bytes, struct error *err) {
  check(lseek(fd, 0, SEEK_SET) == 0 && mkdir(at("out"), 0700) == 0, "preparing");
  return image_archive_read(at("out"), fd, limit, bytes, err);
}

static void clear(void) {
  struct error err;
  check(files_remove_tree(at("out"), &err) == 0, "%s", err.message);
}

static void test_round_trip(int fd, enum image_packing packing, const unsigned char *large) {
  struct error err;
  uint64_t streamed, bytes;
  check(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0, "rewinding");
  check(image_archive_write(at("in"), packing, fd, &streamed, &err) == 0, "%s", err.message);
  check(streamed > LARGE / 2 && streamed < LARGE, "%lu bytes for half of noise", streamed);
  check(unpack(fd, LARGE * 2, &bytes, &err) == 0 && bytes == LARGE + 6, "%s", err.message);
  cleanup_free char *back = malloc(LARGE + 1);
  check(files_read(at("out/pages-1.img"), back, LARGE + 1, &err) == LARGE && memcmp(back, large, LARGE) == 0,
        "content");
  check(access(at("out/empty.img"), F_OK) == 0 && access(at("out/dump.log"), F_OK) < 0, "files");
  clear();
}

/* Any changed byte is found; so is a stream that ends early, or goes on. */
static void test_damage(int fd) {
  struct error err;
  struct stat st;
  uint64_t bytes;
  check(fstat(fd, &st) == 0, "fstat");
  for (off_t i = 0; i < st.st_size; i += i < 110 ? 3 : 200003) {
    unsigned char byte, other;
    check(pread(fd, &byte, 1, i) == 1, "pread");
    other = byte ^ 0x41;
    check(pwrite(fd, &other, 1, i) == 1, "pwrite");
    check(unpack(fd, LARGE * 2, &bytes, &err) < 0, "a changed byte at %ld was not noticed", (long)i);
    check(err.code == MOBIDESK_CORRUPT || err.code == MOBIDESK_NO_SPACE, "byte %ld: code %d, %s", (long)i, err.code,
          err.message);
    check(pwrite(fd, &byte, 1, i) == 1, "pwrite");
    clear();
  }
  check(unpack(fd, LARGE, &bytes, &err) < 0 && err.code == MOBIDESK_NO_SPACE, "more than is free: %s", err.message);
  clear();
  check(ftruncate(fd, st.st_size - 1) == 0, "ftruncate");
  check(unpack(fd, LARGE * 2, &bytes, &err) < 0 && err.code == MOBIDESK_CORRUPT, "a short stream: %s", err.message);
  clear();
  check(ftruncate(fd, st.st_size + 1) == 0, "ftruncate");
  check(unpack(fd, LARGE * 2, &bytes, &err) < 0 && err.code == MOBIDESK_CORRUPT, "a long stream: %s", err.message);
  clear();
}

static void test_names(void) {
  static const char *const names[] = {"../a.img", "a/b.img", ".img", ".a.img", "a.txt", "a\n.img", ""};
  struct error err;
  uint64_t bytes;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    unsigned char head[17] = "MDIMAGE1\1\0\0\0\1\0\0\0", size[8] = {0};
    head[16] = (unsigned char)strlen(names[i]);
    cleanup_close int fd = memory_file();
    check(write(fd, head, sizeof head) == sizeof head &&
              write(fd, names[i], strlen(names[i])) == (ssize_t)strlen(names[i]) && write(fd, size, 8) == 8,
          "writing");
    check(unpack(fd, LARGE, &bytes, &err) < 0 && err.code == MOBIDESK_CORRUPT, "the name `%s` was taken", names[i]);
    clear();
  }
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
  put("files.img", image, sizeof image);
  check(criu_timers_rearm(dir, &err) == 0, "%s", err.message);
  check(files_read(at("files.img"), back, sizeof back, &err) == sizeof image &&
            memcmp(back, expected, sizeof image) == 0,
        "another byte was changed");
  put("files.img", "something else", 14);
  check(criu_timers_rearm(dir, &err) < 0 && err.code == MOBIDESK_UNSUPPORTED, "another format");
}

int main(void) {
  check(mkdtemp(dir), "making %s", dir);
  atexit(clean_up);
  cleanup_free unsigned char *large = malloc(LARGE);
  cleanup_close int fd = memory_file();
  make_image(large);
  static const enum image_packing packings[] = {IMAGE_LZ4, IMAGE_ZSTD};
  for (int i = 0; i < 2; i++) {
    test_round_trip(fd, packings[i], large);
    test_damage(fd);
  }
  test_names();
  test_timers();
  return 0;
}
