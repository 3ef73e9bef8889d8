/*
 * Lets go of a session disk that is still mounted: for who may mount it elsewhere before the dumped processes have
 * gone.
 */
#ifndef MOBIDESK_DISK_SHUTDOWN_H
#define MOBIDESK_DISK_SHUTDOWN_H

#include "error.h"

/* Writes all that is dirty on the ext4 of the loop device `device`, marks it clean, and ends all writes of this mount
 * for ever: what its processes try fails with EIO, and unmounting it changes nothing (EXT4_IOC_SHUTDOWN). On failure
 * the mount is as it was. */
int disk_shutdown(const char *device, struct error *err);

#endif
