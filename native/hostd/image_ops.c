/* Operations image.*: the image of a session as a stream, and on the storage tier. */
#include "clean.h"
#include "disk_lease.h"
#include "disk_snapshot.h"
#include "event.h"
#include "files.h"
#include "hostd.h"
#include "image.h"
#include "image_archive.h"
#include "image_copy.h"
#include "image_follow.h"
#include "log.h"
#include "order.h"
#include "precopy.h"
#include "restore.h"
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* How long a stream waits for another operation on its session. */
#define PATIENCE_MS 10000

/* A sender that is silent for so long is gone; it has nothing to do but to send. */
#define SILENCE_SECONDS 10

static int need_image(const struct session *s, const struct order *o, struct error *err) {
  if (s->record.image_epoch == o->epoch && image_present(o->config, o->id, o->epoch))
    return 0;
  return error_set(err, MOBIDESK_NOT_FOUND, "no image of session `%s` at epoch %lu is in memory here", o->id, o->epoch);
}

/* What is here already. */
static int export_whole(const struct order *o, int fd, struct error *err) {
  struct session *s;
  char path[PATH_MAX];
  uint64_t bytes;
  if (session_begin_patiently(o->id, PATIENCE_MS, &s, err) < 0)
    return -1;
  int r = need_image(s, o, err);
  if (r == 0)
    r = image_path(o->config, o->id, o->epoch, path, sizeof path, err);
  uint64_t begun = hostd_now_us();
  if (r == 0)
    r = image_archive_write(
        &(struct image_archive){
            .dir = path, .fd = fd, .id = o->id, .epoch = o->epoch, .keys = image_keys(), .packing = IMAGE_LZ4},
        &bytes, err);
  session_end(s);
  if (r == 0)
    log_info("exported", "id=%s bytes=%lu us=%lu", o->id, bytes, hostd_now_us() - begun);
  return r;
}

static int export_stream(int fd, void *data, struct error *err) {
  const struct order *o = data;
  struct session_record record;
  if (!session_copy(o->id, &record) || record.state != MOBIDESK_RUNNING || record.spec.epoch != o->epoch)
    return export_whole(o, fd, err);
  uint64_t begun = hostd_now_us(), bytes;
  if (image_follow(o->config, o->id, o->epoch, fd, &bytes, err) < 0)
    return -1;
  log_info("exported", "id=%s bytes=%lu us=%lu while=dumped", o->id, bytes, hostd_now_us() - begun);
  return 0;
}

/* Where an image may come to: a session that is awaited, or one of which an older image is here. */
static int may_receive(const struct session *s, const struct order *o, struct error *err) {
  int state = s->record.state;
  if (session_check_epoch(s, o->epoch, err) < 0) {
    image_report_refusal(o->id, o->epoch, err);
    return -1;
  }
  if (state == MOBIDESK_RESERVED && s->record.spec.epoch == o->epoch)
    return 0;
  if (state == MOBIDESK_CHECKPOINTED && s->record.image_epoch == o->epoch && s->record.image_origin == IMAGE_IMPORTED)
    return 0;
  return error_set(err, MOBIDESK_CONFLICT,
                   "session `%s` is %s here, at epoch %lu: an image of epoch %lu is not awaited", o->id,
                   session_state_name(state), s->record.spec.epoch, o->epoch);
}

/* Of an archive that was verified: a pass of memory takes its place among the others; or this is the image, which takes
 * the place of one that came before, and may need the passes that came with that one. */
