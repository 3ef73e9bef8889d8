/*
 * Part of mobidesk-criu-peek.so: leaves pages out of a dump that are at the target already.
 *
 * CRIU does so by itself where the kernel tells which pages were written since they were sent (soft-dirty bits), which
 * many kernels do not, and which costs a fault for each page that is written. Here a page is the same when its content
 * is: each page that was sent (precopy_table.h) is read when all processes are stopped, and compared by its digest;
 * CRIU is shown the soft-dirty bits that follow from that. Without a table, nothing is changed.
 *
 * CRIU asks for the pages of a process by PAGEMAP_SCAN, or reads its /proc/PID/pagemap; and it must believe that the
 * kernel has these bits, which it tries on itself when it is first started (kerndat.c), and clears them by clear_refs.
 */
#include "criu_helper.h"
#include "criu_maps.h"
#include "criu_raw.h"
#include "pagemap.h"
#include "precopy_table.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define VISIBLE __attribute__((visibility("default")))

/* Pages that are read at once: they stay in the processor's cache. And those that one piece has. */
#define BATCH 64
#define PIECE 1024ull

static const struct precopy_head *table;
static bool helper_dies;
static const struct precopy_process *processes;
static const struct precopy_page *pages;

__attribute__((constructor)) static void map_table(void) {
  const char *fd = getenv(PRECOPY_VARIABLE);
  struct stat st;
  if (!fd || fstat(atoi(fd), &st) < 0)
    return;
  const struct precopy_head *head = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, atoi(fd), 0);
  close(atoi(fd));
  helper_dies = strstr(fd, PRECOPY_HELPER_DIES) != NULL;
  unsetenv(PRECOPY_VARIABLE);
  if (head == MAP_FAILED || head->magic != PRECOPY_MAGIC)
    return;
  table = head;
  processes = (const struct precopy_process *)(head + 1);
  pages = (const struct precopy_page *)(processes + head->processes);
}

