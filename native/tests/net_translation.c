/*
 * The BPF programs on packets, by BPF_PROG_TEST_RUN: each packet is built with right checksums, run through a program,
 * and what comes out is checked field by field, its checksums computed anew.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "net_lab.h"
#include "net_packet.h"

/* In a mount namespace of the test's own. */
#define SERVER_PINS "/mnt/server"
#define GATEWAY_PINS "/mnt/gateway"

static struct translator *server, *gateway;

static in_addr_t virtual_address, physical_address, moved_address, session_address, world, neighbour;
static const uint32_t label = 0x11223344;
#define GENERATION 5

/* ---- building and checking ---- */

static uint16_t ip_check(const struct iphdr *ip) { return packet_complement(packet_sum(ip, ip->ihl * 4u)); }

/* 0 when the checksum in the header is right. */
static uint16_t transport_check(in_addr_t from, in_addr_t to, uint8_t protocol, const void *data, size_t size) {
  uint32_t total = packet_sum(data, size);
  if (protocol != IPPROTO_ICMP)
    total += packet_sum(&from, 4) + packet_sum(&to, 4) + protocol + (uint32_t)size;
  return packet_complement(total);
}

static struct iphdr *header(struct packet *p) { return (struct iphdr *)(p->bytes + ETHERNET); }
static uint8_t *transport(struct packet *p) { return p->bytes + ETHERNET + header(p)->ihl * 4u; }

static struct packet ip_packet(in_addr_t from, in_addr_t to, uint8_t protocol, const void *data, size_t size) {
  struct packet p = {.size = ETHERNET + sizeof(struct iphdr) + size};
  p.bytes[12] = 0x08;
  struct iphdr *ip = header(&p);
  *ip = (struct iphdr){.version = 4,
                       .ihl = 5,
                       .tot_len = htons((uint16_t)(sizeof *ip + size)),
                       .id = htons(77),
                       .ttl = 64,
                       .protocol = protocol,
                       .saddr = from,
                       .daddr = to};
  ip->check = ip_check(ip);
  memcpy(transport(&p), data, size);
  return p;
}

static struct packet udp(in_addr_t from, in_addr_t to, size_t payload, bool checksum) {
  uint8_t data[PACKET_SIZE] = {0};
  struct udphdr *u = (struct udphdr *)data;
  *u = (struct udphdr){
      .source = htons(4000), .dest = htons(53), .len = htons((uint16_t)(sizeof *u + payload)), .check = 0};
  for (size_t i = 0; i < payload; i++)
    data[sizeof *u + i] = (uint8_t)(i * 7 + 3);
  if (checksum)
    u->check = transport_check(from, to, IPPROTO_UDP, data, sizeof *u + payload);
  return ip_packet(from, to, IPPROTO_UDP, data, sizeof *u + payload);
}

static struct packet tcp(in_addr_t from, in_addr_t to, size_t payload) {
  uint8_t data[PACKET_SIZE] = {0};
  struct tcphdr *t = (struct tcphdr *)data;
  t->source = htons(4000);
  t->dest = htons(80);
  t->seq = htonl(1000000);
  t->doff = 5;
  t->ack = 1;
  for (size_t i = 0; i < payload; i++)
    data[sizeof *t + i] = (uint8_t)(i * 5 + 1);
  t->check = transport_check(from, to, IPPROTO_TCP, data, sizeof *t + payload);
  return ip_packet(from, to, IPPROTO_TCP, data, sizeof *t + payload);
}

static struct packet echo(in_addr_t from, in_addr_t to) {
  uint8_t data[64] = {ICMP_ECHO, 0, 0, 0, 1, 2, 3, 4, 'p', 'i', 'n', 'g'};
  uint16_t check = transport_check(0, 0, IPPROTO_ICMP, data, sizeof data);
  memcpy(data + 2, &check, 2);
  return ip_packet(from, to, IPPROTO_ICMP, data, sizeof data);
}

/* An error of type `type` about `quoted`, of which `quote` bytes are told. */
static struct packet icmp_error(in_addr_t from, in_addr_t to, uint8_t type, struct packet *quoted, size_t quote) {
  uint8_t data[PACKET_SIZE] = {type};
  memcpy(data + 8, header(quoted), quote);
  uint16_t check = transport_check(0, 0, IPPROTO_ICMP, data, 8 + quote);
  memcpy(data + 2, &check, 2);
  return ip_packet(from, to, IPPROTO_ICMP, data, 8 + quote);
}