static int place(const struct order *o, const struct session *s, const char *coming, bool *is_pass, struct error *err) {
  struct image_manifest manifest;
  struct error worse;
  char path[PATH_MAX];
  if (precopy_is_pass(coming, is_pass, err) < 0)
    return -1;
  if (*is_pass && s->record.state != MOBIDESK_RESERVED)
    return error_set(err, MOBIDESK_CONFLICT, "the image of session `%s` is here: no memory is to be sent ahead of it",
                     o->id);
  if (*is_pass)
    return precopy_arrived(o->config, o->id, o->epoch, coming, err);
  if (image_path(o->config, o->id, o->epoch, path, sizeof path, err) < 0 ||
      precopy_keep(o->config, o->id, o->epoch, path, err) < 0 || files_remove_tree(path, err) < 0)
    return -1;
  if (rename(coming, path) < 0)
    return error_sys(err, "renaming `%s` to `%s`", coming, path);
  if (image_check(o->config, o->id, o->epoch, &manifest, err) == 0 &&
      precopy_attach(o->config, o->id, o->epoch, path, err) == 0)
    return 0;
  files_remove_tree(path, &worse);
  return -1;
}

/* Reads an archive into memory and makes it the session's image. Nothing looks at the files before all are verified,
 * and an image that is here stays until then. */
static int take_in(const struct order *o, struct session *s, int fd, bool sealed, uint64_t *bytes, bool *fresh,
                   struct error *err) {
  char coming[PATH_MAX];
  struct error worse;
  bool is_pass;
  if (image_begin_coming(o->config, o->id, o->epoch, coming, sizeof coming, err) < 0)
    return -1;
  const struct image_archive archive = {.dir = coming,
                                        .fd = fd,
                                        .id = o->id,
                                        .epoch = o->epoch,
                                        .keys = image_keys(),
                                        .sealed = sealed,
                                        .followed = true};
  if (image_archive_read(&archive, image_free_bytes(o->config), bytes, err) < 0 ||
      image_follow_end(fd, fresh, err) < 0 || place(o, s, coming, &is_pass, err) < 0) {
    if (err->code == MOBIDESK_CORRUPT)
      image_report_refusal(o->id, o->epoch, err);
    files_remove_tree(coming, &worse);
    return -1;
  }
  if (is_pass)
    return 0;
  struct session_record next = s->record;
  next.state = MOBIDESK_CHECKPOINTED;
  next.image_epoch = o->epoch;
  next.image_bytes = *bytes;
  next.image_origin = IMAGE_IMPORTED;
  return session_update(s, &next, err);
}

/* Whoever asks for the restore finds it done; or tries again, and is told why it fails. */
static void restore_now(const struct order *o, struct session *s) {
  struct error err;
  if (restore_arrived(o->config, s, &err) < 0)
    log_warning("restore", "session=%s message=\"%s\"", o->id, err.message);
}

static int import_stream(int fd, void *data, struct error *err) {
  const struct order *o = data;
  struct session *s;
  uint64_t bytes = 0;
  bool fresh = false;
  order_limit_silence(fd, SILENCE_SECONDS);
  if (session_begin_patiently(o->id, PATIENCE_MS, &s, err) < 0)
    return -1;
  uint64_t begun = hostd_now_us();
  int r = may_receive(s, o, err);
  if (r == 0)
    r = take_in(o, s, fd, false, &bytes, &fresh, err);
  if (r == 0)
    log_info("imported", "id=%s bytes=%lu us=%lu", o->id, bytes, hostd_now_us() - begun);
  if (r == 0 && fresh) {
    dprintf(fd, "ok %lu\n", bytes);
    restore_now(o, s);
  }
  session_end(s);
  /* Whoever reads this may go on with the session at once. */
  if (r == 0 && !fresh)
    dprintf(fd, "ok %lu\n", bytes);
  return r;
}

static int issue(struct call *call, ticket_stream stream, struct error *err) {
  struct order o;
  return order_read(call, &o, err) < 0 ? -1 : order_issue(call, &o, stream, err);
}

static int ahead_stream(int fd, void *data, struct error *err) {
  const struct order *o = data;
  uint64_t begun = hostd_now_us(), bytes;
  if (precopy_send(o->config, o->id, o->epoch, o->flags & MOBIDESK_AHEAD_WHOLE, fd, &bytes, err) < 0)
    return -1;
  log_info("sent-ahead", "id=%s bytes=%lu us=%lu", o->id, bytes, hostd_now_us() - begun);
  return 0;
}

