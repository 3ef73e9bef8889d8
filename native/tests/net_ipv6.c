/*
 * IPv6 of sessions, beside their IPv4: to outside hosts and each other, through moves and restarts of the daemons, what
 * a session cannot reach or pretend, and policies. That something does NOT arrive is shown by what was sent after it on
 * the same way, and did.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clean.h"
#include "gateway_policy_json.h"
#include "net_talk.h"
#include "network_address6.h"

#define WAIT_MS 60000
#define LINES 20
#define MOVES 6
#define PROXY_OUTSIDE "2001:db8:203::1"
/* Several fragments, in both directions. */
#define LARGE 5000
#define BULK (8 << 20)

static void send_bytes(int fd, const char *to, uint16_t port, const void *data, size_t size) {
  struct sockaddr_in6 peer = lab_endpoint6(to, port);
  check(sendto(fd, data, size, 0, (struct sockaddr *)&peer, sizeof peer) == (ssize_t)size, "sending %zu bytes to %s",
        size, to);
}

static void say(int fd, const char *to, uint16_t port, const char *text) {
  send_bytes(fd, to, port, text, strlen(text));
}

static struct sockaddr_in6 hear_bytes(int fd, const void *data, size_t size) {
  char got[LARGE + 1];
  struct sockaddr_in6 from;
  socklen_t from_size = sizeof from;
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  check(poll(&ready, 1, WAIT_MS) == 1, "%zu bytes did not arrive", size);
  ssize_t n = recvfrom(fd, got, sizeof got, 0, (struct sockaddr *)&from, &from_size);
  check(n == (ssize_t)size && memcmp(got, data, size) == 0, "`%.*s` arrived instead of `%.*s`", n > 40 ? 40 : (int)n,
        got, size > 40 ? 40 : (int)size, (const char *)data);
  return from;
}

static struct sockaddr_in6 hear(int fd, const char *text) { return hear_bytes(fd, text, strlen(text)); }

static void expect_nothing(int fd, const char *what) {
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  int error = 0;
  socklen_t size = sizeof error;
  check(poll(&ready, 1, 0) == 0, "%s got through, or was answered", what);
  check(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0, "%s was answered by an error: %s", what,
        strerror(error));
}

static uint64_t server_drops(struct lab *lab, int server, enum translation_drop why) {
  uint64_t counts[TRANSLATION_DROPS];
  struct error err;
  works(network_drops(lab->network[server], counts, &err), &err);
  return counts[why];
}

static uint64_t gateway_dropped(struct lab *lab, enum translation_drop why) {
  uint64_t counts[TRANSLATION_DROPS];
  struct error err;
  works(gateway_drops(lab->gateway, counts, &err), &err);
  return counts[why];
}

/* Until the proxy has heard of the session, what it sends is lost; on a busy machine a server tells it again. */
static void wait_reached(struct lab *lab, int session) {
  cleanup_close int outside = lab_socket6(lab, LAB_OUTSIDE, SOCK_DGRAM, "::", 0);
  cleanup_close int inside = lab_socket6(lab, LAB_SESSION + session, SOCK_DGRAM, "::", 0);
  struct pollfd ready = {.fd = outside, .events = POLLIN};
  for (uint64_t start = lab_now_us(); poll(&ready, 1, 100) == 0;) {
    check(lab_now_us() - start < WAIT_MS * 1000ull, "session %d reaches nobody", session);
    say(inside, lab_address6(LAB_OUTSIDE), lab_port(outside), "is anybody there");
  }
}

/* Each session reaches the outside host by the proxy's address, with datagrams that are cut into fragments too, and
 * from ports of its own. */