/* The name of a file of /proc that `fd` is: "pagemap" with its process, or "". */
static int what_is(int fd, char name[16], char digits[16]) {
  char path[64], link[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(path, link, sizeof link - 1);
  link[n < 0 ? 0 : n] = '\0';
  name[0] = digits[0] = '\0';
  return sscanf(link, "/proc/%15[0-9]/%15[a-z_]", digits, name) == 2;
}

/* Field 22 of its stat; the name before it may have blanks and parentheses. */
static uint64_t start_of(int pid) {
  char path[32], text[1024];
  unsigned long long start;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *f = fopen(path, "re");
  size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
  if (f)
    fclose(f);
  text[n] = '\0';
  const char *end = strrchr(text, ')');
  return end && sscanf(end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                       &start) == 1
             ? start
             : 0;
}

/* The process whose pages `fd` tells, one without pages when none were sent; NULL when it is another file. The last one
 * is remembered, as it is asked for again. */
static const struct precopy_process *process_of(int fd) {
  static const struct precopy_process none, *last;
  static int last_pid;
  char name[16], digits[16];
  if (!table || !what_is(fd, name, digits) || strcmp(name, "pagemap") != 0)
    return NULL;
  int pid = atoi(digits);
  if (pid == last_pid)
    return last;
  last_pid = pid;
  last = &none;
  for (uint64_t i = 0; i < table->processes && last == &none; i++)
    if (processes[i].pid == pid && processes[i].start == start_of(pid))
      last = &processes[i];
  return last;
}

/* The first page of the process that is not below `address`. */
static const struct precopy_page *seek(const struct precopy_process *p, uint64_t address) {
  uint64_t low = p->first, high = p->first + p->count;
  while (low < high) {
    uint64_t middle = low + (high - low) / 2;
    if (pages[middle].address < address)
      low = middle + 1;
    else
      high = middle;
  }
  return pages + low;
}

/* ---- comparing ---- */

/* All pages of the table, in pieces that are compared by whoever comes first: CRIU, for the process that it dumps now,
 * and the helper, which goes from the first piece to the last one. */
static unsigned char *equal; /* of each page of the table, once its piece is done */
static _Atomic int *pieces;  /* enum piece_state of each */

enum piece_state { PIECE_NEW, PIECE_TAKEN, PIECE_DONE };

/* Reads the pages from `first` to `end` of one process, as many as there are; returns how many. */
static uint64_t read_pages(int pid, const struct precopy_page *first, uint64_t count, unsigned char *content) {
  struct iovec here = {content, count * PRECOPY_PAGE}, there[BATCH];
  unsigned ranges = 0;
  for (uint64_t i = 0; i < count; i++) {
    if (ranges > 0 && (uint64_t)there[ranges - 1].iov_base + there[ranges - 1].iov_len == first[i].address)
      there[ranges - 1].iov_len += PRECOPY_PAGE;
    else
      there[ranges++] = (struct iovec){(void *)first[i].address, PRECOPY_PAGE};
  }
  long n = raw(SYS_process_vm_readv, pid, (long)&here, 1, (long)there, ranges, 0);
  return n < 0 ? 0 : (uint64_t)n / PRECOPY_PAGE;
}

static void compare_run(const struct precopy_process *p, uint64_t from, uint64_t end, unsigned char *content) {
  while (from < end) {
    uint64_t count = end - from < BATCH ? end - from : BATCH, got = read_pages(p->pid, pages + from, count, content);
    for (uint64_t i = 0; i < got; i++)
      equal[from + i] =
          XXH128_isEqual(precopy_digest(content + i * PRECOPY_PAGE, table->secret), pages[from + i].digest) != 0;
    /* A page that cannot be read is not what it was. */
    from += got < count ? got + 1 : count;
  }
}

static void compare_piece(uint64_t piece, unsigned char *content) {
  uint64_t from = piece * PIECE, end = from + PIECE < table->pages ? from + PIECE : table->pages;
  for (uint64_t i = 0; i < table->processes; i++) {
    const struct precopy_process *p = &processes[i];
    uint64_t first = p->first > from ? p->first : from, last = p->first + p->count < end ? p->first + p->count : end;
    if (first < last)
      compare_run(p, first, last, content);
  }
}

static bool claim(uint64_t piece) {
  int state = PIECE_NEW;
  return atomic_compare_exchange_strong(&pieces[piece], &state, PIECE_TAKEN);
}

/* Does the piece unless somebody does. */
static void take(uint64_t piece, unsigned char *content) {
  if (!claim(piece))
    return;
  compare_piece(piece, content);
  atomic_store(&pieces[piece], PIECE_DONE);
}

/* ---- the helper ---- */

/* A process that shares CRIU's memory: CRIU changes its namespaces, which a thread would forbid. It has no thread-local
 * memory of its own, so it calls nothing of the C library. It goes through the processes ahead of CRIU, which asks for
 * the mappings of one before it asks for its pages, and ends after the last one. */
static int help(void *nothing) {
  static unsigned char content[BATCH * PRECOPY_PAGE];
  raw_end_with_parent();
  for (uint64_t i = 0; i < table->processes; i++) {
    if (helper_dies && criu_maps_claim(i) && claim(processes[i].first / PIECE))
      raw(SYS_kill, raw(SYS_getpid, 0, 0, 0, 0, 0, 0), SIGKILL, 0, 0, 0, 0);
    const struct precopy_process *p = &processes[i];
    criu_maps_take(i);
    criu_maps_look_up(i);
    for (uint64_t piece = p->first / PIECE; piece * PIECE < p->first + p->count; piece++)
      take(piece, content);
  }
  return nothing != NULL;
}

static pid_t helper, owner;
static enum { NOT_PREPARED, PREPARED, NO_MEMORY } prepared;

static bool make_room(void) {
  uint64_t count = (table->pages + PIECE - 1) / PIECE;
  equal = calloc(table->pages + 1, 1);
  pieces = calloc(count + 1, sizeof *pieces);
  if (!equal || !pieces)
    return false;
  criu_maps_open(processes, table->processes);
  return true;
}

void criu_helper_start(void) {
  static unsigned char stack[64 << 10] __attribute__((aligned(64)));
  if (!table || prepared != NOT_PREPARED)
    return;
  prepared = make_room() ? PREPARED : NO_MEMORY;
  /* Where it cannot be had, CRIU does all. */
  if (prepared == PREPARED && sysconf(_SC_NPROCESSORS_ONLN) > 1) {
    owner = getpid();
    helper = clone(help, stack + sizeof stack, CLONE_VM | CLONE_FILES, NULL);
  }
}

/* CRIU waits for any of the processes that it traces, and takes none for another one. */
VISIBLE pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage) {
  long ended = syscall(SYS_wait4, pid, status, options, usage);
  if (helper <= 0 || ended != helper || pid == helper)
    return (pid_t)ended;
  helper = 0;
  return (pid_t)syscall(SYS_wait4, pid, status, options, usage);
}

__attribute__((destructor)) static void reap_helper(void) {
  if (helper > 0 && owner == getpid())
    syscall(SYS_wait4, helper, NULL, __WALL, NULL);
}

/* A helper that was killed leaves a piece undone. */
bool criu_helper_is_gone(void) {
  if (helper > 0 && raw(SYS_wait4, helper, 0, WNOHANG | __WALL, 0, 0, 0) != 0)
    helper = 0;
  return helper <= 0;
}

/* Whether a page of the table is what was sent. */
static bool is_same(uint64_t index) {
  static unsigned char content[BATCH * PRECOPY_PAGE];
  uint64_t piece = index / PIECE;
  take(piece, content);
  while (atomic_load(&pieces[piece]) != PIECE_DONE) {
    bool gone = criu_helper_is_gone();
    if (gone && atomic_load(&pieces[piece]) != PIECE_DONE) {
      compare_piece(piece, content);
      atomic_store(&pieces[piece], PIECE_DONE);
    }
    sched_yield();
  }
  return equal[index];
}

