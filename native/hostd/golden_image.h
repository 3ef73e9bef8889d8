/*
 * What CRIU writes down about a session's namespaces, written anew: which ids of the host are its, and its name.
 */
#ifndef MOBIDESK_GOLDEN_IMAGE_H
#define MOBIDESK_GOLDEN_IMAGE_H

#include "error.h"

#include <sys/types.h>

/* In the image in `dir`: the user namespace maps to `uid_base`, the host's name is `hostname`. */
int golden_image_settle(const char *dir, uid_t uid_base, const char *hostname, struct error *err);

#endif
