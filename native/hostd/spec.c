#include "spec.h"

#include "rootfs.h"
#include "template.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* The last bits of the address that choose the host ids of a session: 32768 ranges of 65536 ids. */
#define UID_SLOTS 0x8000u

/* With less, not even the daemon's own processes can enter it. */
#define MEMORY_MIN (16ull << 20)
#define CPU_MILLIS_MIN 10u
#define CPU_MILLIS_MAX 1000000u

/* Bytes a second. With less a desktop takes minutes to start. */
#define DISK_RATE_MIN (1ull << 20)

static int check(const char *what, const char *value, const char *allowed, size_t max, struct error *err) {
  size_t n = strlen(value);
  if (n == 0 || n > max || strspn(value, allowed) != n)
    return error_set(err, MOBIDESK_INVALID, "%s `%.80s` must be 1 to %zu characters of %s", what, value, max, allowed);
  return 0;
}

int spec_check_id(const char *id, struct error *err) { return check("session id", id, LOWER DIGITS "-", 40, err); }

static int check_user(const char *user, struct error *err) {
  if (check("user", user, LOWER DIGITS "_-", 32, err) < 0)
    return -1;
  if (!islower((unsigned char)user[0]) && user[0] != '_')
    return error_set(err, MOBIDESK_INVALID, "user `%s` must begin with a letter", user);
  if (strcmp(user, "root") == 0)
    return error_set(err, MOBIDESK_INVALID, "the user of a session cannot be `root`");
  return 0;
}

static int check_timezone(const char *zone, struct error *err) {
  if (check("timezone", zone, LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "_+-/", 63, err) < 0)
    return -1;
  return zone[0] == '/' ? error_set(err, MOBIDESK_INVALID, "timezone `%s` is a path", zone) : 0;
}

static int read_address(struct spec *s, const struct config *config, struct error *err) {
  struct in_addr address;
  if (inet_pton(AF_INET, s->address, &address) != 1)
    return error_set(err, MOBIDESK_INVALID, "address `%s` is not an IPv4 address", s->address);
  s->address_number = address.s_addr;
  s->uid_base = config->uid_base + (ntohl(address.s_addr) % UID_SLOTS) * ROOTFS_IDS;
  return 0;
}

static int read_network(struct spec *s, struct fields *f, struct error *err) {
  struct in_addr address = {0};
  uint64_t label;
  if (s->virtual_address[0] && inet_pton(AF_INET, s->virtual_address, &address) != 1)
    return error_set(err, MOBIDESK_INVALID, "virtual_address `%s` is not an IPv4 address", s->virtual_address);
  if (fields_integer_or(f, "label", UINT32_MAX, 0, &label, err) < 0)
    return -1;
  s->virtual_number = address.s_addr;
  s->label = (uint32_t)label;
  return 0;
}

static int check_all(const struct spec *s, struct error *err) {
  if (spec_check_id(s->id, err) < 0 || template_check_id(s->template_id, err) < 0 || check_user(s->user, err) < 0)
    return -1;
  if (check("hostname", s->hostname, LOWER DIGITS "-", 63, err) < 0 ||
      check("locale", s->locale, LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "_.@-", 63, err) < 0)
    return -1;
  if (s->epoch == 0)
    return error_set(err, MOBIDESK_INVALID, "epochs begin with 1");
  return check_timezone(s->timezone, err);
}

static int read_text(struct fields *f, const char *name, const char *fallback, char *out, size_t size,
                     struct error *err) {
  const char *text;
  int r = fallback ? fields_string_or(f, name, fallback, &text, err) : fields_string(f, name, &text, err);
  if (r < 0)
    return -1;
  if (strlen(text) >= size)
    return error_set(err, MOBIDESK_INVALID, "member `%s` is longer than %zu bytes", name, size - 1);
  memcpy(out, text, strlen(text) + 1);
  return 0;
}

static int read_number(struct fields *f, const char *name, uint64_t max, uint64_t fallback, uint32_t *out,
                       struct error *err) {
  uint64_t n;
  if (fields_integer_or(f, name, max, 0, &n, err) < 0)
    return -1;
  *out = (uint32_t)(n ? n : fallback);
  return 0;
}

static int read_size(struct fields *f, const char *name, uint64_t fallback, uint64_t *out, struct error *err) {
  if (fields_integer_or(f, name, INT64_MAX, 0, out, err) < 0)
    return -1;
  *out = *out ? *out : fallback;
  return 0;
}

