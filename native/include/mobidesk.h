/*
 * mobidesk.h: the C interface of the MobiDesk host daemon (mobidesk-hostd).
 *
 * The library is a client: each call is one request over the daemon's unix socket. The daemon checks the peer's
 * credentials; a caller needs no privilege but to be one of the users that the daemon's configuration admits.
 *
 * Conventions
 *   - Every fallible function returns 0 on success and -1 on failure; on failure `*err` says what was tried, on what,
 * and why. `err` must not be NULL.
 *   - Strings are UTF-8, NUL-terminated. A string that does not fit a fixed-size field is refused, never cut.
 *   - Times are microseconds (`_us`) of CLOCK_MONOTONIC unless the name says otherwise; `_ms` wall times are
 *     milliseconds since 1970. Sizes are bytes.
 *   - Threads: a `mobidesk` handle serves one call at a time; use one handle for each thread. Handles are independent.
 *   - Every session operation is idempotent by (session, epoch): repeating a request that was already carried out
 * returns its result again. An epoch lower than the one the daemon has recorded is refused with MOBIDESK_STALE_EPOCH.
 *
 * The wire format under it is described in docs/hostd-protocol.md.
 */
#ifndef MOBIDESK_H
#define MOBIDESK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MOBIDESK_API __attribute__((visibility("default")))
#else
#define MOBIDESK_API
#endif

/* Version of this interface and of the request protocol. The daemon refuses a client of another major version. */
#define MOBIDESK_PROTOCOL_VERSION 1

#define MOBIDESK_ID_SIZE 64
#define MOBIDESK_NAME_SIZE 128
#define MOBIDESK_ADDRESS_SIZE 46
#define MOBIDESK_TICKET_SIZE 65
#define MOBIDESK_MESSAGE_SIZE 1024
#define MOBIDESK_NEEDS_SIZE 8192

/* Why a call failed: the class that a program acts on; `message` is for people. */
enum mobidesk_code {
  MOBIDESK_OK = 0,
  MOBIDESK_INVALID = 1,            /* an argument is malformed; the message names it */
  MOBIDESK_NOT_FOUND = 2,          /* no such session, image or template here */
  MOBIDESK_CONFLICT = 3,           /* exists already, or is in a state in which this cannot be done */
  MOBIDESK_DENIED = 4,             /* this user may not talk to the daemon */
  MOBIDESK_NO_SPACE = 5,           /* disk, image memory, or a limit is exhausted */
  MOBIDESK_BUSY = 6,               /* another operation on this session is under way */
  MOBIDESK_STALE_EPOCH = 7,        /* the epoch is older than what the daemon has recorded */
  MOBIDESK_UNSUPPORTED = 8,        /* this host lacks what is asked (kernel, CPU, CRIU, template) */
  MOBIDESK_NOT_CHECKPOINTABLE = 9, /* a process holds what cannot be checkpointed; it keeps running */
  MOBIDESK_TIMEOUT = 10,
  MOBIDESK_DISCONNECTED = 11, /* the daemon is not there, or went away during the call */
  MOBIDESK_CORRUPT = 12,      /* an image or disk does not verify */
  MOBIDESK_INTERNAL = 13
};

typedef struct mobidesk_error {
  int32_t code;      /* enum mobidesk_code */
  int32_t sys_errno; /* errno of the failing system call, or 0 */
  char message[MOBIDESK_MESSAGE_SIZE];
} mobidesk_error;

enum mobidesk_state {
  MOBIDESK_RESERVED = 1, /* resources are kept for a session that will come; nothing runs */
  MOBIDESK_RUNNING = 2,
  MOBIDESK_CHECKPOINTED = 3, /* an image is here, the processes are gone, the disk is released */
  MOBIDESK_HELD = 4,         /* restored, whole, and not yet let run: before the commit */
  MOBIDESK_EXITED = 5        /* its processes ended by themselves; the disk is kept */
};

typedef struct mobidesk mobidesk;

