/*
 * What a session is to be: parsed and checked once, then part of its record.
 */
#ifndef MOBIDESK_SPEC_H
#define MOBIDESK_SPEC_H

#include "cgroup.h"
#include "config.h"
#include "error.h"
#include "fields.h"

#include <jansson.h>
#include <netinet/in.h>
#include <stdbool.h>

struct spec {
  char id[MOBIDESK_ID_SIZE];
  char template_id[MOBIDESK_NAME_SIZE];
  char user[MOBIDESK_ID_SIZE];
  char hostname[MOBIDESK_ID_SIZE];
  char address[MOBIDESK_ADDRESS_SIZE];
  char virtual_address[MOBIDESK_ADDRESS_SIZE]; /* what the session sees; empty until it is created */
  char locale[MOBIDESK_ID_SIZE];
  char timezone[MOBIDESK_ID_SIZE];
  uint64_t epoch, disk_bytes, disk_rate, memory_bytes;
  uint32_t cpu_shares, cpu_millis, pids, width, height;
  uid_t uid_base; /* follows from the address, because CRIU restores the map that it dumped */
  in_addr_t address_number, virtual_number;
  uint32_t label;      /* of its packets once it has moved (translation.h); 0 until it is created */
  uint32_t generation; /* of its network here; kept in the record, not part of what is dumped */
};

/* [a-z0-9-]{1,40} */
int spec_check_id(const char *id, struct error *err);

/* Takes the members of a specification; absent optional ones get the daemon's defaults. */
int spec_parse(struct spec *out, struct fields *f, const struct config *config, struct error *err);

/* The members of a specification that limit a session, as spec_parse takes them; others of `out` stay. */
int spec_parse_limits(struct spec *out, struct fields *f, const struct config *config, struct error *err);
struct cgroup_limits spec_limits(const struct spec *spec);

/* As spec_parse reads it. */
json_t *spec_to_json(const struct spec *spec);

/* The same session, but for the epoch. */
bool spec_same(const struct spec *a, const struct spec *b);

#endif