int spec_parse_limits(struct spec *s, struct fields *f, const struct config *config, struct error *err) {
  if (read_size(f, "memory_bytes", config->memory_bytes, &s->memory_bytes, err) < 0 ||
      read_number(f, "cpu_shares", 262144, config->cpu_shares, &s->cpu_shares, err) < 0 ||
      read_number(f, "cpu_millis", CPU_MILLIS_MAX, 0, &s->cpu_millis, err) < 0 ||
      read_number(f, "pids", 4194304, config->pids, &s->pids, err) < 0 ||
      read_size(f, "disk_rate", config->disk_rate, &s->disk_rate, err) < 0)
    return -1;
  if (s->disk_rate && s->disk_rate < DISK_RATE_MIN)
    return error_set(err, MOBIDESK_INVALID, "a session reads and writes at least %llu bytes a second of its disk",
                     DISK_RATE_MIN);
  if (s->memory_bytes < MEMORY_MIN)
    return error_set(err, MOBIDESK_INVALID, "a session has at least %llu bytes of memory", MEMORY_MIN);
  if (s->cpu_millis && s->cpu_millis < CPU_MILLIS_MIN)
    return error_set(err, MOBIDESK_INVALID, "a session has at least %u thousandths of a processor", CPU_MILLIS_MIN);
  return 0;
}

struct cgroup_limits spec_limits(const struct spec *s) {
  return (struct cgroup_limits){s->memory_bytes, s->cpu_shares, s->cpu_millis, s->pids};
}

int spec_parse(struct spec *s, struct fields *f, const struct config *config, struct error *err) {
  *s = (struct spec){0};
  if (read_text(f, "id", NULL, s->id, sizeof s->id, err) < 0 ||
      read_text(f, "template_id", NULL, s->template_id, sizeof s->template_id, err) < 0 ||
      read_text(f, "user", NULL, s->user, sizeof s->user, err) < 0 ||
      read_text(f, "hostname", s->id, s->hostname, sizeof s->hostname, err) < 0 ||
      read_text(f, "address", NULL, s->address, sizeof s->address, err) < 0 ||
      read_text(f, "virtual_address", "", s->virtual_address, sizeof s->virtual_address, err) < 0 ||
      read_network(s, f, err) < 0 || read_text(f, "locale", "C.UTF-8", s->locale, sizeof s->locale, err) < 0 ||
      read_text(f, "timezone", "Etc/UTC", s->timezone, sizeof s->timezone, err) < 0)
    return -1;
  if (fields_integer(f, "epoch", INT64_MAX, &s->epoch, err) < 0 ||
      read_size(f, "disk_bytes", config->disk_bytes, &s->disk_bytes, err) < 0 ||
      spec_parse_limits(s, f, config, err) < 0 || read_number(f, "width", 8192, 1280, &s->width, err) < 0 ||
      read_number(f, "height", 8192, 800, &s->height, err) < 0)
    return -1;
  return check_all(s, err) < 0 ? -1 : read_address(s, config, err);
}

json_t *spec_to_json(const struct spec *s) {
  return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s*,s:I,s:s,s:s,s:I,s:I,s:I,s:I,s:i,s:i,s:i,s:i,s:i}", "id", s->id,
                   "template_id", s->template_id, "user", s->user, "hostname", s->hostname, "address", s->address,
                   "virtual_address", s->virtual_address[0] ? s->virtual_address : NULL, "label", (json_int_t)s->label,
                   "locale", s->locale, "timezone", s->timezone, "epoch", (json_int_t)s->epoch, "disk_bytes",
                   (json_int_t)s->disk_bytes, "disk_rate", (json_int_t)s->disk_rate, "memory_bytes",
                   (json_int_t)s->memory_bytes, "cpu_shares", (int)s->cpu_shares, "cpu_millis", (int)s->cpu_millis,
                   "pids", (int)s->pids, "width", (int)s->width, "height", (int)s->height);
}

bool spec_same(const struct spec *a, const struct spec *b) {
  return strcmp(a->id, b->id) == 0 && strcmp(a->template_id, b->template_id) == 0 && strcmp(a->user, b->user) == 0 &&
         strcmp(a->hostname, b->hostname) == 0 && strcmp(a->address, b->address) == 0;
}
