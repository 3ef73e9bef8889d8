/*
 * A session disk that was not let go of in an orderly way: its journal is replayed and what is broken is put right
 * before it is mounted again.
 */
#ifndef MOBIDESK_DISK_REPAIR_H
#define MOBIDESK_DISK_REPAIR_H

#include "error.h"

#include <stdbool.h>

/* Looks at the superblock of the disk image at `path`; when the file system was not unmounted, or has noted an error,
 * e2fsck repairs what it safely can. `*repaired` tells whether it was run. MOBIDESK_CORRUPT when that is not enough. */
int disk_repair(const char *path, bool *repaired, struct error *err);

#endif
