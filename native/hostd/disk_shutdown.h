/*
 * What is asked of the file system of a session disk that is mounted: to let go of it, for who may mount it elsewhere
 * before the dumped processes have gone; and to give back what no file has any more.
 */
#ifndef MOBIDESK_DISK_SHUTDOWN_H
#define MOBIDESK_DISK_SHUTDOWN_H

#include "error.h"

/* Writes all that is dirty on the ext4 of the loop device `device`, marks it clean, and ends all writes of this mount
 * for ever: what its processes try fails with EIO, and unmounting it changes nothing (EXT4_IOC_SHUTDOWN). On failure
 * the mount is as it was. */
int disk_shutdown(const char *device, struct error *err);

/* The blocks that no file has any more become holes of the image file (FITRIM). */
int disk_trim(const char *device, struct error *err);

#endif
