/*
 * server.bpf.c: the translation at a session server, between virtual and physical addresses.
 *
 * `from_session` sees what a session sends (ingress of the host's end of its link), `from_network` what comes by the
 * uplink. Both hand packets on at once, past the host's own network: a session has no way to a port of its server, and
 * what it receives is never looked at by the host's rules.
 *
 * On a host that is the proxy as well there is no uplink: `from_session` translates and lets the packet go on by the
 * host's routes, and `to_session` (egress of the link) translates what they bring.
 */
#include "packet.h"
#include "packet6.h"

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, TRANSLATION_SESSIONS);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __u32);
  __type(value, struct translation_link);
} links SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, TRANSLATION_SESSIONS);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __be32);
  __type(value, struct translation_session);
} physical SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct translation_uplink);
} uplink SEC(".maps");

/* Destinations that no session may send to: the servers' own networks. */
struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 256);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct translation_prefix);
  __type(value, __u8);
} closed SEC(".maps");

/* See network_leases.h. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, TRANSLATION_SESSIONS);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __be32);
  __type(value, struct translation_lease);
} leases SEC(".maps");

/* Physical addresses of this server, in use or not: nobody answers for one that is not. */
struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 256);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct translation_prefix);
  __type(value, __u8);
} pools SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, TRANSLATION_SESSIONS);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __u32);
  __type(value, struct translation_link6);
} links6 SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, TRANSLATION_SESSIONS);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct translation_address6);
  __type(value, __be32);
} physical6 SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct translation_uplink6);
} uplink6 SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 256);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct translation_prefix6);
  __type(value, __u8);
} closed6 SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 256);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct translation_prefix6);
  __type(value, __u8);
} pools6 SEC(".maps");

/* The server is a router: it takes one off the hop limit. So no session can send what its receiver takes for its own
 * link's, neighbour discovery above all, which must have the limit of 255 (RFC 4861). */
static __always_inline int from_session6(struct __sk_buff *skb) {
  __u32 key = skb->ingress_ifindex, first = 0;
  struct ipv6hdr ip;
  struct addresses6 addresses;
  struct translation_link6 *link = bpf_map_lookup_elem(&links6, &key);
  struct translation_uplink6 *up = bpf_map_lookup_elem(&uplink6, &first);
  if (!link || !up || !ip6_header(skb, &ip, &addresses))
    return drop(TRANSLATION_DROP_MALFORMED);
  if (!same6(&addresses.source, &link->session))
    return drop(TRANSLATION_DROP_SOURCE);
  struct translation_prefix6 to = PREFIX6(addresses.destination);
  if (bpf_map_lookup_elem(&closed6, &to))
    return drop(TRANSLATION_DROP_CLOSED);
  if (!up->link)
    return TC_ACT_OK; /* the host is the router */
  if (ip.hop_limit <= 1)
    return drop(TRANSLATION_DROP_MALFORMED);
  ip.hop_limit--;
  if (exchange6(skb, &ip, SOURCE6, &link->session, &link->physical) < 0 ||
      bpf_skb_store_bytes(skb, IP_OFFSET + HOP_LIMIT6, &ip.hop_limit, sizeof ip.hop_limit, BPF_F_RECOMPUTE_CSUM) < 0)
    return drop(TRANSLATION_DROP_MALFORMED);
  struct bpf_redir_neigh next = {.nh_family = 10 /* AF_INET6 */};
  __builtin_memcpy(next.ipv6_nh, &up->next_hop, sizeof up->next_hop);
  return (int)bpf_redirect_neigh(up->link, &next, sizeof next, 0);
}

static __always_inline int from_network6(struct __sk_buff *skb) {
  struct ipv6hdr ip;
  struct addresses6 addresses;
  if (!ip6_header(skb, &ip, &addresses))
    return TC_ACT_OK;
  __be32 *address = bpf_map_lookup_elem(&physical6, &addresses.destination);
  if (!address) {
    struct translation_prefix6 to = PREFIX6(addresses.destination);
    return bpf_map_lookup_elem(&pools6, &to) ? drop(TRANSLATION_DROP_LABEL) : TC_ACT_OK;
  }
  struct translation_session *s = bpf_map_lookup_elem(&physical, address);
  if (!s)
    return drop(TRANSLATION_DROP_UNKNOWN);
  struct translation_link6 *link = bpf_map_lookup_elem(&links6, &s->link);
  if (!link || !same6(&addresses.destination, &link->physical))
    return drop(TRANSLATION_DROP_LABEL);
  if (s->flags & TRANSLATION_BLOCKED)
    return drop(TRANSLATION_DROP_BLOCKED);
  if (exchange6(skb, &ip, DESTINATION6, &addresses.destination, &link->session) < 0 ||
      bpf_skb_store_bytes(skb, 0, s->macs, sizeof s->macs, 0) < 0)
    return drop(TRANSLATION_DROP_MALFORMED);
  return (int)bpf_redirect_peer(s->link, 0);
}

