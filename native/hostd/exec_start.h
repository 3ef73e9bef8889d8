/*
 * Starting a process inside a session that runs: in all of its namespaces, its control group and behind its filter.
 */
#ifndef MOBIDESK_EXEC_START_H
#define MOBIDESK_EXEC_START_H

#include "config.h"
#include "error.h"
#include "session.h"

struct exec_process {
  int pidfd;
  int in, out, err; /* the daemon's ends of its standard streams */
};

/* Within an operation on a session that runs. As its root or as its user. */
int exec_start(const struct config *config, const struct session *s, char **argv, bool root, struct exec_process *out,
               struct error *err);

#endif
