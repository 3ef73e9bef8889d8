#include "overlay_handles.h"

#include "clean.h"
#include "files.h"
#include "log.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/xattr.h>

#define ORIGIN "trusted.overlay.origin"

/* include/linux/exportfs.h */
enum { INO32_GEN = 0x01, INO64_GEN = 0x81 };

/* fs/overlayfs/overlayfs.h, struct ovl_fb: version 0, magic, length of all, flags, type, UUID, then the handle. */
enum { FB_MAGIC = 1, FB_LENGTH = 2, FB_FLAGS = 3, FB_TYPE = 4, FB_HANDLE = 21, FB_MAX = 64 };
#define MAGIC 0xfb
#define FLAG_PATH_UPPER 4

struct handle {
  uint8_t bytes[FB_MAX];
  size_t size;
};

/* nftw takes no argument of the caller's; a mount is made by a process of its own with one thread. */
static struct {
  int type; /* wanted */
  unsigned changed;
  struct error *err;
} walk;

static bool known(int type) { return type == INO32_GEN || type == INO64_GEN; }

/* True when the handle was changed. */
static bool convert(struct handle *h, int type) {
  uint8_t *b = h->bytes;
  uint32_t low, generation;
  if (h->size <= FB_HANDLE || b[0] != 0 || b[FB_MAGIC] != MAGIC || b[FB_LENGTH] != h->size ||
      (b[FB_FLAGS] & FLAG_PATH_UPPER) || !known(b[FB_TYPE]) || b[FB_TYPE] == type)
    return false;
  if (h->size != FB_HANDLE + (b[FB_TYPE] == INO64_GEN ? 12u : 8u))
    return false;
  uint8_t *at = b + FB_HANDLE + (b[FB_TYPE] == INO64_GEN ? 4 : 0);
  memcpy(&low, at, sizeof low);
  memcpy(&generation, at + sizeof low, sizeof generation);
  memset(b + FB_HANDLE, 0, FB_MAX - FB_HANDLE);
  at = b + FB_HANDLE + (type == INO64_GEN ? 4 : 0);
  memcpy(at, &low, sizeof low);
  memcpy(at + sizeof low, &generation, sizeof generation);
  h->size = FB_HANDLE + (type == INO64_GEN ? 12u : 8u);
  b[FB_TYPE] = (uint8_t)type;
  b[FB_LENGTH] = (uint8_t)h->size;
  return true;
}

static bool read_origin(const char *path, struct handle *h) {
  ssize_t n = lgetxattr(path, ORIGIN, h->bytes, sizeof h->bytes);
  h->size = n > 0 ? (size_t)n : 0;
  return n > 0;
}

static int convert_origin(const char *path, const struct stat *st, int kind, struct FTW *at) {
  struct handle h;
  if (!read_origin(path, &h) || !convert(&h, walk.type))
    return 0;
  walk.changed++;
  return lsetxattr(path, ORIGIN, h.bytes, h.size, 0) == 0
             ? 0
             : error_sys(walk.err, "rewriting the file handle of `%s`", path);
}

static bool from_hex(const char *name, struct handle *h) {
  size_t n = strlen(name);
  if (n % 2 || n / 2 > sizeof h->bytes || strspn(name, "0123456789abcdef") != n)
    return false;
  for (h->size = 0; h->size < n / 2; h->size++) {
    unsigned byte;
    sscanf(name + 2 * h->size, "%2x", &byte);
    h->bytes[h->size] = (uint8_t)byte;
  }
  return true;
}

static int convert_index(int dir, const char *name, struct error *err) {
  struct handle h;
  char converted[2 * FB_MAX + 1];
  if (!from_hex(name, &h) || !convert(&h, walk.type))
    return 0;
  for (size_t i = 0; i < h.size; i++)
    snprintf(converted + 2 * i, 3, "%02x", h.bytes[i]);
  return renameat(dir, name, dir, converted) == 0 ? 0 : error_sys(err, "renaming the index entry `%s`", name);
}

static int convert_indexes(const char *disk, struct error *err) {
  char path[PATH_MAX];
  if (files_path(path, sizeof path, err, "%s/work/index", disk) < 0)
    return -1;
  cleanup_dir DIR *dir = opendir(path);
  /* What is renamed may come again, and is right then. */
  for (struct dirent *e; dir && (e = readdir(dir));)
    if (convert_index(dirfd(dir), e->d_name, err) < 0)
      return -1;
  return 0;
}

/* How this kernel encodes a handle of the template, or -1. */
static int wanted_type(const char *template_dir) {
  union {
    struct file_handle handle;
    unsigned char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
  } h = {.handle.handle_bytes = MAX_HANDLE_SZ};
  int mount;
  return name_to_handle_at(AT_FDCWD, template_dir, &h.handle, &mount, 0) < 0 ? -1 : h.handle.handle_type;
}

int overlay_handles_fit(const char *disk, const char *template_dir, struct error *err) {
  char path[PATH_MAX];
  struct handle root;
  int type = wanted_type(template_dir);
  if (files_path(path, sizeof path, err, "%s/up", disk) < 0)
    return -1;
  /* A disk that was never mounted has none yet. The root's is rewritten last of all: it says that the others are. */
  if (!known(type) || !read_origin(path, &root) || !convert(&root, type))
    return 0;
  walk.type = type;
  walk.changed = 0;
  walk.err = err;
  if (convert_indexes(disk, err) < 0 || nftw(path, convert_origin, 16, FTW_PHYS | FTW_MOUNT | FTW_DEPTH) != 0)
    return -1;
  log_info("handles", "disk=%s type=%d changed=%u", disk, type, walk.changed);
  return 0;
}
