/*
 * translator.h: loads the BPF programs of a server or of a proxy, attaches them to links, and changes their maps.
 *
 * Programs and maps are pinned in a BPF file system, so that translation goes on when the daemon ends, and a daemon
 * that starts again goes on with the maps as they are. What is pinned is gone after a reboot, as the sessions are.
 *
 * Threads: any; one map operation is atomic, and the kernel's. Errors: 0 or -1 and `*err`. Attaching acts in the
 * network namespace that the calling thread is in.
 */
#ifndef MOBIDESK_TRANSLATOR_H
#define MOBIDESK_TRANSLATOR_H

#include <stdbool.h>

#include "error.h"
#include "translation.h"

struct translator;

/* The last one has the shortcut (shortcut.h), where the kernel can load it; the same maps, and one more. */
enum translator_kind { TRANSLATOR_SERVER, TRANSLATOR_GATEWAY, TRANSLATOR_GATEWAY_SHORTCUT };

/* Loads the programs. `pins` is a directory; a BPF file system is mounted there unless there is one. */
int translator_open(enum translator_kind kind, const char *pins, struct translator **out, struct error *err);
/* Lets go of the handle only. */
void translator_close(struct translator *t);

/* Attaches a program, by its name, to a link: where packets come in, or where they go out. In the place of what was
 * attached by an earlier call. */
int translator_attach(struct translator *t, const char *program, unsigned link, bool egress, struct error *err);
/* Absent, or no such link any more: success. */
int translator_detach(unsigned link, bool egress, struct error *err);
/* As translator_detach, but only when the program there uses the maps that are pinned at `pins`: others, also those of
 * another instance, stay. Nothing is pinned: success. */
int translator_detach_own(const char *pins, unsigned link, bool egress, struct error *err);

/* One element of a map, by the map's name; sizes are those of the map's type. */
int translator_set(struct translator *t, const char *map, const void *key, const void *value, struct error *err);
/* Returns 1 and the value, 0 when absent, or -1. */
int translator_get(struct translator *t, const char *map, const void *key, void *value, struct error *err);
/* Absent: success. */
int translator_delete(struct translator *t, const char *map, const void *key, struct error *err);
/* Calls `each` with every key and value until it returns non-zero. `each` may delete the element that it is given. */
int translator_each(struct translator *t, const char *map, int (*each)(const void *key, const void *value, void *data),
                    void *data, struct error *err);

/* An element of an array of counters, over all processors. */
int translator_sum(struct translator *t, const char *map, __u32 index, __u64 *out, struct error *err);
/* Packets dropped for each reason (enum translation_drop), over all processors. */
int translator_drops(struct translator *t, __u64 counts[TRANSLATION_DROPS], struct error *err);
/* Traffic of a session at the proxy; zero for one that has no account. */
int translator_traffic(struct translator *t, __be32 session, struct translation_traffic *out, struct error *err);
/* Begins an account at zero; there already: it stays. */
int translator_begin_account(struct translator *t, __be32 session, struct error *err);
/* Bytes per second in each direction, 0: none. Both 0 removes the limit. */
int translator_limit(struct translator *t, __be32 session, __u64 out_rate, __u64 in_rate, struct error *err);

/* Descriptor of a program, for tests that run it on packets of theirs; it belongs to the translator. */
int translator_program(struct translator *t, const char *program);

/* Removes everything that is pinned in `pins`, and unmounts it. Attached programs end with their links, or by
 * translator_detach. Nothing there: success. */
int translator_remove(const char *pins, struct error *err);

#endif
