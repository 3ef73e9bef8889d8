/*
 * shortcut.h: the way past the proxy's network stack for conversations under way.
 *
 * A packet of a TCP conversation that the kernel's connection tracking has as established, between a session and an
 * outside host, is translated by what is written there and handed to the link that the host's routes name: it is not
 * looked at by rules. Whatever is not plainly that takes the whole way, and so does each conversation's next packet
 * once a second or so, so that its entry lives on; and whoever opens, closes or resets one.
 *
 * What is looked at is the kernel's, by its own description (BTF): programs with this are a file of their own, and
 * where they cannot be loaded those without it are.
 */
#ifndef MOBIDESK_SHORTCUT_H
#define MOBIDESK_SHORTCUT_H

#include <linux/if_ether.h>

#include "packet.h"

/* Flags of TCP. */
#define BEGINS_OR_ENDS 0x07 /* FIN, SYN, RST */
#define ACKNOWLEDGES 0x10
#define TCP_LEAST 5 /* words of a header */
#define MORE_FRAGMENTS 0x2000
#define FOR_THIS_HOST 0 /* pkt_type */
/* As enum ip_conntrack_status and enum tcp_conntrack of the kernel have them. */
#define ASSURED_AND_CONFIRMED (1u << 2 | 1u << 3)
#define NOT_PLAIN (1u << 6 | 1u << 9 | 1u << 13 | 1u << 14) /* sequences adjusted, dying, with a helper, offloaded */
#define ESTABLISHED 3
/* Packets of a conversation that connection tracking sees all of: a short one ends with its state exactly known, so
 * that its port can be used again at once, also when it ends by a reset. After a reset whose number it could not know
 * it keeps a conversation for 10 s (nf_conntrack_tcp_timeout_close), in case the reset was not meant. */
#define BEGINNING 16
/* Counted in the conversation's mark, if it has no other. */
#define OUR_MARK 0x4d440000u
#define TRACKED_HERE (-1)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
union nf_inet_addr {
  __be32 ip;
};
union nf_conntrack_man_proto {
  __be16 all;
};
struct nf_conntrack_man {
  union nf_inet_addr u3;
  union nf_conntrack_man_proto u;
};
struct nf_conntrack_tuple {
  struct nf_conntrack_man src;
  struct {
    union nf_inet_addr u3;
    union {
      __be16 all;
    } u;
  } dst;
};
struct nf_conntrack_tuple_hash {
  struct nf_conntrack_tuple tuple;
};
struct ip_ct_tcp {
  __u8 state;
};
union nf_conntrack_proto {
  struct ip_ct_tcp tcp;
};
struct nf_conn {
  __u32 timeout;
  struct nf_conntrack_tuple_hash tuplehash[2];
  unsigned long status;
  __u32 mark;
  union nf_conntrack_proto proto;
};
#pragma clang attribute pop

/* As the kernel had it first, which it still takes. */
struct bpf_ct_opts {
  __s32 netns_id;
  __s32 error;
  __u8 l4proto;
  __u8 dir;
  __u8 reserved[2];
};

extern struct nf_conn *bpf_skb_ct_lookup(struct __sk_buff *skb, struct bpf_sock_tuple *tuple, __u32 tuple_size,
                                         struct bpf_ct_opts *options, __u32 options_size) __ksym;
extern void bpf_ct_release(struct nf_conn *conversation) __ksym;

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct translation_shortcut);
} shortcut SEC(".maps");

/* Packets that have taken it, on each processor. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} shortcuts SEC(".maps");

/* Addresses and ports of a packet, as of a TCP conversation of IPv4. */
struct ends {
  __be32 source, destination;
  __be16 source_port, destination_port;
};

/* Whether the entry was touched by a packet just before: what is left of its time is next to what it began with. */
static __always_inline bool is_fresh(const struct translation_shortcut *s, __u32 until) {
  __u32 left = until - (__u32)bpf_jiffies64();
  return (left <= s->established && left + s->fresh > s->established) ||
         (left <= s->unacknowledged && left + s->fresh > s->unacknowledged);
}

