/*
 * Session disks: one sparse ext4 image for each session on the storage tier, mounted nowhere but in its session.
 */
#ifndef MOBIDESK_DISK_H
#define MOBIDESK_DISK_H

#include "config.h"
#include "error.h"

#include <stdbool.h>
#include <stdint.h>

/* STORAGE_DIR/disks/ID.ext4 */
int disk_path(const struct config *config, const char *id, char *out, size_t size, struct error *err);

/* Makes the disk unless it is there; `*fresh` tells which. */
int disk_create(const struct config *config, const char *id, uint64_t bytes, bool *fresh, struct error *err);

/* MOBIDESK_NOT_FOUND when the disk is not on this server's storage. */
int disk_check(const struct config *config, const char *id, struct error *err);

/* Removes the disk with its lease; its snapshots stay with the images that they belong to. Absent: success. */
int disk_drop(const struct config *config, const char *id, struct error *err);

/* Removes the disk with its lease and its snapshots. Absent: success. */
int disk_remove(const struct config *config, const char *id, struct error *err);

/* Bytes allocated, 0 when there is none. */
uint64_t disk_allocated(const struct config *config, const char *id);

#endif
