/*
 * Work in parallel on pieces that come, or go, in order: a ring of slots between one serial side and several workers.
 */
#ifndef MOBIDESK_PIPELINE_H
#define MOBIDESK_PIPELINE_H

#include "error.h"

#include <stddef.h>

/* Works on piece `index` in slot `slot` (0 to PIPELINE_SLOTS - 1). Pieces in different slots do not run into each
 * other. */
typedef int (*pipeline_step)(void *data, size_t index, unsigned slot, struct error *err);

#define PIPELINE_SLOTS 16

/* `parallel` on workers in any order, then `serial` on the caller's thread in order (a writer); or the other way round
 * (a reader). The first failure ends it. Returns when all threads have ended. */
int pipeline_write(size_t count, pipeline_step parallel, pipeline_step serial, void *data, struct error *err);
int pipeline_read(size_t count, pipeline_step serial, pipeline_step parallel, void *data, struct error *err);

#endif
