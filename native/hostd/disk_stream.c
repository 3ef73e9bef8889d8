#include "disk_stream.h"

#include "frame.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char magic[8] = "MDDISK1";
static const unsigned char none[DISK_PASS];

struct raw_head {
  char magic[8];
  uint8_t last, id_length, zero[6];
  uint8_t epoch[8], size[8];
  unsigned char base[DISK_PASS], pass[DISK_PASS];
  char storage[IDENTITY_SIZE - 1];
};
_Static_assert(sizeof(struct raw_head) == 96, "the head of a stream has no gaps");

struct raw_end {
  unsigned char root[DISK_DIGEST];
  uint8_t generation[8];
  unsigned char key[IMAGE_KEY_DIGEST], signature[IMAGE_SIGNATURE];
};
_Static_assert(sizeof(struct raw_end) == 136, "the end of a stream has no gaps");

/* What the signature of the end covers. */
struct signed_text {
  struct raw_head head;
  char id[MOBIDESK_ID_SIZE];
  unsigned char root[DISK_DIGEST];
  uint8_t generation[8];
};

static void put_number(uint8_t out[8], uint64_t n) {
  n = htole64(n);
  memcpy(out, &n, sizeof n);
}

static uint64_t get_number(const uint8_t in[8]) {
  uint64_t n;
  memcpy(&n, in, sizeof n);
  return le64toh(n);
}

static int put(int fd, const void *data, size_t size, struct error *err) {
  int r = frame_write_all(fd, data, size);
  if (r == 0)
    return 0;
  errno = -r;
  return error_sys(err, "sending a session disk");
}

int disk_stream_get(int fd, void *data, size_t size, struct error *err) {
  int r = frame_read_all(fd, data, size);
  if (r == 0)
    return 0;
  if (r == -ENODATA || r == -EPIPE)
    return error_set(err, MOBIDESK_CORRUPT, "the stream of a session disk ends too early");
  errno = -r;
  return error_sys(err, "receiving a session disk");
}

bool disk_head_whole(const struct disk_head *h) { return memcmp(h->base, none, sizeof none) == 0; }

static struct raw_head pack_head(const struct disk_head *h) {
  struct raw_head raw = {.last = h->last, .id_length = (uint8_t)strlen(h->id)};
  memcpy(raw.magic, magic, sizeof magic);
  put_number(raw.epoch, h->epoch);
  put_number(raw.size, h->size);
  memcpy(raw.base, h->base, sizeof raw.base);
  memcpy(raw.pass, h->pass, sizeof raw.pass);
  memcpy(raw.storage, h->storage, sizeof raw.storage);
  return raw;
}

int disk_stream_put_head(int fd, const struct disk_head *h, struct error *err) {
  struct raw_head raw = pack_head(h);
  return put(fd, &raw, sizeof raw, err) < 0 ? -1 : put(fd, h->id, raw.id_length, err);
}

int disk_stream_get_head(int fd, struct disk_head *h, struct error *err) {
  static const uint8_t zero[sizeof((struct raw_head *)0)->zero];
  struct raw_head raw;
  *h = (struct disk_head){0};
  int r = frame_read_all(fd, &raw, sizeof raw);
  if (r == -ENODATA)
    return error_set(err, MOBIDESK_CONFLICT, "nothing of the session disk was sent");
  if (r < 0 || memcmp(raw.magic, magic, sizeof magic) != 0 || raw.last > 1 || raw.id_length >= sizeof h->id ||
      memcmp(raw.zero, zero, sizeof zero) != 0 || memcmp(raw.pass, none, sizeof none) == 0)
    return error_set(err, MOBIDESK_CORRUPT, "this is not a session disk in a version that is known here");
  h->epoch = get_number(raw.epoch);
  h->size = get_number(raw.size);
  h->last = raw.last;
  memcpy(h->base, raw.base, sizeof raw.base);
  memcpy(h->pass, raw.pass, sizeof raw.pass);
  memcpy(h->storage, raw.storage, sizeof raw.storage);
  return disk_stream_get(fd, h->id, raw.id_length, err);
}

void disk_frame_pack(const struct disk_frame *f, unsigned char out[DISK_FRAME]) {
  uint32_t words[4] = {htole32(f->kind), htole32(f->block), htole32(f->size), htole32(f->stored)};
  memcpy(out, words, sizeof words);
}

/* Of an end, `size` and `stored` are those of what follows. */
static bool fits(const struct disk_frame *f, const struct disk_blocks *b) {
  if (f->kind == DISK_FRAME_END)
    return f->block == 0 && f->size == sizeof(struct raw_end) && f->stored == f->size;
  if (f->block >= b->count || f->size != disk_blocks_length(b, f->block))
    return false;
  return f->kind == DISK_FRAME_HOLE ? f->stored == 0 : f->stored > 0 && f->stored <= f->size;
}

int disk_stream_get_frame(int fd, const struct disk_blocks *b, struct disk_frame *f, struct error *err) {
  uint32_t words[4];
  if (disk_stream_get(fd, words, sizeof words, err) < 0)
    return -1;
  uint32_t kind = le32toh(words[0]);
  *f = (struct disk_frame){.block = le32toh(words[1]), .size = le32toh(words[2]), .stored = le32toh(words[3])};
  f->kind = kind <= DISK_FRAME_END ? (uint8_t)kind : 0;
  return f->kind && fits(f, b)
             ? 0
             : error_set(err, MOBIDESK_CORRUPT, "a frame of the session disk has an impossible header");
}

static void cover(const struct disk_head *h, const struct raw_end *e, struct signed_text *out) {
  *out = (struct signed_text){.head = pack_head(h)};
  memcpy(out->id, h->id, strlen(h->id));
  memcpy(out->root, e->root, sizeof out->root);
  memcpy(out->generation, e->generation, sizeof out->generation);
}

int disk_stream_put_end(int fd, const struct disk_head *h, const struct disk_end *e, const struct image_keys *keys,
                        struct error *err) {
  struct signed_text text;
  struct raw_end raw;
  struct disk_frame f = {.kind = DISK_FRAME_END, .size = sizeof raw, .stored = sizeof raw};
  unsigned char out[DISK_FRAME + sizeof raw];
  memcpy(raw.root, e->root, sizeof raw.root);
  put_number(raw.generation, e->generation);
  memcpy(raw.key, keys->digest, sizeof raw.key);
  cover(h, &raw, &text);
  if (image_keys_sign(keys, &text, sizeof text, raw.signature, err) < 0)
    return -1;
  disk_frame_pack(&f, out);
  memcpy(out + DISK_FRAME, &raw, sizeof raw);
  return put(fd, out, sizeof out, err);
}

int disk_stream_get_end(int fd, const struct disk_head *h, struct disk_end *e, const struct image_keys *keys,
                        struct error *err) {
  struct signed_text text;
  struct raw_end raw;
  char signer[MOBIDESK_NAME_SIZE], more;
  if (disk_stream_get(fd, &raw, sizeof raw, err) < 0)
    return -1;
  if (frame_read_all(fd, &more, 1) != -ENODATA)
    return error_set(err, MOBIDESK_CORRUPT, "bytes follow the end of the session disk");
  cover(h, &raw, &text);
  if (image_keys_verify(keys, raw.key, &text, sizeof text, raw.signature, signer, err) < 0)
    return error_prefix(err, "the session disk");
  memcpy(e->root, raw.root, sizeof e->root);
  e->generation = get_number(raw.generation);
  return 0;
}
