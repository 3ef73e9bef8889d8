/*
 * The park at its limits: bounds, holds that nobody releases, and order while packets keep coming.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clean.h"
#include "net_lab.h"

#define WAIT_US 10000000

/* A conversation that the session began: `outside` is connected to the proxy's port that leads to `inside`. */
struct flow {
  int outside, inside;
};

static void flow_open(const struct lab *lab, int session, struct flow *f) {
  f->outside = lab_socket(lab, LAB_OUTSIDE, SOCK_DGRAM, 0, 0);
  f->inside = lab_socket(lab, LAB_SESSION + session, SOCK_DGRAM | SOCK_NONBLOCK, 0, 0);
  int bytes = 16 << 20, on = 1;
  check(setsockopt(f->inside, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) == 0 &&
            setsockopt(f->inside, SOL_IP, IP_RECVTTL, &on, sizeof on) == 0,
        "setting socket options");
  struct sockaddr_in peer = lab_endpoint(lab_address(LAB_OUTSIDE), lab_port(f->outside));
  check(sendto(f->inside, "hello", 5, 0, (struct sockaddr *)&peer, sizeof peer) == 5, "sending");
  char text[8];
  socklen_t size = sizeof peer;
  check(recvfrom(f->outside, text, sizeof text, 0, (struct sockaddr *)&peer, &size) == 5 &&
            connect(f->outside, (struct sockaddr *)&peer, size) == 0,
        "receiving what the session sent");
}

static void flow_close(struct flow *f) {
  close(f->outside);
  close(f->inside);
}

static void send_number(const struct flow *f, uint32_t number) {
  check(send(f->outside, &number, sizeof number, 0) == sizeof number, "sending number %u", number);
}

/* Receives the next number within `wait_us`. Returns its time to live, or -1 when none came. */
static int receive_number(const struct flow *f, uint32_t *number, uint64_t wait_us) {
  struct pollfd ready = {.fd = f->inside, .events = POLLIN};
  if (poll(&ready, 1, (int)(wait_us / 1000)) != 1)
    return -1;
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec part = {number, sizeof *number};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  check(recvmsg(f->inside, &message, 0) == sizeof *number, "receiving a number");
  struct cmsghdr *ttl = CMSG_FIRSTHDR(&message);
  check(ttl && ttl->cmsg_type == IP_TTL, "no time to live came with the packet");
  return *(int *)CMSG_DATA(ttl);
}

static void expect_number(const struct flow *f, uint32_t expected) {
  uint32_t number;
  check(receive_number(f, &number, WAIT_US) >= 0, "number %u did not come", expected);
  check(number == expected, "number %u came instead of %u", number, expected);
}

static void reopen(struct lab *lab) {
  gateway_close(lab->gateway);
  lab_open_gateway(lab);
}

static uint64_t parked(const struct lab *lab) {
  cleanup_free char *text = lab_output(lab, LAB_PROXY, "awk '/-park:/ { print $11 }' /proc/net/dev");
  return strtoull(text, NULL, 10);
}

static void wait_parked(const struct lab *lab, uint64_t packets) {
  for (uint64_t start = lab_now_us(); parked(lab) < packets;)
    check(lab_now_us() - start < WAIT_US, "the park has not taken %lu packets", (unsigned long)packets);
}

static void hold(struct lab *lab, int session) {
  struct error err;
  works(gateway_hold(lab->gateway, lab_address(LAB_SESSION + session), &err), &err);
}

static mobidesk_hold_stats release(struct lab *lab, int session) {
  struct error err;
  mobidesk_hold_stats stats;
  works(gateway_release(lab->gateway, lab_address(LAB_SESSION + session),
                        lab_address(LAB_SERVER + session % LAB_SERVERS), &stats, &err),
        &err);
  return stats;
}

/* Beyond the bound of a session the newest are dropped, and counted. */
static void test_session_bound(struct lab *lab) {
  enum { BOUND = 10, SENT = 25 };
  lab->gateway_config.session_packets = BOUND;
  reopen(lab);
  struct flow f;
  flow_open(lab, 0, &f);
  hold(lab, 0);
  for (uint32_t n = 0; n < SENT; n++)
    send_number(&f, n);
  wait_parked(lab, SENT);
  mobidesk_hold_stats stats = release(lab, 0);
  check(stats.packets == BOUND && stats.dropped == SENT - BOUND && stats.bytes > 0 && stats.held_us > 0,
        "%lu replayed, %lu dropped", (unsigned long)stats.packets, (unsigned long)stats.dropped);
  send_number(&f, SENT);
  for (uint32_t n = 0; n < BOUND; n++)
    expect_number(&f, n);
  expect_number(&f, SENT);
  lab->gateway_config.session_packets = GATEWAY_SESSION_PACKETS;
  flow_close(&f);
}

