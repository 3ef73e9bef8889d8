#include "precopy_scan.h"

#include "clean.h"
#include "pagemap.h"
#include "process.h"
#include "whole.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>

/* criu/include/magic.h and pagemap.h of CRIU 4.2 */
#define IMG_COMMON_MAGIC 0x54564319u
#define INVENTORY_MAGIC 0x58313116u
#define PAGEMAP_MAGIC 0x56084025u
#define IMAGES_V1_1 2
#define PE_PARENT 1u
#define PE_PRESENT 4u
#define PRE_DUMP_SPLICE 1

/* Pages that are read at once, and regions that are asked for at once. */
#define BATCH 256
#define REGIONS 512

struct scan {
  int dir;
  const struct precopy_set *before;
  const unsigned char *secret;
  struct precopy_set *now;
  uint64_t bytes;
  unsigned char *content; /* BATCH pages */
  struct error *err;
  bool failed;
  /* of the process that is read now */
  struct precopy_process *process;
  const struct precopy_page *old, *old_end;
  int memory; /* its pagemap */
  FILE *pagemap;
  int pages;
  uint64_t entry_start, entry_pages;
  unsigned entry_flags;
};

void precopy_set_free(struct precopy_set *s) {
  free(s->processes);
  free(s->pages);
  *s = (struct precopy_set){0};
}

static int no_memory(struct error *err) {
  return error_set(err, MOBIDESK_NO_SPACE, "no memory to send a session's memory ahead");
}

static int write_all(int fd, const void *data, size_t size, struct error *err) {
  for (const unsigned char *at = data; size > 0;) {
    ssize_t n = write(fd, at, size);
    if (n < 0)
      return error_sys(err, "writing memory that is sent ahead");
    at += n;
    size -= (size_t)n;
  }
  return 0;
}

int precopy_set_export(const struct precopy_set *s, const unsigned char secret[PRECOPY_SECRET], struct error *err) {
  struct precopy_head head = {.magic = PRECOPY_MAGIC, .processes = s->process_count, .pages = s->page_count};
  cleanup_close int fd = memfd_create("mobidesk-precopy", MFD_CLOEXEC);
  memcpy(head.secret, secret, sizeof head.secret);
  if (fd < 0)
    return error_sys(err, "making a table of memory that was sent ahead");
  if (write_all(fd, &head, sizeof head, err) < 0 ||
      write_all(fd, s->processes, s->process_count * sizeof *s->processes, err) < 0 ||
      write_all(fd, s->pages, s->page_count * sizeof *s->pages, err) < 0)
    return -1;
  return steal_fd(&fd);
}

/* ---- CRIU's files ---- */

static size_t put_number(unsigned char *out, unsigned field, uint64_t value) {
  size_t n = 0;
  out[n++] = (unsigned char)(field << 3);
  for (; value >= 0x80; value >>= 7)
    out[n++] = (unsigned char)(value | 0x80);
  out[n++] = (unsigned char)value;
  return n;
}

static void put_message(FILE *f, const unsigned char *message, size_t size) {
  uint32_t length = htole32((uint32_t)size);
  fwrite(&length, sizeof length, 1, f);
  fwrite(message, 1, size, f);
}

/* CRIU's common magic comes before that of all kinds but the inventory's. */
static FILE *create_image(int dir, const char *name, uint32_t magic, struct error *err) {
  const uint32_t magics[2] = {htole32(IMG_COMMON_MAGIC), htole32(magic)};
  unsigned first = magic == INVENTORY_MAGIC ? 1 : 0;
  int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
  if (f && fwrite(magics + first, sizeof *magics, 2 - first, f) == 2 - first)
    return f;
  error_sys(err, "creating `%s` of memory that is sent ahead", name);
  if (f)
    fclose(f);
  else if (fd >= 0)
    close(fd);
  return NULL;
}

static int finish_image(FILE *f, struct error *err) {
  int bad = ferror(f);
  return fclose(f) == 0 && !bad ? 0 : error_sys(err, "writing memory that is sent ahead");
}

