#include "disk_send.h"

#include "clean.h"
#include "disk.h"
#include "disk_blocks.h"
#include "disk_lease.h"
#include "disk_shutdown.h"
#include "disk_stream.h"
#include "frame.h"
#include "hostd.h"
#include "image.h"
#include "image_chunk.h"
#include "log.h"
#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lz4.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* How long the last pass waits for the dump, and then for its end; as an image that is streamed does. */
#define PATIENCE_MS 60000

/* How long the note that all was sent waits for the checkpoint to end. */
#define NOTE_PATIENCE_MS 60000

/* How long a pass waits for the one before. */
#define BUSY_PATIENCE_S 10

/* Others that work on the session are waited for so long before the first pass. */
#define TRIM_PATIENCE_MS 5000

/* What was sent of a session that has not gone on for so long is forgotten: a move takes less. */
#define FORGET_US (15 * 60 * 1000000ull)

/* Blocks that one worker looks at, one after the other. */
#define PIECE 16

/* ---- what was sent, of all sessions ---- */

struct sent {
  char id[MOBIDESK_ID_SIZE];
  uint64_t epoch, used_us;
  bool busy;
  unsigned char pass[DISK_PASS]; /* the last one; zeros: what the other server has is not known */
  struct disk_blocks blocks;
  /* Of each block, to tell whether it is what was sent. XXH3 is as fast as memory; SHA-256, which the other end goes
   * by, is for what was not. Who makes two blocks with one print keeps the older one in the disk of his own session. */
  XXH128_hash_t *prints;
  struct sent *next;
};

static void forget_blocks(struct sent *s) {
  disk_blocks_free(&s->blocks);
  free(s->prints);
  s->prints = NULL;
  memset(s->pass, 0, sizeof s->pass);
}

static struct sent *all_sent;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;

/* Under the lock. */
static void forget_old(void) {
  for (struct sent **p = &all_sent; *p;) {
    struct sent *s = *p;
    if (s->busy || hostd_now_us() - s->used_us < FORGET_US) {
      p = &s->next;
      continue;
    }
    *p = s->next;
    forget_blocks(s);
    free(s);
  }
}

static struct sent *find(const char *id) {
  for (struct sent *s = all_sent; s; s = s->next)
    if (strcmp(s->id, id) == 0)
      return s;
  return NULL;
}

/* Begins with a pass: one of a session at a time. One whose receiver has just gone ends soon. */
static struct sent *begin(const char *id, uint64_t epoch, bool whole, struct error *err) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += BUSY_PATIENCE_S;
  pthread_mutex_lock(&lock);
  forget_old();
  struct sent *s = find(id);
  for (int late = 0; s && s->busy && !late; s = find(id))
    late = pthread_cond_timedwait(&ended, &lock, &until);
  if (s && s->busy) {
    pthread_mutex_unlock(&lock);
    error_set(err, MOBIDESK_BUSY, "the disk of session `%s` is being sent already", id);
    return NULL;
  }
  if (!s && (s = calloc(1, sizeof *s))) {
    snprintf(s->id, sizeof s->id, "%s", id);
    s->next = all_sent;
    all_sent = s;
  }
  if (s)
    s->busy = true;
  pthread_mutex_unlock(&lock);
  if (!s) {
    error_set(err, MOBIDESK_NO_SPACE, "no memory to send a session disk");
    return NULL;
  }
  if (whole || s->epoch != epoch || !memcmp(s->pass, (unsigned char[DISK_PASS]){0}, DISK_PASS))
    forget_blocks(s);
  s->epoch = epoch;
  return s;
}

static void end(struct sent *s) {
  pthread_mutex_lock(&lock);
  s->busy = false;
  s->used_us = hostd_now_us();
  pthread_cond_broadcast(&ended);
  pthread_mutex_unlock(&lock);
}

/* ---- a pass ---- */

#define PACKED_BLOCK (DISK_FRAME + LZ4_COMPRESSBOUND(DISK_BLOCK))

/* Blocks on their way: read, compared and packed by any worker, then sent in order. */
struct piece {
  uint32_t count, blocks[PIECE];
  unsigned char *plain, *packed; /* DISK_BLOCK; PACKED_BLOCK bytes of each, with the frame's header */
  size_t length[PIECE];          /* of what is to be sent of each; 0: nothing */
};

