/* Whatever another server sends: an image archive, and the timers in an image. */
#include "clean.h"
#include "criu_timers.h"
#include "files.h"
#include "image_archive.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define LIMIT (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[] = "/tmp/mobidesk-fuzz-XXXXXX";

static void clean_up(void) {
  struct error err;
  files_remove_tree(dir, &err);
}

static struct image_keys keys;

/* Keys of this run: what is not sealed is read up to its signature, which no input can have right. */
static void start(void) {
  struct error err;
  char path[64];
  if (!mkdtemp(dir))
    abort();
  atexit(clean_up);
  snprintf(path, sizeof path, "%s/keys", dir);
  if (image_keys_open(&keys, path, "", &err) < 0)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct error err;
  uint64_t bytes;
  char path[64];
  if (strstr(dir, "XXXXXX"))
    start();
  snprintf(path, sizeof path, "%s/image", dir);
  cleanup_close int fd = memfd_create("stream", MFD_CLOEXEC);
  if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0 || mkdir(path, 0700) < 0)
    abort();
  const struct image_archive archive = {.dir = path, .fd = fd, .id = "ada-1", .epoch = 7, .keys = &keys};
  if (image_archive_read(&archive, LIMIT, &bytes, &err) == 0 || bytes > LIMIT)
    abort();
  snprintf(path, sizeof path, "%s/files.img", dir);
  cleanup_close int image = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (image < 0 || write(image, data, size) != (ssize_t)size)
    abort();
  criu_timers_rearm(dir, &err);
  snprintf(path, sizeof path, "%s/image", dir);
  if (files_remove_tree(path, &err) < 0)
    abort();
  return 0;
}
