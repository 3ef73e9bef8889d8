/*
 * Frames of the control socket (docs/hostd-protocol.md): a little-endian 32-bit length and that many bytes of JSON.
 * Shared by the daemon and libmobidesk.
 */
#ifndef MOBIDESK_FRAME_H
#define MOBIDESK_FRAME_H

#include <jansson.h>
#include <stddef.h>

#define FRAME_MAX 65536u

/* Reads or writes all of `size` bytes. 0, or a negative errno; -ENODATA when the peer closed before the first byte,
 * -EPIPE when it closed in the middle. */
int frame_read_all(int fd, void *data, size_t size);
int frame_write_all(int fd, const void *data, size_t size);

/* Reads one frame into `*out` (new reference, always an object). 0, or a negative errno: -EMSGSIZE a length of zero or
 * above FRAME_MAX, -EBADMSG not one JSON object (duplicate members count as malformed). */
int frame_read(int fd, json_t **out);

/* Parses the `size` bytes of a frame's content, as frame_read does. */
int frame_parse(const char *data, size_t size, json_t **out);

/* Writes `object` as one frame. 0, or a negative errno; -EMSGSIZE when it is larger than a frame can be. */
int frame_write(int fd, const json_t *object);

#endif
