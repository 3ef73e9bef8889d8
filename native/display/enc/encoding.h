/*
 * encoding.h: the encodings of RAW data and of video, one file each.
 *
 * Each writes at most `capacity` bytes; it returns how many, or 0 if the result does not fit, which means that this
 * encoding has no benefit here. A stride is in pixels.
 */
#ifndef MOBIDESK_DISPLAY_ENC_ENCODING_H
#define MOBIDESK_DISPLAY_ENC_ENCODING_H

#include <stddef.h>
#include <stdint.h>

struct enc_lz4;
struct enc_zstd;
struct enc_jpeg;

struct enc_lz4 *enc_lz4_init(void);
void enc_lz4_destroy(struct enc_lz4 *e);
size_t enc_lz4(struct enc_lz4 *e, const uint8_t *bytes, size_t length, uint8_t *out, size_t capacity);

struct enc_zstd *enc_zstd_init(void);
void enc_zstd_destroy(struct enc_zstd *e);
size_t enc_zstd(struct enc_zstd *e, const uint8_t *bytes, size_t length, uint8_t *out, size_t capacity);

/* `planes` is room for three bytes a pixel. */
size_t enc_predicted(struct enc_zstd *zstd, const uint32_t *pixels, unsigned stride, unsigned width, unsigned height,
                     uint8_t *planes, uint8_t *out, size_t capacity);

struct enc_jpeg *enc_jpeg_init(void);
void enc_jpeg_destroy(struct enc_jpeg *e);
/* `quality` is 1 to 100. */
size_t enc_jpeg(struct enc_jpeg *e, const uint32_t *pixels, unsigned stride, unsigned width, unsigned height,
                int quality, uint8_t *out, size_t capacity);

/* Planes without padding; the maps make full-range samples (JFIF's) of those that the planes have. */
struct enc_planes {
  unsigned width;
  unsigned chroma_rows; /* rows of luma for one of chroma: 2 or 1 */
  const uint8_t *y, *u, *v;
  const uint8_t *luma_map, *chroma_map; /* 256 each */
};
size_t enc_jpeg_planes(struct enc_jpeg *e, const struct enc_planes *planes, unsigned height, int quality, uint8_t *out,
                       size_t capacity);

#endif