/* On a host that is the proxy as well sessions have no other address than their own. */
static __always_inline int to_session6(struct __sk_buff *skb) {
  __u32 key = skb->ifindex;
  struct ipv6hdr ip;
  struct addresses6 addresses;
  struct translation_link6 *link = bpf_map_lookup_elem(&links6, &key);
  if (!link || !ip6_header(skb, &ip, &addresses) || !same6(&addresses.destination, &link->session))
    return drop(TRANSLATION_DROP_UNKNOWN);
  return TC_ACT_OK;
}

SEC("tc") int from_session(struct __sk_buff *skb) {
  if (skb->protocol == bpf_htons(ETH_P_IPV6))
    return from_session6(skb);
  __u32 key = skb->ingress_ifindex, first = 0;
  struct iphdr ip;
  struct translation_link *link = bpf_map_lookup_elem(&links, &key);
  struct translation_uplink *up = bpf_map_lookup_elem(&uplink, &first);
  if (skb->protocol != bpf_htons(ETH_P_IP) || read_header(skb, &ip) < 0 || !is_ours(&ip) || has_label(&ip))
    return drop(TRANSLATION_DROP_MALFORMED);
  if (!link || !up || ip.saddr != link->virtual_address)
    return drop(TRANSLATION_DROP_SOURCE);
  struct translation_prefix to = {.length = 32, .address = ip.daddr};
  __u8 *is_closed = bpf_map_lookup_elem(&closed, &to);
  if (is_closed && *is_closed)
    return drop(TRANSLATION_DROP_CLOSED);
  if (exchange(skb, &ip, SOURCE_OFFSET, link->virtual_address, link->physical_address) < 0)
    return drop(TRANSLATION_DROP_MALFORMED);
  bool labelled = up->link && link->flags & TRANSLATION_LABELLED;
  int written = labelled ? write_labelled(skb, &ip, link->label, link->generation) : write_header(skb, &ip);
  if (written < 0)
    return drop(TRANSLATION_DROP_MALFORMED);
  if (!up->link)
    return TC_ACT_OK;
  struct bpf_redir_neigh next = {.nh_family = 2 /* AF_INET */, .ipv4_nh = up->next_hop};
  return (int)bpf_redirect_neigh(up->link, &next, sizeof next, 0);
}

/* The headers of a packet as a session is to see them. */
struct seen_headers {
  __u8 macs[12];
  __be16 protocol;
  struct iphdr ip;
} __attribute__((packed));

SEC("tc") int from_network(struct __sk_buff *skb) {
  if (skb->protocol == bpf_htons(ETH_P_IPV6))
    return from_network6(skb);
  struct iphdr ip;
  struct translation_label label = {0};
  if (skb->protocol != bpf_htons(ETH_P_IP) || read_header(skb, &ip) < 0)
    return TC_ACT_OK;
  struct translation_session *s = bpf_map_lookup_elem(&physical, &ip.daddr);
  if (!s) {
    struct translation_prefix to = {.length = 32, .address = ip.daddr};
    return bpf_map_lookup_elem(&pools, &to) ? drop(TRANSLATION_DROP_UNKNOWN) : TC_ACT_OK;
  }
  if (!is_ours(&ip))
    return drop(TRANSLATION_DROP_MALFORMED);
  if (!label_fits(skb, &ip, s->flags, s->label, s->generation, &label))
    return drop(TRANSLATION_DROP_LABEL);
  if (s->flags & TRANSLATION_BLOCKED)
    return drop(TRANSLATION_DROP_BLOCKED);
  if ((has_label(&ip) && remove_label(skb, &ip, &label) < 0) ||
      exchange(skb, &ip, DESTINATION_OFFSET, ip.daddr, s->virtual_address) < 0)
    return drop(TRANSLATION_DROP_MALFORMED);
  struct seen_headers seen = {.protocol = bpf_htons(ETH_P_IP), .ip = ip};
  __builtin_memcpy(seen.macs, s->macs, sizeof seen.macs);
  if (bpf_skb_store_bytes(skb, 0, &seen, sizeof seen, 0) < 0)
    return drop(TRANSLATION_DROP_MALFORMED);
  return (int)bpf_redirect_peer(s->link, 0);
}

SEC("tc") int to_session(struct __sk_buff *skb) {
  if (skb->protocol == bpf_htons(ETH_P_IPV6))
    return to_session6(skb);
  __u32 key = skb->ifindex;
  struct iphdr ip;
  struct translation_link *link = bpf_map_lookup_elem(&links, &key);
  if (skb->protocol != bpf_htons(ETH_P_IP))
    return TC_ACT_OK; /* the host looks for its neighbour */
  if (read_header(skb, &ip) < 0 || !is_ours(&ip))
    return drop(TRANSLATION_DROP_MALFORMED);
  if (!link || ip.daddr != link->physical_address)
    return drop(TRANSLATION_DROP_UNKNOWN);
  if (exchange(skb, &ip, DESTINATION_OFFSET, link->physical_address, link->virtual_address) < 0 ||
      write_header(skb, &ip) < 0)
    return drop(TRANSLATION_DROP_MALFORMED);
  return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
