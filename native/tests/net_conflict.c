/*
 * The conflict of the paper's Figures 2 and 3. A session moves away with open connections; another one gets its old
 * physical address on the old server and opens the identical connections: same addresses, same ports, to the same host.
 * Both live on, also when both are on one server, and when they move at once; no byte of one is seen in the other.
 *
 * By both policies for virtual addresses: the first physical address, and one value for all sessions.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "clean.h"
#include "net_lab.h"

#define FIRST 0 /* sessions of the lab that begin on server 0 */
#define SECOND 2
#define PORT 5000
#define ROUNDS 50
#define WAIT_S 10

/* Ends of what a session talks by, to the outside host. */
struct talkers {
  const char *name;
  int tcp_inside, tcp_outside, udp_inside;
  struct sockaddr_in udp_peer; /* as the outside host sees the session */
  unsigned said;
};

static int tcp_listener, udp_outside;

static void wait_at_most(int fd) {
  struct timeval limit = {.tv_sec = WAIT_S};
  check(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0, "SO_RCVTIMEO");
}

static int fixed_socket(const struct lab *lab, int session, int type, in_addr_t virtual_address) {
  return lab_socket(lab, LAB_SESSION + session, type, virtual_address, PORT);
}

static void say(int fd, const char *name, unsigned number, const struct sockaddr_in *to) {
  char line[32] = "";
  snprintf(line, sizeof line, "%s says %u", name, number);
  check(sendto(fd, line, sizeof line, MSG_NOSIGNAL, (const struct sockaddr *)to, to ? sizeof *to : 0) == sizeof line,
        "%s cannot send", name);
}

static struct sockaddr_in hear(int fd, const char *name, unsigned number) {
  char line[32] = "", expected[32] = "";
  struct sockaddr_in from = {0};
  socklen_t size = sizeof from;
  snprintf(expected, sizeof expected, "%s says %u", name, number);
  check(recvfrom(fd, line, sizeof line, MSG_WAITALL, (struct sockaddr *)&from, &size) == sizeof line,
        "`%s` did not arrive", expected);
  check(memcmp(line, expected, sizeof line) == 0, "`%.31s` arrived instead of `%s`", line, expected);
  return from;
}

/* Opens connections from PORT of the session's virtual address. */
static void open_talkers(const struct lab *lab, int session, in_addr_t virtual_address, struct talkers *t) {
  struct sockaddr_in tcp = lab_endpoint(lab_address(LAB_OUTSIDE), lab_port(tcp_listener));
  struct sockaddr_in udp = lab_endpoint(lab_address(LAB_OUTSIDE), lab_port(udp_outside));
  *t = (struct talkers){.name = session == FIRST ? "the first" : "the second"};
  t->tcp_inside = fixed_socket(lab, session, SOCK_STREAM, virtual_address);
  t->udp_inside = fixed_socket(lab, session, SOCK_DGRAM, virtual_address);
  wait_at_most(t->tcp_inside);
  wait_at_most(t->udp_inside);
  check(connect(t->tcp_inside, (struct sockaddr *)&tcp, sizeof tcp) == 0, "%s cannot connect", t->name);
  t->tcp_outside = accept4(tcp_listener, NULL, NULL, SOCK_CLOEXEC);
  check(t->tcp_outside >= 0, "accepting");
  wait_at_most(t->tcp_outside);
  check(connect(t->udp_inside, (struct sockaddr *)&udp, sizeof udp) == 0, "connecting UDP");
  say(t->udp_inside, t->name, 0, NULL);
  t->udp_peer = hear(udp_outside, t->name, 0);
}