/* What one session takes of the common room is not there for the next; after a release it is again. */
static void test_total_bound(struct lab *lab) {
  enum { PACKET = sizeof(uint32_t) + 28, BOUND = 10, SENT = 8 };
  lab->gateway_config.total_bytes = BOUND * PACKET;
  reopen(lab);
  struct flow a, b;
  flow_open(lab, 0, &a);
  flow_open(lab, 1, &b);
  for (int round = 0; round < 2; round++) {
    uint64_t before = parked(lab);
    hold(lab, 0);
    hold(lab, 1);
    for (uint32_t n = 0; n < SENT; n++)
      send_number(&a, n);
    wait_parked(lab, before + SENT);
    for (uint32_t n = 0; n < SENT; n++)
      send_number(&b, n);
    wait_parked(lab, before + 2 * SENT);
    mobidesk_hold_stats first = release(lab, 0), second = release(lab, 1);
    check(first.packets == SENT && first.dropped == 0, "%lu replayed", (unsigned long)first.packets);
    check(second.packets == BOUND - SENT && second.dropped == 2 * SENT - BOUND, "%lu replayed, %lu dropped",
          (unsigned long)second.packets, (unsigned long)second.dropped);
    for (uint32_t n = 0; n < SENT; n++)
      expect_number(&a, n);
    for (uint32_t n = 0; n < BOUND - SENT; n++)
      expect_number(&b, n);
  }
  lab->gateway_config.total_bytes = GATEWAY_TOTAL_BYTES;
  flow_close(&a);
  flow_close(&b);
}

/* A hold that nobody releases ends, and the session is reached where it was. */
static void test_expiry(struct lab *lab) {
  enum { HOLD_US = 200000 };
  lab->gateway_config.hold_us = HOLD_US;
  reopen(lab);
  struct flow f;
  flow_open(lab, 0, &f);
  uint64_t start_us = lab_now_us();
  hold(lab, 0);
  uint32_t number, sent = 0;
  do
    send_number(&f, sent++);
  while (receive_number(&f, &number, 5000) < 0 && lab_now_us() - start_us < WAIT_US);
  check(lab_now_us() - start_us >= HOLD_US, "a packet came after %lu us", (unsigned long)(lab_now_us() - start_us));
  mobidesk_hold_stats stats = release(lab, 0);
  check(stats.packets == 0 && stats.dropped > 0 && stats.dropped == number, "%lu dropped, first received %u",
        (unsigned long)stats.dropped, number);
  lab->gateway_config.hold_us = GATEWAY_HOLD_US;
  reopen(lab);
  flow_close(&f);
}

/* A replayed packet looks as if it had never waited: the way costs the same hops. */
static void test_time_to_live(struct lab *lab) {
  struct flow f;
  flow_open(lab, 0, &f);
  uint32_t number;
  send_number(&f, 0);
  int direct = receive_number(&f, &number, WAIT_US);
  uint64_t before = parked(lab);
  hold(lab, 0);
  send_number(&f, 1);
  wait_parked(lab, before + 1);
  release(lab, 0);
  int replayed = receive_number(&f, &number, WAIT_US);
  check(direct > 0 && replayed == direct, "a time to live of %d became %d", direct, replayed);
  flow_close(&f);
}

struct stream {
  struct flow flow;
  uint32_t count;
};

#define STREAM_COUNT 40000
#define STREAM_STEP_US 50

/* Sends numbers at a steady rate, faster than any desktop. */
static void *stream(void *data) {
  const struct flow *f = data;
  uint64_t start_us = lab_now_us();
  for (uint32_t n = 0; n < STREAM_COUNT; n++) {
    while (lab_now_us() - start_us < (uint64_t)n * STREAM_STEP_US)
      continue;
    send_number(f, n);
  }
  return NULL;
}

/* Releases while packets keep coming: nothing is lost or comes twice, and what comes out of order is bounded by the
 * time of a route's change (park.h). */
static void test_order(struct lab *lab) {
  enum { ROUNDS = 20, PER_HOLD = 400 };
  struct flow f;
  flow_open(lab, 0, &f);
  static bool seen[STREAM_COUNT];
  uint32_t late = 0, next = 0, received = 0, number, displaced = 0;
  uint64_t replayed = 0;
  pthread_t thread;
  check(pthread_create(&thread, NULL, stream, &f) == 0, "starting a thread");
  for (int round = 0; round < ROUNDS || received < STREAM_COUNT; round++) {
    if (round < ROUNDS) {
      uint64_t before = parked(lab);
      hold(lab, 0);
      wait_parked(lab, before + PER_HOLD);
      replayed += release(lab, 0).packets;
    }
    while (receive_number(&f, &number, round < ROUNDS ? 0 : 1000000) >= 0) {
      check(number < STREAM_COUNT && !seen[number], "number %u came twice", number);
      seen[number] = true;
      received++;
      late += number < next;
      if (number < next && next - number > displaced)
        displaced = next - number;
      next = number >= next ? number + 1 : next;
    }
    check(round <= ROUNDS, "%u of %u packets came", received, STREAM_COUNT);
  }
  pthread_join(thread, NULL);
  printf("order: %u packets at %d us, %lu replayed in %d releases, %u overtaken, by at most %u\n", received,
         STREAM_STEP_US, (unsigned long)replayed, ROUNDS, late, displaced);
  check(late <= ROUNDS, "%u packets were overtaken in %d releases", late, ROUNDS);
  flow_close(&f);
}

int main(void) {
  struct lab lab;
  lab_open(&lab);
  const struct {
    const char *name;
    void (*run)(struct lab *lab);
  } tests[] = {
      {"session bound", test_session_bound},
      {"total bound", test_total_bound},
      {"expiry", test_expiry},
      {"time to live", test_time_to_live},
      {"order", test_order},
  };
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
    lab_enter(&lab, LAB_PROXY);
    tests[i].run(&lab);
    printf("ok: %s\n", tests[i].name);
  }
  lab_close(&lab);
  return 0;
}
