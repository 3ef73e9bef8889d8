#include "criu_image.h"

#include "clean.h"

#include <endian.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define IMG_COMMON_MAGIC 0x54564319u

static bool read_varint(struct criu_span *s, uint64_t *out) {
  *out = 0;
  for (unsigned shift = 0; s->at < s->end && shift < 64; shift += 7) {
    unsigned char byte = *s->at++;
    *out |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80))
      return true;
  }
  return false;
}

bool criu_field_next(struct criu_span *s, struct criu_field *f) {
  uint64_t key;
  if (!read_varint(s, &key))
    return false;
  *f = (struct criu_field){.number = (unsigned)(key >> 3), .value_at = {s->at, s->at}};
  uint64_t length = 0;
  switch (key & 7) {
  case 0:
    if (!read_varint(s, &f->value))
      return false;
    f->value_at.end = s->at;
    return true;
  case 1:
    length = 8;
    break;
  case 2:
    if (!read_varint(s, &length))
      return false;
    break;
  case 5:
    length = 4;
    break;
  default:
    return false;
  }
  if (length > (uint64_t)(s->end - s->at))
    return false;
  f->content = (struct criu_span){s->at, s->at + length};
  s->at += length;
  return true;
}

/* A varint may have more bytes than its value needs. */
bool criu_field_set(const struct criu_field *f, uint64_t value) {
  size_t length = (size_t)(f->value_at.end - f->value_at.at);
  if (length == 0 || (length < 10 && value >> (7 * length)))
    return false;
  for (size_t i = 0; i < length; i++, value >>= 7)
    f->value_at.at[i] = (unsigned char)((value & 0x7f) | (i + 1 < length ? 0x80 : 0));
  return true;
}

static void edit_all(struct criu_span image, void (*edit)(struct criu_span message)) {
  uint32_t size;
  for (; (size_t)(image.end - image.at) >= sizeof size; image.at += size) {
    memcpy(&size, image.at, sizeof size);
    size = le32toh(size);
    image.at += sizeof size;
    if (size > (size_t)(image.end - image.at))
      return;
    edit((struct criu_span){image.at, image.at + size});
  }
}

int criu_image_edit(const char *path, uint32_t magic, void (*edit)(struct criu_span message), struct error *err) {
  struct stat st;
  cleanup_close int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) < 0)
    return error_sys(err, "opening `%s`", path);
  size_t size = (size_t)st.st_size;
  unsigned char *data = mmap(NULL, size ? size : 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED)
    return error_sys(err, "mapping `%s`", path);
  uint32_t magics[2] = {0};
  if (size >= sizeof magics)
    memcpy(magics, data, sizeof magics);
  bool known = le32toh(magics[0]) == IMG_COMMON_MAGIC && le32toh(magics[1]) == magic;
  if (known)
    edit_all((struct criu_span){data + sizeof magics, data + size}, edit);
  munmap(data, size ? size : 1);
  return known ? 0 : error_set(err, MOBIDESK_UNSUPPORTED, "`%s` is not of the format of CRIU 4.2", path);
}
