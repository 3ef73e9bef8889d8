/*
 * The kernel's answer to which pages a process has (Documentation/admin-guide/mm/pagemap.rst): the call that Linux has
 * since 6.7, and the entries of /proc/PID/pagemap before. As in linux/fs.h, which may be older than the kernel.
 */
#ifndef MOBIDESK_PAGEMAP_H
#define MOBIDESK_PAGEMAP_H

#include <linux/ioctl.h>
#include <stdint.h>

struct pagemap_region {
  uint64_t start, end, categories;
};

struct pagemap_scan {
  uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
  uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

#define PAGEMAP_SCAN_CALL _IOWR('f', 16, struct pagemap_scan)

/* Categories of regions. */
#define PAGEMAP_FILE (1u << 2)
#define PAGEMAP_PRESENT (1u << 3)
#define PAGEMAP_SWAPPED (1u << 4)
#define PAGEMAP_PFNZERO (1u << 5)
#define PAGEMAP_SOFT_DIRTY (1u << 7)

/* Bits of entries. */
#define PAGEMAP_ENTRY_SOFT_DIRTY (1ull << 55)
#define PAGEMAP_ENTRY_FILE (1ull << 61)
#define PAGEMAP_ENTRY_SWAP (1ull << 62)
#define PAGEMAP_ENTRY_PRESENT (1ull << 63)

#endif
