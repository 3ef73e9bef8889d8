/*
 * confine_evidence.h: what a host looks like from outside of a session, before and after somebody inside tried
 * something; and what every process of a session looks like whatever it tried. Functions end the test when something is
 * not as it must be, with the name of the attempt.
 */
#ifndef MOBIDESK_CONFINE_EVIDENCE_H
#define MOBIDESK_CONFINE_EVIDENCE_H

#include "session_lab.h"

#include <sys/stat.h>

#define EVIDENCE_SECRET "mobidesk-secret"
#define EVIDENCE_SETTINGS 32

/* What the host has that nobody may touch: a process, files, sockets, memory. Made once. */
struct bait {
  pid_t victim;
  char memory[64]; /* at the same address in the victim */
  char file[128], socket[108], abstract[64];
  int listeners[4]; /* of these nobody may have come */
  int key;          /* of the host's segment; a neighbour's is the next */
  const char *daemon_program;
};

void bait_lay(struct bait *bait, const struct session_lab *lab, const char *daemon_program);
void bait_remove(struct bait *bait);

/* A session as its host sees it. */
struct suspect {
  const struct site *site;
  const char *id;
  uid_t uid_base;
};

/* Host pids of the session's processes; the count, at most `max`. */
size_t suspect_pids(const struct suspect *s, pid_t *pids, size_t max);
/* Host pid of a process that is `inside` in the session; 0: none. */
pid_t suspect_pid(const struct suspect *s, pid_t inside);
/* A path of the session, for the host. */
void suspect_path(const struct suspect *s, const char *name, char *out, size_t size);

struct snapshot {
  char settings[EVIDENCE_SETTINGS][128];
  char limits[512], neighbours[1024], mounts[16384], messages;
  long clock_us; /* CLOCK_REALTIME less CLOCK_MONOTONIC */
  struct stat program;
  int kernel_log;
};

/* `server`: of the lab's, the one where the session runs. */
void snapshot_take(struct snapshot *snapshot, const struct session_lab *lab, int server, const struct suspect *s,
                   const struct bait *bait);
/* Nothing has changed, and nobody was here. */
void snapshot_compare(struct snapshot *before, const struct session_lab *lab, int server, const struct suspect *s,
                      const struct bait *bait, const char *attempt);

/* Every process of the session is confined: namespaces, ids, capabilities, filter, descriptors, priorities, limits. */
void suspect_check(const struct suspect *s, const struct bait *bait, const char *attempt);
/* All files of the session are its own, and its devices are the fixed ones. */
void suspect_check_files(const struct suspect *s);

#endif
