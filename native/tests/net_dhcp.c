/*
 * Physical addresses by a real DHCP server, which is on the router and serves both subnets by relay: taken, renewed
 * when the daemon starts again, released after their rest; moves between subnets; and what is said when it does not
 * answer.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
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
#define LEASES "/mnt/leases"
#define REST_US 1000000

static pid_t start_dnsmasq(const struct lab *lab) {
  pid_t pid = fork();
  check(pid >= 0, "forking");
  if (pid != 0)
    return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  lab_enter(lab, LAB_ROUTER);
  execlp("dnsmasq", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--user=root", "--no-ping",
         "--pid-file=", "--log-facility=/mnt/dnsmasq.log", "--dhcp-leasefile=" LEASES,
         "--dhcp-range=10.73.0.128,10.73.0.191,255.255.255.0,120",
         "--dhcp-range=10.73.1.128,10.73.1.191,255.255.255.0,120", (char *)NULL);
  _exit(127);
}

/* When the lease of an address ends, by the DHCP server's file; 0: it has none. */
static long lease_ends(const struct lab *lab, in_addr_t address) {
  cleanup_free char *text = lab_output(lab, LAB_ROUTER, "cat " LEASES " 2>/dev/null || true");
  char wanted[INET_ADDRSTRLEN], *rest = NULL;
  inet_ntop(AF_INET, &(struct in_addr){address}, wanted, sizeof wanted);
  for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
    long ends;
    char mac[64], found[64];
    if (sscanf(line, "%ld %63s %63s", &ends, mac, found) == 3 && strcmp(found, wanted) == 0)
      return ends;
  }
  return 0;
}

static void wait_for_lease(const struct lab *lab, in_addr_t address, long after, bool wanted) {
  for (uint64_t since = lab_now_us(); (lease_ends(lab, address) > after) != wanted; poll(NULL, 0, 50))
    check(lab_now_us() - since < WAIT_US, "the lease of %s ends at %ld", inet_ntoa((struct in_addr){address}),
          lease_ends(lab, address));
}

static in_addr_t physical(const struct lab *lab, int session, int server) {
  struct error err;
  in_addr_t address;
  works(network_physical(lab->network[server], lab_address(LAB_SESSION + session), &address, &err), &err);
  return address;
}

static void reopen(struct lab *lab, int server) {
  network_close(lab->network[server]);
  lab_open_network(lab, server);
}

static void remove_session(struct lab *lab, int session, int server) {
  struct error err;
  lab_enter(lab, LAB_SERVER + server);
  works(network_detach(lab->network[server], lab_address(LAB_SESSION + session), &err), &err);
  works(network_give_back(lab->network[server], lab_address(LAB_SESSION + session), &err), &err);
}

/* From now on the servers ask; sessions are made anew, with addresses that were asked for. */
static void use_dhcp(struct lab *lab) {
  for (int server = 0; server < LAB_SERVERS; server++) {
    lab->network_config[server].dhcp_server = inet_addr("10.73.0.254");
    lab->network_config[server].quarantine_us = REST_US;
  }
  for (int session = 0; session < LAB_SESSIONS; session++)
    remove_session(lab, session, session % LAB_SERVERS);
  for (int server = 0; server < LAB_SERVERS; server++)
    reopen(lab, server);
  for (int session = 0; session < LAB_SESSIONS; session++) {
    lab->sessions[session].virtual_address = 0;
    lab_link(lab, session, session % LAB_SERVERS);
  }
}

static void test_leases(struct lab *lab) {
  in_addr_t a = physical(lab, 0, 0), b = physical(lab, 2, 0), other = physical(lab, 1, 1);
  check(a != b && lease_ends(lab, a) && lease_ends(lab, b) && lease_ends(lab, other), "the DHCP server knows of no %s",
        inet_ntoa((struct in_addr){a}));
  check(lab->sessions[0].virtual_address == a, "the virtual address is not the first physical one");
}

static void test_moves(struct lab *lab) {
  struct talk talk;
  in_addr_t first = physical(lab, 0, 0);
  talk_start(lab, 0, SOCK_STREAM, &talk);
  lab_move(lab, 0, 0, 1);
  talk_on(&talk, 50);
  in_addr_t second = physical(lab, 0, 1);
  check(lease_ends(lab, second) > 0, "the address at the other server is not leased");
  wait_for_lease(lab, first, 0, false); /* it has rested */
  lab_move(lab, 0, 1, 0);
  talk_on(&talk, 50);
  wait_for_lease(lab, second, 0, false);
  talk_finish(&talk);
}

/* A daemon that starts does not know for how long it was away. */
static void test_renewal(struct lab *lab) {
  in_addr_t address = physical(lab, 0, 0);
  long before = lease_ends(lab, address);
  sleep(2); /* the file has seconds */
  reopen(lab, 0);
  wait_for_lease(lab, address, before, true);
}

/* A session that was expected and does not come. */
static void test_reservation(struct lab *lab) {
  struct error err;
  in_addr_t session = lab_address(LAB_SESSION);
  lab_enter(lab, LAB_SERVER + 1);
  works(network_reserve(lab->network[1], "a", session, &err), &err);
  in_addr_t address = physical(lab, 0, 1);
  check(lease_ends(lab, address) > 0, "the address that was reserved is not leased");
  works(network_reserve(lab->network[1], "a", session, &err), &err);
  check(physical(lab, 0, 1) == address, "a second reservation has another address");
  works(network_give_back(lab->network[1], session, &err), &err);
  wait_for_lease(lab, address, 0, false);
}

/* Sessions that have addresses go on, also one that comes to where its address is reserved; new ones are refused in
 * words. */
static void test_silence(struct lab *lab, pid_t dnsmasq) {
  struct error err;
  struct talk talk;
  talk_start(lab, 0, SOCK_STREAM, &talk);
  lab_enter(lab, LAB_SERVER + 1);
  works(network_reserve(lab->network[1], "a", lab_address(LAB_SESSION), &err), &err);
  kill(dnsmasq, SIGKILL);
  waitpid(dnsmasq, NULL, 0);
  lab_move(lab, 0, 0, 1);
  talk_on(&talk, 50);
  remove_session(lab, 2, 0);
  lab->sessions[2].virtual_address = 0;
  lab_enter(lab, LAB_SERVER);
  int result = network_attach(lab->network[0], &lab->sessions[2], lab->netns[LAB_SESSION + 2], false, &err);
  check(result < 0 && err.code == MOBIDESK_TIMEOUT && strstr(err.message, "10.73.0.254"), "%s", err.message);
  talk_on(&talk, 50);
  talk_finish(&talk);
}

int main(void) {
  struct lab lab;
  lab_open(&lab);
  pid_t dnsmasq = start_dnsmasq(&lab);
  use_dhcp(&lab);
  test_leases(&lab);
  puts("ok: leases");
  test_moves(&lab);
  puts("ok: moves");
  test_renewal(&lab);
  puts("ok: renewal");
  test_reservation(&lab);
  puts("ok: reservation");
  test_silence(&lab, dnsmasq);
  puts("ok: silence");
  lab_close(&lab);
  return 0;
}
