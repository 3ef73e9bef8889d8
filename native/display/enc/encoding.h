/*
 * encoding.h: the encodings of RAW data, one file each.
 *
 * Each takes `length` bytes of pixels and writes at most `capacity` bytes; it returns how many, or 0 if the result does
 * not fit, which means that this encoding has no benefit here.
 */
#ifndef MOBIDESK_DISPLAY_ENC_ENCODING_H
#define MOBIDESK_DISPLAY_ENC_ENCODING_H

#include <stddef.h>
#include <stdint.h>

struct enc_lz4;
struct enc_zstd;

size_t enc_none(const uint8_t *pixels, size_t length, uint8_t *out, size_t capacity);

struct enc_lz4 *enc_lz4_init(void);
void enc_lz4_destroy(struct enc_lz4 *e);
size_t enc_lz4(struct enc_lz4 *e, const uint8_t *pixels, size_t length, uint8_t *out, size_t capacity);

struct enc_zstd *enc_zstd_init(void);
void enc_zstd_destroy(struct enc_zstd *e);
size_t enc_zstd(struct enc_zstd *e, const uint8_t *pixels, size_t length, uint8_t *out, size_t capacity);

#endif