/* What a new session is to be. All strings are required unless marked optional (NULL). */
typedef struct mobidesk_session_spec {
  const char *id;          /* [a-z0-9-]{1,40}, chosen by the caller, unique in the installation */
  const char *template_id; /* exact template image: "xfce-1a2b3c4d5e6f"; a session is pinned to it for life */
  const char *user;        /* account made inside: [a-z_][a-z0-9_-]{0,31} */
  const char *hostname;    /* inside the session; optional, default the id */
  const char *address;     /* IPv4 address of the session, its own for life */
  const char *locale;      /* optional, default "C.UTF-8" */
  const char *timezone;    /* optional, default "Etc/UTC" */
  uint64_t epoch;          /* 1 for a new session */
  uint64_t disk_bytes;     /* size of the session disk; 0: the daemon's default */
  uint64_t memory_bytes;   /* memory limit; 0: the daemon's default */
  uint32_t cpu_shares;     /* relative share, 1024 = one plain session; 0: default */
  uint32_t pids;           /* limit of tasks; 0: default */
  uint32_t width, height;  /* first screen size in pixels; 0: 1280x800 */
  const char *needs;       /* reserve only, optional: mobidesk_host.needs of the server that has the session */
  uint32_t cpu_millis;     /* most processor time, in thousandths of a processor; 0: no limit */
  uint64_t disk_rate; /* bytes a second that are read from its disk at most, and written; 0: the daemon's default */
} mobidesk_session_spec;

/* What a session may use, all of it together; members as in its specification. */
typedef struct mobidesk_limits {
  uint64_t memory_bytes;
  uint32_t cpu_shares;
  uint32_t cpu_millis;
  uint32_t pids;
  uint32_t reserved; /* 0 */
  uint64_t disk_rate;
} mobidesk_limits;

typedef struct mobidesk_session {
  char id[MOBIDESK_ID_SIZE];
  char template_id[MOBIDESK_NAME_SIZE];
  char user[MOBIDESK_ID_SIZE];
  char address[MOBIDESK_ADDRESS_SIZE];
  int32_t state;    /* enum mobidesk_state */
  int32_t init_pid; /* host pid of the session's pid 1; 0 when nothing runs */
  uint64_t epoch;
  uint64_t created_ms;
  uint32_t processes;
  uint32_t viewers;      /* display attachments open */
  uint64_t memory_bytes; /* in use now */
  uint64_t disk_bytes;   /* allocated on the storage tier */
  uint64_t image_bytes;  /* checkpoint image held in memory here, or 0 */
} mobidesk_session;

typedef struct mobidesk_host {
  char daemon_version[MOBIDESK_ID_SIZE];
  char kernel[MOBIDESK_NAME_SIZE];
  char criu_version[MOBIDESK_ID_SIZE];
  uint32_t cpus;
  uint32_t sessions; /* running or held */
  uint64_t memory_bytes;
  uint64_t memory_available_bytes;
  uint64_t image_free_bytes;   /* room for checkpoint images in memory */
  uint64_t storage_free_bytes; /* room for session disks */
  uint64_t uptime_us;          /* of the daemon */
  /* What a session that has run here may depend on, a JSON text (docs/checkpoint-image.md): for a target to be asked.
   */
  char needs[MOBIDESK_NEEDS_SIZE];
} mobidesk_host;

typedef struct mobidesk_template {
  char id[MOBIDESK_NAME_SIZE]; /* NAME-VERSION */
  char name[MOBIDESK_ID_SIZE];
  char version[MOBIDESK_ID_SIZE];
  uint64_t bytes;
  char unfit[MOBIDESK_NAME_SIZE]; /* why no session of it may run here, as much of it as fits; empty: it may */
} mobidesk_template;

