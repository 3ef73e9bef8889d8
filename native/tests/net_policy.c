/*
 * The proxy as gateway: conversations between sessions, lists of what a session may reach, published ports, names,
 * bandwidth and accounts; each through a move where that matters. That something does NOT arrive is shown by what was
 * sent after it on the same way, and did.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clean.h"
#include "gateway_policy_json.h"
#include "gateway_ports.h"
#include "net_lab.h"

#define WAIT_MS 60000
#define RESOLVER "203.0.113.10"

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

static void say(int fd, in_addr_t to, uint16_t port, const char *text) {
  struct sockaddr_in peer = lab_endpoint(to, port);
  check(sendto(fd, text, strlen(text), 0, (struct sockaddr *)&peer, sizeof peer) == (ssize_t)strlen(text),
        "sending `%s`", text);
}

static struct sockaddr_in hear(int fd, const char *text) {
  char got[64] = "";
  struct sockaddr_in from;
  socklen_t size = sizeof from;
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  check(poll(&ready, 1, WAIT_MS) == 1, "`%s` did not arrive", text);
  check(recvfrom(fd, got, sizeof got - 1, 0, (struct sockaddr *)&from, &size) > 0, "receiving `%s`", text);
  check(strcmp(got, text) == 0, "`%s` arrived instead of `%s`", got, text);
  return from;
}

static void connects(int client, in_addr_t to, int listener, const char *what, int *accepted) {
  struct sockaddr_in peer = lab_endpoint(to, lab_port(listener));
  check(connect(client, (struct sockaddr *)&peer, sizeof peer) == 0, "connecting %s", what);
  *accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  check(*accepted >= 0, "accepting %s", what);
}

static void echo(int a, int b, const char *what) {
  char byte = 'x';
  check(send(a, "a", 1, MSG_NOSIGNAL) == 1 && recv(b, &byte, 1, 0) == 1 && byte == 'a', "%s: there", what);
  check(send(b, "b", 1, MSG_NOSIGNAL) == 1 && recv(a, &byte, 1, 0) == 1 && byte == 'b', "%s: back", what);
}

/* Sessions talk by their session addresses, on two servers, on one, and through moves of either. */
static void test_peers(struct lab *lab) {
  cleanup_close int outside = lab_socket(lab, LAB_OUTSIDE, SOCK_DGRAM, 0, 0);
  for (int peer = 1; peer <= 2; peer++) {
    char policy[64];
    in_addr_t address = lab_address(LAB_SESSION + peer);
    snprintf(policy, sizeof policy, "{\"peers\": [\"%s\"]}", inet_ntoa((struct in_addr){address}));
    set_policy(lab, 0, policy);
    cleanup_close int listener = lab_socket(lab, LAB_SESSION + peer, SOCK_STREAM, 0, 0);
    cleanup_close int client = lab_socket(lab, LAB_SESSION, SOCK_STREAM, 0, 0);
    cleanup_close int datagrams = lab_socket(lab, LAB_SESSION + peer, SOCK_DGRAM, 0, 0);
    cleanup_close int sender = lab_socket(lab, LAB_SESSION, SOCK_DGRAM, 0, 0);
    cleanup_close int reverse = lab_socket(lab, LAB_SESSION + peer, SOCK_DGRAM, 0, 0);
    cleanup_close int accepted = -1;
    check(listen(listener, 1) == 0, "listening");
    connects(client, address, listener, "to another session", &accepted);
    echo(client, accepted, "to another session");
    say(sender, address, lab_port(datagrams), "hello");
    struct sockaddr_in from = hear(datagrams, "hello");
    check(from.sin_addr.s_addr == lab_address(LAB_SESSION), "it comes from %s", inet_ntoa(from.sin_addr));
    say(datagrams, from.sin_addr.s_addr, ntohs(from.sin_port), "reply");
    hear(sender, "reply");
    /* The permission is of one direction. */
    say(reverse, lab_address(LAB_SESSION), lab_port(sender), "uninvited");
    say(reverse, lab_address(LAB_OUTSIDE), lab_port(outside), "after it");
    hear(outside, "after it");
    struct pollfd ready = {.fd = sender, .events = POLLIN};
    check(poll(&ready, 1, 0) == 0, "a session reached one that it may not");
    int at = peer % LAB_SERVERS;
    lab_move(lab, 0, 0, 1);
    echo(client, accepted, "after the first has moved");
    lab_move(lab, peer, at, 1 - at);
    echo(client, accepted, "after the second has moved");
    lab_move(lab, 0, 1, 0);
    lab_move(lab, peer, 1 - at, at);
    echo(client, accepted, "after both have moved back");
    /* Taken back: at once, also of what is open. */
    set_policy(lab, 0, "{}");
    say(sender, address, lab_port(datagrams), "no more");
    say(sender, lab_address(LAB_OUTSIDE), lab_port(outside), "to the world");
    hear(outside, "to the world");
    ready.fd = datagrams;
    check(poll(&ready, 1, 0) == 0, "a permission that was taken back still holds");
  }
}

