#include "image_archive.h"

#include "clean.h"
#include "files.h"
#include "frame.h"
#include "image.h"
#include "pipeline.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lz4.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <zstd.h>

#define CHUNK (1u << 20)
#define FILES_MAX 16384u
#define NAME_MAX_LENGTH 96
#define DIGEST 32

/* The higher levels of zstd save little of an image. */
#define ZSTD_LEVEL 1

static const char magic[8] = "MDIMAGE1", last[8] = "MDIMAGE.";

struct file {
  char name[NAME_MAX_LENGTH + 1];
  uint64_t size;
  size_t first_chunk;
  int fd;
};

struct chunk {
  unsigned file;
  uint32_t size, stored;
  unsigned char digest[DIGEST];
};

struct archive {
  const char *dir;
  int fd; /* of the stream */
  uint32_t packing;
  struct file *files;
  unsigned count;
  struct chunk *chunks;
  size_t chunk_count;
  unsigned char *plain[PIPELINE_SLOTS], *packed[PIPELINE_SLOTS];
  uint64_t total, streamed;
};

static void clean_archive(struct archive *a) {
  for (unsigned i = 0; a->files && i < a->count; i++)
    if (a->files[i].fd >= 0)
      close(a->files[i].fd);
  for (int i = 0; i < PIPELINE_SLOTS; i++) {
    free(a->plain[i]);
    free(a->packed[i]);
  }
  free(a->files);
  free(a->chunks);
}
#define cleanup_archive __attribute__((cleanup(clean_archive)))

static int no_memory(struct error *err) { return error_set(err, MOBIDESK_NO_SPACE, "no memory for an image archive"); }

static bool allowed_name(const char *name) {
  size_t n = strlen(name);
  if (strcmp(name, IMAGE_MANIFEST) == 0)
    return true;
  return n > 4 && n <= NAME_MAX_LENGTH && name[0] != '.' && strcmp(name + n - 4, ".img") == 0 &&
         strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == n;
}

static int add_file(struct archive *a, const char *name, uint64_t size, struct error *err) {
  if (a->count == FILES_MAX)
    return error_set(err, MOBIDESK_CORRUPT, "an image has more than %u files", FILES_MAX);
  struct file *more = reallocarray(a->files, a->count + 1, sizeof *more);
  if (!more)
    return no_memory(err);
  a->files = more;
  struct file *f = &a->files[a->count++];
  *f = (struct file){.size = size, .fd = -1};
  memcpy(f->name, name, strlen(name) + 1);
  a->total += size;
  return 0;
}

/* Room for what either way of packing makes of `size` bytes at worst. */
static size_t packed_bound(size_t size) {
  size_t lz4 = (size_t)LZ4_compressBound((int)size), zstd = ZSTD_compressBound(size);
  return lz4 > zstd ? lz4 : zstd;
}

static int plan_chunks(struct archive *a, struct error *err) {
  for (unsigned i = 0; i < a->count; i++) {
    a->files[i].first_chunk = a->chunk_count;
    a->chunk_count += (a->files[i].size + CHUNK - 1) / CHUNK;
  }
  a->chunks = calloc(a->chunk_count ? a->chunk_count : 1, sizeof *a->chunks);
  if (!a->chunks)
    return no_memory(err);
  size_t next = 0;
  for (unsigned i = 0; i < a->count; i++)
    for (uint64_t left = a->files[i].size; left > 0; next++) {
      a->chunks[next].file = i;
      a->chunks[next].size = left < CHUNK ? (uint32_t)left : CHUNK;
      left -= a->chunks[next].size;
    }
  size_t largest = 1;
  for (size_t i = 0; i < a->chunk_count; i++)
    largest = a->chunks[i].size > largest ? a->chunks[i].size : largest;
  for (int i = 0; i < PIPELINE_SLOTS; i++) {
    a->plain[i] = malloc(largest);
    a->packed[i] = malloc(packed_bound(largest));
    if (!a->plain[i] || !a->packed[i])
      return no_memory(err);
  }
  return 0;
}

static off_t chunk_offset(const struct archive *a, size_t index) {
  return (off_t)((index - a->files[a->chunks[index].file].first_chunk) * CHUNK);
}

static int take_digest(const void *data, size_t size, unsigned char out[DIGEST], struct error *err) {
  return EVP_Digest(data, size, out, NULL, EVP_sha256(), NULL) == 1
             ? 0
             : error_set(err, MOBIDESK_INTERNAL, "SHA-256 is not available");
}

/* Digest of a file: of its name, its size and the digests of its chunks. */
static int file_digest(const struct archive *a, const struct file *f, unsigned char out[DIGEST], struct error *err) {
  size_t n = (f->size + CHUNK - 1) / CHUNK, head = strlen(f->name) + sizeof f->size;
  uint64_t size = htole64(f->size);
  cleanup_free unsigned char *all = malloc(head + n * DIGEST);
  if (!all)
    return no_memory(err);
  memcpy(all, f->name, strlen(f->name));
  memcpy(all + strlen(f->name), &size, sizeof size);
  for (size_t i = 0; i < n; i++)
    memcpy(all + head + i * DIGEST, a->chunks[f->first_chunk + i].digest, DIGEST);
  return take_digest(all, head + n * DIGEST, out, err);
}

