/*
 * Small work on files that several parts need. Paths are of the host unless said otherwise.
 */
#ifndef MOBIDESK_FILES_H
#define MOBIDESK_FILES_H

#include "error.h"

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

/* Makes `path` and what is missing above it. */
int files_make_dirs(const char *path, mode_t mode, struct error *err);

/* Joins a path; MOBIDESK_INVALID when it does not fit `size`. */
int files_path(char *out, size_t size, struct error *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Writes a small file of the kernel's (cgroup, proc), or a plain one, in one write. */
int files_write(const char *path, const char *text, struct error *err);

/* Reads at most `size` - 1 bytes and ends them with a NUL. Returns the count or -1. */
ssize_t files_read(const char *path, char *out, size_t size, struct error *err);

/* Reads all of a plain file of at most 1 MiB that somebody hostile may have put there: never waits, as for the writer
 * of a FIFO. Free the text. */
char *files_read_regular(const char *path, struct error *err);

/* Puts a plain file in the place of whatever has that name, unless that is a directory. Follows no link at its end. */
int files_put(const char *path, const char *text, mode_t mode, struct error *err);

/* Reads a file that holds one decimal number. */
int files_read_number(const char *path, uint64_t *out, struct error *err);

/* Replaces `path` by `object`, durably: a reader sees the old or the new one, also after a crash. */
int files_replace_json(const char *path, const json_t *object, struct error *err);

/* Makes what was created, renamed or removed in the directory of `path` durable. */
int files_sync_parent(const char *path, struct error *err);

/* Removes a directory and all in it, without crossing into other file systems. Absent: success. */
int files_remove_tree(const char *path, struct error *err);

/* Bytes allocated by all regular files of a directory, not recursive; absent: 0. */
uint64_t files_dir_bytes(const char *path);

#endif
