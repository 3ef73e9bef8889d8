/*
 * gateway.bpf.c: the translation at the proxy, between physical and session addresses, on the links towards the
 * servers; and there what every packet of a session passes: its account and its limit.
 *
 * `from_servers` is at their ingress, before the host's rules and routes; `to_servers` at their egress, after them.
 * With the shortcut, which kernels may lack, `from_outside` is at the ingress of the link to outside hosts
 * (shortcut.h).
 */
#include "packet.h"
#include "packet6.h"

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, TRANSLATION_SESSIONS * 2);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __be32);
  __type(value, struct translation_source);
} sources SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, TRANSLATION_SESSIONS);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __be32);
  __type(value, struct translation_target);
} targets SEC(".maps");

/* Session network and physical addresses: packets that come from there and from no known source are forged or stale.
 */
struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 4096);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct translation_prefix);
  __type(value, __u8);
} pools SEC(".maps");

/* Sessions that may not reach all outside hosts: the rules are asked for each packet that they send. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, TRANSLATION_SESSIONS);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __be32);
  __type(value, __u8);
} restricted SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, TRANSLATION_SESSIONS);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __be32);
  __type(value, struct translation_traffic);
} traffic SEC(".maps");

struct limit {
  struct bpf_spin_lock lock;
  struct translation_bucket buckets[2];
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, TRANSLATION_SESSIONS);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __be32);
  __type(value, struct limit);
} limits SEC(".maps");

/* See gateway_policy.h. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 65536);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct translation_publication_key);
  __type(value, struct translation_publication);
} published SEC(".maps");

/* See gateway_ports.h. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, TRANSLATION_SESSIONS);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __be32);
  __type(value, struct translation_ports);
} port_ranges SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, TRANSLATION_SESSIONS * 2);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct translation_address6);
  __type(value, struct translation_source6);
} sources6 SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, TRANSLATION_SESSIONS);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct translation_address6);
  __type(value, struct translation_target6);
} targets6 SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, TRANSLATION_SESSIONS * 2);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __be32);
  __type(value, struct translation_address6);
} physical6 SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 4096);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct translation_prefix6);
  __type(value, __u8);
} pools6 SEC(".maps");

#ifdef SHORTCUT
#include "shortcut.h"
#endif

/* Takes the packet's bytes out of the session's bucket; false when there are not enough. */
static __always_inline bool within_limit(__be32 session, __u32 direction, __u32 bytes) {
  struct limit *l = bpf_map_lookup_elem(&limits, &session);
  bool within = true;
  if (!l)
    return true;
  __u64 now = bpf_ktime_get_ns();
  struct translation_bucket *b = &l->buckets[direction & 1];
  bpf_spin_lock(&l->lock);
  if (b->rate) {
    __u64 elapsed = now > b->at_ns ? now - b->at_ns : 0;
    /* A second fills any bucket; so the product cannot overflow. */
    __u64 tokens = elapsed > 1000000000 ? b->burst : b->tokens + elapsed * b->rate / 1000000000;
    if (tokens > b->burst)
      tokens = b->burst;
    within = tokens >= bytes;
    b->tokens = within ? tokens - bytes : tokens;
    b->at_ns = now;
  }
  bpf_spin_unlock(&l->lock);
  return within;
}

static __always_inline void account(__be32 session, __u32 direction, __u32 bytes, __u32 packets) {
  struct translation_traffic *t = bpf_map_lookup_elem(&traffic, &session);
  if (!t)
    return;
  if (direction == TRANSLATION_OUT) {
    t->packets_out += packets;
    t->bytes_out += bytes;
  } else {
    t->packets_in += packets;
    t->bytes_in += bytes;
  }
}

/* False when the packet is to be dropped. What comes as one large segment counts as the packets that it is made of. */
static __always_inline bool admit(struct __sk_buff *skb, __be32 session, __u32 direction, __u32 label) {
  __u32 packets = skb->gso_segs ? skb->gso_segs : 1;
  __u32 bytes = skb->len - ETH_HLEN - label;
  if (!within_limit(session, direction, bytes))
    return false;
  account(session, direction, bytes, packets);
  return true;
}

static __always_inline int from_servers6(struct __sk_buff *skb) {
  struct ipv6hdr ip;
  struct addresses6 addresses;
  if (!ip6_header(skb, &ip, &addresses))
    return TC_ACT_OK;
  struct translation_source6 *s = bpf_map_lookup_elem(&sources6, &addresses.source);
  if (!s) {
    struct translation_prefix6 from = PREFIX6(addresses.source);
    return bpf_map_lookup_elem(&pools6, &from) ? drop(TRANSLATION_DROP_LABEL) : TC_ACT_OK;
  }
  if (!admit(skb, s->session, TRANSLATION_OUT, 0))
    return drop(TRANSLATION_DROP_LIMIT);
  return exchange6(skb, &ip, SOURCE6, &addresses.source, &s->session_address) < 0 ? drop(TRANSLATION_DROP_MALFORMED)
                                                                                  : TC_ACT_OK;
}

