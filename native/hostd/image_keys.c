#include "image_keys.h"

#include "clean.h"
#include "files.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>

#define RAW_PUBLIC 32

static void clean_key(EVP_PKEY **key) { EVP_PKEY_free(*key); }
#define cleanup_key __attribute__((cleanup(clean_key)))

static void clean_digest(EVP_MD_CTX **c) { EVP_MD_CTX_free(*c); }
#define cleanup_digest __attribute__((cleanup(clean_digest)))

/* Opens a file that nobody else may read or write. */
static FILE *open_private(const char *path, struct error *err) {
  struct stat st;
  cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 || fstat(fd, &st) < 0) {
    error_sys(err, "opening the key `%s`", path);
    return NULL;
  }
  if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077)) {
    error_set(err, MOBIDESK_DENIED, "the key `%s` must be a file of the daemon's user with mode 0600", path);
    return NULL;
  }
  FILE *f = fdopen(fd, "r");
  if (f)
    steal_fd(&fd);
  else
    error_sys(err, "opening the key `%s`", path);
  return f;
}

static int key_digest(const EVP_PKEY *key, unsigned char out[IMAGE_KEY_DIGEST]) {
  unsigned char raw[RAW_PUBLIC];
  size_t size = sizeof raw;
  return EVP_PKEY_get_raw_public_key(key, raw, &size) == 1 && size == sizeof raw &&
                 EVP_Digest(raw, size, out, NULL, EVP_sha256(), NULL) == 1
             ? 0
             : -1;
}

/* Writes a whole file under a name of its own first, so that a key is never there in part. */
static int write_key(const char *path, const EVP_PKEY *key, bool private, struct error *err) {
  char temporary[PATH_MAX];
  if (files_path(temporary, sizeof temporary, err, "%s.new", path) < 0)
    return -1;
  unlink(temporary);
  cleanup_close int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, private ? 0600 : 0644);
  cleanup_file FILE *f = fd < 0 ? NULL : fdopen(dup(fd), "w");
  if (!f)
    return error_sys(err, "creating the key `%s`", temporary);
  int written =
      private ? PEM_write_PKCS8PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) : PEM_write_PUBKEY(f, (EVP_PKEY *)key);
  if (written != 1 || fflush(f) != 0 || fsync(fd) < 0 || rename(temporary, path) < 0)
    return error_sys(err, "writing the key `%s`", path);
  return 0;
}

static int load_signing(struct image_keys *k, const char *path, struct error *err) {
  cleanup_file FILE *f = open_private(path, err);
  if (!f)
    return -1;
  k->signing = PEM_read_PrivateKey(f, NULL, NULL, NULL);
  if (!k->signing || EVP_PKEY_get_base_id(k->signing) != EVP_PKEY_ED25519)
    return error_set(err, MOBIDESK_INVALID, "`%s` is not an Ed25519 key in PEM", path);
  return 0;
}

static int make_signing(struct image_keys *k, const char *path, struct error *err) {
  char public[PATH_MAX];
  if (files_path(public, sizeof public, err, "%s/signing.pub", k->dir) < 0)
    return -1;
  k->signing = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
  if (!k->signing)
    return error_set(err, MOBIDESK_INTERNAL, "libcrypto makes no Ed25519 key");
  /* The private one last: it says that both are there. */
  if (write_key(public, k->signing, false, err) < 0 || write_key(path, k->signing, true, err) < 0)
    return -1;
  log_info("key-made", "file=%s message=\"copy %s to `trusted` of the other servers\"", path, public);
  return 0;
}

int image_keys_open(struct image_keys *k, const char *dir, const char *storage_key, struct error *err) {
  char path[PATH_MAX];
  *k = (struct image_keys){0};
  if (strlen(dir) >= sizeof k->dir || strlen(storage_key) >= sizeof k->storage_key)
    return error_set(err, MOBIDESK_INVALID, "`%s` or the name of the storage key `%s` is too long", dir, storage_key);
  memcpy(k->dir, dir, strlen(dir) + 1);
  memcpy(k->storage_key, storage_key, strlen(storage_key) + 1);
  if (files_make_dirs(dir, 0700, err) < 0 || files_path(path, sizeof path, err, "%s/signing.key", dir) < 0)
    return -1;
  int r = access(path, F_OK) == 0 ? load_signing(k, path, err) : make_signing(k, path, err);
  if (r == 0 && key_digest(k->signing, k->digest) < 0)
    r = error_set(err, MOBIDESK_INVALID, "`%s` has no public half", path);
  if (r < 0)
    image_keys_close(k);
  return r;
}

void image_keys_close(struct image_keys *k) {
  EVP_PKEY_free(k->signing);
  k->signing = NULL;
}

