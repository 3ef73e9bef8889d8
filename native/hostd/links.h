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

/* See network_attach; the namespace by descriptor or by a process in it. */
int links_attach(const struct spec *spec, int netns_fd, bool blocked, struct error *err);
int links_attach_pid(const struct spec *spec, pid_t pid, bool blocked, struct error *err);
int links_block(const struct spec *spec, struct error *err);
int links_unblock(const struct spec *spec, struct error *err);
int links_detach(const struct spec *spec, struct error *err);

#endif
