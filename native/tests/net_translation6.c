/*
 * As net_translation.c, of IPv6: an address is exchanged for one of the same checksum, so that everything but addresses
 * and the hop limit of a packet stays, bit for bit, and every checksum in it is still right.
 */
#include <arpa/inet.h>
#include <linux/pkt_cls.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "net_lab.h"
#include "net_packet.h"
#include "network_address6.h"

/* In a mount namespace of the test's own. */
#define SERVER_PINS "/mnt/server"
#define GATEWAY_PINS "/mnt/gateway"
#define HEADER sizeof(struct ip6_hdr)
#define HOPS 64
#define LABEL 0x11223344
#define GENERATION 5

static struct translator *server, *gateway;
static struct network_prefix6 sessions, network;
static struct in6_addr session, physical, world, neighbour;
static in_addr_t session4, physical4;

static struct ip6_hdr *header(struct packet *p) { return (struct ip6_hdr *)(p->bytes + ETHERNET); }
static uint8_t *payload(struct packet *p) { return p->bytes + ETHERNET + HEADER; }

static struct in6_addr address(const char *text) { return lab_endpoint6(text, 0).sin6_addr; }

/* 0 when the checksum in the data is right. */
static uint16_t transport_check(const struct in6_addr *from, const struct in6_addr *to, uint8_t protocol,
                                const void *data, size_t size) {
  return packet_complement(packet_sum(from, sizeof *from) + packet_sum(to, sizeof *to) + protocol + (uint32_t)size +
                           packet_sum(data, size));
}

static struct packet ip_packet(const struct in6_addr *from, const struct in6_addr *to, uint8_t next, const void *data,
                               size_t size) {
  struct packet p = {.size = ETHERNET + HEADER + size};
  p.bytes[12] = 0x86, p.bytes[13] = 0xdd;
  struct ip6_hdr *ip = header(&p);
  ip->ip6_flow = htonl(6u << 28 | 0x12345);
  ip->ip6_plen = htons((uint16_t)size);
  ip->ip6_nxt = next;
  ip->ip6_hlim = HOPS;
  ip->ip6_src = *from;
  ip->ip6_dst = *to;
  memcpy(payload(&p), data, size);
  return p;
}

/* A packet of a protocol whose checksum is at `check` in a header of `fixed` bytes, and `size` bytes more. */
static struct packet transport(const struct in6_addr *from, const struct in6_addr *to, uint8_t protocol, size_t check,
                               size_t fixed, size_t size) {
  uint8_t data[PACKET_SIZE] = {0};
  for (size_t i = fixed; i < fixed + size; i++)
    data[i] = (uint8_t)(i * 7 + 3);
  data[0] = protocol == IPPROTO_ICMPV6 ? ICMP6_ECHO_REQUEST : 17;
  if (protocol == IPPROTO_UDP)
    data[5] = (uint8_t)(fixed + size), data[4] = (uint8_t)((fixed + size) >> 8);
  uint16_t sum = transport_check(from, to, protocol, data, fixed + size);
  memcpy(data + check, &sum, sizeof sum);
  return ip_packet(from, to, protocol, data, fixed + size);
}

static struct packet tcp(const struct in6_addr *from, const struct in6_addr *to, size_t size) {
  return transport(from, to, IPPROTO_TCP, 16, 20, size);
}
static struct packet udp(const struct in6_addr *from, const struct in6_addr *to, size_t size) {
  return transport(from, to, IPPROTO_UDP, 6, 8, size);
}
static struct packet echo(const struct in6_addr *from, const struct in6_addr *to, size_t size) {
  return transport(from, to, IPPROTO_ICMPV6, 2, 8, size);
}

/* An error of that type about `quoted`, of which `quote` bytes are told. */
static struct packet icmp_error(const struct in6_addr *from, const struct in6_addr *to, uint8_t type,
                                struct packet *quoted, size_t quote) {
  uint8_t data[PACKET_SIZE] = {type};
  memcpy(data + 8, header(quoted), quote);
  uint16_t sum = transport_check(from, to, IPPROTO_ICMPV6, data, 8 + quote);
  memcpy(data + 2, &sum, sizeof sum);
  return ip_packet(from, to, IPPROTO_ICMPV6, data, 8 + quote);
}

