/*
 * The manifest of an image stream: who signed it, and whether the files that came are the ones that it lists.
 */
#ifndef MOBIDESK_IMAGE_MANIFEST_H
#define MOBIDESK_IMAGE_MANIFEST_H

#include "image_archive.h"
#include "image_chunk.h"

int image_manifest_sign(const struct image_keys *keys, const char *text, size_t size,
                        unsigned char signature[IMAGE_SIGNATURE], struct error *err);

/* Checks the signature (digest of the key, signature) of a manifest's text, and then, not before, reads it: it must be
 * of the archive's session and epoch. `signer` becomes the name of the key. NULL on failure. */
json_t *image_manifest_open(const struct image_archive *archive, const char *text, size_t size,
                            const unsigned char signature[IMAGE_KEY_DIGEST + IMAGE_SIGNATURE],
                            char signer[MOBIDESK_NAME_SIZE], struct error *err);

/* Compares "files" with what came: each one there, none more, each with its size and digest. */
int image_manifest_check_files(const json_t *manifest, struct image_file *first, struct error *err);

#endif
