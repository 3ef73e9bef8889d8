/* Packets that are not the session's, and settings of the network. */
#include "confine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINK "eth0"

static const unsigned char server_mac[6] = {0x02, 0x4d, 0xff, 0xff, 0xff, 0xff};

static struct sockaddr_in endpoint(const char *address, unsigned short port) {
  return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = inet_addr(address)};
}

/* Shows on the host that the way was open all the time. */
static int send_honest(const struct target *t) {
  struct sockaddr_in to = endpoint(t->outside, t->port);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  return sendto(fd, "honest", 6, 0, (struct sockaddr *)&to, sizeof to) == 6 ? 0 : -1;
}

struct packet {
  struct iphdr ip;
  struct udphdr udp;
  char text[6];
} __attribute__((packed));

static unsigned short checksum(const void *data, size_t size) {
  unsigned sum = 0;
  for (size_t i = 0; i < size; i += 2) {
    unsigned short word;
    memcpy(&word, (const char *)data + i, 2);
    sum += word;
  }
  sum = (sum & 0xffff) + (sum >> 16);
  return (unsigned short)~(sum + (sum >> 16));
}

static struct packet forge(const struct target *t, const char *source) {
  struct packet p = {.ip = {.version = 4,
                            .ihl = 5,
                            .ttl = 64,
                            .protocol = IPPROTO_UDP,
                            .tot_len = htons(sizeof p),
                            .saddr = inet_addr(source),
                            .daddr = inet_addr(t->outside)},
                     .udp = {.source = htons(4000), .dest = htons(t->port), .len = htons(sizeof p.udp + 6)}};
  memcpy(p.text, "forged", 6);
  p.ip.check = checksum(&p.ip, sizeof p.ip);
  return p;
}

static int send_raw(const struct target *t) {
  struct packet foreign = forge(t, t->foreign), neighbour = forge(t, t->neighbour);
  struct sockaddr_in to = endpoint(t->outside, 0);
  int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
  if (fd < 0 || sendto(fd, &foreign, sizeof foreign, 0, (struct sockaddr *)&to, sizeof to) < 0 ||
      sendto(fd, &neighbour, sizeof neighbour, 0, (struct sockaddr *)&to, sizeof to) < 0)
    note("raw sockets: %s; ", strerror(errno));
  return send_honest(t);
}

static int packet_socket(struct sockaddr_ll *to, const unsigned char *mac, unsigned short protocol) {
  *to = (struct sockaddr_ll){.sll_family = AF_PACKET,
                             .sll_protocol = htons(protocol),
                             .sll_ifindex = (int)if_nametoindex(LINK),
                             .sll_halen = 6};
  memcpy(to->sll_addr, mac, 6);
  return socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(protocol));
}

static int send_frames(const struct target *t) {
  struct packet foreign = forge(t, t->foreign), neighbour = forge(t, t->neighbour);
  struct sockaddr_ll to;
  int fd = packet_socket(&to, server_mac, ETHERTYPE_IP);
  if (fd < 0 || sendto(fd, &foreign, sizeof foreign, 0, (struct sockaddr *)&to, sizeof to) < 0 ||
      sendto(fd, &neighbour, sizeof neighbour, 0, (struct sockaddr *)&to, sizeof to) < 0)
    note("packet sockets: %s; ", strerror(errno));
  return send_honest(t);
}

/* "The neighbour, the gateway and the server are at this session's hardware address", as answer and as question. */
static int spoof_arp(const struct target *t) {
  static const unsigned char all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  const char *victims[] = {t->neighbour, t->foreign, t->server, "169.254.1.1"};
  struct sockaddr_ll to;
  int fd = packet_socket(&to, all, ETHERTYPE_ARP);
  for (size_t i = 0; i < sizeof victims / sizeof *victims; i++)
    for (unsigned short operation = ARPOP_REQUEST; operation <= ARPOP_REPLY; operation++) {
      struct ether_arp arp = {.ea_hdr = {htons(ARPHRD_ETHER), htons(ETHERTYPE_IP), 6, 4, htons(operation)}};
      in_addr_t victim = inet_addr(victims[i]), peer = inet_addr(t->server);
      memcpy(arp.arp_sha, "\x02\x4d\x66\x66\x66\x66", 6);
      memcpy(arp.arp_spa, &victim, 4);
      memcpy(arp.arp_tpa, operation == ARPOP_REQUEST ? &victim : &peer, 4);
      if (sendto(fd, &arp, sizeof arp, 0, (struct sockaddr *)&to, sizeof to) < 0)
        note("ARP: %s; ", strerror(errno));
    }
  return send_honest(t);
}

static int change_network(const struct target *t) {
  struct sockaddr_in address = endpoint(t->foreign, 0);
  struct ifreq link = {0}, up = {0}, mac = {0};
  struct rtentry route = {.rt_flags = RTF_UP};
  memcpy(link.ifr_name, LINK, sizeof LINK);
  up = mac = link;
  memcpy(&link.ifr_addr, &address, sizeof address);
  up.ifr_flags = IFF_UP | IFF_PROMISC;
  mac.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  memcpy(mac.ifr_hwaddr.sa_data, "\x02\x4d\x66\x66\x66\x66", 6);
  memcpy(&route.rt_dst, &address, sizeof address);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  return one_worked(ioctl(fd, SIOCSIFADDR, &link), ioctl(fd, SIOCSIFFLAGS, &up), ioctl(fd, SIOCSIFHWADDR, &mac),
                    ioctl(fd, SIOCADDRT, &route), write_to("/proc/sys/net/ipv4/conf/all/forwarding", "1"),
                    write_to("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0"));
}

/* A family that nobody needs is code of the kernel that nobody has to reach. */
static int families(const struct target *t) {
  for (int family = 0; family < AF_MAX; family++) {
    if (family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK || family == AF_PACKET)
      continue;
    for (int type = SOCK_STREAM; type <= SOCK_SEQPACKET; type++)
      if (socket(family, type, 0) >= 0) {
        note("family %d", family);
        return 0;
      }
  }
  static const int netlink[] = {NETLINK_XFRM,     NETLINK_CONNECTOR, NETLINK_NETFILTER,     NETLINK_CRYPTO,
                                NETLINK_ISCSI,    NETLINK_RDMA,      NETLINK_SCSITRANSPORT, NETLINK_SELINUX,
                                NETLINK_ECRYPTFS, NETLINK_FIB_LOOKUP};
  for (size_t i = 0; i < sizeof netlink / sizeof *netlink; i++)
    if (socket(AF_NETLINK, SOCK_RAW, netlink[i]) >= 0) {
      note("netlink protocol %d", netlink[i]);
      return 0;
    }
  return one_worked(socket(AF_INET, SOCK_STREAM, 262 /* MPTCP */), socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP),
                    call_32bit(359, AF_INET, SOCK_DGRAM, 0));
}

const struct attempt network_attempts[] = {
    {"raw-packets", "raw IP packets with a foreign source", send_raw, true},
    {"packet-sockets", "whole frames with a foreign source", send_frames, true},
    {"arp-spoofing", "ARP for the neighbour, the gateway and the server", spoof_arp, true},
    {"network-settings", "address, flags, hardware address, routes, sysctls", change_network, false},
    {"socket-families", "sockets of unneeded families and protocols", families, false},
    {0},
};
