#include "announcement.h"

#include <endian.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clean.h"
#include "network_host.h"

#define MAC_SIZE 32
#define KEY_FILE_LEAST 32
#define KEY_FILE_MOST 4096

static const uint8_t magic[4] = {'M', 'D', 'n', '1'}, magic6[4] = {'M', 'D', 'n', '2'};

/* Numbers are in network byte order. The HMAC follows. */
struct wire {
  uint8_t magic[4];
  uint8_t kind, pool_length;
  uint16_t generation;
  uint32_t session, physical, server, label, pool, unused;
  uint64_t time_us;
  uint8_t network6[8]; /* with magic6 only */
} __attribute__((packed));
#define WIRE_SIZE offsetof(struct wire, network6)
_Static_assert(WIRE_SIZE + MAC_SIZE == ANNOUNCEMENT_SIZE, "the size of an announcement");
_Static_assert(sizeof(struct wire) + MAC_SIZE == ANNOUNCEMENT_MOST, "the size of an announcement with IPv6");

int announcement_key_read(const char *path, struct announcement_key *out, struct error *err) {
  uint8_t data[KEY_FILE_MOST];
  unsigned size = sizeof out->bytes;
  cleanup_file FILE *file = fopen(path, "re");
  if (!file)
    return error_sys(err, "opening the network key `%s`", path);
  size_t n = fread(data, 1, sizeof data, file);
  if (n < KEY_FILE_LEAST)
    return error_set(err, MOBIDESK_INVALID, "the network key `%s` must have at least %d bytes", path, KEY_FILE_LEAST);
  int done = EVP_Digest(data, n, out->bytes, &size, EVP_sha256(), NULL);
  OPENSSL_cleanse(data, sizeof data);
  return done == 1 ? 0 : error_set(err, MOBIDESK_INTERNAL, "hashing the network key failed");
}

static bool make_mac(const struct wire *w, size_t size, const struct announcement_key *key, uint8_t mac[MAC_SIZE]) {
  unsigned mac_size = MAC_SIZE;
  return HMAC(EVP_sha256(), key->bytes, sizeof key->bytes, (const uint8_t *)w, size, mac, &mac_size);
}

int announcement_write(const struct announcement *a, const struct announcement_key *key, uint8_t *out,
                       struct error *err) {
  bool has_ipv6 = !IN6_IS_ADDR_UNSPECIFIED(&a->network6);
  size_t size = has_ipv6 ? sizeof(struct wire) : WIRE_SIZE;
  struct wire w = {.kind = a->kind,
                   .pool_length = (uint8_t)a->pool.length,
                   .generation = htons(a->generation),
                   .session = a->session,
                   .physical = a->physical,
                   .server = a->server,
                   .label = a->label,
                   .pool = a->pool.address,
                   .time_us = htobe64(a->time_us)};
  memcpy(w.magic, has_ipv6 ? magic6 : magic, sizeof magic);
  memcpy(w.network6, &a->network6, sizeof w.network6);
  memcpy(out, &w, size);
  if (!make_mac(&w, size, key, out + size))
    return error_set(err, MOBIDESK_INTERNAL, "authenticating an announcement failed");
  return (int)(size + MAC_SIZE);
}

int announcement_read(const uint8_t *data, size_t size, const struct announcement_key *key, struct announcement *out) {
  struct wire w = {0};
  uint8_t mac[MAC_SIZE];
  bool has_ipv6 = size == ANNOUNCEMENT_MOST;
  if (!has_ipv6 && size != ANNOUNCEMENT_SIZE)
    return -1;
  size -= MAC_SIZE;
  memcpy(&w, data, size);
  if (memcmp(w.magic, has_ipv6 ? magic6 : magic, sizeof magic) != 0 || !make_mac(&w, size, key, mac) ||
      CRYPTO_memcmp(mac, data + size, sizeof mac) != 0)
    return -1;
  uint8_t kind = w.kind & (uint8_t)~ANNOUNCEMENT_ANSWER;
  *out = (struct announcement){.kind = w.kind,
                               .generation = ntohs(w.generation),
                               .session = w.session,
                               .physical = w.physical,
                               .server = w.server,
                               .label = w.label,
                               .pool = {w.pool, w.pool_length},
                               .time_us = be64toh(w.time_us)};
  memcpy(&out->network6, w.network6, sizeof w.network6);
  if ((kind != ANNOUNCEMENT_HERE && kind != ANNOUNCEMENT_GONE) || out->pool.length < 8 || out->pool.length > 32 ||
      !network_prefix_contains(out->pool, out->physical) || !network_prefix_contains(out->pool, out->pool.address))
    return -1;
  return 0;
}

uint64_t announcement_now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}