/* The packet goes from `from` to `to`; but for that it is `before`, and a checksum that was right is. */
static void expect(struct packet *p, const struct in6_addr *from, const struct in6_addr *to, uint8_t hops,
                   struct packet *before, bool has_check) {
  struct ip6_hdr *ip = header(p), as = *header(before);
  as.ip6_src = *from;
  as.ip6_dst = *to;
  as.ip6_hlim = hops;
  check(p->size == before->size && memcmp(ip, &as, sizeof as) == 0, "from %s to %s, %zu bytes, %u hops",
        NETWORK6_TEXT(&ip->ip6_src), NETWORK6_TEXT(&ip->ip6_dst), p->size, ip->ip6_hlim);
  if (has_check)
    check(transport_check(from, to, ip->ip6_nxt, payload(p), ntohs(ip->ip6_plen)) == 0,
          "the checksum of protocol %u is wrong", ip->ip6_nxt);
  else
    check(memcmp(payload(p), payload(before), ntohs(ip->ip6_plen)) == 0, "the payload changed");
}

/* ---- the maps ---- */

static void set_prefix(struct translator *t, const char *map, const char *text, uint8_t value) {
  struct network_prefix6 prefix;
  struct error err;
  works(network6_prefix_parse(text, "a network", &prefix, &err), &err);
  struct translation_prefix6 key = network6_prefix_key(&prefix);
  packet_set(t, map, &key, &value);
}

/* Of the physical address only, which is in force from now on. */
static void set_physical(const struct in6_addr *there) {
  uint32_t link = LINK;
  struct translation_address6 own = network6_key(&session), key = network6_key(there);
  struct translation_link6 l = {own, key};
  struct translation_source6 source = {own, session4};
  struct translation_target6 target = {key, session4};
  packet_set(server, "links6", &link, &l);
  packet_set(server, "physical6", &key, &physical4);
  packet_set(gateway, "sources6", &key, &source);
  packet_set(gateway, "targets6", &own, &target);
}

static void set_server(uint16_t flags, uint32_t uplink) {
  uint32_t first = 0;
  struct translation_uplink6 up = {uplink, network6_key(&neighbour)};
  struct translation_session s = {.flags = flags, .link = LINK, .macs = {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}};
  packet_set(server, "uplink6", &first, &up);
  packet_set(server, "physical", &physical4, &s);
}

/* ---- tests ---- */

/* Of any label and generation, and of any session and server: the sum is the same. */
static void test_addresses(void) {
  for (uint32_t i = 0; i < 0x10000; i++) {
    struct in6_addr own = network6_session(&sessions, htonl(0x0a4a0000 + i));
    struct in6_addr there = network6_physical(&network.address, &own, i * 2654435761u, (uint16_t)(i * 40503u + 1));
    check(packet_complement(packet_sum(&own, sizeof own)) == packet_complement(packet_sum(&there, sizeof there)),
          "%s and %s", NETWORK6_TEXT(&own), NETWORK6_TEXT(&there));
    check(memcmp(&there, &network.address, 8) == 0, "%s is not of the server's network", NETWORK6_TEXT(&there));
    check(network6_session_of(&sessions, &own) == htonl(0x0a4a0000 + i), "which session has %s", NETWORK6_TEXT(&own));
  }
  struct network_prefix6 prefix;
  struct error err;
  static const char *const wrong[] = {"fd00::1/64", "fd00::/129", "10.0.0.0/8", "fd00::/", "fd00::/64x", ""};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    check(network6_prefix_parse(wrong[i], "a network", &prefix, &err) < 0, "`%s` is a network", wrong[i]);
  check(network6_configured("fd00::/64", "a network", 96, &prefix, &err) < 0, "a prefix of another length");
  check(network6_configured("", "a network", 96, &prefix, &err) == 0 && !prefix.length, "no prefix");
}

/* Session, server, wire, proxy, and back. */
static void round_trip(struct packet there, struct packet back, bool has_check) {
  struct packet wire, end;
  check(packet_run(server, "from_session", &there, &wire) == TC_ACT_REDIRECT, "a session cannot send");
  expect(&wire, &physical, &world, HOPS - 1, &there, has_check);
  check(packet_run(gateway, "from_servers", &wire, &end) == TC_ACT_OK, "the proxy drops what a server sends");
  expect(&end, &session, &world, HOPS - 1, &there, has_check);
  check(packet_run(gateway, "to_servers", &back, &wire) == TC_ACT_REDIRECT, "the proxy drops what is for a session");
  expect(&wire, &world, &physical, HOPS, &back, has_check);
  /* The packet comes by once more. */
  check(packet_run(gateway, "to_servers", &wire, &end) == TC_ACT_OK, "the proxy drops what it sends itself");
  expect(&end, &world, &physical, HOPS, &back, has_check);
  check(packet_run(server, "from_network", &wire, &end) == TC_ACT_REDIRECT, "the server drops what is for a session");
  expect(&end, &world, &session, HOPS, &back, has_check);
  check(memcmp(end.bytes, (uint8_t[]){2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}, 12) == 0, "the link layer's addresses");
}

