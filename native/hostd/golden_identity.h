/*
 * The identity on the disk of a golden session's copy: whose home it is, what it is called, its cookies.
 */
#ifndef MOBIDESK_GOLDEN_IDENTITY_H
#define MOBIDESK_GOLDEN_IDENTITY_H

#include "error.h"
#include "golden_pages.h"

#include <sys/types.h>

/* The user and the session's cookies of X clients, as libICE keeps them: 16 random bytes each. */
#define GOLDEN_COOKIE 16

/* In the namespaces of the held session whose first process is `init_pid`: renames the home directory, swaps in files
 * of accounts, names and settings, and removes host keys of ssh, which are made when they are needed. */
int golden_identity_settle(pid_t init_pid, const char *old_user, const char *new_user, const struct golden_swap *swaps,
                           size_t count, struct error *err);

/* The cookies in the file of the session's user; returns how many, at most `max`. */
size_t golden_identity_cookies(pid_t init_pid, unsigned char cookies[][GOLDEN_COOKIE], size_t max);

#endif