static void test_allow_list(struct lab *lab) {
  lab_run(lab, LAB_OUTSIDE, "ip address add 203.0.113.20/24 dev uplink");
  cleanup_close int allowed = lab_socket(lab, LAB_OUTSIDE, SOCK_DGRAM, inet_addr("203.0.113.20"), 0);
  cleanup_close int other = lab_socket(lab, LAB_OUTSIDE, SOCK_DGRAM, lab_address(LAB_OUTSIDE), 0);
  cleanup_close int inside = lab_socket(lab, LAB_SESSION, SOCK_DGRAM, 0, 0);
  say(inside, lab_address(LAB_OUTSIDE), lab_port(other), "before");
  struct sockaddr_in seen = hear(other, "before");
  set_policy(lab, 0, "{\"restricted\": true, \"allow\": [\"203.0.113.20/32\"]}");
  say(inside, lab_address(LAB_OUTSIDE), lab_port(other), "refused"); /* the conversation was open */
  say(inside, inet_addr("203.0.113.20"), lab_port(allowed), "allowed");
  hear(allowed, "allowed");
  struct pollfd ready = {.fd = other, .events = POLLIN};
  check(poll(&ready, 1, 0) == 0, "a session reached what it may not");
  set_policy(lab, 0, "{\"restricted\": true}");
  say(inside, inet_addr("203.0.113.20"), lab_port(allowed), "refused");
  set_policy(lab, 0, "{}");
  say(inside, lab_address(LAB_OUTSIDE), lab_port(other), "free again");
  struct sockaddr_in again = hear(other, "free again");
  check(again.sin_port == seen.sin_port, "the translation of an open conversation changed");
  ready.fd = allowed;
  check(poll(&ready, 1, 0) == 0, "a session that may reach nothing reached something");
}

static void test_published(struct lab *lab) {
  struct error err;
  struct gateway_policy policy = {.published = {{IPPROTO_TCP, 8022, 7}}, .published_count = 1};
  struct sockaddr_in proxy = lab_endpoint(inet_addr("203.0.113.1"), 8022);
  cleanup_close int listener = lab_socket(lab, LAB_SESSION, SOCK_STREAM, 0, 22);
  cleanup_close int datagrams = lab_socket(lab, LAB_SESSION, SOCK_DGRAM, 0, 5004);
  cleanup_close int client = lab_socket(lab, LAB_OUTSIDE, SOCK_STREAM, 0, 0);
  cleanup_close int caller = lab_socket(lab, LAB_OUTSIDE, SOCK_DGRAM, 0, 0);
  check(listen(listener, 1) == 0, "listening");
  set_policy(lab, 0,
             "{\"restricted\": true, \"published\": [{\"protocol\": \"tcp\", \"outsidePort\": 8022, \"port\": 22},"
             " {\"protocol\": \"udp\", \"outsidePort\": 8022, \"port\": 5004}]}");
  lab_enter(lab, LAB_OUTSIDE);
  check(connect(client, (struct sockaddr *)&proxy, sizeof proxy) == 0, "connecting to a published port");
  struct sockaddr_in from;
  socklen_t size = sizeof from;
  cleanup_close int accepted = accept4(listener, (struct sockaddr *)&from, &size, SOCK_CLOEXEC);
  check(accepted >= 0 && from.sin_addr.s_addr == lab_address(LAB_OUTSIDE), "it comes from %s",
        inet_ntoa(from.sin_addr));
  echo(client, accepted, "by a published port");
  say(caller, proxy.sin_addr.s_addr, 8022, "udp");
  from = hear(datagrams, "udp");
  say(datagrams, from.sin_addr.s_addr, ntohs(from.sin_port), "reply");
  from = hear(caller, "reply");
  check(from.sin_addr.s_addr == proxy.sin_addr.s_addr && ntohs(from.sin_port) == 8022, "the reply comes from %s",
        inet_ntoa(from.sin_addr));
  lab_move(lab, 0, 0, 1);
  echo(client, accepted, "by a published port, after a move");
  lab_enter(lab, LAB_PROXY);
  check(gateway_set_policy(lab->gateway, lab_address(LAB_SESSION + 1), &policy, &err) < 0 &&
            err.code == MOBIDESK_CONFLICT && strstr(err.message, "8022"),
        "a port was published twice: %s", err.message);
  lab_move(lab, 0, 1, 0);
  set_policy(lab, 0, "{}");
  lab_enter(lab, LAB_PROXY);
  works(gateway_set_policy(lab->gateway, lab_address(LAB_SESSION + 1), &policy, &err), &err); /* free now */
  set_policy(lab, 1, "{}");
  say(caller, proxy.sin_addr.s_addr, 8023, "not published");
  struct pollfd ready = {.fd = datagrams, .events = POLLIN};
  check(poll(&ready, 1, 0) == 0, "a port that is not published is reached");
}

