/*
 * net_lab.h: hosts for the network tests. A host is a network namespace without a name: it is gone, and with it all
 * links, routes and tables, when the test's processes are, however they end. Two runs cannot meet.
 *
 *     outside ---- proxy ---- (router) ---- server 1 ---- sessions
 *     203.0.113.10   .1 | 10.73.0.1   |     10.73.0.11    10.74.0.0/16
 *                                     +---- server 2
 *                                           10.73.1.12
 *
 * The servers are on two subnets, with the router between them; sessions have physical addresses of 10.73.0.128/26 and
 * 10.73.1.128/26.
 *
 * With IPv6, which a test asks for before lab_open or lab_make_hosts, the same hosts have, in the same order,
 * 2001:db8:203::10 and ::1, fd00:73::1, fd00:73::11, fd00:73:1::12, sessions fd00:74::/96, and physical networks
 * fd00:73:a1::/64, fd00:73:a2::/64.
 *
 * Functions end the test with a message when something fails that is not what is tested. One thread.
 */
#ifndef MOBIDESK_NET_LAB_H
#define MOBIDESK_NET_LAB_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway.h"
#include "network.h"

#define LAB_SERVERS 2
#define LAB_SESSIONS 3
/* Ports of the proxy for each session. */
#define LAB_SESSION_PORTS 64

/* Sessions 0 and 2 begin on server 0, session 1 on server 1. */
enum lab_host { LAB_OUTSIDE, LAB_PROXY, LAB_ROUTER, LAB_SERVER, LAB_SESSION = LAB_SERVER + LAB_SERVERS };
#define LAB_HOSTS (LAB_SESSION + LAB_SESSIONS)

struct lab {
  bool ipv6; /* set by the test */
  int netns[LAB_HOSTS];
  struct gateway *gateway;
  struct network *network[LAB_SERVERS];
  struct gateway_config gateway_config;
  struct network_config network_config[LAB_SERVERS];
  struct network_session sessions[LAB_SESSIONS];
  char ids[LAB_SESSIONS][MOBIDESK_ID_SIZE];
};

/* Ends the test when the condition does not hold, with a message in words and errno. */
#define check(condition, ...) lab_check((condition), __FILE__, __LINE__, #condition, __VA_ARGS__)
__attribute__((format(printf, 5, 6))) void lab_check(bool holds, const char *file, int line, const char *condition,
                                                     const char *format, ...);
/* For calls with a `struct error *err`. */
#define works(call, err) check((call) == 0, "%s", (err)->message)

/* The network key of a lab that lab_open made, as a file. */
#define LAB_KEY "/mnt/network.key"

/* Makes the hosts with their links and addresses, and nothing of ours on them. Skips as lab_open does. */
void lab_make_hosts(struct lab *lab);
/* Makes hosts, links, gateway and server networks; links the sessions and routes them. Skips the test (exit 77) when
 * not root. */
void lab_open(struct lab *lab);
/* Cleans up by the modules' own cleanup functions and checks that they leave nothing. */
void lab_close(struct lab *lab);

/* From now on this thread, and children, are on that host. */
void lab_enter(const struct lab *lab, int host);
/* Runs a shell command on a host; it must succeed. */
__attribute__((format(printf, 3, 4))) void lab_run(const struct lab *lab, int host, const char *format, ...);
/* The output of a shell command on a host; free it. */
__attribute__((format(printf, 3, 4))) char *lab_output(const struct lab *lab, int host, const char *format, ...);

in_addr_t lab_address(int host);
/* Makes the session run on that server, its packets not blocked, as a move would; nothing is held. */
void lab_link(struct lab *lab, int session, int server);
/* Links the session there, as its next generation if `moves`. The session is not routed. */
void lab_attach(struct lab *lab, int session, int server, bool moves, bool blocked);
/* All steps of a move, without processes to stop; what is for the session meanwhile is held. */
void lab_move(struct lab *lab, int session, int from, int to);
/* Opens the proxy's gateway, or a server's network, (again) by their configurations. */
void lab_open_gateway(struct lab *lab);
void lab_open_network(struct lab *lab, int server);

/* A socket on a host, bound to `address` (0: any) and `port` (0: any), close-on-exec; returns to the host it came from.
 */
int lab_socket(const struct lab *lab, int host, int type, in_addr_t address, uint16_t port);
uint16_t lab_port(int fd);
struct sockaddr_in lab_endpoint(in_addr_t address, uint16_t port);
/* The same of IPv6. `address` may be any, also one that is not the host's. */
int lab_socket6(const struct lab *lab, int host, int type, const char *address, uint16_t port);
struct sockaddr_in6 lab_endpoint6(const char *address, uint16_t port);
const char *lab_address6(int host);

uint64_t lab_now_us(void);

#endif
