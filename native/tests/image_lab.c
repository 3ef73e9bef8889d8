#include "image_lab.h"

#include "clean.h"
#include "files.h"
#include "unit.h"

#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static char dir[] = "/tmp/mobidesk-unit-XXXXXX";

static void clean_up(void) {
  struct error err;
  files_remove_tree(dir, &err);
}

const char *image_lab_at(const char *name) {
  static char paths[4][PATH_MAX];
  static int turn;
  char *path = paths[turn++ % 4];
  snprintf(path, PATH_MAX, "%s/%s", dir, name);
  return path;
}

void image_lab_put(const char *name, const void *data, size_t size) {
  cleanup_file FILE *f = fopen(image_lab_at(name), "we");
  check(f && fwrite(data, 1, size, f) == size, "writing %s", name);
}

static void make_dirs(const char *name) {
  struct error err;
  check(files_make_dirs(image_lab_at(name), 0700, &err) == 0, "%s", err.message);
}

static void open_keys(struct image_keys *keys, const char *name) {
  struct error err;
  char path[128];
  snprintf(path, sizeof path, "%s/storage", name);
  make_dirs(path);
  snprintf(path, sizeof path, "%s/storage/2026-11.key", name);
  image_lab_put(path, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", 65);
  check(chmod(image_lab_at(path), 0600) == 0, "chmod");
  check(image_keys_open(keys, image_lab_at(name), "2026-11", &err) == 0, "%s", err.message);
}

static void trust(const char *who, const char *whom) {
  char from[128], to[128], key[256];
  struct error err;
  snprintf(from, sizeof from, "%s/signing.pub", whom);
  snprintf(to, sizeof to, "%s/trusted", who);
  make_dirs(to);
  snprintf(to, sizeof to, "%s/trusted/%s.pub", who, whom);
  ssize_t n = files_read(image_lab_at(from), key, sizeof key, &err);
  check(n > 0, "%s", err.message);
  image_lab_put(to, key, (size_t)n);
}

void image_lab_open(struct image_lab *lab) {
  check(mkdtemp(dir), "making %s", dir);
  atexit(clean_up);
  open_keys(&lab->source, "source");
  open_keys(&lab->target, "target");
  open_keys(&lab->stranger, "stranger");
  trust("target", "source");
  lab->large = malloc(IMAGE_LAB_LARGE);
  check(lab->large, "memory");
  unsigned state = 1;
  for (size_t i = 0; i < IMAGE_LAB_LARGE; i++) {
    state = state * 1103515245 + 12345;
    lab->large[i] = i < IMAGE_LAB_LARGE / 2 ? (unsigned char)(state >> 16) : (unsigned char)(i / 4096);
  }
}

static void put_in(const char *in, const char *name, const void *data, size_t size) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", in, name);
  image_lab_put(path, data, size);
}

void image_lab_make(const struct image_lab *lab, const char *name, const char *id, uint64_t epoch) {
  char manifest[256];
  make_dirs(name);
  put_in(name, "pages-1.img", lab->large, IMAGE_LAB_LARGE);
  put_in(name, "core-1.img", "core 1", 6);
  put_in(name, "core-2.img", "core 2", 6);
  put_in(name, "empty.img", "", 0);
  put_in(name, "dump.log", "not part of it", 14);
  int n = snprintf(manifest, sizeof manifest, "{\"format\": 2, \"spec\": {\"id\": \"%s\", \"epoch\": %lu}}", id, epoch);
  put_in(name, IMAGE_MANIFEST, manifest, (size_t)n);
}

struct image_archive image_lab_archive(const char *of, int fd, const struct image_keys *keys, bool sealed) {
  static char dirs[4][PATH_MAX];
  static int turn;
  char *path = dirs[turn++ % 4];
  snprintf(path, PATH_MAX, "%s", of);
  return (struct image_archive){.dir = path,
                                .fd = fd,
                                .id = IMAGE_LAB_ID,
                                .epoch = IMAGE_LAB_EPOCH,
                                .keys = keys,
                                .packing = IMAGE_LZ4,
                                .sealed = sealed};
}

int image_lab_read(const struct image_lab *lab, int fd, bool sealed, uint64_t limit, uint64_t *bytes,
                   struct error *err) {
  char out[PATH_MAX];
  snprintf(out, sizeof out, "%s/out", dir);
  check(files_remove_tree(out, err) == 0 && mkdir(out, 0700) == 0 && lseek(fd, 0, SEEK_SET) == 0, "preparing %s", out);
  struct image_archive archive = image_lab_archive(out, fd, &lab->target, sealed);
  return image_archive_read(&archive, limit, bytes, err);
}

int image_lab_memory(void) {
  int fd = memfd_create("stream", MFD_CLOEXEC);
  check(fd >= 0, "memfd");
  return fd;
}
