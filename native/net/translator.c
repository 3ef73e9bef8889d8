#include "translator.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <net/if.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "clean.h"
#include "programs.h"

/* Our place among the filters of a link; others may have filters of their own there. */
#define FILTER_HANDLE 0x4d44
#define FILTER_PRIORITY 7400
/* A bucket holds this part of a second, and at least a few of the largest segments. */
#define BURST_PART 10
#define BURST_LEAST (256u << 10)

struct translator {
  struct bpf_object *object;
};

/* As gateway.bpf.c has it, but for the lock, which only programs touch. */
struct limit {
  __u32 lock;
  __u32 unused;
  struct translation_bucket buckets[2];
};

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments) { return 0; }

static int mount_pins(const char *pins, struct error *err) {
  struct statfs fs;
  if (mkdir(pins, 0700) < 0 && errno != EEXIST)
    return error_sys(err, "making `%s`", pins);
  if (statfs(pins, &fs) == 0 && fs.f_type == BPF_FS_MAGIC)
    return 0;
  if (mount("mobidesk", pins, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0)
    return error_sys(err, "mounting a BPF file system at `%s`", pins);
  return 0;
}

static int pin_maps(struct bpf_object *object, const char *pins, struct error *err) {
  struct bpf_map *map;
  bpf_object__for_each_map(map, object) {
    char path[PATH_MAX];
    if (strchr(bpf_map__name(map), '.'))
      continue; /* the compiler's own */
    if (snprintf(path, sizeof path, "%s/%s", pins, bpf_map__name(map)) >= (int)sizeof path)
      return error_set(err, MOBIDESK_INVALID, "the path `%s` is too long", pins);
    int r = bpf_map__set_pin_path(map, path);
    if (r < 0) {
      errno = -r;
      return error_sys(err, "choosing `%s` for a map", path);
    }
  }
  return 0;
}

static const struct program_object *programs_of(enum translator_kind kind) {
  switch (kind) {
  case TRANSLATOR_SERVER:
    return &server_programs;
  case TRANSLATOR_GATEWAY:
    return &gateway_programs;
  default:
    return &gateway_shortcut_programs;
  }
}

int translator_open(enum translator_kind kind, const char *pins, struct translator **out, struct error *err) {
  const struct program_object *programs = programs_of(kind);
  LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "mobidesk");
  libbpf_set_print(quiet);
  if (mount_pins(pins, err) < 0)
    return -1;
  struct translator *t = calloc(1, sizeof *t);
  if (!t)
    return error_sys(err, "opening the translator");
  t->object = bpf_object__open_mem(programs->bytes, programs->size, &options);
  if (!t->object) {
    error_sys(err, "opening the embedded BPF programs");
    translator_close(t);
    return -1;
  }
  if (pin_maps(t->object, pins, err) < 0) {
    translator_close(t);
    return -1;
  }
  int r = bpf_object__load(t->object);
  if (r < 0) {
    errno = -r;
    error_sys(
        err,
        "loading the BPF programs (the kernel must have CONFIG_BPF_SYSCALL and CONFIG_NET_CLS_BPF; maps of another "
        "version in `%s` are removed by a reboot)",
        pins);
    translator_close(t);
    return -1;
  }
  *out = t;
  return 0;
}

void translator_close(struct translator *t) {
  if (!t)
    return;
  bpf_object__close(t->object);
  free(t);
}

int translator_program(struct translator *t, const char *program) {
  struct bpf_program *found = bpf_object__find_program_by_name(t->object, program);
  return found ? bpf_program__fd(found) : -1;
}