/* What a checkpoint took; phases do not overlap unless said. */
typedef struct mobidesk_checkpoint_stats {
  uint64_t quiesce_us;    /* display let go, disk synced: applications still run */
  uint64_t freeze_us;     /* stopping all processes */
  uint64_t dump_us;       /* writing the image, processes stopped; includes freeze_us */
  uint64_t pages_us;      /* of dump_us: taking the pages out of the processes */
  uint64_t write_us;      /* of dump_us: writing them to the image */
  uint64_t release_us;    /* ending the dumped processes, unmounting the session disk; others need not wait for it */
  uint64_t stopped_at_us; /* CLOCK_MONOTONIC when the processes were stopped, for the whole stop time */
  uint64_t image_bytes;
  uint32_t processes;
  uint32_t reserved;
} mobidesk_checkpoint_stats;

typedef struct mobidesk_restore_stats {
  uint64_t prepare_us;    /* disk, mounts, network, cgroup */
  uint64_t restore_us;    /* CRIU: until all processes are whole and held */
  uint64_t resume_us;     /* of mobidesk_session_resume: until they run; 0 before */
  uint64_t display_us;    /* after resume_us, until the display answers; 0 before */
  uint64_t running_at_us; /* CLOCK_MONOTONIC when they ran again; 0 before */
  uint32_t processes;
  uint32_t reserved;
} mobidesk_restore_stats;

enum mobidesk_event_kind {
  MOBIDESK_EVENT_STARTED = 1,
  MOBIDESK_EVENT_EXITED = 2, /* the session ended by itself (log out, crash of its init) */
  MOBIDESK_EVENT_CHECKPOINTED = 3,
  MOBIDESK_EVENT_HELD = 4,
  MOBIDESK_EVENT_RESUMED = 5,
  MOBIDESK_EVENT_DESTROYED = 6,
  MOBIDESK_EVENT_LOST = 7,          /* processes found missing after a restart of the daemon */
  MOBIDESK_EVENT_IMAGE_REFUSED = 8, /* an image that does not verify was offered; the message says what is wrong */
  MOBIDESK_EVENT_OUT_OF_MEMORY = 9  /* the kernel ended processes of it, at its memory limit; the session goes on */
};

typedef struct mobidesk_event {
  uint64_t sequence; /* grows by one for each event of this daemon; survives its restart */
  uint64_t time_ms;
  uint64_t epoch;
  int32_t kind;        /* enum mobidesk_event_kind */
  int32_t exit_status; /* of EXITED: the first process's, 128 + signal; 0 when the daemon was restarted since */
  char session[MOBIDESK_ID_SIZE];
  char message[MOBIDESK_NAME_SIZE];
} mobidesk_event;

typedef struct mobidesk_hold_stats {
  uint64_t held_us; /* how long packets were held */
  uint64_t packets; /* held and replayed */
  uint64_t bytes;
  uint64_t dropped; /* beyond the bound of the buffer */
} mobidesk_hold_stats;

/* With the headers of IP, without those of the link layer. */
typedef struct mobidesk_traffic {
  uint64_t packets_out, bytes_out; /* sent by the session */
  uint64_t packets_in, bytes_in;
} mobidesk_traffic;

/* ---- connection ----------------------------------------------------------------------------------------------------
 */

/* Connects and agrees on the version. `path` is the control socket, normally /run/mobidesk/hostd.sock. */
MOBIDESK_API int mobidesk_connect(const char *path, mobidesk **out, mobidesk_error *err);
MOBIDESK_API void mobidesk_close(mobidesk *m);
/* Round trip; fails with MOBIDESK_DISCONNECTED when the daemon is gone (pool validation). */
MOBIDESK_API int mobidesk_ping(mobidesk *m, mobidesk_error *err);
MOBIDESK_API int mobidesk_host_info(mobidesk *m, mobidesk_host *out, mobidesk_error *err);
/* `*out` is an array of `*count` elements; free it with mobidesk_free. */
MOBIDESK_API int mobidesk_template_list(mobidesk *m, mobidesk_template **out, size_t *count, mobidesk_error *err);
MOBIDESK_API void mobidesk_free(void *p);

/* ---- sessions ------------------------------------------------------------------------------------------------------
 */

