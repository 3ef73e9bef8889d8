/* Whatever another server sends: a pass of a session disk. */
#include "clean.h"
#include "disk_pass.h"
#include "files.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define QUOTA (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[] = "/tmp/mobidesk-fuzz-XXXXXX";

static void clean_up(void) {
  struct error err;
  files_remove_tree(dir, &err);
}

static struct image_keys keys;

/* Keys of this run: a pass is read up to its signature, which no input can have right. */
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
  struct disk_head head;
  struct disk_end end;
  struct disk_arrival arrival = {0};
  uint64_t bytes;
  char path[64];
  if (strstr(dir, "XXXXXX"))
    start();
  snprintf(path, sizeof path, "%s/disk", dir);
  cleanup_close int fd = memfd_create("stream", MFD_CLOEXEC);
  if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
    abort();
  if (disk_stream_get_head(fd, &head, &err) < 0)
    return 0;
  const struct disk_terms terms = {.id = "ada-1", .epoch = 7, .quota = QUOTA, .storage = "here", .keys = &keys};
  if (disk_pass_take(&arrival, &terms, &head, fd, path, &end, &bytes, &err) == 0 || access(path, F_OK) == 0 ||
      arrival.blocks.count > 0)
    abort();
  return 0;
}