int translator_attach(struct translator *t, const char *program, unsigned link, bool egress, struct error *err) {
  LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)link, .attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);
  LIBBPF_OPTS(bpf_tc_opts, options, .handle = FILTER_HANDLE, .priority = FILTER_PRIORITY, .flags = BPF_TC_F_REPLACE,
              .prog_fd = translator_program(t, program));
  char name[IF_NAMESIZE] = "?";
  if_indextoname(link, name);
  int r = bpf_tc_hook_create(&hook);
  if (r == 0 || r == -EEXIST)
    r = bpf_tc_attach(&hook, &options);
  errno = -r;
  return r < 0 ? error_sys(err, "attaching the program `%s` to the link `%s`", program, name) : 0;
}

int translator_detach(unsigned link, bool egress, struct error *err) {
  LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)link, .attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);
  LIBBPF_OPTS(bpf_tc_opts, options, .handle = FILTER_HANDLE, .priority = FILTER_PRIORITY);
  int r = bpf_tc_detach(&hook, &options);
  errno = -r;
  return r == 0 || r == -ENOENT || r == -ENODEV || r == -EINVAL
             ? 0
             : error_sys(err, "detaching the program of link %u", link);
}

static bool uses_map(__u32 program, __u32 map) {
  __u32 maps[64] = {0};
  struct bpf_prog_info info = {.nr_map_ids = sizeof maps / sizeof *maps, .map_ids = (__u64)(uintptr_t)maps};
  __u32 size = sizeof info;
  cleanup_close int fd = bpf_prog_get_fd_by_id(program);
  if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
    return false;
  for (__u32 i = 0; i < info.nr_map_ids && i < sizeof maps / sizeof *maps; i++)
    if (maps[i] == map)
      return true;
  return false;
}

int translator_detach_own(const char *pins, unsigned link, bool egress, struct error *err) {
  LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)link, .attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);
  LIBBPF_OPTS(bpf_tc_opts, there, .handle = FILTER_HANDLE, .priority = FILTER_PRIORITY);
  char path[PATH_MAX];
  struct bpf_map_info info = {0};
  __u32 size = sizeof info;
  if (snprintf(path, sizeof path, "%s/drops", pins) >= (int)sizeof path)
    return error_set(err, MOBIDESK_INVALID, "the path `%s` is too long", pins);
  cleanup_close int map = bpf_obj_get(path);
  if (map < 0 || bpf_obj_get_info_by_fd(map, &info, &size) < 0)
    return map < 0 && errno == ENOENT ? 0 : error_sys(err, "opening the BPF map `%s`", path);
  if (bpf_tc_query(&hook, &there) < 0 || !uses_map(there.prog_id, info.id))
    return 0;
  return translator_detach(link, egress, err);
}

/* ---- maps ----------------------------------------------------------------------------------------------------------
 */

static int map_of(struct translator *t, const char *name, struct error *err) {
  int fd = bpf_object__find_map_fd_by_name(t->object, name);
  return fd < 0 ? error_set(err, MOBIDESK_INTERNAL, "the BPF programs have no map `%s`", name) : fd;
}

int translator_set(struct translator *t, const char *map, const void *key, const void *value, struct error *err) {
  int fd = map_of(t, map, err);
  if (fd < 0)
    return -1;
  return bpf_map_update_elem(fd, key, value, BPF_ANY) < 0 ? error_sys(err, "writing to the BPF map `%s`", map) : 0;
}

int translator_get(struct translator *t, const char *map, const void *key, void *value, struct error *err) {
  int fd = map_of(t, map, err);
  if (fd < 0)
    return -1;
  if (bpf_map_lookup_elem(fd, key, value) == 0)
    return 1;
  return errno == ENOENT ? 0 : error_sys(err, "reading the BPF map `%s`", map);
}

int translator_delete(struct translator *t, const char *map, const void *key, struct error *err) {
  int fd = map_of(t, map, err);
  if (fd < 0)
    return -1;
  return bpf_map_delete_elem(fd, key) < 0 && errno != ENOENT ? error_sys(err, "removing from the BPF map `%s`", map)
                                                             : 0;
}

