#include "criu_maps.h"

#include "criu_helper.h"
#include "criu_raw.h"
#include "precopy_table.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define VISIBLE __attribute__((visibility("default")))

/* Address space for the lines of a process, of which only what they take becomes memory; and what is read at once. */
#define TEXT_MOST (16ul << 20)
#define READ (16ul << 10)

/* Mappings of a process whose entries are looked up ahead: as many as Linux lets a process have by default. */
#define ENTRIES_MOST 65536u

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000u /* Linux 5.8 */
#endif

enum text_state { TEXT_NEW, TEXT_TAKEN, TEXT_DONE, TEXT_NONE };

/* What is here of a process; it stays until CRIU ends. */
struct text {
  _Atomic int state;
  char *at;
  size_t size;
  _Atomic unsigned char *entries; /* of each mapping: ENTRY_KNOWN and the permissions of its entry, divided by 64 */
};

#define ENTRY_KNOWN 1u

/* ---- reading ahead ---- */

static const struct precopy_process *processes;
static uint64_t process_count;
static struct text *texts;

void criu_maps_open(const struct precopy_process *all, uint64_t count) {
  struct text *room = calloc(count + 1, sizeof *room);
  _Atomic unsigned char *entries = calloc(count + 1, ENTRIES_MOST);
  if (!room || !entries) {
    free(room);
    free((void *)entries);
    return;
  }
  for (uint64_t i = 0; i < count; i++)
    room[i].entries = entries + i * ENTRIES_MOST;
  texts = room;
  processes = all;
  process_count = count;
}

/* /proc/PID/NAME */
static long open_of(int pid, const char *name, int flags) {
  char path[32] = "/proc/", digits[16];
  unsigned n = 6, count = 0;
  for (; pid > 0; pid /= 10)
    digits[count++] = (char)('0' + pid % 10);
  while (count > 0)
    path[n++] = digits[--count];
  for (path[n++] = '/'; *name; name++)
    path[n++] = *name;
  return raw(SYS_openat, AT_FDCWD, (long)path, flags | O_CLOEXEC, 0, 0, 0);
}

/* The first line of a mapping begins with its address, all others with a capital letter. */
static bool is_looked_at(const char *line, const char *end) {
  static const char flags[] = "VmFlags:";
  if (*line < 'A' || *line > 'Z')
    return true;
  for (unsigned i = 0; i < sizeof flags - 1; i++)
    if (line + i == end || line[i] != flags[i])
      return false;
  return true;
}

/* Moves the lines from `from` on that are looked at to `to`, and what is no whole line yet after them; returns where
 * that begins. */
static char *keep_lines(char *to, char *from, const char *end, size_t *left) {
  for (char *line = from, *at = from; at < end; at++) {
    if (*at != '\n')
      continue;
    if (is_looked_at(line, at))
      while (line <= at)
        *to++ = *line++;
    from = line = at + 1;
  }
  *left = (size_t)(end - from);
  for (size_t i = 0; i < *left; i++)
    to[i] = from[i];
  return to;
}

