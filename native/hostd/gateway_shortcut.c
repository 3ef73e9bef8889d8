#include "gateway_shortcut.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/xfrm.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clean.h"
#include "log.h"

#define TRACKING "/proc/sys/net/netfilter/nf_conntrack_tcp_"
/* How often is looked at what the kernel does not tell. */
#define LOOK_MS 250
/* How long the way stays open without a word of ours. */
#define OPEN_NS 2000000000u
/* A conversation takes the whole way that often, so that what is tracked of it lives on. */
#define WHOLE_WAY_S 1
#define TABLE_SIZE 80
/* What the kernel sends of a list at once at most. */
#define MESSAGES_SIZE 32768

struct gateway_shortcut {
  struct translator *translator;
  char table[TABLE_SIZE];
  unsigned outside, park;
  uint32_t ticks;                       /* of the kernel in a second */
  struct mnl_socket *chains, *policies; /* the second one NULL: this kernel has no IPsec */
  int stop;
  pthread_t thread;
  bool started;
  char closed_by[MOBIDESK_MESSAGE_SIZE]; /* "": open; what was logged last */
};

/* ---- what others have here -----------------------------------------------------------------------------------------
 */

/* To be tried again. */
static const char not_listed[] = "it could not be listed what there is";

static void close_socket(struct mnl_socket **socket) {
  if (*socket)
    mnl_socket_close(*socket);
}
#define cleanup_socket __attribute__((cleanup(close_socket)))

static struct mnl_socket *open_socket(int bus) {
  struct mnl_socket *socket = mnl_socket_open2(bus, SOCK_CLOEXEC);
  if (socket && mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) {
    mnl_socket_close(socket);
    return NULL;
  }
  return socket;
}

/* Sends a request to list something; false when it could not be listed, also as it changed meanwhile. */
static bool list(int bus, struct nlmsghdr *request, mnl_cb_t each, void *data) {
  char buffer[MESSAGES_SIZE];
  cleanup_socket struct mnl_socket *socket = open_socket(bus);
  if (!socket || mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
    return false;
  unsigned port = mnl_socket_get_portid(socket);
  for (;;) {
    ssize_t n = mnl_socket_recvfrom(socket, buffer, sizeof buffer);
    int r = n < 0 ? -1 : mnl_cb_run(buffer, (size_t)n, request->nlmsg_seq, port, each, data);
    if (r <= 0)
      return r == 0;
  }
}

static bool find_attribute(const struct nlmsghdr *message, uint16_t type, const struct nlattr **out) {
  struct nlattr *attribute;
  *out = NULL;
  mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg)) {
    if (mnl_attr_get_type(attribute) == type)
      *out = attribute;
  }
  return *out != NULL;
}

/* The table that a message is about: the first attribute, whatever kind of message it is. */
static const char *table_of(const struct nlmsghdr *message) {
  const struct nlattr *name;
  return find_attribute(message, NFTA_CHAIN_TABLE, &name) && mnl_attr_validate(name, MNL_TYPE_NUL_STRING) >= 0
             ? mnl_attr_get_str(name)
             : "";
}

static bool is_of_others(const struct gateway_shortcut *s, const struct nlmsghdr *message) {
  const struct nfgenmsg *header = mnl_nlmsg_get_payload(message);
  if (message->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof *header)
    return true;
  switch (header->nfgen_family) {
  case NFPROTO_IPV6:
  case NFPROTO_ARP:
  case NFPROTO_BRIDGE: /* crossed on either way */
    return false;
  case NFPROTO_INET:
    return strcmp(table_of(message), s->table) != 0;
  default:
    return true;
  }
}

struct chains {
  const struct gateway_shortcut *shortcut;
  bool found;
};

static int look_at_chain(const struct nlmsghdr *message, void *data) {
  struct chains *c = data;
  const struct nlattr *hook;
  if (is_of_others(c->shortcut, message) && find_attribute(message, NFTA_CHAIN_HOOK, &hook))
    c->found = true;
  return MNL_CB_OK;
}

/* Why the way is to be closed; NULL: it need not be. */
static const char *look_at_chains(const struct gateway_shortcut *s) {
  char buffer[MNL_NLMSG_HDRLEN + sizeof(struct nfgenmsg)] __attribute__((aligned(8)));
  struct chains c = {.shortcut = s};
  struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
  request->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  struct nfgenmsg *header = mnl_nlmsg_put_extra_header(request, sizeof *header);
  *header = (struct nfgenmsg){.nfgen_family = NFPROTO_UNSPEC, .version = NFNETLINK_V0};
  if (!list(NETLINK_NETFILTER, request, look_at_chain, &c))
    return not_listed;
  return c.found ? "nftables has base chains that are not the gateway's" : NULL;
}

