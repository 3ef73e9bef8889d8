/*
 * Part of mobidesk-criu-peek.so: what CRIU reads of a process's mappings, with fewer steps.
 *
 * A desktop has tens of thousands of mappings, and for each CRIU has the kernel write some 25 lines of
 * /proc/PID/smaps, of which it looks at two, and look up an entry of /proc/PID/map_files; for one of a file it reads
 * the descriptor's fdinfo for the number of a mount. The lines are read ahead by helpers (criu_precopy.c) while CRIU is
 * busy with the processes before, without those that it does not look at; a mapping that those say is of no file is not
 * looked up; and the kernel is asked for the number of the mount alone.
 *
 * All processes stand still meanwhile, and none is changed before CRIU has read these lines.
 */
#ifndef MOBIDESK_CRIU_MAPS_H
#define MOBIDESK_CRIU_MAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct precopy_process;

/* Makes room for the lines of `count` processes. Once. Where there is none, CRIU reads all itself. */
void criu_maps_open(const struct precopy_process *processes, uint64_t count);

/* For helpers: these call nothing of the C library. Reads the lines of process `index` unless somebody does, or only
 * takes them on; looks up its entries of map_files, once its lines are here. */
bool criu_maps_claim(uint64_t index);
void criu_maps_look_up(uint64_t index);
void criu_maps_take(uint64_t index);

/* A read of what is not a file of the kernel's but lines that are here: true with the result. */
bool criu_maps_read(int fd, void *buffer, size_t size, ssize_t *result);

#endif
