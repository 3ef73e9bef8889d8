/*
 * What CRIU is told of a send queue whose only packet has arrived in part (criu_peek.c). The state is made as CRIU
 * makes it: one packet of two writes at one end, the first of them at the other end, which then says so.
 */
#include "unit.h"

#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST "arrived so"
#define REST "did not yet"
#define ATTEMPTS 1000

enum { RECEIVE_QUEUE = 1, SEND_QUEUE = 2 };

static void set_loopback(int up) {
  struct ifreq lo = {.ifr_name = "lo", .ifr_flags = up ? IFF_UP : 0};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  check(fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &lo) == 0, "setting the loopback link");
  close(fd);
}

static void set_tcp(int fd, int option, int value) {
  check(setsockopt(fd, IPPROTO_TCP, option, &value, sizeof value) == 0, "TCP option %d to %d", option, value);
}

static int outstanding(int fd) {
  int bytes;
  check(ioctl(fd, SIOCOUTQ, &bytes) == 0, "SIOCOUTQ");
  return bytes;
}

static void connect_pair(int ends[2]) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(listen(listener, 1) == 0 && getsockname(listener, (struct sockaddr *)&address, &size) == 0 &&
            connect(ends[0], (struct sockaddr *)&address, size) == 0 && (ends[1] = accept(listener, NULL, NULL)) >= 0,
        "connecting");
  close(listener);
}

static void queue_up(int fd, int queue, const char *text) {
  set_tcp(fd, TCP_REPAIR, 1);
  set_tcp(fd, TCP_REPAIR_QUEUE, queue);
  check(send(fd, text, strlen(text), 0) == (ssize_t)strlen(text), "filling queue %d", queue);
}

/* A retransmission that comes first makes another attempt necessary. */
static int make_partial(int ends[2]) {
  set_loopback(1);
  connect_pair(ends);
  queue_up(ends[0], SEND_QUEUE, FIRST REST);
  queue_up(ends[1], RECEIVE_QUEUE, FIRST);
  set_tcp(ends[0], TCP_REPAIR, -1); /* without a window probe */
  set_tcp(ends[1], TCP_REPAIR, 0);
  check(send(ends[1], "!", 1, 0) == 1, "acknowledging");
  set_loopback(0);
  if (outstanding(ends[0]) == (int)strlen(REST))
    return 1;
  close(ends[0]);
  close(ends[1]);
  return 0;
}

int main(void) {
  int ends[2], attempts = 0;
  char text[sizeof FIRST REST] = "";
  check(unshare(CLONE_NEWNET) == 0, "making a network namespace");
  while (!make_partial(ends))
    check(++attempts < ATTEMPTS, "no packet that has arrived in part after %d attempts", attempts);
  set_tcp(ends[0], TCP_REPAIR, 1);
  set_tcp(ends[0], TCP_REPAIR_QUEUE, SEND_QUEUE);
  ssize_t n = recv(ends[0], text, strlen(REST) + 1, MSG_PEEK | MSG_DONTWAIT);
  check(n == (ssize_t)strlen(REST) && memcmp(text, REST, strlen(REST)) == 0, "%zd bytes, `%s`", n, text);
  return 0;
}
