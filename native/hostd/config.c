#include "config.h"

#include "clean.h"
#include "gateway.h"
#include "gateway_ports.h"

#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define GIB (1024ull * 1024 * 1024)

static void defaults(struct config *c) {
  *c = (struct config){
      .instance = "main",
      .server = true,
      .gateway = false,
      .run_dir = "/run/mobidesk",
      .state_dir = "/var/lib/mobidesk/hostd",
      .templates_dir = "/var/lib/mobidesk/templates",
      .storage_dir = "/var/lib/mobidesk/storage",
      .images_dir = "/run/mobidesk/images",
      .criu_tree = "/var/lib/mobidesk/criu",
      .keys_dir = "/etc/mobidesk/image-keys",
      .session_network = "10.74.0.0/16",
      .network_key = "/etc/mobidesk/network.key",
      .virtual_address = "first",
      .physical_quarantine = 120,
      .uid_base = 1u << 20,
      .disk_bytes = 10 * GIB,
      .memory_bytes = 4 * GIB,
      .cpu_shares = 1024,
      .pids = 4096,
      .decision_seconds = 5,
      .session_ports = GATEWAY_PORTS_EACH,
      .gateway_shortcut = 1,
      .hold_packets = GATEWAY_SESSION_PACKETS,
      .hold_bytes = GATEWAY_SESSION_BYTES,
      .hold_total_packets = GATEWAY_TOTAL_PACKETS,
      .hold_total_bytes = GATEWAY_TOTAL_BYTES,
      .hold_seconds = GATEWAY_HOLD_US / 1000000,
  };
}

static int copy_text(char *to, size_t size, const char *value, struct error *err) {
  if (strlen(value) >= size)
    return error_set(err, MOBIDESK_INVALID, "value is longer than %zu bytes", size - 1);
  memcpy(to, value, strlen(value) + 1);
  return 0;
}

static int copy_path(char *to, size_t size, const char *value, struct error *err) {
  if (value[0] != '/')
    return error_set(err, MOBIDESK_INVALID, "`%s` is not an absolute path", value);
  return copy_text(to, size, value, err);
}

/* Bytes or a plain count; the suffixes K, M, G are powers of 1024. */
static int parse_number(const char *value, uint64_t max, uint64_t *out, struct error *err) {
  char *end;
  errno = 0;
  unsigned long long n = strtoull(value, &end, 10);
  unsigned shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
  if (shift)
    end++;
  if (!isdigit((unsigned char)value[0]) || *end || errno || n > (max >> shift))
    return error_set(err, MOBIDESK_INVALID, "`%s` is not a number of 0 to %lu (suffixes K, M, G)", value, max);
  *out = (uint64_t)n << shift;
  return 0;
}

static int parse_instance(struct config *c, const char *value, struct error *err) {
  if (!*value || strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(value))
    return error_set(err, MOBIDESK_INVALID, "`%s` must consist of a-z, 0-9 and -", value);
  return copy_text(c->instance, sizeof c->instance, value, err);
}

static int parse_role(struct config *c, const char *value, struct error *err) {
  c->server = strcmp(value, "server") == 0 || strcmp(value, "both") == 0;
  c->gateway = strcmp(value, "gateway") == 0 || strcmp(value, "both") == 0;
  if (!c->server && !c->gateway)
    return error_set(err, MOBIDESK_INVALID, "`%s` is none of server, gateway, both", value);
  return 0;
}

static int parse_user(const char *name, uid_t *out, struct error *err) {
  char *end;
  unsigned long uid = strtoul(name, &end, 10);
  if (isdigit((unsigned char)*name) && !*end && uid < UINT32_MAX) {
    *out = (uid_t)uid;
    return 0;
  }
  struct passwd entry, *found = NULL;
  char buffer[4096];
  getpwnam_r(name, &entry, buffer, sizeof buffer, &found);
  if (!found)
    return error_set(err, MOBIDESK_INVALID, "user `%s` does not exist", name);
  *out = found->pw_uid;
  return 0;
}

static int parse_users(struct config *c, const char *value, struct error *err) {
  cleanup_free char *list = strdup(value);
  char *rest;
  for (char *name = strtok_r(list, " ,", &rest); name; name = strtok_r(NULL, " ,", &rest)) {
    if (c->allow_count == CONFIG_USERS_MAX)
      return error_set(err, MOBIDESK_INVALID, "more than %d users", CONFIG_USERS_MAX);
    if (parse_user(name, &c->allow_users[c->allow_count++], err) < 0)
      return -1;
  }
  return 0;
}