static void test_round_trips(void) {
  static const size_t sizes[] = {0, 1, 2, 3, 18, 511, 1200, 1400};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    round_trip(tcp(&session, &world, sizes[i]), tcp(&world, &session, sizes[i]), true);
    round_trip(udp(&session, &world, sizes[i]), udp(&world, &session, sizes[i]), true);
    round_trip(echo(&session, &world, sizes[i]), echo(&world, &session, sizes[i]), true);
  }
  /* What nobody knows, and fragments: not a bit changes. */
  uint8_t data[64] = {IPPROTO_UDP, 0, 0, 1 /* more follow */, 1, 2, 3, 4};
  round_trip(ip_packet(&session, &world, 132, data, sizeof data), ip_packet(&world, &session, 132, data, sizeof data),
             false);
  for (uint8_t at = 0; at < 2; at++) {
    data[2] = at; /* offset */
    round_trip(ip_packet(&session, &world, IPPROTO_FRAGMENT, data, sizeof data),
               ip_packet(&world, &session, IPPROTO_FRAGMENT, data, sizeof data), false);
  }
}

/* The header that an error quotes, and the whole of what it quotes when it is all there. */
static void expect_quoted(struct packet *p, const struct in6_addr *from, const struct in6_addr *to) {
  struct ip6_hdr *quoted = (struct ip6_hdr *)(payload(p) + 8);
  size_t size = ntohs(header(p)->ip6_plen) - 8 - HEADER;
  check(IN6_ARE_ADDR_EQUAL(&quoted->ip6_src, from) && IN6_ARE_ADDR_EQUAL(&quoted->ip6_dst, to), "quoted: from %s to %s",
        NETWORK6_TEXT(&quoted->ip6_src), NETWORK6_TEXT(&quoted->ip6_dst));
  if (size >= ntohs(quoted->ip6_plen))
    check(transport_check(from, to, quoted->ip6_nxt, quoted + 1, ntohs(quoted->ip6_plen)) == 0,
          "the quoted transport header's checksum is wrong");
}

static void test_errors(void) {
  static const uint8_t types[] = {ICMP6_DST_UNREACH, ICMP6_PACKET_TOO_BIG, ICMP6_TIME_EXCEEDED, ICMP6_PARAM_PROB};
  for (size_t i = 0; i < 12; i++) {
    /* The session complains about what it got, all of it or the first 8 bytes behind the header. */
    struct packet got = i < 4   ? tcp(&world, &session, 40)
                        : i < 8 ? udp(&world, &session, 40)
                                : echo(&world, &session, 40);
    size_t quote = HEADER + (i % 2 ? 8 : ntohs(header(&got)->ip6_plen));
    struct packet error = icmp_error(&session, &world, types[i % 4], &got, quote), wire, end;
    check(packet_run(server, "from_session", &error, &wire) == TC_ACT_REDIRECT, "an error cannot be sent");
    expect(&wire, &physical, &world, HOPS - 1, &error, true);
    expect_quoted(&wire, &world, &physical);
    check(packet_run(gateway, "from_servers", &wire, &end) == TC_ACT_OK, "the proxy drops an error");
    expect(&end, &session, &world, HOPS - 1, &error, true);
    expect_quoted(&end, &world, &session);
    /* And the other way. */
    struct packet sent = i < 4   ? tcp(&session, &world, 40)
                         : i < 8 ? udp(&session, &world, 40)
                                 : echo(&session, &world, 40);
    error = icmp_error(&world, &session, types[i % 4], &sent, quote);
    check(packet_run(gateway, "to_servers", &error, &wire) == TC_ACT_REDIRECT, "the proxy drops an error");
    expect(&wire, &world, &physical, HOPS, &error, true);
    expect_quoted(&wire, &physical, &world);
    check(packet_run(server, "from_network", &wire, &end) == TC_ACT_REDIRECT, "the server drops an error");
    expect(&end, &world, &session, HOPS, &error, true);
    expect_quoted(&end, &session, &world);
  }
}

