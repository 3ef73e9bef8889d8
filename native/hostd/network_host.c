#include "network_host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <nftables/libnftables.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clean.h"

/* Places in a session's table of sockets; more of them than this share one. */
#define SESSION_SOCKETS 4096

int network_instance_check(const char *instance, struct error *err) {
  size_t length = strlen(instance);
  if (length < 1 || length >= NETWORK_INSTANCE_SIZE ||
      strspn(instance, "abcdefghijklmnopqrstuvwxyz0123456789-") != length)
    return error_set(err, MOBIDESK_INVALID, "the instance name `%s` must be 1 to %d of a-z, 0-9 and -", instance,
                     NETWORK_INSTANCE_SIZE - 1);
  return 0;
}

/* FNV-1a, 32 bits. */
static uint32_t hash(const char *text) {
  uint32_t h = 2166136261u;
  for (; *text; text++)
    h = (h ^ (unsigned char)*text) * 16777619u;
  return h;
}

uint32_t network_instance_tag(const char *instance) {
  uint32_t h = hash(instance);
  return (h ^ h >> 20) & 0xfffff;
}

uint32_t network_table(const char *instance, enum network_table use) {
  /* Bit 30 keeps clear of the small numbers that people and /etc/iproute2/rt_tables use. */
  return 1u << 30 | (hash(instance) & 0xffffff) << 4 | (uint32_t)use;
}

int network_address_parse(const char *text, const char *what, in_addr_t *out, struct error *err) {
  struct in_addr parsed;
  if (inet_pton(AF_INET, text, &parsed) != 1)
    return error_set(err, MOBIDESK_INVALID, "%s `%s` is not an IPv4 address (like 10.74.0.5)", what, text);
  *out = parsed.s_addr;
  return 0;
}

static in_addr_t mask_of(unsigned length) { return length ? htonl(~0u << (32 - length)) : 0; }

int network_prefix_parse(const char *text, const char *what, struct network_prefix *out, struct error *err) {
  char address[NETWORK_ADDRESS_TEXT_SIZE];
  unsigned length = 0;
  int end = 0;
  struct in_addr parsed;
  if (sscanf(text, "%15[0-9.]/%2u%n", address, &length, &end) != 2 || text[end] || length > 32 ||
      inet_pton(AF_INET, address, &parsed) != 1 || (parsed.s_addr & ~mask_of(length)))
    return error_set(err, MOBIDESK_INVALID, "%s `%s` is not an IPv4 network (like 10.74.0.0/16)", what, text);
  *out = (struct network_prefix){parsed.s_addr, length};
  return 0;
}

bool network_prefix_contains(struct network_prefix prefix, in_addr_t address) {
  return (address & mask_of(prefix.length)) == prefix.address;
}

const char *network_address_text(in_addr_t address, char text[NETWORK_ADDRESS_TEXT_SIZE]) {
  return inet_ntop(AF_INET, &(struct in_addr){.s_addr = address}, text, NETWORK_ADDRESS_TEXT_SIZE);
}

static void free_context(struct nft_ctx **context) {
  if (*context)
    nft_ctx_free(*context);
}

int network_nft(const char *doing, struct error *err, const char *commands, ...) {
  cleanup_free char *script = NULL;
  va_list arguments;
  va_start(arguments, commands);
  int length = vasprintf(&script, commands, arguments);
  va_end(arguments);
  if (length < 0) {
    script = NULL;
    return error_sys(err, "%s", doing);
  }
  /* A context of its own for each call: it is not safe to share between threads, and costs microseconds. */
  __attribute__((cleanup(free_context))) struct nft_ctx *context = nft_ctx_new(NFT_CTX_DEFAULT);
  if (!context || nft_ctx_buffer_error(context) || nft_ctx_buffer_output(context))
    return error_sys(err, "%s", doing);
  if (nft_run_cmd_from_buffer(context, script) != 0)
    return error_set(err, MOBIDESK_INTERNAL, "%s: nftables: %s", doing, nft_ctx_get_error_buffer(context));
  return 0;
}

static int open_sysctl(const char *kind, const char *link, const char *key, int flags, char path[static 128]) {
  snprintf(path, 128, "/proc/sys/net/%s/conf/%s/%s", kind, link, key);
  return open(path, flags | O_CLOEXEC);
}

static int set_sysctl(const char *kind, const char *link, const char *key, int value, struct error *err) {
  char path[128];
  cleanup_close int fd = open_sysctl(kind, link, key, O_WRONLY, path);
  if (fd < 0 || dprintf(fd, "%d", value) < 0)
    return error_sys(err, "writing %d to %s", value, path);
  return 0;
}

static int get_sysctl(const char *kind, const char *link, const char *key, int *out, struct error *err) {
  char path[128], text[16] = "";
  cleanup_close int fd = open_sysctl(kind, link, key, O_RDONLY, path);
  if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
    return error_sys(err, "reading %s", path);
  *out = atoi(text);
  return 0;
}

void network_small_tables(void) {
  static const char *const paths[] = {"/proc/sys/net/ipv4/tcp_child_ehash_entries",
                                      "/proc/sys/net/ipv4/udp_child_hash_entries"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    char now[16] = "";
    cleanup_close int fd = open(paths[i], O_RDWR | O_CLOEXEC);
    if (fd >= 0 && pread(fd, now, sizeof now - 1, 0) > 0 && atoi(now) == 0)
      dprintf(fd, "%d", SESSION_SOCKETS);
  }
}

int network_sysctl_set(const char *link, const char *key, int value, struct error *err) {
  return set_sysctl("ipv4", link, key, value, err);
}

int network_sysctl_get(const char *link, const char *key, int *out, struct error *err) {
  return get_sysctl("ipv4", link, key, out, err);
}

int network_sysctl6_set(const char *link, const char *key, int value, struct error *err) {
  return set_sysctl("ipv6", link, key, value, err);
}

int network_sysctl6_get(const char *link, const char *key, int *out, struct error *err) {
  return get_sysctl("ipv6", link, key, out, err);
}

int network_inside(int netns_fd, int (*act)(void *data, struct error *err), void *data, struct error *err) {
  cleanup_close int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (home < 0)
    return error_sys(err, "opening this thread's network namespace");
  if (setns(netns_fd, CLONE_NEWNET) < 0)
    return error_sys(err, "entering the session's network namespace");
  int result = act(data, err);
  /* A thread left in a session's namespace would act on the wrong links ever after. */
  if (setns(home, CLONE_NEWNET) < 0)
    abort();
  return result;
}
