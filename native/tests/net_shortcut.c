/*
 * The way past the proxy's network stack: that conversations under way take it, and that it is closed by whatever must
 * see their packets: a policy, rules of others, IPsec, a hold. That it makes no difference: to what arrives, to
 * accounts, to how long connection tracking remembers, to how a conversation ends.
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/tcp.h>

#include "clean.h"
#include "gateway_shortcut.h"
#include "net_lab.h"
#include "translator.h"

#define WAIT_US 60000000u
/* Of the kernel, by itself. */
#define DESCRIPTION "/sys/kernel/btf/vmlinux"
#define ROUNDS 20
/* Longer than a busy machine lets a test wait for its turn. */
#define FORGET_S 15
#define LARGE (8u << 20)
/* Headers of a packet, with the time stamps that both ends send. */
#define HEADERS 52

/* A conversation of a session with the outside host. */
struct pair {
  int inside, outside;
};

/* Of the programs, whatever gateway there is, if any. */
static struct translator *maps;

static void open_maps(const struct lab *lab) {
  struct error err;
  lab_enter(lab, LAB_PROXY);
  works(translator_open(TRANSLATOR_GATEWAY_SHORTCUT, lab->gateway_config.pins, &maps, &err), &err);
}

static uint64_t count(void) {
  struct error err;
  uint64_t packets;
  works(gateway_shortcut_packets(maps, &packets, &err), &err);
  return packets;
}

static struct pair open_pair(const struct lab *lab, int session) {
  cleanup_close int listener = lab_socket(lab, LAB_OUTSIDE, SOCK_STREAM, lab_address(LAB_OUTSIDE), 0);
  struct sockaddr_in to = lab_endpoint(lab_address(LAB_OUTSIDE), lab_port(listener));
  struct pair p = {.inside = lab_socket(lab, LAB_SESSION + session, SOCK_STREAM, 0, 0)};
  check(listen(listener, 1) == 0 && connect(p.inside, (struct sockaddr *)&to, sizeof to) == 0, "connecting");
  p.outside = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  check(p.outside >= 0, "accepting");
  return p;
}

static void close_pair(const struct pair *p) {
  close(p->inside);
  close(p->outside);
}

static void send_byte(int fd, char byte) { check(send(fd, &byte, 1, MSG_NOSIGNAL) == 1, "sending"); }

static void receive_byte(int fd, char byte) {
  char got = 0;
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  check(poll(&ready, 1, WAIT_US / 1000) == 1 && recv(fd, &got, 1, 0) == 1 && got == byte, "`%c` did not arrive", byte);
}

static void exchange(const struct pair *p) {
  for (int i = 0; i < ROUNDS; i++) {
    send_byte(p->inside, 'i');
    receive_byte(p->outside, 'i');
    send_byte(p->outside, 'o');
    receive_byte(p->inside, 'o');
  }
}

/* Exchanges bytes until these take the short way, or take it no more. */
static void exchange_until(const struct pair *p, bool is_short, const char *why) {
  uint64_t before, end = lab_now_us() + WAIT_US;
  do {
    check(lab_now_us() < end, "packets should %stake the short way: %s", is_short ? "" : "not ", why);
    before = count();
    exchange(p);
  } while (is_short == (count() == before));
}

