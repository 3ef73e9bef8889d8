/*
 * Processes of the host by pid and start time.
 */
#ifndef MOBIDESK_PROCESS_H
#define MOBIDESK_PROCESS_H

#include "error.h"

#include <sys/types.h>

/* Clock ticks after boot at which the process was started: with its pid it names a process for ever. */
int process_start_time(pid_t pid, uint64_t *out, struct error *err);

/* Opens a pidfd of exactly that process. -1 and MOBIDESK_NOT_FOUND when it has ended. */
int process_open(pid_t pid, uint64_t start, struct error *err);

/* Waits until the process ends and reaps it when it is a child of ours. Returns its exit status (128 + signal), or 0
 * when that is somebody else's to know; -1 and MOBIDESK_TIMEOUT. Negative `timeout_ms`: for ever. */
int process_wait(int pidfd, int timeout_ms, struct error *err);

/* In a child before it executes something: no signal blocked, none ignored, whatever the daemon was started with. */
void process_reset_signals(void);

/* Sets the calling process's nice value, and that of its autogroup: where the kernel groups processes by terminal
 * session (kernel.sched_autogroup_enabled), the first alone counts within the group only. Logs when it is not allowed
 * to. */
void process_set_nice(int nice);

/* The calling process, and what it starts, is killed for want of memory like any other: a daemon may be protected, and
 * what protects it is inherited. As the host's root. */
int process_reset_oom_score(struct error *err);

/* Kills and waits. */
int process_kill(int pidfd, struct error *err);

#endif
