/* wire.h: little-endian integers in byte buffers, whatever the machine's byte order and alignment. */
#ifndef MOBIDESK_DISPLAY_WIRE_H
#define MOBIDESK_DISPLAY_WIRE_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t wire_get16(const uint8_t *bytes) {
  uint16_t value;
  memcpy(&value, bytes, sizeof value);
  return le16toh(value);
}

static inline uint32_t wire_get32(const uint8_t *bytes) {
  uint32_t value;
  memcpy(&value, bytes, sizeof value);
  return le32toh(value);
}

static inline uint64_t wire_get64(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value);
  return le64toh(value);
}

static inline void wire_put16(uint8_t *bytes, uint16_t value) {
  value = htole16(value);
  memcpy(bytes, &value, sizeof value);
}

static inline void wire_put32(uint8_t *bytes, uint32_t value) {
  value = htole32(value);
  memcpy(bytes, &value, sizeof value);
}

static inline void wire_put64(uint8_t *bytes, uint64_t value) {
  value = htole64(value);
  memcpy(bytes, &value, sizeof value);
}

#endif
