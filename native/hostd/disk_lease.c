#include "disk_lease.h"

#include "clean.h"
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define LEASE_MAX 1024

/* The file is made with the first lease. Others hold the lock for microseconds. */
static int open_locked(const struct config *config, const char *id, bool make, struct error *err) {
  char path[PATH_MAX];
  struct flock whole = {.l_type = F_WRLCK};
  if (files_path(path, sizeof path, err, "%s/disks/%s.lease", config->storage_dir, id) < 0)
    return -1;
  for (;;) {
    struct stat locked, named;
    cleanup_close int fd = open(path, O_RDWR | O_CLOEXEC | (make ? O_CREAT : 0), 0600);
    if (fd < 0)
      return error_sys(err, "opening the lease `%s`", path);
    int r;
    do
      r = fcntl(fd, F_OFD_SETLKW, &whole);
    while (r < 0 && errno == EINTR);
    if (r < 0 || fstat(fd, &locked) < 0)
      return error_sys(err, "locking the lease `%s`", path);
    /* It may have been removed, and made again, in the meantime. */
    if (stat(path, &named) == 0 && named.st_ino == locked.st_ino)
      return steal_fd(&fd);
    if (!make && errno == ENOENT)
      return error_sys(err, "opening the lease `%s`", path);
  }
}

static void copy_text(char *to, size_t size, json_t *object, const char *name) {
  const char *text = json_string_value(json_object_get(object, name));
  snprintf(to, size, "%s", text ? text : "");
}

static int parse(int fd, const char *id, struct disk_lease *out, struct error *err) {
  char text[LEASE_MAX];
  ssize_t n = pread(fd, text, sizeof text, 0);
  *out = (struct disk_lease){0};
  if (n < 0)
    return error_sys(err, "reading the lease of the disk of session `%s`", id);
  if (n == 0)
    return 0;
  cleanup_json json_t *o = json_loadb(text, (size_t)n, 0, NULL);
  json_int_t epoch, generation;
  int confirmed;
  if (!o || json_unpack(o, "{s:I,s:I,s:b}", "epoch", &epoch, "generation", &generation, "confirmed", &confirmed) < 0)
    return error_set(
        err, MOBIDESK_CORRUPT,
        "the lease of the disk of session `%s` does not parse: remove disks/%s.lease from the storage when "
        "no server runs the session",
        id, id);
  out->epoch = (uint64_t)epoch;
  out->generation = (uint64_t)generation;
  out->confirmed = confirmed;
  copy_text(out->server, sizeof out->server, o, "server");
  copy_text(out->place, sizeof out->place, o, "place");
  return 0;
}

static int write_down(int fd, const char *id, const struct disk_lease *lease, struct error *err) {
  cleanup_json json_t *o = json_pack("{s:s,s:s,s:I,s:I,s:b}", "server", lease->server, "place", lease->place, "epoch",
                                     (json_int_t)lease->epoch, "generation", (json_int_t)lease->generation, "confirmed",
                                     (int)lease->confirmed);
  cleanup_free char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
  if (!text)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory for the lease of session `%s`", id);
  ssize_t size = (ssize_t)strlen(text);
  return pwrite(fd, text, (size_t)size, 0) == size && ftruncate(fd, size) == 0
             ? 0
             : error_sys(err, "writing the lease of the disk of session `%s`", id);
}

static int in_use(const struct disk_lease *lease, const char *id, struct error *err) {
  return error_set(err, MOBIDESK_CONFLICT, "the disk of session `%s` is in use by %s since epoch %lu", id, lease->place,
                   lease->epoch);
}

static int lost(const struct disk_lease *lease, const char *id, struct error *err) {
  if (lease->server[0])
    return in_use(lease, id, err);
  return error_set(err, MOBIDESK_CONFLICT, "the disk of session `%s` was taken away from this server", id);
}

static void name_place(const struct config *config, char *out, size_t size) {
  char host[65] = "";
  if (gethostname(host, sizeof host - 1) < 0)
    snprintf(host, sizeof host, "this host");
  snprintf(out, size, "%.40s on %.30s", config->instance, host);
}

int disk_lease_read(const struct config *config, const char *id, struct disk_lease *out, struct error *err) {
  *out = (struct disk_lease){0};
  cleanup_close int fd = open_locked(config, id, false, err);
  if (fd < 0)
    return err->sys_errno == ENOENT ? 0 : -1;
  return parse(fd, id, out, err);
}

