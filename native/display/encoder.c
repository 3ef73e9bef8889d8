/* encoder.c: see encoder.h. */
#include "encoder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "classify.h"
#include "enc/encoding.h"
#include "picture.h"
#include "wire.h"

/* X carries nothing: the server's rendering leaves anything there, which would spoil comparison and compression. */
#define COLOUR_MASK 0x00ffffffu
/* More than noise takes at the best quality: a byte and a half for each pixel of a strip. */
#define MOST_JPEG (ENCODER_MAX_STRIP * 3 / 2)
/* Below this there is nothing to gain: headers of compressed data are as large as what they could save. */
#define MIN_COMPRESSED_BYTES 64

/* Neighbouring tiles of one kind, which become one message. */
struct run {
  enum content content;
  unsigned x, width; /* within the rectangle */
  struct palette palette;
};

struct encoder {
  uint32_t pixels[ENCODER_MAX_PIXELS];
  uint8_t scratch[ENCODER_MAX_PIXELS * 4]; /* planes, indices, pixels without padding */
  struct run run, tile;
  struct enc_lz4 *lz4;
  struct enc_zstd *zstd;
  struct enc_jpeg *jpeg;
  uint8_t luma_map[256], chroma_map[256]; /* of videos, to the whole range */
};

/* One call of encoder_rect. */
struct job {
  struct encoder *e;
  const struct rect *rect;
  const struct encoder_target *target;
  struct buffer *out;
  struct encoder_result *result;
  uint8_t stores[ENCODER_MAX_AREAS * PROTOCOL_TILE_STORE_SIZE], paints[ENCODER_MAX_AREAS * PROTOCOL_TILE_PAINT_SIZE];
  unsigned store_count, paint_count;
};

/* Luma of 16 to 235 and chroma of 16 to 240 to the whole range, which JFIF has. */
static void make_maps(uint8_t luma[256], uint8_t chroma[256]) {
  for (int i = 0; i < 256; i++) {
    const int y = ((i - 16) * 255 + 109) / 219, c = 128 + ((i - 128) * 255 + (i < 128 ? -112 : 112)) / 224;
    luma[i] = (uint8_t)(y < 0 ? 0 : y > 255 ? 255 : y);
    chroma[i] = (uint8_t)(c < 0 ? 0 : c > 255 ? 255 : c);
  }
}

