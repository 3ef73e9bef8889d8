/*
 * Work in parallel on pieces that come in order, without an end that is known before: a ring of slots between the
 * caller, who fills them, and workers.
 */
#ifndef MOBIDESK_PIPELINE_H
#define MOBIDESK_PIPELINE_H

#include "error.h"

#include <stdbool.h>

/* Works on the piece in slot `slot` (0 to PIPELINE_SLOTS - 1). */
typedef int (*pipeline_step)(void *data, unsigned slot, struct error *err);

#define PIPELINE_SLOTS 16

struct pipeline;

/* Starts the workers. Each piece goes through `parallel`, any number of them at once, and then through `ordered`, one
 * at a time, in the order in which they were submitted. */
int pipeline_start(pipeline_step parallel, pipeline_step ordered, void *data, struct pipeline **out, struct error *err);

/* Waits for the slot of the next piece; the caller fills it and submits it. -1 with the error of a step that failed. */
int pipeline_slot(struct pipeline *p, unsigned *slot, struct error *err);
void pipeline_submit(struct pipeline *p);

/* Takes the piece in the slot through both steps on this thread, after those before it: what is small is done sooner
 * than handed over. */
int pipeline_do(struct pipeline *p, struct error *err);

/* Whether all that was submitted is done. */
bool pipeline_idle(struct pipeline *p);

/* Waits until all that was submitted is done. */
int pipeline_drain(struct pipeline *p, struct error *err);

/* Ends the workers; what was submitted and not begun is dropped. NULL is fine. */
void pipeline_stop(struct pipeline *p);

#endif