/* The packet goes from `from` to `to` and all of its checksums are right; its payload is that of `before`. */
static void expect(struct packet *p, in_addr_t from, in_addr_t to, struct packet *before) {
  struct iphdr *ip = header(p);
  size_t size = ntohs(ip->tot_len) - ip->ihl * 4u, was = ntohs(header(before)->tot_len) - header(before)->ihl * 4u;
  check(ip->saddr == from && ip->daddr == to, "it goes from %08x to %08x", ntohl(ip->saddr), ntohl(ip->daddr));
  check(ip_check(ip) == 0, "the checksum of the IP header is wrong");
  check(p->size == ETHERNET + (size_t)ntohs(ip->tot_len), "%zu bytes, the header says %u", p->size, ntohs(ip->tot_len));
  check(size == was, "%zu bytes of payload became %zu", was, size);
  if (ip->frag_off & htons(0x1fff)) {
    check(memcmp(transport(p), transport(before), size) == 0, "a fragment's payload changed");
    return;
  }
  if (ip->frag_off & htons(IP_MF))
    return; /* its checksum is that of the whole: expect_fragments */
  size_t fixed = ip->protocol == IPPROTO_TCP ? 20 : 8;
  uint16_t field;
  memcpy(&field, transport(p) + 6, 2);
  if (ip->protocol != IPPROTO_UDP || field)
    check(transport_check(from, to, ip->protocol, transport(p), size) == 0, "the checksum of protocol %u is wrong",
          ip->protocol);
  bool error = ip->protocol == IPPROTO_ICMP && transport(p)[0] != ICMP_ECHO;
  check(error || memcmp(transport(p) + fixed, transport(before) + fixed, size - fixed) == 0, "the payload changed");
}

static void expect_label(struct packet *p, uint32_t value, uint16_t generation) {
  struct translation_label l;
  memcpy(&l, p->bytes + ETHERNET + 20, sizeof l);
  check(header(p)->ihl == 7 && l.type == TRANSLATION_OPTION && l.size == 8, "ihl %u, option %x of %u bytes",
        header(p)->ihl, l.type, l.size);
  check(l.label == value && ntohs(l.generation) == generation, "label %x of generation %u", l.label,
        ntohs(l.generation));
}

/* ---- the maps ---- */

static void set_server(in_addr_t physical, uint16_t flags, uint32_t uplink) {
  uint32_t first = 0, link = LINK;
  struct translation_uplink up = {.link = uplink, .next_hop = neighbour};
  struct translation_link l = {virtual_address, physical, label, GENERATION, flags};
  struct translation_session s = {.virtual_address = virtual_address,
                                  .label = label,
                                  .generation = GENERATION,
                                  .flags = flags,
                                  .link = LINK,
                                  .macs = {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}};
  packet_set(server, "uplink", &first, &up);
  packet_set(server, "links", &link, &l);
  packet_set(server, "physical", &physical, &s);
}

static void set_gateway(in_addr_t physical, uint16_t flags) {
  struct translation_source s = {session_address, label, GENERATION, flags};
  struct translation_target t = {physical, label, GENERATION, flags, 0};
  packet_set(gateway, "sources", &physical, &s);
  packet_set(gateway, "targets", &session_address, &t);
}

static void set_prefix(struct translator *t, const char *map, const char *address, uint32_t length) {
  struct translation_prefix prefix = {length, inet_addr(address)};
  uint8_t yes = 1;
  packet_set(t, map, &prefix, &yes);
}

/* ---- tests ---- */

static const size_t sizes[] = {0, 1, 2, 3, 18, 511, 1200, 1400};

