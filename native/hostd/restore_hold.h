/*
 * One restore: CRIU on a thread of its own, held before the session's first instruction until the decision.
 */
#ifndef MOBIDESK_RESTORE_HOLD_H
#define MOBIDESK_RESTORE_HOLD_H

#include "config.h"
#include "error.h"
#include "loop.h"
#include "spec.h"

#include <stdint.h>
#include <sys/types.h>

struct restore;

/* What is known of the held session. */
struct restore_held {
  pid_t init_pid;
  uint64_t prepared_at_us; /* CLOCK_MONOTONIC: all is mounted, CRIU begins */
  struct loop_device device;
  /* Of its network: drawn here when the image has none, because it is of a session that had none. */
  char virtual_address[MOBIDESK_ADDRESS_SIZE];
  in_addr_t virtual_number;
  uint32_t label;
};

/* Mounts disk and template, starts CRIU on the image of (spec->id, spec->epoch), returns when all is restored and held.
 */
int restore_hold(const struct config *config, const struct spec *spec, struct restore **out, struct restore_held *held,
                 struct error *err);

/* Lets it run; returns when CRIU has finished. Frees it in any case; on failure all processes are gone. */
int restore_let_run(struct restore *r, struct error *err);

/* Ends all processes and frees it. */
void restore_give_up(struct restore *r);

#endif
