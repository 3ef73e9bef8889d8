/*
 * An image that is streamed while it is dumped. The stream is opened before the dump; what of the pages is there is
 * sent while CRIU writes on, the rest when all of it is there. Then a line says that the session disk was let go of,
 * with the time: a target that has it restores at once, unless the line is old. It would not carry out an older command
 * either: the source may have taken the session back since.
 */
#ifndef MOBIDESK_IMAGE_FOLLOW_H
#define MOBIDESK_IMAGE_FOLLOW_H

#include "config.h"
#include "error.h"

#include <stdbool.h>
#include <stdint.h>

/* Waits for the dump of (id, epoch), which another thread does, and streams its image to `fd`. MOBIDESK_CONFLICT when
 * it is not dumped. */
int image_follow(const struct config *config, const char *id, uint64_t epoch, int fd, uint64_t *bytes,
                 struct error *err);

/* Reads what follows an image: its end, or that line; `*fresh` when it is of the last seconds. */
int image_follow_end(int fd, bool *fresh, struct error *err);

#endif