/* Session, server, wire, proxy, and back; with what is on the wire checked, for each kind of packet. */
static void round_trip(struct packet there, struct packet back, in_addr_t physical, bool labelled) {
  struct packet wire, end;
  check(packet_run(server, "from_session", &there, &wire) == TC_ACT_REDIRECT, "a session cannot send");
  expect(&wire, physical, world, &there);
  if (labelled)
    expect_label(&wire, label, GENERATION);
  check(packet_run(gateway, "from_servers", &wire, &end) == TC_ACT_OK, "the proxy drops what a server sends");
  expect(&end, session_address, world, &there);
  check(header(&end)->ihl == 5, "the label is still there");
  check(packet_run(gateway, "to_servers", &back, &wire) == TC_ACT_OK, "the proxy drops what is for a session");
  expect(&wire, world, physical, &back);
  if (labelled)
    expect_label(&wire, label, GENERATION);
  check(packet_run(server, "from_network", &wire, &end) == TC_ACT_REDIRECT, "the server drops what is for a session");
  expect(&end, world, virtual_address, &back);
  check(memcmp(end.bytes, (uint8_t[]){2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}, 12) == 0, "the link layer's addresses");
}

static void test_round_trips(void) {
  for (int moved = 0; moved < 2; moved++) {
    in_addr_t physical = moved ? moved_address : physical_address;
    uint16_t flags = moved ? TRANSLATION_LABELLED : 0;
    set_server(physical, flags, LINK);
    set_gateway(physical, flags);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      round_trip(tcp(virtual_address, world, sizes[i]), tcp(world, session_address, sizes[i]), physical, moved);
      round_trip(udp(virtual_address, world, sizes[i], true), udp(world, session_address, sizes[i], true), physical,
                 moved);
    }
    round_trip(udp(virtual_address, world, 100, false), udp(world, session_address, 100, false), physical, moved);
    round_trip(echo(virtual_address, world), echo(world, session_address), physical, moved);
  }
}

/* Every checksum, so also those that become 0 or 0xffff. */
static void test_checksums(void) {
  struct packet out;
  set_server(moved_address, 0, LINK);
  for (uint32_t i = 0; i < 0x10000; i += 1) {
    struct packet p = udp(virtual_address, world, 2, false);
    struct udphdr *u = (struct udphdr *)transport(&p);
    uint16_t payload = (uint16_t)i;
    memcpy(u + 1, &payload, 2);
    u->check = transport_check(virtual_address, world, IPPROTO_UDP, u, 10);
    if (!u->check)
      u->check = 0xffff;
    check(packet_run(server, "from_session", &p, &out) == TC_ACT_REDIRECT, "a session cannot send");
    u = (struct udphdr *)transport(&out);
    check(u->check != 0, "payload %04x: the checksum became `none`", i);
    check(transport_check(moved_address, world, IPPROTO_UDP, u, 10) == 0, "payload %04x: wrong checksum", i);
  }
}

static void test_fragments(void) {
  struct packet out;
  set_server(moved_address, TRANSLATION_LABELLED, LINK);
  set_gateway(moved_address, TRANSLATION_LABELLED);
  struct packet whole = udp(virtual_address, world, 1200, true), first = whole, second;
  first.size = ETHERNET + 20 + 800;
  header(&first)->tot_len = htons(820);
  header(&first)->frag_off = htons(IP_MF);
  header(&first)->check = 0;
  header(&first)->check = ip_check(header(&first));
  second = ip_packet(virtual_address, world, IPPROTO_UDP, transport(&whole) + 800, 408);
  header(&second)->frag_off = htons(100);
  header(&second)->check = 0;
  header(&second)->check = ip_check(header(&second));
  check(packet_run(server, "from_session", &second, &out) == TC_ACT_REDIRECT, "a fragment cannot be sent");
  expect(&out, moved_address, world, &second);
  expect_label(&out, label, GENERATION);
  check(packet_run(server, "from_session", &first, &out) == TC_ACT_REDIRECT, "a first fragment cannot be sent");
  expect(&out, moved_address, world, &first);
  expect_label(&out, label, GENERATION);
  /* Put together again, the whole has the right checksum. */
  uint8_t together[1208];
  memcpy(together, transport(&out), 800);
  memcpy(together + 800, transport(&second), 408);
  check(transport_check(moved_address, world, IPPROTO_UDP, together, sizeof together) == 0,
        "the checksum of fragments put together is wrong");
}

