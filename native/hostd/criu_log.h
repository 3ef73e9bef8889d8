/*
 * What CRIU wrote down: why it failed, and how long processes were stopped.
 */
#ifndef MOBIDESK_CRIU_LOG_H
#define MOBIDESK_CRIU_LOG_H

#include "error.h"

#include <stdint.h>

#define CRIU_DUMP_LOG "dump.log"
#define CRIU_RESTORE_LOG "restore.log"

/* Finds the first error of DIR/LOG and the process that it is about, and returns -1 with them. A full file system
 * becomes MOBIDESK_NO_SPACE, everything else `code`. */
int criu_log_explain(const char *dir, const char *log, enum mobidesk_code code, struct error *err);

/* What a dump took, microseconds, from DIR/stats-dump; all 0 when it is not known. */
struct criu_dump_times {
  uint64_t freeze, pages, write; /* stopping all; of the rest: taking the pages, and writing them */
};
struct criu_dump_times criu_log_dump_times(const char *dir);

#endif
