/*
 * The identity in the memory of a golden session. Its user, its name, its machine id and its cookies are of texts that
 * occur nowhere else; here they are found in CRIU's files of pages, once, and replaced in each copy.
 */
#ifndef MOBIDESK_GOLDEN_PAGES_H
#define MOBIDESK_GOLDEN_PAGES_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GOLDEN_SWAPS_MAX 16
#define GOLDEN_TEXT_MAX 64

/* What is replaced by what. A text may become shorter: what follows it in its string moves up. Bytes keep their length.
 */
struct golden_swap {
  char from[GOLDEN_TEXT_MAX], to[GOLDEN_TEXT_MAX];
  size_t size, to_size;
  bool text;
};

struct golden_hit {
  unsigned file; /* of golden_pages.names */
  uint64_t offset;
};

struct golden_pages {
  char (*names)[32]; /* of the files that have hits */
  unsigned files;
  struct golden_hit *hits; /* by file and offset */
  size_t count;
};

/* Finds the `from` of all swaps in the files of pages in `dir`. */
int golden_pages_find(const char *dir, const struct golden_swap *swaps, size_t count, struct golden_pages *out,
                      struct error *err);
void golden_pages_free(struct golden_pages *p);

/* Makes the image in `to` of the one in `from`: the same files, but those that have hits are copies with all swapped.
 */
int golden_pages_copy(const char *from, const char *to, const struct golden_pages *p, const struct golden_swap *swaps,
                      size_t count, struct error *err);

/* Swaps in a string of `size` bytes; the rest becomes zero. Returns its new size. */
size_t golden_swap_text(char *text, size_t size, const struct golden_swap *swaps, size_t count);

#endif
