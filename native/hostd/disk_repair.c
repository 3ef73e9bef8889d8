#include "disk_repair.h"

#include "clean.h"
#include "log.h"
#include "program.h"

#include <endian.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>

/* What of an ext4 superblock (fs/ext4/ext4.h) tells how the file system was left; little-endian. */
#define SUPERBLOCK 1024
#define MAGIC 0xef53
#define STATE_VALID 1
#define STATE_ERROR 2
#define INCOMPAT_RECOVER 4

struct superblock {
  uint8_t before[56];
  uint16_t magic, state;
  uint8_t between[36];
  uint32_t incompat;
};
_Static_assert(offsetof(struct superblock, incompat) == 96, "as on the disk");

/* Exit status of e2fsck: this bit and all above it mean that something is still wrong. */
#define FSCK_UNCORRECTED 4

static int needs_repair(const char *path, bool *out, struct error *err) {
  struct superblock s;
  cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return error_sys(err, "opening the session disk `%s`", path);
  if (pread(fd, &s, sizeof s, SUPERBLOCK) != sizeof s)
    return error_sys(err, "reading the superblock of `%s`", path);
  *out = le16toh(s.magic) != MAGIC || !(le16toh(s.state) & STATE_VALID) || le16toh(s.state) & STATE_ERROR ||
         le32toh(s.incompat) & INCOMPAT_RECOVER;
  return 0;
}

int disk_repair(const char *path, bool *repaired, struct error *err) {
  const char *argv[] = {"e2fsck", "-p", path, NULL};
  char output[512];
  int status;
  if (needs_repair(path, repaired, err) < 0)
    return -1;
  if (!*repaired)
    return 0;
  if (program_status(argv, &status, output, sizeof output, err) < 0)
    return -1;
  log_info("disk-repaired", "disk=%s status=%d message=\"%s\"", path, status, output);
  if (status < FSCK_UNCORRECTED)
    return 0;
  return error_set(err, MOBIDESK_CORRUPT,
                   "the session disk `%s` is damaged beyond automatic repair (e2fsck: %s): repair it with `e2fsck -f`, "
                   "or put a snapshot in its place",
                   path, output);
}