static void close_talkers(struct talkers *t) {
  /* No orderly end: the port is used again at once. */
  struct linger now = {.l_onoff = 1};
  setsockopt(t->tcp_inside, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(t->tcp_inside);
  close(t->tcp_outside);
  close(t->udp_inside);
}

static void exchange(struct talkers *t) {
  unsigned n = ++t->said;
  say(t->tcp_inside, t->name, n, NULL);
  say(t->udp_inside, t->name, n, NULL);
  hear(t->tcp_outside, t->name, n);
  hear(udp_outside, t->name, n);
  say(t->tcp_outside, t->name, n, NULL);
  say(udp_outside, t->name, n, &t->udp_peer);
  hear(t->tcp_inside, t->name, n);
  hear(t->udp_inside, t->name, n);
}

static void both_live(struct talkers *a, struct talkers *b) {
  for (int i = 0; i < ROUNDS; i++) {
    exchange(a);
    exchange(b);
  }
}

static in_addr_t physical(struct lab *lab, int session, int server) {
  struct error err;
  in_addr_t address;
  lab_enter(lab, LAB_SERVER + server);
  works(network_physical(lab->network[server], lab->sessions[session].address, &address, &err), &err);
  return address;
}

/* Makes the session anew on server 0: as one that has just been created. */
static void create(struct lab *lab, int session) {
  struct error err;
  in_addr_t address = lab->sessions[session].address;
  lab_enter(lab, LAB_PROXY);
  works(gateway_forget(lab->gateway, address, &err), &err);
  for (int server = 0; server < LAB_SERVERS; server++) {
    lab_enter(lab, LAB_SERVER + server);
    works(network_detach(lab->network[server], address, &err), &err);
    works(network_give_back(lab->network[server], address, &err), &err);
  }
  lab->sessions[session] = (struct network_session){.id = lab->ids[session], .address = address, .generation = 1};
  lab_link(lab, session, 0);
}

/* Packets with the first session's physical or session address as their source, but without its label, are not taken
 * for its, whichever server they come from. */
static void expect_forgeries_dropped(struct lab *lab, struct talkers *first, in_addr_t now) {
  const in_addr_t sources[] = {now, lab->sessions[FIRST].address};
  struct sockaddr_in to = lab_endpoint(lab_address(LAB_OUTSIDE), lab_port(udp_outside));
  for (int server = 0; server < LAB_SERVERS; server++) {
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
      cleanup_close int forger = lab_socket(lab, LAB_SERVER + server, SOCK_DGRAM, sources[i], PORT);
      say(forger, "the forger", 1, &to);
    }
  }
  exchange(first); /* the next datagram that arrives is an honest one */
}

/* A namespace of its own, for a copy of a session that should not run any more. */
static int make_netns(void) {
  cleanup_close int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  check(home >= 0 && unshare(CLONE_NEWNET) == 0, "making a namespace");
  int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  check(fd >= 0 && setns(home, CLONE_NEWNET) == 0, "returning");
  return fd;
}

static int socket_in(int netns, int type, uint16_t port) {
  cleanup_close int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  struct sockaddr_in local = lab_endpoint(0, port);
  check(home >= 0 && setns(netns, CLONE_NEWNET) == 0, "entering a namespace");
  int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  check(fd >= 0 && bind(fd, (struct sockaddr *)&local, sizeof local) == 0 && setns(home, CLONE_NEWNET) == 0,
        "making a socket");
  return fd;
}

struct mover {
  struct lab *lab;
  int session, from, to;
};

static void *move_it(void *data) {
  const struct mover *m = data;
  lab_move(m->lab, m->session, m->from, m->to);
  return NULL;
}

static void move_at_once(struct lab *lab, int session_a, int from_a, int session_b, int from_b) {
  struct mover a = {lab, session_a, from_a, 1 - from_a}, b = {lab, session_b, from_b, 1 - from_b};
  pthread_t thread;
  check(pthread_create(&thread, NULL, move_it, &a) == 0, "starting a thread");
  move_it(&b);
  check(pthread_join(thread, NULL) == 0, "waiting for a thread");
}

static void test(struct lab *lab, in_addr_t predefined) {
  struct error err;
  struct talkers first, second;
  lab_enter(lab, LAB_SERVER);
  network_close(lab->network[0]);
  /* Two addresses only: the one that becomes free is the one that is given next. */
  lab->network_config[0].pool.length = 31;
  lab->network_config[0].virtual_address = predefined;
  lab_open_network(lab, 0);
  lab_enter(lab, LAB_SERVER);
  works(network_detach(lab->network[0], lab->sessions[SECOND].address, &err), &err);
  works(network_give_back(lab->network[0], lab->sessions[SECOND].address, &err), &err);
  create(lab, FIRST);
  in_addr_t old = physical(lab, FIRST, 0), seen = lab->sessions[FIRST].virtual_address;
  check(seen == (predefined ? predefined : old), "the virtual address is %s", inet_ntoa((struct in_addr){seen}));
  open_talkers(lab, FIRST, seen, &first);
  exchange(&first);
  lab_move(lab, FIRST, 0, 1);
  check(physical(lab, FIRST, 1) != old, "its physical address is still that of the old server");
  create(lab, SECOND);
  if (physical(lab, SECOND, 0) != old) /* the other of the two has been free for longer */
    create(lab, SECOND);
  check(physical(lab, SECOND, 0) == old, "the old address was not used again");
  check(lab->sessions[SECOND].virtual_address == seen, "the virtual addresses differ");
  open_talkers(lab, SECOND, seen, &second);
  both_live(&first, &second);
  expect_forgeries_dropped(lab, &first, physical(lab, FIRST, 1));
  lab_move(lab, SECOND, 0, 1); /* both on one server */
  both_live(&first, &second);
  move_at_once(lab, FIRST, 1, SECOND, 1);
  both_live(&first, &second);
  for (int i = 0; i < 10; i++) {
    lab_move(lab, FIRST, i % 2, 1 - i % 2);
    exchange(&first);
    exchange(&second);
  }
  move_at_once(lab, FIRST, 0, SECOND, 0);
  both_live(&first, &second);
  close_talkers(&first);
  close_talkers(&second);
}