struct pass {
  int in, out;
  struct sent *sent;
  struct disk_blocks *blocks;
  struct piece pieces[PIPELINE_SLOTS], *filling; /* one that was not submitted yet, or NULL */
  struct pipeline *pipeline;
  uint64_t read, changed, bytes;
};

static int send_all(struct pass *p, const void *data, size_t size, struct error *err) {
  int r = frame_write_all(p->out, data, size);
  errno = -r;
  p->bytes += size;
  return r == 0 ? 0 : error_sys(err, "sending a session disk");
}

/* Makes the frame of a block that is not what was sent before. */
static size_t pack(const struct disk_blocks *b, uint32_t i, const unsigned char *plain, unsigned char *out) {
  struct disk_frame f = {.kind = DISK_FRAME_HOLE, .block = i, .size = disk_blocks_length(b, i)};
  if (!disk_blocks_hole(b, i)) {
    char *content = (char *)out + DISK_FRAME;
    int n = LZ4_compress_default((const char *)plain, content, (int)f.size, (int)f.size - 1);
    f.kind = DISK_FRAME_DATA;
    f.stored = n > 0 ? (uint32_t)n : f.size;
    if (n <= 0)
      memcpy(content, plain, f.size);
  }
  disk_frame_pack(&f, out);
  return DISK_FRAME + f.stored;
}

/* Reads block `i`, and makes its frame at `out` if it is not what was sent before. */
static int look_at(struct pass *p, uint32_t i, unsigned char *plain, unsigned char *out, size_t *length,
                   struct error *err) {
  struct disk_blocks *b = p->blocks;
  uint32_t size = disk_blocks_length(b, i);
  unsigned char digest[DISK_DIGEST];
  *length = 0;
  errno = 0;
  if (pread(p->in, plain, size, (off_t)i * DISK_BLOCK) != (ssize_t)size)
    return error_sys(err, "reading block %u of a session disk", i);
  XXH128_hash_t print = XXH3_128bits(plain, size);
  if (XXH128_isEqual(print, p->sent->prints[i]))
    return 0;
  if (disk_blocks_digest(plain, size, digest, err) < 0)
    return -1;
  p->sent->prints[i] = print;
  if (memcmp(digest, b->digests[i], sizeof digest) == 0)
    return 0; /* zeros, which it had before there was anything */
  memcpy(b->digests[i], digest, sizeof digest);
  *length = pack(b, i, plain, out);
  return 0;
}

static int look(void *data, unsigned slot, struct error *err) {
  struct pass *p = data;
  struct piece *piece = &p->pieces[slot];
  for (uint32_t i = 0; i < piece->count; i++)
    if (look_at(p, piece->blocks[i], piece->plain, piece->packed + i * (size_t)PACKED_BLOCK, &piece->length[i], err) <
        0)
      return -1;
  return 0;
}

static int put(void *data, unsigned slot, struct error *err) {
  struct pass *p = data;
  const struct piece *piece = &p->pieces[slot];
  for (uint32_t i = 0; i < piece->count; i++) {
    if (piece->length[i] && send_all(p, piece->packed + i * (size_t)PACKED_BLOCK, piece->length[i], err) < 0)
      return -1;
    p->changed += piece->length[i] != 0;
  }
  p->read += piece->count;
  return 0;
}

static void submit(struct pass *p) {
  if (p->filling)
    pipeline_submit(p->pipeline);
  p->filling = NULL;
}

static int add(struct pass *p, uint32_t block, struct error *err) {
  unsigned slot;
  if (!p->filling) {
    if (pipeline_slot(p->pipeline, &slot, err) < 0)
      return -1;
    p->filling = &p->pieces[slot];
    p->filling->count = 0;
    if (!p->filling->plain)
      p->filling->plain = malloc(DISK_BLOCK);
    if (!p->filling->packed)
      p->filling->packed = malloc(PIECE * (size_t)PACKED_BLOCK);
    if (!p->filling->plain || !p->filling->packed)
      return error_set(err, MOBIDESK_NO_SPACE, "no memory to send a session disk");
  }
  p->blocks->seen[block] = 1;
  p->filling->blocks[p->filling->count++] = block;
  if (p->filling->count == PIECE)
    submit(p);
  return 0;
}