/* More from one to the other than is kept on the way. */
static void send_large(int from, int to) {
  static unsigned char data[LARGE], got[LARGE];
  size_t sent = 0, received = 0;
  for (size_t i = 0; i < sizeof data; i++)
    data[i] = (unsigned char)(i * 2654435761u >> 13);
  memset(got, 0, sizeof got);
  while (received < sizeof got) {
    struct pollfd ready[] = {{.fd = from, .events = sent < sizeof data ? POLLOUT : 0}, {.fd = to, .events = POLLIN}};
    check(poll(ready, 2, WAIT_US / 1000) > 0, "%zu of %u bytes arrived, and no more", received, LARGE);
    ssize_t n = sent < sizeof data ? send(from, data + sent, sizeof data - sent, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
    sent += n > 0 ? (size_t)n : 0;
    n = recv(to, got + received, sizeof got - received, MSG_DONTWAIT);
    received += n > 0 ? (size_t)n : 0;
  }
  check(memcmp(data, got, sizeof data) == 0, "what arrived is not what was sent");
}

/* Sessions that have moved and that have not; segments that are cut only at the end of the way. */
static void test_taken(struct lab *lab) {
  for (int session = 0; session < LAB_SESSIONS; session++) {
    struct pair p = open_pair(lab, session);
    exchange_until(&p, true, "a conversation is under way");
    send_large(p.inside, p.outside);
    send_large(p.outside, p.inside);
    if (session == 2)
      lab_move(lab, session, 0, 1);
    exchange_until(&p, true, "it still is");
    send_large(p.inside, p.outside);
    send_large(p.outside, p.inside);
    close_pair(&p);
  }
  lab_move(lab, 2, 1, 0);
}

static struct tcp_info info_of(int fd) {
  struct tcp_info info = {0};
  socklen_t size = sizeof info;
  check(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0, "asking what was sent");
  return info;
}

/* Nothing is under way any more. Of what is sent outside, the answer to the first packet is not the connection's. */
static void settle(const struct pair *p) {
  for (uint64_t end = lab_now_us() + WAIT_US;; usleep(1000)) {
    struct tcp_info in = info_of(p->inside), out = info_of(p->outside);
    if (out.tcpi_segs_in >= in.tcpi_segs_out && in.tcpi_segs_in >= out.tcpi_segs_out + 1 && !in.tcpi_unacked &&
        !out.tcpi_unacked)
      return;
    check(lab_now_us() < end, "%u of %u packets arrived, and %u of %u", out.tcpi_segs_in, in.tcpi_segs_out,
          in.tcpi_segs_in, out.tcpi_segs_out + 1);
  }
}

static void set_restricted(struct lab *lab, int session, bool restricted) {
  struct error err;
  struct gateway_policy policy = {.restricted = restricted};
  lab_enter(lab, LAB_PROXY);
  works(gateway_set_policy(lab->gateway, lab_address(LAB_SESSION + session), &policy, &err), &err);
}

/* The session sends a byte that its policy forbids, and sends it again. What is sent again takes the short way unless
 * it is known that the session is restricted: tracking has just seen the first one. */
static void expect_stopped(const struct pair *p) {
  uint64_t end = lab_now_us() + WAIT_US;
  uint32_t sent_again = info_of(p->inside).tcpi_total_retrans;
  struct pollfd ready = {.fd = p->outside, .events = POLLIN};
  send_byte(p->inside, 'r');
  while (info_of(p->inside).tcpi_total_retrans < sent_again + 2) {
    check(poll(&ready, 1, 0) == 0, "a session reached what it may not");
    check(lab_now_us() < end, "what may not be sent is not sent again");
    usleep(1000);
  }
  check(poll(&ready, 1, 0) == 0, "a session reached what it may not");
}

static void test_policy(struct lab *lab) {
  struct pair p = open_pair(lab, 0);
  exchange_until(&p, true, "nothing restricts the session");
  settle(&p);
  set_restricted(lab, 0, true);
  uint64_t before = count();
  expect_stopped(&p);
  check(count() == before, "a packet of a restricted session took the short way");
  set_restricted(lab, 0, false);
  receive_byte(p.outside, 'r');
  exchange_until(&p, true, "nothing restricts the session any more");
  close_pair(&p);
}

/* `close_by` and `open_by` are commands at the proxy. */
static void closes(struct lab *lab, const char *close_by, const char *open_by) {
  struct pair p = open_pair(lab, 0);
  exchange_until(&p, true, "nobody else has anything there");
  lab_run(lab, LAB_PROXY, "%s", close_by);
  exchange_until(&p, false, close_by);
  uint64_t before = count();
  exchange(&p);
  check(count() == before, "the way is open again after: %s", close_by);
  lab_run(lab, LAB_PROXY, "%s", open_by);
  exchange_until(&p, true, open_by);
  close_pair(&p);
}

static void test_others(struct lab *lab) {
  closes(lab, "nft 'table ip others { chain forward { type filter hook forward priority 0; }; }'",
         "nft delete table ip others");
  closes(lab, "nft 'table netdev others { chain world { type filter hook ingress device world priority 0; }; }'",
         "nft delete table netdev others");
  cleanup_free char *ipsec = lab_output(lab, LAB_PROXY, "ip xfrm policy list >/dev/null 2>&1 && echo yes || true");
  if (ipsec[0])
    closes(lab, "ip xfrm policy add src 192.0.2.1/32 dst 192.0.2.2/32 dir out",
           "ip xfrm policy delete src 192.0.2.1/32 dst 192.0.2.2/32 dir out");
  /* A chain that is called by none, and one that sees no IPv4, are nobody's concern. */
  struct pair p = open_pair(lab, 0);
  lab_run(lab, LAB_PROXY,
          "nft 'table ip others { chain unused { }; }\n"
          "table bridge others { chain forward { type filter hook forward priority 0; }; }'");
  exchange_until(&p, true, "nobody looks at its packets");
  lab_run(lab, LAB_PROXY, "nft delete table ip others; nft delete table bridge others");
  close_pair(&p);
}

static void test_hold(struct lab *lab) {
  struct error err;
  mobidesk_hold_stats stats;
  in_addr_t address = lab_address(LAB_SESSION);
  struct pair p = open_pair(lab, 0);
  exchange_until(&p, true, "nothing is held");
  lab_enter(lab, LAB_PROXY);
  works(gateway_hold(lab->gateway, address, &err), &err);
  send_byte(p.outside, 'h');
  uint32_t sent_again = info_of(p.outside).tcpi_total_retrans;
  for (uint64_t end = lab_now_us() + WAIT_US; info_of(p.outside).tcpi_total_retrans == sent_again; usleep(1000))
    check(lab_now_us() < end, "what is held is acknowledged");
  struct pollfd ready = {.fd = p.inside, .events = POLLIN};
  check(poll(&ready, 1, 0) == 0, "a packet went past the hold");
  works(gateway_release(lab->gateway, address, lab_address(LAB_SERVER), &stats, &err), &err);
  /* What was sent again may be on its way to the park yet. */
  check(stats.packets > 0, "nothing was held");
  receive_byte(p.inside, 'h');
  exchange_until(&p, true, "the hold is over");
  close_pair(&p);
}

static void test_account(struct lab *lab) {
  struct error err;
  struct translation_traffic before, after;
  struct pair p = open_pair(lab, 1);
  exchange_until(&p, true, "a conversation is under way");
  settle(&p);
  struct tcp_info then = info_of(p.inside);
  works(gateway_traffic(lab->gateway, lab_address(LAB_SESSION + 1), &before, &err), &err);
  uint64_t passed = count();
  exchange_until(&p, true, "it still is");
  passed = count() - passed;
  settle(&p);
  struct tcp_info now = info_of(p.inside), other = info_of(p.outside);
  works(gateway_traffic(lab->gateway, lab_address(LAB_SESSION + 1), &after, &err), &err);
  uint64_t out = now.tcpi_segs_out - then.tcpi_segs_out, in = now.tcpi_segs_in - then.tcpi_segs_in;
  check(after.packets_out - before.packets_out == out && after.packets_in - before.packets_in == in,
        "%llu packets were sent and %llu received, of which %llu and %llu were counted", (unsigned long long)out,
        (unsigned long long)in, (unsigned long long)(after.packets_out - before.packets_out),
        (unsigned long long)(after.packets_in - before.packets_in));
  check(passed <= out + in, "%llu packets took the short way", (unsigned long long)passed);
  if (!now.tcpi_total_retrans && !other.tcpi_total_retrans)
    check(after.bytes_out - before.bytes_out == out * HEADERS + now.tcpi_bytes_sent - then.tcpi_bytes_sent &&
              after.bytes_in - before.bytes_in == in * HEADERS + now.tcpi_bytes_received - then.tcpi_bytes_received,
          "%llu and %llu bytes were counted", (unsigned long long)(after.bytes_out - before.bytes_out),
          (unsigned long long)(after.bytes_in - before.bytes_in));
  close_pair(&p);
}

/* Connection tracking would forget it after FORGET_S, and picks up nothing that it does not know: what goes on for
 * longer was remembered. */
static void test_remembered(struct lab *lab) {
  lab_run(lab, LAB_PROXY,
          "cd /proc/sys/net/netfilter && echo %d >nf_conntrack_tcp_timeout_established && "
          "echo %d >nf_conntrack_tcp_timeout_unacknowledged && echo 0 >nf_conntrack_tcp_loose",
          FORGET_S, FORGET_S);
  struct pair p = open_pair(lab, 0);
  for (uint64_t end = lab_now_us() + FORGET_S * 1300000ull; lab_now_us() < end; usleep(50000))
    exchange_until(&p, true, "a conversation goes on");
  lab_run(lab, LAB_PROXY,
          "cd /proc/sys/net/netfilter && echo 432000 >nf_conntrack_tcp_timeout_established && "
          "echo 300 >nf_conntrack_tcp_timeout_unacknowledged && echo 1 >nf_conntrack_tcp_loose");
  close_pair(&p);
}

static void wait_for_end(int fd, ssize_t result, const char *how) {
  char byte;
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  check(poll(&ready, 1, WAIT_US / 1000) == 1 && recv(fd, &byte, 1, 0) == result, "%s", how);
}

static void test_end(struct lab *lab) {
  struct linger at_once = {.l_onoff = 1};
  for (int resets = 0; resets < 2; resets++)
    for (int outside = 0; outside < 2; outside++) {
      struct pair p = open_pair(lab, 0);
      exchange_until(&p, true, "a conversation is under way");
      int first = outside ? p.outside : p.inside, second = outside ? p.inside : p.outside;
      if (resets)
        check(setsockopt(first, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0, "SO_LINGER");
      close(first);
      wait_for_end(second, resets ? -1 : 0, resets ? "it was not reset" : "it did not end");
      close(second);
    }
}

/* More than a session has ports: those of ended ones are used again. */
static void test_short_ones(struct lab *lab) {
  struct linger at_once = {.l_onoff = 1};
  for (int i = 0; i < LAB_SESSION_PORTS * 2; i++) {
    struct pair p = open_pair(lab, 0);
    send_byte(p.inside, 'i');
    receive_byte(p.outside, 'i');
    send_byte(p.outside, 'o');
    receive_byte(p.inside, 'o');
    check(setsockopt(p.inside, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0, "SO_LINGER");
    close(p.inside);
    wait_for_end(p.outside, -1, "it was not reset");
    close(p.outside);
  }
}

/* A gateway that starts again goes on; one that is not there keeps nothing open. */
static void test_restart(struct lab *lab) {
  struct pair p = open_pair(lab, 0);
  exchange_until(&p, true, "a conversation is under way");
  lab_enter(lab, LAB_PROXY);
  gateway_close(lab->gateway);
  exchange(&p);
  lab->gateway_config.shortcut = false;
  lab_open_gateway(lab);
  exchange_until(&p, false, "it is switched off");
  lab_enter(lab, LAB_PROXY);
  gateway_close(lab->gateway);
  lab->gateway_config.shortcut = true;
  lab_open_gateway(lab);
  exchange_until(&p, true, "it is switched on again");
  close_pair(&p);
}

/* Programs before these had rules of policies, and no list of restricted sessions: a daemon that finds none, or what
 * one has left that was killed while it made it, asks the rules of all sessions until they have a new policy. */
static void test_adopted(struct lab *lab) {
  struct error err;
  uint8_t yes;
  const in_addr_t adopted = INADDR_ANY, address = lab_address(LAB_SESSION);
  struct pair p = open_pair(lab, 0), other = open_pair(lab, 1);
  exchange_until(&p, true, "a conversation is under way");
  settle(&p);
  set_restricted(lab, 0, true);
  lab_enter(lab, LAB_PROXY);
  gateway_close(lab->gateway);
  works(translator_delete(maps, "restricted", &adopted, &err), &err);
  works(translator_delete(maps, "restricted", &address, &err), &err);
  lab_open_gateway(lab);
  exchange_until(&other, true, "answers from outside are let in by any policy");
  expect_stopped(&p);
  for (int session = 0; session < LAB_SESSIONS; session++)
    set_restricted(lab, session, false);
  receive_byte(p.outside, 'r');
  lab_enter(lab, LAB_PROXY);
  gateway_close(lab->gateway);
  lab_open_gateway(lab);
  check(translator_get(maps, "restricted", &address, &yes, &err) == 0, "a list that was whole is made again");
  exchange_until(&p, true, "nothing restricts the session");
  close_pair(&p);
  close_pair(&other);
}

/* Opens the gateway; returns what it has logged meanwhile. */
static char *open_gateway_and_read_log(struct lab *lab) {
  char *text = NULL;
  size_t size;
  int home = dup(STDERR_FILENO);
  cleanup_file FILE *log = tmpfile();
  check(home >= 0 && log && dup2(fileno(log), STDERR_FILENO) >= 0, "redirecting the log");
  lab_open_gateway(lab);
  check(dup2(home, STDERR_FILENO) >= 0, "redirecting the log back");
  close(home);
  rewind(log);
  check(getdelim(&text, &size, '\0', log) > 0, "nothing was logged");
  return text;
}

/* Where the kernel does not describe itself, the programs without the short way do all. */
static void test_undescribed(struct lab *lab) {
  struct pair p = open_pair(lab, 0);
  exchange_until(&p, true, "a conversation is under way");
  lab_enter(lab, LAB_PROXY);
  gateway_close(lab->gateway);
  check(mount("/dev/null", DESCRIPTION, NULL, MS_BIND, NULL) == 0, "hiding " DESCRIPTION);
  cleanup_free char *log = open_gateway_and_read_log(lab);
  check(strstr(log, "open=no why=\"not with this kernel"), "it does not say that there is no short way: %s", log);
  uint64_t before = count();
  exchange(&p);
  set_restricted(lab, 0, true);
  set_restricted(lab, 0, false);
  exchange(&p);
  lab_move(lab, 2, 0, 1);
  exchange(&p);
  lab_move(lab, 2, 1, 0);
  check(count() == before, "a packet took a way that is not there");
  lab_enter(lab, LAB_PROXY);
  gateway_close(lab->gateway);
  check(umount2(DESCRIPTION, MNT_DETACH) == 0, "showing " DESCRIPTION);
  lab_open_gateway(lab);
  exchange_until(&p, true, "the kernel describes itself again");
  close_pair(&p);
}

/* The last one: its tables stay. */
static void test_iptables(struct lab *lab) {
  cleanup_free char *has = lab_output(lab, LAB_PROXY, "iptables-legacy -L >/dev/null 2>&1 && echo yes || true");
  if (!has[0])
    return;
  struct pair p = open_pair(lab, 0);
  exchange_until(&p, false, "there are tables of iptables");
  close_pair(&p);
}

int main(void) {
  struct lab lab = {0};
  if (access(DESCRIPTION, F_OK) < 0) {
    puts("skipped: this kernel does not describe itself (CONFIG_DEBUG_INFO_BTF), so there is no short way");
    return 77;
  }
  lab_open(&lab);
  open_maps(&lab);
  test_taken(&lab);
  test_policy(&lab);
  test_others(&lab);
  test_hold(&lab);
  test_account(&lab);
  test_remembered(&lab);
  test_end(&lab);
  test_short_ones(&lab);
  test_restart(&lab);
  test_adopted(&lab);
  test_undescribed(&lab);
  test_iptables(&lab);
  translator_close(maps);
  lab_close(&lab);
  return 0;
}
