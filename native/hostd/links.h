/*
 * The network links of this server's sessions: network.h bound to the daemon's configuration.
 */
#ifndef MOBIDESK_LINKS_H
#define MOBIDESK_LINKS_H

#include "config.h"
#include "error.h"
#include "spec.h"

int links_open(const struct config *config, struct error *err);
void links_close(void);

/* See network_reserve. */
int links_reserve(const struct spec *spec, struct error *err);
/* See network_attach; the namespace by a process in it. Sets what is open of virtual address and label. */
int links_attach(struct spec *spec, pid_t pid, bool blocked, struct error *err);
int links_block(const struct spec *spec, pid_t pid, struct error *err);
int links_unblock(const struct spec *spec, pid_t pid, struct error *err);
int links_detach(const struct spec *spec, struct error *err);
/* See network_give_back; on a host that is no server: nothing. */
int links_give_back(const struct spec *spec, struct error *err);

#endif
