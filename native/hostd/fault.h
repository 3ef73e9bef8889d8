/*
 * Faults that tests ask for by name. A point fires when RUN_DIR/fault has its name, which it then removes: once for
 * each time that it is asked for; with a number after the name, so often. Only root can write there; without the file a
 * point costs one system call.
 */
#ifndef MOBIDESK_FAULT_H
#define MOBIDESK_FAULT_H

#include <stdbool.h>

#define FAULT_DUMP_FAILS "dump-fails"           /* CRIU is told to give up when all is dumped */
#define FAULT_PROCESS_MISSING "process-missing" /* a process of a restored session dies before it is let run */
#define FAULT_DEAD_AFTER_RESUME                                                                                        \
  "dead-after-resume" /* all of a restored session's programs die when they are let run                                \
                       */

#define FAULT_HELPER_KILLED "helper-killed" /* what helps CRIU to dump is killed with work that it has taken */

void fault_open(const char *run_dir);

/* Whether point `name` is to fail now. */
bool fault(const char *name);

#endif
