/*
 * mobidesk-criu-peek.so: loaded into CRIU; here for a call that the kernel answers with more than it was asked for.
 *
 * CRIU takes what a TCP connection has sent, and what is not acknowledged, by peeking into its send queue, and refuses
 * the connection when that is not as long as SIOCOUTQ says. The kernel gives whole packets. One that is acknowledged in
 * part, because two small ones have become one (CRIU itself restores them so; a retransmission can do it, too), is
 * given with the part that has arrived. The rest is at its end.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SEND_QUEUE 2 /* TCP_SEND_QUEUE of linux/tcp.h */

static ssize_t receive(int fd, void *buffer, size_t size, int flags) {
  return syscall(SYS_recvfrom, fd, buffer, size, flags, NULL, NULL);
}

static int is_send_queue(int fd) {
  int queue = 0;
  socklen_t size = sizeof queue;
  return getsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue, &size) == 0 && queue == SEND_QUEUE;
}

/* CRIU asks for a byte more than there should be. */
__attribute__((visibility("default"))) ssize_t recv(int fd, void *buffer, size_t size, int flags) {
  ssize_t n = receive(fd, buffer, size, flags);
  if (flags != (MSG_PEEK | MSG_DONTWAIT) || size == 0 || n < (ssize_t)size || !is_send_queue(fd))
    return n;
  char *all = malloc((size_t)n);
  size_t wanted = size - 1;
  if (!all)
    return -1;
  ssize_t again = receive(fd, all, (size_t)n, flags);
  if (again == n)
    memcpy(buffer, all + n - wanted, wanted);
  free(all);
  if (again == n)
    return (ssize_t)wanted;
  errno = EIO;
  return -1;
}

/* What CRIU executes need not have this. */
__attribute__((constructor)) static void forget(void) { unsetenv("LD_PRELOAD"); }
