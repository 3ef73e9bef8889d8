/* credit.c: see credit.h. */
#include "credit.h"

/* What a way of unknown capacity is trusted with: some 50 ms of the slowest that people work over, 10 Mbit/s. */
#define INITIAL_WINDOW 65536u
/* A mark stands for some 16 KiB; with less than two under way nothing would be measured. */
#define LEAST_WINDOW 32768u
/* Above what the way holds: enough to see that it holds more, little enough that the queue stays a quarter of a round
 * trip (BBR probes with the same factor). */
#define WINDOW_GAIN_NUMERATOR 5u
#define WINDOW_GAIN_DENOMINATOR 4u
/* A rate that three rounds of doubling do not raise by a quarter is that of the way (BBR's end of startup). */
#define FLAT_ROUNDS 3u
/* An answer on an idle way is rare while much is sent: the least is believed for this long. */
#define LEAST_AGE_US 10000000u
/* The greatest rate of some three seconds, or of twelve round trips where they are longer. */
#define EPOCH_US 1000000u
#define EPOCH_ROUND_TRIPS 4u

void credit_init(struct credit *c, uint32_t first_mark, uint64_t now_us) {
  *c = (struct credit){.next_mark = first_mark,
                       .first_mark = first_mark,
                       .window = INITIAL_WINDOW,
                       .delivered_us = now_us,
                       .epoch_us = now_us};
}

static uint64_t max(uint64_t a, uint64_t b) { return a > b ? a : b; }

uint64_t credit_rate(const struct credit *c) { return max(c->rates[0], max(c->rates[1], c->rates[2])); }

uint64_t credit_round_trip_us(const struct credit *c) { return c->least_us; }

static uint64_t window(const struct credit *c) {
  if (!c->found)
    return c->window;
  const uint64_t holds = credit_rate(c) / 1000 * c->least_us / 1000;
  return max(LEAST_WINDOW, holds * WINDOW_GAIN_NUMERATOR / WINDOW_GAIN_DENOMINATOR + LEAST_WINDOW / 2);
}

size_t credit_in_flight(const struct credit *c) { return (size_t)(c->sent - c->delivered); }

size_t credit_room(const struct credit *c) {
  const uint64_t limit = window(c), under_way = credit_in_flight(c);
  if (c->next_mark - c->first_mark >= CREDIT_MARKS)
    return 0; /* it could not be measured */
  return under_way < limit ? (size_t)(limit - under_way) : 0;
}

void credit_sent(struct credit *c, size_t bytes) { c->sent += bytes; }

bool credit_mark(struct credit *c, bool idle, uint64_t now_us, uint32_t *number) {
  if (c->next_mark - c->first_mark >= CREDIT_MARKS)
    return false;
  if (c->next_mark == c->first_mark) { /* the way was idle: its rate is counted from here */
    c->delivered_us = now_us;
  }
  *number = c->next_mark++;
  c->marks[*number % CREDIT_MARKS].sent = c->sent;
  c->marks[*number % CREDIT_MARKS].sent_us = now_us;
  c->marks[*number % CREDIT_MARKS].delivered = c->delivered;
  c->marks[*number % CREDIT_MARKS].delivered_us = c->delivered_us;
  c->marks[*number % CREDIT_MARKS].idle = idle;
  return true;
}

static void note_round_trip(struct credit *c, uint64_t took_us, uint64_t now_us) {
  took_us = max(took_us, 1);
  if (c->recent_least_us == 0 || took_us < c->recent_least_us)
    c->recent_least_us = took_us;
  if (c->least_us == 0 || took_us <= c->least_us) {
    c->least_us = took_us;
    c->least_at_us = now_us;
    c->recent_least_us = 0;
  } else if (now_us - c->least_at_us > LEAST_AGE_US) {
    c->least_us = c->recent_least_us;
    c->least_at_us = now_us;
    c->recent_least_us = 0;
  }
}

/* A session that had nothing to send says nothing about what the way could do, unless it did more than was known. */
static void note_rate(struct credit *c, uint64_t rate, bool idle, uint64_t now_us) {
  if (idle && rate <= credit_rate(c))
    return;
  if (now_us - c->epoch_us > max(EPOCH_US, EPOCH_ROUND_TRIPS * c->least_us)) {
    c->rates[2] = c->rates[1];
    c->rates[1] = c->rates[0];
    c->rates[0] = 0;
    c->epoch_us = now_us;
  }
  c->rates[0] = max(c->rates[0], rate);
}

/* At the end of each round trip: has doubling the window raised the rate? */
static void find_capacity(struct credit *c, uint64_t acknowledged, bool idle) {
  if (c->found)
    return;
  if (!idle)
    c->window += acknowledged;
  if (c->delivered < c->round_end)
    return;
  c->round_end = c->sent;
  if (credit_rate(c) >= c->last_rate + c->last_rate / 4) {
    c->last_rate = credit_rate(c);
    c->flat_rounds = 0;
  } else if (!idle && ++c->flat_rounds >= FLAT_ROUNDS) {
    c->found = true;
  }
}

void credit_marked(struct credit *c, uint32_t number, uint64_t now_us) {
  if (number - c->first_mark >= c->next_mark - c->first_mark)
    return;
  const uint32_t slot = number % CREDIT_MARKS;
  const uint64_t acknowledged = c->marks[slot].sent - c->delivered;
  c->first_mark = number + 1;
  c->delivered = c->marks[slot].sent;
  c->delivered_us = now_us;
  note_round_trip(c, now_us - c->marks[slot].sent_us, now_us);
  const uint64_t took_us = max(now_us - c->marks[slot].delivered_us, 1);
  note_rate(c, (c->delivered - c->marks[slot].delivered) * 1000000 / took_us, c->marks[slot].idle, now_us);
  find_capacity(c, acknowledged, c->marks[slot].idle);
}