static int put(struct archive *a, const void *data, size_t size, struct error *err) {
  int r = frame_write_all(a->fd, data, size);
  a->streamed += size;
  if (r == 0)
    return 0;
  errno = -r;
  return error_sys(err, "sending an image");
}

static int get(struct archive *a, void *data, size_t size, struct error *err) {
  int r = frame_read_all(a->fd, data, size);
  a->streamed += size;
  if (r == 0)
    return 0;
  if (r == -ENODATA || r == -EPIPE)
    return error_set(err, MOBIDESK_CORRUPT, "an image ends in the middle, after %lu bytes", a->streamed);
  errno = -r;
  return error_sys(err, "receiving an image");
}

/* ---- writing ---- */

static int find_files(struct archive *a, struct error *err) {
  cleanup_dir DIR *dir = opendir(a->dir);
  struct stat st;
  if (!dir)
    return error_sys(err, "opening the image `%s`", a->dir);
  for (struct dirent *e; (e = readdir(dir));) {
    if (!allowed_name(e->d_name))
      continue; /* CRIU's logs and statistics stay here */
    cleanup_close int fd = openat(dirfd(dir), e->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) < 0)
      return error_sys(err, "opening `%s/%s`", a->dir, e->d_name);
    if (add_file(a, e->d_name, (uint64_t)st.st_size, err) < 0)
      return -1;
    a->files[a->count - 1].fd = steal_fd(&fd);
  }
  return 0;
}

/* Returns the packed size, or 0 when it does not get smaller. */
static uint32_t compress_chunk(const struct archive *a, unsigned slot, uint32_t size) {
  if (a->packing == IMAGE_LZ4) {
    int n = LZ4_compress_default((char *)a->plain[slot], (char *)a->packed[slot], (int)size, (int)packed_bound(size));
    return n > 0 && (uint32_t)n < size ? (uint32_t)n : 0;
  }
  size_t n = ZSTD_compress(a->packed[slot], packed_bound(size), a->plain[slot], size, ZSTD_LEVEL);
  return ZSTD_isError(n) || n >= size ? 0 : (uint32_t)n;
}

static bool expand_chunk(const struct archive *a, unsigned slot, const struct chunk *c) {
  if (a->packing == IMAGE_LZ4)
    return LZ4_decompress_safe((char *)a->packed[slot], (char *)a->plain[slot], (int)c->stored, (int)c->size) ==
           (int)c->size;
  return ZSTD_decompress(a->plain[slot], c->size, a->packed[slot], c->stored) == c->size;
}

static int pack(void *data, size_t index, unsigned slot, struct error *err) {
  struct archive *a = data;
  struct chunk *c = &a->chunks[index];
  struct file *f = &a->files[c->file];
  if (pread(f->fd, a->plain[slot], c->size, chunk_offset(a, index)) != (ssize_t)c->size)
    return error_sys(err, "reading `%s/%s`", a->dir, f->name);
  uint32_t packed = compress_chunk(a, slot, c->size);
  c->stored = packed ? packed : c->size;
  return take_digest(packed ? a->packed[slot] : a->plain[slot], c->stored, c->digest, err);
}

static int send_chunk(void *data, size_t index, unsigned slot, struct error *err) {
  struct archive *a = data;
  const struct chunk *c = &a->chunks[index];
  uint32_t stored = htole32(c->stored);
  if (put(a, &stored, sizeof stored, err) < 0)
    return -1;
  return put(a, c->stored < c->size ? a->packed[slot] : a->plain[slot], c->stored, err);
}

static int send_table(struct archive *a, struct error *err) {
  uint32_t head[2] = {htole32(a->packing), htole32(a->count)};
  if (put(a, magic, sizeof magic, err) < 0 || put(a, head, sizeof head, err) < 0)
    return -1;
  for (unsigned i = 0; i < a->count; i++) {
    uint8_t length = (uint8_t)strlen(a->files[i].name);
    uint64_t size = htole64(a->files[i].size);
    if (put(a, &length, 1, err) < 0 || put(a, a->files[i].name, length, err) < 0 || put(a, &size, sizeof size, err) < 0)
      return -1;
  }
  return 0;
}

int image_archive_write(const char *dir, enum image_packing packing, int fd, uint64_t *bytes, struct error *err) {
  cleanup_archive struct archive a = {.dir = dir, .fd = fd, .packing = packing};
  if (find_files(&a, err) < 0 || plan_chunks(&a, err) < 0 || send_table(&a, err) < 0 ||
      pipeline_write(a.chunk_count, pack, send_chunk, &a, err) < 0)
    return -1;
  for (unsigned i = 0; i < a.count; i++) {
    unsigned char digest[DIGEST];
    if (file_digest(&a, &a.files[i], digest, err) < 0 || put(&a, digest, sizeof digest, err) < 0)
      return -1;
  }
  if (put(&a, last, sizeof last, err) < 0)
    return -1;
  *bytes = a.streamed;
  return 0;
}

/* ---- reading ---- */