static bool read_lines(int pid, struct text *t) {
  long fd = open_of(pid, "smaps", O_RDONLY), n = -1;
  if (fd < 0)
    return false;
  long memory = raw(SYS_mmap, 0, TEXT_MOST, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  char *start = (char *)memory, *to = start;
  size_t left = 0;
  if (memory > 0 || memory < -4095) {
    while ((size_t)(to - start) + left + READ <= TEXT_MOST &&
           (n = raw(SYS_read, fd, (long)(to + left), READ, 0, 0, 0)) > 0)
      to = keep_lines(to, to, to + left + n, &left);
    t->at = start;
    t->size = (size_t)(to - start);
    if (n != 0 || left > 0)
      raw(SYS_munmap, memory, TEXT_MOST, 0, 0, 0, 0);
  }
  raw(SYS_close, fd, 0, 0, 0, 0, 0);
  return n == 0 && left == 0;
}

bool criu_maps_claim(uint64_t index) {
  int state = TEXT_NEW;
  return index < process_count && atomic_compare_exchange_strong(&texts[index].state, &state, TEXT_TAKEN);
}

void criu_maps_take(uint64_t index) {
  if (criu_maps_claim(index))
    atomic_store(&texts[index].state, read_lines(processes[index].pid, &texts[index]) ? TEXT_DONE : TEXT_NONE);
}

/* The line of the mapping after the one of `line`, or `end`. */
static const char *next_mapping(const char *line, const char *end) {
  do {
    while (line < end && *line != '\n')
      line++;
    line += line < end;
  } while (line < end && *line == 'V');
  return line;
}

/* "START-END" of a line without zeros before the numbers, which is the name of its entry; false when it is too long. */
static bool entry_name(const char *line, const char *end, char name[36]) {
  unsigned n = 0;
  bool first = true;
  for (; line < end && *line != ' ' && n < 35; line++) {
    if (*line == '0' && first && line + 1 < end && line[1] != '-' && line[1] != ' ')
      continue;
    first = *line == '-';
    name[n++] = *line;
  }
  name[n] = '\0';
  return line < end && *line == ' ';
}

/* The first line of a mapping: START-END PROTECTION OFFSET DEVICE INODE PATH */
static bool is_of_no_file(const char *line, const char *end) {
  static const char none[] = "00:00 0";
  for (int i = 0; i < 3 && line < end; line++)
    i += *line == ' ';
  for (unsigned i = 0; i < sizeof none - 1; i++, line++)
    if (line >= end || *line != none[i])
      return false;
  while (line < end && *line == ' ')
    line++;
  return line < end && (*line == '\n' || *line == '[');
}

void criu_maps_look_up(uint64_t index) {
  if (index >= process_count || atomic_load(&texts[index].state) != TEXT_DONE)
    return;
  struct text *t = &texts[index];
  long directory = open_of(processes[index].pid, "map_files", O_PATH | O_DIRECTORY);
  const char *end = t->at + t->size;
  unsigned i = 0;
  for (const char *line = t->at; directory >= 0 && line < end && i < ENTRIES_MOST;
       line = next_mapping(line, end), i++) {
    char name[36];
    struct stat64 st;
    if (!is_of_no_file(line, end) && entry_name(line, end, name) &&
        raw(SYS_newfstatat, directory, (long)name, (long)&st, AT_SYMLINK_NOFOLLOW, 0, 0) == 0)
      atomic_store(&t->entries[i], (unsigned char)((st.st_mode & 0600) / 64 | ENTRY_KNOWN));
  }
  if (directory >= 0)
    raw(SYS_close, directory, 0, 0, 0, 0, 0);
}

static struct text *text_of(int pid) {
  for (uint64_t i = 0; i < process_count; i++)
    if (processes[i].pid == pid) {
      criu_maps_take(i);
      while (atomic_load(&texts[i].state) == TEXT_TAKEN && !criu_helper_is_gone())
        sched_yield();
      return atomic_load(&texts[i].state) == TEXT_DONE ? &texts[i] : NULL;
    }
  return NULL;
}

/* ---- what CRIU has open ---- */

/* A descriptor of CRIU's that stands for lines. */
struct lines {
  int fd;
  const char *at, *end;
};

static struct lines mappings = {.fd = -1}, descriptor = {.fd = -1};
static struct text *open_text;    /* whose lines `mappings` has */
static const char *cursor;        /* in them: what was asked for last, or before it */
static unsigned cursor_index;     /* which mapping that is */
static int mapped_fd = -1;        /* of an entry of map_files */
static int own_directory_fd = -1; /* CRIU's /proc/self */
static char descriptor_text[64];

static int stand_for(struct lines *l, int any_fd, const char *text, size_t size) {
  l->fd = fcntl(any_fd, F_DUPFD_CLOEXEC, 0);
  l->at = text;
  l->end = text + size;
  return l->fd;
}

/* The number in /proc/NUMBER that `fd` is, or 0. */
static int process_directory(int fd) {
  char path[32], link[32];
  int pid, end = 0;
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(path, link, sizeof link - 1);
  link[n < 0 ? 0 : n] = '\0';
  return sscanf(link, "/proc/%d%n", &pid, &end) == 1 && link[end] == '\0' ? pid : 0;
}

static int open_mappings(int directory) {
  criu_helper_start();
  if (!texts || !(open_text = text_of(process_directory(directory))))
    return -1;
  cursor = open_text->at;
  cursor_index = 0;
  return stand_for(&mappings, directory, open_text->at, open_text->size);
}

/* The number of the mount is all that CRIU wants to know of a file that is mapped. */
static int open_descriptor(int directory, int fd) {
  struct statx st;
  if (fd != mapped_fd || (directory != own_directory_fd && process_directory(directory) != getpid()))
    return -1;
  own_directory_fd = directory;
  if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0 || !(st.stx_mask & STATX_MNT_ID))
    return -1;
  int n = snprintf(descriptor_text, sizeof descriptor_text, "mnt_id:\t%llu\n", (unsigned long long)st.stx_mnt_id);
  return stand_for(&descriptor, directory, descriptor_text, (size_t)n);
}