/* Makes disk, namespaces, network and starts the desktop; returns when its display accepts viewers (at most 30 s). */
MOBIDESK_API int mobidesk_session_create(mobidesk *m, const mobidesk_session_spec *spec, mobidesk_session *out,
                                         mobidesk_error *err);
MOBIDESK_API int mobidesk_session_list(mobidesk *m, mobidesk_session **out, size_t *count, mobidesk_error *err);
MOBIDESK_API int mobidesk_session_show(mobidesk *m, const char *id, mobidesk_session *out, mobidesk_error *err);

/* Changes what a running session may use; at once, and until the next call, restore or creation says otherwise.
 * MOBIDESK_CONFLICT when it uses more memory than that and cannot give it back, or does not run; nothing has changed
 * then. */
MOBIDESK_API int mobidesk_session_limit(mobidesk *m, const char *id, const mobidesk_limits *limits,
                                        mobidesk_error *err);

#define MOBIDESK_KEEP_DISK 1u
/* Ends the session and removes all of it from this host, the disk too unless MOBIDESK_KEEP_DISK. Absent: success. */
MOBIDESK_API int mobidesk_session_destroy(mobidesk *m, const char *id, uint32_t flags, mobidesk_error *err);

/* Opens the display. `ticket` is for one connection to the stream socket (docs/hostd-protocol.md), valid for 10 s;
 * the bytes there are the display protocol (docs/protocol.md). */
MOBIDESK_API int mobidesk_session_attach(mobidesk *m, const char *id, char ticket[MOBIDESK_TICKET_SIZE],
                                         mobidesk_error *err);

#define MOBIDESK_EXEC_ROOT 1u
/* Runs a command inside the session, as its user or, with MOBIDESK_EXEC_ROOT, as its root. The ticket's stream carries
 * the framed standard streams and the exit status (docs/hostd-protocol.md). A command still running when the session is
 * checkpointed is ended, and its stream says so. */
MOBIDESK_API int mobidesk_session_exec(mobidesk *m, const char *id, const char *const *argv, size_t argc,
                                       uint32_t flags, char ticket[MOBIDESK_TICKET_SIZE], mobidesk_error *err);

/* ---- checkpoint and migration (DESIGN section 5) -------------------------------------------------------------------
 */

/* Target, before the freeze: checks that session `spec` can be restored here with its disk and an image of at most
 * `image_bytes`, and keeps network, cgroup and memory for it. State RESERVED. */
MOBIDESK_API int mobidesk_session_reserve(mobidesk *m, const mobidesk_session_spec *spec, uint64_t image_bytes,
                                          mobidesk_error *err);
/* Source, before the freeze: writes the session disk's dirty pages while the applications run, so that the release
 * after the dump is short. */
MOBIDESK_API int mobidesk_session_sync(mobidesk *m, const char *id, uint64_t epoch, mobidesk_error *err);
/* A ticket whose stream is a pass of the memory of a session that runs: read until its end, and written to the stream
 * of mobidesk_image_import at a target that was reserved. The first pass (MOBIDESK_AHEAD_WHOLE) has all, each that
 * follows what has changed since the one before. When all that were sent have arrived, mobidesk_session_checkpoint with
 * MOBIDESK_CHECKPOINT_AHEAD leaves out what the target has. Passes that no checkpoint follows are given up after 120 s.
 */
#define MOBIDESK_AHEAD_WHOLE 1u
MOBIDESK_API int mobidesk_image_ahead(mobidesk *m, const char *id, uint64_t epoch, uint32_t flags,
                                      char ticket[MOBIDESK_TICKET_SIZE], mobidesk_error *err);
/* Stops, dumps to memory and ends the session's processes, and lets go of its disk. State CHECKPOINTED. When the dump
 * fails, the session runs on and the error names the process and the resource. */
#define MOBIDESK_CHECKPOINT_AHEAD 1u
MOBIDESK_API int mobidesk_session_checkpoint(mobidesk *m, const char *id, uint64_t epoch, uint32_t flags,
                                             mobidesk_checkpoint_stats *out, mobidesk_error *err);