/* The host's routes know session addresses only, all of them by one neighbour that does not exist (gateway.c): the way
 * to the physical address is looked for here, and the packet comes by once more, with an address that is none of a
 * session's. */
static __always_inline int to_servers6(struct __sk_buff *skb) {
  struct ipv6hdr ip;
  struct addresses6 addresses;
  if (!ip6_header(skb, &ip, &addresses))
    return TC_ACT_OK;
  struct translation_target6 *t = bpf_map_lookup_elem(&targets6, &addresses.destination);
  if (!t) {
    struct translation_prefix6 to = PREFIX6(addresses.destination);
    __u8 *pool = bpf_map_lookup_elem(&pools6, &to);
    return pool && *pool == TRANSLATION_POOL_SESSIONS ? drop(TRANSLATION_DROP_UNKNOWN) : TC_ACT_OK;
  }
  if (!admit(skb, t->session, TRANSLATION_IN, 0))
    return drop(TRANSLATION_DROP_LIMIT);
  if (exchange6(skb, &ip, DESTINATION6, &addresses.destination, &t->physical_address) < 0)
    return drop(TRANSLATION_DROP_MALFORMED);
  return (int)bpf_redirect_neigh(skb->ifindex, NULL, 0, 0);
}

SEC("tc") int from_servers(struct __sk_buff *skb) {
  if (skb->protocol == bpf_htons(ETH_P_IPV6))
    return from_servers6(skb);
  struct iphdr ip;
  struct translation_label label = {0};
  if (skb->protocol != bpf_htons(ETH_P_IP) || read_header(skb, &ip) < 0)
    return TC_ACT_OK;
  struct translation_source *s = bpf_map_lookup_elem(&sources, &ip.saddr);
  if (!s) {
    struct translation_prefix from = {.length = 32, .address = ip.saddr};
    return bpf_map_lookup_elem(&pools, &from) ? drop(TRANSLATION_DROP_UNKNOWN) : TC_ACT_OK;
  }
  if (!is_ours(&ip))
    return drop(TRANSLATION_DROP_MALFORMED);
  if (!label_fits(skb, &ip, s->flags, s->label, s->generation, &label))
    return drop(TRANSLATION_DROP_LABEL);
  if (!admit(skb, s->session, TRANSLATION_OUT, has_label(&ip) ? TRANSLATION_LABEL_SIZE : 0))
    return drop(TRANSLATION_DROP_LIMIT);
  if (has_label(&ip) && remove_label(skb, &ip, &label) < 0)
    return drop(TRANSLATION_DROP_MALFORMED);
#ifdef SHORTCUT
  int handed_on = shortcut_out(skb, &ip, s->session);
  if (handed_on != TC_ACT_UNSPEC)
    return handed_on;
#endif
  if (exchange(skb, &ip, SOURCE_OFFSET, ip.saddr, s->session) < 0 || write_header(skb, &ip) < 0)
    return drop(TRANSLATION_DROP_MALFORMED);
  return TC_ACT_OK;
}

SEC("tc") int to_servers(struct __sk_buff *skb) {
  if (skb->protocol == bpf_htons(ETH_P_IPV6))
    return to_servers6(skb);
  struct iphdr ip;
  if (skb->protocol != bpf_htons(ETH_P_IP) || read_header(skb, &ip) < 0)
    return TC_ACT_OK;
  __be32 session = ip.daddr;
  struct translation_target *t = bpf_map_lookup_elem(&targets, &session);
  if (!t) {
    struct translation_prefix to = {.length = 32, .address = session};
    return bpf_map_lookup_elem(&pools, &to) ? drop(TRANSLATION_DROP_UNKNOWN) : TC_ACT_OK;
  }
  if (!is_ours(&ip) || has_label(&ip))
    return drop(TRANSLATION_DROP_MALFORMED);
  if (!admit(skb, session, TRANSLATION_IN, 0))
    return drop(TRANSLATION_DROP_LIMIT);
  if (exchange(skb, &ip, DESTINATION_OFFSET, session, t->physical_address) < 0)
    return drop(TRANSLATION_DROP_MALFORMED);
  int written =
      t->flags & TRANSLATION_LABELLED ? write_labelled(skb, &ip, t->label, t->generation) : write_header(skb, &ip);
  return written < 0 ? drop(TRANSLATION_DROP_MALFORMED) : TC_ACT_OK;
}

#ifdef SHORTCUT
/* On the link to outside hosts, where they come in. What takes the shortcut passes `to_servers`, as all does. */
SEC("tc") int from_outside(struct __sk_buff *skb) {
  struct iphdr ip;
  if (skb->protocol != bpf_htons(ETH_P_IP) || read_header(skb, &ip) < 0)
    return TC_ACT_UNSPEC;
  return shortcut_in(skb, &ip);
}
#endif

char _license[] SEC("license") = "GPL";
