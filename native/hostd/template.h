/*
 * Templates: a description TEMPLATES_DIR/NAME-VERSION.json names the layers, immutable erofs images LAYER.erofs beside
 * it. Each layer is mounted once in the daemon, at RUN_DIR/templates/LAYER, whatever templates have it; sessions share
 * its page cache. Any thread.
 */
#ifndef MOBIDESK_TEMPLATE_H
#define MOBIDESK_TEMPLATE_H

#include "config.h"
#include "error.h"

#include <jansson.h>

#define TEMPLATE_LAYERS_MAX 8

struct template_layers {
  unsigned count;
  char dirs[TEMPLATE_LAYERS_MAX][PATH_MAX / 2]; /* mount points, the topmost layer first */
};

/* Appends every template that is complete here to the array `out`, by the age of its description: the newest last. */
int template_list(const struct config *config, json_t *out, struct error *err);

/* Mounts those layers of the template that are not mounted yet. MOBIDESK_NOT_FOUND. */
int template_mount(const struct config *config, const char *id, struct template_layers *out, struct error *err);

/* A template may pin its sessions to a baseline of processors ("cpu_baseline" of its description, cpu.h).
 * MOBIDESK_UNSUPPORTED when this server is not of it, with what it lacks or has beyond. */
int template_check_cpu(const struct config *config, const char *id, struct error *err);

/* Unmounts all layers; sessions that use them keep them. */
void template_unmount_all(const struct config *config);

/* [a-z0-9.-], at least one of each side of a dash. */
int template_check_id(const char *id, struct error *err);

#endif