int disk_lease_take(const struct config *config, const char *id, uint64_t epoch, struct error *err) {
  char server[IDENTITY_SIZE];
  struct disk_lease lease;
  if (identity_of_server(config, server, err) < 0)
    return -1;
  cleanup_close int fd = open_locked(config, id, true, err);
  if (fd < 0 || parse(fd, id, &lease, err) < 0)
    return -1;
  if (lease.server[0] && strcmp(lease.server, server) != 0)
    return in_use(&lease, id, err);
  memcpy(lease.server, server, sizeof server);
  name_place(config, lease.place, sizeof lease.place);
  if (epoch > lease.epoch)
    lease.epoch = epoch;
  lease.confirmed = false;
  return write_down(fd, id, &lease, err);
}

/* Opens the lease that this server has. */
static int open_own(const struct config *config, const char *id, struct disk_lease *lease, struct error *err) {
  char server[IDENTITY_SIZE];
  if (identity_of_server(config, server, err) < 0)
    return -1;
  cleanup_close int fd = open_locked(config, id, false, err);
  if (fd < 0)
    return err->sys_errno == ENOENT ? lost(&(struct disk_lease){0}, id, err) : -1;
  if (parse(fd, id, lease, err) < 0)
    return -1;
  return strcmp(lease->server, server) == 0 ? steal_fd(&fd) : lost(lease, id, err);
}

static uint64_t next_generation(uint64_t last) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  uint64_t us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
  return us > last ? us : last + 1;
}

int disk_lease_confirm(const struct config *config, const char *id, uint64_t epoch, struct error *err) {
  struct disk_lease lease;
  cleanup_close int fd = open_own(config, id, &lease, err);
  if (fd < 0)
    return -1;
  lease.epoch = epoch;
  lease.confirmed = true;
  lease.generation = next_generation(lease.generation);
  return write_down(fd, id, &lease, err);
}

int disk_lease_sync(const struct config *config, const char *id, struct error *err) {
  struct disk_lease lease;
  cleanup_close int fd = open_own(config, id, &lease, err);
  if (fd < 0)
    return -1;
  return fdatasync(fd) == 0 ? 0 : error_sys(err, "syncing the lease of the disk of session `%s`", id);
}

int disk_lease_release(const struct config *config, const char *id, struct error *err) {
  struct disk_lease lease;
  cleanup_close int fd = open_own(config, id, &lease, err);
  if (fd < 0)
    return err->code == MOBIDESK_CONFLICT ? 0 : -1;
  lease.server[0] = lease.place[0] = '\0';
  lease.confirmed = false;
  return write_down(fd, id, &lease, err);
}

int disk_lease_withdraw(const struct config *config, const char *id, uint64_t generation, struct error *err) {
  char server[IDENTITY_SIZE];
  struct disk_lease lease;
  if (identity_of_server(config, server, err) < 0)
    return -1;
  cleanup_close int fd = open_locked(config, id, true, err);
  if (fd < 0 || parse(fd, id, &lease, err) < 0)
    return -1;
  if (lease.server[0] && strcmp(lease.server, server) != 0)
    return 0;
  lease.generation = generation;
  return write_down(fd, id, &lease, err);
}

int disk_lease_check(const struct config *config, const char *id, struct error *err) {
  struct disk_lease lease;
  cleanup_close int fd = open_own(config, id, &lease, err);
  return fd < 0 ? -1 : 0;
}

int disk_lease_reset(const struct config *config, const char *id, uint64_t generation, struct error *err) {
  struct disk_lease lease;
  cleanup_close int fd = open_locked(config, id, true, err);
  if (fd < 0 || parse(fd, id, &lease, err) < 0)
    return -1;
  lease = (struct disk_lease){.epoch = lease.epoch, .generation = generation};
  return write_down(fd, id, &lease, err);
}

int disk_lease_remove(const struct config *config, const char *id, struct error *err) {
  char path[PATH_MAX];
  if (files_path(path, sizeof path, err, "%s/disks/%s.lease", config->storage_dir, id) < 0)
    return -1;
  return unlink(path) == 0 || errno == ENOENT ? 0 : error_sys(err, "removing the lease `%s`", path);
}