static void test_world(struct lab *lab) {
  cleanup_close int outside = lab_socket6(lab, LAB_OUTSIDE, SOCK_DGRAM, "::", 0);
  uint16_t range[LAB_SESSIONS];
  char large[LARGE];
  for (size_t i = 0; i < sizeof large; i++)
    large[i] = (char)(i * 7);
  for (int session = 0; session < LAB_SESSIONS; session++) {
    cleanup_close int inside = lab_socket6(lab, LAB_SESSION + session, SOCK_DGRAM, "::", 0);
    say(inside, lab_address6(LAB_OUTSIDE), lab_port(outside), "hello");
    struct sockaddr_in6 from = hear(outside, "hello");
    char text[INET6_ADDRSTRLEN];
    check(strcmp(network6_text(&from.sin6_addr, text), PROXY_OUTSIDE) == 0, "came from %s", text);
    range[session] = ntohs(from.sin6_port) / LAB_SESSION_PORTS;
    for (int other = 0; other < session; other++)
      check(range[other] != range[session], "sessions %d and %d share ports", other, session);
    say(outside, PROXY_OUTSIDE, ntohs(from.sin6_port), "welcome");
    hear(inside, "welcome");
    send_bytes(inside, lab_address6(LAB_OUTSIDE), lab_port(outside), large, sizeof large);
    hear_bytes(outside, large, sizeof large);
    send_bytes(outside, PROXY_OUTSIDE, ntohs(from.sin6_port), large, sizeof large);
    hear_bytes(inside, large, sizeof large);
  }
}

/* `BULK` bytes from one end to the other, each with its place in it. */
static void transfer(int from, int to) {
  static unsigned char out[1 << 16], in[1 << 16];
  size_t sent = 0, got = 0;
  while (got < BULK) {
    struct pollfd ready[] = {{.fd = to, .events = POLLIN}, {.fd = sent < BULK ? from : -1, .events = POLLOUT}};
    check(poll(ready, 2, WAIT_MS) > 0, "%zu of %d bytes came, %zu were sent", got, BULK, sent);
    if (ready[1].revents) {
      size_t size = BULK - sent < sizeof out ? BULK - sent : sizeof out;
      for (size_t i = 0; i < size; i++)
        out[i] = (unsigned char)((sent + i) * 31 >> 4);
      ssize_t n = send(from, out, size, MSG_NOSIGNAL | MSG_DONTWAIT);
      check(n >= 0 || errno == EAGAIN, "sending");
      sent += n > 0 ? (size_t)n : 0;
    }
    ssize_t n = recv(to, in, sizeof in, MSG_DONTWAIT);
    check(n > 0 || (n < 0 && errno == EAGAIN), "receiving after %zu bytes", got);
    for (ssize_t i = 0; i < n; i++, got++)
      check(in[i] == (unsigned char)(got * 31 >> 4), "byte %zu is wrong", got);
  }
}

/* Large segments, whose checksums are not there yet, in both directions. */
static void test_bulk(struct lab *lab) {
  cleanup_close int listener = lab_socket6(lab, LAB_OUTSIDE, SOCK_STREAM, "::", 0);
  cleanup_close int inside = lab_socket6(lab, LAB_SESSION, SOCK_STREAM, "::", 0);
  struct sockaddr_in6 peer = lab_endpoint6(lab_address6(LAB_OUTSIDE), lab_port(listener));
  check(listen(listener, 1) == 0, "listening");
  check(connect(inside, (struct sockaddr *)&peer, sizeof peer) == 0, "connecting");
  cleanup_close int outside = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  check(outside >= 0, "accepting");
  transfer(inside, outside);
  transfer(outside, inside);
}

/* "Port unreachable" reaches the socket that it is about: what it quotes was translated twice. */
static void test_errors(struct lab *lab) {
  cleanup_close int inside = lab_socket6(lab, LAB_SESSION, SOCK_DGRAM, "::", 0);
  cleanup_close int closed = lab_socket6(lab, LAB_OUTSIDE, SOCK_DGRAM, "::", 0);
  struct sockaddr_in6 peer = lab_endpoint6(lab_address6(LAB_OUTSIDE), lab_port(closed));
  struct pollfd ready = {.fd = inside, .events = POLLIN};
  char byte;
  close(closed);
  closed = -1;
  check(connect(inside, (struct sockaddr *)&peer, sizeof peer) == 0 && send(inside, "x", 1, 0) == 1, "sending");
  check(poll(&ready, 1, WAIT_MS) == 1, "the error did not arrive");
  check(recv(inside, &byte, 1, 0) < 0 && errno == ECONNREFUSED, "no error");
}