/* CRIU takes what has started after the pass for another process than the one that was sent. */
static int write_inventory(int dir, struct error *err) {
  struct timespec now;
  unsigned char message[64];
  FILE *f = create_image(dir, "inventory.img", INVENTORY_MAGIC, err);
  if (!f)
    return -1;
  clock_gettime(CLOCK_BOOTTIME, &now);
  size_t n = put_number(message, 1, IMAGES_V1_1);
  n += put_number(message + n, 8, (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
  n += put_number(message + n, 9, PRE_DUMP_SPLICE);
  put_message(f, message, n);
  return finish_image(f, err);
}

/* An entry of the pagemap: address, number of pages in the old form, flags, number of pages. */
static void end_entry(struct scan *s) {
  unsigned char message[64];
  if (s->entry_pages == 0)
    return;
  size_t n = put_number(message, 1, s->entry_start);
  n += put_number(message + n, 2, 0);
  n += put_number(message + n, 4, s->entry_flags);
  n += put_number(message + n, 5, s->entry_pages);
  put_message(s->pagemap, message, n);
  s->entry_pages = 0;
}

static void add_entry(struct scan *s, uint64_t address, unsigned flags) {
  if (s->entry_pages && s->entry_flags == flags && s->entry_start + s->entry_pages * PRECOPY_PAGE == address) {
    s->entry_pages++;
    return;
  }
  end_entry(s);
  s->entry_start = address;
  s->entry_pages = 1;
  s->entry_flags = flags;
}

/* ---- pages ---- */

static int add_page(struct scan *s, uint64_t address, XXH128_hash_t digest) {
  struct precopy_set *now = s->now;
  if (now->page_count == now->page_room) {
    size_t room = now->page_room ? now->page_room * 2 : 4096;
    struct precopy_page *more = reallocarray(now->pages, room, sizeof *more);
    if (!more)
      return no_memory(s->err);
    now->pages = more;
    now->page_room = room;
  }
  now->pages[now->page_count++] = (struct precopy_page){address, digest};
  s->process->count++;
  return 0;
}

static bool sent_before(struct scan *s, uint64_t address, XXH128_hash_t digest) {
  while (s->old < s->old_end && s->old->address < address)
    s->old++;
  return s->old < s->old_end && s->old->address == address && XXH128_isEqual(s->old->digest, digest);
}

/* `count` pages that were read; those that are new, which are beside each other mostly, are written at once. */
static int take_pages(struct scan *s, uint64_t address, unsigned count) {
  unsigned first = 0;
  for (unsigned i = 0; i <= count; i++) {
    const unsigned char *page = s->content + (size_t)i * PRECOPY_PAGE;
    uint64_t at = address + (uint64_t)i * PRECOPY_PAGE;
    XXH128_hash_t digest = i < count ? precopy_digest(page, s->secret) : (XXH128_hash_t){0};
    bool old = i == count || sent_before(s, at, digest);
    if (i < count && add_page(s, at, digest) < 0)
      return -1;
    if (i < count)
      add_entry(s, at, old ? PE_PARENT : PE_PRESENT);
    if (!old)
      continue;
    size_t size = (size_t)(i - first) * PRECOPY_PAGE;
    if (write_all(s->pages, s->content + (size_t)first * PRECOPY_PAGE, size, s->err) < 0)
      return -1;
    s->bytes += size;
    first = i + 1;
  }
  return 0;
}

/* What cannot be read is gone, or nothing that a dump could have from here. */
static int read_pages(struct scan *s, uint64_t start, uint64_t end) {
  while (start < end) {
    uint64_t left = (end - start) / PRECOPY_PAGE;
    size_t size = (size_t)(left < BATCH ? left : BATCH) * PRECOPY_PAGE;
    struct iovec here = {s->content, size}, there = {(void *)start, size}; // NOLINT(performance-no-int-to-ptr)
    ssize_t n = process_vm_readv(s->process->pid, &here, 1, &there, 1, 0);
    unsigned count = n < 0 ? 0 : (unsigned)((size_t)n / PRECOPY_PAGE);
    if (count > 0 && take_pages(s, start, count) < 0)
      return -1;
    start += (uint64_t)(count > 0 ? count : 1) * PRECOPY_PAGE;
  }
  return 0;
}

/* The kernel's own list of what CRIU would dump; false where it has none. */
static bool scan_regions(struct scan *s, uint64_t start, uint64_t end, int *result) {
  struct pagemap_region regions[REGIONS];
  const uint64_t left_out = PAGEMAP_PFNZERO | PAGEMAP_FILE;
  for (*result = 0; start < end && *result == 0;) {
    struct pagemap_scan scan = {.size = sizeof scan,
                                .start = start,
                                .end = end,
                                .vec = (uint64_t)regions,
                                .vec_len = REGIONS,
                                .category_inverted = left_out,
                                .category_mask = left_out,
                                .category_anyof_mask = PAGEMAP_PRESENT | PAGEMAP_SWAPPED,
                                .return_mask = PAGEMAP_PRESENT | PAGEMAP_SWAPPED};
    int count = ioctl(s->memory, PAGEMAP_SCAN_CALL, &scan);
    if (count < 0)
      return errno != ENOTTY;
    for (int i = 0; i < count && *result == 0; i++)
      *result = read_pages(s, regions[i].start, regions[i].end);
    start = scan.walk_end > start ? scan.walk_end : end;
  }
  return true;
}

static int scan_entries(struct scan *s, uint64_t start, uint64_t end) {
  uint64_t entries[REGIONS];
  while (start < end) {
    uint64_t left = (end - start) / PRECOPY_PAGE;
    size_t count = left < REGIONS ? (size_t)left : REGIONS;
    ssize_t n = pread(s->memory, entries, count * sizeof *entries, (off_t)(start / PRECOPY_PAGE * sizeof *entries));
    if (n < (ssize_t)sizeof *entries)
      return 0;
    count = (size_t)n / sizeof *entries;
    for (size_t i = 0, from = 0; i <= count; i++) {
      bool wanted = i < count && (entries[i] & (PAGEMAP_ENTRY_PRESENT | PAGEMAP_ENTRY_SWAP)) &&
                    !(entries[i] & PAGEMAP_ENTRY_FILE);
      if (wanted)
        continue;
      if (i > from && read_pages(s, start + from * PRECOPY_PAGE, start + i * PRECOPY_PAGE) < 0)
        return -1;
      from = i + 1;
    }
    start += count * PRECOPY_PAGE;
  }
  return 0;
}

/* CRIU dumps all of the vDSO, and of other private mappings what the process has for itself. */
static int scan_mapping(struct scan *s, uint64_t start, uint64_t end, const char *rights, const char *name) {
  int r;
  if (strcmp(name, "[vdso]") == 0)
    return read_pages(s, start, end);
  if (rights[0] != 'r' || rights[3] != 'p' || strncmp(name, "[vvar", 5) == 0 || strcmp(name, "[vsyscall]") == 0)
    return 0;
  return scan_regions(s, start, end, &r) ? r : scan_entries(s, start, end);
}

static int scan_mappings(struct scan *s) {
  char path[64];
  cleanup_free char *line = NULL;
  size_t size = 0;
  snprintf(path, sizeof path, "/proc/%d/maps", s->process->pid);
  cleanup_file FILE *f = fopen(path, "re");
  while (f && getline(&line, &size, f) >= 0) {
    char rights[5], name[16] = "";
    unsigned long start, end;
    if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %15s", &start, &end, rights, name) >= 3 &&
        scan_mapping(s, start, end, rights, name) < 0)
      return -1;
  }
  return 0;
}

/* ---- processes ---- */

static void seek_before(struct scan *s) {
  const struct precopy_set *b = s->before;
  s->old = s->old_end = NULL;
  for (size_t i = 0; i < b->process_count; i++)
    if (b->processes[i].pid == s->process->pid && b->processes[i].start == s->process->start) {
      s->old = b->pages + b->processes[i].first;
      s->old_end = s->old + b->processes[i].count;
    }
}

static int scan_process(struct scan *s) {
  char name[32], path[64];
  unsigned char message[16];
  int inside = s->process->inside;
  seek_before(s);
  snprintf(path, sizeof path, "/proc/%d/pagemap", s->process->pid);
  cleanup_close int memory = open(path, O_RDONLY | O_CLOEXEC);
  if (memory < 0)
    return 0; /* it has ended */
  snprintf(name, sizeof name, "pages-%d.img", inside);
  cleanup_close int pages = openat(s->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (pages < 0)
    return error_sys(s->err, "creating `%s` of memory that is sent ahead", name);
  snprintf(name, sizeof name, "pagemap-%d.img", inside);
  s->pagemap = create_image(s->dir, name, PAGEMAP_MAGIC, s->err);
  if (!s->pagemap)
    return -1;
  put_message(s->pagemap, message, put_number(message, 1, (uint64_t)inside));
  s->memory = memory;
  s->pages = pages;
  int r = scan_mappings(s);
  end_entry(s);
  return finish_image(s->pagemap, s->err) < 0 ? -1 : r;
}

static void add_process(pid_t pid, void *data) {
  struct scan *s = data;
  struct error gone;
  struct precopy_set *now = s->now;
  int inside;
  uint64_t start;
  if (s->failed || !whole_pid_inside(pid, &inside) || process_start_time(pid, &start, &gone) < 0)
    return;
  struct precopy_process *more = reallocarray(now->processes, now->process_count + 1, sizeof *more);
  if (!more) {
    s->failed = no_memory(s->err) < 0;
    return;
  }
  now->processes = more;
  s->process = &more[now->process_count++];
  *s->process = (struct precopy_process){.pid = pid, .inside = inside, .start = start, .first = now->page_count};
  s->failed = scan_process(s) < 0;
}

int precopy_scan(pid_t init_pid, int dir, const struct precopy_set *before, const unsigned char secret[PRECOPY_SECRET],
                 struct precopy_set *now, uint64_t *bytes, struct error *err) {
  cleanup_free unsigned char *content = malloc((size_t)BATCH * PRECOPY_PAGE);
  struct scan s = {.dir = dir, .before = before, .secret = secret, .now = now, .content = content, .err = err};
  *now = (struct precopy_set){0};
  if (!content)
    return no_memory(err);
  if (!whole_each_process(init_pid, add_process, &s))
    error_set(err, MOBIDESK_CONFLICT, "the session's first process (%d) is gone", init_pid);
  else if (!s.failed && write_inventory(dir, err) == 0) {
    *bytes = s.bytes;
    return 0;
  }
  precopy_set_free(now);
  return -1;
}
