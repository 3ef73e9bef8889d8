#include "identity.h"

#include "clean.h"
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static int draw(char out[IDENTITY_SIZE], struct error *err) {
  unsigned char bytes[(IDENTITY_SIZE - 1) / 2];
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
    return error_sys(err, "drawing an identity");
  for (size_t i = 0; i < sizeof bytes; i++)
    snprintf(out + 2 * i, 3, "%02x", bytes[i]);
  return 0;
}

/* A link of a complete file: of several who make one at once, one wins, and nobody sees half of it. */
static int make(const char *path, struct error *err) {
  char id[IDENTITY_SIZE], part[PATH_MAX];
  if (draw(id, err) < 0 || files_path(part, sizeof part, err, "%s.%s", path, id) < 0 || files_write(part, id, err) < 0)
    return -1;
  int r = link(part, path) == 0 || errno == EEXIST ? 0 : error_sys(err, "making `%s`", path);
  unlink(part);
  return r;
}

int identity_read(const char *path, char out[IDENTITY_SIZE], struct error *err) {
  if (access(path, F_OK) < 0 && make(path, err) < 0)
    return -1;
  ssize_t n = files_read(path, out, IDENTITY_SIZE, err);
  if (n < 0)
    return -1;
  if (n != IDENTITY_SIZE - 1 || strspn(out, "0123456789abcdef") != IDENTITY_SIZE - 1)
    return error_set(err, MOBIDESK_CORRUPT, "`%s` does not hold %d hexadecimal digits: restore it from a backup", path,
                     IDENTITY_SIZE - 1);
  return 0;
}

int identity_of_server(const struct config *config, char out[IDENTITY_SIZE], struct error *err) {
  char path[PATH_MAX];
  if (files_make_dirs(config->state_dir, 0700, err) < 0 ||
      files_path(path, sizeof path, err, "%s/server-id", config->state_dir) < 0)
    return -1;
  return identity_read(path, out, err);
}

int identity_of_storage(const struct config *config, char out[IDENTITY_SIZE], struct error *err) {
  char path[PATH_MAX];
  if (files_make_dirs(config->storage_dir, 0700, err) < 0 ||
      files_path(path, sizeof path, err, "%s/storage-id", config->storage_dir) < 0)
    return -1;
  return identity_read(path, out, err);
}
