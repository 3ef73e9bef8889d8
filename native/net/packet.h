/*
 * packet.h: what the BPF programs do to a packet: find its IPv4 header, exchange an address, attach and remove labels.
 *
 * Checksums are changed by the difference only, so that a packet that was damaged before stays so, and offloads
 * (partial checksums, segmentation) go on working. Functions return 0, or -1 when the packet cannot be handled and is
 * to be dropped.
 */
#ifndef MOBIDESK_PACKET_H
#define MOBIDESK_PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "translation.h"

#define IP_OFFSET ETH_HLEN
#define IP_HEADER 20u
#define SOURCE_OFFSET (IP_OFFSET + offsetof(struct iphdr, saddr))
#define DESTINATION_OFFSET (IP_OFFSET + offsetof(struct iphdr, daddr))
/* Offsets in the headers of the fourth layer. */
#define TCP_CHECK 16
#define UDP_CHECK 6
#define ICMP_CHECK 2
#define ICMP_HEADER 8
#define FRAGMENT_OFFSET 0x1fff

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, TRANSLATION_DROPS);
  __type(key, __u32);
  __type(value, __u64);
} drops SEC(".maps");

static __always_inline int drop(enum translation_drop why) {
  __u32 key = why;
  __u64 *count = bpf_map_lookup_elem(&drops, &key);
  if (count)
    (*count)++;
  return TC_ACT_SHOT;
}

/* Copies the header of a packet; what it says of itself is not looked at. */
static __always_inline int read_header(struct __sk_buff *skb, struct iphdr *ip) {
  return bpf_skb_load_bytes(skb, IP_OFFSET, ip, IP_HEADER) < 0 ? -1 : 0;
}

/* The header of an IPv4 packet without options, or with exactly a label's worth of them. */
static __always_inline bool is_ours(const struct iphdr *ip) {
  return ip->version == 4 && (ip->ihl == 5 || ip->ihl == 7);
}

static __always_inline bool has_label(const struct iphdr *ip) { return ip->ihl == 7; }

static __always_inline __u16 fold(__u64 sum) {
  sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return (__u16)~sum;
}

/* What a word that becomes another one adds to a sum. */
static __always_inline __u64 difference(__be32 from, __be32 to) {
  from = ~from;
  return (__u64)(from & 0xffff) + (from >> 16) + (to & 0xffff) + (to >> 16);
}

/* RFC 1624: the checksum of data that differ by that. */
static __always_inline __u16 checksum_after(__u16 check, __u64 difference) {
  return fold((__u64)(__u16)~check + difference);
}

