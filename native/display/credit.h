/*
 * credit.h: how many bytes may be under way to a viewer.
 *
 * What is sent faster than the slowest part of the way takes it waits in a queue there, and whatever is drawn later
 * waits behind it. So no more is under way than that part delivers in the time that an answer takes on an idle way: the
 * least round trip times the greatest rate of delivery, as BBR has it (Cardwell et al., 2016). Both are measured by
 * MARKs, which the viewer answers when it has decoded what came before, so a slow processor counts as a slow way. TCP
 * below cannot do this for us: relays end it, and each fills a buffer of its own.
 *
 * Pure arithmetic, not thread-safe. Times are microseconds of one monotonic clock.
 */
#ifndef MOBIDESK_DISPLAY_CREDIT_H
#define MOBIDESK_DISPLAY_CREDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Marks under way; a power of two. More bytes than this many marks stand for are not sent. */
#define CREDIT_MARKS 256u

struct credit {
  uint64_t sent, delivered; /* bytes since the beginning */
  uint64_t delivered_us;    /* when `delivered` last grew */
  uint64_t least_us;        /* the least round trip, 0: unknown */
  uint64_t least_at_us;
  uint64_t recent_least_us; /* the least since the last look, takes over when `least_us` is old */
  uint64_t rates[3];        /* greatest rate, bytes a second, of this epoch and the two before */
  uint64_t epoch_us;        /* when this epoch began */
  uint64_t window;          /* while the rate is still being found */
  uint64_t last_rate;       /* at the end of the last round of finding it */
  uint64_t round_end;       /* `delivered` that ends the round */
  unsigned flat_rounds;     /* rounds in which it did not grow */
  bool found;
  uint32_t next_mark, first_mark; /* numbers; equal: none under way */
  struct {
    uint64_t sent, sent_us, delivered, delivered_us;
    bool idle; /* the session had no more to send */
  } marks[CREDIT_MARKS];
};

/* `first_mark` is any number; unlikely to be one of an earlier connection. */
void credit_init(struct credit *c, uint32_t first_mark, uint64_t now_us);

/* How many bytes may be sent now. */
size_t credit_room(const struct credit *c);
/* Bytes under way. */
size_t credit_in_flight(const struct credit *c);

/* `bytes` have been sent. */
void credit_sent(struct credit *c, size_t bytes);
/* Takes the number of a mark that is sent right now; false if too many are under way. `idle`: nothing follows it. */
bool credit_mark(struct credit *c, bool idle, uint64_t now_us, uint32_t *number);
/* A mark was answered; others than those under way are ignored. */
void credit_marked(struct credit *c, uint32_t number, uint64_t now_us);

/* Bytes a second that the way delivers; 0: not known yet. */
uint64_t credit_rate(const struct credit *c);
/* The least round trip; 0: not known yet. */
uint64_t credit_round_trip_us(const struct credit *c);

#endif
