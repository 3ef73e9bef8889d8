/*
 * How fast a session reads and writes its disk. What counts is what passes the loop device of the disk, which is that
 * session's alone: what the page cache has answers at once, and what is kept there is written at this rate.
 *
 * Version 2 of control groups charges a group for what the kernel writes later of its files, so the limit is in the
 * session's group. Version 1 does not: the kernel writes as the hierarchy's first group, where all processes of
 * sessions are left for that reason, and there the limit is for the device.
 */
#ifndef MOBIDESK_CGROUP_DISK_H
#define MOBIDESK_CGROUP_DISK_H

#include "config.h"
#include "error.h"

#include <stdint.h>
#include <sys/types.h>

/* MOBIDESK_UNSUPPORTED when a rate is asked for that the kernel cannot keep. */
int cgroup_disk_check(uint64_t rate, struct error *err);

/* Bytes a second of the session's disk on `device`, read and written, each; 0: as fast as it can be. A session whose
 * disk is not mounted (`device` empty) has nothing to limit. */
int cgroup_disk_limit(const struct config *config, const char *id, const char *device, uint64_t rate,
                      struct error *err);

/* Puts a process where the limit is its, in version 1; 0 means the caller. */
int cgroup_disk_enter(pid_t pid, struct error *err);

/* A device is bound anew: whatever limited its last use is gone. */
void cgroup_disk_forget(const char *device);

#endif