static __always_inline bool is_icmp_error(__u8 type) {
  /* destination unreachable, source quench, redirect, time exceeded, parameter problem */
  return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

/* The checksum of the transport header that an ICMP error quotes, if it reaches that far; the error's own checksum
 * covers it. */
static __always_inline int quoted_transport(struct __sk_buff *skb, __u32 icmp, __u32 at, __u8 protocol, __be32 from,
                                            __be32 to) {
  __u16 check;
  at += protocol == IPPROTO_TCP ? TCP_CHECK : UDP_CHECK;
  if ((protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) || bpf_skb_load_bytes(skb, at, &check, sizeof check) < 0)
    return 0;
  if (protocol == IPPROTO_UDP && !check)
    return 0;
  __u16 changed = checksum_after(check, difference(from, to));
  if (protocol == IPPROTO_UDP && !changed)
    changed = 0xffff;
  if (bpf_skb_store_bytes(skb, at, &changed, sizeof changed, 0) < 0)
    return -1;
  return bpf_l4_csum_replace(skb, icmp + ICMP_CHECK, check, changed, sizeof check) < 0 ? -1 : 0;
}

/* An ICMP error quotes the header of the packet that it is about, which went the other way: its `field` (offset in the
 * IP header) is exchanged as well. The quoted header's sum stays what it was, and so does the error's. */
static __always_inline int quoted_address(struct __sk_buff *skb, __u32 icmp, __u32 field, __be32 from, __be32 to) {
  struct iphdr quoted;
  __u8 type;
  __u32 at = icmp + ICMP_HEADER;
  if (bpf_skb_load_bytes(skb, icmp, &type, sizeof type) < 0 || !is_icmp_error(type) ||
      bpf_skb_load_bytes(skb, at, &quoted, sizeof quoted) < 0)
    return 0;
  __be32 address = field == offsetof(struct iphdr, saddr) ? quoted.saddr : quoted.daddr;
  if (quoted.version != 4 || address != from)
    return 0;
  if (bpf_l3_csum_replace(skb, at + offsetof(struct iphdr, check), from, to, sizeof from) < 0 ||
      bpf_skb_store_bytes(skb, at + field, &to, sizeof to, 0) < 0)
    return -1;
  if (quoted.frag_off & bpf_htons(FRAGMENT_OFFSET))
    return 0;
  return quoted_transport(skb, icmp, at + quoted.ihl * 4u, quoted.protocol, from, to);
}

/* Exchanges the source (`field` is SOURCE_OFFSET) or destination of a packet without a label: in what the header of the
 * fourth layer says of it, and in `ip`, the copy of its header, which is to be written then: once, whatever else is
 * done to it. */
static __always_inline int exchange(struct __sk_buff *skb, struct iphdr *ip, __u32 field, __be32 from, __be32 to) {
  const __u32 transport = IP_OFFSET + IP_HEADER;
  if (from == to)
    return 0;
  /* Of a fragment other than the first there is no header of the fourth layer. */
  if (!(ip->frag_off & bpf_htons(FRAGMENT_OFFSET))) {
    int r = 0;
    if (ip->protocol == IPPROTO_TCP)
      r = bpf_l4_csum_replace(skb, transport + TCP_CHECK, from, to, BPF_F_PSEUDO_HDR | sizeof from);
    else if (ip->protocol == IPPROTO_UDP)
      r = bpf_l4_csum_replace(skb, transport + UDP_CHECK, from, to,
                              BPF_F_PSEUDO_HDR | BPF_F_MARK_MANGLED_0 | sizeof from);
    else if (ip->protocol == IPPROTO_ICMP)
      r = quoted_address(skb, transport,
                         field == SOURCE_OFFSET ? offsetof(struct iphdr, daddr) : offsetof(struct iphdr, saddr), from,
                         to);
    if (r < 0)
      return -1;
  }
  ip->check = checksum_after(ip->check, difference(from, to));
  if (field == SOURCE_OFFSET)
    ip->saddr = to;
  else
    ip->daddr = to;
  return 0;
}

static __always_inline int write_header(struct __sk_buff *skb, const struct iphdr *ip) {
  return bpf_skb_store_bytes(skb, IP_OFFSET, ip, IP_HEADER, 0) < 0 ? -1 : 0;
}

struct labelled_header {
  struct iphdr ip;
  struct translation_label label;
};

/* Lengths of a header that has, or had, a label; and what these and the label itself add to its sum. */
static __always_inline __u64 set_lengths(struct iphdr *ip, __u8 ihl, int more) {
  __be32 before, after;
  __builtin_memcpy(&before, ip, sizeof before);
  ip->ihl = ihl;
  ip->tot_len = bpf_htons((__u16)(bpf_ntohs(ip->tot_len) + more));
  __builtin_memcpy(&after, ip, sizeof after);
  return difference(before, after);
}

static __always_inline void label_words(const struct translation_label *label, __be32 words[static 2]) {
  __builtin_memcpy(words, label, sizeof *label);
}

/* Writes the header, with a label. Room is made behind the header, and segments keep their size: sessions leave that
 * much room in every packet. */
static __always_inline int write_labelled(struct __sk_buff *skb, const struct iphdr *ip, __be32 label,
                                          __u16 generation) {
  struct labelled_header h = {*ip, {TRANSLATION_OPTION, TRANSLATION_LABEL_SIZE, bpf_htons(generation), label}};
  __be32 words[2];
  if (bpf_skb_adjust_room(skb, TRANSLATION_LABEL_SIZE, BPF_ADJ_ROOM_NET, BPF_F_ADJ_ROOM_FIXED_GSO) < 0)
    return -1;
  label_words(&h.label, words);
  __u64 change = set_lengths(&h.ip, 7, TRANSLATION_LABEL_SIZE) + difference(0, words[0]) + difference(0, words[1]);
  h.ip.check = checksum_after(h.ip.check, change);
  return bpf_skb_store_bytes(skb, IP_OFFSET, &h, sizeof h, 0) < 0 ? -1 : 0;
}

/* Copies the label of a packet that has_label. */
static __always_inline int read_label(struct __sk_buff *skb, struct translation_label *label) {
  if (bpf_skb_load_bytes(skb, IP_OFFSET + IP_HEADER, label, sizeof *label) < 0)
    return -1;
  return label->type == TRANSLATION_OPTION && label->size == TRANSLATION_LABEL_SIZE ? 0 : -1;
}

/* Takes the label out of the packet and of `ip`, the copy of its header, which is to be written then. */
static __always_inline int remove_label(struct __sk_buff *skb, struct iphdr *ip,
                                        const struct translation_label *label) {
  __be32 words[2];
  if (bpf_skb_adjust_room(skb, -TRANSLATION_LABEL_SIZE, BPF_ADJ_ROOM_NET, BPF_F_ADJ_ROOM_FIXED_GSO) < 0)
    return -1;
  label_words(label, words);
  __u64 change = set_lengths(ip, 5, -TRANSLATION_LABEL_SIZE) + difference(words[0], 0) + difference(words[1], 0);
  ip->check = checksum_after(ip->check, change);
  return 0;
}

/* Whether the packet bears exactly what is expected of it: the right label, which is copied, or none. */
static __always_inline bool label_fits(struct __sk_buff *skb, const struct iphdr *ip, __u16 flags, __be32 expected,
                                       __u16 generation, struct translation_label *label) {
  if (!has_label(ip))
    return !(flags & TRANSLATION_LABELLED);
  return (flags & TRANSLATION_LABELLED) && read_label(skb, label) == 0 && label->label == expected &&
         label->generation == bpf_htons(generation);
}

#endif
