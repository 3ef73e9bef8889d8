/*
 * Threads that waited in poll() when a session was dumped.
 *
 * The kernel restarts an interrupted poll by a block of its own (restart_syscall), which CRIU 4.2 cannot restore: it
 * lets the call fail with EINTR, although no signal came, and programs that wait without a signal handler do not expect
 * that (OpenBSD's netcat ends). Here the call is made again with the same arguments, as CRIU itself does for the calls
 * that need no block: a poll without a limit goes on as it was, one with a limit may last longer by what had passed.
 */
#ifndef MOBIDESK_CRIU_CALLS_H
#define MOBIDESK_CRIU_CALLS_H

#include "error.h"

/* Changes the core files of DIR in place. */
int criu_calls_restart(const char *dir, struct error *err);

#endif
