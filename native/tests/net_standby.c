/*
 * Two proxies that share their addresses, as by VRRP, and by conntrackd the translations of connections: the first one
 * dies, the second takes the addresses, and what sessions had open with an outside host goes on; of sessions that have
 * moved, too, by IPv4 and by IPv6. What docs/network.md says to set up is set up here.
 *
 * The proxies are two hosts in place of LAB_PROXY, so two labs that share all others.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clean.h"
#include "net_talk.h"

#define WAIT_US 60000000
#define MOVED 1

static struct lab lab, standby;
static pid_t sharing[2]; /* the conntrackd of each proxy */

static void wait_for(const char *what, const struct lab *at, const char *command, int least) {
  for (uint64_t since = lab_now_us();; poll(NULL, 0, 100)) {
    cleanup_free char *text = lab_output(at, LAB_PROXY, "%s", command);
    if (atoi(text) >= least)
      return;
    check(lab_now_us() - since < WAIT_US, "%s: `%s` says %s", what, command, text);
  }
}

/* The same hosts and links have IPv6 addresses, too. */
static void add_ipv6_to_standby(void) {
  lab_run(&lab, LAB_OUTSIDE, "ip address add 2001:db8:203::10/64 dev switch nodad");
  lab_run(&standby, LAB_PROXY,
          "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding && ip address add fd00:73::2/64 dev tier nodad && "
          "ip route add fd00:73::/32 via fd00:73::fe && ip route add fd00:73:a1::/64 via fd00:73::11");
}

/* A link to the subnet of the first server and the router, one to the outside host, and one between the proxies. */
static void make_standby(void) {
  int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  check(home >= 0 && unshare(CLONE_NEWNET) == 0, "making a network namespace");
  standby = lab;
  standby.netns[LAB_PROXY] = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  check(standby.netns[LAB_PROXY] >= 0 && setns(home, CLONE_NEWNET) == 0, "returning");
  close(home);
  int fd = standby.netns[LAB_PROXY], pid = getpid();
  lab_run(&lab, LAB_ROUTER,
          "ip link add standby type veth peer name tier netns /proc/%d/fd/%d && ip link set standby master br0 up", pid,
          fd);
  lab_run(&lab, LAB_OUTSIDE,
          "ip address flush dev uplink && ip link add switch type bridge && ip link set uplink master switch && "
          "ip link add second type veth peer name world netns /proc/%d/fd/%d && ip link set second master switch up && "
          "ip address add 203.0.113.10/24 dev switch && ip link set switch up",
          pid, fd);
  lab_run(&lab, LAB_PROXY,
          "ip link add sync type veth peer name sync netns /proc/%d/fd/%d && "
          "ip address add 198.51.100.1/30 dev sync && ip link set sync up",
          pid, fd);
  lab_run(&standby, LAB_PROXY,
          "ip link set lo up && ip address add 198.51.100.2/30 dev sync && ip link set sync up && "
          "ip address add 10.73.0.2/24 dev tier && ip link set tier up && ip link set world up && "
          "ip route add 10.73.0.0/16 via 10.73.0.254");
  if (lab.ipv6)
    add_ipv6_to_standby();
}

