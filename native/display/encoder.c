/* encoder.c: see encoder.h. */
#include "encoder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "enc/encoding.h"

/* X carries nothing: the server's rendering leaves anything there, which would spoil comparison and compression. */
#define COLOUR_MASK 0x00ffffffu

/* Below this there is nothing to gain: headers of compressed data are as large as what they could save. */
#define MIN_COMPRESSED_BYTES 64

struct encoder {
  uint32_t pixels[ENCODER_MAX_PIXELS];
  struct enc_lz4 *lz4;
  struct enc_zstd *zstd;
};

struct encoder *encoder_init(void) {
  struct encoder *e = malloc(sizeof *e);
  if (e == NULL)
    return NULL;
  e->lz4 = enc_lz4_init();
  e->zstd = enc_zstd_init();
  if (e->lz4 == NULL || e->zstd == NULL) {
    encoder_destroy(e);
    return NULL;
  }
  return e;
}

void encoder_destroy(struct encoder *e) {
  if (e == NULL)
    return;
  enc_lz4_destroy(e->lz4);
  enc_zstd_destroy(e->zstd);
  free(e);
}

static const uint32_t *row(const struct framebuffer *fb, unsigned x, unsigned y) {
  return (const uint32_t *)(const void *)(fb->pixels + (size_t)y * fb->stride) + x;
}

bool encoder_is_solid(const struct framebuffer *fb, const struct rect *r, uint32_t *pixel) {
  const uint32_t first = *row(fb, r->x, r->y) & COLOUR_MASK;
  *pixel = first;
  for (unsigned y = 0; y < r->height; y++) {
    const uint32_t *p = row(fb, r->x, (unsigned)r->y + y);
    for (unsigned x = 0; x < r->width; x++)
      if ((p[x] & COLOUR_MASK) != first)
        return false;
  }
  return true;
}

/* Copies the pixels of `r` into the encoder, without padding and without X. Returns their size in bytes. */
static size_t gather(struct encoder *e, const struct framebuffer *fb, const struct rect *r) {
  uint32_t *out = e->pixels;
  for (unsigned y = 0; y < r->height; y++) {
    const uint32_t *p = row(fb, r->x, (unsigned)r->y + y);
    for (unsigned x = 0; x < r->width; x++)
      *out++ = p[x] & COLOUR_MASK;
  }
  return (size_t)r->width * r->height * 4;
}

/* Compresses what was gathered to `out` if that saves at least an eighth; returns 0 if not. zstd makes half the bytes
 * of LZ4 in twice the time (1920x1080, text): right only when the link is what the viewer waits for. */
static size_t compress(struct encoder *e, size_t length, const struct encoder_target *target, uint8_t *out,
                       uint8_t *encoding) {
  const uint8_t *pixels = (const uint8_t *)e->pixels;
  const size_t worthwhile = length - length / 8;
  const bool has_lz4 = target->encodings >> ENCODING_LZ4 & 1, has_zstd = target->encodings >> ENCODING_ZSTD & 1;
  if (length < MIN_COMPRESSED_BYTES)
    return 0;
  if (has_zstd && (target->slow || !has_lz4)) {
    *encoding = ENCODING_ZSTD;
    return enc_zstd(e->zstd, pixels, length, out, worthwhile);
  }
  if (has_lz4) {
    *encoding = ENCODING_LZ4;
    return enc_lz4(e->lz4, pixels, length, out, worthwhile);
  }
  return 0;
}

static bool add_message(const struct message *m, struct buffer *out) {
  uint8_t *bytes = buffer_reserve(out, protocol_size(m));
  if (bytes == NULL)
    return false;
  protocol_encode(m, bytes);
  buffer_commit(out, protocol_size(m));
  return true;
}

bool encoder_rect(struct encoder *e, const struct framebuffer *fb, const struct rect *r,
                  const struct encoder_target *target, struct buffer *out) {
  assert((size_t)r->width * r->height <= ENCODER_MAX_PIXELS);
  uint32_t pixel;
  if (encoder_is_solid(fb, r, &pixel))
    return add_message(&(struct message){.type = MESSAGE_SFILL, .sfill = {*r, pixel}}, out);

  struct message raw = {.type = MESSAGE_RAW, .raw = {.rect = *r, .encoding = ENCODING_NONE}};
  raw.raw.length = gather(e, fb, r);
  uint8_t *bytes = buffer_reserve(out, protocol_size(&raw));
  if (bytes == NULL)
    return false;
  uint8_t *data = bytes + protocol_size(&raw) - raw.raw.length;
  size_t compressed = compress(e, raw.raw.length, target, data, &raw.raw.encoding);
  if (compressed > 0) {
    raw.raw.length = compressed;
  } else {
    raw.raw.encoding = ENCODING_NONE;
    enc_none((const uint8_t *)e->pixels, raw.raw.length, data, raw.raw.length);
  }
  protocol_encode(&raw, bytes);
  buffer_commit(out, protocol_size(&raw));
  return true;
}
