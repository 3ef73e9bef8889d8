/* pixels.h: what the data of messages decode to, for the viewer that the driver is measured against. */
#ifndef MOBIDESK_DISPLAY_TESTS_PIXELS_H
#define MOBIDESK_DISPLAY_TESTS_PIXELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Unpacks to exactly `size` bytes; false if that is not what they are. */
bool pixels_unpack(unsigned packing, const uint8_t *data, size_t length, uint8_t *out, size_t size);

/* Decodes an encoding of RAW to width * height pixels; false if it does not decode to exactly that. */
bool pixels_decode(unsigned encoding, const uint8_t *data, size_t length, unsigned width, unsigned height,
                   uint32_t *pixels);

/* Whether `height` rows of a video decode to what they should be. */
bool pixels_video_decodes(unsigned encoding, unsigned chroma, const uint8_t *data, size_t length, unsigned width,
                          unsigned height);

#endif