struct encoder *encoder_init(void) {
  struct encoder *e = malloc(sizeof *e);
  if (e == NULL)
    return NULL;
  e->lz4 = enc_lz4_init();
  e->zstd = enc_zstd_init();
  e->jpeg = enc_jpeg_init();
  make_maps(e->luma_map, e->chroma_map);
  if (e->lz4 == NULL || e->zstd == NULL || e->jpeg == NULL) {
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
  enc_jpeg_destroy(e->jpeg);
  free(e);
}

static const uint32_t *row(const struct framebuffer *fb, unsigned x, unsigned y) {
  return (const uint32_t *)(const void *)(fb->pixels + (size_t)y * fb->stride) + x;
}

unsigned encoder_solid_rows(const struct framebuffer *fb, const struct rect *r, uint32_t *pixel) {
  const uint32_t first = *row(fb, r->x, r->y) & COLOUR_MASK;
  unsigned y = 0;
  *pixel = first;
  for (; y < r->height; y++) {
    const uint32_t *p = row(fb, r->x, (unsigned)r->y + y);
    for (unsigned x = 0; x < r->width; x++)
      if ((p[x] & COLOUR_MASK) != first)
        return y;
  }
  return y;
}

void encoder_gather(struct encoder *e, const struct framebuffer *fb, const struct rect *r) {
  assert((size_t)r->width * r->height <= ENCODER_MAX_PIXELS);
  uint32_t *out = e->pixels;
  for (unsigned y = 0; y < r->height; y++) {
    const uint32_t *p = row(fb, r->x, (unsigned)r->y + y);
    for (unsigned x = 0; x < r->width; x++)
      *out++ = p[x] & COLOUR_MASK;
  }
}

static bool add_message(const struct message *m, struct buffer *out) {
  uint8_t *bytes = buffer_reserve(out, protocol_size(m));
  if (bytes == NULL)
    return false;
  protocol_encode(m, bytes);
  buffer_commit(out, protocol_size(m));
  return true;
}

static struct rect area_of(const struct job *j, const struct run *r) {
  return (struct rect){(uint16_t)(j->rect->x + r->x), j->rect->y, (uint16_t)r->width, j->rect->height};
}

static const uint32_t *pixels_of(const struct job *j, const struct run *r) { return j->e->pixels + r->x; }

static bool decodes(const struct job *j, enum raw_encoding encoding) { return j->target->encodings >> encoding & 1; }

/* Packs bytes as the link deserves; 0 if that saves less than an eighth. */
static size_t pack(struct job *j, const uint8_t *bytes, size_t length, uint8_t *out, uint8_t *packing) {
  const size_t worthwhile = length - length / 8;
  const bool has_zstd = decodes(j, ENCODING_ZSTD), has_lz4 = decodes(j, ENCODING_LZ4);
  if (length < MIN_COMPRESSED_BYTES)
    return 0;
  if (has_zstd && (!j->target->fast || !has_lz4)) {
    *packing = PACKING_ZSTD;
    return enc_zstd(j->e->zstd, bytes, length, out, worthwhile);
  }
  if (has_lz4) {
    *packing = PACKING_LZ4;
    return enc_lz4(j->e->lz4, bytes, length, out, worthwhile);
  }
  return 0;
}

bool encoder_pattern(struct encoder *e, const struct framebuffer *fb, const struct rect *r, unsigned width,
                     unsigned height, const struct encoder_target *target, struct buffer *out) {
  struct job j = {.e = e, .rect = r, .target = target, .out = out};
  const struct rect tile = {r->x, r->y, (uint16_t)width, (uint16_t)height};
  struct message m = {.type = MESSAGE_PFILL,
                      .pfill = {.rect = *r,
                                .tile_width = tile.width,
                                .tile_height = tile.height,
                                .encoding = ENCODING_NONE,
                                .data = (const uint8_t *)e->pixels,
                                .length = (size_t)width * height * 4}};
  encoder_gather(e, fb, &tile);
  const size_t packed = pack(&j, m.pfill.data, m.pfill.length, e->scratch, &m.pfill.encoding);
  if (packed > 0) { /* numbers of packings are those of RAW */
    m.pfill.data = e->scratch;
    m.pfill.length = packed;
  } else {
    m.pfill.encoding = ENCODING_NONE;
  }
  return add_message(&m, out);
}

/* Begins a RAW message of at most `most` bytes of data; returns where they go. */
static uint8_t *begin_raw(struct job *j, struct message *raw, const struct rect *area, enum raw_encoding encoding,
                          size_t most) {
  *raw = (struct message){.type = MESSAGE_RAW, .raw = {.rect = *area, .encoding = (uint8_t)encoding, .length = most}};
  uint8_t *bytes = buffer_reserve(j->out, protocol_size(raw));
  return bytes == NULL ? NULL : bytes + protocol_size(raw) - most;
}

/* The data, `length` bytes, are where they go. */
static void end_raw(struct job *j, struct message *raw, size_t length) {
  raw->raw.length = length;
  protocol_encode(raw, buffer_reserve(j->out, protocol_size(raw)));
  buffer_commit(j->out, protocol_size(raw));
}

/* Copies a run without padding. */
static size_t flatten(struct job *j, const struct run *r) {
  uint8_t *out = j->e->scratch;
  for (unsigned y = 0; y < j->rect->height; y++, out += (size_t)r->width * 4)
    memcpy(out, pixels_of(j, r) + (size_t)y * j->rect->width, (size_t)r->width * 4);
  return (size_t)r->width * j->rect->height * 4;
}

static bool add_pixels(struct job *j, const struct run *r) {
  struct message raw;
  const struct rect area = area_of(j, r);
  const size_t length = flatten(j, r);
  uint8_t *data = begin_raw(j, &raw, &area, ENCODING_NONE, length);
  if (data == NULL)
    return false;
  size_t packed = pack(j, j->e->scratch, length, data, &raw.raw.encoding); /* numbers of packings are those of RAW */
  if (packed == 0) {
    raw.raw.encoding = ENCODING_NONE;
    memcpy(data, j->e->scratch, packed = length);
  }
  end_raw(j, &raw, packed);
  return true;
}

static bool add_predicted(struct job *j, const struct run *r) {
  struct message raw;
  const struct rect area = area_of(j, r);
  const size_t most = (size_t)r->width * j->rect->height * 3;
  uint8_t *data = begin_raw(j, &raw, &area, ENCODING_PREDICTED, most);
  if (data == NULL)
    return false;
  const size_t length =
      enc_predicted(j->e->zstd, pixels_of(j, r), j->rect->width, r->width, j->rect->height, j->e->scratch, data, most);
  if (length == 0)
    return add_pixels(j, r);
  end_raw(j, &raw, length);
  return true;
}

static bool add_approximated(struct job *j, const struct run *r) {
  struct message raw;
  const struct rect area = area_of(j, r);
  const size_t most = (size_t)r->width * j->rect->height * 2;
  uint8_t *data = begin_raw(j, &raw, &area, ENCODING_JPEG, most);
  if (data == NULL)
    return false;
  const size_t length =
      enc_jpeg(j->e->jpeg, pixels_of(j, r), j->rect->width, r->width, j->rect->height, j->target->quality, data, most);
  if (length == 0)
    return add_predicted(j, r);
  end_raw(j, &raw, length);
  j->result->approximated[j->result->count++] = area;
  return true;
}

static bool add_photograph(struct job *j, const struct run *r) {
  if (j->target->quality > 0 && decodes(j, ENCODING_JPEG) && j->result->count < ENCODER_MAX_AREAS)
    return add_approximated(j, r);
  return decodes(j, ENCODING_PREDICTED) && !j->target->fast ? add_predicted(j, r) : add_pixels(j, r);
}

/* Two colours: the rarer bit of information is which is which, so a bit for each pixel. */
static bool add_bitmap(struct job *j, const struct run *r) {
  struct message m = {.type = MESSAGE_BITMAP,
                      .bitmap = {.rect = area_of(j, r),
                                 .background = r->palette.colours[0],
                                 .foreground = r->palette.colours[1],
                                 .packing = PACKING_NONE}};
  const size_t length =
      palette_pack(&r->palette, pixels_of(j, r), j->rect->width, r->width, j->rect->height, j->e->scratch);
  uint8_t *packed = j->e->scratch + ENCODER_MAX_PIXELS;
  const size_t packed_length = pack(j, j->e->scratch, length, packed, &m.bitmap.packing);
  m.bitmap.data = packed_length > 0 ? packed : j->e->scratch;
  m.bitmap.length = packed_length > 0 ? packed_length : length;
  m.bitmap.packing = packed_length > 0 ? m.bitmap.packing : PACKING_NONE;
  return add_message(&m, j->out);
}

static bool add_palette(struct job *j, const struct run *r) {
  struct message raw;
  const struct rect area = area_of(j, r);
  const struct palette *p = &r->palette;
  const size_t length = palette_pack(p, pixels_of(j, r), j->rect->width, r->width, j->rect->height, j->e->scratch);
  const size_t head = 4 + p->count * 4u;
  uint8_t *data = begin_raw(j, &raw, &area, ENCODING_PALETTE, head + length);
  if (data == NULL)
    return false;
  uint8_t packing = PACKING_NONE;
  size_t packed = pack(j, j->e->scratch, length, data + head, &packing);
  if (packed == 0) {
    packing = PACKING_NONE;
    memcpy(data + head, j->e->scratch, packed = length);
  }
  data[0] = (uint8_t)palette_bits(p);
  data[1] = (uint8_t)(p->count - 1);
  data[2] = packing;
  data[3] = 0;
  for (unsigned i = 0; i < p->count; i++)
    wire_put32(data + 4 + i * 4, p->colours[i]);
  end_raw(j, &raw, head + packed);
  return true;
}

static bool add_run(struct job *j, const struct run *r) {
  const struct rect area = area_of(j, r);
  if (r->width == 0)
    return true;
  switch (r->content) {
  case CONTENT_SOLID:
    return add_message(&(struct message){.type = MESSAGE_SFILL, .sfill = {area, r->palette.colours[0]}}, j->out);
  case CONTENT_FEW:
    if (j->target->version < 2 || !decodes(j, ENCODING_PALETTE))
      return add_pixels(j, r);
    return r->palette.count == 2 ? add_bitmap(j, r) : add_palette(j, r);
  case CONTENT_PHOTOGRAPH:
    return add_photograph(j, r);
  case CONTENT_DRAWN:
    return add_pixels(j, r);
  }
  return true;
}

/* Makes the tile part of the run before it, if both can be one message without harm. */
static bool join(struct job *j, struct run *run, const struct run *tile) {
  if (run->width == 0 || run->x + run->width != tile->x || run->content != tile->content)
    return false;
  if (run->content == CONTENT_SOLID && run->palette.colours[0] != tile->palette.colours[0])
    return false;
  if (run->content == CONTENT_FEW) {
    struct palette both = run->palette;
    /* Beyond a width of index, each pixel of the run would take more. */
    const unsigned limit = both.count <= 2 && tile->palette.count <= 2 ? 2 : both.count <= 16 ? 16 : PALETTE_MAX;
    if (!palette_add(&both, tile->palette.colours, tile->palette.count, tile->palette.count, 1, limit))
      return false;
    run->palette = both;
  }
  run->width += tile->width;
  return true;
}

/* What this call stores is painted only by later ones: stores come last. */
static bool is_stored_here(const struct job *j, uint16_t slot) {
  for (unsigned i = 0; i < j->store_count; i++)
    if (protocol_tile_store(j->stores + i * PROTOCOL_TILE_STORE_SIZE).slot == slot)
      return true;
  return false;
}

/* A whole tile of the grid that the viewer keeps is painted from there; one that it does not is kept from now on. */
static bool paint_known(struct job *j, const struct run *tile) {
  const struct rect area = area_of(j, tile);
  uint16_t slot;
  if (j->target->tiles == NULL || area.width != TILES_SIZE || area.height != TILES_SIZE ||
      tile->content == CONTENT_SOLID || j->paint_count == ENCODER_MAX_AREAS)
    return false;
  const struct tile_digest digest =
      tiles_digest(j->target->tiles, pixels_of(j, tile), j->rect->width, area.width, area.height);
  if (tiles_find(j->target->tiles, &digest, &slot)) {
    if (is_stored_here(j, slot))
      return false;
    const struct tile_paint paint = {slot, area.x, area.y};
    protocol_put_tile_paint(j->paints + j->paint_count++ * PROTOCOL_TILE_PAINT_SIZE, &paint);
    return true;
  }
  const bool is_exact = tile->content != CONTENT_PHOTOGRAPH || j->target->quality == 0;
  if (is_exact && tile->palette.count > 2 && j->store_count < ENCODER_MAX_AREAS) {
    const struct tile_store store = {area, tiles_store(j->target->tiles, &digest)};
    protocol_put_tile_store(j->stores + j->store_count++ * PROTOCOL_TILE_STORE_SIZE, &store);
  }
  return false;
}

static bool add_lists(struct job *j) {
  const struct message paint = {.type = MESSAGE_TILE_PAINT, .tiles = {j->paints, j->paint_count}};
  const struct message store = {.type = MESSAGE_TILE_STORE, .tiles = {j->stores, j->store_count}};
  return (j->paint_count == 0 || add_message(&paint, j->out)) && (j->store_count == 0 || add_message(&store, j->out));
}

static size_t encode_jpeg(struct encoder *e, const struct picture *p, const struct encoder_strip *strip, uint8_t *out,
                          size_t most) {
  if (p->format == PICTURE_PIXELS)
    return enc_jpeg(e->jpeg, (const uint32_t *)(const void *)p->data + (size_t)strip->y * p->width, p->width, p->width,
                    strip->height, strip->quality, out, most);
  const uint8_t *planes[3];
  picture_planes(p, strip->y, planes);
  const struct enc_planes rows = {.width = p->width,
                                  .chroma_rows = p->format == PICTURE_420 ? 2 : 1,
                                  .y = planes[0],
                                  .u = planes[1],
                                  .v = planes[2],
                                  .luma_map = e->luma_map,
                                  .chroma_map = e->chroma_map};
  return enc_jpeg_planes(e->jpeg, &rows, strip->height, strip->quality, out, most);
}

bool encoder_video(struct encoder *e, const struct picture *p, const struct encoder_strip *strip, struct buffer *out) {
  struct message m = {.type = MESSAGE_VIDEO_FRAME,
                      .video_frame = {.stream = strip->stream,
                                      .encoding = strip->quality > 0 ? VIDEO_JPEG : VIDEO_PLANES,
                                      .last = strip->last,
                                      .y = strip->y,
                                      .height = strip->height,
                                      .time_us = p->time_us,
                                      .length = strip->quality > 0 ? MOST_JPEG : picture_rows_size(p, strip->height)}};
  const size_t most = m.video_frame.length;
  uint8_t *bytes = buffer_reserve(out, protocol_size(&m));
  if (bytes == NULL)
    return false;
  uint8_t *data = bytes + protocol_size(&m) - most;
  if (strip->quality > 0)
    m.video_frame.length = encode_jpeg(e, p, strip, data, most);
  else
    picture_rows(p, strip->y, strip->height, data);
  if (m.video_frame.length == 0)
    return false;
  protocol_encode(&m, bytes);
  buffer_commit(out, protocol_size(&m));
  return true;
}

bool encoder_rect(struct encoder *e, const struct rect *r, const struct encoder_target *target, struct buffer *out,
                  struct encoder_result *result) {
  static_assert(ENCODER_MAX_PIXELS / TILES_SIZE / TILES_SIZE + 2 <= ENCODER_MAX_AREAS, "a list holds all tiles");
  struct job j = {.e = e, .rect = r, .target = target, .out = out, .result = result};
  struct run *run = &e->run, *tile = &e->tile;
  result->count = 0;
  run->width = 0;
  for (unsigned x = 0; x < r->width; x += tile->width) {
    const unsigned to_grid = TILES_SIZE - (r->x + x) % TILES_SIZE;
    tile->x = x;
    tile->width = to_grid < r->width - x ? to_grid : r->width - x;
    tile->content = classify(pixels_of(&j, tile), r->width, tile->width, r->height, &tile->palette);
    if (paint_known(&j, tile) || join(&j, run, tile))
      continue;
    if (!add_run(&j, run))
      return false;
    *run = *tile;
  }
  return add_run(&j, run) && add_lists(&j);
}
