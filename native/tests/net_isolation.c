/*
 * What a session can reach and what reaches it, on real hosts (net_lab.h). That something does NOT arrive is shown by
 * what was sent after it on the same way, and did.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clean.h"
#include "net_lab.h"

#define WAIT_MS 60000

static void send_text(int fd, in_addr_t to, uint16_t port, const char *text) {
  struct sockaddr_in peer = lab_endpoint(to, port);
  check(sendto(fd, text, strlen(text), 0, (struct sockaddr *)&peer, sizeof peer) == (ssize_t)strlen(text),
        "sending `%s`", text);
}

/* The next datagram must come, and be `text`. */
static struct sockaddr_in expect_text(int fd, const char *text) {
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  check(poll(&ready, 1, WAIT_MS) == 1, "`%s` did not arrive within %d ms", text, WAIT_MS);
  char got[64] = "";
  struct sockaddr_in from;
  socklen_t size = sizeof from;
  check(recvfrom(fd, got, sizeof got - 1, 0, (struct sockaddr *)&from, &size) > 0, "receiving `%s`", text);
  check(strcmp(got, text) == 0, "`%s` arrived instead of `%s`", got, text);
  return from;
}

static void expect_nothing(int fd, const char *what) {
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  check(poll(&ready, 1, 0) == 0, "%s got through, or was answered", what);
  int error = 0;
  socklen_t size = sizeof error;
  check(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0, "%s was answered by an error: %s", what,
        strerror(error));
}

/* A session reaches the outside host by the proxy's address, and gets replies. */
static void test_world(struct lab *lab) {
  cleanup_close int outside = lab_socket(lab, LAB_OUTSIDE, SOCK_DGRAM, 0, 0);
  for (int session = 0; session < LAB_SESSIONS; session++) {
    cleanup_close int inside = lab_socket(lab, LAB_SESSION + session, SOCK_DGRAM, 0, 0);
    send_text(inside, lab_address(LAB_OUTSIDE), lab_port(outside), "hello");
    struct sockaddr_in from = expect_text(outside, "hello");
    check(from.sin_addr.s_addr == inet_addr("203.0.113.1"), "came from %s", inet_ntoa(from.sin_addr));
    send_text(outside, from.sin_addr.s_addr, ntohs(from.sin_port), "welcome");
    expect_text(inside, "welcome");
  }
}

static void test_forged_source(struct lab *lab) {
  cleanup_close int outside = lab_socket(lab, LAB_OUTSIDE, SOCK_DGRAM, 0, 0);
  cleanup_close int forged = lab_socket(lab, LAB_SESSION, SOCK_DGRAM, lab_address(LAB_SESSION + 1), 0);
  cleanup_close int stranger = lab_socket(lab, LAB_SESSION, SOCK_DGRAM, inet_addr("198.51.100.1"), 0);
  cleanup_close int honest = lab_socket(lab, LAB_SESSION, SOCK_DGRAM, 0, 0);
  send_text(forged, lab_address(LAB_OUTSIDE), lab_port(outside), "forged");
  send_text(stranger, lab_address(LAB_OUTSIDE), lab_port(outside), "forged");
  send_text(honest, lab_address(LAB_OUTSIDE), lab_port(outside), "honest");
  expect_text(outside, "honest");
}