bool criu_maps_read(int fd, void *buffer, size_t size, ssize_t *result) {
  struct lines *l = fd == mappings.fd ? &mappings : &descriptor;
  if (fd < 0 || fd != l->fd)
    return false;
  size_t left = (size_t)(l->end - l->at), count = size < left ? size : left;
  memcpy(buffer, l->at, count);
  l->at += count;
  *result = (ssize_t)count;
  return true;
}

/* "START-END" in hexadecimal digits, as CRIU names entries of map_files. */
static bool is_range(const char *path, unsigned long *start) {
  char *end;
  if (!strchr("0123456789abcdef", *path) || *path == '\0')
    return false;
  *start = strtoul(path, &end, 16);
  return *end == '-' && end[1] != '\0' && end[1 + strspn(end + 1, "0123456789abcdef")] == '\0';
}

VISIBLE int openat64(int directory, const char *path, int flags, ...) {
  va_list rest;
  unsigned long start;
  va_start(rest, flags);
  unsigned mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, unsigned) : 0;
  va_end(rest);
  int fd = -1;
  if (strcmp(path, "smaps") == 0)
    fd = open_mappings(directory);
  else if (strncmp(path, "fdinfo/", 7) == 0)
    fd = open_descriptor(directory, atoi(path + 7));
  if (fd >= 0)
    return fd;
  fd = (int)syscall(SYS_openat, directory, path, flags, mode);
  if (fd >= 0 && is_range(path, &start))
    mapped_fd = fd;
  return fd;
}

VISIBLE int close(int fd) {
  if (fd >= 0) {
    if (fd == mappings.fd) {
      mappings.fd = -1;
      open_text = NULL;
    }
    if (fd == descriptor.fd)
      descriptor.fd = -1;
    if (fd == mapped_fd)
      mapped_fd = -1;
    if (fd == own_directory_fd)
      own_directory_fd = -1;
  }
  return (int)syscall(SYS_close, fd);
}

/* Goes to the line of the mapping that begins at `start`. CRIU asks in the order of the lines. */
static bool go_to(unsigned long start) {
  const char *end = open_text->at + open_text->size;
  for (; cursor < end; cursor = next_mapping(cursor, end), cursor_index++) {
    unsigned long at = strtoul(cursor, NULL, 16);
    if (at >= start)
      return at == start;
  }
  return false;
}

/* What is known of the entry of the mapping that begins at `start`: 1 with its mode, -1 with errno, or 0. */
static int find_entry(unsigned long start, mode_t *mode) {
  if (!open_text || !go_to(start))
    return 0;
  if (is_of_no_file(cursor, open_text->at + open_text->size)) {
    errno = ENOENT;
    return -1;
  }
  unsigned entry = cursor_index < ENTRIES_MOST ? atomic_load(&open_text->entries[cursor_index]) : 0;
  *mode = S_IFLNK | (entry & ~ENTRY_KNOWN) * 64;
  return entry != 0;
}

/* CRIU looks at the mode, and at nothing else of an entry. */
VISIBLE int fstatat64(int directory, const char *path, struct stat64 *st, int flags) {
  unsigned long start;
  mode_t mode;
  int found = flags == AT_SYMLINK_NOFOLLOW && is_range(path, &start) ? find_entry(start, &mode) : 0;
  if (found == 0)
    return (int)syscall(SYS_newfstatat, directory, path, st, flags);
  if (found > 0)
    *st = (struct stat64){.st_mode = mode};
  return found > 0 ? 0 : -1;
}
