/* pixels.c: see pixels.h. */
#include "pixels.h"

#include <lz4.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include <jpeglib.h>

#include "../protocol.h"
#include "../wire.h"

bool pixels_unpack(unsigned packing, const uint8_t *data, size_t length, uint8_t *out, size_t size) {
  switch (packing) {
  case PACKING_NONE:
    if (length != size)
      return false;
    memcpy(out, data, size);
    return true;
  case PACKING_LZ4:
    return LZ4_decompress_safe((const char *)data, (char *)out, (int)length, (int)size) == (int)size;
  case PACKING_ZSTD:
    return ZSTD_decompress(out, size, data, length) == size;
  default:
    return false;
  }
}

struct jpeg_failure {
  struct jpeg_error_mgr manager;
  jmp_buf out;
};

static void jpeg_fails(j_common_ptr info) { longjmp(((struct jpeg_failure *)info->err)->out, 1); }

static void jpeg_is_silent(j_common_ptr info) {}

/* Decodes a JPEG picture of exactly this size. */
static bool decode_jpeg(const uint8_t *data, size_t length, unsigned width, unsigned height, uint32_t *pixels) {
  struct jpeg_decompress_struct info;
  struct jpeg_failure failure;
  info.err = jpeg_std_error(&failure.manager);
  failure.manager.error_exit = jpeg_fails;
  failure.manager.output_message = jpeg_is_silent;
  if (setjmp(failure.out) != 0) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, data, (unsigned long)length);
  jpeg_read_header(&info, TRUE);
  bool right = info.image_width == width && info.image_height == height;
  if (right) {
    info.out_color_space = JCS_EXT_BGRX;
    jpeg_start_decompress(&info);
    while (info.output_scanline < height) {
      JSAMPROW row = (JSAMPROW)(pixels + (size_t)info.output_scanline * width);
      jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
  }
  jpeg_destroy_decompress(&info);
  return right;
}

static unsigned predict(const uint8_t *plane, unsigned width, unsigned x, unsigned y) {
  const uint8_t *p = plane + (size_t)y * width + x;
  if (y == 0)
    return x == 0 ? 0 : p[-1];
  const unsigned above = *(p - width);
  if (x == 0)
    return above;
  const unsigned left = p[-1], above_left = *(p - width - 1);
  const unsigned least = left < above ? left : above, most = left < above ? above : left;
  return above_left >= most ? least : above_left <= least ? most : left + above - above_left;
}

static bool decode_predicted(const uint8_t *data, size_t length, unsigned width, unsigned height, uint32_t *pixels) {
  const size_t plane = (size_t)width * height;
  uint8_t *planes = malloc(3 * plane);
  const bool right = planes != NULL && pixels_unpack(PACKING_ZSTD, data, length, planes, 3 * plane);
  for (unsigned i = 0; right && i < 3; i++)
    for (unsigned y = 0; y < height; y++)
      for (unsigned x = 0; x < width; x++)
        planes[i * plane + y * width + x] += (uint8_t)predict(planes + i * plane, width, x, y);
  for (size_t i = 0; right && i < plane; i++) {
    const uint8_t green = planes[i], blue = (uint8_t)(planes[plane + i] + green),
                  red = (uint8_t)(planes[2 * plane + i] + green);
    pixels[i] = (uint32_t)red << 16 | (uint32_t)green << 8 | blue;
  }
  free(planes);
  return right;
}

static bool decode_palette(const uint8_t *data, size_t length, unsigned width, unsigned height, uint32_t *pixels) {
  if (length < 4)
    return false;
  const unsigned bits = data[0], count = data[1] + 1u, packing = data[2];
  if ((bits != 1 && bits != 2 && bits != 4 && bits != 8) || count > 1u << bits || length < 4 + count * 4)
    return false;
  const uint8_t *colours = data + 4;
  const size_t stride = ((size_t)width * bits + 7) / 8;
  uint8_t *indices = malloc(stride * height);
  bool right =
      indices != NULL && pixels_unpack(packing, colours + count * 4, length - 4 - count * 4, indices, stride * height);
  for (unsigned y = 0; right && y < height; y++)
    for (unsigned x = 0; right && x < width; x++) {
      const unsigned bit = x * bits, index = indices[y * stride + bit / 8] >> (8 - bits - bit % 8) & ((1u << bits) - 1);
      right = index < count;
      if (right)
        pixels[y * width + x] = wire_get32(colours + index * 4);
    }
  free(indices);
  return right;
}

bool pixels_decode(unsigned encoding, const uint8_t *data, size_t length, unsigned width, unsigned height,
                   uint32_t *pixels) {
  switch (encoding) {
  case ENCODING_NONE:
  case ENCODING_LZ4:
  case ENCODING_ZSTD:
    return pixels_unpack(encoding, data, length, (uint8_t *)pixels, (size_t)width * height * 4);
  case ENCODING_JPEG:
    return decode_jpeg(data, length, width, height, pixels);
  case ENCODING_PREDICTED:
    return decode_predicted(data, length, width, height, pixels);
  case ENCODING_PALETTE:
    return decode_palette(data, length, width, height, pixels);
  default:
    return false;
  }
}

bool pixels_video_decodes(unsigned encoding, unsigned chroma, const uint8_t *data, size_t length, unsigned width,
                          unsigned height) {
  const size_t planes = protocol_planes_size(chroma, width, height);
  uint8_t *out = malloc(planes + (size_t)width * height * 4);
  bool right = out != NULL;
  if (right && encoding == VIDEO_JPEG)
    right = decode_jpeg(data, length, width, height, (uint32_t *)(void *)out);
  else if (right)
    right = pixels_unpack(encoding == VIDEO_PLANES ? PACKING_NONE : PACKING_LZ4, data, length, out, planes);
  free(out);
  return right;
}