/* What sessions ask their way out is asked of the resolver, also by one that may reach nothing else. */
static void test_names(struct lab *lab) {
  cleanup_close int resolver = lab_socket(lab, LAB_OUTSIDE, SOCK_DGRAM, 0, 53);
  cleanup_close int inside = lab_socket(lab, LAB_SESSION, SOCK_DGRAM, 0, 0);
  set_policy(lab, 0, "{\"restricted\": true}");
  say(inside, inet_addr("169.254.1.1"), 53, "who is it?");
  struct sockaddr_in from = hear(resolver, "who is it?");
  say(resolver, from.sin_addr.s_addr, ntohs(from.sin_port), "it is me");
  from = hear(inside, "it is me");
  check(from.sin_addr.s_addr == inet_addr("169.254.1.1"), "the answer comes from %s", inet_ntoa(from.sin_addr));
  set_policy(lab, 0, "{}");
}

static void test_account_and_limit(struct lab *lab) {
  struct error err;
  struct translation_traffic before, after;
  char data[1000] = "";
  unsigned arrived = 0;
  cleanup_close int outside = lab_socket(lab, LAB_OUTSIDE, SOCK_DGRAM, 0, 0);
  cleanup_close int inside = lab_socket(lab, LAB_SESSION, SOCK_DGRAM, 0, 0);
  struct sockaddr_in to = lab_endpoint(lab_address(LAB_OUTSIDE), lab_port(outside));
  works(gateway_traffic(lab->gateway, lab_address(LAB_SESSION), &before, &err), &err);
  check(sendto(inside, data, sizeof data, 0, (struct sockaddr *)&to, sizeof to) == sizeof data, "sending");
  check(recv(outside, data, sizeof data, 0) == sizeof data, "receiving");
  works(gateway_traffic(lab->gateway, lab_address(LAB_SESSION), &after, &err), &err);
  check(after.packets_out == before.packets_out + 1 && after.bytes_out == before.bytes_out + 1028,
        "%llu packets, %llu bytes", after.packets_out - before.packets_out, after.bytes_out - before.bytes_out);
  /* A thousand bytes a second: after what the bucket holds, hardly anything. */
  set_policy(lab, 0, "{\"outRate\": 1000}");
  for (int i = 0; i < 2000; i++) {
    check(sendto(inside, data, sizeof data, 0, (struct sockaddr *)&to, sizeof to) == sizeof data, "sending");
    while (recv(outside, data, sizeof data, MSG_DONTWAIT) > 0)
      arrived++;
  }
  check(arrived >= 200 && arrived < 400, "%u of 2000 packets passed a limit of 256 KiB at once", arrived);
  set_policy(lab, 0, "{}");
  check(sendto(inside, data, sizeof data, 0, (struct sockaddr *)&to, sizeof to) == sizeof data, "sending");
  struct pollfd ready = {.fd = outside, .events = POLLIN};
  check(poll(&ready, 1, WAIT_MS) == 1, "a limit that was taken back still limits");
}