static int found_policy(const struct nlmsghdr *message, void *data) {
  *(bool *)data = true;
  return MNL_CB_OK;
}

static const char *look_at_policies(const struct gateway_shortcut *s) {
  char buffer[MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct xfrm_userpolicy_id))] __attribute__((aligned(8)));
  bool found = false;
  if (!s->policies)
    return NULL;
  struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
  request->nlmsg_type = XFRM_MSG_GETPOLICY;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  mnl_nlmsg_put_extra_header(request, sizeof(struct xfrm_userpolicy_id));
  if (!list(NETLINK_XFRM, request, found_policy, &found))
    return not_listed;
  return found ? "there are policies of IPsec" : NULL;
}

/* -1: it is not there. */
static long read_number(const char *path) {
  char text[24] = "";
  cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
  return fd < 0 || read(fd, text, sizeof text - 1) <= 0 ? -1 : strtol(text, NULL, 10);
}

static bool has_iptables(void) {
  char name;
  cleanup_close int fd = open("/proc/thread-self/net/ip_tables_names", O_RDONLY | O_CLOEXEC);
  return fd >= 0 && read(fd, &name, 1) != 0;
}

/* ---- opening and closing -------------------------------------------------------------------------------------------
 */

static int set(struct gateway_shortcut *s, bool open, struct error *err) {
  const uint32_t first = 0;
  struct timespec now;
  long established = read_number(TRACKING "timeout_established");
  long unacknowledged = read_number(TRACKING "timeout_unacknowledged");
  clock_gettime(CLOCK_MONOTONIC, &now);
  struct translation_shortcut value = {
      .until_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec + OPEN_NS,
      .outside = s->outside,
      .park = s->park,
      .established = established < 0 ? 0 : (uint32_t)established * s->ticks,
      .unacknowledged = unacknowledged < 0 ? 0 : (uint32_t)unacknowledged * s->ticks,
      .fresh = WHOLE_WAY_S * s->ticks,
  };
  if (!open)
    value.until_ns = 0;
  return translator_set(s->translator, "shortcut", &first, &value, err);
}

/* The same, of what the kernel does not tell when it changes. */
static const char *look(void) {
  if (read_number(TRACKING "be_liberal") <= 0)
    return "net.netfilter.nf_conntrack_tcp_be_liberal is not set";
  return has_iptables() ? "there are tables of iptables" : NULL;
}

static const char *look_at_all(const struct gateway_shortcut *s) {
  const char *why = look_at_chains(s);
  return why ? why : look_at_policies(s);
}

static int heard(const struct nlmsghdr *message, void *data) {
  const struct gateway_shortcut *s = data;
  if (NFNL_SUBSYS_ID(message->nlmsg_type) != NFNL_SUBSYS_NFTABLES)
    return MNL_CB_OK;
  switch (NFNL_MSG_TYPE(message->nlmsg_type)) {
  case NFT_MSG_NEWTABLE: /* one that was dormant may not be any more */
  case NFT_MSG_DELTABLE:
  case NFT_MSG_NEWCHAIN:
  case NFT_MSG_DELCHAIN:
    return is_of_others(s, message) ? MNL_CB_ERROR : MNL_CB_OK;
  default:
    return MNL_CB_OK;
  }
}

