#include "disk_pass.h"

#include "clean.h"

#include <errno.h>
#include <fcntl.h>
#include <lz4.h>
#include <string.h>
#include <sys/stat.h>

struct taking {
  struct disk_arrival *arrival;
  int in, out;
  unsigned char *plain, *packed; /* a block each */
  uint64_t bytes;
};

static int check_head(const struct disk_arrival *a, const struct disk_terms *t, const struct disk_head *h,
                      struct error *err) {
  if (strcmp(h->id, t->id) != 0 || h->epoch != t->epoch)
    return error_set(err, MOBIDESK_CORRUPT, "the disk is of session `%.64s` at epoch %lu, not of `%s` at %lu", h->id,
                     h->epoch, t->id, t->epoch);
  if (strcmp(h->storage, t->storage) == 0)
    return error_set(err, MOBIDESK_CONFLICT, "the disk of session `%s` is on this server's storage already", t->id);
  if (h->size > t->quota)
    return error_set(err, MOBIDESK_NO_SPACE, "the disk of session `%s` has %lu bytes, and may have %lu", t->id, h->size,
                     t->quota);
  if (!disk_head_whole(h) && memcmp(h->base, a->pass, DISK_PASS) != 0)
    return error_set(err, MOBIDESK_CONFLICT,
                     "what is here of the disk of session `%s` is not what was sent before: all of it must be sent",
                     t->id);
  return 0;
}

static int write_data(struct taking *t, const struct disk_frame *f, struct error *err) {
  struct disk_blocks *b = &t->arrival->blocks;
  bool packed = f->stored < f->size;
  if (disk_stream_get(t->in, packed ? t->packed : t->plain, f->stored, err) < 0)
    return -1;
  if (packed && LZ4_decompress_safe((char *)t->packed, (char *)t->plain, (int)f->stored, (int)f->size) != (int)f->size)
    return error_set(err, MOBIDESK_CORRUPT, "block %u of the session disk does not unpack", f->block);
  if (disk_blocks_digest(t->plain, f->size, b->digests[f->block], err) < 0)
    return -1;
  errno = ENOSPC;
  return pwrite(t->out, t->plain, f->size, (off_t)f->block * DISK_BLOCK) == (ssize_t)f->size
             ? 0
             : error_sys(err, "writing block %u of a session disk", f->block);
}

static int write_hole(struct taking *t, const struct disk_frame *f, struct error *err) {
  struct disk_blocks *b = &t->arrival->blocks;
  off_t at = (off_t)f->block * DISK_BLOCK;
  memset(b->digests[f->block], 0, DISK_DIGEST);
  if (fallocate(t->out, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, f->size) == 0)
    return 0;
  /* Not all storage can free a part of a file. */
  memset(t->plain, 0, f->size);
  return errno == EOPNOTSUPP && pwrite(t->out, t->plain, f->size, at) == (ssize_t)f->size
             ? 0
             : error_sys(err, "freeing block %u of a session disk", f->block);
}

/* All frames up to the end; each block once, so that a stream has an end. */
static int take_frames(struct taking *t, struct error *err) {
  struct disk_blocks *b = &t->arrival->blocks;
  disk_blocks_begin(b);
  for (;;) {
    struct disk_frame f;
    if (disk_stream_get_frame(t->in, b, &f, err) < 0)
      return -1;
    if (f.kind == DISK_FRAME_END)
      return 0;
    if (b->seen[f.block])
      return error_set(err, MOBIDESK_CORRUPT, "block %u of the session disk comes twice", f.block);
    if (t->arrival->cancelled)
      return error_set(err, MOBIDESK_CONFLICT, "the session is not awaited here any more");
    b->seen[f.block] = 1;
    t->bytes += DISK_FRAME + f.stored;
    if ((f.kind == DISK_FRAME_DATA ? write_data(t, &f, err) : write_hole(t, &f, err)) < 0)
      return -1;
  }
}

static int verify(const struct taking *t, const struct disk_terms *terms, const struct disk_head *head,
                  struct disk_end *end, struct error *err) {
  unsigned char root[DISK_DIGEST];
  if (disk_stream_get_end(t->in, head, end, terms->keys, err) < 0 ||
      disk_blocks_root(&t->arrival->blocks, root, err) < 0)
    return -1;
  return memcmp(root, end->root, sizeof root) == 0
             ? 0
             : error_set(err, MOBIDESK_CORRUPT, "the disk of session `%s` did not arrive as it was sent", head->id);
}

/* Of a disk that is sent whole nothing is known, and the file is a new one. */
static int open_file(struct disk_arrival *a, const struct disk_head *head, const char *path, struct error *err) {
  bool whole = disk_head_whole(head);
  if (whole)
    disk_pass_forget(a, path);
  if (disk_blocks_resize(&a->blocks, head->size, err) < 0)
    return -1;
  cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | (whole ? O_CREAT | O_EXCL : 0), 0600);
  if (fd < 0 || ftruncate(fd, (off_t)head->size) < 0)
    return error_sys(err, "making `%s` for a session disk", path);
  return steal_fd(&fd);
}

static int take(struct disk_arrival *a, const struct disk_terms *terms, const struct disk_head *head, int fd,
                const char *path, struct disk_end *end, uint64_t *bytes, struct error *err) {
  cleanup_close int out = open_file(a, head, path, err);
  cleanup_free unsigned char *room = malloc(2 * DISK_BLOCK);
  if (out < 0)
    return -1;
  if (!room)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory to receive a session disk");
  struct taking t = {.arrival = a, .in = fd, .out = out, .plain = room, .packed = room + DISK_BLOCK};
  if (take_frames(&t, err) < 0 || verify(&t, terms, head, end, err) < 0)
    return -1;
  /* While the session runs there is time for it; of the last pass nothing but itself is left then. */
  if (!head->last && fdatasync(out) < 0)
    return error_sys(err, "syncing `%s`", path);
  *bytes = t.bytes;
  return 0;
}

int disk_pass_take(struct disk_arrival *a, const struct disk_terms *terms, const struct disk_head *head, int fd,
                   const char *path, struct disk_end *end, uint64_t *bytes, struct error *err) {
  *bytes = 0;
  if (check_head(a, terms, head, err) < 0 || take(a, terms, head, fd, path, end, bytes, err) < 0) {
    disk_pass_forget(a, path);
    return -1;
  }
  memcpy(a->pass, head->pass, sizeof a->pass);
  return 0;
}

void disk_pass_forget(struct disk_arrival *a, const char *path) {
  unlink(path);
  disk_blocks_free(&a->blocks);
  memset(a->pass, 0, sizeof a->pass);
}
