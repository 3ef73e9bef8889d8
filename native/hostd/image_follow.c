#include "image_follow.h"

#include "clean.h"
#include "frame.h"
#include "image.h"
#include "image_archive.h"
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
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

/* CRIU only appends to its files of pages; the others are small, and some are written again. */
static bool grows(const char *name) { return strncmp(name, "pages-", 6) == 0; }

/* Streams what is there; when not `whole`, of files that grow and in large pieces only. */
static int append(struct image_writer *w, const char *path, bool whole, struct error *err) {
  struct stat st;
  cleanup_dir DIR *dir = opendir(path);
  for (struct dirent *e; dir && (e = readdir(dir));) {
    if (!image_archive_takes(e->d_name) || (!whole && !grows(e->d_name)))
      continue;
    if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
      return error_sys(err, "looking at `%s/%s`", path, e->d_name);
    uint64_t end = whole ? (uint64_t)st.st_size : (uint64_t)st.st_size / STEP * STEP;
    if ((whole || end > 0) && image_writer_append(w, e->d_name, end, err) < 0)
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
  return append(w, path, true, err) < 0 ? -1 : image_writer_finish(w, manifest, bytes, err);
}

static int stream(const struct image_archive *a, uint64_t *bytes, struct error *err) {
  enum dump_phase phase;
  struct image_writer *w;
  if (image_writer_open(a, &w, err) < 0)
    return -1;
  int r = 0;
  while ((phase = session_await_dump(a->id, a->epoch, DUMP_BEGUN, LOOK_MS)) == DUMP_BEGUN && r == 0)
    r = append(w, a->dir, false, err);
  if (r == 0 && phase != DUMP_WHOLE && phase != DUMP_RELEASED)
    r = error_set(err, MOBIDESK_CONFLICT, "session `%s` was not dumped", a->id);
  if (r == 0)
    r = finish(w, a->dir, bytes, err);
  image_writer_close(w);
  return r;
}

int image_follow(const struct config *config, const char *id, uint64_t epoch, int fd, uint64_t *bytes,
                 struct error *err) {
  char path[PATH_MAX], line[RELEASE_SIZE + 1];
  struct image_archive archive = {
      .dir = path, .fd = fd, .id = id, .epoch = epoch, .keys = image_keys(), .packing = IMAGE_LZ4};
  if (session_await_dump(id, epoch, DUMP_NONE, PATIENCE_MS) == DUMP_NONE)
    return error_set(err, MOBIDESK_TIMEOUT, "session `%s` was not dumped within %d s", id, PATIENCE_MS / 1000);
  if (image_path(config, id, epoch, path, sizeof path, err) < 0 || stream(&archive, bytes, err) < 0)
    return -1;
  if (session_await_dump(id, epoch, DUMP_WHOLE, PATIENCE_MS) != DUMP_RELEASED)
    return error_set(err, MOBIDESK_CONFLICT, "the disk of session `%s` was not let go of", id);
  snprintf(line, sizeof line, RELEASE_FORMAT, wall_ms());
  int r = frame_write_all(fd, line, RELEASE_SIZE);
  errno = -r;
  return r == 0 ? 0 : error_sys(err, "sending an image");
}

int image_follow_end(int fd, bool *fresh, struct error *err) {
  char line[RELEASE_SIZE + 1] = "", more;
  unsigned long when;
  int r = frame_read_all(fd, line, RELEASE_SIZE);
  *fresh = false;
  if (r == -ENODATA)
    return 0;
  if (r < 0 || sscanf(line, RELEASE_FORMAT, &when) != 1 || read(fd, &more, 1) != 0)
    return error_set(err, MOBIDESK_CORRUPT, "bytes follow the end of the image");
  uint64_t now = wall_ms(), age = now > when ? now - when : when - now;
  *fresh = age < RELEASE_GOOD_MS;
  return 0;
}
