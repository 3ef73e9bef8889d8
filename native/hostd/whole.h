/*
 * Whether a session that was restored is the one that was dumped: CRIU's exit status is no proof. Described when all of
 * its processes are stopped for the dump, and compared when they are held after the restore, before the commit.
 *
 * As JSON: {"processes": [{"pid", "name", "threads", "files"}], "mounts", "listening", "established"}: pids as the
 * session sees them, files the number of open descriptors, mounts of its first process, sockets of its network.
 */
#ifndef MOBIDESK_WHOLE_H
#define MOBIDESK_WHOLE_H

#include "error.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

/* `init_pid` is the host's pid of the session's first process. A new reference; NULL on failure. */
json_t *whole_describe(pid_t init_pid, struct error *err);

/* MOBIDESK_CORRUPT, with the first process or kind of thing that is missing. Processes that are not in `expected` are a
 * difference, too. */
int whole_check(const json_t *expected, pid_t init_pid, struct error *err);

/* Calls `each` with the host's pid of each process of the pid namespace of `init_pid`; false when that is gone. */
bool whole_each_process(pid_t init_pid, void (*each)(pid_t pid, void *data), void *data);

/* The pid as the session sees it; false when the process is dead. */
bool whole_pid_inside(pid_t pid, int *inside);

/* How many of the processes in `expected` are there and are no zombies. */
size_t whole_count_alive(const json_t *expected, pid_t init_pid);

/* For faults: kills all processes but the first one, or the last of them only, and waits until they are dead. */
void whole_kill(pid_t init_pid, bool all);

#endif
