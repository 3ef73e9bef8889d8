#include "image_follow.h"

#include "clean.h"
#include "files.h"
#include "frame.h"
#include "image.h"
#include "image_archive.h"
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

/* How long a stream that was opened ahead of a dump waits for it, and then for its end. */
#define PATIENCE_MS 60000

/* How often to look for more pages, and how many bytes are worth a chunk before a file is whole. */
#define LOOK_MS 2
#define STEP (256u << 10)

/* Milliseconds since 1970. */
#define RELEASE_FORMAT "released %016lu\n"
#define RELEASE_SIZE 26
#define RELEASE_GOOD_MS 4000

static uint64_t wall_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* CRIU only appends to its files of pages. */
static bool grows(const char *name) { return strncmp(name, "pages-", 6) == 0; }

/* Streams what is there of files that grow, in large pieces. */
static int append(struct image_writer *w, const char *path, struct error *err) {
  struct stat st;
  cleanup_dir DIR *dir = opendir(path);
  for (struct dirent *e; dir && (e = readdir(dir));) {
    if (!image_archive_takes(e->d_name) || !grows(e->d_name))
      continue;
    if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
      return error_sys(err, "looking at `%s/%s`", path, e->d_name);
    uint64_t end = (uint64_t)st.st_size / STEP * STEP;
    if (end > 0 && image_writer_append(w, e->d_name, end, err) < 0)
      return -1;
  }
  return 0;
}

/* Those of one process, which CRIU writes once and closes before it goes on to the next process. The others grow to the
 * end, or are written again. */
static bool is_of_process(const char *name) {
  static const char *const kinds[] = {"core-", "fdinfo-", "fs-", "ids-", "mm-", "pagemap-"};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    size_t n = strlen(kinds[i]);
    if (strncmp(name, kinds[i], n) == 0)
      return strcmp(name + n + strspn(name + n, "0123456789"), ".img") == 0;
  }
  return false;
}

/* Streams the files of processes that were closed since. What is not noticed here is streamed at the end. */
static int append_closed(struct image_writer *w, const char *path, int watch, struct error *err) {
  _Alignas(struct inotify_event) char buffer[4096];
  const struct inotify_event *e;
  struct stat st;
  char file[PATH_MAX];
  for (ssize_t n; (n = read(watch, buffer, sizeof buffer)) > 0;)
    for (char *at = buffer; at < buffer + n; at += sizeof *e + e->len) {
      e = (const struct inotify_event *)at;
      if (e->len == 0 || !is_of_process(e->name))
        continue;
      if (files_path(file, sizeof file, err, "%s/%s", path, e->name) < 0)
        return -1;
      if (lstat(file, &st) < 0)
        return error_sys(err, "looking at `%s`", file);
      if (image_writer_append(w, e->name, (uint64_t)st.st_size, err) < 0)
        return -1;
    }
  return 0;
}

static int finish(struct image_writer *w, const char *path, uint64_t *bytes, struct error *err) {
  char file[PATH_MAX];
  snprintf(file, sizeof file, "%s/" IMAGE_MANIFEST, path);
  cleanup_json json_t *manifest = json_load_file(file, JSON_REJECT_DUPLICATES, NULL);
  if (!json_is_object(manifest))
    return error_set(err, MOBIDESK_NOT_FOUND, "there is no manifest at `%s`", file);
  return image_writer_append_all(w, err) < 0 ? -1 : image_writer_finish(w, manifest, bytes, err);
}

static int stream(const struct image_archive *a, struct image_writer *w, uint64_t *bytes, struct error *err) {
  enum dump_phase phase;
  bool watched = false;
  cleanup_close int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  while ((phase = session_await_dump(a->id, a->epoch, DUMP_BEGUN, LOOK_MS)) == DUMP_BEGUN) {
    watched = watched || inotify_add_watch(watch, a->dir, IN_CLOSE_WRITE) >= 0; /* it may not be there yet */
    if (append(w, a->dir, err) < 0 || append_closed(w, a->dir, watch, err) < 0)
      return -1;
  }
  if (phase != DUMP_WHOLE && phase != DUMP_RELEASED)
    return error_set(err, MOBIDESK_CONFLICT, "session `%s` was not dumped", a->id);
  return finish(w, a->dir, bytes, err);
}

static int tell_released(const struct image_archive *a, struct error *err) {
  char line[RELEASE_SIZE + 1];
  if (session_await_dump(a->id, a->epoch, DUMP_WHOLE, PATIENCE_MS) != DUMP_RELEASED)
    return error_set(err, MOBIDESK_CONFLICT, "the disk of session `%s` was not let go of", a->id);
  snprintf(line, sizeof line, RELEASE_FORMAT, wall_ms());
  int r = frame_write_all(a->fd, line, RELEASE_SIZE);
  errno = -r;
  if (r < 0)
    return error_sys(err, "sending an image");
  shutdown(a->fd, SHUT_WR); /* the target reads to the end */
  return 0;
}

int image_follow(const struct config *config, const char *id, uint64_t epoch, int fd, uint64_t *bytes,
                 struct error *err) {
  char path[PATH_MAX];
  struct image_writer *w;
  struct image_archive archive = {
      .dir = path, .fd = fd, .id = id, .epoch = epoch, .keys = image_keys(), .packing = IMAGE_LZ4};
  if (session_await_dump(id, epoch, DUMP_NONE, PATIENCE_MS) == DUMP_NONE)
    return error_set(err, MOBIDESK_TIMEOUT, "session `%s` was not dumped within %d s", id, PATIENCE_MS / 1000);
  if (image_path(config, id, epoch, path, sizeof path, err) < 0 || image_writer_open(&archive, &w, err) < 0)
    return -1;
  int r = stream(&archive, w, bytes, err);
  if (r == 0)
    r = tell_released(&archive, err);
  /* Its threads end, its memory is given back: the target does not wait for that. */
  image_writer_close(w);
  return r;
}

int image_follow_end(int fd, bool *fresh, struct error *err) {
  char line[RELEASE_SIZE + 1] = "", more;
  unsigned long when;
  int r = frame_read_all(fd, line, RELEASE_SIZE);
  *fresh = false;
  if (r == -ENODATA)
    return 0;
  /* The end of the stream itself comes a while later, through two servers; who has this line need not wait for it. */
  if (r < 0 || sscanf(line, RELEASE_FORMAT, &when) != 1 || recv(fd, &more, 1, MSG_DONTWAIT) > 0)
    return error_set(err, MOBIDESK_CORRUPT, "bytes follow the end of the image");
  uint64_t now = wall_ms(), age = now > when ? now - when : when - now;
  *fresh = age < RELEASE_GOOD_MS;
  return 0;
}
