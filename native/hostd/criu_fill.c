/*
 * Part of mobidesk-criu-peek.so: fills the memory of a process that is restored with fewer steps.
 *
 * CRIU reads pages into new mappings by preadv. For each page the kernel takes a fault, clears the page, and copies
 * over what it has cleared. UFFDIO_COPY, made for the migration of virtual machines, puts a page in its place that was
 * never cleared, hundreds of them in a call. So a large read of a file into pages that are not there yet is done by
 * that, from a mapping of the file. Whatever cannot be done so (pages that are there, a kernel that does not allow it)
 * is read as before.
 *
 * The descriptor is for faults in user mode only, which needs no privilege (Linux 5.11), and is closed before the read
 * returns: no mapping stays registered.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

#define PAGE 4096ull

/* What is smaller is not worth the calls around it. */
#define LEAST (256ull << 10)
#define PIECE (8ull << 20)

static int control(int fd, unsigned long request, void *argument) {
  return (int)syscall(SYS_ioctl, fd, request, argument);
}

static int open_faults(void) {
  int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
  struct uffdio_api api = {.api = UFFD_API};
  if (fd >= 0 && control(fd, UFFDIO_API, &api) == 0)
    return fd;
  if (fd >= 0)
    close(fd);
  return -1;
}

/* Copies pages from `from`; returns the bytes that were, from the beginning. */
static uint64_t copy(int faults, uint64_t to, uint64_t from, uint64_t size) {
  uint64_t done = 0;
  while (done < size) {
    struct uffdio_copy c = {.dst = to + done, .src = from + done, .len = size - done};
    int r = control(faults, UFFDIO_COPY, &c);
    if (c.copy > 0)
      done += (uint64_t)c.copy;
    if (r < 0 && c.copy <= 0)
      break;
  }
  return done;
}

/* A read may go into several mappings, one of them of a file, which cannot be registered: then its parts are tried. */
static uint64_t fill(int faults, uint64_t to, uint64_t from, uint64_t size) {
  struct uffdio_register reg = {.range = {to, size}, .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (control(faults, UFFDIO_REGISTER, &reg) == 0) {
    uint64_t done = copy(faults, to, from, size);
    control(faults, UFFDIO_UNREGISTER, &reg.range);
    return done;
  }
  uint64_t half = size / 2 / PAGE * PAGE;
  if (half < LEAST)
    return 0;
  uint64_t done = fill(faults, to, from, half);
  return done < half ? done : half + fill(faults, to + half, from + half, size - half);
}

/* In pieces: what was mapped and copied is still in the processor's cache when it is unmapped. */
static uint64_t fill_from(int faults, int fd, uint64_t to, uint64_t size, off64_t offset) {
  uint64_t done = 0;
  while (done < size) {
    uint64_t some = size - done < PIECE ? size - done : PIECE;
    void *from = mmap(NULL, some, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, offset + (off64_t)done);
    if (from == MAP_FAILED)
      break;
    uint64_t filled = fill(faults, to + done, (uint64_t)from, some);
    munmap(from, some);
    done += filled;
    if (filled < some)
      break;
  }
  return done;
}

/* The first pages of the read that could be filled. A file that ends before would kill who copies from its mapping. */
static ssize_t fill_first(int fd, const struct iovec *to, int count, off64_t offset) {
  struct stat st;
  off64_t end = fstat(fd, &st) == 0 ? st.st_size : 0;
  int faults = -1;
  uint64_t done = 0;
  for (int i = 0; i < count; i++) {
    uint64_t at = (uint64_t)to[i].iov_base, size = to[i].iov_len;
    bool fits = at % PAGE == 0 && size % PAGE == 0 && (uint64_t)offset % PAGE == 0 && size >= LEAST &&
                offset + (off64_t)(done + size) <= end;
    if (!fits || (faults < 0 && (faults = open_faults()) < 0))
      break;
    uint64_t some = fill_from(faults, fd, at, size, offset + (off64_t)done);
    done += some;
    if (some < size)
      break;
  }
  if (faults >= 0)
    close(faults);
  return (ssize_t)done;
}

/* CRIU goes on where a read has ended: small pieces before a large one are read without it. */
__attribute__((visibility("default"))) ssize_t preadv64(int fd, const struct iovec *to, int count, off64_t offset) {
  ssize_t done = count > 0 && to[0].iov_len >= LEAST ? fill_first(fd, to, count, offset) : 0;
  int small = 1;
  while (small < count && to[small].iov_len < LEAST)
    small++;
  return done > 0 ? done : syscall(SYS_preadv, fd, to, (long)(small < count ? small : count), (long)offset, 0L);
}
