#include "disk_journal.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of ext4's superblock, which begins at byte 1024: offsets of fields; the journal's inode has a copy of its map there.
 * (Documentation/filesystems/ext4 of the kernel.) */
enum {
  SUPER_AT = 1024,
  SUPER_SIZE = 1024,
  LOG_BLOCK_SIZE = 0x18,
  MAGIC = 0x38,
  INCOMPATIBLE = 0x60,
  JOURNAL_BACKUP_TYPE = 0xfd,
  JOURNAL_BLOCKS = 0x10c
};

#define EXT4_MAGIC 0xef53u
#define NEEDS_RECOVERY 0x4u
#define EXTENT_MAGIC 0xf30au
#define EXTENT_MOST 32768u /* blocks; a larger number: not initialized */

/* Of the journal's own superblock (jbd2), which is big-endian. */
#define JOURNAL_MAGIC 0xc03b3998u
enum { JOURNAL_START = 0x1c, JOURNAL_SUPER_SIZE = 0x20 };

static uint16_t le16(const unsigned char *at) {
  uint16_t v;
  memcpy(&v, at, sizeof v);
  return le16toh(v);
}

static uint32_t le32(const unsigned char *at) {
  uint32_t v;
  memcpy(&v, at, sizeof v);
  return le32toh(v);
}

static uint32_t be32(const unsigned char *at) {
  uint32_t v;
  memcpy(&v, at, sizeof v);
  return be32toh(v);
}

static bool is_empty(int fd, off_t journal) {
  unsigned char super[JOURNAL_SUPER_SIZE];
  return pread(fd, super, sizeof super, journal) == (ssize_t)sizeof super && be32(super) == JOURNAL_MAGIC &&
         be32(super + JOURNAL_START) == 0;
}

bool disk_journal_idle(int fd, off_t *begin, off_t *end) {
  unsigned char super[SUPER_SIZE];
  struct stat st;
  if (fstat(fd, &st) < 0 || pread(fd, super, sizeof super, SUPER_AT) != (ssize_t)sizeof super ||
      le16(super + MAGIC) != EXT4_MAGIC || le32(super + INCOMPATIBLE) & NEEDS_RECOVERY ||
      super[JOURNAL_BACKUP_TYPE] != 1 || le32(super + LOG_BLOCK_SIZE) > 6)
    return false;
  /* A header of 12 bytes (magic, entries, most, depth), then the extents: first block, count, where it is. */
  const unsigned char *map = super + JOURNAL_BLOCKS, *extent = map + 12;
  uint64_t block = 1024ull << le32(super + LOG_BLOCK_SIZE), count = le16(extent + 4),
           at = (uint64_t)le16(extent + 6) << 32 | le32(extent + 8);
  if (le16(map) != EXTENT_MAGIC || le16(map + 2) != 1 || le16(map + 6) != 0 || le32(extent) != 0 || count < 2 ||
      count > EXTENT_MOST || at == 0 || at > (uint64_t)st.st_size / block ||
      count > (uint64_t)st.st_size / block - at || !is_empty(fd, (off_t)(at * block)))
    return false;
  *begin = (off_t)((at + 1) * block);
  *end = (off_t)((at + count) * block);
  return true;
}
