#include "criu_timers.h"

#include "clean.h"
#include "files.h"

#include <endian.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* criu/include/magic.h */
#define IMG_COMMON_MAGIC 0x54564319u
#define FILES_MAGIC 0x56303138u

/* images/fdinfo.proto and timerfd.proto: numbers of fields */
enum { FILE_TIMERFD = 12, TIMER_TICKS = 5, TIMER_VSEC = 7, TIMER_VNSEC = 8, TIMER_ISEC = 9, TIMER_INSEC = 10 };

struct span {
  unsigned char *at, *end;
};

/* A field of a protobuf message: number and value, or the span of what has a length. */
struct field {
  unsigned number;
  uint64_t value;
  unsigned char *value_at;
  struct span content;
};

static bool read_varint(struct span *s, uint64_t *out) {
  *out = 0;
  for (unsigned shift = 0; s->at < s->end && shift < 64; shift += 7) {
    unsigned char byte = *s->at++;
    *out |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80))
      return true;
  }
  return false;
}

/* False at the end, or when the rest is no protobuf; then nothing is changed. */
static bool next_field(struct span *s, struct field *f) {
  uint64_t key;
  if (!read_varint(s, &key))
    return false;
  *f = (struct field){.number = (unsigned)(key >> 3), .value_at = s->at};
  uint64_t length = 0;
  switch (key & 7) {
  case 0:
    return read_varint(s, &f->value);
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
  f->content = (struct span){s->at, s->at + length};
  s->at += length;
  return true;
}

static void rearm(struct span timer) {
  uint64_t ticks = 0, left = 0, interval = 0;
  unsigned char *nanoseconds = NULL;
  for (struct field f; next_field(&timer, &f);) {
    if (f.number == TIMER_TICKS)
      ticks = f.value;
    if (f.number == TIMER_VSEC || f.number == TIMER_VNSEC)
      left |= f.value;
    if (f.number == TIMER_ISEC || f.number == TIMER_INSEC)
      interval |= f.value;
    if (f.number == TIMER_VNSEC)
      nanoseconds = f.value_at;
  }
  /* Zero is one byte, and so is one. */
  if (ticks && interval && !left && nanoseconds)
    *nanoseconds = 1;
}

static void rearm_all(struct span image) {
  uint32_t size;
  for (; (size_t)(image.end - image.at) >= sizeof size; image.at += size) {
    memcpy(&size, image.at, sizeof size);
    size = le32toh(size);
    image.at += sizeof size;
    if (size > (size_t)(image.end - image.at))
      return;
    struct span entry = {image.at, image.at + size};
    for (struct field f; next_field(&entry, &f);)
      if (f.number == FILE_TIMERFD && f.content.at)
        rearm(f.content);
  }
}

int criu_timers_rearm(const char *dir, struct error *err) {
  char path[PATH_MAX];
  struct stat st;
  if (files_path(path, sizeof path, err, "%s/files.img", dir) < 0)
    return -1;
  cleanup_close int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) < 0)
    return error_sys(err, "opening `%s`", path);
  size_t size = (size_t)st.st_size;
  unsigned char *data = mmap(NULL, size ? size : 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED)
    return error_sys(err, "mapping `%s`", path);
  uint32_t magic[2] = {0};
  if (size >= sizeof magic)
    memcpy(magic, data, sizeof magic);
  bool known = le32toh(magic[0]) == IMG_COMMON_MAGIC && le32toh(magic[1]) == FILES_MAGIC;
  if (known)
    rearm_all((struct span){data + sizeof magic, data + size});
  munmap(data, size ? size : 1);
  return known ? 0 : error_set(err, MOBIDESK_UNSUPPORTED, "`%s` is not of the format of CRIU 4.2", path);
}
