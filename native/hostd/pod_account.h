/*
 * What makes a template somebody's own: account, host name, locale, time zone. Runs inside the session, as its root.
 */
#ifndef MOBIDESK_POD_ACCOUNT_H
#define MOBIDESK_POD_ACCOUNT_H

#include "error.h"
#include "pod.h"

#define POD_USER_ID 1000

/* Writes /etc/hostname, hosts, machine-id, timezone, localtime, default/locale, resolv.conf and mobidesk/session.env;
 * makes the account, with a home from /etc/skel, unless the disk has it already. */
int pod_account(const struct pod *pod, struct error *err);

#endif