/* Counts the packets of the beginning. */
static __always_inline bool is_begun(struct nf_conn *c) {
  __u32 mark = c->mark;
  if (mark == OUR_MARK + BEGINNING)
    return true;
  if (mark == 0)
    c->mark = OUR_MARK + 1;
  else if (mark > OUR_MARK && mark < OUR_MARK + BEGINNING)
    c->mark = mark + 1;
  return false;
}

static __always_inline void other_ends(const struct nf_conntrack_tuple_hash *reply, struct ends *to) {
  *to = (struct ends){reply->tuple.dst.u3.ip, reply->tuple.src.u3.ip, reply->tuple.dst.u.all, reply->tuple.src.u.all};
}

/* What the packet's ends are on the other side; false when it is not a packet of a session's conversation that is
 * plainly under way. `to_session`: the receiver is the session. */
static __always_inline bool find_conversation(struct __sk_buff *skb, const struct translation_shortcut *s,
                                              bool to_session, const struct ends *from, struct ends *to) {
  struct bpf_sock_tuple tuple = {.ipv4 = {from->source, from->destination, from->source_port, from->destination_port}};
  struct bpf_ct_opts options = {.netns_id = TRACKED_HERE, .l4proto = IPPROTO_TCP};
  struct nf_conn *c = bpf_skb_ct_lookup(skb, &tuple, sizeof tuple.ipv4, &options, sizeof options);
  if (!c)
    return false;
  if (options.dir)
    other_ends(&c->tuplehash[0], to);
  else
    other_ends(&c->tuplehash[1], to);
  bool found = (c->status & ASSURED_AND_CONFIRMED) == ASSURED_AND_CONFIRMED && !(c->status & NOT_PLAIN) &&
               c->proto.tcp.state == ESTABLISHED && is_fresh(s, c->timeout) &&
               (!to_session || bpf_map_lookup_elem(&targets, &to->destination)) && is_begun(c);
  bpf_ct_release(c);
  return found;
}

/* A packet of TCP over IPv4 as a session sends and receives it: for this host to forward, without options, in one piece
 * and without padding, neither the first nor the last of a conversation. `segment`: what of it is sent at once, with
 * its headers. */
static __always_inline bool read_ends(struct __sk_buff *skb, const struct iphdr *ip, struct ends *ends,
                                      __u16 *segment) {
  struct {
    __be16 source, destination;
    __be32 sequence, acknowledged;
    __u8 length, flags;
  } tcp;
  if (ip->version != 4 || ip->ihl != 5 || ip->protocol != IPPROTO_TCP || ip->ttl <= 1 ||
      (ip->frag_off & bpf_htons(MORE_FRAGMENTS | FRAGMENT_OFFSET)) || skb->len != ETH_HLEN + bpf_ntohs(ip->tot_len) ||
      skb->pkt_type != FOR_THIS_HOST || skb->vlan_present ||
      bpf_skb_load_bytes(skb, IP_OFFSET + IP_HEADER, &tcp, sizeof tcp) < 0 || (tcp.length >> 4) < TCP_LEAST ||
      (tcp.flags & (BEGINS_OR_ENDS | ACKNOWLEDGES)) != ACKNOWLEDGES)
    return false;
  *ends = (struct ends){ip->saddr, ip->daddr, tcp.source, tcp.destination};
  *segment = skb->gso_size ? (__u16)(skb->gso_size + IP_HEADER + (tcp.length >> 4) * 4) : bpf_ntohs(ip->tot_len);
  return true;
}

/* Where the host's routes send what comes from there and goes to there, and by which neighbour; false when it cannot be
 * handed on as it is. */
static __always_inline bool find_route(struct __sk_buff *skb, const struct iphdr *ip, __u16 segment,
                                       const struct ends *from, const struct ends *to, struct bpf_fib_lookup *way) {
  *way = (struct bpf_fib_lookup){.family = 2 /* AF_INET */,
                                 .tot_len = segment,
                                 .tos = ip->tos,
                                 .ifindex = skb->ifindex,
                                 .l4_protocol = IPPROTO_TCP,
                                 .sport = from->source_port,
                                 .dport = to->destination_port,
                                 .ipv4_src = from->source,
                                 .ipv4_dst = to->destination};
  return bpf_fib_lookup(skb, way, sizeof *way, 0) == BPF_FIB_LKUP_RET_SUCCESS;
}

/* Writes what is exchanged in a packet that is forwarded, and hands it on. `from` is what it says itself, `ip` the copy
 * of its header. */
