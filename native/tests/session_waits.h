/*
 * Children that wait for a day, without a signal handler, each in a call that the kernel restarts by a block of its own
 * when it was interrupted (poll, sleep, nanosleep, futex), at once or after a job control stop. None of the calls may
 * return because its session was dumped or moved.
 */
#ifndef MOBIDESK_SESSION_WAITS_H
#define MOBIDESK_SESSION_WAITS_H

#include <sys/types.h>

#define SESSION_WAITS 8

/* The children, which wait when this returns. Exits when it cannot. */
void session_waits_start(pid_t children[SESSION_WAITS]);

/* The first call that has returned, or NULL. */
const char *session_waits_ended(const pid_t children[SESSION_WAITS]);

#endif
