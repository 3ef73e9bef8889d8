#include "needs.h"

#include "clean.h"
#include "cpu.h"
#include "criu.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

/*
 * System calls that programs try and then rely on, of those that a session may use (pod_limits.c refuses what came
 * after Linux 6.1) and that not all kernels since 5.10 have. Tried with arguments that no kernel takes.
 */
static const struct {
  const char *name;
  long number;
} calls[] = {
    {"epoll_pwait2", SYS_epoll_pwait2},
    {"futex_waitv", 449},
    {"set_mempolicy_home_node", 450},
    {"process_mrelease", 448},
};

static bool has_call(long number) { return syscall(number, -1L, 0L, ~0L, 0L, 0L, 0L) >= 0 || errno != ENOSYS; }

json_t *needs_of_host(struct error *err) {
  char features[CPU_FEATURES_SIZE], criu[MOBIDESK_ID_SIZE];
  struct utsname host;
  if (cpu_features(features, sizeof features, err) < 0)
    return NULL;
  if (uname(&host) < 0) {
    error_sys(err, "asking for the kernel's version");
    return NULL;
  }
  criu_version(criu, sizeof criu);
  json_t *kernel = json_array();
  if (access("/proc/self/ns/time", F_OK) == 0)
    json_array_append_new(kernel, json_string("time namespaces"));
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (has_call(calls[i].number))
      json_array_append_new(kernel, json_string(calls[i].name));
  json_t *o = json_pack("{s:s,s:s,s:s,s:o,s:s}", "architecture", host.machine, "kernel", host.release, "cpu_features",
                        features, "kernel_features", kernel, "criu_version", criu);
  if (!o)
    error_set(err, MOBIDESK_NO_SPACE, "no memory to describe this server");
  return o;
}

struct lacking {
  char text[512];
};

static void lack(struct lacking *l, const char *format, const char *what) {
  size_t used = strlen(l->text);
  if (used > 0 && used < sizeof l->text)
    used += (size_t)snprintf(l->text + used, sizeof l->text - used, "; ");
  if (used >= sizeof l->text)
    return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  snprintf(l->text + used, sizeof l->text - used, format, what);
#pragma GCC diagnostic pop
}

static const char *text(const json_t *o, const char *name) {
  const char *value = json_string_value(json_object_get(o, name));
  return value ? value : "";
}

/* "4.2.1" as a number that grows. */
static long version(const char *words) {
  int major = 0, minor = 0, patch = 0;
  sscanf(words, "%d.%d.%d", &major, &minor, &patch);
  return (major * 1000L + minor) * 1000L + patch;
}

static bool listed(const json_t *array, const char *word) {
  for (size_t i = 0; i < json_array_size(array); i++)
    if (strcmp(json_string_value(json_array_get(array, i)), word) == 0)
      return true;
  return false;
}

static void compare_kernels(const json_t *needs, const json_t *here, struct lacking *l) {
  const json_t *wanted = json_object_get(needs, "kernel_features"), *has = json_object_get(here, "kernel_features");
  for (size_t i = 0; i < json_array_size(wanted); i++) {
    const char *word = json_string_value(json_array_get(wanted, i));
    if (word && !listed(has, word))
      lack(l, "the kernel's %s", word);
  }
}

int needs_check(const json_t *needs, struct error *err) {
  struct lacking l = {0};
  char missing[CPU_MISSING_SIZE];
  cleanup_json json_t *here = needs_of_host(err);
  if (!here)
    return -1;
  if (strcmp(text(needs, "architecture"), text(here, "architecture")) != 0)
    return error_set(err, MOBIDESK_UNSUPPORTED,
                     "the session is of a processor of another kind (%s) than this server's %s",
                     text(needs, "architecture"), text(here, "architecture"));
  if (cpu_missing(text(needs, "cpu_features"), missing, err) < 0)
    return -1;
  if (missing[0])
    lack(&l, "of its processor: %s", missing);
  compare_kernels(needs, here, &l);
  if (version(text(here, "criu_version")) < version(text(needs, "criu_version")))
    lack(&l, "CRIU %s", text(needs, "criu_version"));
  return l.text[0] ? error_set(err, MOBIDESK_UNSUPPORTED, "this server lacks what the session may use: %s", l.text) : 0;
}
