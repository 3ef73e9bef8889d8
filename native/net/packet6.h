/*
 * packet6.h: what the BPF programs do to an IPv6 packet: exchange an address for one of the same checksum.
 *
 * So no header behind the first is looked at, but for an ICMP error, which quotes a header.
 */
#ifndef MOBIDESK_PACKET6_H
#define MOBIDESK_PACKET6_H

#include <linux/ipv6.h>

#include "packet.h"

#define IP6_HEADER 40u
#define SOURCE6 offsetof(struct ipv6hdr, saddr)
#define DESTINATION6 offsetof(struct ipv6hdr, daddr)
#define HOP_LIMIT6 offsetof(struct ipv6hdr, hop_limit)
/* Types of ICMP errors have the highest bit clear (RFC 4443). */
#define ICMP6_INFORMATION 0x80

/* What is behind an address of 128 bits: the prefixes of maps are looked up with all of them. */
#define PREFIX6(address6) {.length = 128, .address = (address6)}

struct addresses6 {
  struct translation_address6 source, destination;
};

static __always_inline bool same6(const struct translation_address6 *a, const struct translation_address6 *b) {
  return a->words[0] == b->words[0] && a->words[1] == b->words[1] && a->words[2] == b->words[2] &&
         a->words[3] == b->words[3];
}

/* Copies what the header of an IPv6 packet says; false when it is none. */
static __always_inline bool ip6_header(struct __sk_buff *skb, struct ipv6hdr *ip, struct addresses6 *addresses) {
  if (bpf_skb_load_bytes(skb, IP_OFFSET, ip, IP6_HEADER) < 0 || ip->version != 6)
    return false;
  __builtin_memcpy(&addresses->source, &ip->saddr, sizeof addresses->source);
  __builtin_memcpy(&addresses->destination, &ip->daddr, sizeof addresses->destination);
  return true;
}

/* An ICMP error quotes a packet that went the other way: its `field` is exchanged as well. */
static __always_inline int quoted_address6(struct __sk_buff *skb, __u32 field, const struct translation_address6 *from,
                                           const struct translation_address6 *to) {
  const __u32 icmp = IP_OFFSET + IP6_HEADER, at = icmp + ICMP_HEADER + field;
  struct translation_address6 quoted;
  __u8 type;
  if (bpf_skb_load_bytes(skb, icmp, &type, sizeof type) < 0 || (type & ICMP6_INFORMATION) ||
      bpf_skb_load_bytes(skb, at, &quoted, sizeof quoted) < 0 || !same6(&quoted, from))
    return 0;
  return bpf_skb_store_bytes(skb, at, to, sizeof *to, 0) < 0 ? -1 : 0;
}

/* Exchanges the source or destination, which is `field`. */
static __always_inline int exchange6(struct __sk_buff *skb, const struct ipv6hdr *ip, __u32 field,
                                     const struct translation_address6 *from, const struct translation_address6 *to) {
  if (ip->nexthdr == IPPROTO_ICMPV6 && quoted_address6(skb, field == SOURCE6 ? DESTINATION6 : SOURCE6, from, to) < 0)
    return -1;
  return bpf_skb_store_bytes(skb, IP_OFFSET + field, to, sizeof *to, 0) < 0 ? -1 : 0;
}

#endif
