/*
 * Which pages of a session's memory are at another server already, for CRIU to leave them out (criu_precopy.c): a file
 * without a name, written by hostd after each pass (precopy.h). CRIU has it as the descriptor that PRECOPY_VARIABLE of
 * its environment names.
 */
#ifndef MOBIDESK_PRECOPY_TABLE_H
#define MOBIDESK_PRECOPY_TABLE_H

#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define PRECOPY_PAGE 4096u
#define PRECOPY_SECRET 192 /* bytes, of XXH3 */
#define PRECOPY_MAGIC 0x31594f434552504dull
#define PRECOPY_VARIABLE "MOBIDESK_PRECOPY"
#define PRECOPY_FD 4            /* the descriptor that hostd leaves to CRIU */
#define PRECOPY_HELPER_DIES "k" /* after its number: a test wants CRIU's helper to be killed */

struct precopy_page {
  uint64_t address;
  XXH128_hash_t digest;
};

/* A process is known by its pid on the host and its start time, in clock ticks after boot; its image by the pid that
 * the session sees. Another process with that pid has none of these pages. */
struct precopy_process {
  int32_t pid, inside;
  uint64_t start;
  uint64_t first, count; /* of the pages, which are in the order of their addresses */
};

/* Then the processes, then the pages. */
struct precopy_head {
  uint64_t magic, processes, pages;
  unsigned char secret[PRECOPY_SECRET]; /* no program of the session can make two pages of one digest */
};

static inline XXH128_hash_t precopy_digest(const void *page, const unsigned char secret[PRECOPY_SECRET]) {
  return XXH3_128bits_withSecret(page, PRECOPY_PAGE, secret, PRECOPY_SECRET);
}

#endif
