/*
 * The control group of a session, mobidesk-INSTANCE/ID, in the unified hierarchy or in those of version 1 (memory, cpu,
 * pids).
 */
#ifndef MOBIDESK_CGROUP_H
#define MOBIDESK_CGROUP_H

#include "config.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CGROUP_MOUNT "/sys/fs/cgroup"

/* Whether this host has control groups of version 2 only. */
bool cgroup_unified(void);
/* `controller` NULL: the unified hierarchy. `id` NULL: the group of the instance. */
int cgroup_path(char *out, size_t size, const struct config *config, const char *controller, const char *id,
                struct error *err);
/* Whether a controller is in the text of a file cgroup.controllers. */
bool cgroup_has_controller(const char *list, const char *name);

struct cgroup_limits {
  uint64_t memory_bytes;
  uint32_t cpu_shares; /* 1024 is one plain session */
  uint32_t cpu_millis; /* thousandths of a processor at most; 0: no limit */
  uint32_t pids;
};

/* Makes the group, or sets the limits of the one that is there: from the new ones that were set already, back to
 * nothing, when one is refused, because the session uses more memory (MOBIDESK_CONFLICT). */
int cgroup_create(const struct config *config, const char *id, const struct cgroup_limits *limits, struct error *err);

/* While it is stopped for a move a session goes before all others, and afterwards it has its share again. */
int cgroup_hurry(const struct config *config, const char *id, struct error *err);
int cgroup_set_cpu(const struct config *config, const char *id, const struct cgroup_limits *limits, struct error *err);

/* A descriptor that becomes readable, and is to be read, when memory ran out; or -1. */
int cgroup_watch_memory(const struct config *config, const char *id, struct error *err);
/* How many processes were killed because memory ran out. */
uint64_t cgroup_memory_kills(const struct config *config, const char *id);

/* Puts a process into it; 0 means the caller. What it forks follows. */
int cgroup_enter(const struct config *config, const char *id, pid_t pid, struct error *err);

/* Bytes of memory and number of processes now; 0 when there is none. */
uint64_t cgroup_memory(const struct config *config, const char *id);
uint32_t cgroup_processes(const struct config *config, const char *id);

/* Removes the group, which must be empty of processes. Absent: success. */
/* Processor time that the session's processes have used, in clock ticks. */
uint64_t cgroup_cpu_ticks(const struct config *config, const char *id);

int cgroup_remove(const struct config *config, const char *id, struct error *err);

/* Removes the instance's group when no session is left in it. */
void cgroup_remove_root(const struct config *config);

#endif