int image_keys_sign(const struct image_keys *k, const void *data, size_t size, unsigned char signature[IMAGE_SIGNATURE],
                    struct error *err) {
  size_t length = IMAGE_SIGNATURE;
  cleanup_digest EVP_MD_CTX *c = EVP_MD_CTX_new();
  if (c && EVP_DigestSignInit(c, NULL, NULL, NULL, k->signing) == 1 &&
      EVP_DigestSign(c, signature, &length, data, size) == 1 && length == IMAGE_SIGNATURE)
    return 0;
  return error_set(err, MOBIDESK_INTERNAL, "signing an image with `%s/signing.key` failed", k->dir);
}

static bool ends_with(const char *name, const char *suffix) {
  size_t n = strlen(name), m = strlen(suffix);
  return n > m && strcmp(name + n - m, suffix) == 0;
}

/* The trusted key with this digest, or NULL. A file that is no key is reported and passed over. */
static EVP_PKEY *find_trusted(const struct image_keys *k, const unsigned char digest[IMAGE_KEY_DIGEST],
                              char signer[MOBIDESK_NAME_SIZE]) {
  char path[PATH_MAX];
  struct error err;
  if (memcmp(digest, k->digest, IMAGE_KEY_DIGEST) == 0) {
    snprintf(signer, MOBIDESK_NAME_SIZE, "this server");
    EVP_PKEY_up_ref(k->signing);
    return k->signing;
  }
  if (files_path(path, sizeof path, &err, "%s/trusted", k->dir) < 0)
    return NULL;
  cleanup_dir DIR *dir = opendir(path);
  for (struct dirent *e; dir && (e = readdir(dir));) {
    unsigned char is[IMAGE_KEY_DIGEST];
    if (!ends_with(e->d_name, ".pub") || files_path(path, sizeof path, &err, "%s/trusted/%s", k->dir, e->d_name) < 0)
      continue;
    cleanup_file FILE *f = fopen(path, "re");
    EVP_PKEY *key = f ? PEM_read_PUBKEY(f, NULL, NULL, NULL) : NULL;
    if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519 || key_digest(key, is) < 0)
      log_warning("key", "file=%s message=\"is not an Ed25519 public key in PEM: not trusted\"", path);
    else if (memcmp(digest, is, sizeof is) == 0) {
      snprintf(signer, MOBIDESK_NAME_SIZE, "%.*s", (int)(strlen(e->d_name) - strlen(".pub")), e->d_name);
      return key;
    }
    EVP_PKEY_free(key);
  }
  return NULL;
}

int image_keys_verify(const struct image_keys *k, const unsigned char digest[IMAGE_KEY_DIGEST], const void *data,
                      size_t size, const unsigned char signature[IMAGE_SIGNATURE], char signer[MOBIDESK_NAME_SIZE],
                      struct error *err) {
  cleanup_key EVP_PKEY *key = find_trusted(k, digest, signer);
  if (!key)
    return error_set(
        err, MOBIDESK_CORRUPT,
        "the key %02x%02x%02x%02x%02x%02x%02x%02x that signed the image is not trusted here (`%s/trusted`)", digest[0],
        digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7], k->dir);
  cleanup_digest EVP_MD_CTX *c = EVP_MD_CTX_new();
  if (c && EVP_DigestVerifyInit(c, NULL, NULL, NULL, key) == 1 &&
      EVP_DigestVerify(c, signature, IMAGE_SIGNATURE, data, size) == 1)
    return 0;
  return error_set(err, MOBIDESK_CORRUPT, "the signature of the image's manifest is not that of `%s`", signer);
}

static bool good_id(const char *id) {
  size_t n = strlen(id);
  return n > 0 && n < IMAGE_STORAGE_KEY_ID && id[0] != '.' &&
         strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == n;
}

int image_keys_storage(const struct image_keys *k, const char *id, unsigned char out[IMAGE_STORAGE_KEY],
                       struct error *err) {
  char path[PATH_MAX], text[2 * IMAGE_STORAGE_KEY + 2] = "";
  size_t size = 0;
  if (!good_id(id))
    return error_set(err, MOBIDESK_UNSUPPORTED, "`%.64s` is not the name of a storage key", id);
  if (files_path(path, sizeof path, err, "%s/storage/%s.key", k->dir, id) < 0)
    return -1;
  if (access(path, F_OK) < 0)
    return error_set(err, MOBIDESK_UNSUPPORTED, "the storage key `%s` is not on this server (`%s`)", id, path);
  cleanup_file FILE *f = open_private(path, err);
  if (!f)
    return -1;
  size_t n = fread(text, 1, sizeof text - 1, f);
  text[strcspn(text, "\n")] = '\0';
  int whole = n > 0 && strlen(text) == 2 * IMAGE_STORAGE_KEY &&
              OPENSSL_hexstr2buf_ex(out, IMAGE_STORAGE_KEY, &size, text, '\0') == 1 && size == IMAGE_STORAGE_KEY;
  OPENSSL_cleanse(text, sizeof text);
  return whole ? 0 : error_set(err, MOBIDESK_INVALID, "`%s` must have 64 hexadecimal digits", path);
}