/* What an error quotes went the other way, and is translated too, with its checksums. */
static void expect_quoted(struct packet *p, in_addr_t from, in_addr_t to) {
  struct iphdr *quoted = (struct iphdr *)(transport(p) + 8);
  size_t size = ntohs(header(p)->tot_len) - header(p)->ihl * 4u - 8 - 20;
  check(quoted->saddr == from && quoted->daddr == to, "quoted: from %08x to %08x", ntohl(quoted->saddr),
        ntohl(quoted->daddr));
  check(ip_check(quoted) == 0, "the quoted header's checksum is wrong");
  if (size >= ntohs(quoted->tot_len) - 20u && quoted->protocol != IPPROTO_ICMP)
    check(transport_check(from, to, quoted->protocol, quoted + 1, ntohs(quoted->tot_len) - 20u) == 0,
          "the quoted transport header's checksum is wrong");
}

static void test_errors(void) {
  static const uint8_t types[] = {ICMP_DEST_UNREACH, ICMP_TIME_EXCEEDED, ICMP_PARAMETERPROB};
  set_server(moved_address, TRANSLATION_LABELLED, LINK);
  set_gateway(moved_address, TRANSLATION_LABELLED);
  for (size_t i = 0; i < 9; i++) {
    /* The session complains about what it got, all of it or the first 8 bytes behind the header. */
    struct packet got = i < 3   ? tcp(world, virtual_address, 40)
                        : i < 6 ? udp(world, virtual_address, 40, true)
                                : echo(world, virtual_address);
    size_t quote = i % 2 ? 28 : ntohs(header(&got)->tot_len);
    struct packet error = icmp_error(virtual_address, world, types[i % 3], &got, quote), wire, end;
    check(packet_run(server, "from_session", &error, &wire) == TC_ACT_REDIRECT, "an error cannot be sent");
    expect(&wire, moved_address, world, &error);
    expect_quoted(&wire, world, moved_address);
    check(packet_run(gateway, "from_servers", &wire, &end) == TC_ACT_OK, "the proxy drops an error");
    expect(&end, session_address, world, &error);
    expect_quoted(&end, world, session_address);
    /* And the other way. */
    struct packet sent = i < 3   ? tcp(session_address, world, 40)
                         : i < 6 ? udp(session_address, world, 40, true)
                                 : echo(session_address, world);
    error = icmp_error(world, session_address, types[i % 3], &sent, quote);
    check(packet_run(gateway, "to_servers", &error, &wire) == TC_ACT_OK, "the proxy drops an error for a session");
    expect(&wire, world, moved_address, &error);
    expect_quoted(&wire, moved_address, world);
    check(packet_run(server, "from_network", &wire, &end) == TC_ACT_REDIRECT,
          "the server drops an error for a session");
    expect(&end, world, virtual_address, &error);
    expect_quoted(&end, virtual_address, world);
  }
}

static void test_drops_at_server(void) {
  struct packet p, out;
  set_server(moved_address, TRANSLATION_LABELLED, LINK);
  p = udp(session_address, world, 4, true);
  packet_expect_drop(server, "from_session", &p, TRANSLATION_DROP_SOURCE);
  p = udp(moved_address, world, 4, true); /* its physical address is none that it may use */
  packet_expect_drop(server, "from_session", &p, TRANSLATION_DROP_SOURCE);
  p = udp(virtual_address, inet_addr("10.73.0.1"), 4, true);
  packet_expect_drop(server, "from_session", &p, TRANSLATION_DROP_CLOSED);
  p = udp(virtual_address, inet_addr("169.254.169.254"), 4, true);
  packet_expect_drop(server, "from_session", &p, TRANSLATION_DROP_CLOSED);
  p = udp(virtual_address, world, 40, true);
  p.bytes[12] = 0x86, p.bytes[13] = 0xdd;
  packet_expect_drop(server, "from_session", &p, TRANSLATION_DROP_MALFORMED);
  p.bytes[12] = 0x08, p.bytes[13] = 0x06;
  packet_expect_drop(server, "from_session", &p, TRANSLATION_DROP_MALFORMED);
  /* A session cannot attach a label by itself: not even the right one. */
  set_server(virtual_address, TRANSLATION_LABELLED, LINK);
  p = udp(virtual_address, world, 40, true);
  check(packet_run(server, "from_session", &p, &out) == TC_ACT_REDIRECT, "sending");
  packet_expect_drop(server, "from_session", &out, TRANSLATION_DROP_MALFORMED);
  set_server(moved_address, TRANSLATION_LABELLED, LINK);
  p = udp(world, moved_address, 4, true); /* no label */
  packet_expect_drop(server, "from_network", &p, TRANSLATION_DROP_LABEL);
  p = udp(world, inet_addr("10.73.0.190"), 4, true);
  packet_expect_drop(server, "from_network", &p, TRANSLATION_DROP_UNKNOWN);
  p = udp(world, inet_addr("10.73.0.11"), 4, true);
  check(packet_run(server, "from_network", &p, &out) == TC_ACT_OK, "what is for the server itself does not reach it");
  set_server(moved_address, TRANSLATION_BLOCKED, LINK);
  p = udp(world, moved_address, 4, true);
  packet_expect_drop(server, "from_network", &p, TRANSLATION_DROP_BLOCKED);
}

