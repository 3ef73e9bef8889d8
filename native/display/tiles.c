/* tiles.c: see tiles.h. */
#include "tiles.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Lists of slots by digest, four for each slot: most are empty or have one. */
#define BUCKETS_EACH 4
#define NONE UINT16_MAX

struct slot {
  struct tile_digest digest;
  uint16_t next; /* of the same bucket */
  bool filled, used;
};

struct tiles {
  uint64_t seed;
  unsigned count, bucket_mask, hand;
  uint16_t *buckets;
  struct slot slots[];
};

struct tiles *tiles_init(unsigned slots, uint64_t seed) {
  unsigned buckets = 1;
  if (slots == 0)
    return NULL;
  while (buckets < slots * BUCKETS_EACH)
    buckets *= 2;
  struct tiles *t = calloc(1, sizeof *t + slots * sizeof t->slots[0]);
  uint16_t *lists = malloc(buckets * sizeof *lists);
  if (t == NULL || lists == NULL) {
    free(t);
    free(lists);
    return NULL;
  }
  t->seed = seed;
  t->count = slots;
  t->bucket_mask = buckets - 1;
  t->buckets = lists;
  tiles_forget(t);
  return t;
}

void tiles_forget(struct tiles *t) {
  if (t == NULL)
    return;
  for (unsigned i = 0; i <= t->bucket_mask; i++)
    t->buckets[i] = NONE;
  for (unsigned i = 0; i < t->count; i++)
    t->slots[i].filled = t->slots[i].used = false;
}

void tiles_destroy(struct tiles *t) {
  if (t == NULL)
    return;
  free(t->buckets);
  free(t);
}

struct tile_digest tiles_digest(const struct tiles *t, const uint32_t *pixels, unsigned stride, unsigned width,
                                unsigned height) {
  XXH128_hash_t h = {t->seed, t->seed};
  for (unsigned y = 0; y < height; y++) {
    const XXH128_hash_t row = XXH3_128bits_withSeed(pixels + (size_t)y * stride, width * 4u, h.low64);
    h.low64 = row.low64 ^ (h.high64 * 0x9e3779b97f4a7c15u);
    h.high64 = row.high64 + (h.high64 << 31 | h.high64 >> 33);
  }
  return (struct tile_digest){h.low64, h.high64};
}

static uint16_t *bucket(struct tiles *t, const struct tile_digest *digest) {
  return &t->buckets[digest->low & t->bucket_mask];
}

bool tiles_find(struct tiles *t, const struct tile_digest *digest, uint16_t *slot) {
  for (uint16_t i = *bucket(t, digest); i != NONE; i = t->slots[i].next) {
    if (t->slots[i].digest.low != digest->low || t->slots[i].digest.high != digest->high)
      continue;
    t->slots[i].used = true;
    *slot = i;
    return true;
  }
  return false;
}

static void unlink_slot(struct tiles *t, uint16_t slot) {
  uint16_t *link = bucket(t, &t->slots[slot].digest);
  while (*link != slot)
    link = &t->slots[*link].next;
  *link = t->slots[slot].next;
}

uint16_t tiles_store(struct tiles *t, const struct tile_digest *digest) {
  while (t->slots[t->hand].used) {
    t->slots[t->hand].used = false;
    t->hand = (t->hand + 1) % t->count;
  }
  const uint16_t chosen = (uint16_t)t->hand;
  struct slot *s = &t->slots[chosen];
  t->hand = (t->hand + 1) % t->count;
  if (s->filled)
    unlink_slot(t, chosen);
  *s = (struct slot){.digest = *digest, .next = *bucket(t, digest), .filled = true};
  *bucket(t, digest) = chosen;
  return chosen;
}
