/*
 * network_dhcp.h: physical addresses by DHCP (RFC 2131), where a server has no slice of its subnet for itself.
 *
 * We are client and relay agent in one: messages go to the DHCP server from the session server's own address, port 67,
 * with that as `giaddr`. So nothing is broadcast, the DHCP server may be on another subnet, it chooses of the range of
 * ours, and the host's own DHCP client is not in the way. Each address is leased for one session on one server: both
 * are in the client identifier.
 *
 * Threads: one at a time; calls wait for answers, 3.5 s at most. Addresses in network byte order.
 */
#ifndef MOBIDESK_NETWORK_DHCP_H
#define MOBIDESK_NETWORK_DHCP_H

#include <netinet/in.h>
#include <stdint.h>

#include "error.h"

struct network_dhcp;

/* `own` is the session server's address. MOBIDESK_CONFLICT: another program serves DHCP there. */
int network_dhcp_open(in_addr_t own, in_addr_t server, struct network_dhcp **out, struct error *err);
void network_dhcp_close(struct network_dhcp *d);

/* Leases an address for a session; the one it had, if the DHCP server remembers. `seconds` is what for. */
int network_dhcp_take(struct network_dhcp *d, in_addr_t session, in_addr_t *address, uint32_t *seconds,
                      struct error *err);
/* MOBIDESK_NOT_FOUND: the DHCP server says that the address is not the session's any more. */
int network_dhcp_renew(struct network_dhcp *d, in_addr_t session, in_addr_t address, uint32_t *seconds,
                       struct error *err);
/* There is no answer to it; one that is lost ends with the lease's time. */
int network_dhcp_release(struct network_dhcp *d, in_addr_t session, in_addr_t address, struct error *err);

#endif
