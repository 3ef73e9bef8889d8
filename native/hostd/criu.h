/*
 * CRIU: one worker process for each dump and each restore, driven by libcriu.
 */
#ifndef MOBIDESK_CRIU_H
#define MOBIDESK_CRIU_H

#include "config.h"
#include "error.h"
#include "loop.h"

#include <stdbool.h>
#include <sys/types.h>

/* A worker in the CRIU tree that waits for its request. */
struct criu_worker {
  pid_t pid;
  int socket;
  struct loop_device device; /* that `prepare` has named */
};

/* Runs in the worker's process before it enters the CRIU tree, with a mount namespace and whatever else it makes its
 * own. May fill `device`. */
typedef int (*criu_prepare)(void *data, struct loop_device *device, struct error *err);

/* What CRIU has come to, by its own names ("post-restore" ...). `pid` is the root task's, or 0. A result other than 0
 * makes CRIU give up and undo. On the thread that called criu_run_dump or criu_run_restore. */
typedef int (*criu_notify)(const char *action, pid_t pid, void *data);

/* Prepares CRIU's /run and asks for its version; a host without CRIU is a warning, and refused later. */
int criu_open(const struct config *config, struct error *err);

/* "4.2.1", or an empty string when there is no CRIU. */
void criu_version(char *out, size_t size);

/* Starts a worker. `root` is NULL, or the path of a session's root that `prepare` has mounted. */
int criu_start(const struct config *config, const char *root, criu_prepare prepare, void *data, struct criu_worker *out,
               struct error *err);

/* Starts a worker that dumps; `table` says what is at the target already (precopy_table.h), or is -1. */
int criu_start_dump(const struct config *config, int table, struct criu_worker *out, struct error *err);

/* How to dump. */
struct criu_dump {
  pid_t pid;          /* root of the tree */
  bool verbose;       /* with a log that names the process which cannot be dumped */
  bool copy;          /* the tree runs on */
  const char *parent; /* from `images`: the directory that has pages which are the same (precopy.h), or NULL */
};

/* Dumps a tree to the directory `images` (a descriptor; `path` is its name) and ends it, unless it is a copy. On
 * failure the tree runs on and the error names the process and the resource. The worker has ended in any case. */
int criu_run_dump(struct criu_worker *worker, int images, const char *path, const struct criu_dump *how,
                  criu_notify notify, void *data, struct error *err);

/* Restores; returns the host pid of the root task. */
pid_t criu_run_restore(struct criu_worker *worker, int images, const char *path, criu_notify notify, void *data,
                       struct error *err);

/* Ends a worker that was given no request. */
void criu_stop(struct criu_worker *worker);

#endif
