#include "golden_image.h"

#include "clean.h"
#include "files.h"
#include "rootfs.h"

#include <endian.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* criu/include/magic.h: IMG_COMMON_MAGIC and the image's own, then the size of the one message. */
#define HEAD 12

struct message {
  unsigned char data[256];
  size_t size;
};

static void put_varint(struct message *m, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    m->data[m->size++] = (unsigned char)(value | 0x80);
  m->data[m->size++] = (unsigned char)value;
}

static void put_number(struct message *m, unsigned field, uint64_t value) {
  put_varint(m, field << 3);
  put_varint(m, value);
}

static void put_bytes(struct message *m, unsigned field, const void *data, size_t size) {
  put_varint(m, field << 3 | 2);
  put_varint(m, size);
  memcpy(m->data + m->size, data, size);
  m->size += size;
}

/* Puts `m` in the place of the message of the file `prefix`NUMBER.img, of which there is one. The old file may be a
 * link of another image's. */
static int replace(const char *path, const char *prefix, const struct message *m, struct error *err) {
  unsigned char data[HEAD + sizeof m->data];
  cleanup_dir DIR *dir = opendir(path);
  for (struct dirent *e; dir && (e = readdir(dir));) {
    if (strncmp(e->d_name, prefix, strlen(prefix)) != 0)
      continue;
    cleanup_close int old = openat(dirfd(dir), e->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (old < 0 || read(old, data, HEAD) != HEAD || unlinkat(dirfd(dir), e->d_name, 0) < 0)
      return error_sys(err, "reading `%s/%s`", path, e->d_name);
    uint32_t size = htole32((uint32_t)m->size);
    memcpy(data + HEAD - sizeof size, &size, sizeof size);
    memcpy(data + HEAD, m->data, m->size);
    cleanup_close int fd = openat(dirfd(dir), e->d_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    ssize_t all = (ssize_t)(HEAD + m->size);
    return fd >= 0 && write(fd, data, (size_t)all) == all ? 0 : error_sys(err, "writing `%s/%s`", path, e->d_name);
  }
  return error_set(err, MOBIDESK_NOT_FOUND, "the image `%s` has no %s", path, prefix);
}

/* images/userns.proto: extents (first, lower_first, count) of users, and of groups. */
static int settle_users(const char *dir, uid_t uid_base, struct error *err) {
  struct message m = {0}, extent = {0};
  put_number(&extent, 1, 0);
  put_number(&extent, 2, uid_base);
  put_number(&extent, 3, ROOTFS_IDS);
  put_bytes(&m, 1, extent.data, extent.size);
  put_bytes(&m, 2, extent.data, extent.size);
  return replace(dir, "userns-", &m, err);
}

/* images/utsns.proto */
static int settle_name(const char *dir, const char *hostname, struct error *err) {
  struct message m = {0};
  put_bytes(&m, 1, hostname, strlen(hostname));
  put_bytes(&m, 2, "(none)", strlen("(none)"));
  return replace(dir, "utsns-", &m, err);
}

int golden_image_settle(const char *dir, uid_t uid_base, const char *hostname, struct error *err) {
  return settle_users(dir, uid_base, err) < 0 ? -1 : settle_name(dir, hostname, err);
}
