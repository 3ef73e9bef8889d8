/*
 * tiles.h: the session's account of what a viewer keeps: 64x64 tiles of the screen that it has seen, by their digests.
 *
 * The session alone names the slots, so both sides agree without a word: the slot that is used next is that of the tile
 * that was used least lately, approximately (a clock: a tile that is painted again is passed over once). A digest has
 * 128 bits and a random seed for each viewer; an application that wanted two tiles to be taken for one would spoil its
 * own picture only.
 *
 * Not thread-safe.
 */
#ifndef MOBIDESK_DISPLAY_TILES_H
#define MOBIDESK_DISPLAY_TILES_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

#define TILES_SIZE 64

struct tiles;

struct tile_digest {
  uint64_t low, high;
};

/* For a viewer with so many slots; NULL if it has none, or without memory: nothing is kept then. */
struct tiles *tiles_init(unsigned slots, uint64_t seed);
void tiles_destroy(struct tiles *t);

/* Begins anew, whatever the viewer keeps: it will be told to keep something else. `t` may be NULL. */
void tiles_forget(struct tiles *t);

/* The digest of `height` rows of `width` pixels, `stride` pixels apart, X 0. */
struct tile_digest tiles_digest(const struct tiles *t, const uint32_t *pixels, unsigned stride, unsigned width,
                                unsigned height);

/* The slot that holds such a tile. */
bool tiles_find(struct tiles *t, const struct tile_digest *digest, uint16_t *slot);

/* The slot that such a tile is to be stored in from now on. */
uint16_t tiles_store(struct tiles *t, const struct tile_digest *digest);

#endif
