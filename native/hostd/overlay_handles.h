/*
 * File handles that the overlay keeps on a session disk, of the template's files: in `trusted.overlay.origin` of each
 * file that was copied up, and in the names of work/index. The template's file system encodes them, and EROFS does so
 * in another way since Linux 6.11: with 64 bits for the inode's number instead of 32. A disk that comes from a kernel
 * that does it otherwise could not be mounted here (ESTALE).
 */
#ifndef MOBIDESK_OVERLAY_HANDLES_H
#define MOBIDESK_OVERLAY_HANDLES_H

#include "error.h"

/* Rewrites the handles of the disk that is mounted at `disk` (layers `up` and `work`) as this kernel encodes those of
 * `template_dir`. Nothing is done, in two system calls, when they are so already. */
int overlay_handles_fit(const char *disk, const char *template_dir, struct error *err);

#endif
