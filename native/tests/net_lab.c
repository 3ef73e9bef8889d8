#include "net_lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include "clean.h"
#include "network_address6.h"
#include "network_host.h"

#define INSTANCE "net-test"

static const char *const address_of[LAB_HOSTS] = {
    [LAB_OUTSIDE] = "203.0.113.10",  [LAB_PROXY] = "10.73.0.1",       [LAB_ROUTER] = "0.0.0.0",
    [LAB_SERVER] = "10.73.0.11",     [LAB_SERVER + 1] = "10.73.1.12", [LAB_SESSION] = "10.74.0.5",
    [LAB_SESSION + 1] = "10.74.0.6", [LAB_SESSION + 2] = "10.74.0.7",
};

static const char *const address6_of[LAB_HOSTS] = {
    [LAB_OUTSIDE] = "2001:db8:203::10",   [LAB_PROXY] = "fd00:73::1",           [LAB_ROUTER] = "fd00:73::fe",
    [LAB_SERVER] = "fd00:73::11",         [LAB_SERVER + 1] = "fd00:73:1::12",   [LAB_SESSION] = "fd00:74::a4a:5",
    [LAB_SESSION + 1] = "fd00:74::a4a:6", [LAB_SESSION + 2] = "fd00:74::a4a:7",
};

const char *lab_address6(int host) { return address6_of[host]; }

in_addr_t lab_address(int host) { return inet_addr(address_of[host]); }

void lab_check(bool holds, const char *file, int line, const char *condition, const char *format, ...) {
  if (holds)
    return;
  const char *cause = strerror(errno);
  fprintf(stderr, "%s:%d: %s does not hold: ", file, line, condition);
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, " (last error: %s)\n", cause);
  exit(1);
}

uint64_t lab_now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void lab_enter(const struct lab *lab, int host) {
  check(setns(lab->netns[host], CLONE_NEWNET) == 0, "entering host %d", host);
}

static int current_netns(void) {
  int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  check(fd >= 0, "opening this thread's network namespace");
  return fd;
}

char *lab_output(const struct lab *lab, int host, const char *format, ...) {
  cleanup_free char *command = NULL;
  va_list arguments;
  va_start(arguments, format);
  check(vasprintf(&command, format, arguments) > 0, "formatting a command");
  va_end(arguments);
  cleanup_close int home = current_netns();
  lab_enter(lab, host);
  FILE *pipe = popen(command, "re");
  check(pipe, "running `%s`", command);
  char *text = NULL;
  size_t size = 0;
  if (getdelim(&text, &size, '\0', pipe) < 0) {
    free(text);
    text = strdup("");
  }
  int status = pclose(pipe);
  check(status == 0, "`%s` on host %d ended with status %d: %s", command, host, status, text);
  check(setns(home, CLONE_NEWNET) == 0, "returning");
  return text;
}

void lab_run(const struct lab *lab, int host, const char *format, ...) {
  cleanup_free char *command = NULL;
  va_list arguments;
  va_start(arguments, format);
  check(vasprintf(&command, format, arguments) > 0, "formatting a command");
  va_end(arguments);
  cleanup_free char *output = lab_output(lab, host, "%s", command);
}

/* Each subnet is a bridge of the router's. */
static void make_subnet(struct lab *lab, int number) {
  lab_run(lab, LAB_ROUTER,
          "ip link add br%d type bridge && ip link set br%d up && ip address add 10.73.%d.254/24 dev br%d", number,
          number, number, number);
}

static void connect_to_subnet(struct lab *lab, int host, const char *port, int number) {
  lab_run(lab, LAB_ROUTER,
          "ip link add %s type veth peer name tier netns /proc/%d/fd/%d && ip link set %s master br%d up", port,
          getpid(), lab->netns[host], port, number);
  lab_run(lab, host,
          "ip address add %s/24 dev tier && ip link set tier up && ip route add 10.73.0.0/16 via 10.73.%d.254",
          address_of[host], number);
  if (host != LAB_PROXY)
    lab_run(lab, host, "ip route add default via 10.73.%d.254", number);
}

