#include "golden_pages.h"

#include "clean.h"
#include "files.h"
#include "image_archive.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096u

static bool is_pages(const char *name) { return strncmp(name, "pages-", 6) == 0; }

static int no_memory(struct error *err) { return error_set(err, MOBIDESK_NO_SPACE, "no memory for a golden image"); }

struct mapping {
  char *data;
  size_t size;
};

static void unmap(struct mapping *m) {
  if (m->data)
    munmap(m->data, m->size);
}
#define cleanup_map __attribute__((cleanup(unmap)))

static int map_file(int dir, const char *name, struct mapping *out, struct error *err) {
  struct stat st;
  cleanup_close int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 || fstat(fd, &st) < 0)
    return error_sys(err, "opening `%s` of a golden image", name);
  *out = (struct mapping){.size = (size_t)st.st_size};
  if (st.st_size == 0)
    return 0;
  out->data = mmap(NULL, out->size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
  if (out->data != MAP_FAILED)
    return 0;
  out->data = NULL;
  return error_sys(err, "mapping `%s` of a golden image", name);
}

static int by_place(const void *a, const void *b) {
  const struct golden_hit *x = a, *y = b;
  if (x->file != y->file)
    return x->file < y->file ? -1 : 1;
  return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int add_hit(struct golden_pages *p, unsigned file, uint64_t offset, struct error *err) {
  /* Grows by powers of two. */
  if ((p->count & (p->count + 1)) == 0 || !p->hits) {
    struct golden_hit *more = reallocarray(p->hits, 2 * (p->count + 1), sizeof *more);
    if (!more)
      return no_memory(err);
    p->hits = more;
  }
  p->hits[p->count++] = (struct golden_hit){file, offset};
  return 0;
}

static int find_in(struct golden_pages *p, const char *name, const struct mapping *m, const struct golden_swap *swaps,
                   size_t count, struct error *err) {
  size_t before = p->count;
  for (size_t i = 0; i < count; i++)
    for (const char *at = m->data;
         at && (at = memmem(at, m->size - (size_t)(at - m->data), swaps[i].from, swaps[i].size)); at += swaps[i].size)
      if (add_hit(p, p->files, (uint64_t)(at - m->data), err) < 0)
        return -1;
  if (p->count == before)
    return 0;
  void *more = reallocarray(p->names, p->files + 1, sizeof *p->names);
  if (!more)
    return no_memory(err);
  p->names = more;
  snprintf(p->names[p->files++], sizeof *p->names, "%s", name);
  return 0;
}

int golden_pages_find(const char *path, const struct golden_swap *swaps, size_t count, struct golden_pages *out,
                      struct error *err) {
  *out = (struct golden_pages){0};
  cleanup_dir DIR *dir = opendir(path);
  if (!dir)
    return error_sys(err, "opening the golden image `%s`", path);
  for (struct dirent *e; (e = readdir(dir));) {
    cleanup_map struct mapping m = {0};
    if (!is_pages(e->d_name))
      continue;
    if (strlen(e->d_name) >= sizeof *out->names)
      return error_set(err, MOBIDESK_INVALID, "`%s` is no file of pages", e->d_name);
    if (map_file(dirfd(dir), e->d_name, &m, err) < 0 || find_in(out, e->d_name, &m, swaps, count, err) < 0)
      return -1;
  }
  if (out->count)
    qsort(out->hits, out->count, sizeof *out->hits, by_place);
  return 0;
}

void golden_pages_free(struct golden_pages *p) {
  free(p->names);
  free(p->hits);
  *p = (struct golden_pages){0};
}

static const struct golden_swap *swap_at(const char *at, size_t left, const struct golden_swap *swaps, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (swaps[i].size <= left && memcmp(at, swaps[i].from, swaps[i].size) == 0)
      return &swaps[i];
  return NULL;
}

size_t golden_swap_text(char *text, size_t size, const struct golden_swap *swaps, size_t count) {
  size_t in = 0, out = 0;
  while (in < size) {
    const struct golden_swap *s = swap_at(text + in, size - in, swaps, count);
    if (!s) {
      text[out++] = text[in++];
      continue;
    }
    memmove(text + out, s->to, s->to_size);
    out += s->to_size;
    in += s->size;
  }
  memset(text + out, 0, size - out);
  return out;
}

/* A string that goes on in the next page, which may be another one in memory: nothing moves. In a path, slashes fill.
 */
static void swap_in_place(char *at, const struct golden_swap *s, bool path) {
  size_t gap = s->size - s->to_size;
  memset(at, path ? '/' : 0, s->size);
  memcpy(path ? at + gap : at, s->to, s->to_size);
}

/* Swaps at `offset`; returns where to go on. */
static uint64_t swap_one(char *data, size_t size, uint64_t offset, const struct golden_swap *swaps, size_t count) {
  char *at = data + offset;
  const struct golden_swap *s = swap_at(at, size - offset, swaps, count);
  if (!s)
    return offset;
  if (!s->text) {
    memcpy(at, s->to, s->size);
    return offset + s->size;
  }
  uint64_t last = (offset + s->size - 1) / PAGE * PAGE + PAGE;
  size_t room = (size_t)((last < size ? last : size) - offset);
  size_t length = strnlen(at, room);
  if (length == room) {
    swap_in_place(at, s, offset > 0 && at[-1] == '/');
    return offset + s->size;
  }
  golden_swap_text(at, length, swaps, count);
  return offset + length;
}

static int write_copy(int to, const char *name, const char *data, size_t size, struct error *err) {
  cleanup_close int fd = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  for (size_t done = 0; fd >= 0 && done < size;) {
    ssize_t n = write(fd, data + done, size - done);
    if (n <= 0)
      return error_sys(err, "writing `%s`", name);
    done += (size_t)n;
  }
  return fd >= 0 ? 0 : error_sys(err, "creating `%s`", name);
}

static int copy_file(int from, int to, unsigned file, const struct golden_pages *p, const struct golden_swap *swaps,
                     size_t count, struct error *err) {
  cleanup_map struct mapping m = {0};
  if (map_file(from, p->names[file], &m, err) < 0)
    return -1;
  cleanup_free char *data = malloc(m.size);
  if (!data)
    return no_memory(err);
  memcpy(data, m.data, m.size);
  uint64_t next = 0;
  for (size_t i = 0; i < p->count; i++)
    if (p->hits[i].file == file && p->hits[i].offset >= next)
      next = swap_one(data, m.size, p->hits[i].offset, swaps, count);
  return write_copy(to, p->names[file], data, m.size, err);
}

static bool has_hits(const struct golden_pages *p, const char *name) {
  for (unsigned i = 0; i < p->files; i++)
    if (strcmp(p->names[i], name) == 0)
      return true;
  return false;
}

int golden_pages_copy(const char *from, const char *to, const struct golden_pages *p, const struct golden_swap *swaps,
                      size_t count, struct error *err) {
  cleanup_dir DIR *dir = opendir(from);
  cleanup_close int out = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (!dir || out < 0)
    return error_sys(err, "opening the golden image `%s`, or `%s`", from, to);
  for (struct dirent *e; (e = readdir(dir));)
    if (image_archive_takes(e->d_name) && !has_hits(p, e->d_name) &&
        linkat(dirfd(dir), e->d_name, out, e->d_name, 0) < 0)
      return error_sys(err, "linking `%s` of the golden image", e->d_name);
  for (unsigned i = 0; i < p->files; i++)
    if (copy_file(dirfd(dir), out, i, p, swaps, count, err) < 0)
      return -1;
  return 0;
}