static __always_inline int hand_on(struct __sk_buff *skb, struct iphdr *ip, const struct ends *from,
                                   const struct ends *to, const struct bpf_fib_lookup *way) {
  struct {
    __u8 destination[ETH_ALEN], source[ETH_ALEN];
    __be16 protocol;
    struct iphdr ip;
    __be16 ports[2];
  } __attribute__((packed)) h;
  const __u32 check = IP_OFFSET + IP_HEADER + TCP_CHECK;
  __be32 ports_before = (__be32)from->destination_port << 16 | from->source_port;
  __be32 ports_after = (__be32)to->destination_port << 16 | to->source_port;
  __u64 addresses = difference(from->source, to->source) + difference(from->destination, to->destination);
  if (bpf_l4_csum_replace(skb, check, 0, addresses, BPF_F_PSEUDO_HDR) < 0 ||
      (ports_before != ports_after && bpf_l4_csum_replace(skb, check, ports_before, ports_after, 4) < 0))
    return drop(TRANSLATION_DROP_MALFORMED);
  __be32 hop_before, hop_after;
  __builtin_memcpy(&hop_before, (const __u8 *)ip + 8, 4);
  ip->ttl--;
  __builtin_memcpy(&hop_after, (const __u8 *)ip + 8, 4);
  ip->check = checksum_after(ip->check, addresses + difference(hop_before, hop_after));
  ip->saddr = to->source;
  ip->daddr = to->destination;
  __builtin_memcpy(h.destination, way->dmac, ETH_ALEN);
  __builtin_memcpy(h.source, way->smac, ETH_ALEN);
  h.protocol = bpf_htons(ETH_P_IP);
  h.ip = *ip;
  h.ports[0] = to->source_port;
  h.ports[1] = to->destination_port;
  if (bpf_skb_store_bytes(skb, 0, &h, sizeof h, 0) < 0)
    return drop(TRANSLATION_DROP_MALFORMED);
  __u32 first = 0;
  __u64 *count = bpf_map_lookup_elem(&shortcuts, &first);
  if (count)
    (*count)++;
  return (int)bpf_redirect(way->ifindex, 0);
}

/* NULL: the way is closed, as nobody said shortly that it is open. */
static __always_inline const struct translation_shortcut *shortcut_open(void) {
  __u32 first = 0;
  const struct translation_shortcut *s = bpf_map_lookup_elem(&shortcut, &first);
  return s && s->until_ns > bpf_ktime_get_ns() ? s : NULL;
}

/* Of a packet with this header that a session sends, and that its server and the programs let through; TC_ACT_UNSPEC:
 * it takes the whole way. */
static __always_inline int shortcut_out(struct __sk_buff *skb, struct iphdr *ip, __be32 session) {
  const struct translation_shortcut *s = shortcut_open();
  struct bpf_fib_lookup way;
  struct ends ends, inside, outside;
  __u16 segment;
  if (!s || !read_ends(skb, ip, &ends, &segment) || bpf_map_lookup_elem(&restricted, &session))
    return TC_ACT_UNSPEC;
  inside = ends;
  inside.source = session;
  if (!find_conversation(skb, s, false, &inside, &outside) || !find_route(skb, ip, segment, &inside, &outside, &way) ||
      way.ifindex != s->outside)
    return TC_ACT_UNSPEC;
  return hand_on(skb, ip, &ends, &outside, &way);
}

/* Of a packet that comes from outside. While the session is held, its route leads to the park. */
static __always_inline int shortcut_in(struct __sk_buff *skb, struct iphdr *ip) {
  const struct translation_shortcut *s = shortcut_open();
  struct translation_prefix from = {.length = 32, .address = ip->saddr};
  struct bpf_fib_lookup way;
  struct ends outside, inside;
  __u16 segment;
  if (!s || !read_ends(skb, ip, &outside, &segment) || !find_conversation(skb, s, true, &outside, &inside) ||
      bpf_map_lookup_elem(&pools, &from) || !find_route(skb, ip, segment, &outside, &inside, &way) ||
      way.ifindex == s->outside || way.ifindex == s->park)
    return TC_ACT_UNSPEC;
  return hand_on(skb, ip, &outside, &inside, &way);
}

#endif
