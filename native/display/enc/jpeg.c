/* jpeg.c: RAW encoding 3, and VIDEO_FRAME encoding 2: baseline JPEG (JFIF). */
#include "encoding.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

struct enc_jpeg {
  struct jpeg_compress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_destination_mgr destination;
  jmp_buf failed;
};

static void fail(j_common_ptr info) { longjmp(((struct enc_jpeg *)info->client_data)->failed, 1); }

static void ignore(j_common_ptr info) {}

static void begin(j_compress_ptr info) {}

static boolean full(j_compress_ptr info) {
  fail((j_common_ptr)info); /* no benefit then */
  return FALSE;
}

struct enc_jpeg *enc_jpeg_init(void) {
  struct enc_jpeg *const volatile e = calloc(1, sizeof *e);
  if (e == NULL)
    return NULL;
  e->info.err = jpeg_std_error(&e->errors);
  e->errors.error_exit = fail;
  e->errors.output_message = ignore;
  e->info.client_data = e;
  if (setjmp(e->failed) != 0) {
    free(e);
    return NULL;
  }
  jpeg_create_compress(&e->info);
  e->info.client_data = e;
  e->destination.init_destination = begin;
  e->destination.empty_output_buffer = full;
  e->destination.term_destination = begin;
  e->info.dest = &e->destination;
  return e;
}

void enc_jpeg_destroy(struct enc_jpeg *e) {
  if (e == NULL)
    return;
  jpeg_destroy_compress(&e->info);
  free(e);
}

static void set_up(struct enc_jpeg *e, unsigned width, unsigned height, int quality, uint8_t *out, size_t capacity) {
  e->destination.next_output_byte = out;
  e->destination.free_in_buffer = capacity;
  e->info.image_width = width;
  e->info.image_height = height;
  e->info.dct_method = JDCT_ISLOW;
  jpeg_set_quality(&e->info, quality, TRUE);
}

size_t enc_jpeg(struct enc_jpeg *e, const uint32_t *pixels, unsigned stride, unsigned width, unsigned height,
                int quality, uint8_t *out, size_t capacity) {
  if (setjmp(e->failed) != 0) {
    jpeg_abort_compress(&e->info);
    return 0;
  }
  e->info.in_color_space = JCS_EXT_BGRX;
  e->info.input_components = 4;
  jpeg_set_defaults(&e->info);
  set_up(e, width, height, quality, out, capacity);
  jpeg_start_compress(&e->info, TRUE);
  while (e->info.next_scanline < height) {
    JSAMPROW row = (JSAMPROW)(pixels + (size_t)e->info.next_scanline * stride);
    jpeg_write_scanlines(&e->info, &row, 1);
  }
  jpeg_finish_compress(&e->info);
  return capacity - e->destination.free_in_buffer;
}

/* Rows of one MCU row: libjpeg wants addresses of whole MCUs, so the last row stands for those below it. */
static void write_planes(struct enc_jpeg *e, const struct enc_planes *p, unsigned height, uint8_t *padded) {
  const unsigned rows_each = p->chroma_rows, chroma_height = (height + rows_each - 1) / rows_each;
  const unsigned mcu_rows = 8 * rows_each, chroma_width = (p->width + 1) / 2;
  const unsigned luma_stride = (p->width + 15) / 16 * 16, chroma_stride = luma_stride / 2;
  JSAMPROW luma[16], u[8], v[8];
  JSAMPARRAY rows[3] = {luma, u, v};
  for (unsigned i = 0; i < 16; i++)
    luma[i] = padded + i * luma_stride;
  for (unsigned i = 0; i < 8; i++) {
    u[i] = padded + 16 * luma_stride + i * chroma_stride;
    v[i] = u[i] + 8 * chroma_stride;
  }
  for (unsigned y = 0; y < height; y += mcu_rows) {
    for (unsigned i = 0; i < mcu_rows; i++) {
      const uint8_t *from = p->y + (size_t)(y + i < height ? y + i : height - 1) * p->width;
      for (unsigned x = 0; x < p->width; x++)
        luma[i][x] = p->luma_map[from[x]];
      memset(luma[i] + p->width, luma[i][p->width - 1], luma_stride - p->width);
    }
    for (unsigned i = 0; i < 8; i++) {
      const unsigned row = y / rows_each + i < chroma_height ? y / rows_each + i : chroma_height - 1;
      for (unsigned x = 0; x < chroma_width; x++) {
        u[i][x] = p->chroma_map[p->u[(size_t)row * chroma_width + x]];
        v[i][x] = p->chroma_map[p->v[(size_t)row * chroma_width + x]];
      }
      memset(u[i] + chroma_width, u[i][chroma_width - 1], chroma_stride - chroma_width);
      memset(v[i] + chroma_width, v[i][chroma_width - 1], chroma_stride - chroma_width);
    }
    jpeg_write_raw_data(&e->info, rows, mcu_rows);
  }
}

size_t enc_jpeg_planes(struct enc_jpeg *e, const struct enc_planes *p, unsigned height, int quality, uint8_t *out,
                       size_t capacity) {
  const unsigned luma_stride = (p->width + 15) / 16 * 16;
  uint8_t *volatile padded = malloc((size_t)luma_stride * 24);
  if (padded == NULL)
    return 0;
  if (setjmp(e->failed) != 0) {
    jpeg_abort_compress(&e->info);
    free(padded);
    return 0;
  }
  e->info.in_color_space = JCS_YCbCr;
  e->info.input_components = 3;
  jpeg_set_defaults(&e->info);
  set_up(e, p->width, height, quality, out, capacity);
  e->info.raw_data_in = TRUE;
  e->info.comp_info[0].h_samp_factor = 2;
  e->info.comp_info[0].v_samp_factor = (int)p->chroma_rows;
  for (int i = 1; i < 3; i++)
    e->info.comp_info[i].h_samp_factor = e->info.comp_info[i].v_samp_factor = 1;
  jpeg_start_compress(&e->info, TRUE);
  write_planes(e, p, height, padded);
  jpeg_finish_compress(&e->info);
  free(padded);
  return capacity - e->destination.free_in_buffer;
}
