/*
 * Keys of checkpoint images, in a directory of root's (configuration: keys_dir).
 *
 *   signing.key           Ed25519, PKCS #8 PEM: this server signs with it. Made when there is none
 *   signing.pub           its public half, for the other servers
 *   trusted/NAME.pub      public keys of the servers whose images are taken; this server's own always is
 *   storage/ID.key        64 hexadecimal digits: AES-256 keys of images that are kept, the same on all servers
 *
 * Private files must belong to the daemon's user and be of mode 0600. `trusted` and `storage` are read at each use, so
 * keys come and go without a restart. No key that an image brings along counts for anything.
 */
#ifndef MOBIDESK_IMAGE_KEYS_H
#define MOBIDESK_IMAGE_KEYS_H

#include "config.h"
#include "error.h"

#include <openssl/evp.h>
#include <stddef.h>

#define IMAGE_KEY_DIGEST 32 /* SHA-256 of a raw public key: names it in an image */
#define IMAGE_SIGNATURE 64
#define IMAGE_STORAGE_KEY 32
#define IMAGE_STORAGE_KEY_ID 64

struct image_keys {
  char dir[PATH_MAX / 4];
  char storage_key[IMAGE_STORAGE_KEY_ID]; /* ID of the key that new images are encrypted with; empty: none */
  EVP_PKEY *signing;
  unsigned char digest[IMAGE_KEY_DIGEST]; /* of `signing` */
};

/* Reads the signing key of `dir`, or makes it. `storage_key` may be empty. */
int image_keys_open(struct image_keys *keys, const char *dir, const char *storage_key, struct error *err);
void image_keys_close(struct image_keys *keys);

int image_keys_sign(const struct image_keys *keys, const void *data, size_t size,
                    unsigned char signature[IMAGE_SIGNATURE], struct error *err);

/* Checks a signature by the trusted key that has `digest`; `signer` becomes its name. MOBIDESK_CORRUPT when there is no
 * such key, or the signature is not its. Any thread. */
int image_keys_verify(const struct image_keys *keys, const unsigned char digest[IMAGE_KEY_DIGEST], const void *data,
                      size_t size, const unsigned char signature[IMAGE_SIGNATURE], char signer[MOBIDESK_NAME_SIZE],
                      struct error *err);

/* The storage key `id`. MOBIDESK_UNSUPPORTED when it is not here. */
int image_keys_storage(const struct image_keys *keys, const char *id, unsigned char out[IMAGE_STORAGE_KEY],
                       struct error *err);

#endif
