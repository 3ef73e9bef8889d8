/*
 * network_host.h: what session links and the gateway both do to the host: names by instance, nftables, sysctls.
 *
 * Everything that an instance makes is named after it, so that several instances can be on one host and each is found
 * and removed by its name.
 */
#ifndef MOBIDESK_NETWORK_HOST_H
#define MOBIDESK_NETWORK_HOST_H

#include <stdint.h>

#include "error.h"
#include "network_rtnl.h"

#define NETWORK_INSTANCE_SIZE 41 /* [a-z0-9-]{1,40} and the end */

/* Refuses an instance name that could not be part of the name of a table or link. */
int network_instance_check(const char *instance, struct error *err);

/* 20 bits of the instance's name, as part of link names, which are too short for the name itself. */
uint32_t network_instance_tag(const char *instance);

/* The numbers of the routing tables of an instance; each use of a table has one of its own. */
enum network_table { NETWORK_TABLE_LINKS = 0, NETWORK_TABLE_SERVERS = 1, NETWORK_TABLE_HOLDS = 2 };
uint32_t network_table(const char *instance, enum network_table use);

/* "10.74.0.5" -> address; MOBIDESK_INVALID names `what`. */
int network_address_parse(const char *text, const char *what, in_addr_t *out, struct error *err);
/* "10.74.0.0/16" -> prefix without host bits. */
int network_prefix_parse(const char *text, const char *what, struct network_prefix *out, struct error *err);
bool network_prefix_contains(struct network_prefix prefix, in_addr_t address);

#define NETWORK_ADDRESS_TEXT_SIZE 16
/* Writes dotted decimal to `text` and returns it. */
const char *network_address_text(in_addr_t address, char text[NETWORK_ADDRESS_TEXT_SIZE]);
#define NETWORK_TEXT(address) network_address_text((address), (char[NETWORK_ADDRESS_TEXT_SIZE]){0})

/* Applies nftables commands as one transaction; `doing` is for the error message. Any thread. */
__attribute__((format(printf, 3, 4))) int network_nft(const char *doing, struct error *err, const char *commands, ...);

/* Writes net.ipv4.conf.LINK.KEY in the caller's network namespace. */
/* Gives network namespaces that are made from now on tables of sockets of their own, where the kernel can (Linux 6.1,
 * for UDP 6.3). Who lists the sockets of one, as CRIU does for each protocol, walks the whole table, and the host's has
 * hundreds of thousands of places. What an administrator has chosen stays. */
void network_small_tables(void);

int network_sysctl_set(const char *link, const char *key, int value, struct error *err);
int network_sysctl_get(const char *link, const char *key, int *out, struct error *err);
/* The same of net.ipv6.conf. */
int network_sysctl6_set(const char *link, const char *key, int value, struct error *err);
int network_sysctl6_get(const char *link, const char *key, int *out, struct error *err);

/* Runs `act` on this thread inside the network namespace `netns_fd`, and returns what it does. */
int network_inside(int netns_fd, int (*act)(void *data, struct error *err), void *data, struct error *err);

#endif
