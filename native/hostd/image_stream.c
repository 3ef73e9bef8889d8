#include "image_stream.h"

#include "clean.h"
#include "frame.h"

#include <endian.h>
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <string.h>

#define SALT 32
#define NONCE 12
#define HEADER 16

static const char magic[8] = "MDIMAGE2";
static const unsigned char no_salt[SALT];

/* magic, sealed, length of the session's id, length of the key's, 0, epoch, salt */
struct head {
  char magic[8];
  uint8_t sealed, id_length, key_length, zero;
  uint8_t epoch[8];
  unsigned char salt[SALT];
};
_Static_assert(sizeof(struct head) == 52, "the head of a stream has no gaps");

static void clean_cipher(EVP_CIPHER_CTX **c) { EVP_CIPHER_CTX_free(*c); }
#define cleanup_cipher __attribute__((cleanup(clean_cipher)))

static int write_out(struct image_stream *s, const void *data, size_t size, struct error *err) {
  int r = frame_write_all(s->fd, data, size);
  if (r == 0)
    return 0;
  errno = -r;
  return error_sys(err, "writing an image");
}

int image_stream_flush(struct image_stream *s, struct error *err) {
  size_t size = s->held;
  s->held = 0;
  return size == 0 ? 0 : write_out(s, s->out, size, err);
}

static int put(struct image_stream *s, const void *data, size_t size, struct error *err) {
  s->bytes += size;
  if (size > sizeof s->out - s->held && image_stream_flush(s, err) < 0)
    return -1;
  if (size > sizeof s->out)
    return write_out(s, data, size, err);
  memcpy(s->out + s->held, data, size);
  s->held += size;
  return 0;
}

static int get(struct image_stream *s, void *data, size_t size, const char *about, struct error *err) {
  int r = frame_read_all(s->fd, data, size);
  if (r == -ENODATA || r == -EPIPE)
    return error_set(err, MOBIDESK_CORRUPT, "%s: the image ends too early, after %lu bytes", about, s->bytes);
  s->bytes += size;
  if (r == 0)
    return 0;
  errno = -r;
  return error_sys(err, "reading an image");
}

/* HKDF-SHA-256: each stream has a key of its own, so that a counter is nonce enough (NIST SP 800-38D, 8.2.1). */
static int derive(struct image_stream *s, const struct image_keys *keys, unsigned char salt[SALT], struct error *err) {
  unsigned char master[IMAGE_STORAGE_KEY];
  char info[MOBIDESK_ID_SIZE + 64];
  if (image_keys_storage(keys, s->key_id, master, err) < 0)
    return -1;
  int n = snprintf(info, sizeof info, "MobiDesk image 2/%s/%lu", s->id, s->epoch);
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, master, sizeof master),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt, SALT),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, (size_t)n),
      OSSL_PARAM_construct_end(),
  };
  EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
  EVP_KDF_CTX *c = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
  int done = c ? EVP_KDF_derive(c, s->key, sizeof s->key, parameters) : 0;
  EVP_KDF_CTX_free(c);
  EVP_KDF_free(kdf);
  OPENSSL_cleanse(master, sizeof master);
  return done == 1 ? 0 : error_set(err, MOBIDESK_INTERNAL, "deriving the key of an image failed");
}

int image_stream_begin(struct image_stream *s, int fd, const char *id, uint64_t epoch, const struct image_keys *keys,
                       const char *key_id, struct error *err) {
  struct head head = {.sealed = key_id != NULL};
  *s = (struct image_stream){.fd = fd, .epoch = epoch, .sealed = key_id != NULL};
  snprintf(s->id, sizeof s->id, "%s", id);
  snprintf(s->key_id, sizeof s->key_id, "%s", key_id ? key_id : "");
  memcpy(head.magic, magic, sizeof magic);
  head.id_length = (uint8_t)strlen(s->id);
  head.key_length = (uint8_t)strlen(s->key_id);
  epoch = htole64(epoch);
  memcpy(head.epoch, &epoch, sizeof head.epoch);
  if (s->sealed && RAND_bytes(head.salt, sizeof head.salt) != 1)
    return error_set(err, MOBIDESK_INTERNAL, "no random numbers for the key of an image");
  if (s->sealed && derive(s, keys, head.salt, err) < 0)
    return -1;
  return put(s, &head, sizeof head, err) < 0 || put(s, s->id, head.id_length, err) < 0
             ? -1
             : put(s, s->key_id, head.key_length, err);
}