int translator_each(struct translator *t, const char *map, int (*each)(const void *key, const void *value, void *data),
                    void *data, struct error *err) {
  _Alignas(8) unsigned char key[64], next[64], value[256];
  int fd = map_of(t, map, err);
  if (fd < 0)
    return -1;
  int r = bpf_map_get_next_key(fd, NULL, key);
  while (r == 0) {
    /* Before `each` may delete the element: the key after it would be the first one again. */
    r = bpf_map_get_next_key(fd, key, next);
    if (bpf_map_lookup_elem(fd, key, value) == 0 && each(key, value, data) != 0)
      return 0;
    memcpy(key, next, sizeof key);
  }
  errno = -r;
  return r == -ENOENT ? 0 : error_sys(err, "listing the BPF map `%s`", map);
}

int translator_sum(struct translator *t, const char *map, __u32 index, __u64 *out, struct error *err) {
  int processors = libbpf_num_possible_cpus();
  cleanup_free __u64 *each = calloc((size_t)processors, sizeof *each);
  if (!each)
    return error_sys(err, "reading counters");
  *out = 0;
  if (translator_get(t, map, &index, each, err) < 0)
    return -1;
  for (int i = 0; i < processors; i++)
    *out += each[i];
  return 0;
}

int translator_drops(struct translator *t, __u64 counts[TRANSLATION_DROPS], struct error *err) {
  for (__u32 why = 0; why < TRANSLATION_DROPS; why++)
    if (translator_sum(t, "drops", why, &counts[why], err) < 0)
      return -1;
  return 0;
}

int translator_begin_account(struct translator *t, __be32 session, struct error *err) {
  int fd = map_of(t, "traffic", err);
  cleanup_free struct translation_traffic *zero =
      calloc((size_t)libbpf_num_possible_cpus(), sizeof(struct translation_traffic));
  if (fd < 0 || !zero)
    return fd < 0 ? -1 : error_sys(err, "beginning an account");
  return bpf_map_update_elem(fd, &session, zero, BPF_NOEXIST) < 0 && errno != EEXIST
             ? error_sys(err, "beginning an account")
             : 0;
}

int translator_traffic(struct translator *t, __be32 session, struct translation_traffic *out, struct error *err) {
  int processors = libbpf_num_possible_cpus();
  cleanup_free struct translation_traffic *each = calloc((size_t)processors, sizeof *each);
  *out = (struct translation_traffic){0};
  if (!each)
    return error_sys(err, "reading an account");
  int found = translator_get(t, "traffic", &session, each, err);
  for (int i = 0; found > 0 && i < processors; i++) {
    out->packets_out += each[i].packets_out;
    out->bytes_out += each[i].bytes_out;
    out->packets_in += each[i].packets_in;
    out->bytes_in += each[i].bytes_in;
  }
  return found < 0 ? -1 : 0;
}

static struct translation_bucket bucket(__u64 rate) {
  __u64 burst = rate / BURST_PART > BURST_LEAST ? rate / BURST_PART : BURST_LEAST;
  return (struct translation_bucket){.rate = rate, .burst = burst, .tokens = burst};
}

int translator_limit(struct translator *t, __be32 session, __u64 out_rate, __u64 in_rate, struct error *err) {
  if (!out_rate && !in_rate)
    return translator_delete(t, "limits", &session, err);
  struct limit limit = {.buckets = {[TRANSLATION_OUT] = bucket(out_rate), [TRANSLATION_IN] = bucket(in_rate)}};
  return translator_set(t, "limits", &session, &limit, err);
}

int translator_remove(const char *pins, struct error *err) {
  struct statfs fs;
  if (statfs(pins, &fs) < 0 || fs.f_type != BPF_FS_MAGIC)
    return 0;
  /* Only ours has ever been mounted there: what is pinned goes with it. */
  if (umount2(pins, MNT_DETACH) < 0)
    return error_sys(err, "unmounting `%s`", pins);
  rmdir(pins);
  return 0;
}