/* An echo of its own and the session's address are all that eth0 has. */
static void test_inside(struct lab *lab) {
  cleanup_free char *addresses = lab_output(lab, LAB_SESSION, "ip -6 -o address show dev eth0");
  check(strstr(addresses, " fd00:74::a4a:5/128 ") && !strstr(addresses, "fe80"), "addresses: %s", addresses);
}

/* As net_move.c: hold, stop, take to the other server, release, go on. */
static void move(struct lab *lab, int from, int to, const struct talk *tcp) {
  struct error err;
  mobidesk_hold_stats stats;
  in_addr_t address = lab_address(LAB_SESSION);
  lab_enter(lab, LAB_PROXY);
  works(gateway_hold(lab->gateway, address, &err), &err);
  talk_freeze(tcp);
  lab_enter(lab, LAB_SERVER + from);
  works(network_block(lab->network[from], address, lab->netns[LAB_SESSION], &err), &err);
  works(network_detach(lab->network[from], address, &err), &err);
  lab_attach(lab, 0, to, true, true);
  uint64_t sent = tcp->outside->sent;
  while (tcp->outside->sent == sent)
    usleep(1000);
  works(network_unblock(lab->network[to], address, lab->netns[LAB_SESSION], &err), &err);
  talk_thaw(tcp);
  lab_enter(lab, LAB_PROXY);
  works(gateway_release(lab->gateway, address, lab_address(LAB_SERVER + to), &stats, &err), &err);
  lab_enter(lab, LAB_SERVER + from);
  works(network_give_back(lab->network[from], address, &err), &err);
  talk_on(tcp, LINES);
  check(stats.dropped == 0, "%lu packets were dropped", (unsigned long)stats.dropped);
}

/* The daemons come again and find all as it was, while the conversation goes on. */
static void restart_daemons(struct lab *lab, const struct talk *tcp) {
  for (int server = 0; server < LAB_SERVERS; server++) {
    network_close(lab->network[server]);
    lab_open_network(lab, server);
    talk_on(tcp, LINES);
  }
  gateway_close(lab->gateway);
  lab_open_gateway(lab);
  talk_on(tcp, LINES);
}

/* A stream, and a conversation of datagrams that neither end begins anew. */
static void test_moves(struct lab *lab) {
  struct talk tcp;
  cleanup_close int outside = lab_socket6(lab, LAB_OUTSIDE, SOCK_DGRAM, "::", 0);
  cleanup_close int inside = lab_socket6(lab, LAB_SESSION, SOCK_DGRAM, "::", 0);
  say(inside, lab_address6(LAB_OUTSIDE), lab_port(outside), "hello");
  struct sockaddr_in6 from = hear(outside, "hello");
  talk_between6(lab, LAB_SESSION, LAB_OUTSIDE, SOCK_STREAM, &tcp);
  for (int n = 0; n < MOVES; n++) {
    move(lab, n % 2, (n + 1) % 2, &tcp);
    say(outside, PROXY_OUTSIDE, ntohs(from.sin6_port), "there");
    hear(inside, "there");
  }
  restart_daemons(lab, &tcp);
  move(lab, 0, 1, &tcp);
  move(lab, 1, 0, &tcp);
  talk_finish(&tcp);
}

/* What the session was is no address of its any more: a server that was left, or who listened there, cannot send as it.
 */