int image_stream_expect(struct image_stream *s, int fd, const char *id, uint64_t epoch, const struct image_keys *keys,
                        bool sealed, struct error *err) {
  struct head head;
  uint64_t said;
  *s = (struct image_stream){.fd = fd, .sealed = sealed};
  if (get(s, &head, sizeof head, "its head", err) < 0)
    return -1;
  bool known = memcmp(head.magic, magic, sizeof magic) == 0 && head.sealed <= 1 && !head.zero;
  if (known && !head.sealed)
    known = head.key_length == 0 && memcmp(head.salt, no_salt, SALT) == 0;
  if (!known || head.id_length >= sizeof s->id || head.key_length >= sizeof s->key_id)
    return error_set(err, MOBIDESK_CORRUPT, "this is not a checkpoint image of a version that is known here");
  if (get(s, s->id, head.id_length, "its head", err) < 0 || get(s, s->key_id, head.key_length, "its head", err) < 0)
    return -1;
  memcpy(&said, head.epoch, sizeof said);
  s->epoch = le64toh(said);
  if (strcmp(s->id, id) != 0 || strlen(s->id) != head.id_length || s->epoch != epoch)
    return error_set(err, MOBIDESK_CORRUPT, "the image is of session `%s` at epoch %lu, not of `%s` at %lu", s->id,
                     s->epoch, id, epoch);
  if (head.sealed != sealed)
    return error_set(err, MOBIDESK_CORRUPT, "the image is %s, which it must %sbe here",
                     sealed ? "not encrypted" : "encrypted", sealed ? "" : "not ");
  return sealed ? derive(s, keys, head.salt, err) : 0;
}

void image_stream_end(struct image_stream *s) { OPENSSL_cleanse(s->key, sizeof s->key); }

static void pack_header(const struct image_frame *f, unsigned char out[HEADER]) {
  uint32_t words[3] = {htole32(f->file), htole32(f->size), htole32(f->stored)};
  memset(out, 0, HEADER);
  out[0] = f->kind;
  out[1] = f->packing;
  memcpy(out + 4, words, sizeof words);
}

/* What the tag covers besides the content: header, number, epoch, session, file's name. */
static int cover(const struct image_stream *s, const struct image_frame *f, const char *name, EVP_CIPHER_CTX *c,
                 bool seal) {
  unsigned char about[HEADER + 16 + MOBIDESK_ID_SIZE + IMAGE_NAME_MAX + 2], nonce[NONCE] = {0};
  uint64_t numbers[2] = {htole64(f->number), htole64(s->epoch)};
  size_t id = strlen(s->id) + 1, file = strlen(name) + 1;
  int n;
  pack_header(f, about);
  memcpy(about + HEADER, numbers, sizeof numbers);
  memcpy(about + HEADER + 16, s->id, id);
  memcpy(about + HEADER + 16 + id, name, file);
  memcpy(nonce + NONCE - sizeof numbers[0], numbers, sizeof numbers[0]);
  return EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, s->key, nonce, seal) == 1 &&
                 EVP_CipherUpdate(c, NULL, &n, about, (int)(HEADER + 16 + id + file)) == 1
             ? 0
             : -1;
}

