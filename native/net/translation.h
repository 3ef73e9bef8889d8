/*
 * translation.h: what the BPF programs and those who load them share: the layout of the maps and of a label.
 *
 * Three addresses of a session (paper section 5); of IPv6, see below:
 *   - its virtual address is what it sees as its own, for life;
 *   - its physical address is an alias of the server that it runs on, and changes with the server;
 *   - its session address is its own at the proxy, for life: the paper's private virtual interface. What the proxy's
 *     own network does (translation of addresses, connection tracking, parking) knows this one only.
 *
 *     session <- virtual -> server <- physical (+ label) -> proxy <- session address -> outside hosts
 *
 * A label is an IP option of 8 bytes, attached in both directions once the session has moved (generation above 1). Who
 * receives a labelled packet removes the option; one whose label or generation is not that of its physical address is
 * dropped, and so is one that lacks its label.
 *
 * IPv6 needs no option. A session sees its session address as its own, and its physical address has label and
 * generation in it (network_address6.h), so that whoever knows an address by all of its 128 bits has verified both. It
 * is chosen such that its checksum is that of the session address (RFC 6296): what is exchanged changes no checksum of
 * any packet, of whatever protocol, and fragments need nothing at all.
 *
 * Addresses and labels are in network byte order.
 */
#ifndef MOBIDESK_TRANSLATION_H
#define MOBIDESK_TRANSLATION_H

#include <linux/types.h>

/* An experimental option (RFC 4727, number 30), copied into every fragment. */
#define TRANSLATION_OPTION 0x9e
#define TRANSLATION_LABEL_SIZE 8

struct translation_label {
  __u8 type; /* TRANSLATION_OPTION */
  __u8 size; /* TRANSLATION_LABEL_SIZE */
  __be16 generation;
  __be32 label;
};

/* Of the largest map; entries take memory only when they are used. */
#define TRANSLATION_SESSIONS 65536

/* flags */
#define TRANSLATION_LABELLED 1u /* packets between server and proxy bear the label */
#define TRANSLATION_BLOCKED 2u  /* nothing reaches the session */

/* Server, map `links`: key is the index of the host's end of the session's link, __u32. */
struct translation_link {
  __be32 virtual_address, physical_address, label;
  __u16 generation; /* host order, as everywhere but in a label */
  __u16 flags;
};

/* Server, map `physical`: key is a physical address. */
struct translation_session {
  __be32 virtual_address, label;
  __u16 generation, flags;
  __u32 link;    /* index of the host's end */
  __u8 macs[12]; /* destination and source that the session is to see */
};

/* Server, map `uplink`, one element. */
struct translation_uplink {
  __u32 link;      /* index; 0: none, packets go on by the routes of the host */
  __be32 next_hop; /* towards the proxy */
};

/* Server, map `leases`: key is a physical address. For the daemon only, which so finds it again. */
struct translation_lease {
  __be32 session;
  __u32 expires_s;     /* CLOCK_BOOTTIME; 0: never, it is the server's own */
  __u64 given_back_us; /* CLOCK_BOOTTIME; 0: in use */
};

/* Proxy, map `sources`: key is a physical address that packets of a session may come from. */
struct translation_source {
  __be32 session, label;
  __u16 generation, flags;
};

/* Proxy, map `targets`: key is a session address. Replacing the element is the switch of a move. */
struct translation_target {
  __be32 physical_address, label;
  __u16 generation, flags;
  __be32 server; /* its own address; for the daemon only */
};

/* Keys of `pools` and, at servers, `closed`: longest prefix match. The value is one byte, which
 * of `closed` is 0 where an exception is open. */
struct translation_prefix {
  __u32 length; /* bits */
  __be32 address;
};

/* Proxy, map `traffic`: key is a session address. Payload of the link layer: IP headers count, labels do not. */
struct translation_traffic {
  __u64 packets_out, bytes_out; /* sent by the session */
  __u64 packets_in, bytes_in;
};

/* Proxy, map `limits`: key is a session address. A token bucket for each direction. */
struct translation_bucket {
  __u64 rate;   /* bytes per second; 0: no limit */
  __u64 burst;  /* bytes */
  __u64 tokens; /* bytes that may be sent now */
  __u64 at_ns;  /* when `tokens` was right, CLOCK_MONOTONIC */
};
#define TRANSLATION_OUT 0
#define TRANSLATION_IN 1

/* Proxy, map `published`: ports of sessions that outside hosts reach. For the daemon only. */
struct translation_publication_key {
  __u16 port; /* of the proxy, host order */
  __u8 protocol;
  __u8 unused;
};
struct translation_publication {
  __be32 session;
  __u16 port; /* of the session, host order */
  __u16 unused;
};

/* Proxy, map `port_ranges`: key is a session address. Ports of the proxy that are the session's, host order. For the
 * daemon only. */
struct translation_ports {
  __u16 first, count;
};

/* Proxy, map `shortcut`, one element: the way past the host's network stack (shortcut.h). */
struct translation_shortcut {
  __u64 until_ns; /* CLOCK_MONOTONIC; before that it is open */
  __u32 outside;  /* index of the link to outside hosts */
  __u32 park;     /* and of that of the park */
  /* Time-outs that connection tracking begins with, and how long ago that may be: in ticks of the kernel. */
  __u32 established, unacknowledged, fresh;
};

/* ---- IPv6 ----
 */

struct translation_address6 {
  __be32 words[4];
};

/* Server, map `links6`: key as of `links`. */
struct translation_link6 {
  struct translation_address6 session, physical;
};

/* Server, map `physical6`: key is a physical address, the value the physical IPv4 address of the same session. Its
 * element of `physical` says what is done with the packet, so that a block is one element for both; and it counts only
 * if the session's link has that address now. */

/* Server, map `uplink6`, one element. */
struct translation_uplink6 {
  __u32 link; /* index; 0: none */
  struct translation_address6 next_hop;
};

/* Proxy, map `sources6`: key is a physical address that packets of a session may come from. */
struct translation_source6 {
  struct translation_address6 session_address;
  __be32 session; /* its IPv4 session address: account and limit are for both together */
};

/* Proxy, map `targets6`: key is a session address. */
struct translation_target6 {
  struct translation_address6 physical_address;
  __be32 session;
};

/* Proxy, map `physical6`: key is a physical IPv4 address, the value is the one that it goes with. For the daemon only.
 */

/* Keys of `pools6` and, at servers, `closed6`; the value is one byte. */
struct translation_prefix6 {
  __u32 length; /* bits */
  struct translation_address6 address;
};
/* Values in `pools6`. */
#define TRANSLATION_POOL_PHYSICAL 1
#define TRANSLATION_POOL_SESSIONS 2

/* Why packets were dropped: indices of `drops`, packets for each processor. */
enum translation_drop {
  TRANSLATION_DROP_MALFORMED, /* not IP that the session has, options, cannot be rewritten */
  TRANSLATION_DROP_SOURCE,    /* a session used a source that is not its own */
  TRANSLATION_DROP_CLOSED,    /* a destination that is closed to sessions */
  TRANSLATION_DROP_UNKNOWN,   /* a physical address that no session has */
  TRANSLATION_DROP_LABEL,     /* lacks its label, or has a wrong one, or one of another generation */
  TRANSLATION_DROP_BLOCKED,   /* the session is blocked */
  TRANSLATION_DROP_LIMIT,     /* above the session's bandwidth */
  TRANSLATION_DROPS
};

#endif