/* Each tells the other's kernel at once; see docs/network.md. */
static void start_sharing(const struct lab *at, int number) {
  lab_run(at, LAB_PROXY,
          "me=%d other=%d; cat >/mnt/conntrackd$me.conf <<END\n"
          "Sync {\n"
          "  Mode FTFW {\n"
          "    DisableExternalCache On\n"
          "  }\n"
          "  UDP {\n"
          "    IPv4_address 198.51.100.$me\n"
          "    IPv4_Destination_Address 198.51.100.$other\n"
          "    Port 3780\n"
          "    Interface sync\n"
          "    Checksum on\n"
          "  }\n"
          "}\n"
          "General {\n"
          "  HashSize 1024\n"
          "  HashLimit 65536\n"
          "  LockFile /mnt/conntrackd$me.lock\n"
          "  LogFile /mnt/conntrackd$me.log\n"
          "  UNIX {\n"
          "    Path /mnt/conntrackd$me.ctl\n"
          "  }\n"
          "  Filter From Userspace {\n"
          "    Protocol Accept {\n"
          "      TCP\n"
          "      UDP\n"
          "    }\n"
          "  }\n"
          "}\n"
          "END",
          number, 3 - number);
  sharing[number - 1] = fork();
  if (sharing[number - 1] == 0) {
    char file[64];
    snprintf(file, sizeof file, "/mnt/conntrackd%d.conf", number);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int log = open("/mnt/conntrackd.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(log, 1);
    dup2(log, 2);
    lab_enter(at, LAB_PROXY);
    execlp("conntrackd", "conntrackd", "-C", file, (char *)NULL);
    _exit(127);
  }
}

static void stop_sharing(int number) {
  kill(sharing[number - 1], SIGKILL);
  waitpid(sharing[number - 1], NULL, 0);
}

/* The control plane tells the second proxy's gateway where all sessions are, before it has heard of any. */
static void open_standby(void) {
  struct error err;
  standby.gateway_config.pins = "/mnt/standby";
  standby.gateway_config.outside = "world";
  lab_open_gateway(&standby);
  for (int session = 0; session < LAB_SESSIONS; session++)
    works(gateway_route(standby.gateway, lab_address(LAB_SESSION + session), lab_address(LAB_SERVER), &err), &err);
}

/* A crash tells nobody: neither the other proxy, nor the connections. */
static void lose_the_first(void) {
  stop_sharing(1);
  lab_run(&lab, LAB_PROXY, "ip link set sync down; ip link set tier down; ip link set world down");
}

static void take_over(void) {
  lab_run(&standby, LAB_PROXY,
          "ip address add 10.73.0.1/24 dev tier && ip address add 203.0.113.1/24 dev world && "
          "ip route add default via 203.0.113.10");
  if (lab.ipv6)
    lab_run(&standby, LAB_PROXY,
            "ip address add fd00:73::1/64 dev tier nodad && ip address add 2001:db8:203::1/64 dev world nodad && "
            "ip route add default via 2001:db8:203::10");
  /* VRRP says so by gratuitous ARP and by advertisements of neighbours. */
  static const int neighbours[] = {LAB_ROUTER, LAB_OUTSIDE, LAB_SERVER};
  for (size_t i = 0; i < sizeof neighbours / sizeof *neighbours; i++)
    lab_run(&lab, neighbours[i], "ip neighbour flush all");
}

static void say(int fd, struct sockaddr_in to, const char *text) {
  check(sendto(fd, text, strlen(text), 0, (struct sockaddr *)&to, sizeof to) == (ssize_t)strlen(text), "sending");
}

/* Sends until it is heard; returns from where. */
static struct sockaddr_in hear(int from, int at, struct sockaddr_in to, const char *text) {
  char got[32] = "";
  struct sockaddr_in sender;
  socklen_t size = sizeof sender;
  for (uint64_t since = lab_now_us(); strcmp(got, text) != 0;) {
    struct pollfd ready = {.fd = at, .events = POLLIN};
    say(from, to, text);
    check(lab_now_us() - since < WAIT_US, "`%s` is not heard", text);
    if (poll(&ready, 1, 200) == 1) {
      memset(got, 0, sizeof got);
      check(recvfrom(at, got, sizeof got - 1, 0, (struct sockaddr *)&sender, &size) > 0, "receiving");
    }
  }
  return sender;
}

/* Both ends of a TCP connection by IPv6. */
struct pair {
  int inside, outside;
};

static struct pair open_pair6(int session) {
  struct pair p = {-1, -1};
  if (!lab.ipv6)
    return p;
  cleanup_close int listener = lab_socket6(&lab, LAB_OUTSIDE, SOCK_STREAM, lab_address6(LAB_OUTSIDE), 0);
  struct sockaddr_in6 to = lab_endpoint6(lab_address6(LAB_OUTSIDE), lab_port(listener));
  p.inside = lab_socket6(&lab, LAB_SESSION + session, SOCK_STREAM, "::", 0);
  check(listen(listener, 1) == 0 && connect(p.inside, (struct sockaddr *)&to, sizeof to) == 0, "connecting by IPv6");
  p.outside = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  check(p.outside >= 0, "accepting by IPv6");
  return p;
}

static void pass(int from, int to, char byte) {
  char got = 0;
  struct pollfd ready = {.fd = to, .events = POLLIN};
  check(send(from, &byte, 1, MSG_NOSIGNAL) == 1, "sending by IPv6");
  check(poll(&ready, 1, WAIT_US / 1000) == 1 && recv(to, &got, 1, 0) == 1 && got == byte, "`%c` did not arrive by IPv6",
        byte);
}

static void exchange6(const struct pair *p) {
  if (!lab.ipv6)
    return;
  pass(p->inside, p->outside, 'i');
  pass(p->outside, p->inside, 'o');
}

static void close_pair6(const struct pair *p) {
  if (!lab.ipv6)
    return;
  close(p->inside);
  close(p->outside);
}

int main(void) {
  struct error err;
  struct talk unmoved, moved, later;
  lab.ipv6 = access("/proc/sys/net/ipv6", F_OK) == 0;
  lab_open(&lab);
  make_standby();
  start_sharing(&lab, 1);
  start_sharing(&standby, 2);
  for (int i = 1; i <= 2; i++) {
    char command[96];
    snprintf(command, sizeof command, "conntrackd -C /mnt/conntrackd%d.conf -s >/dev/null 2>&1 && echo 1 || echo 0", i);
    wait_for("conntrackd", &lab, command, 1);
  }
  open_standby();
  talk_start(&lab, 0, SOCK_STREAM, &unmoved);
  talk_start(&lab, MOVED, SOCK_STREAM, &moved);
  struct pair unmoved6 = open_pair6(0), moved6 = open_pair6(MOVED);
  cleanup_close int outside = lab_socket(&lab, LAB_OUTSIDE, SOCK_DGRAM, 0, 0);
  cleanup_close int inside = lab_socket(&lab, LAB_SESSION, SOCK_DGRAM, 0, 0);
  struct sockaddr_in peer = lab_endpoint(lab_address(LAB_OUTSIDE), lab_port(outside));
  struct sockaddr_in seen = hear(inside, outside, peer, "before");
  lab_move(&lab, MOVED, 1, 0);
  talk_on(&moved, 50);
  exchange6(&unmoved6);
  exchange6(&moved6);
  wait_for("the second proxy to know the connections", &standby,
           "conntrack -L -p tcp 2>/dev/null | grep -c ESTABLISHED", 2);
  wait_for("and the conversation", &standby, "conntrack -L -p udp 2>/dev/null | grep -c 203.0.113.10", 1);

  if (lab.ipv6)
    wait_for("those by IPv6", &standby, "conntrack -L -f ipv6 -p tcp 2>/dev/null | grep -c ESTABLISHED", 2);

  lose_the_first();
  take_over();
  struct sockaddr_in again = hear(inside, outside, peer, "after");
  check(again.sin_port == seen.sin_port && again.sin_addr.s_addr == seen.sin_addr.s_addr,
        "the conversation came from port %u and comes from port %u", ntohs(seen.sin_port), ntohs(again.sin_port));
  talk_on(&unmoved, 200);
  puts("ok: a connection of a session that never moved goes on");
  talk_on(&moved, 200);
  puts("ok: a connection of a session that has moved goes on");
  exchange6(&unmoved6);
  exchange6(&moved6);
  struct pair later6 = open_pair6(MOVED);
  exchange6(&later6);
  puts(lab.ipv6 ? "ok: so it is by IPv6" : "skipped: this kernel has no IPv6");
  talk_start(&lab, MOVED, SOCK_STREAM, &later);
  talk_on(&later, 50);
  puts("ok: new connections are made");
  talk_finish(&later);
  talk_finish(&moved);
  talk_finish(&unmoved);
  close_pair6(&unmoved6);
  close_pair6(&moved6);
  close_pair6(&later6);

  stop_sharing(2);
  lab_enter(&standby, LAB_PROXY);
  gateway_close(standby.gateway);
  works(gateway_cleanup(standby.gateway_config.instance, standby.gateway_config.pins, &err), &err);
  close(standby.netns[LAB_PROXY]);
  lab_run(&lab, LAB_PROXY, "ip link set tier up; ip link set world up");
  lab_close(&lab);
  return 0;
}
