/*
 * Idmapped mounts: a file's id N on disk appears as uid_base + N to the host.
 */
#ifndef MOBIDESK_IDMAP_H
#define MOBIDESK_IDMAP_H

#include "error.h"

#include <sys/types.h>

/* A user namespace that maps the session's 65536 ids to `uid_base`, and id 65536 to the host's root, whose ids the
 * overlay file system writes with. Returns its descriptor. */
int idmap_open(uid_t uid_base, struct error *err);

/* Binds the mount at `source` to `target` through the mapping. */
int idmap_mount(int userns_fd, const char *source, const char *target, struct error *err);

/* Writes both maps of a process in a new user namespace. */
int idmap_write(pid_t pid, const char *map, struct error *err);

#endif