static void test_drops_at_server(void) {
  struct packet p, out;
  const struct in6_addr closed[] = {address("fd00:73::1"), address("::1"),     address("::ffff:10.73.0.1"),
                                    address("fe80::1"),    address("ff02::1"), address("64:ff9b::a49:1")};
  p = udp(&physical, &world, 4); /* is none that it may use */
  packet_expect_drop(server, "from_session", &p, TRANSLATION_DROP_SOURCE);
  struct in6_addr none = in6addr_any, local = address("fe80::5");
  p = echo(&none, &closed[4], 16); /* as duplicate address detection is */
  packet_expect_drop(server, "from_session", &p, TRANSLATION_DROP_SOURCE);
  p = echo(&local, &closed[4], 16);
  packet_expect_drop(server, "from_session", &p, TRANSLATION_DROP_SOURCE);
  for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
    p = udp(&session, &closed[i], 4);
    packet_expect_drop(server, "from_session", &p, TRANSLATION_DROP_CLOSED);
  }
  /* An advertisement of a neighbour, right for whoever is not asked: its hop limit is not what it must be. */
  p = echo(&session, &world, 16);
  payload(&p)[0] = ND_NEIGHBOR_ADVERT;
  header(&p)->ip6_hlim = 255;
  check(packet_run(server, "from_session", &p, &out) == TC_ACT_REDIRECT && header(&out)->ip6_hlim == 254,
        "a neighbour's advertisement is passed on with %u hops", header(&out)->ip6_hlim);
  header(&p)->ip6_hlim = 1;
  packet_expect_drop(server, "from_session", &p, TRANSLATION_DROP_MALFORMED);
  p = udp(&session, &world, 4);
  header(&p)->ip6_flow = htonl(4u << 28);
  packet_expect_drop(server, "from_session", &p, TRANSLATION_DROP_MALFORMED);
  struct in6_addr own = address("fd00:73::11");
  p = udp(&world, &own, 4);
  check(packet_run(server, "from_network", &p, &out) == TC_ACT_OK, "what is for the server itself does not reach it");
  set_server(TRANSLATION_BLOCKED, LINK);
  p = udp(&world, &physical, 4);
  packet_expect_drop(server, "from_network", &p, TRANSLATION_DROP_BLOCKED);
  set_server(0, LINK);
}

