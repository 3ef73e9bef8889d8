#include "golden.h"

#include "cgroup.h"
#include "checkpoint.h"
#include "clean.h"
#include "disk.h"
#include "disk_copy.h"
#include "disk_lease.h"
#include "files.h"
#include "golden_identity.h"
#include "golden_image.h"
#include "golden_pages.h"
#include "hostd.h"
#include "image.h"
#include "log.h"
#include "restore.h"
#include "session_life.h"
#include "watch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* As long as such names may be, so that a real one always has room in their place. */
static const char golden_id[] = "mobidesk-golden-session-0123456789abcdef";
static const char golden_host[] = "mobidesk-golden-host-name-fedcba98765432";
static const char golden_user[] = "mobidesk_golden_user_0123456789a";

/* A desktop has booted when it has used no more than this of a processor in so many looks in a row. */
#define LOOK_MS 1000
#define QUIET_TICKS 10
#define QUIET_LOOKS 4
#define BOOT_MS 120000

#define COOKIES_MAX 8
#define MACHINE_ID 32

struct golden {
  struct spec spec; /* it was booted as */
  char image[PATH_MAX], disk[PATH_MAX];
  uint32_t processes;
  json_t *whole;
  struct golden_pages pages;
  struct golden_swap swaps[GOLDEN_SWAPS_MAX]; /* `from` */
  size_t swap_count;
  struct golden *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct golden *goldens; /* never freed: as many as templates */
static bool making;

bool golden_is(const char *id) { return strcmp(id, golden_id) == 0; }

/* All that a copy cannot change: sizes of mounts, environment. */
static bool fits(const struct golden *g, const struct spec *spec) {
  return strcmp(g->spec.template_id, spec->template_id) == 0 && strcmp(g->spec.locale, spec->locale) == 0 &&
         strcmp(g->spec.timezone, spec->timezone) == 0 && g->spec.disk_bytes == spec->disk_bytes &&
         g->spec.memory_bytes == spec->memory_bytes;
}

static struct golden *find(const struct spec *spec) {
  pthread_mutex_lock(&lock);
  struct golden *g = goldens;
  while (g && !fits(g, spec))
    g = g->next;
  pthread_mutex_unlock(&lock);
  return g;
}

static bool possible(const struct spec *spec) {
  return strlen(spec->id) < sizeof golden_id && strlen(spec->hostname) < sizeof golden_host && spec->epoch == 1;
}

static void add_text(struct golden *g, const char *from) {
  struct golden_swap *s = &g->swaps[g->swap_count++];
  *s = (struct golden_swap){.size = strlen(from), .text = true};
  memcpy(s->from, from, s->size);
}

static void add_bytes(struct golden *g, const void *from, size_t size) {
  struct golden_swap *s = &g->swaps[g->swap_count++];
  *s = (struct golden_swap){.size = size, .to_size = size};
  memcpy(s->from, from, size);
}

/* ---- making one ---- */

/* An address of the sessions' network that is given to nobody: the first 16 are kept for hosts (AddressPool). */
static int golden_spec(const struct config *config, const struct spec *like, struct spec *out, struct error *err) {
  struct fields f;
  char address[INET_ADDRSTRLEN], network[32];
  snprintf(network, sizeof network, "%s", config->session_network);
  char *slash = strchr(network, '/');
  struct in_addr a;
  int bits = slash ? atoi(slash + 1) : 0;
  if (slash)
    *slash = '\0';
  if (bits < 8 || bits > 27 || inet_pton(AF_INET, network, &a) != 1)
    return error_set(err, MOBIDESK_INVALID, "session_network `%s`", config->session_network);
  a.s_addr = htonl((ntohl(a.s_addr) & ~(0xffffffffu >> bits)) + 15);
  inet_ntop(AF_INET, &a, address, sizeof address);
  cleanup_json json_t *o = spec_to_json(like);
  json_object_set_new(o, "id", json_string(golden_id));
  json_object_set_new(o, "hostname", json_string(golden_host));
  json_object_set_new(o, "user", json_string(golden_user));
  json_object_set_new(o, "address", json_string(address));
  json_object_del(o, "virtual_address"); /* the network draws these for each */
  json_object_del(o, "label");
  json_object_set_new(o, "epoch", json_integer(1));
  fields_begin(&f, o);
  return spec_parse(out, &f, config, err);
}

static int await_boot(const struct config *config, struct error *err) {
  const struct timespec look = {.tv_sec = LOOK_MS / 1000};
  unsigned quiet = 0;
  uint64_t before = cgroup_cpu_ticks(config, golden_id);
  for (uint64_t end = hostd_now_us() + BOOT_MS * 1000ull; quiet < QUIET_LOOKS;) {
    if (hostd_now_us() > end)
      return error_set(err, MOBIDESK_TIMEOUT, "the desktop was not at rest within %d s", BOOT_MS / 1000);
    nanosleep(&look, NULL);
    uint64_t now = cgroup_cpu_ticks(config, golden_id);
    quiet = now - before <= QUIET_TICKS ? quiet + 1 : 0;
    before = now;
  }
  return 0;
}

static int read_identity(struct golden *g, pid_t init_pid, struct error *err) {
  char path[64], id[MACHINE_ID + 2];
  unsigned char cookies[COOKIES_MAX][GOLDEN_COOKIE];
  add_text(g, golden_id);
  add_text(g, golden_host);
  add_text(g, golden_user);
  snprintf(path, sizeof path, "/proc/%d/root/etc/machine-id", init_pid);
  if (files_read(path, id, sizeof id, err) < MACHINE_ID)
    return error_prefix(err, "the machine id of a golden session");
  add_bytes(g, id, MACHINE_ID);
  size_t n = golden_identity_cookies(init_pid, cookies, COOKIES_MAX);
  for (size_t i = 0; i < n; i++)
    add_bytes(g, cookies[i], GOLDEN_COOKIE);
  return 0;
}

/* Takes the image and the disk of the checkpointed session from under its names. */
static int keep(const struct config *config, struct golden *g, struct error *err) {
  char image[PATH_MAX], disk[PATH_MAX], dir[PATH_MAX];
  if (image_path(config, golden_id, 1, image, sizeof image, err) < 0 ||
      disk_path(config, golden_id, disk, sizeof disk, err) < 0 ||
      files_path(dir, sizeof dir, err, "%s/golden", config->storage_dir) < 0 ||
      files_path(g->image, sizeof g->image, err, "%s/golden-%s", config->images_dir, g->spec.template_id) < 0 ||
      files_path(g->disk, sizeof g->disk, err, "%s/%s-%s.ext4", dir, config->instance, g->spec.template_id) < 0)
    return -1;
  g->whole = image_whole(config, golden_id, 1, err);
  if (!g->whole || files_remove_tree(g->image, err) < 0 || files_make_dirs(dir, 0700, err) < 0)
    return -1;
  if (rename(image, g->image) < 0 || rename(disk, g->disk) < 0)
    return error_sys(err, "keeping the golden checkpoint of `%s`", g->spec.template_id);
  return golden_pages_find(g->image, g->swaps, g->swap_count, &g->pages, err);
}

static int make(const struct config *config, struct golden *g, struct error *err) {
  struct session_record record;
  struct mobidesk_checkpoint_stats stats;
  cleanup_json json_t *reply = json_object();
  if (session_create(config, &g->spec, reply, err) < 0 || await_boot(config, err) < 0)
    return -1;
  if (!session_copy(golden_id, &record) || read_identity(g, record.init_pid, err) < 0 ||
      checkpoint_session(config, golden_id, 1, false, &stats, err) < 0)
    return -1;
  g->processes = stats.processes;
  return keep(config, g, err);
}

struct order {
  const struct config *config;
  struct spec like;
};

static void *make_one(void *data) {
  cleanup_free struct order *o = data;
  struct golden *g = calloc(1, sizeof *g);
  struct error err = {0}, worse;
  uint64_t begun = hostd_now_us();
  int r = g ? golden_spec(o->config, &o->like, &g->spec, &err)
            : error_set(&err, MOBIDESK_NO_SPACE, "no memory for a golden checkpoint");
  if (r == 0)
    r = make(o->config, g, &err);
  if (session_destroy(o->config, golden_id, 0, &worse) < 0)
    log_warning("golden", "message=\"%s\"", worse.message);
  pthread_mutex_lock(&lock);
  if (r == 0) {
    g->next = goldens;
    goldens = g;
  }
  making = false;
  pthread_mutex_unlock(&lock);
  if (r == 0) {
    log_info("golden", "template=%s processes=%u places=%zu us=%lu", g->spec.template_id, g->processes, g->pages.count,
             hostd_now_us() - begun);
    return NULL;
  }
  log_warning("golden", "template=%s message=\"%s\"", o->like.template_id, err.message);
  if (g) {
    json_decref(g->whole);
    golden_pages_free(&g->pages);
  }
  free(g);
  return NULL;
}

void golden_want(const struct config *config, const struct spec *spec) {
  if (!config->golden || golden_is(spec->id) || find(spec))
    return;
  pthread_mutex_lock(&lock);
  bool begin = !making;
  making = true;
  pthread_mutex_unlock(&lock);
  struct order *o = begin ? malloc(sizeof *o) : NULL;
  pthread_t thread;
  if (!begin)
    return;
  if (o) {
    *o = (struct order){config, *spec};
    if (pthread_create(&thread, NULL, make_one, o) == 0) {
      pthread_detach(thread);
      return;
    }
    free(o);
  }
  pthread_mutex_lock(&lock);
  making = false;
  pthread_mutex_unlock(&lock);
}

/* ---- using one ---- */

static void put_text(struct golden_swap *s, const char *to) {
  s->to_size = strlen(to);
  memcpy(s->to, to, s->to_size);
}

static int draw_identity(const struct golden *g, const struct spec *spec, struct golden_swap swaps[GOLDEN_SWAPS_MAX],
                         struct error *err) {
  static const char digits[] = "0123456789abcdef";
  memcpy(swaps, g->swaps, sizeof g->swaps);
  put_text(&swaps[0], spec->id);
  put_text(&swaps[1], spec->hostname);
  put_text(&swaps[2], spec->user);
  for (size_t i = 3; i < g->swap_count; i++) {
    if (getrandom(swaps[i].to, swaps[i].size, 0) != (ssize_t)swaps[i].size)
      return error_sys(err, "drawing the identity of session `%s`", spec->id);
    for (size_t k = 0; i == 3 && k < MACHINE_ID; k++)
      swaps[i].to[k] = digits[swaps[i].to[k] & 15];
  }
  return 0;
}

static int copy_golden(const struct config *config, const struct golden *g, const struct spec *spec,
                       const struct golden_swap *swaps, struct error *err) {
  char image[PATH_MAX], disk[PATH_MAX];
  struct disk_copy copy;
  if (disk_path(config, spec->id, disk, sizeof disk, err) < 0)
    return -1;
  if (access(disk, F_OK) == 0)
    return error_set(err, MOBIDESK_CONFLICT, "session `%s` has a disk already", spec->id);
  if (disk_copy(g->disk, disk, &copy, err) < 0 ||
      image_begin(config, spec->id, spec->epoch, image, sizeof image, err) < 0 ||
      golden_pages_copy(g->image, image, &g->pages, swaps, g->swap_count, err) < 0 ||
      golden_image_settle(image, spec->uid_base, spec->hostname, err) < 0)
    return -1;
  return image_finish(config, spec, g->processes, g->whole, &(struct precopy_parent){.table = -1}, err);
}

static int bring_up(const struct config *config, const struct golden *g, struct session *s,
                    const struct golden_swap *swaps, struct error *err) {
  struct session_record next = s->record;
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  next.state = MOBIDESK_CHECKPOINTED;
  next.created_ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
  next.image_epoch = next.spec.epoch;
  next.image_origin = IMAGE_IMPORTED;
  if (session_update(s, &next, err) < 0 || restore_arrived(config, s, err) < 0)
    return -1;
  if (golden_identity_settle(s->record.init_pid, golden_user, s->record.spec.user, swaps, g->swap_count, err) < 0)
    return -1;
  return restore_go_on(config, s, err);
}

static void undo(const struct config *config, struct session *s, bool had_disk) {
  struct session_record none = {.spec = s->record.spec};
  struct error err;
  restore_cancel(s);
  watch_release(config, &s->record);
  if (image_remove_all(config, none.spec.id, &err) < 0 || (!had_disk && disk_remove(config, none.spec.id, &err) < 0) ||
      session_update(s, &none, &err) < 0)
    log_error("golden", "session=%s message=\"%s\"", none.spec.id, err.message);
}

int golden_create(const struct config *config, struct session *s, struct error *err) {
  const struct spec *spec = &s->record.spec;
  struct golden_swap swaps[GOLDEN_SWAPS_MAX];
  char disk[PATH_MAX];
  const struct golden *g = config->golden && possible(spec) ? find(spec) : NULL;
  if (!g || disk_path(config, spec->id, disk, sizeof disk, err) < 0 || access(disk, F_OK) == 0)
    return 0;
  uint64_t begun = hostd_now_us();
  if (draw_identity(g, spec, swaps, err) < 0 || copy_golden(config, g, spec, swaps, err) < 0 ||
      bring_up(config, g, s, swaps, err) < 0) {
    undo(config, s, false);
    return -1;
  }
  log_info("golden", "session=%s template=%s us=%lu", spec->id, spec->template_id, hostd_now_us() - begun);
  return 1;
}

void golden_open(const struct config *config) {
  char path[PATH_MAX];
  struct error err;
  if (session_destroy(config, golden_id, 0, &err) < 0)
    log_warning("golden", "message=\"%s\"", err.message);
  cleanup_dir DIR *dir = opendir(config->images_dir);
  for (struct dirent *e; dir && (e = readdir(dir));)
    if (strncmp(e->d_name, "golden-", 7) == 0 &&
        (files_path(path, sizeof path, &err, "%s/%s", config->images_dir, e->d_name) < 0 ||
         files_remove_tree(path, &err) < 0))
      log_warning("golden", "message=\"%s\"", err.message);
}