/* Forged and stale packets at the proxy. */
static void test_drops_at_gateway(void) {
  struct packet p, wire, out;
  set_server(moved_address, TRANSLATION_LABELLED, LINK);
  set_gateway(moved_address, TRANSLATION_LABELLED);
  p = udp(virtual_address, world, 40, true);
  check(packet_run(server, "from_session", &p, &wire) == TC_ACT_REDIRECT, "sending");
  check(packet_run(gateway, "from_servers", &wire, &out) == TC_ACT_OK, "the right label is refused");
  for (size_t bit = 16; bit < 64; bit++) { /* any other generation, any other label */
    struct packet forged = wire;
    forged.bytes[ETHERNET + 20 + bit / 8] ^= (uint8_t)(1 << bit % 8);
    header(&forged)->check = 0;
    header(&forged)->check = ip_check(header(&forged));
    packet_expect_drop(gateway, "from_servers", &forged, TRANSLATION_DROP_LABEL);
  }
  p = udp(moved_address, world, 40, true);
  packet_expect_drop(gateway, "from_servers", &p, TRANSLATION_DROP_LABEL);
  p = udp(session_address, world, 40, true);
  packet_expect_drop(gateway, "from_servers", &p, TRANSLATION_DROP_UNKNOWN);
  p = udp(inet_addr("10.73.0.190"), world, 40, true);
  packet_expect_drop(gateway, "from_servers", &p, TRANSLATION_DROP_UNKNOWN);
  p = udp(inet_addr("10.73.0.11"), world, 40, true);
  check(packet_run(gateway, "from_servers", &p, &out) == TC_ACT_OK, "what a server itself sends is dropped");
  p = udp(world, inet_addr("10.74.9.9"), 40, true);
  packet_expect_drop(gateway, "to_servers", &p, TRANSLATION_DROP_UNKNOWN);
}

static void test_local(void) {
  struct packet p, out;
  set_server(session_address, 0, 0);
  p = tcp(virtual_address, world, 33);
  check(packet_run(server, "from_session", &p, &out) == TC_ACT_OK, "a local session cannot send");
  expect(&out, session_address, world, &p);
  p = tcp(world, session_address, 33);
  check(packet_run(server, "to_session", &p, &out) == TC_ACT_OK, "nothing reaches a local session");
  expect(&out, world, virtual_address, &p);
  p = tcp(world, neighbour, 33);
  packet_expect_drop(server, "to_session", &p, TRANSLATION_DROP_UNKNOWN);
}

static void test_account_and_limit(void) {
  struct error err;
  struct translation_traffic before, after;
  struct packet p, wire, out;
  set_server(physical_address, 0, LINK);
  set_gateway(physical_address, 0);
  works(translator_begin_account(gateway, session_address, &err), &err);
  works(translator_traffic(gateway, session_address, &before, &err), &err);
  p = udp(virtual_address, world, 1000, true);
  check(packet_run(server, "from_session", &p, &wire) == TC_ACT_REDIRECT, "sending");
  check(packet_run(gateway, "from_servers", &wire, &out) == TC_ACT_OK, "receiving");
  p = udp(world, session_address, 100, true);
  check(packet_run(gateway, "to_servers", &p, &out) == TC_ACT_OK, "replying");
  works(translator_begin_account(gateway, session_address, &err), &err); /* keeps what was counted */
  works(translator_traffic(gateway, session_address, &after, &err), &err);
  check(after.packets_out - before.packets_out == 1 && after.bytes_out - before.bytes_out == 1028 &&
            after.packets_in - before.packets_in == 1 && after.bytes_in - before.bytes_in == 128,
        "accounts: %llu bytes out, %llu in", after.bytes_out, after.bytes_in);
  /* The bucket holds 256 KiB, and refills by a byte a second. */
  works(translator_limit(gateway, session_address, 1, 0, &err), &err);
  unsigned passed = 0;
  while (packet_run(gateway, "from_servers", &wire, &out) == TC_ACT_OK && passed < 1000)
    passed++;
  check(passed == (256u << 10) / 1028, "%u packets passed", passed);
  packet_expect_drop(gateway, "from_servers", &wire, TRANSLATION_DROP_LIMIT);
  check(packet_run(gateway, "to_servers", &p, &out) == TC_ACT_OK, "the limit of one direction is that of the other");
  works(translator_limit(gateway, session_address, 0, 0, &err), &err);
  check(packet_run(gateway, "from_servers", &wire, &out) == TC_ACT_OK, "a removed limit still limits");
}

