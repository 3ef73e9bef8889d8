/* predicted.c: RAW encoding 4, for photographs: differences to what neighbours predict (LOCO-I's median edge detector;
 * Weinberger, Seroussi, Sapiro 2000), in planes G, B-G, R-G, as one zstd frame. */
#include "encoding.h"

static uint8_t predict(int left, int above, int above_left) {
  const int least = left < above ? left : above, most = left < above ? above : left;
  return (uint8_t)(above_left >= most ? least : above_left <= least ? most : left + above - above_left);
}

static uint8_t green(uint32_t pixel) { return (uint8_t)(pixel >> 8); }
static uint8_t blue(uint32_t pixel) { return (uint8_t)(pixel - green(pixel)); }
static uint8_t red(uint32_t pixel) { return (uint8_t)((pixel >> 16) - green(pixel)); }

static inline __attribute__((always_inline)) void plane(const uint32_t *pixels, unsigned stride, unsigned width,
                                                        unsigned height, uint8_t (*sample)(uint32_t), uint8_t *out) {
  for (unsigned y = 0; y < height; y++) {
    const uint32_t *row = pixels + (size_t)y * stride, *above = row - stride;
    uint8_t left, above_left;
    if (y == 0) {
      left = 0;
      for (unsigned x = 0; x < width; x++) {
        *out++ = (uint8_t)(sample(row[x]) - left);
        left = sample(row[x]);
      }
      continue;
    }
    above_left = sample(above[0]);
    left = sample(row[0]);
    *out++ = (uint8_t)(left - above_left);
    for (unsigned x = 1; x < width; x++) {
      const uint8_t up = sample(above[x]), value = sample(row[x]);
      *out++ = (uint8_t)(value - predict(left, up, above_left));
      left = value;
      above_left = up;
    }
  }
}

size_t enc_predicted(struct enc_zstd *zstd, const uint32_t *pixels, unsigned stride, unsigned width, unsigned height,
                     uint8_t *planes, uint8_t *out, size_t capacity) {
  const size_t size = (size_t)width * height;
  plane(pixels, stride, width, height, green, planes);
  plane(pixels, stride, width, height, blue, planes + size);
  plane(pixels, stride, width, height, red, planes + 2 * size);
  return enc_zstd(zstd, planes, 3 * size, out, capacity);
}