/* As mobidesk_session_checkpoint, but the session runs on, as `new_epoch`: `dump_us` is how long it stands still. Its
 * display lets go of its viewers, who connect again. Image and disk of `epoch` are for mobidesk_image_store; a daemon
 * that dies before has none. */
MOBIDESK_API int mobidesk_session_copy(mobidesk *m, const char *id, uint64_t epoch, uint64_t new_epoch,
                                       mobidesk_checkpoint_stats *out, mobidesk_error *err);
/* Tickets whose stream is the checkpoint image: export is read until its end, import is written, ended by shutdown of
 * the writing side, and answered by one line "ok BYTES\n" or "error CODE MESSAGE\n" after all of it was verified.
 * An export of a session that runs is of its next checkpoint, opened before that is asked for and streamed while it is
 * made; where it is imported, the session is restored and held as soon as the image is whole, and session_restore finds
 * that done (docs/hostd-protocol.md). */
MOBIDESK_API int mobidesk_image_export(mobidesk *m, const char *id, uint64_t epoch, char ticket[MOBIDESK_TICKET_SIZE],
                                       mobidesk_error *err);
MOBIDESK_API int mobidesk_image_import(mobidesk *m, const char *id, uint64_t epoch, char ticket[MOBIDESK_TICKET_SIZE],
                                       mobidesk_error *err);
/* Moves an image between memory and the storage tier (session checkpoint that outlives this host). */
MOBIDESK_API int mobidesk_image_store(mobidesk *m, const char *id, uint64_t epoch, uint64_t *bytes,
                                      mobidesk_error *err);
/* Removes what was stored of the session before `epoch`: it goes back to that, if at all. Absent: success. */
MOBIDESK_API int mobidesk_image_prune(mobidesk *m, const char *id, uint64_t epoch, mobidesk_error *err);
MOBIDESK_API int mobidesk_image_load(mobidesk *m, const char *id, uint64_t epoch, uint64_t *bytes, mobidesk_error *err);
/* Restores the image of (spec->id, spec->epoch) and holds all processes before their first instruction. State HELD.
 * `spec` is what the session was created with. */
MOBIDESK_API int mobidesk_session_restore(mobidesk *m, const mobidesk_session_spec *spec, mobidesk_restore_stats *out,
                                          mobidesk_error *err);
/* After the commit: lets a held session run, as `new_epoch`; returns when its processes run and its display answers.
 * Also what "restore in place" of a failed migration ends with. */
MOBIDESK_API int mobidesk_session_resume(mobidesk *m, const char *id, uint64_t new_epoch, mobidesk_restore_stats *out,
                                         mobidesk_error *err);
/* Before the commit, at the target: undoes reserve, import and restore. Nothing of it ever ran. Absent: success. */
MOBIDESK_API int mobidesk_session_abort(mobidesk *m, const char *id, uint64_t epoch, mobidesk_error *err);
/* After the commit, at the source: removes the image and the record; the disk only when it was sent to other storage
 * (mobidesk_disk_export) and nobody has used it since. Absent: success. */
MOBIDESK_API int mobidesk_session_reap(mobidesk *m, const char *id, uint64_t epoch, mobidesk_error *err);

/* Makes the session's disk `disk_bytes` large, never smaller, while it runs. Where the daemon lacks CAP_SYS_RESOURCE
 * the session stands still for a checkpoint and a restore in place, and `*stopped` is 1. */
MOBIDESK_API int mobidesk_session_grow(mobidesk *m, const char *id, uint64_t epoch, uint64_t disk_bytes,
                                       uint32_t *stopped, mobidesk_error *err);

/* ---- session disks -------------------------------------------------------------------------------------------------
 *
 * A server that has a session has a lease of its disk; nobody else mounts it. mobidesk_image_store also takes a
 * snapshot of the disk, and mobidesk_image_load puts it in the disk's place when the session has run since. These two
 * are for a server that does not answer any more; the session must not run at the server that is called. `bytes` is
 * what had to be copied: 0 where the storage shares blocks between files.
 */