/* All that is allocated. */
static int send_data(struct pass *p, struct error *err) {
  uint64_t at = 0, end = 0;
  for (;;) {
    if (at >= end) {
      off_t data = lseek(p->in, (off_t)at, SEEK_DATA);
      if (data < 0 && errno == ENXIO)
        break;
      off_t hole = data < 0 ? -1 : lseek(p->in, data, SEEK_HOLE);
      if (hole < 0 && errno != ENXIO)
        return error_sys(err, "looking for data on a session disk");
      at = (uint64_t)data / DISK_BLOCK * DISK_BLOCK;
      end = hole < 0 ? at + 1 : (uint64_t)hole; /* a hole was made meanwhile */
    }
    if (at >= p->blocks->size)
      break;
    if (add(p, (uint32_t)(at / DISK_BLOCK), err) < 0)
      return -1;
    at += DISK_BLOCK;
  }
  submit(p);
  return pipeline_drain(p->pipeline, err);
}

/* What was data in an earlier pass, and is not even allocated any more. */
static int send_holes(struct pass *p, struct error *err) {
  unsigned char frame[DISK_FRAME];
  struct disk_blocks *b = p->blocks;
  for (uint32_t i = 0; i < b->count; i++) {
    if (b->seen[i] || disk_blocks_hole(b, i))
      continue;
    memset(b->digests[i], 0, DISK_DIGEST);
    p->sent->prints[i] = (XXH128_hash_t){0};
    if (send_all(p, frame, pack(b, i, NULL, frame), err) < 0)
      return -1;
    p->changed++;
  }
  return 0;
}

static int send_blocks(struct pass *p, struct error *err) {
  disk_blocks_begin(p->blocks);
  int r = pipeline_start(look, put, p, &p->pipeline, err);
  if (r == 0)
    r = send_data(p, err);
  pipeline_stop(p->pipeline);
  for (int i = 0; i < PIPELINE_SLOTS; i++) {
    free(p->pieces[i].plain);
    free(p->pieces[i].packed);
  }
  image_chunk_return_memory();
  return r < 0 ? -1 : send_holes(p, err);
}

static int make_room(struct sent *s, uint64_t size, struct error *err) {
  uint32_t had = s->blocks.count;
  if (disk_blocks_resize(&s->blocks, size, err) < 0)
    return -1;
  XXH128_hash_t *prints = reallocarray(s->prints, s->blocks.count, sizeof *prints);
  if (!prints)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory to send a session disk of %lu bytes", size);
  memset(prints + had, 0, (s->blocks.count - had) * sizeof *prints);
  s->prints = prints;
  return 0;
}

/* From the head to the end. */
static int send_pass(const struct config *config, struct sent *s, struct disk_head *head, struct disk_end *last, int fd,
                     struct pass *p, struct error *err) {
  char path[PATH_MAX];
  struct stat st;
  struct disk_lease lease = {0};
  if (disk_check(config, s->id, err) < 0 || disk_path(config, s->id, path, sizeof path, err) < 0 ||
      identity_of_storage(config, head->storage, err) < 0)
    return -1;
  cleanup_close int in = open(path, O_RDONLY | O_CLOEXEC);
  if (in < 0 || fstat(in, &st) < 0)
    return error_sys(err, "opening the session disk `%s`", path);
  if (head->last && disk_lease_read(config, s->id, &lease, err) < 0)
    return -1;
  if (lease.server[0])
    return error_set(err, MOBIDESK_CONFLICT, "the disk of session `%s` is in use by %s", s->id, lease.place);
  memcpy(head->base, s->pass, sizeof head->base);
  memset(s->pass, 0, sizeof s->pass);
  if (RAND_bytes(head->pass, sizeof head->pass) != 1)
    return error_set(err, MOBIDESK_INTERNAL, "no random numbers for the name of a pass");
  head->size = (uint64_t)st.st_size;
  *p = (struct pass){.in = in, .out = fd, .sent = s, .blocks = &s->blocks};
  last->generation = lease.generation;
  if (make_room(s, head->size, err) < 0 || disk_stream_put_head(fd, head, err) < 0 || send_blocks(p, err) < 0 ||
      disk_blocks_root(&s->blocks, last->root, err) < 0 || disk_stream_put_end(fd, head, last, image_keys(), err) < 0)
    return -1;
  /* Sessions read their disks by direct I/O. Until now what is cached made the passes faster. */
  if (head->last)
    posix_fadvise(in, 0, 0, POSIX_FADV_DONTNEED);
  memcpy(s->pass, head->pass, sizeof s->pass);
  return 0;
}