static void test_forged(struct lab *lab) {
  struct network_session *s = &lab->sessions[0];
  struct in6_addr own = lab_endpoint6(lab_address6(LAB_SESSION), 0).sin6_addr;
  const struct in6_addr *network = &lab->network_config[0].physical_network6.address;
  struct in6_addr old = network6_physical(network, &own, s->label, (uint16_t)(s->generation - 1));
  struct in6_addr guessed = network6_physical(network, &own, s->label ^ 1, s->generation);
  const char *sources[] = {NETWORK6_TEXT(&old), NETWORK6_TEXT(&guessed), "fd00:73:a1::1", lab_address6(LAB_SESSION)};
  cleanup_close int outside = lab_socket6(lab, LAB_OUTSIDE, SOCK_DGRAM, "::", 0);
  cleanup_close int honest = lab_socket6(lab, LAB_SESSION, SOCK_DGRAM, "::", 0);
  uint64_t before = gateway_dropped(lab, TRANSLATION_DROP_LABEL);
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
    cleanup_close int forged = lab_socket6(lab, LAB_ROUTER, SOCK_DGRAM, sources[i], 0);
    say(forged, lab_address6(LAB_OUTSIDE), lab_port(outside), "forged");
  }
  say(honest, lab_address6(LAB_OUTSIDE), lab_port(outside), "honest");
  hear(outside, "honest");
  uint64_t dropped = gateway_dropped(lab, TRANSLATION_DROP_LABEL) - before;
  check(dropped == sizeof sources / sizeof *sources, "%lu forged packets were dropped", (unsigned long)dropped);
  /* And nobody sends to it as the proxy would. */
  uint64_t unknown = server_drops(lab, 0, TRANSLATION_DROP_LABEL);
  cleanup_close int inside = lab_socket6(lab, LAB_SESSION, SOCK_DGRAM, "::", 0);
  cleanup_close int router = lab_socket6(lab, LAB_ROUTER, SOCK_DGRAM, "::", 0);
  for (int i = 0; i < 3; i++)
    say(router, sources[i], lab_port(inside), "forged");
  say(honest, lab_address6(LAB_OUTSIDE), lab_port(outside), "honest");
  struct sockaddr_in6 from = hear(outside, "honest");
  say(outside, PROXY_OUTSIDE, ntohs(from.sin6_port), "reply");
  hear(honest, "reply");
  expect_nothing(inside, "what was sent to a forged address");
  check(server_drops(lab, 0, TRANSLATION_DROP_LABEL) == unknown + 3, "forged addresses were not refused");
}

/* As root of the session: any address can be given to eth0, none but its own is let pass. */
static void test_spoofing(struct lab *lab) {
  static const char *const sources[] = {"fd00:74::a4a:6", "2001:db8::77", "fd00:73::11"};
  const size_t count = sizeof sources / sizeof *sources;
  cleanup_close int outside = lab_socket6(lab, LAB_OUTSIDE, SOCK_DGRAM, "::", 0);
  cleanup_close int honest = lab_socket6(lab, LAB_SESSION, SOCK_DGRAM, "::", 0);
  uint64_t before = server_drops(lab, 0, TRANSLATION_DROP_SOURCE);
  for (size_t i = 0; i < count; i++) {
    lab_run(lab, LAB_SESSION, "ip address add %s/128 dev eth0 nodad", sources[i]);
    cleanup_close int forged = lab_socket6(lab, LAB_SESSION, SOCK_DGRAM, sources[i], 0);
    say(forged, lab_address6(LAB_OUTSIDE), lab_port(outside), "forged");
    lab_run(lab, LAB_SESSION, "ip address del %s/128 dev eth0", sources[i]);
  }
  say(honest, lab_address6(LAB_OUTSIDE), lab_port(outside), "honest");
  hear(outside, "honest");
  check(server_drops(lab, 0, TRANSLATION_DROP_SOURCE) >= before + count, "forged sources were not counted");
}

struct closed {
  int host;
  const char *address;
};