/* Addresses are used at once: nobody else could have them. */
static void add_ipv6(const struct lab *lab) {
  lab_run(lab, LAB_ROUTER,
          "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding && ip address add fd00:73::fe/64 dev br0 nodad && "
          "ip address add fd00:73:1::fe/64 dev br1 nodad && ip route add fd00:73:a1::/64 via fd00:73::11 && "
          "ip route add fd00:73:a2::/64 via fd00:73:1::12 && ip route add default via fd00:73::1");
  lab_run(lab, LAB_PROXY,
          "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding && ip address add fd00:73::1/64 dev tier nodad && "
          "ip address add 2001:db8:203::1/64 dev world nodad && ip route add fd00:73::/32 via fd00:73::fe && "
          "ip route add fd00:73:a1::/64 via fd00:73::11 && ip route add default via 2001:db8:203::10");
  lab_run(lab, LAB_SERVER, "ip address add fd00:73::11/64 dev tier nodad && ip route add default via fd00:73::fe");
  lab_run(lab, LAB_SERVER + 1,
          "ip address add fd00:73:1::12/64 dev tier nodad && ip route add default via fd00:73:1::fe");
  lab_run(lab, LAB_OUTSIDE, "ip address add 2001:db8:203::10/64 dev uplink nodad");
  /* Without a link-local address that counts a host asks for no neighbour, and what it was to send is lost. */
  for (int host = 0; host < LAB_SESSION; host++)
    lab_run(lab, host,
            "for l in $(ip -6 -o address show scope global | awk '{print $2}'); do "
            "timeout 60 sh -c \"until ip -6 -o address show dev $l scope link -tentative | grep -q fe80; "
            "do sleep 0.02; done\" || exit 1; done");
}