/* Reads what there is to read; true when all has to be looked at, also because something was not heard. */
static bool hear(struct gateway_shortcut *s, struct mnl_socket *socket, mnl_cb_t each) {
  char buffer[MESSAGES_SIZE];
  bool changed = false;
  for (;;) {
    ssize_t n = recv(mnl_socket_get_fd(socket), buffer, sizeof buffer, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      return changed;
    if (n <= 0 || !each || mnl_cb_run(buffer, (size_t)n, 0, 0, each, s) < 0)
      changed = true;
    if (n == 0)
      return changed;
  }
}

static void decide(struct gateway_shortcut *s, const char *closed_by) {
  struct error err;
  if (set(s, !closed_by, &err) < 0)
    closed_by = err.message;
  if (!closed_by)
    closed_by = "";
  if (strcmp(closed_by, s->closed_by) != 0)
    log_info("shortcut", "open=%s why=\"%s\"", *closed_by ? "no" : "yes", closed_by);
  snprintf(s->closed_by, sizeof s->closed_by, "%s", closed_by);
}

static void *run(void *data) {
  struct gateway_shortcut *s = data;
  struct pollfd ready[] = {{.fd = s->stop, .events = POLLIN},
                           {.fd = mnl_socket_get_fd(s->chains), .events = POLLIN},
                           {.fd = s->policies ? mnl_socket_get_fd(s->policies) : -1, .events = POLLIN}};
  const char *others = look_at_all(s);
  while (!ready[0].revents) {
    const char *other = look();
    decide(s, others ? others : other);
    if (poll(ready, sizeof ready / sizeof *ready, LOOK_MS) < 0)
      continue;
    bool changed = hear(s, s->chains, heard);
    if ((s->policies && hear(s, s->policies, NULL)) || changed) {
      struct error err;
      set(s, false, &err); /* first; what it was about is seen then */
      others = look_at_all(s);
    } else if (others == not_listed) {
      others = look_at_all(s);
    }
  }
  return NULL;
}

/* The programs find headers by what is before them on Ethernet. */
static int check_ethernet(unsigned link, struct error *err) {
  struct ifreq request = {0};
  cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || !if_indextoname(link, request.ifr_name) || ioctl(fd, SIOCGIFHWADDR, &request) < 0)
    return error_sys(err, "asking what kind of link %u is", link);
  return request.ifr_hwaddr.sa_family == ARPHRD_ETHER
             ? 0
             : error_set(err, MOBIDESK_UNSUPPORTED, "the link `%s` is not Ethernet", request.ifr_name);
}

static int start(struct gateway_shortcut *s, struct error *err) {
  struct timespec tick;
  int chains = NFNLGRP_NFTABLES, policies = XFRMNLGRP_POLICY;
  if (check_ethernet(s->outside, err) < 0)
    return -1;
  if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) < 0 || tick.tv_sec || !tick.tv_nsec)
    return error_sys(err, "asking how long a tick is");
  s->ticks = (uint32_t)((1000000000 + tick.tv_nsec / 2) / tick.tv_nsec);
  s->chains = open_socket(NETLINK_NETFILTER);
  if (!s->chains || mnl_socket_setsockopt(s->chains, NETLINK_ADD_MEMBERSHIP, &chains, sizeof chains) < 0)
    return error_sys(err, "asking to be told of changes of nftables");
  s->policies = open_socket(NETLINK_XFRM);
  if ((s->policies && mnl_socket_setsockopt(s->policies, NETLINK_ADD_MEMBERSHIP, &policies, sizeof policies) < 0) ||
      (!s->policies && errno != EPROTONOSUPPORT))
    return error_sys(err, "asking to be told of policies of IPsec");
  s->stop = eventfd(0, EFD_CLOEXEC);
  if (s->stop < 0)
    return error_sys(err, "making an eventfd");
  cleanup_close int liberal = open(TRACKING "be_liberal", O_WRONLY | O_CLOEXEC);
  if (liberal < 0 || write(liberal, "1", 1) != 1)
    return error_sys(err, "setting net.netfilter.nf_conntrack_tcp_be_liberal");
  if (translator_attach(s->translator, "from_outside", s->outside, false, err) < 0)
    return -1;
  errno = pthread_create(&s->thread, NULL, run, s);
  s->started = errno == 0;
  return s->started ? 0 : error_sys(err, "starting the thread that opens and closes the shortcut");
}

int gateway_shortcut_open(struct translator *translator, const char *table, unsigned outside, unsigned park,
                          struct gateway_shortcut **out, struct error *err) {
  struct gateway_shortcut *s = calloc(1, sizeof *s);
  if (!s)
    return error_sys(err, "opening the shortcut");
  *s = (struct gateway_shortcut){
      .translator = translator, .outside = outside, .park = park, .stop = -1, .closed_by = "not looked"};
  snprintf(s->table, sizeof s->table, "%s", table);
  if (start(s, err) < 0) {
    gateway_shortcut_close(s);
    return -1;
  }
  *out = s;
  return 0;
}

void gateway_shortcut_close(struct gateway_shortcut *s) {
  struct error err;
  if (!s)
    return;
  if (s->started) {
    eventfd_write(s->stop, 1);
    pthread_join(s->thread, NULL);
  }
  if (set(s, false, &err) < 0)
    log_error("shortcut", "message=\"%s\"", err.message);
  close_socket(&s->chains);
  close_socket(&s->policies);
  clean_close(&s->stop);
  free(s);
}

int gateway_shortcut_packets(struct translator *translator, uint64_t *out, struct error *err) {
  return translator_sum(translator, "shortcuts", 0, (__u64 *)out, err);
}
