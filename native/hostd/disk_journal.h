/*
 * disk_journal.h: where the journal of a session disk is, which a copy need not have when the file system was let go of
 * cleanly: half of what a small disk has is what its journal once said.
 */
#ifndef MOBIDESK_DISK_JOURNAL_H
#define MOBIDESK_DISK_JOURNAL_H

#include <stdbool.h>
#include <sys/types.h>

/* The bytes of a clean ext4's journal that nothing needs: all but its first block, which says that it is empty. False
 * when the journal has something to say, or is not in one piece, or this is not known. */
bool disk_journal_idle(int fd, off_t *begin, off_t *end);

#endif