void lab_make_hosts(struct lab *lab) {
  if (geteuid() != 0) {
    puts("skipped: network namespaces need root");
    exit(77);
  }
  if (lab->ipv6 && access("/proc/sys/net/ipv6", F_OK) < 0) {
    puts("skipped: this kernel has no IPv6");
    exit(77);
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  cleanup_close int home = current_netns();
  for (int host = 0; host < LAB_HOSTS; host++) {
    check(unshare(CLONE_NEWNET) == 0, "making a network namespace");
    lab->netns[host] = current_netns();
    if (lab->ipv6)
      lab_run(lab, host, "echo 0 > /proc/sys/net/ipv6/conf/default/dad_transmits");
  }
  check(setns(home, CLONE_NEWNET) == 0, "returning");
  for (int host = 0; host < LAB_SESSION; host++)
    lab_run(lab, host, "ip link set lo up");
  make_subnet(lab, 0);
  make_subnet(lab, 1);
  lab_run(lab, LAB_ROUTER, "echo 1 > /proc/sys/net/ipv4/ip_forward");
  connect_to_subnet(lab, LAB_PROXY, "proxy", 0);
  connect_to_subnet(lab, LAB_SERVER, "server1", 0);
  connect_to_subnet(lab, LAB_SERVER + 1, "server2", 1);
  lab_run(lab, LAB_ROUTER, "ip route add default via 10.73.0.1");
  lab_run(lab, LAB_PROXY, "ip link add world type veth peer name uplink netns /proc/%d/fd/%d", getpid(),
          lab->netns[LAB_OUTSIDE]);
  lab_run(lab, LAB_PROXY,
          "ip address add 203.0.113.1/24 dev world && ip link set world up && "
          "ip route add default via 203.0.113.10");
  lab_run(lab, LAB_OUTSIDE, "ip address add 203.0.113.10/24 dev uplink && ip link set uplink up");
  if (lab->ipv6)
    add_ipv6(lab);
}

static struct network_prefix6 prefix6(const char *text) {
  struct network_prefix6 prefix;
  struct error err;
  works(network6_prefix_parse(text, "a network of the lab", &prefix, &err), &err);
  return prefix;
}

/* The daemons' configuration. */
static void configure_ipv6(struct lab *lab, int server) {
  static const char *const networks[LAB_SERVERS] = {"fd00:73:a1::/64", "fd00:73:a2::/64"};
  static struct network_prefix6 tier;
  struct network_config *c = &lab->network_config[server];
  tier = prefix6("fd00:73::/32");
  c->session_network6 = lab->gateway_config.session_network6;
  c->physical_network6 = prefix6(networks[server]);
  c->gateway6 = lab_endpoint6(address6_of[LAB_PROXY], 0).sin6_addr;
  c->closed6 = &tier;
  c->closed6_count = 1;
}

void lab_open_gateway(struct lab *lab) {
  struct error err;
  lab_enter(lab, LAB_PROXY);
  works(gateway_open(&lab->gateway_config, &lab->gateway, &err), &err);
}

void lab_open_network(struct lab *lab, int server) {
  struct error err;
  lab_enter(lab, LAB_SERVER + server);
  works(network_open(&lab->network_config[server], &lab->network[server], &err), &err);
}

void lab_attach(struct lab *lab, int session, int server, bool moves, bool blocked) {
  struct error err;
  lab_enter(lab, LAB_SERVER + server);
  lab->sessions[session].generation += moves;
  works(network_attach(lab->network[server], &lab->sessions[session], lab->netns[LAB_SESSION + session], blocked, &err),
        &err);
}

void lab_link(struct lab *lab, int session, int server) {
  struct error err;
  lab_attach(lab, session, server, false, false);
  lab_enter(lab, LAB_PROXY);
  works(gateway_route(lab->gateway, lab->sessions[session].address, lab_address(LAB_SERVER + server), &err), &err);
}

void lab_move(struct lab *lab, int session, int from, int to) {
  struct error err;
  mobidesk_hold_stats stats;
  in_addr_t address = lab->sessions[session].address;
  lab_enter(lab, LAB_PROXY);
  works(gateway_hold(lab->gateway, address, &err), &err);
  lab_enter(lab, LAB_SERVER + from);
  works(network_detach(lab->network[from], address, &err), &err);
  lab_attach(lab, session, to, true, false);
  lab_enter(lab, LAB_PROXY);
  works(gateway_release(lab->gateway, address, lab_address(LAB_SERVER + to), &stats, &err), &err);
  lab_enter(lab, LAB_SERVER + from);
  works(network_give_back(lab->network[from], address, &err), &err);
}

void lab_open(struct lab *lab) {
  static const char *const pools[LAB_SERVERS] = {"10.73.0.128", "10.73.1.128"};
  static const char *const pins[LAB_SERVERS] = {"/mnt/server1", "/mnt/server2"};
  struct network_prefix sessions = {inet_addr("10.74.0.0"), 16};
  static const struct network_prefix tier = {0x0000490a /* 10.73.0.0 */, 16};
  struct announcement_key key;
  struct error err;
  lab_make_hosts(lab);
  check(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
            mount("test", "/mnt", "tmpfs", 0, NULL) == 0 && system("head -c 32 /dev/urandom >" LAB_KEY) == 0,
        "making a mount namespace");
  works(announcement_key_read(LAB_KEY, &key, &err), &err);
  lab->gateway_config = (struct gateway_config){.instance = INSTANCE,
                                                .pins = "/mnt/gateway",
                                                .key = key,
                                                .session_network = sessions,
                                                .ports_each = LAB_SESSION_PORTS,
                                                .session_packets = GATEWAY_SESSION_PACKETS,
                                                .session_bytes = GATEWAY_SESSION_BYTES,
                                                .total_packets = GATEWAY_TOTAL_PACKETS,
                                                .total_bytes = GATEWAY_TOTAL_BYTES,
                                                .hold_us = GATEWAY_HOLD_US,
                                                .shortcut = true};
  if (lab->ipv6)
    lab->gateway_config.session_network6 = prefix6("fd00:74::/96");
  lab_open_gateway(lab);
  for (int server = 0; server < LAB_SERVERS; server++) {
    lab->network_config[server] = (struct network_config){.instance = INSTANCE,
                                                          .pins = pins[server],
                                                          .session_network = sessions,
                                                          .gateway = lab_address(LAB_PROXY),
                                                          .pool = {inet_addr(pools[server]), 26},
                                                          .closed = &tier,
                                                          .closed_count = 1,
                                                          .key = key};
    if (lab->ipv6)
      configure_ipv6(lab, server);
    lab_open_network(lab, server);
  }
  for (int session = 0; session < LAB_SESSIONS; session++) {
    snprintf(lab->ids[session], sizeof lab->ids[session], "session-%d", session);
    lab->sessions[session] = (struct network_session){
        .id = lab->ids[session], .address = lab_address(LAB_SESSION + session), .generation = 1};
    lab_link(lab, session, session % LAB_SERVERS);
  }
}

/* Nothing that bears our names is left on the host. */
static void check_clean(const struct lab *lab, int host) {
  cleanup_free char *left =
      lab_output(lab, host,
                 "nft list ruleset; { ip rule list; ip -6 rule list; } | grep -v -e local -e main -e default; "
                 "ip route list table all proto 77; ip -6 route list table all proto 77; ip -6 neigh list nud "
                 "permanent; ip -o link list | grep -e '@.*mobidesk' -e -park; "
                 "ip -o address list | grep '10.73.[01].1[2-9][0-9]/32'; "
                 "for l in $(ip -o link list | cut -d: -f2 | cut -d@ -f1); do tc filter show dev $l ingress; tc filter "
                 "show dev $l egress; done; true");
  check(left[0] == '\0', "left on host %d: %s", host, left);
}

void lab_close(struct lab *lab) {
  struct error err;
  lab_enter(lab, LAB_PROXY);
  gateway_close(lab->gateway);
  works(gateway_cleanup(INSTANCE, lab->gateway_config.pins, &err), &err);
  works(gateway_cleanup(INSTANCE, lab->gateway_config.pins, &err), &err);
  check_clean(lab, LAB_PROXY);
  for (int server = 0; server < LAB_SERVERS; server++) {
    lab_enter(lab, LAB_SERVER + server);
    network_close(lab->network[server]);
    works(network_cleanup(INSTANCE, lab->network_config[server].pins, &err), &err);
    works(network_cleanup(INSTANCE, lab->network_config[server].pins, &err), &err);
    check_clean(lab, LAB_SERVER + server);
  }
  for (int host = 0; host < LAB_HOSTS; host++)
    close(lab->netns[host]);
}

struct sockaddr_in lab_endpoint(in_addr_t address, uint16_t port) {
  return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = address};
}

