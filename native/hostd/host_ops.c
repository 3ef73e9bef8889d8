/* host.info and template.list */
#include "clean.h"
#include "criu.h"
#include "fields.h"
#include "hostd.h"
#include "identity.h"
#include "image.h"
#include "needs.h"
#include "ops.h"
#include "session.h"
#include "template.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>

/* Bytes of a line of /proc/meminfo, which counts in KiB; 0 when there is none. */
static uint64_t memory(const char *name) {
  cleanup_file FILE *f = fopen("/proc/meminfo", "re");
  cleanup_free char *line = NULL;
  size_t size = 0, n = strlen(name);
  while (f && getline(&line, &size, f) >= 0)
    if (strncmp(line, name, n) == 0 && line[n] == ':')
      return strtoull(line + n + 1, NULL, 10) * 1024;
  return 0;
}

static uint64_t storage_free(const struct config *config) {
  struct statvfs fs;
  return statvfs(config->storage_dir, &fs) < 0 ? 0 : (uint64_t)fs.f_bavail * fs.f_frsize;
}

static int no_members(struct call *call, struct error *err) {
  struct fields f;
  fields_begin(&f, call->request);
  return fields_end(&f, err);
}

/* What sessions that run here may depend on, and where their disks are. */
static json_t *describe_needs(const struct config *config, struct error *err) {
  char storage[IDENTITY_SIZE];
  if (!config->server)
    return json_object();
  json_t *needs = identity_of_storage(config, storage, err) < 0 ? NULL : needs_of_host(err);
  if (needs)
    json_object_set_new(needs, "storage", json_string(storage));
  return needs;
}

static int info(struct call *call, struct error *err) {
  struct utsname host;
  char criu[MOBIDESK_ID_SIZE] = "";
  if (no_members(call, err) < 0)
    return -1;
  if (uname(&host) < 0)
    return error_sys(err, "asking for the kernel's version");
  if (call->config->server)
    criu_version(criu, sizeof criu);
  cleanup_json json_t *needs = describe_needs(call->config, err);
  cleanup_free char *text = needs ? json_dumps(needs, JSON_COMPACT) : NULL;
  if (!text)
    return needs ? error_set(err, MOBIDESK_NO_SPACE, "no memory to describe this server") : -1;
  cleanup_json json_t *o = json_pack(
      "{s:s,s:s,s:s,s:s,s:i,s:i,s:I,s:I,s:I,s:I,s:I}", "daemon_version", MOBIDESK_VERSION, "kernel", host.release,
      "criu_version", criu, "needs", text, "cpus", (int)sysconf(_SC_NPROCESSORS_ONLN), "sessions",
      (int)session_count_active(), "memory_bytes", (json_int_t)memory("MemTotal"), "memory_available_bytes",
      (json_int_t)memory("MemAvailable"), "image_free_bytes", (json_int_t)image_free_bytes(call->config),
      "storage_free_bytes", (json_int_t)storage_free(call->config), "uptime_us", (json_int_t)hostd_uptime_us());
  return json_object_update(call->reply, o);
}

static int templates(struct call *call, struct error *err) {
  if (no_members(call, err) < 0)
    return -1;
  cleanup_json json_t *array = json_array();
  if (template_list(call->config, array, err) < 0)
    return -1;
  return json_object_set(call->reply, "templates", array);
}

const struct op host_ops[] = {{"host.info", info}, {"template.list", templates}, {NULL, NULL}};
