/*
 * Checkpoint images in memory: IMAGES_DIR/ID.EPOCH holds CRIU's files and `manifest.json`, which is written last and
 * says that the image is whole, what it is of, and where it can be restored.
 */
#ifndef MOBIDESK_IMAGE_H
#define MOBIDESK_IMAGE_H

#include "config.h"
#include "error.h"
#include "image_keys.h"
#include "precopy.h"
#include "spec.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Mounts a tmpfs at IMAGES_DIR unless there is one, and reads the keys of images. */
int image_open(const struct config *config, struct error *err);

/* This server's keys of images; the same for the life of the daemon. */
const struct image_keys *image_keys(void);

int image_path(const struct config *config, const char *id, uint64_t epoch, char *out, size_t size, struct error *err);

/* Makes an empty directory for the image, in the place of what may be there. */
int image_begin(const struct config *config, const char *id, uint64_t epoch, char *path, size_t size,
                struct error *err);

/* Makes an empty directory for an image that is coming, beside one that may be there. */
int image_begin_coming(const struct config *config, const char *id, uint64_t epoch, char *path, size_t size,
                       struct error *err);

/* Writes the manifest of what was dumped on this host; `whole` is whole_describe's, `parent` what was left out. */
int image_finish(const struct config *config, const struct spec *spec, uint32_t processes, const json_t *whole,
                 const struct precopy_parent *parent, struct error *err);

/* What the session was when it was dumped (whole.h): a new reference, or NULL. */
json_t *image_whole(const struct config *config, const char *id, uint64_t epoch, struct error *err);

/* What a manifest says. */
struct image_manifest {
  struct spec spec;
  uint32_t processes;
  uint64_t disk_generation; /* of the session disk that it fits (disk_lease.h) */
};

/* Reads and checks the manifest: of this session and epoch, and restorable here. */
int image_check(const struct config *config, const char *id, uint64_t epoch, struct image_manifest *out,
                struct error *err);

bool image_present(const struct config *config, const char *id, uint64_t epoch);
uint64_t image_bytes(const struct config *config, const char *id, uint64_t epoch);

/* Removes the images of all epochs, or of one. Absent: success. */
int image_remove_all(const struct config *config, const char *id, struct error *err);
int image_remove(const struct config *config, const char *id, uint64_t epoch, struct error *err);

/* Tells the people who look after the server that an image was refused: who can forge one is root here. */
void image_report_refusal(const char *id, uint64_t epoch, const struct error *why);

/* Room for images, bytes. */
uint64_t image_free_bytes(const struct config *config);

#endif