/* Says of each of `count` pages from `address` on whether it is what was sent. */
static void compare(const struct precopy_process *p, uint64_t address, unsigned count, bool out[BATCH]) {
  const struct precopy_page *next = seek(p, address), *end = pages + p->first + p->count;
  memset(out, 0, count * sizeof *out);
  if (next == end || next->address >= address + (uint64_t)count * PRECOPY_PAGE)
    return;
  criu_helper_start();
  for (; prepared == PREPARED && next < end && next->address < address + (uint64_t)count * PRECOPY_PAGE; next++)
    out[(next->address - address) / PRECOPY_PAGE] = is_same((uint64_t)(next - pages));
}

/* ---- PAGEMAP_SCAN ---- */

struct regions {
  struct pagemap_region *to;
  long count, most;
};

/* False when there is no room. */
static bool add(struct regions *r, uint64_t start, uint64_t end, uint64_t categories) {
  struct pagemap_region *last = r->count ? &r->to[r->count - 1] : NULL;
  if (last && last->end == start && last->categories == categories) {
    last->end = end;
    return true;
  }
  if (r->count == r->most)
    return false;
  r->to[r->count++] = (struct pagemap_region){start, end, categories};
  return true;
}

/* Adds what became of a region; returns the first address that there was no room for. */
static uint64_t split(struct regions *r, const struct precopy_process *p, const struct pagemap_region *region) {
  bool same[BATCH];
  uint64_t dirty = region->categories | PAGEMAP_SOFT_DIRTY, clean = region->categories & ~(uint64_t)PAGEMAP_SOFT_DIRTY;
  for (uint64_t at = region->start; at < region->end;) {
    uint64_t left = (region->end - at) / PRECOPY_PAGE;
    unsigned count = left < BATCH ? (unsigned)left : BATCH;
    compare(p, at, count, same);
    for (unsigned i = 0; i < count; i++, at += PRECOPY_PAGE)
      if (!add(r, at, at + PRECOPY_PAGE, same[i] ? clean : dirty))
        return at;
  }
  return region->end;
}

/* The kernel's regions become more. Where they do not fit, the walk has ended earlier: CRIU asks for the rest. */
static long mark(const struct precopy_process *p, struct pagemap_scan *scan, long count) {
  struct pagemap_region *all = malloc((size_t)count * sizeof *all);
  if (!all) {
    errno = ENOMEM;
    return -1;
  }
  struct regions out = {.to = (void *)scan->vec, .most = (long)scan->vec_len};
  memcpy(all, out.to, (size_t)count * sizeof *all);
  for (long i = 0; i < count; i++) {
    uint64_t end = split(&out, p, &all[i]);
    if (end < all[i].end) {
      scan->walk_end = end;
      break;
    }
  }
  free(all);
  return out.count;
}

VISIBLE int ioctl(int fd, unsigned long request, ...) {
  va_list rest;
  va_start(rest, request);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  long result = syscall(SYS_ioctl, fd, request, argument);
  if (request != PAGEMAP_SCAN_CALL || result <= 0 || !table)
    return (int)result;
  const struct precopy_process *p = process_of(fd);
  return (int)(p ? mark(p, argument, result) : result);
}

/* ---- /proc/PID/pagemap ---- */

static void mark_entries(const struct precopy_process *p, uint64_t *entries, size_t count, uint64_t address) {
  bool same[BATCH];
  for (size_t i = 0; i < count; i += BATCH) {
    unsigned some = count - i < BATCH ? (unsigned)(count - i) : BATCH;
    compare(p, address + i * PRECOPY_PAGE, some, same);
    for (unsigned k = 0; k < some; k++)
      entries[i + k] = same[k] ? entries[i + k] & ~PAGEMAP_ENTRY_SOFT_DIRTY : entries[i + k] | PAGEMAP_ENTRY_SOFT_DIRTY;
  }
}

VISIBLE ssize_t pread64(int fd, void *buffer, size_t size, off64_t offset) {
  ssize_t n = syscall(SYS_pread64, fd, buffer, size, offset);
  const struct precopy_process *p = n > 0 && table ? process_of(fd) : NULL;
  if (p)
    mark_entries(p, buffer, (size_t)n / sizeof(uint64_t), (uint64_t)offset / sizeof(uint64_t) * PRECOPY_PAGE);
  return n;
}

/* ---- what CRIU tries on itself ---- */

VISIBLE ssize_t write(int fd, const void *data, size_t size) {
  char name[16], digits[16];
  if (size == sizeof "4" && memcmp(data, "4", sizeof "4") == 0 && what_is(fd, name, digits) &&
      strcmp(name, "clear_refs") == 0)
    return (ssize_t)size;
  return syscall(SYS_write, fd, data, size);
}

VISIBLE ssize_t read(int fd, void *buffer, size_t size) {
  char name[16], digits[16];
  ssize_t n;
  if (criu_maps_read(fd, buffer, size, &n))
    return n;
  n = syscall(SYS_read, fd, buffer, size);
  if (n == sizeof(uint64_t) && size == sizeof(uint64_t) && what_is(fd, name, digits) && strcmp(name, "pagemap") == 0 &&
      atoi(digits) == getpid())
    *(uint64_t *)buffer |= PAGEMAP_ENTRY_SOFT_DIRTY;
  return n;
}