/* The disk becomes what it was when the image of `epoch` was stored, and is taken away from whoever has it. */
MOBIDESK_API int mobidesk_disk_restore(mobidesk *m, const char *id, uint64_t epoch, uint64_t *bytes,
                                       mobidesk_error *err);
/* For a server that does not share the storage of the session's: `session_reserve` at it, with the needs of the server
 * that has the session, says so, and restores then wait for the disk. Tickets whose stream is a pass of the disk; as
 * those of an image. While the session runs: all of the disk, then what has changed since the pass before; and with
 * MOBIDESK_DISK_LAST, opened ahead of the checkpoint or after it, what is left when the session has let go of its disk.
 * Which pass came last at the target is not known after a failure: MOBIDESK_DISK_WHOLE begins again. `import` leaves
 * the ticket empty when the disk need not be sent. */
#define MOBIDESK_DISK_LAST 1u
#define MOBIDESK_DISK_WHOLE 2u
MOBIDESK_API int mobidesk_disk_export(mobidesk *m, const char *id, uint64_t epoch, uint32_t flags,
                                      char ticket[MOBIDESK_TICKET_SIZE], mobidesk_error *err);
MOBIDESK_API int mobidesk_disk_import(mobidesk *m, const char *id, uint64_t epoch, char ticket[MOBIDESK_TICKET_SIZE],
                                      mobidesk_error *err);
/* The disk stays as it is, and is taken away from whoever has it. */
MOBIDESK_API int mobidesk_disk_fence(mobidesk *m, const char *id, uint64_t *bytes, mobidesk_error *err);

/* ---- events --------------------------------------------------------------------------------------------------------
 */

/* Turns this handle into an event stream: all events with a sequence above `after`. No other call on it afterwards. */
MOBIDESK_API int mobidesk_events_subscribe(mobidesk *m, uint64_t after, mobidesk_error *err);
/* Waits at most `timeout_ms` (negative: without end). Returns 1 with an event, 0 at the timeout, -1 on failure. */
MOBIDESK_API int mobidesk_events_next(mobidesk *m, int timeout_ms, mobidesk_event *out, mobidesk_error *err);

/* ---- network gateway, at the proxy ---------------------------------------------------------------------------------
 */

/* Sends what is for `session_address` to the server at `server_address` (both IPv4). */
MOBIDESK_API int mobidesk_gateway_route(mobidesk *m, const char *session_address, const char *server_address,
                                        mobidesk_error *err);
/* From now on packets for the session are kept, in order, neither dropped nor answered. Bounded; see FACTS in the docs.
 */
MOBIDESK_API int mobidesk_gateway_hold(mobidesk *m, const char *session_address, mobidesk_error *err);
/* Routes to `server_address` and replays what was held. Not held: only routes. */
MOBIDESK_API int mobidesk_gateway_release(mobidesk *m, const char *session_address, const char *server_address,
                                          mobidesk_hold_stats *out, mobidesk_error *err);
/* The session is not routed any more: its route, what is held for it, its policy and its account are dropped. */
MOBIDESK_API int mobidesk_gateway_forget(mobidesk *m, const char *session_address, mobidesk_error *err);

/* What the session may reach, what of it is reached from outside, and its bandwidth: replaces what was set before.
 * `policy` is a JSON object (docs/network.md); "{}" is the default. MOBIDESK_CONFLICT: an outside port is another
 * session's. */
MOBIDESK_API int mobidesk_gateway_policy(mobidesk *m, const char *session_address, const char *policy,
                                         mobidesk_error *err);
/* What the session has sent and received since it was routed first. */
MOBIDESK_API int mobidesk_gateway_traffic(mobidesk *m, const char *session_address, mobidesk_traffic *out,
                                          mobidesk_error *err);

#ifdef __cplusplus
}
#endif
#endif