/* The id of the program at the loopback link's egress, 0: none. */
static uint32_t attached(void) {
  LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = LINK, .attach_point = BPF_TC_EGRESS);
  LIBBPF_OPTS(bpf_tc_opts, there, .handle = 0x4d44, .priority = 7400);
  return bpf_tc_query(&hook, &there) == 0 ? there.prog_id : 0;
}

/* Who cleans up removes the programs of its own maps, and nobody else's. */
static void test_detaching(void) {
  struct error err;
  struct translator *other;
  works(translator_open(TRANSLATOR_GATEWAY, "/mnt/other", &other, &err), &err);
  works(translator_attach(gateway, "to_servers", LINK, true, &err), &err);
  uint32_t program = attached();
  check(program, "nothing is attached");
  works(translator_detach_own("/mnt/other", LINK, true, &err), &err);
  works(translator_detach_own("/mnt/nobody", LINK, true, &err), &err);
  check(attached() == program, "another gateway's program was detached");
  works(translator_detach_own(GATEWAY_PINS, LINK, true, &err), &err);
  check(!attached(), "the program is still attached");
  translator_close(other);
  works(translator_remove("/mnt/other", &err), &err);
}

/* The maps are the kernel's: who opens them again finds them as they were. */
static void test_pins(void) {
  struct error err;
  struct packet p = udp(virtual_address, world, 10, true), out;
  set_server(moved_address, 0, LINK);
  translator_close(server);
  works(translator_open(TRANSLATOR_SERVER, SERVER_PINS, &server, &err), &err);
  check(packet_run(server, "from_session", &p, &out) == TC_ACT_REDIRECT, "the maps are lost");
  expect(&out, moved_address, world, &p);
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
  virtual_address = physical_address = inet_addr("10.73.0.130");
  moved_address = inet_addr("10.73.1.140");
  session_address = inet_addr("10.74.0.5");
  world = inet_addr("203.0.113.10");
  neighbour = inet_addr("10.73.0.1");
  works(translator_open(TRANSLATOR_SERVER, SERVER_PINS, &server, &err), &err);
  works(translator_open(TRANSLATOR_GATEWAY, GATEWAY_PINS, &gateway, &err), &err);
  set_prefix(server, "closed", "10.73.0.0", 24);
  set_prefix(server, "closed", "169.254.0.0", 16);
  set_prefix(server, "pools", "10.73.0.128", 25);
  set_prefix(gateway, "pools", "10.73.0.128", 25);
  set_prefix(gateway, "pools", "10.74.0.0", 16);
  const struct {
    const char *name;
    void (*run)(void);
  } tests[] = {
      {"round trips", test_round_trips},
      {"checksums", test_checksums},
      {"fragments", test_fragments},
      {"errors", test_errors},
      {"drops at the server", test_drops_at_server},
      {"drops at the gateway", test_drops_at_gateway},
      {"local sessions", test_local},
      {"accounts and limits", test_account_and_limit},
      {"detaching", test_detaching},
      {"pins", test_pins},
  };
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
    tests[i].run();
    printf("ok: %s\n", tests[i].name);
  }
  translator_close(server);
  translator_close(gateway);
  works(translator_remove(SERVER_PINS, &err), &err);
  works(translator_remove(SERVER_PINS, &err), &err);
  check(access(SERVER_PINS, F_OK) < 0, "the pins are still there");
  return 0;
}
