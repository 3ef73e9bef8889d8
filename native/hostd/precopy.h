/*
 * Memory that is sent ahead, while the session runs (decision 25): passes, each an image stream with what the session's
 * memory has and the pass before had not (precopy_scan.h). A pass is a directory on both servers: the checkpoint
 * that follows has it for its parent, at whichever of the two it is restored.
 *
 * The source keeps in memory what was sent; a daemon that was restarted, or a checkpoint that does not ask for it,
 * dumps everything. A pass that nobody came for is given up.
 */
#ifndef MOBIDESK_PRECOPY_H
#define MOBIDESK_PRECOPY_H

#include "config.h"
#include "criu.h"
#include "error.h"

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define PRECOPY_PASSES_MAX 8
#define PRECOPY_NAME 33 /* hexadecimal digits of 128 random bits, and the NUL */

/* Source, of a session that runs: makes the next pass and streams it to `fd`; `whole`: the first one, and what was sent
 * before is forgotten. `*bytes` is what was streamed. MOBIDESK_CONFLICT, MOBIDESK_BUSY. */
int precopy_send(const struct config *config, const char *id, uint64_t epoch, bool whole, int fd, uint64_t *bytes,
                 struct error *err);

/* Where a dump finds what it leaves out, in its directory: CRIU's name for it. */
#define PRECOPY_PARENT "parent"

/* What a dump leaves out. */
struct precopy_parent {
  int table;                 /* for CRIU (precopy_table.h), or -1: nothing was sent */
  struct criu_worker worker; /* that has the table and waits for its request; pid 0: none */
  char name[PRECOPY_NAME];
  unsigned pass;
};

/* Takes what was sent of the session at this epoch for the dump that is made now, into the image's directory `path`.
 * The caller closes the table, and uses or stops the worker. */
void precopy_take(const struct config *config, const char *id, uint64_t epoch, const char *path,
                  struct precopy_parent *out);

/* Source: the passes are not wanted any more. */
void precopy_forget(const struct config *config, const char *id);

/* The member of a dump's manifest that names its parent; NULL for none. A new reference. */
json_t *precopy_describe(const struct precopy_parent *parent);

/* Target: whether what came and was verified, in the directory `path`, is a pass, by its manifest. */
int precopy_is_pass(const char *path, bool *is_pass, struct error *err);

/* Target: such a pass takes its place. MOBIDESK_CONFLICT when the one that it follows is not here. */
int precopy_arrived(const struct config *config, const char *id, uint64_t epoch, const char *path, struct error *err);

/* Target: gives the image in `path` the parent that its manifest names. MOBIDESK_CONFLICT when that is not here. */
int precopy_attach(const struct config *config, const char *id, uint64_t epoch, const char *path, struct error *err);

/* Target: before what is in `path` is removed, to come again: the passes stay. */
int precopy_keep(const struct config *config, const char *id, uint64_t epoch, const char *path, struct error *err);

/* Whether the image in `path` has a parent. */
bool precopy_is_needed(const char *path);

#endif
