/*
 * network_address6.h: the IPv6 addresses of a session, all of them found from what it has: nothing of them is stored.
 *
 * Its session address is the session network, of 96 bits, and its IPv4 session address in the last 32. It is also what
 * the session sees, for life. Its physical address on a server:
 *
 *     | network of the server, 64 bits | balance, 16 | generation, 16 | label, 32 |
 *
 * The balance makes the checksum of the address that of the session address (RFC 1071, RFC 6296), so that the exchange
 * of one for the other leaves every checksum right. Who does not know the label, which is random, does not know the
 * address; one of another generation is another address.
 *
 * Threads: any. Addresses and labels are in network byte order, generations are not.
 */
#ifndef MOBIDESK_NETWORK_ADDRESS6_H
#define MOBIDESK_NETWORK_ADDRESS6_H

#include <netinet/in.h>
#include <stdint.h>

#include "error.h"
#include "network_rtnl.h"
#include "translation.h"

/* Bits of a session network, and of the network of a server's physical addresses. */
#define NETWORK6_SESSIONS 96
#define NETWORK6_PHYSICAL 64
/* Routers of links that have one other end: link-local, the same everywhere, with permanent entries as neighbours. */
#define NETWORK6_LINK_GATEWAY "fe80::1"

/* "fd00::/96" -> prefix without host bits; MOBIDESK_INVALID names `what`. */
int network6_prefix_parse(const char *text, const char *what, struct network_prefix6 *out, struct error *err);
/* As before; the prefix must be of that many bits, and empty text is a prefix of 0 bits: no IPv6. */
int network6_configured(const char *text, const char *what, unsigned bits, struct network_prefix6 *out,
                        struct error *err);
int network6_address_parse(const char *text, const char *what, struct in6_addr *out, struct error *err);

#define NETWORK6_TEXT_SIZE INET6_ADDRSTRLEN
const char *network6_text(const struct in6_addr *address, char text[NETWORK6_TEXT_SIZE]);
#define NETWORK6_TEXT(address) network6_text((address), (char[NETWORK6_TEXT_SIZE]){0})

struct in6_addr network6_session(const struct network_prefix6 *sessions, in_addr_t session);
/* The IPv4 session address of one that is of the session network; 0: it is not. */
in_addr_t network6_session_of(const struct network_prefix6 *sessions, const struct in6_addr *address);
struct in6_addr network6_physical(const struct in6_addr *server, const struct in6_addr *session, uint32_t label,
                                  uint16_t generation);

/* For maps. */
struct translation_address6 network6_key(const struct in6_addr *address);
struct translation_prefix6 network6_prefix_key(const struct network_prefix6 *prefix);

#endif
