/*
 * A pass over the memory of a session that runs: what CRIU would dump of each process and is not in the pass before, as
 * a directory of CRIU's files (pagemap-PID.img, pages-PID.img, inventory.img) that a dump or a later pass can have for
 * its parent. What is written while it is read may be torn; that is found when it is compared again.
 */
#ifndef MOBIDESK_PRECOPY_SCAN_H
#define MOBIDESK_PRECOPY_SCAN_H

#include "error.h"
#include "precopy_table.h"

#include <stddef.h>
#include <sys/types.h>

/* What was sent: processes, and the pages of each in their order. Zeros: nothing. */
struct precopy_set {
  struct precopy_process *processes;
  struct precopy_page *pages;
  size_t process_count, page_count, page_room;
};

void precopy_set_free(struct precopy_set *s);

/* As a file for CRIU (precopy_table.h); a descriptor. */
int precopy_set_export(const struct precopy_set *s, const unsigned char secret[PRECOPY_SECRET], struct error *err);

/* Writes to the empty directory `dir` what the processes of the pid namespace of `init_pid` have and `before` has not.
 * `*now` becomes what `before` and this are together; `*bytes` is what is in the files of pages. */
int precopy_scan(pid_t init_pid, int dir, const struct precopy_set *before, const unsigned char secret[PRECOPY_SECRET],
                 struct precopy_set *now, uint64_t *bytes, struct error *err);

#endif
