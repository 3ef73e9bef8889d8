/*
 * The socket of a session's display driver, /run/mobidesk/display.sock inside (docs/protocol.md).
 */
#ifndef MOBIDESK_DISPLAY_H
#define MOBIDESK_DISPLAY_H

#include "error.h"

#include <sys/types.h>

/* Connects. The path is resolved inside the session's root, without symbolic links: what a session puts there leads
 * nowhere else. Returns the descriptor. */
int display_connect(pid_t init_pid, struct error *err);

/* Waits until the display accepts connections; fails when the session ends first (`pidfd`) or after `timeout_ms`, with
 * the last of what its programs printed. */
int display_wait(pid_t init_pid, int pidfd, unsigned timeout_ms, struct error *err);

/* Tells the driver to let go of all connections and waits until it has. Succeeds also when nothing listens: there is
 * nothing to let go of. */
int display_quiesce(pid_t init_pid, unsigned timeout_ms, struct error *err);

/* Copies bytes both ways until one side ends. */
void display_relay(int viewer, int driver);

#endif
