#include "network_address6.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* A prefix has no bits behind its length. */
static bool is_whole(const struct network_prefix6 *prefix) {
  for (unsigned bit = prefix->length; bit < 128; bit++)
    if (prefix->address.s6_addr[bit / 8] & (0x80 >> bit % 8))
      return false;
  return true;
}

int network6_prefix_parse(const char *text, const char *what, struct network_prefix6 *out, struct error *err) {
  char address[NETWORK6_TEXT_SIZE];
  int end = 0;
  if (sscanf(text, "%45[0-9a-fA-F:.]/%3u%n", address, &out->length, &end) != 2 || text[end] || out->length > 128 ||
      inet_pton(AF_INET6, address, &out->address) != 1 || !is_whole(out))
    return error_set(err, MOBIDESK_INVALID, "%s `%s` is not an IPv6 network (like fd00:74::/96)", what, text);
  return 0;
}

int network6_configured(const char *text, const char *what, unsigned bits, struct network_prefix6 *out,
                        struct error *err) {
  *out = (struct network_prefix6){0};
  if (!*text)
    return 0;
  if (network6_prefix_parse(text, what, out, err) < 0)
    return -1;
  return out->length == bits
             ? 0
             : error_set(err, MOBIDESK_INVALID, "%s `%s` must be a network of %u bits", what, text, bits);
}

int network6_address_parse(const char *text, const char *what, struct in6_addr *out, struct error *err) {
  if (inet_pton(AF_INET6, text, out) != 1)
    return error_set(err, MOBIDESK_INVALID, "%s `%s` is not an IPv6 address (like fd00:73::1)", what, text);
  return 0;
}

const char *network6_text(const struct in6_addr *address, char text[NETWORK6_TEXT_SIZE]) {
  return inet_ntop(AF_INET6, address, text, NETWORK6_TEXT_SIZE);
}

struct in6_addr network6_session(const struct network_prefix6 *sessions, in_addr_t session) {
  struct in6_addr address = sessions->address;
  memcpy(address.s6_addr + NETWORK6_SESSIONS / 8, &session, sizeof session);
  return address;
}

in_addr_t network6_session_of(const struct network_prefix6 *sessions, const struct in6_addr *address) {
  in_addr_t session;
  if (!sessions->length || memcmp(address, &sessions->address, NETWORK6_SESSIONS / 8) != 0)
    return 0;
  memcpy(&session, address->s6_addr + NETWORK6_SESSIONS / 8, sizeof session);
  return session;
}

/* The sum of its eight words, in ones' complement; their order of bytes does not matter to it. */
static uint32_t sum(const struct in6_addr *address) {
  uint32_t total = 0;
  for (size_t i = 0; i < 8; i++)
    total += address->s6_addr16[i];
  while (total >> 16)
    total = (total & 0xffff) + (total >> 16);
  return total;
}

struct in6_addr network6_physical(const struct in6_addr *server, const struct in6_addr *session, uint32_t label,
                                  uint16_t generation) {
  struct in6_addr address = *server;
  uint16_t words[] = {0, htons(generation)};
  memcpy(address.s6_addr + 8, words, sizeof words);
  memcpy(address.s6_addr + 12, &label, sizeof label);
  /* What is missing to the session address's sum; of the two zeros of this arithmetic, the one that is 0. */
  uint32_t balance = sum(session) + (0xffff - sum(&address));
  words[0] = (uint16_t)(balance % 0xffff);
  memcpy(address.s6_addr + 8, words, sizeof *words);
  return address;
}

struct translation_address6 network6_key(const struct in6_addr *address) {
  struct translation_address6 key;
  memcpy(&key, address, sizeof key);
  return key;
}

struct translation_prefix6 network6_prefix_key(const struct network_prefix6 *prefix) {
  return (struct translation_prefix6){prefix->length, network6_key(&prefix->address)};
}