/* It must run, or, for the last pass, have been stopped, which is waited for. */
static int await_turn(const char *id, uint64_t epoch, bool last, struct error *err) {
  struct session_record r;
  if (!session_copy(id, &r) || r.spec.epoch != epoch)
    return error_set(err, MOBIDESK_NOT_FOUND, "session `%s` is not on this server at epoch %lu", id, epoch);
  if (last && r.state == MOBIDESK_CHECKPOINTED && r.image_epoch == epoch && r.image_origin == IMAGE_DUMPED)
    return 0;
  if (r.state != MOBIDESK_RUNNING)
    return error_set(err, MOBIDESK_CONFLICT, "session `%s` is %s here: its disk cannot be sent", id,
                     session_state_name(r.state));
  if (!last)
    return 0;
  enum dump_phase phase = DUMP_NONE, next;
  while (phase < DUMP_RELEASED && (next = session_await_dump(id, epoch, phase, PATIENCE_MS)) > phase)
    phase = next;
  return phase == DUMP_RELEASED
             ? 0
             : error_set(err, MOBIDESK_CONFLICT, "session `%s` was not dumped, or did not let go of its disk", id);
}

/* For disk_send_reap. Nobody waits for this. */
static void note(const char *id, uint64_t epoch, uint64_t generation) {
  struct session *s;
  struct error err;
  int r = session_begin_briefly(id, NOTE_PATIENCE_MS, &s, &err);
  if (r == 0 && s->record.state == MOBIDESK_CHECKPOINTED && s->record.image_epoch == epoch) {
    struct session_record next = s->record;
    next.disk_sent = generation;
    r = session_update(s, &next, &err);
  }
  if (r < 0)
    log_warning("disk-sent", "session=%s message=\"%s\"", id, err.message);
  if (r == 0)
    session_end(s);
}

/* What was deleted in the session need not be sent. Where the storage cannot punch holes it is. */
static void trim(const char *id) {
  struct session *s;
  struct error err = {0};
  if (session_begin_briefly(id, TRIM_PATIENCE_MS, &s, &err) < 0)
    return;
  uint64_t begun = hostd_now_us();
  if (s->record.state == MOBIDESK_RUNNING && disk_trim(s->record.device.path, &err) == 0)
    log_info("disk-trimmed", "id=%s us=%lu", id, hostd_now_us() - begun);
  else
    log_info("disk-not-trimmed", "id=%s message=\"%s\"", id, err.message);
  session_end(s);
}

int disk_send(const struct config *config, const char *id, uint64_t epoch, uint32_t flags, int fd, uint64_t *bytes,
              struct error *err) {
  struct disk_head head = {.epoch = epoch, .last = flags & MOBIDESK_DISK_LAST};
  struct disk_end last = {0};
  struct pass p = {0};
  if (await_turn(id, epoch, head.last, err) < 0)
    return -1;
  struct sent *s = begin(id, epoch, flags & MOBIDESK_DISK_WHOLE, err);
  if (!s)
    return -1;
  snprintf(head.id, sizeof head.id, "%s", id);
  if (!head.last && s->blocks.count == 0)
    trim(id);
  uint64_t begun = hostd_now_us();
  int r = send_pass(config, s, &head, &last, fd, &p, err);
  end(s);
  if (r < 0)
    return -1;
  *bytes = p.bytes;
  log_info("disk-sent", "id=%s pass=%s read=%lu changed=%lu bytes=%lu us=%lu", id,
           head.last                ? "last"
           : disk_head_whole(&head) ? "whole"
                                    : "changes",
           p.read * DISK_BLOCK, p.changed * DISK_BLOCK, p.bytes, hostd_now_us() - begun);
  if (head.last)
    note(id, epoch, last.generation);
  return 0;
}

int disk_send_reap(const struct config *config, const struct session *s, struct error *err) {
  const char *id = s->record.spec.id;
  struct disk_lease lease;
  if (!s->record.disk_sent)
    return 0;
  if (disk_lease_read(config, id, &lease, err) < 0)
    return -1;
  if (lease.server[0] || lease.generation != s->record.disk_sent)
    return 0;
  log_info("disk-reaped", "id=%s", id);
  return disk_drop(config, id, err);
}