static bool have_file(const struct archive *a, const char *name) {
  for (unsigned i = 0; i < a->count; i++)
    if (strcmp(a->files[i].name, name) == 0)
      return true;
  return false;
}

static int receive_entry(struct archive *a, uint64_t limit, struct error *err) {
  uint8_t length;
  uint64_t size;
  char name[UINT8_MAX + 1];
  if (get(a, &length, 1, err) < 0 || get(a, name, length, err) < 0 || get(a, &size, sizeof size, err) < 0)
    return -1;
  name[length] = '\0';
  size = le64toh(size);
  if (strlen(name) != length || !allowed_name(name) || have_file(a, name))
    return error_set(err, MOBIDESK_CORRUPT, "an image must not have a file of the name that its entry %u has",
                     a->count);
  if (size > limit || a->total > limit - size)
    return error_set(err, MOBIDESK_NO_SPACE, "an image is larger than the %lu bytes that are free here", limit);
  return add_file(a, name, size, err);
}

static int receive_table(struct archive *a, uint64_t limit, struct error *err) {
  char begin[sizeof magic];
  uint32_t head[2];
  if (get(a, begin, sizeof begin, err) < 0 || get(a, head, sizeof head, err) < 0)
    return -1;
  a->packing = le32toh(head[0]);
  uint32_t count = le32toh(head[1]);
  bool known = a->packing == IMAGE_LZ4 || a->packing == IMAGE_ZSTD;
  if (memcmp(begin, magic, sizeof magic) != 0 || !known || count > FILES_MAX)
    return error_set(err, MOBIDESK_CORRUPT, "this is not a checkpoint image of a version that is known here");
  for (uint32_t i = 0; i < count; i++)
    if (receive_entry(a, limit, err) < 0)
      return -1;
  return 0;
}

static int create_files(struct archive *a, struct error *err) {
  char path[PATH_MAX];
  for (unsigned i = 0; i < a->count; i++) {
    struct file *f = &a->files[i];
    if (files_path(path, sizeof path, err, "%s/%s", a->dir, f->name) < 0)
      return -1;
    f->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (f->fd < 0 || ftruncate(f->fd, (off_t)f->size) < 0)
      return error_sys(err, "creating `%s`", path);
  }
  return 0;
}

static int receive_chunk(void *data, size_t index, unsigned slot, struct error *err) {
  struct archive *a = data;
  struct chunk *c = &a->chunks[index];
  uint32_t stored;
  if (get(a, &stored, sizeof stored, err) < 0)
    return -1;
  c->stored = le32toh(stored);
  if (c->stored > c->size || c->stored == 0)
    return error_set(err, MOBIDESK_CORRUPT, "chunk %zu of an image claims %u of %u bytes", index, c->stored, c->size);
  return get(a, c->stored < c->size ? a->packed[slot] : a->plain[slot], c->stored, err);
}

static int unpack(void *data, size_t index, unsigned slot, struct error *err) {
  struct archive *a = data;
  struct chunk *c = &a->chunks[index];
  struct file *f = &a->files[c->file];
  bool packed = c->stored < c->size;
  if (take_digest(packed ? a->packed[slot] : a->plain[slot], c->stored, c->digest, err) < 0)
    return -1;
  if (packed && !expand_chunk(a, slot, c))
    return error_set(err, MOBIDESK_CORRUPT, "chunk %zu of an image (`%s`) does not unpack", index, f->name);
  ssize_t n = pwrite(f->fd, a->plain[slot], c->size, chunk_offset(a, index));
  if (n >= 0 && n < (ssize_t)c->size)
    errno = ENOSPC;
  return n == (ssize_t)c->size ? 0 : error_sys(err, "writing `%s/%s`", a->dir, f->name);
}

static int verify(struct archive *a, struct error *err) {
  char end[sizeof last];
  for (unsigned i = 0; i < a->count; i++) {
    unsigned char said[DIGEST], is[DIGEST];
    if (get(a, said, sizeof said, err) < 0 || file_digest(a, &a->files[i], is, err) < 0)
      return -1;
    if (memcmp(said, is, sizeof said) != 0)
      return error_set(err, MOBIDESK_CORRUPT, "`%s` of an image does not have the SHA-256 that the image states",
                       a->files[i].name);
  }
  if (get(a, end, sizeof end, err) < 0)
    return -1;
  if (memcmp(end, last, sizeof last) != 0)
    return error_set(err, MOBIDESK_CORRUPT, "an image does not end as it should");
  return read(a->fd, end, 1) == 0 ? 0 : error_set(err, MOBIDESK_CORRUPT, "bytes follow the end of an image");
}

int image_archive_read(const char *dir, int fd, uint64_t limit, uint64_t *bytes, struct error *err) {
  cleanup_archive struct archive a = {.dir = dir, .fd = fd};
  if (receive_table(&a, limit, err) < 0 || plan_chunks(&a, err) < 0 || create_files(&a, err) < 0 ||
      pipeline_read(a.chunk_count, receive_chunk, unpack, &a, err) < 0 || verify(&a, err) < 0)
    return -1;
  *bytes = a.total;
  return 0;
}
