/*
 * Templates: immutable erofs images TEMPLATES_DIR/NAME-VERSION.erofs with a description NAME-VERSION.json. Each is
 * mounted once in the daemon, at RUN_DIR/templates/ID; sessions share its page cache. Any thread.
 */
#ifndef MOBIDESK_TEMPLATE_H
#define MOBIDESK_TEMPLATE_H

#include "config.h"
#include "error.h"

#include <jansson.h>

/* Appends every template that is complete here to the array `out`, by the age of its description: the newest last. */
int template_list(const struct config *config, json_t *out, struct error *err);

/* Mounts the template when it is not yet and writes its mount point. MOBIDESK_NOT_FOUND. */
int template_mount(const struct config *config, const char *id, char *path, size_t size, struct error *err);

/* A template may pin its sessions to a baseline of processors ("cpu_baseline" of its description, cpu.h).
 * MOBIDESK_UNSUPPORTED when this server is not of it, with what it lacks or has beyond. */
int template_check_cpu(const struct config *config, const char *id, struct error *err);

/* Unmounts all of them; sessions that use one keep it. */
void template_unmount_all(const struct config *config);

/* [a-z0-9.-], at least one of each side of a dash. */
int template_check_id(const char *id, struct error *err);

#endif