static int send_ahead(struct call *call, struct error *err) {
  struct order o;
  return order_read_flags(call, &o, MOBIDESK_AHEAD_WHOLE, err) < 0 ? -1 : order_issue(call, &o, ahead_stream, err);
}

/* Of a session that runs: the stream is of the next dump, not of one that failed before. */
static int export_image(struct call *call, struct error *err) {
  const char *id = json_string_value(json_object_get(call->request, "id"));
  if (id)
    session_forget_dump(id);
  return issue(call, export_stream, err);
}

static int import_image(struct call *call, struct error *err) { return issue(call, import_stream, err); }

static int stored_path(const struct order *o, char *out, size_t size, struct error *err) {
  return files_path(out, size, err, "%s/images/%s.%lu", o->config->storage_dir, o->id, o->epoch);
}

static int write_stored(const struct order *o, const char *path, uint64_t *bytes, struct error *err) {
  char dir[PATH_MAX], source[PATH_MAX], temporary[PATH_MAX];
  if (files_path(dir, sizeof dir, err, "%s/images", o->config->storage_dir) < 0 ||
      files_path(temporary, sizeof temporary, err, "%s.new", path) < 0 ||
      image_path(o->config, o->id, o->epoch, source, sizeof source, err) < 0 || files_make_dirs(dir, 0700, err) < 0)
    return -1;
  if (precopy_is_needed(source))
    return error_set(err, MOBIDESK_CONFLICT,
                     "the image of session `%s` was made for a move, and cannot be stored: restore it first", o->id);
  cleanup_close int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return error_sys(err, "creating `%s`", temporary);
  const struct image_archive archive = {.dir = source,
                                        .fd = fd,
                                        .id = o->id,
                                        .epoch = o->epoch,
                                        .keys = image_keys(),
                                        .packing = IMAGE_ZSTD,
                                        .sealed = true};
  if (image_archive_write(&archive, bytes, err) < 0) {
    unlink(temporary);
    return error_prefix(err, "storing the image `%s`", path);
  }
  if (fsync(fd) < 0 || rename(temporary, path) < 0)
    return error_sys(err, "storing the image `%s`", path);
  return 0;
}

/* An image without the disk that it was made with is worth nothing. Of a copy it was taken with the image. */
static int keep_disk(const struct order *o, bool copy_of_running, struct error *err) {
  struct disk_copy copy;
  if (copy_of_running)
    return disk_snapshot_keep(o->config, o->id, o->epoch, err);
  if (disk_snapshot_take(o->config, o->id, o->epoch, &copy, err) < 0 ||
      disk_snapshot_keep(o->config, o->id, o->epoch, err) < 0)
    return -1;
  log_info("snapshot", "id=%s epoch=%lu bytes=%lu shared=%d us=%lu", o->id, o->epoch, copy.bytes, copy.shared, copy.us);
  return 0;
}

/* An answer that was lost is asked for again: the copy was stored, and is in memory no more. */
static bool stored_before(const struct order *o, const struct session *s, const char *path, uint64_t *bytes) {
  struct stat st;
  if (s->record.state != MOBIDESK_RUNNING || s->record.image_epoch == o->epoch || s->record.spec.epoch <= o->epoch ||
      !disk_snapshot_present(o->config, o->id, o->epoch) || stat(path, &st) < 0)
    return false;
  *bytes = (uint64_t)st.st_size;
  return true;
}

static int store_image(const struct order *o, struct session *s, const char *path, uint64_t *bytes, struct error *err) {
  bool running = s->record.state == MOBIDESK_RUNNING;
  if (stored_before(o, s, path, bytes))
    return 0;
  if (need_image(s, o, err) < 0)
    return -1;
  if (keep_disk(o, running, err) < 0 || write_stored(o, path, bytes, err) < 0) {
    if (running)
      image_copy_give_up(o->config, s);
    return -1;
  }
  return running ? image_copy_forget(o->config, s, err) : 0;
}