static const struct text_key {
  const char *name;
  size_t offset, size;
  int (*copy)(char *, size_t, const char *, struct error *);
} text_keys[] = {
#define PATH_KEY(member) {#member, offsetof(struct config, member), sizeof(((struct config *)0)->member), copy_path}
#define TEXT_KEY(member) {#member, offsetof(struct config, member), sizeof(((struct config *)0)->member), copy_text}
    PATH_KEY(run_dir),           PATH_KEY(state_dir),       PATH_KEY(templates_dir),    PATH_KEY(storage_dir),
    PATH_KEY(images_dir),        PATH_KEY(criu_tree),       PATH_KEY(libexec_dir),      PATH_KEY(keys_dir),
    TEXT_KEY(storage_key),       TEXT_KEY(session_network), TEXT_KEY(gateway_address),  TEXT_KEY(gateway_interface),
    PATH_KEY(network_key),       TEXT_KEY(physical_pool),   TEXT_KEY(virtual_address),  TEXT_KEY(closed_networks),
    TEXT_KEY(dns_server),        TEXT_KEY(dhcp_server),     TEXT_KEY(session_network6), TEXT_KEY(gateway_address6),
    TEXT_KEY(physical_network6),
};

static int set_number(struct config *c, const char *key, const char *value, bool *known, struct error *err) {
  uint64_t n = 0;
  const struct {
    const char *name;
    uint64_t max;
    uint64_t *wide;
    uint32_t *narrow;
  } keys[] = {
      {"session_ports", 32768, NULL, &c->session_ports},
      {"gateway_shortcut", 1, NULL, &c->gateway_shortcut},
      {"hold_packets", UINT32_MAX, NULL, &c->hold_packets},
      {"hold_bytes", INT64_MAX, &c->hold_bytes, NULL},
      {"hold_total_packets", UINT32_MAX, NULL, &c->hold_total_packets},
      {"hold_total_bytes", INT64_MAX, &c->hold_total_bytes, NULL},
      {"hold_seconds", 3600, NULL, &c->hold_seconds},
      {"image_memory", INT64_MAX, &c->image_memory, NULL},
      {"disk_bytes", INT64_MAX, &c->disk_bytes, NULL},
      {"disk_rate", INT64_MAX, &c->disk_rate, NULL},
      {"memory_bytes", INT64_MAX, &c->memory_bytes, NULL},
      {"uid_base", UINT32_MAX / 2, NULL, &c->uid_base},
      {"cpu_shares", 262144, NULL, &c->cpu_shares},
      {"pids", 4194304, NULL, &c->pids},
      {"physical_quarantine", 86400, NULL, &c->physical_quarantine},
      {"golden", 1, NULL, &c->golden},
      {"decision_seconds", 3600, NULL, &c->decision_seconds},
  };
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    if (strcmp(keys[i].name, key) != 0)
      continue;
    *known = true;
    if (parse_number(value, keys[i].max, &n, err) < 0)
      return -1;
    if (keys[i].wide)
      *keys[i].wide = n;
    else
      *keys[i].narrow = (uint32_t)n;
  }
  return 0;
}

static int set(struct config *c, const char *key, const char *value, struct error *err) {
  for (size_t i = 0; i < sizeof text_keys / sizeof *text_keys; i++)
    if (strcmp(text_keys[i].name, key) == 0)
      return text_keys[i].copy((char *)c + text_keys[i].offset, text_keys[i].size, value, err);
  if (strcmp(key, "instance") == 0)
    return parse_instance(c, value, err);
  if (strcmp(key, "role") == 0)
    return parse_role(c, value, err);
  if (strcmp(key, "allow_users") == 0)
    return parse_users(c, value, err);
  bool known = false;
  if (set_number(c, key, value, &known, err) < 0)
    return -1;
  return known ? 0 : error_set(err, MOBIDESK_INVALID, "unknown key");
}

static char *trim(char *s) {
  while (isspace((unsigned char)*s))
    s++;
  size_t n = strlen(s);
  while (n > 0 && isspace((unsigned char)s[n - 1]))
    s[--n] = '\0';
  return s;
}

static int library_dir(struct config *c, struct error *err) {
  if (c->libexec_dir[0])
    return 0;
  ssize_t n = readlink("/proc/self/exe", c->libexec_dir, sizeof c->libexec_dir - 1);
  if (n < 0)
    return error_sys(err, "finding the daemon's own file by /proc/self/exe");
  c->libexec_dir[n] = '\0';
  *strrchr(c->libexec_dir, '/') = '\0';
  return 0;
}

int config_load(struct config *c, const char *path, struct error *err) {
  defaults(c);
  if (!path)
    return library_dir(c, err);
  cleanup_file FILE *file = fopen(path, "re");
  if (!file)
    return error_sys(err, "opening the configuration `%s`", path);
  cleanup_free char *line = NULL;
  size_t size = 0;
  for (unsigned number = 1; getline(&line, &size, file) >= 0; number++) {
    line[strcspn(line, "#\n")] = '\0';
    char *key = trim(line);
    if (!*key)
      continue;
    char *equals = strchr(key, '=');
    if (!equals)
      return error_set(err, MOBIDESK_INVALID, "%s:%u: not `key = value`", path, number);
    *equals = '\0';
    key = trim(key);
    if (set(c, key, trim(equals + 1), err) < 0)
      return error_prefix(err, "%s:%u: `%s`", path, number, key);
  }
  return library_dir(c, err);
}
