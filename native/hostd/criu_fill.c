/*
 * Part of mobidesk-criu-peek.so: fills the memory of a process that is restored with fewer steps.
 *
 * CRIU reads pages into new mappings by preadv, and the kernel takes a fault for each page that is not there yet. What
 * a large read is to fill is made present before, by one call. (UFFDIO_COPY, which clears no page, was faster still,
 * but left mappings in parts that Linux 6.12 does not move in one, as CRIU must.)
 */
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; before it the call fails, and the read takes its faults */
#endif

#define PAGE 4096

/* What is smaller is not worth the call. */
#define LEAST (256u << 10)

__attribute__((visibility("default"))) ssize_t preadv64(int fd, const struct iovec *to, int count, off64_t offset) {
  for (int i = 0; i < count; i++)
    if (to[i].iov_len >= LEAST && (uintptr_t)to[i].iov_base % PAGE == 0)
      madvise(to[i].iov_base, to[i].iov_len, MADV_POPULATE_WRITE);
  return syscall(SYS_preadv, fd, to, (long)count, (long)offset, 0L);
}
