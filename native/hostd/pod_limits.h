/*
 * What the processes of a session may ask of the kernel: the three classes of system calls of the paper's section 4, by
 * seccomp and by the capability bounding set. Also what could not be checkpointed is refused, so that every session can
 * be moved.
 */
#ifndef MOBIDESK_POD_LIMITS_H
#define MOBIDESK_POD_LIMITS_H

#include "error.h"

/* For process 1 and for every process that enters a session later; as root of the session, before its program is
 * executed. */
int pod_limits_apply(struct error *err);

#endif
