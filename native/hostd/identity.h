/*
 * Who this server is among those that share storage: a random name, made when the daemon first starts and kept in
 * STATE_DIR/server-id, so that it survives restarts and the change of names and addresses.
 */
#ifndef MOBIDESK_IDENTITY_H
#define MOBIDESK_IDENTITY_H

#include "config.h"
#include "error.h"

/* With its terminating NUL. */
#define IDENTITY_SIZE 33

/* Reads the file, or makes it. */
int identity_read(const char *path, char out[IDENTITY_SIZE], struct error *err);

/* The identity of this server. */
int identity_of_server(const struct config *config, char out[IDENTITY_SIZE], struct error *err);

/* The identity of the storage tier, the same for all servers that share it: STORAGE_DIR/storage-id. */
int identity_of_storage(const struct config *config, char out[IDENTITY_SIZE], struct error *err);

#endif