/* Neither datagrams nor connections of the session reach the host by that address, and nothing is answered. */
static void refuses(struct lab *lab, int session, const struct closed *closed) {
  cleanup_close int outside = lab_socket6(lab, LAB_OUTSIDE, SOCK_DGRAM, "::", 0);
  cleanup_close int receiver = lab_socket6(lab, closed->host, SOCK_DGRAM, "::", 0);
  cleanup_close int listener = lab_socket6(lab, closed->host, SOCK_STREAM, "::", 0);
  cleanup_close int sender = lab_socket6(lab, LAB_SESSION + session, SOCK_DGRAM, "::", 0);
  cleanup_close int caller = lab_socket6(lab, LAB_SESSION + session, SOCK_STREAM | SOCK_NONBLOCK, "::", 0);
  struct sockaddr_in6 peer = lab_endpoint6(closed->address, lab_port(listener));
  check(listen(listener, 1) == 0, "listening");
  check(connect(caller, (struct sockaddr *)&peer, sizeof peer) < 0 && errno == EINPROGRESS, "connecting");
  say(sender, closed->address, lab_port(receiver), "to a host");
  say(sender, lab_address6(LAB_OUTSIDE), lab_port(outside), "to the world");
  hear(outside, "to the world");
  expect_nothing(receiver, closed->address);
  expect_nothing(listener, closed->address);
  int error = 0;
  socklen_t size = sizeof error;
  check(getsockopt(caller, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0, "%s: %s", closed->address,
        strerror(error));
}

/* No host of the installation, by any of its addresses, and no other session. */
static void test_closed(struct lab *lab) {
  static const struct closed closed[] = {{LAB_SERVER, "fd00:73::11"},        {LAB_SERVER + 1, "fd00:73:1::12"},
                                         {LAB_ROUTER, "fd00:73::fe"},        {LAB_PROXY, "fd00:73::1"},
                                         {LAB_PROXY, PROXY_OUTSIDE},         {LAB_SESSION + 1, "fd00:74::a4a:6"},
                                         {LAB_SESSION + 2, "fd00:74::a4a:7"}};
  for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
    refuses(lab, 0, &closed[i]);
}

/* One host is proxy and server at once (role both). */
static void test_single_host(struct lab *lab) {
  enum { SESSION = 2 };
  static const struct closed closed[] = {{LAB_PROXY, "fd00:73::1"},
                                         {LAB_PROXY, PROXY_OUTSIDE},
                                         {LAB_SERVER, "fd00:73::11"},
                                         {LAB_SESSION, "fd00:74::a4a:5"}};
  struct error err;
  struct network *network;
  struct talk talk;
  mobidesk_hold_stats stats;
  in_addr_t address = lab_address(LAB_SESSION + SESSION);
  int inside = lab->netns[LAB_SESSION + SESSION];
  struct network_prefix6 tier = lab->network_config[0].closed6[0];
  struct network_config config = {.instance = lab->gateway_config.instance,
                                  .pins = "/mnt/proxy-as-server",
                                  .session_network = lab->gateway_config.session_network,
                                  .session_network6 = lab->gateway_config.session_network6,
                                  .closed6 = &tier,
                                  .closed6_count = 1};
  lab_enter(lab, LAB_SERVER);
  works(network_detach(lab->network[0], address, &err), &err);
  lab_enter(lab, LAB_PROXY);
  works(network_open(&config, &network, &err), &err);
  works(network_attach(network, &lab->sessions[SESSION], inside, false, &err), &err);
  works(gateway_route(lab->gateway, address, lab_address(LAB_PROXY), &err), &err);
  wait_reached(lab, SESSION);
  talk_between6(lab, LAB_SESSION + SESSION, LAB_OUTSIDE, SOCK_STREAM, &talk);
  lab_enter(lab, LAB_PROXY);
  works(gateway_hold(lab->gateway, address, &err), &err);
  works(network_block(network, address, inside, &err), &err);
  uint64_t sent = talk.outside->sent;
  while (talk.outside->sent < sent + LINES)
    usleep(1000);
  works(network_unblock(network, address, inside, &err), &err);
  works(gateway_release(lab->gateway, address, lab_address(LAB_PROXY), &stats, &err), &err);
  check(stats.dropped == 0, "%lu packets were dropped", (unsigned long)stats.dropped);
  talk_on(&talk, LINES);
  talk_finish(&talk);
  for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
    refuses(lab, SESSION, &closed[i]);
  lab_enter(lab, LAB_PROXY);
  works(network_detach(network, address, &err), &err);
  network_close(network);
  works(network_cleanup(config.instance, config.pins, &err), &err);
  lab_link(lab, SESSION, 0);
}

/* An outside host cannot begin a conversation, even when it knows the ways. */
static void test_outside_cannot_begin(struct lab *lab) {
  struct network_session *s = &lab->sessions[0];
  struct in6_addr own = lab_endpoint6(lab_address6(LAB_SESSION), 0).sin6_addr;
  struct in6_addr physical =
      network6_physical(&lab->network_config[0].physical_network6.address, &own, s->label, s->generation);
  cleanup_close int inside = lab_socket6(lab, LAB_SESSION, SOCK_DGRAM, "::", 0);
  cleanup_close int outside = lab_socket6(lab, LAB_OUTSIDE, SOCK_DGRAM, "::", 0);
  lab_run(lab, LAB_OUTSIDE, "ip route add fd00::/16 via " PROXY_OUTSIDE);
  say(outside, lab_address6(LAB_SESSION), lab_port(inside), "uninvited");
  say(outside, NETWORK6_TEXT(&physical), lab_port(inside), "uninvited");
  say(inside, lab_address6(LAB_OUTSIDE), lab_port(outside), "hello");
  struct sockaddr_in6 from = hear(outside, "hello");
  say(outside, PROXY_OUTSIDE, ntohs(from.sin6_port), "invited");
  hear(inside, "invited");
  lab_run(lab, LAB_OUTSIDE, "ip route del fd00::/16");
}

static void set_policy(struct lab *lab, int session, const char *text) {
  struct error err;
  struct gateway_policy policy;
  json_error_t why;
  cleanup_json json_t *object = json_loads(text, 0, &why);
  check(object, "the policy `%s`: %s", text, why.text);
  works(gateway_policy_parse(object, &policy, &err), &err);
  lab_enter(lab, LAB_PROXY);
  works(gateway_set_policy(lab->gateway, lab_address(LAB_SESSION + session), &policy, &err), &err);
}

/* What is allowed by IPv6 is said by IPv6: what a restricted session may not reach by the one it may not by the other.
 */
static void test_policy(struct lab *lab) {
  cleanup_close int outside = lab_socket6(lab, LAB_OUTSIDE, SOCK_DGRAM, "::", 0);
  cleanup_close int inside = lab_socket6(lab, LAB_SESSION, SOCK_DGRAM, "::", 0);
  const char *world = lab_address6(LAB_OUTSIDE);
  say(inside, world, lab_port(outside), "before");
  hear(outside, "before");
  set_policy(lab, 0, "{\"restricted\": true, \"allow\": [\"203.0.113.0/24\", \"2001:db8:99::/48\"]}");
  say(inside, world, lab_port(outside), "refused");
  set_policy(lab, 0, "{\"restricted\": true, \"allow\": [\"2001:db8:203::/64\"]}");
  say(inside, world, lab_port(outside), "allowed");
  hear(outside, "allowed");
  set_policy(lab, 0, "{}");
}

static void test_peers(struct lab *lab) {
  struct talk talk;
  set_policy(lab, 0, "{\"peers\": [\"10.74.0.6\"]}");
  talk_between6(lab, LAB_SESSION, LAB_SESSION + 1, SOCK_STREAM, &talk);
  lab_move(lab, 1, 1, 0);
  talk_on(&talk, LINES);
  lab_move(lab, 1, 0, 1);
  talk_on(&talk, LINES);
  talk_finish(&talk);
  /* Peers may be begun with by who has them, and may not begin. */
  cleanup_close int first = lab_socket6(lab, LAB_SESSION, SOCK_DGRAM, "::", 0);
  cleanup_close int second = lab_socket6(lab, LAB_SESSION + 1, SOCK_DGRAM, "::", 0);
  say(second, lab_address6(LAB_SESSION), lab_port(first), "uninvited");
  say(first, lab_address6(LAB_SESSION + 1), lab_port(second), "hello");
  hear(second, "hello");
  say(second, lab_address6(LAB_SESSION), lab_port(first), "reply");
  hear(first, "reply");
  set_policy(lab, 0, "{}");
}

static void test_published(struct lab *lab) {
  cleanup_close int inside = lab_socket6(lab, LAB_SESSION, SOCK_DGRAM, "::", 0);
  cleanup_close int outside = lab_socket6(lab, LAB_OUTSIDE, SOCK_DGRAM, "::", 0);
  char policy[128];
  snprintf(policy, sizeof policy, "{\"published\": [{\"protocol\": \"udp\", \"outsidePort\": 20022, \"port\": %u}]}",
           lab_port(inside));
  say(outside, PROXY_OUTSIDE, 20022, "not yet");
  set_policy(lab, 0, policy);
  cleanup_close int other = lab_socket6(lab, LAB_OUTSIDE, SOCK_DGRAM, "::", 0);
  say(other, PROXY_OUTSIDE, 20022, "knock");
  struct sockaddr_in6 from = hear(inside, "knock");
  say(inside, lab_address6(LAB_OUTSIDE), ntohs(from.sin6_port), "come in");
  hear(other, "come in");
  set_policy(lab, 0, "{}");
  cleanup_close int late = lab_socket6(lab, LAB_OUTSIDE, SOCK_DGRAM, "::", 0);
  say(late, PROXY_OUTSIDE, 20022, "too late");
  say(inside, lab_address6(LAB_OUTSIDE), lab_port(other), "still");
  hear(other, "still");
  expect_nothing(inside, "what came to a port that is not published any more");
}

/* Both count together. */
static void test_account(struct lab *lab) {
  struct error err;
  struct translation_traffic before, after;
  cleanup_close int outside = lab_socket6(lab, LAB_OUTSIDE, SOCK_DGRAM, "::", 0);
  cleanup_close int inside = lab_socket6(lab, LAB_SESSION + 2, SOCK_DGRAM, "::", 0);
  in_addr_t session = lab_address(LAB_SESSION + 2);
  works(gateway_traffic(lab->gateway, session, &before, &err), &err);
  say(inside, lab_address6(LAB_OUTSIDE), lab_port(outside), "12345678");
  struct sockaddr_in6 from = hear(outside, "12345678");
  say(outside, PROXY_OUTSIDE, ntohs(from.sin6_port), "1234");
  hear(inside, "1234");
  works(gateway_traffic(lab->gateway, session, &after, &err), &err);
  check(after.bytes_out - before.bytes_out == 40 + 8 + 8 && after.bytes_in - before.bytes_in == 40 + 8 + 4,
        "%llu bytes out and %llu in", after.bytes_out - before.bytes_out, after.bytes_in - before.bytes_in);
}

/* The session is forgotten, and comes again. */
static void test_forget(struct lab *lab) {
  struct error err;
  lab_enter(lab, LAB_PROXY);
  works(gateway_forget(lab->gateway, lab_address(LAB_SESSION), &err), &err);
  works(gateway_forget(lab->gateway, lab_address(LAB_SESSION), &err), &err);
  lab_link(lab, 0, 0);
  wait_reached(lab, 0);
}

int main(void) {
  static struct lab lab = {.ipv6 = true};
  static const struct {
    const char *name;
    void (*run)(struct lab *lab);
  } tests[] = {
      {"inside", test_inside},
      {"the world", test_world},
      {"bulk", test_bulk},
      {"errors", test_errors},
      {"moves", test_moves},
      {"forged addresses", test_forged},
      {"spoofing", test_spoofing},
      {"closed hosts", test_closed},
      {"outside cannot begin", test_outside_cannot_begin},
      {"policy", test_policy},
      {"peers", test_peers},
      {"published ports", test_published},
      {"account", test_account},
      {"single host", test_single_host},
      {"forgetting", test_forget},
  };
  lab_open(&lab);
  for (int session = 0; session < LAB_SESSIONS; session++)
    wait_reached(&lab, session);
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
    tests[i].run(&lab);
    printf("ok: %s\n", tests[i].name);
  }
  lab_close(&lab);
  return 0;
}