/* Neither datagrams nor connections from session 0 reach `host`, by any of its addresses. */
static void refuses(struct lab *lab, int host, in_addr_t address) {
  cleanup_close int listener = lab_socket(lab, host, SOCK_STREAM, 0, 0);
  cleanup_close int receiver = lab_socket(lab, host, SOCK_DGRAM, 0, 0);
  cleanup_close int sender = lab_socket(lab, LAB_SESSION, SOCK_DGRAM, 0, 0);
  cleanup_close int caller = lab_socket(lab, LAB_SESSION, SOCK_STREAM | SOCK_NONBLOCK, 0, 0);
  cleanup_close int outside = lab_socket(lab, LAB_OUTSIDE, SOCK_DGRAM, 0, 0);
  check(listen(listener, 1) == 0, "listening");
  struct sockaddr_in peer = lab_endpoint(address, lab_port(listener));
  check(connect(caller, (struct sockaddr *)&peer, sizeof peer) < 0 && errno == EINPROGRESS, "connecting");
  send_text(sender, address, lab_port(receiver), "to a host");
  send_text(sender, lab_address(LAB_OUTSIDE), lab_port(outside), "to the world");
  expect_text(outside, "to the world");
  expect_nothing(receiver, "a session's datagram to a host");
  expect_nothing(listener, "a session's connection to a host");
  int error = 0;
  socklen_t size = sizeof error;
  check(getsockopt(caller, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0, "answered: %s", strerror(error));
}

static void test_hosts_are_closed(struct lab *lab) {
  refuses(lab, LAB_SERVER, lab_address(LAB_SERVER));
  refuses(lab, LAB_SERVER + 1, lab_address(LAB_SERVER + 1));
  refuses(lab, LAB_PROXY, lab_address(LAB_PROXY));
  refuses(lab, LAB_PROXY, inet_addr("203.0.113.1"));
}

static void test_sessions_are_apart(struct lab *lab) {
  refuses(lab, LAB_SESSION + 1, lab_address(LAB_SESSION + 1)); /* on the other server */
  refuses(lab, LAB_SESSION + 2, lab_address(LAB_SESSION + 2)); /* on the same server */
}

/* An outside host cannot begin a conversation, even when it knows the way. */
static void test_outside_cannot_begin(struct lab *lab) {
  lab_run(lab, LAB_OUTSIDE, "ip route add 10.74.0.0/16 via 203.0.113.1");
  cleanup_close int inside = lab_socket(lab, LAB_SESSION, SOCK_DGRAM, 0, 0);
  cleanup_close int outside = lab_socket(lab, LAB_OUTSIDE, SOCK_DGRAM, 0, 0);
  send_text(outside, lab_address(LAB_SESSION), lab_port(inside), "uninvited");
  send_text(inside, lab_address(LAB_OUTSIDE), lab_port(outside), "hello");
  struct sockaddr_in from = expect_text(outside, "hello");
  send_text(outside, from.sin_addr.s_addr, ntohs(from.sin_port), "invited");
  expect_text(inside, "invited");
  lab_run(lab, LAB_OUTSIDE, "ip route del 10.74.0.0/16");
}

/* A server keeps silent about a session that it does not have: no ICMP error, no reset. */
static void test_unknown_is_silent(struct lab *lab) {
  struct error err;
  in_addr_t unknown = inet_addr("10.74.0.200"), never_routed = inet_addr("10.74.0.201");
  lab_enter(lab, LAB_PROXY);
  works(gateway_route(lab->gateway, unknown, lab_address(LAB_SERVER), &err), &err);
  cleanup_close int sender = lab_socket(lab, LAB_PROXY, SOCK_DGRAM, 0, 0);
  cleanup_close int caller = lab_socket(lab, LAB_PROXY, SOCK_STREAM | SOCK_NONBLOCK, 0, 0);
  cleanup_close int known = lab_socket(lab, LAB_PROXY, SOCK_DGRAM, 0, 0);
  cleanup_close int inside = lab_socket(lab, LAB_SESSION, SOCK_DGRAM, 0, 0);
  struct sockaddr_in peer = lab_endpoint(unknown, 9);
  check(connect(sender, (struct sockaddr *)&peer, sizeof peer) == 0, "connecting");
  check(send(sender, "?", 1, 0) == 1, "sending");
  check(connect(caller, (struct sockaddr *)&peer, sizeof peer) < 0 && errno == EINPROGRESS, "connecting");
  send_text(known, lab_address(LAB_SESSION), lab_port(inside), "known");
  expect_text(inside, "known");
  expect_nothing(sender, "a datagram to an unknown session");
  int error = 0;
  socklen_t size = sizeof error;
  check(getsockopt(caller, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0, "answered: %s", strerror(error));
  works(gateway_forget(lab->gateway, unknown, &err), &err);
  works(gateway_forget(lab->gateway, unknown, &err), &err);
  cleanup_free char *route =
      lab_output(lab, LAB_PROXY, "ip route get %s 2>&1; true", inet_ntoa((struct in_addr){never_routed}));
  check(strstr(route, "Invalid argument"), "the proxy has a way for a session that it does not know: %s", route);
}

static void test_blocked(struct lab *lab) {
  struct error err;
  cleanup_close int outside = lab_socket(lab, LAB_OUTSIDE, SOCK_DGRAM, 0, 0);
  cleanup_close int inside = lab_socket(lab, LAB_SESSION, SOCK_DGRAM, 0, 0);
  cleanup_close int neighbour = lab_socket(lab, LAB_SESSION + 2, SOCK_DGRAM, 0, 0);
  send_text(inside, lab_address(LAB_OUTSIDE), lab_port(outside), "before");
  struct sockaddr_in from = expect_text(outside, "before");
  lab_enter(lab, LAB_SERVER);
  works(network_block(lab->network[0], lab_address(LAB_SESSION), lab->netns[LAB_SESSION], &err), &err);
  works(network_block(lab->network[0], lab_address(LAB_SESSION), lab->netns[LAB_SESSION], &err), &err);
  send_text(inside, lab_address(LAB_OUTSIDE), lab_port(outside), "left over");
  expect_text(outside, "left over");
  send_text(outside, from.sin_addr.s_addr, ntohs(from.sin_port), "while blocked");
  send_text(neighbour, lab_address(LAB_OUTSIDE), lab_port(outside), "neighbour");
  from = expect_text(outside, "neighbour");
  send_text(outside, from.sin_addr.s_addr, ntohs(from.sin_port), "neighbour");
  expect_text(neighbour, "neighbour");
  send_text(inside, htonl(INADDR_LOOPBACK), lab_port(inside), "to itself while blocked");
  expect_nothing(inside, "a datagram to a blocked session");
  works(network_unblock(lab->network[0], lab_address(LAB_SESSION), lab->netns[LAB_SESSION], &err), &err);
  works(network_unblock(lab->network[0], lab_address(LAB_SESSION), lab->netns[LAB_SESSION], &err), &err);
  send_text(inside, lab_address(LAB_OUTSIDE), lab_port(outside), "after");
  expect_text(outside, "after");
  send_text(inside, htonl(INADDR_LOOPBACK), lab_port(inside), "to itself");
  expect_text(inside, "to itself");
}

/* See network.c: a congestion control that paces falls silent after each restore. */
static void test_no_pacing(struct lab *lab) {
  cleanup_free char *before = lab_output(lab, LAB_OUTSIDE, "cat /proc/sys/net/ipv4/tcp_congestion_control");
  cleanup_free char *name = lab_output(lab, LAB_SESSION, "cat /proc/sys/net/ipv4/tcp_congestion_control");
  check(strncmp(name, "bbr", 3) != 0, "a session uses %s", name);
  check(strncmp(before, "bbr", 3) == 0 || strcmp(name, before) == 0, "the host's %s became %s", before, name);
}

struct seen {
  int count;
  bool first;
};

static int see(const char *session, in_addr_t address, void *data) {
  struct seen *seen = data;
  seen->count++;
  seen->first |= strcmp(session, "session-0") == 0 && address == lab_address(LAB_SESSION);
  return 0;
}

/* A daemon that starts again finds its links, and nobody notices. */
static void test_restart_of_a_server(struct lab *lab) {
  struct error err;
  cleanup_close int outside = lab_socket(lab, LAB_OUTSIDE, SOCK_DGRAM, 0, 0);
  cleanup_close int inside = lab_socket(lab, LAB_SESSION, SOCK_DGRAM, 0, 0);
  lab_enter(lab, LAB_SERVER);
  works(network_block(lab->network[0], lab_address(LAB_SESSION + 2), lab->netns[LAB_SESSION + 2], &err), &err);
  network_close(lab->network[0]);
  lab_open_network(lab, 0);
  struct seen seen = {0};
  works(network_each(lab->network[0], see, &seen, &err), &err);
  check(seen.count == 2 && seen.first, "found %d sessions", seen.count);
  lab_link(lab, 0, 0); /* linked already */
  cleanup_close int blocked = lab_socket(lab, LAB_SESSION + 2, SOCK_DGRAM, 0, 0);
  send_text(blocked, lab_address(LAB_OUTSIDE), lab_port(outside), "blocked");
  struct sockaddr_in from = expect_text(outside, "blocked");
  send_text(outside, from.sin_addr.s_addr, ntohs(from.sin_port), "still blocked");
  send_text(inside, lab_address(LAB_OUTSIDE), lab_port(outside), "linked");
  from = expect_text(outside, "linked");
  send_text(outside, from.sin_addr.s_addr, ntohs(from.sin_port), "linked");
  expect_text(inside, "linked");
  expect_nothing(blocked, "a datagram to a session that was blocked before the restart");
  lab_enter(lab, LAB_SERVER);
  works(network_unblock(lab->network[0], lab_address(LAB_SESSION + 2), lab->netns[LAB_SESSION + 2], &err), &err);
}

static void test_refusals(struct lab *lab) {
  struct error err = {0};
  lab_enter(lab, LAB_SERVER);
  int netns = lab->netns[LAB_SESSION + 1];
  struct network_session thief = {.id = "thief", .address = lab_address(LAB_SESSION), .generation = 1};
  struct network_session stranger = {.id = "x", .address = inet_addr("10.75.0.1"), .generation = 1};
  check(network_attach(lab->network[0], &thief, netns, false, &err) < 0 && err.code == MOBIDESK_CONFLICT &&
            strstr(err.message, "session-0"),
        "an address was given twice: %s", err.message);
  check(network_attach(lab->network[0], &stranger, netns, false, &err) < 0 && err.code == MOBIDESK_INVALID &&
            strstr(err.message, "10.75.0.1"),
        "a strange address was taken: %s", err.message);
  lab_enter(lab, LAB_PROXY);
  check(gateway_route(lab->gateway, lab_address(LAB_SESSION), lab_address(LAB_OUTSIDE), &err) < 0 &&
            err.code == MOBIDESK_INVALID,
        "a server outside was taken: %s", err.message);
  check(gateway_hold(lab->gateway, inet_addr("10.75.0.1"), &err) < 0 && err.code == MOBIDESK_INVALID,
        "a strange address was taken: %s", err.message);
  struct gateway *second;
  check(gateway_open(&lab->gateway_config, &second, &err) < 0 && err.code == MOBIDESK_CONFLICT,
        "a second gateway of the instance was opened: %s", err.message);
}

/* What a server says, of a session that is nowhere: it is answered when it is believed. */
static struct announcement said(uint8_t number) {
  return (struct announcement){.kind = ANNOUNCEMENT_GONE,
                               .generation = 2,
                               .session = htonl(0x0a4a0900u + number), /* 10.74.9.0 */
                               .physical = htonl(0x0a490180u + number),
                               .server = lab_address(LAB_SERVER + 1),
                               .label = number,
                               .pool = {htonl(0x0a490180), 26},
                               .time_us = announcement_now_us()};
}

static void send_said(int fd, in_addr_t proxy, in_addr_t server, const struct announcement_key *key) {
  uint8_t message[ANNOUNCEMENT_MOST];
  struct sockaddr_in to = lab_endpoint(proxy, ANNOUNCEMENT_PORT);
  struct announcement a = said(0);
  struct error err;
  a.server = server;
  int size = announcement_write(&a, key, message, &err);
  check(size > 0 && sendto(fd, message, (size_t)size, 0, (struct sockaddr *)&to, sizeof to) == size, "sending");
}

/* Who lacks the key, who repeats what was said long ago, who speaks for another server, and outside hosts. */
static void test_forged_announcements(struct lab *lab) {
  enum { KEY, BIT, SHORT, OLD, FUTURE, SERVER, ANSWER, HONEST };
  struct sockaddr_in proxy = lab_endpoint(lab_address(LAB_PROXY), ANNOUNCEMENT_PORT);
  cleanup_close int fd = lab_socket(lab, LAB_SERVER + 1, SOCK_DGRAM, lab_address(LAB_SERVER + 1), 0);
  const struct announcement_key right = lab->gateway_config.key;
  struct announcement_key wrong = right;
  struct error err;
  wrong.bytes[0] ^= 1;
  cleanup_close int outside = lab_socket(lab, LAB_OUTSIDE, SOCK_DGRAM, lab_address(LAB_OUTSIDE), 0);
  send_said(outside, inet_addr("203.0.113.1"), lab_address(LAB_OUTSIDE), &right);
  for (uint8_t i = KEY; i <= HONEST; i++) {
    uint8_t message[ANNOUNCEMENT_MOST];
    struct announcement a = said(i);
    if (i == OLD)
      a.time_us -= ANNOUNCEMENT_AGE_US + 1000000;
    if (i == FUTURE)
      a.time_us += ANNOUNCEMENT_AGE_US + 60000000;
    if (i == SERVER)
      a.server = lab_address(LAB_SERVER);
    if (i == ANSWER)
      a.kind |= ANNOUNCEMENT_ANSWER;
    int size = announcement_write(&a, i == KEY ? &wrong : &right, message, &err);
    check(size > 0, "writing an announcement: %s", err.message);
    if (i == BIT)
      message[size / 2] ^= 1;
    if (i == SHORT)
      size--;
    check(sendto(fd, message, (size_t)size, 0, (struct sockaddr *)&proxy, sizeof proxy) == size, "sending");
  }
  uint8_t answer[ANNOUNCEMENT_MOST];
  struct announcement got;
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  check(poll(&ready, 1, WAIT_MS) == 1, "an honest announcement is not answered");
  ssize_t size = recv(fd, answer, sizeof answer, 0);
  check(size > 0 && announcement_read(answer, (size_t)size, &right, &got) == 0, "the answer is not the proxy's");
  check(got.session == said(HONEST).session, "what was forged as number %u was believed", ntohl(got.session) & 0xff);
  expect_nothing(fd, "an announcement that was forged");
  expect_nothing(outside, "an announcement of an outside host");
}

int main(void) {
  struct lab lab;
  lab_open(&lab);
  const struct {
    const char *name;
    void (*run)(struct lab *lab);
  } tests[] = {
      {"world", test_world},
      {"forged source", test_forged_source},
      {"hosts are closed", test_hosts_are_closed},
      {"sessions are apart", test_sessions_are_apart},
      {"outside cannot begin", test_outside_cannot_begin},
      {"unknown is silent", test_unknown_is_silent},
      {"blocked", test_blocked},
      {"no pacing", test_no_pacing},
      {"restart of a server", test_restart_of_a_server},
      {"refusals", test_refusals},
      {"forged announcements", test_forged_announcements},
  };
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
    tests[i].run(&lab);
    printf("ok: %s\n", tests[i].name);
  }
  lab_close(&lab);
  return 0;
}
