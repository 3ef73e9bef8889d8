#include "frame.h"

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int frame_read_all(int fd, void *data, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t n = read(fd, (char *)data + done, size - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -errno;
    if (n == 0)
      return done == 0 ? -ENODATA : -EPIPE;
    done += (size_t)n;
  }
  return 0;
}

int frame_write_all(int fd, const void *data, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t n = send(fd, (const char *)data + done, size - done, MSG_NOSIGNAL);
    if (n < 0 && errno == ENOTSOCK)
      n = write(fd, (const char *)data + done, size - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -errno;
    done += (size_t)n;
  }
  return 0;
}

int frame_parse(const char *data, size_t size, json_t **out) {
  json_error_t why;
  json_t *value = json_loadb(data, size, JSON_REJECT_DUPLICATES, &why);
  if (!json_is_object(value)) {
    json_decref(value);
    return -EBADMSG;
  }
  *out = value;
  return 0;
}

int frame_read(int fd, json_t **out) {
  uint32_t length;
  int r = frame_read_all(fd, &length, sizeof length);
  if (r < 0)
    return r;
  length = le32toh(length);
  if (length == 0 || length > FRAME_MAX)
    return -EMSGSIZE;
  char *data = malloc(length);
  if (!data)
    return -ENOMEM;
  r = frame_read_all(fd, data, length);
  if (r == -ENODATA)
    r = -EPIPE;
  if (r == 0)
    r = frame_parse(data, length, out);
  free(data);
  return r;
}

int frame_write(int fd, const json_t *object) {
  char *text = json_dumps(object, JSON_COMPACT);
  if (!text)
    return -ENOMEM;
  size_t size = strlen(text);
  int r = -EMSGSIZE;
  if (size <= FRAME_MAX) {
    char *frame = malloc(size + 4);
    r = -ENOMEM;
    if (frame) {
      uint32_t length = htole32((uint32_t)size);
      memcpy(frame, &length, 4);
      memcpy(frame + 4, text, size);
      r = frame_write_all(fd, frame, size + 4);
      free(frame);
    }
  }
  free(text);
  return r;
}
