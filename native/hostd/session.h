/*
 * The sessions of this server: their records, on disk in STATE_DIR/sessions/ID.json, and who works on them.
 *
 * Locking: `session_begin` and `session_end` bracket an operation; between them the caller alone changes the record and
 * everybody else who wants to is refused with MOBIDESK_BUSY. Records are read by others under the registry's lock, so
 * changes are made by session_update, which also stores them.
 */
#ifndef MOBIDESK_SESSION_H
#define MOBIDESK_SESSION_H

#include "config.h"
#include "error.h"
#include "loop.h"
#include "spec.h"

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

/* Where the image that a record speaks of came from: an abort removes what came, never what was dumped here. */
enum image_origin { IMAGE_NONE = 0, IMAGE_DUMPED = 1, IMAGE_IMPORTED = 2 };

/* Whether the disk of a session that comes is sent with it: its source's storage is another one. */
enum disk_coming { DISK_SHARED = 0, DISK_AWAITED = 1, DISK_ARRIVED = 2 };

/* How far a dump is, for who streams its image meanwhile: its files grow; all of it is there; the session disk is
 * another server's to mount. */
enum dump_phase { DUMP_NONE = 0, DUMP_BEGUN, DUMP_WHOLE, DUMP_RELEASED, DUMP_FAILED };

struct session_record {
  struct spec spec;
  int state;  /* enum mobidesk_state */
  bool ended; /* with state 0: for good, and not moved on */
  uint64_t created_ms;
  pid_t init_pid;
  uint64_t init_start;       /* of /proc/PID/stat, tells a pid that was used again */
  struct loop_device device; /* of the session disk while it is mounted */
  uint64_t image_epoch, image_bytes;
  int image_origin;
  uint64_t disk_generation;                    /* of the disk, when the held session was dumped */
  struct mobidesk_checkpoint_stats checkpoint; /* of image_epoch, when dumped here */
  uint64_t restored_epoch;                     /* epoch that `restore` speaks of */
  uint32_t disk_coming;                        /* enum disk_coming: of a session that was reserved */
  uint64_t disk_sent;                          /* generation of the disk that another server was sent all of, or 0 */
  struct mobidesk_restore_stats restore;
};

struct restore;

struct session {
  struct session_record record;
  bool busy, brief;
  int pidfd; /* of init_pid, or -1 */
  unsigned viewers;
  struct exec_child *children; /* commands that run in it, see exec.c */
  struct restore *held;        /* CRIU waiting for the commit, see restore.h */
  enum dump_phase dump;        /* of dump_epoch */
  uint64_t dump_epoch;
  struct session *next;
};

/* Reads the records; called once, before requests are served. */
int session_open_all(const struct config *config, struct error *err);

/* Begins an operation on session `id`. MOBIDESK_NOT_FOUND, MOBIDESK_BUSY. */
int session_begin(const char *id, struct session **out, struct error *err);

/* As session_begin, but waits for the operation under way; at most `timeout_ms`, for ever when negative. */
int session_begin_patiently(const char *id, int timeout_ms, struct session **out, struct error *err);

/* The same, for an operation of milliseconds that nobody has asked for by name (a viewer connects, a command starts):
 * others wait for its end instead of being refused. */
int session_begin_briefly(const char *id, int timeout_ms, struct session **out, struct error *err);

/* As session_begin_patiently; makes a record in memory when there is none (state 0). */
int session_begin_new(const struct spec *spec, int timeout_ms, struct session **out, struct error *err);

/* Ends the operation. A record whose state is 0 is forgotten, its file too. */
void session_end(struct session *s);

/* Puts `next` in the place of the record and stores it durably. */
int session_update(struct session *s, const struct session_record *next, struct error *err);

/* Within an operation: tells how far the dump of `epoch` is. */
void session_set_dump(struct session *s, uint64_t epoch, enum dump_phase phase);

/* Forgets how the last dump of a session that runs has ended. */
void session_forget_dump(const char *id);

/* Waits until the dump of (id, epoch) is further than `than`, at most `timeout_ms`; returns how far it is. */
enum dump_phase session_await_dump(const char *id, uint64_t epoch, enum dump_phase than, int timeout_ms);

/* Takes a copy of the record; false when there is none. */
bool session_copy(const char *id, struct session_record *out);

/* Calls `each` with every session, under the lock: it must not block. */
void session_each(void (*each)(struct session *s, void *data), void *data);

/* A viewer came (1) or left (-1). */
void session_count_viewer(const char *id, int change);

/* Counts sessions with a process, running or held. */
unsigned session_count_active(void);

void session_lock(void);
void session_unlock(void);

/* The record as the protocol shows it. Under the lock or within an operation. */
int session_to_reply(const struct config *config, const struct session *s, json_t *reply);

/* MOBIDESK_STALE_EPOCH when `epoch` is older than the record's. */
int session_check_epoch(const struct session *s, uint64_t epoch, struct error *err);

const char *session_state_name(int state);

#endif