static void test_refusals(struct lab *lab) {
  static const char *const wrong[] = {"[]",
                                      "{\"unknown\": 1}",
                                      "{\"restricted\": 1}",
                                      "{\"allow\": [\"203.0.113.1/24\"]}",
                                      "{\"allow\": \"203.0.113.0/24\"}",
                                      "{\"peers\": [\"ada-1\"]}",
                                      "{\"outRate\": -1}",
                                      "{\"published\": [{\"protocol\": \"icmp\", \"outsidePort\": 1, \"port\": 1}]}",
                                      "{\"published\": [{\"protocol\": \"tcp\", \"outsidePort\": 0, \"port\": 1}]}"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    struct error err = {0};
    struct gateway_policy policy;
    cleanup_json json_t *object = json_loads(wrong[i], 0, NULL);
    check(gateway_policy_parse(object, &policy, &err) < 0 && err.code == MOBIDESK_INVALID, "`%s` was taken", wrong[i]);
  }
}

/* Which range of the proxy's ports a port is of. */
static uint32_t range_of(struct sockaddr_in seen) {
  uint16_t port = ntohs(seen.sin_port);
  check(port >= GATEWAY_PORTS_FIRST, "the port %u is of no session's", port);
  return (port - GATEWAY_PORTS_FIRST) / LAB_SESSION_PORTS;
}

/* All that a session begins comes from ports of its own, before and after a move; who comes later gets others. */
static void test_ports(struct lab *lab) {
  struct error err;
  cleanup_close int outside = lab_socket(lab, LAB_OUTSIDE, SOCK_DGRAM, 0, 0);
  uint32_t ranges[LAB_SESSIONS];
  for (int session = 0; session < LAB_SESSIONS; session++) {
    for (uint16_t i = 0; i < LAB_SESSION_PORTS; i++) {
      /* The same ports in each session, and some that its range does not have. */
      cleanup_close int inside = lab_socket(lab, LAB_SESSION + session, SOCK_DGRAM, 0, (uint16_t)(40000 + i));
      say(inside, lab_address(LAB_OUTSIDE), lab_port(outside), "mine");
      uint32_t range = range_of(hear(outside, "mine"));
      check(i == 0 || range == ranges[session], "session %d has ports of ranges %u and %u", session, range,
            ranges[session]);
      ranges[session] = range;
    }
    for (int other = 0; other < session; other++)
      check(ranges[session] != ranges[other], "sessions %d and %d share range %u", session, other, ranges[other]);
  }
  /* The session ends, and another one has its address later. */
  lab_enter(lab, LAB_PROXY);
  works(gateway_forget(lab->gateway, lab_address(LAB_SESSION), &err), &err);
  cleanup_free char *rules = lab_output(lab, LAB_PROXY, "nft list ruleset | grep -c 'masquerade to :' || true");
  check(strcmp(rules, "2\n") == 0, "so many sessions have ports: %s", rules);
  lab_enter(lab, LAB_PROXY);
  works(gateway_route(lab->gateway, lab_address(LAB_SESSION), lab_address(LAB_SERVER), &err), &err);
}

int main(void) {
  struct lab lab;
  lab_open(&lab);
  lab_enter(&lab, LAB_PROXY);
  gateway_close(lab.gateway);
  lab.gateway_config.dns = inet_addr(RESOLVER);
  lab_open_gateway(&lab); /* again: what was made stays */
  const struct {
    const char *name;
    void (*run)(struct lab *lab);
  } tests[] = {
      {"peers", test_peers},
      {"allow list", test_allow_list},
      {"published", test_published},
      {"names", test_names},
      {"account and limit", test_account_and_limit},
      {"refusals", test_refusals},
      {"ports", test_ports},
  };
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
    tests[i].run(&lab);
    printf("ok: %s\n", tests[i].name);
  }
  lab_close(&lab);
  return 0;
}
