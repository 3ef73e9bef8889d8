/*
 * Starting a session's namespaces and its first process. After the start the session is known by the pid of that
 * process alone: everything else ends with it.
 */
#ifndef MOBIDESK_POD_H
#define MOBIDESK_POD_H

#include "config.h"
#include "error.h"
#include "rootfs.h"

#include <sys/types.h>

/* Inside: what init and the programs that it starts print. */
#define POD_LOG "/var/log/mobidesk.log"

struct pod {
  const struct config *config;
  struct rootfs rootfs;
  const char *id, *user, *hostname, *locale, *timezone;
  uint32_t width, height; /* pixels */
  uint64_t memory_bytes;  /* the session's limit */
};

struct pod_process {
  pid_t pid;                 /* of the session's process 1, in the daemon's pid namespace */
  int pidfd;                 /* becomes readable when it ends; owned by the caller */
  struct loop_device device; /* of the session disk */
};

/* Called when the namespaces exist and before any program of the session runs: links its network and writes down that
 * it exists. When the daemon dies before it returns, the session ends by itself. */
typedef int (*pod_prepare)(const struct pod_process *process, void *data, struct error *err);

int pod_start(const struct pod *pod, pod_prepare prepare, void *data, struct pod_process *out, struct error *err);

/* In the new namespaces, as process 1: makes itself at home and executes the template's init; reports a failure on
 * `channel`, which closes by itself when all went well. */
_Noreturn void pod_child(const struct pod *pod, int channel);

/* What a builder process and process 1 tell the daemon. */
struct pod_message {
  enum { POD_STARTED = 1, POD_FAILED = 2 } kind;
  pid_t pid;
  struct loop_device device;
  struct error error;
};

#endif
