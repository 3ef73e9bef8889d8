/*
 * How a program of a session is executed: not from the daemon's own image, but from a copy of a small program,
 * mobidesk-exec, in sealed memory. While a file of the session decides what is executed (an interpreter may be called
 * /proc/self/exe), the program that runs is one that nobody can write to and that is of no use to anybody; the daemon's
 * file is never the program of a process that the session can see.
 */
#ifndef MOBIDESK_POD_EXEC_H
#define MOBIDESK_POD_EXEC_H

#include "config.h"
#include "error.h"

/* Makes the copy, once, when the daemon starts. */
int pod_exec_open(const struct config *config, struct error *err);

/* The descriptor of the copy, close-on-exec: what closes inherited descriptors must keep it. */
int pod_exec_fd(void);

/* No process may look into the caller, or trace it, until it has executed something: it enters a session with the
 * memory and the file of the daemon. */
int pod_exec_hide(struct error *err);

/* Executes argv[0], found by PATH, in the root that the caller is in. `fd`: where pod_exec_fd is now. Returns -1. */
int pod_exec(int fd, char *const *argv, char *const *env, struct error *err);

#endif