int image_stream_seal(const struct image_stream *s, struct image_frame *f, const char *name, void *content,
                      struct error *err) {
  int n;
  if (!s->sealed)
    return 0;
  cleanup_cipher EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
  if (c && cover(s, f, name, c, true) == 0 &&
      (f->stored == 0 || EVP_CipherUpdate(c, content, &n, content, (int)f->stored) == 1) &&
      EVP_CipherFinal_ex(c, f->tag, &n) == 1 && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, IMAGE_TAG, f->tag) == 1)
    return 0;
  return error_set(err, MOBIDESK_INTERNAL, "encrypting an image failed");
}

int image_stream_unseal(const struct image_stream *s, const struct image_frame *f, const char *name, void *content,
                        struct error *err) {
  int n;
  unsigned char last[IMAGE_TAG];
  if (!s->sealed)
    return 0;
  cleanup_cipher EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
  if (c && cover(s, f, name, c, false) == 0 &&
      (f->stored == 0 || EVP_CipherUpdate(c, content, &n, content, (int)f->stored) == 1) &&
      EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, IMAGE_TAG, (void *)f->tag) == 1 &&
      EVP_CipherFinal_ex(c, last, &n) == 1)
    return 0;
  return error_set(err, MOBIDESK_CORRUPT,
                   "frame %lu of the image (%s%s%s) was changed, or is not encrypted with the storage key `%s`",
                   f->number, name[0] ? "`" : "", name[0] ? name : "no file's", name[0] ? "`" : "", s->key_id);
}

int image_stream_put(struct image_stream *s, const struct image_frame *f, const void *content, struct error *err) {
  unsigned char header[HEADER];
  pack_header(f, header);
  if (put(s, header, HEADER, err) < 0 || (f->stored > 0 && put(s, content, f->stored, err) < 0))
    return -1;
  return s->sealed ? put(s, f->tag, sizeof f->tag, err) : 0;
}

/* The smallest and largest content that a kind of frame may have. */
static bool fits(const struct image_frame *f) {
  bool packed = f->packing != IMAGE_PLAIN;
  if (f->packing > IMAGE_ZSTD || (packed ? f->stored >= f->size : f->stored != f->size))
    return false;
  if (f->kind != IMAGE_FRAME_CHUNK && (packed || f->file))
    return false;
  switch (f->kind) {
  case IMAGE_FRAME_FILE:
    return f->size > 0 && f->size <= IMAGE_NAME_MAX;
  case IMAGE_FRAME_CHUNK:
    return f->size > 0 && f->stored > 0 && f->size <= IMAGE_CHUNK;
  case IMAGE_FRAME_MANIFEST:
    return f->size > 0 && f->size <= IMAGE_MANIFEST_MAX;
  case IMAGE_FRAME_SIGNATURE:
    return f->size == IMAGE_KEY_DIGEST + IMAGE_SIGNATURE;
  case IMAGE_FRAME_END:
    return f->size == 0;
  default:
    return false;
  }
}

int image_stream_get(struct image_stream *s, struct image_frame *f, const char *about, struct error *err) {
  unsigned char header[HEADER];
  uint32_t words[3];
  if (get(s, header, sizeof header, about, err) < 0)
    return -1;
  memcpy(words, header + 4, sizeof words);
  f->kind = header[0];
  f->packing = header[1];
  f->file = le32toh(words[0]);
  f->size = le32toh(words[1]);
  f->stored = le32toh(words[2]);
  if (!fits(f) || header[2] || header[3])
    return error_set(err, MOBIDESK_CORRUPT, "%s: frame %lu of the image has an impossible header", about, f->number);
  return 0;
}

int image_stream_get_content(struct image_stream *s, struct image_frame *f, void *content, const char *about,
                             struct error *err) {
  if (get(s, content, f->stored, about, err) < 0)
    return -1;
  return s->sealed ? get(s, f->tag, sizeof f->tag, about, err) : 0;
}

int image_stream_expect_eof(struct image_stream *s, struct error *err) {
  char byte;
  int r = frame_read_all(s->fd, &byte, 1);
  if (r == -ENODATA)
    return 0;
  return error_set(err, MOBIDESK_CORRUPT, "bytes follow the end of the image");
}
