/*
 * image_lab.h: two servers' keys, an image and its stream, for tests of images. All of it is in a directory that ends
 * with the test.
 */
#ifndef MOBIDESK_IMAGE_LAB_H
#define MOBIDESK_IMAGE_LAB_H

#include "image_archive.h"

#include <stddef.h>

#define IMAGE_LAB_ID "ada-1"
#define IMAGE_LAB_EPOCH 7
#define IMAGE_LAB_LARGE (2 * 1024 * 1024 + 17) /* several chunks, the last of them short */

struct image_lab {
  struct image_keys source, target, stranger; /* the target trusts the source, nobody the stranger */
  unsigned char *large;                       /* content of pages-1.img: half of it does not compress */
};

void image_lab_open(struct image_lab *lab);

/* A path in the test's directory. Of the last few results each is a string of its own. */
const char *image_lab_at(const char *name);
void image_lab_put(const char *name, const void *data, size_t size);

/* An image in directory `name`: pages-1.img, core-1.img, core-2.img, empty.img, a log, and the manifest. */
void image_lab_make(const struct image_lab *lab, const char *name, const char *id, uint64_t epoch);

/* The archive of `dir` (which is image_lab_at's) on `fd`, with the usual session and epoch. */
struct image_archive image_lab_archive(const char *dir, int fd, const struct image_keys *keys, bool sealed);

/* Reads `stream` into the directory `out`, made anew. */
int image_lab_read(const struct image_lab *lab, int fd, bool sealed, uint64_t limit, uint64_t *bytes,
                   struct error *err);

int image_lab_memory(void);

#endif