/* Memory to storage, with a snapshot of the disk. The record of a session that does not run stays: the caller reaps it
 * when it has written down where the image is. */
static int store(struct call *call, struct error *err) {
  struct order o;
  struct session *s;
  char path[PATH_MAX];
  uint64_t bytes = 0;
  if (order_read(call, &o, err) < 0 || stored_path(&o, path, sizeof path, err) < 0 || session_begin(o.id, &s, err) < 0)
    return -1;
  int r = store_image(&o, s, path, &bytes, err);
  session_end(s);
  return r < 0 ? -1 : json_object_set_new(call->reply, "bytes", json_integer((json_int_t)bytes));
}

/* When the session has run since the image was stored, its disk goes back to the snapshot. */
static int put_disk_back(const struct order *o, struct error *err) {
  struct image_manifest manifest;
  struct disk_lease lease;
  struct disk_copy copy;
  if (image_check(o->config, o->id, o->epoch, &manifest, err) < 0 || disk_lease_read(o->config, o->id, &lease, err) < 0)
    return -1;
  if (lease.generation == manifest.disk_generation)
    return 0;
  if (lease.server[0])
    return error_set(
        err, MOBIDESK_CONFLICT,
        "session `%s` is in use by %s since epoch %lu: it can go back to epoch %lu when that has ended, or "
        "when its disk has been taken away (disk.restore)",
        o->id, lease.place, lease.epoch, o->epoch);
  if (disk_snapshot_put_back(o->config, o->id, o->epoch, &copy, err) < 0)
    return -1;
  log_info("disk-restored", "id=%s epoch=%lu bytes=%lu shared=%d us=%lu", o->id, o->epoch, copy.bytes, copy.shared,
           copy.us);
  return 0;
}

/* Storage to memory, for a session that was reserved. The stored image stays until the session is destroyed or stored
 * again: it is what a crash goes back to. */
static int load(struct call *call, struct error *err) {
  struct order o;
  struct session *s;
  char path[PATH_MAX];
  uint64_t bytes = 0;
  bool fresh;
  if (order_read(call, &o, err) < 0 || stored_path(&o, path, sizeof path, err) < 0)
    return -1;
  cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct session_record record;
  if (session_copy(o.id, &record) && record.disk_coming != DISK_SHARED)
    return error_set(
        err, MOBIDESK_NOT_FOUND,
        "session `%s` was suspended on other storage than this server's: its image and its disk are there, "
        "restore it at a server that has that storage",
        o.id);
  if (fd < 0 && errno == ENOENT)
    return error_set(err, MOBIDESK_NOT_FOUND, "no image of session `%s` at epoch %lu is stored (`%s`)", o.id, o.epoch,
                     path);
  if (fd < 0)
    return error_sys(err, "opening `%s`", path);
  if (session_begin(o.id, &s, err) < 0)
    return -1;
  bool here = s->record.state == MOBIDESK_CHECKPOINTED && need_image(s, &o, err) == 0;
  int r = here ? 0 : may_receive(s, &o, err);
  if (here)
    bytes = s->record.image_bytes;
  else if (r == 0)
    r = take_in(&o, s, fd, true, &bytes, &fresh, err);
  if (r == 0)
    r = put_disk_back(&o, err);
  session_end(s);
  return r < 0 ? -1 : json_object_set_new(call->reply, "bytes", json_integer((json_int_t)bytes));
}

static int prune(struct call *call, struct error *err) {
  struct order o;
  return order_read(call, &o, err) < 0 ? -1 : image_copy_prune(o.config, o.id, o.epoch, err);
}

const struct op image_ops[] = {
    {"image.export", export_image}, {"image.import", import_image}, {"image.store", store}, {"image.load", load},
    {"image.prune", prune},         {"image.ahead", send_ahead},    {NULL, NULL},
};
