/*
 * wan-emulator: a bridge between two network interfaces that behaves like a long line: in each direction a serializer
 * of a fixed rate with a queue that drops at its end, then a fixed delay.
 *
 *     wan-emulator INTERFACE INTERFACE DELAY_US RATE_MBIT QUEUE_MS
 *
 * Prints `ready` when it forwards, and one line of JSON for each line on its standard input, when that ends, and on
 * SIGTERM: packets, bytes and drops of each direction, and the lateness since the line before of packets against the
 * moment at which they were due. A result that was measured while the lateness was large says nothing about the line:
 * who reads the line rejects it.
 *
 * The kernel's own emulator (netem) is a module that not every kernel has. Here each packet is stamped by the kernel
 * when it arrives, so that a late wake-up of this program does not add up. It runs under SCHED_FIFO where it may. The
 * interfaces have no addresses; whoever sends into them has tso, gso and tx checksums switched off, since a packet
 * larger than the line's cannot be serialized (and is counted as `oversize`).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lateness.h"

#define SLOTS 16384 /* packets on one direction of the line; 100 Mbit/s and 1 s of queue and delay are about 9,000 */
#define SLOT_BYTES 2048
#define BATCH 64
#define FRAME_OVERHEAD 24 /* preamble, checksum and gap, which a line carries and a socket does not see */
#define SECOND 1000000000LL

struct packet {
  int64_t due;
  uint16_t length;
  uint8_t bytes[SLOT_BYTES];
};

struct direction {
  int in, out;
  struct packet *line; /* ring of SLOTS */
  unsigned head, tail;
  int64_t free_at; /* when the serializer has sent what it took */
  uint64_t packets, bytes, drops, oversize, errors;
};

struct emulator {
  struct direction direction[2];
  struct lateness lateness;
  bool realtime;              /* has real-time priority */
  int64_t delay, queue;       /* ns */
  double nanoseconds_of_byte; /* of the serializer */
};

static volatile sig_atomic_t ended;

static void end(int signal) { ended = 1; }

__attribute__((noreturn)) static void fail(const char *what, const char *on) {
  fprintf(stderr, "wan-emulator: %s %s: %s\n", what, on, strerror(errno));
  exit(1);
}

/* The clock of the kernel's time stamps. */
static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * SECOND + t.tv_nsec;
}

static int open_interface(const char *name) {
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    fail("opening a packet socket for", name);
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(name)};
  int on = 1, buffer = 8 << 20;
  struct packet_mreq promiscuous = {.mr_ifindex = address.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer); /* smaller buffers do, they only drop earlier */
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
  if (address.sll_ifindex == 0 || setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) ||
      setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) ||
      setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) ||
      setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof promiscuous) ||
      bind(fd, (struct sockaddr *)&address, sizeof address))
    fail("listening on interface", name);
  return fd;
}

static int64_t arrival(struct msghdr *message) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
      struct timespec t;
      memcpy(&t, CMSG_DATA(c), sizeof t);
      return t.tv_sec * SECOND + t.tv_nsec;
    }
  }
  return now();
}

/* Puts a packet that came on the line, or drops it. `p` is where it was received to; it may have to move to the tail.
 */
static void enter_line(struct emulator *e, struct direction *d, struct packet *p, unsigned length, int64_t came) {
  if (d->free_at < came)
    d->free_at = came;
  if (d->free_at - came > e->queue) {
    d->drops++;
    return;
  }
  d->free_at += (int64_t)((length + FRAME_OVERHEAD) * e->nanoseconds_of_byte);
  struct packet *slot = &d->line[d->tail++ % SLOTS];
  if (slot != p)
    memcpy(slot->bytes, p->bytes, length);
  slot->length = (uint16_t)length;
  slot->due = d->free_at + e->delay;
  d->packets++;
  d->bytes += length;
}