static int bound_socket(const struct lab *lab, int host, int type, const void *local, socklen_t size) {
  cleanup_close int home = current_netns();
  bool is_ipv6 = size == sizeof(struct sockaddr_in6);
  lab_enter(lab, host);
  int fd = socket(is_ipv6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);
  check(fd >= 0, "making a socket");
  int on = 1;
  check(setsockopt(fd, is_ipv6 ? SOL_IPV6 : SOL_IP, is_ipv6 ? IPV6_TRANSPARENT : IP_TRANSPARENT, &on, sizeof on) == 0,
        "IP_TRANSPARENT");
  check(bind(fd, local, size) == 0, "binding a socket");
  check(setns(home, CLONE_NEWNET) == 0, "returning");
  return fd;
}

int lab_socket(const struct lab *lab, int host, int type, in_addr_t address, uint16_t port) {
  struct sockaddr_in local = lab_endpoint(address, port);
  return bound_socket(lab, host, type, &local, sizeof local);
}

struct sockaddr_in6 lab_endpoint6(const char *address, uint16_t port) {
  struct sockaddr_in6 endpoint = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  check(inet_pton(AF_INET6, address, &endpoint.sin6_addr) == 1, "the address %s", address);
  return endpoint;
}

int lab_socket6(const struct lab *lab, int host, int type, const char *address, uint16_t port) {
  struct sockaddr_in6 local = lab_endpoint6(address, port);
  return bound_socket(lab, host, type, &local, sizeof local);
}

uint16_t lab_port(int fd) {
  struct sockaddr_in local; /* of IPv6, as much as fits: the port is at the same place */
  socklen_t size = sizeof local;
  check(getsockname(fd, (struct sockaddr *)&local, &size) == 0, "getsockname");
  return ntohs(local.sin_port);
}
