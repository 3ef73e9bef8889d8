/*
 * gateway_shortcut.h: when packets of conversations under way may go past the proxy's network stack (shortcut.h).
 *
 * They then pass by whatever rules are there. Ours say nothing of such conversations that the programs do not, but
 * those of others may: so the way is open only while nothing but the gateway's own table has a base chain for IPv4,
 * there are no tables of the older iptables, no policies of IPsec, and connection tracking is liberal with sequence
 * numbers (net.netfilter.nf_conntrack_tcp_be_liberal, set here), as it does not see all of them. A thread is told by
 * the kernel of chains and policies, and closes the way when one comes; what the kernel does not tell it looks at four
 * times a second. It says each time that the way is open, for two seconds: without a daemon it is closed.
 *
 * Sessions whose policy restricts them send nothing by it: gateway_policy.h.
 */
#ifndef MOBIDESK_GATEWAY_SHORTCUT_H
#define MOBIDESK_GATEWAY_SHORTCUT_H

#include <stdint.h>

#include "translator.h"

struct gateway_shortcut;

/* The translator is of kind TRANSLATOR_GATEWAY_SHORTCUT, and outlives this; `table` is the gateway's own of nftables,
 * and is there; `outside` and `park` are links. MOBIDESK_UNSUPPORTED: the first is not Ethernet. Acts in the network
 * namespace of the caller. */
int gateway_shortcut_open(struct translator *translator, const char *table, unsigned outside, unsigned park,
                          struct gateway_shortcut **out, struct error *err);
/* Closes the way, and waits for the thread. */
void gateway_shortcut_close(struct gateway_shortcut *s);
/* Packets that have taken it since the programs were loaded. */
int gateway_shortcut_packets(struct translator *translator, uint64_t *out, struct error *err);

#endif