/* A server dies with a session, which is restored at the other one. What the dead one still sends, and what it
 * announces when it comes back, belongs to an older generation. */
static void test_fencing(struct lab *lab) {
  struct error err;
  struct talkers t;
  create(lab, FIRST);
  open_talkers(lab, FIRST, lab->sessions[FIRST].virtual_address, &t);
  exchange(&t);
  lab_move(lab, FIRST, 0, 1); /* so that it bears labels */
  exchange(&t);
  in_addr_t dead = physical(lab, FIRST, 1);
  struct network_session old = lab->sessions[FIRST];
  lab_enter(lab, LAB_SERVER + 1);
  network_close(lab->network[1]); /* its daemon is gone; its kernel goes on, with the link to a copy */
  cleanup_close int netns = make_netns();
  lab_run(lab, LAB_SESSION, "ip link set eth0 netns /proc/%d/fd/%d", getpid(), netns);
  lab_attach(lab, FIRST, 0, true, false);
  lab_enter(lab, LAB_PROXY);
  mobidesk_hold_stats stats;
  works(gateway_release(lab->gateway, old.address, lab_address(LAB_SERVER), &stats, &err), &err);
  exchange(&t);
  /* It comes back, and says what it knows: again and again. */
  lab_open_network(lab, 1);
  lab_enter(lab, LAB_SERVER + 1);
  works(network_attach(lab->network[1], &old, netns, false, &err), &err);
  exchange(&t);
  struct sockaddr_in to = lab_endpoint(lab_address(LAB_OUTSIDE), lab_port(udp_outside));
  uint64_t before[TRANSLATION_DROPS], after[TRANSLATION_DROPS];
  lab_enter(lab, LAB_PROXY);
  works(gateway_drops(lab->gateway, before, &err), &err);
  cleanup_close int stale = socket_in(netns, SOCK_DGRAM, 0);
  say(stale, "the dead", 1, &to);
  exchange(&t);
  works(gateway_drops(lab->gateway, after, &err), &err);
  check(after[TRANSLATION_DROP_UNKNOWN] > before[TRANSLATION_DROP_UNKNOWN], "a packet of %s was not dropped",
        inet_ntoa((struct in_addr){dead}));
  check(gateway_release(lab->gateway, old.address, lab_address(LAB_SERVER + 1), &stats, &err) < 0 &&
            err.code == MOBIDESK_NOT_FOUND,
        "an older generation was taken: %s", err.message);
  exchange(&t);
  lab_enter(lab, LAB_SERVER + 1);
  works(network_detach(lab->network[1], old.address, &err), &err);
  works(network_give_back(lab->network[1], old.address, &err), &err);
  exchange(&t);
  close_talkers(&t);
}

int main(void) {
  struct lab lab;
  lab_open(&lab);
  tcp_listener = lab_socket(&lab, LAB_OUTSIDE, SOCK_STREAM, 0, 0);
  udp_outside = lab_socket(&lab, LAB_OUTSIDE, SOCK_DGRAM, 0, 0);
  check(listen(tcp_listener, 4) == 0, "listening");
  wait_at_most(tcp_listener);
  wait_at_most(udp_outside);
  test(&lab, 0);
  puts("ok: the virtual address is the first physical one");
  test(&lab, inet_addr("10.99.0.2"));
  puts("ok: all sessions have one virtual address");
  test_fencing(&lab);
  puts("ok: a server that was given up has no say");
  lab_close(&lab);
  return 0;
}
