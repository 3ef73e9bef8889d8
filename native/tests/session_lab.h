/*
 * session_lab.h: servers for the tests of sessions. Each is a host of net_lab.h with a mount and a pid namespace of its
 * own, a small init, and the real daemon; storage and templates are shared, as on a storage tier. All of it, sessions
 * included, ends with the test's process, however that ends.
 */
#ifndef MOBIDESK_SESSION_LAB_H
#define MOBIDESK_SESSION_LAB_H

#include "net_lab.h"

#include <mobidesk.h>
#include <pthread.h>
#include <sys/types.h>

struct site {
  char dir[96];      /* run, state, images, log */
  char instance[32]; /* unique for this run */
  pid_t init;
  int control; /* to init */
  mobidesk *m;
};

struct session_lab {
  struct lab net;
  char dir[64];
  const char *template_id; /* the smallest template, made of the test's own programs */
  struct site proxy, servers[LAB_SERVERS];
};

/* Arguments of the test: the daemon, mobidesk-init, the session's program, others that sessions have in /usr/bin.
 * MOBIDESK_CRIU_TREE names the CRIU tree; with MOBIDESK_SKIP_CRIU set, and only then, the test is skipped.
 * `image_memory` in bytes. */
void session_lab_open(struct session_lab *lab, int argc, char **argv, uint64_t image_memory);

/* The storage is memory; with MOBIDESK_TEST_STORAGE=xfs it is an XFS, in memory as well, where copies of disks are
 * reflinks. Skipped where there is none. */
bool session_lab_has_reflinks(void);

/* Before that: each server has storage of its own. */
void session_lab_separate_storage(void);

/* Before that: hosts and sessions have IPv6 (net_lab.h). */
void session_lab_with_ipv6(void);

/* The storage of a server. */
void site_storage(const struct session_lab *lab, const struct site *site, char *out, size_t size);

/* Before that: lines for the configuration of all daemons. */
void session_lab_configure(const char *lines);

/* Stops the daemons and checks that nothing is left: loop devices, control groups. */
void session_lab_close(struct session_lab *lab);

/* Kills the daemon of a site with SIGKILL, or starts it (again) and connects. */
void site_kill(struct site *site);
void site_start(struct site *site);

/* Runs a command in a session through the daemon of `site`; returns its exit status, and what it printed in `out`. A
 * message of the daemon's goes to `out` too. */
int site_exec(struct site *site, const char *id, uint32_t flags, const char *const *argv, char *out, size_t size);

/* Opens the stream of a ticket. */
int site_stream(struct site *site, const char *ticket);

/* Copies the image of (id, epoch) from one site to the other and returns what the importer answered ("ok N\n"). */
void site_transfer(struct site *from, struct site *to, const char *id, uint64_t epoch, char *answer, size_t size);

/* All steps of a move, from RUNNING at spec->epoch to RUNNING at the next one. */
void site_move(struct session_lab *lab, int from, int to, const mobidesk_session_spec *spec);

/* As site_transfer, while the image is made: begun before the checkpoint, which it follows. The target restores at
 * once.
 */
struct site_follow {
  struct site *to;
  bool disk; /* a pass of the disk, not the image */
  const char *id;
  uint64_t epoch;
  int source;
  pthread_t thread;
  char answer[256];
};
void site_follow(struct site_follow *f, struct site *from, struct site *to, const char *id, uint64_t epoch);
/* The same with a pass of the disk; flags as of mobidesk_disk_export. */
void site_follow_disk(struct site_follow *f, struct site *from, struct site *to, const char *id, uint64_t epoch,
                      uint32_t flags);
/* The same with a ticket of `from`; `f` says where its stream goes to, and of what it is. */
void site_follow_ticket(struct site_follow *f, struct site *from, const char *ticket);
/* Waits for its end and returns what the importer answered. */
const char *site_follow_end(struct site_follow *f);

/* Sends a pass of the session's memory; `flags` as of mobidesk_image_ahead. Returns when it has arrived. */
void site_send_ahead(struct site *from, struct site *to, const char *id, uint64_t epoch, uint32_t flags);

/* A file of a session's control group: of `controller`, which is a hierarchy of its own in version 1. */
void site_group_path(const struct site *site, const char *id, const char *controller, const char *file, char *out,
                     size_t size);
/* Whether this host has control groups of version 2 only. */
bool lab_unified_groups(void);

/* A file below a site's own mount namespace. */
void site_path(const struct site *site, const char *name, char *out, size_t size);

#endif