static void receive(struct emulator *e, struct direction *d) {
  struct mmsghdr messages[BATCH];
  struct iovec pieces[BATCH];
  _Alignas(struct cmsghdr) char control[BATCH][CMSG_SPACE(sizeof(struct timespec))];
  unsigned room = SLOTS - (d->tail - d->head), count = room < BATCH ? room : BATCH, first = d->tail;
  for (unsigned i = 0; i < count; i++) {
    pieces[i] = (struct iovec){d->line[(first + i) % SLOTS].bytes, SLOT_BYTES};
    messages[i].msg_hdr = (struct msghdr){
        .msg_iov = &pieces[i], .msg_iovlen = 1, .msg_control = control[i], .msg_controllen = sizeof control[i]};
  }
  int received = count == 0 ? 0 : recvmmsg(d->in, messages, count, 0, NULL);
  for (int i = 0; i < received; i++) {
    if (messages[i].msg_hdr.msg_flags & MSG_TRUNC)
      d->oversize++;
    else
      enter_line(e, d, &d->line[(first + (unsigned)i) % SLOTS], messages[i].msg_len, arrival(&messages[i].msg_hdr));
  }
}

/* Sends what is due and returns when the next is, or `until` if nothing is before it. */
static int64_t deliver(struct emulator *e, struct direction *d, int64_t until) {
  for (; d->head != d->tail; d->head++) {
    struct packet *p = &d->line[d->head % SLOTS];
    int64_t time = now();
    if (p->due > time)
      return p->due < until ? p->due : until;
    if (send(d->out, p->bytes, p->length, 0) < 0)
      d->errors++;
    lateness_add(&e->lateness, now() - p->due);
  }
  return until;
}

static void print_direction(const struct direction *d, const char *name) {
  printf("\"%s\": {\"packets\": %ju, \"bytes\": %ju, \"drops\": %ju, \"oversize\": %ju, \"errors\": %ju}, ", name,
         (uintmax_t)d->packets, (uintmax_t)d->bytes, (uintmax_t)d->drops, (uintmax_t)d->oversize, (uintmax_t)d->errors);
}

static void report(struct emulator *e) {
  printf("{");
  print_direction(&e->direction[0], "forth");
  print_direction(&e->direction[1], "back");
  printf("\"realtime\": %s, \"lateness_us\": {\"p50\": %ld, \"p99\": %ld, \"max\": %ld}}\n",
         e->realtime ? "true" : "false", lateness_quantile(&e->lateness, 0.5), lateness_quantile(&e->lateness, 0.99),
         (long)(e->lateness.max / 1000));
  fflush(stdout);
  memset(&e->lateness, 0, sizeof e->lateness);
}

static void forward(struct emulator *e) {
  struct pollfd ready[3] = {{.fd = e->direction[0].in, .events = POLLIN},
                            {.fd = e->direction[1].in, .events = POLLIN},
                            {.fd = STDIN_FILENO, .events = POLLIN}};
  while (!ended) {
    int64_t next = now() + SECOND;
    for (int i = 0; i < 2; i++)
      receive(e, &e->direction[i]);
    for (int i = 0; i < 2; i++)
      next = deliver(e, &e->direction[i], next);
    int64_t wait = next - now();
    struct timespec timeout = {.tv_sec = wait > 0 ? wait / SECOND : 0, .tv_nsec = wait > 0 ? wait % SECOND : 0};
    if (ppoll(ready, 3, &timeout, NULL) > 0 && ready[2].revents) {
      char asked[64];
      if (read(STDIN_FILENO, asked, sizeof asked) <= 0)
        return;
      report(e);
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 6 || atof(argv[4]) <= 0) {
    fprintf(stderr, "usage: wan-emulator INTERFACE INTERFACE DELAY_US RATE_MBIT QUEUE_MS\n");
    return 2;
  }
  static struct emulator e;
  e.delay = atoll(argv[3]) * 1000;
  e.nanoseconds_of_byte = 8e3 / atof(argv[4]);
  e.queue = atoll(argv[5]) * 1000000;
  int a = open_interface(argv[1]), b = open_interface(argv[2]);
  for (int i = 0; i < 2; i++) {
    struct direction *d = &e.direction[i];
    d->in = i == 0 ? a : b;
    d->out = i == 0 ? b : a;
    d->line = calloc(SLOTS, sizeof *d->line);
    if (!d->line)
      fail("making the line", argv[i + 1]);
    memset(d->line, 0xff, SLOTS * sizeof *d->line); /* page faults now, not when packets come */
  }
  signal(SIGTERM, end);
  signal(SIGINT, end);
  prctl(PR_SET_TIMERSLACK, 1UL);
  e.realtime = sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 50}) == 0;
  puts("ready");
  fflush(stdout);
  forward(&e);
  report(&e);
  free(e.direction[0].line);
  free(e.direction[1].line);
  return 0;
}