/* Forged and stale addresses: any other bit of what is behind the network's. */
static void test_labels(void) {
  struct packet p, out;
  for (unsigned bit = 64; bit < 128; bit++) {
    struct in6_addr forged = physical;
    forged.s6_addr[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
    p = udp(&forged, &world, 4);
    packet_expect_drop(gateway, "from_servers", &p, TRANSLATION_DROP_LABEL);
    p = udp(&world, &forged, 4);
    packet_expect_drop(server, "from_network", &p, TRANSLATION_DROP_LABEL);
  }
  p = udp(&session, &world, 4);
  packet_expect_drop(gateway, "from_servers", &p, TRANSLATION_DROP_LABEL);
  struct in6_addr own = address("fd00:73::11"), unknown = network6_session(&sessions, inet_addr("10.74.9.9"));
  p = udp(&own, &world, 4);
  check(packet_run(gateway, "from_servers", &p, &out) == TC_ACT_OK, "what a server itself sends is dropped");
  p = udp(&world, &unknown, 4);
  packet_expect_drop(gateway, "to_servers", &p, TRANSLATION_DROP_UNKNOWN);
  /* The session's next generation: what was sent to the one before is for nobody, though the map still has it. */
  struct in6_addr next = network6_physical(&network.address, &session, LABEL, GENERATION + 1);
  set_physical(&next);
  p = udp(&world, &physical, 4);
  packet_expect_drop(server, "from_network", &p, TRANSLATION_DROP_LABEL);
  p = udp(&world, &next, 4);
  check(packet_run(server, "from_network", &p, &out) == TC_ACT_REDIRECT, "the next generation is refused");
  set_physical(&physical);
}

static void test_local(void) {
  struct packet p, out;
  set_server(0, 0);
  set_physical(&session);
  p = tcp(&session, &world, 33);
  check(packet_run(server, "from_session", &p, &out) == TC_ACT_OK, "a local session cannot send");
  expect(&out, &session, &world, HOPS, &p, true);
  p = tcp(&world, &session, 33);
  check(packet_run(server, "to_session", &p, &out) == TC_ACT_OK, "nothing reaches a local session");
  expect(&out, &world, &session, HOPS, &p, true);
  p = tcp(&world, &neighbour, 33);
  packet_expect_drop(server, "to_session", &p, TRANSLATION_DROP_UNKNOWN);
  set_server(0, LINK);
  set_physical(&physical);
}

static void test_account(void) {
  struct error err;
  struct translation_traffic t;
  struct packet p, wire, out;
  works(translator_begin_account(gateway, session4, &err), &err);
  p = udp(&session, &world, 1000);
  check(packet_run(server, "from_session", &p, &wire) == TC_ACT_REDIRECT, "sending");
  check(packet_run(gateway, "from_servers", &wire, &out) == TC_ACT_OK, "receiving");
  p = udp(&world, &session, 100);
  check(packet_run(gateway, "to_servers", &p, &out) == TC_ACT_REDIRECT, "replying");
  check(packet_run(gateway, "to_servers", &out, &out) == TC_ACT_OK, "replying");
  works(translator_traffic(gateway, session4, &t, &err), &err);
  check(t.packets_out == 1 && t.bytes_out == 1048 && t.packets_in == 1 && t.bytes_in == 148,
        "accounts: %llu bytes out, %llu in", t.bytes_out, t.bytes_in);
  works(translator_limit(gateway, session4, 1, 0, &err), &err);
  unsigned passed = 0;
  while (passed < 1000 && packet_run(gateway, "from_servers", &wire, &out) == TC_ACT_OK)
    passed++;
  check(passed == (256u << 10) / 1048, "%u packets passed", passed);
  packet_expect_drop(gateway, "from_servers", &wire, TRANSLATION_DROP_LIMIT);
  works(translator_limit(gateway, session4, 0, 0, &err), &err);
}

/* A session that has none: as before there was any. */
static void test_without(void) {
  struct error err;
  uint32_t link = LINK;
  struct packet p = udp(&session, &world, 4);
  works(translator_delete(server, "links6", &link, &err), &err);
  packet_expect_drop(server, "from_session", &p, TRANSLATION_DROP_MALFORMED);
}

int main(void) {
  struct error err;
  if (geteuid() != 0) {
    puts("skipped: BPF programs need root");
    return 77;
  }
  check(unshare(CLONE_NEWNS | CLONE_NEWNET) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
            mount("test", "/mnt", "tmpfs", 0, NULL) == 0,
        "making namespaces");
  works(network6_configured("fd00:74::/96", "sessions", NETWORK6_SESSIONS, &sessions, &err), &err);
  works(network6_configured("fd00:73:a1::/64", "network", NETWORK6_PHYSICAL, &network, &err), &err);
  session4 = inet_addr("10.74.0.5");
  physical4 = inet_addr("10.73.0.130");
  session = network6_session(&sessions, session4);
  physical = network6_physical(&network.address, &session, LABEL, GENERATION);
  world = address("2001:db8:203::10");
  neighbour = address("fd00:73::1");
  works(translator_open(TRANSLATOR_SERVER, SERVER_PINS, &server, &err), &err);
  works(translator_open(TRANSLATOR_GATEWAY, GATEWAY_PINS, &gateway, &err), &err);
  static const char *const closed[] = {"fd00:73::/32", "::/8", "fe80::/10", "ff00::/8"};
  for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
    set_prefix(server, "closed6", closed[i], 1);
  set_prefix(server, "pools6", "fd00:73:a1::/64", TRANSLATION_POOL_PHYSICAL);
  set_prefix(gateway, "pools6", "fd00:73:a1::/64", TRANSLATION_POOL_PHYSICAL);
  set_prefix(gateway, "pools6", "fd00:74::/96", TRANSLATION_POOL_SESSIONS);
  set_server(0, LINK);
  set_physical(&physical);
  const struct {
    const char *name;
    void (*run)(void);
  } tests[] = {
      {"addresses", test_addresses}, {"round trips", test_round_trips},
      {"errors", test_errors},       {"drops at the server", test_drops_at_server},
      {"labels", test_labels},       {"local sessions", test_local},
      {"account", test_account},     {"a session without", test_without},
  };
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
    tests[i].run();
    printf("ok: %s\n", tests[i].name);
  }
  translator_close(server);
  translator_close(gateway);
  works(translator_remove(SERVER_PINS, &err), &err);
  works(translator_remove(GATEWAY_PINS, &err), &err);
  return 0;
}
