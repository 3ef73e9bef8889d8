/*
 * credit_test.c: the credit against simulated ways: a bottleneck of some rate with a queue, and a delay. What may be
 * under way must come to what the way holds, and the queue before the bottleneck must stay short.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../credit.h"

#define STEP_US 500u
#define MARK_BYTES 16384u
#define MAX_UNDER_WAY 65536

static unsigned checks, failures;

static void expect(bool holds, const char *way, const char *what, double value) {
  checks++;
  if (holds)
    return;
  failures++;
  fprintf(stderr, "FAIL %s: %s (%g)\n", way, what, value);
}

/* A bottleneck that takes marks one after the other, and tells the viewer's answers `delay_us` later. */
struct way {
  double rate; /* bytes a second */
  uint64_t delay_us;
  double free_us; /* when the bottleneck has done what it has */
  struct {
    uint32_t number;
    double answer_us;
  } marks[MAX_UNDER_WAY];
  unsigned first, last;
};

static void way_send(struct way *w, uint32_t number, size_t bytes, uint64_t now_us) {
  const double begin = w->free_us > (double)now_us ? w->free_us : (double)now_us;
  w->free_us = begin + (double)bytes / w->rate * 1e6;
  w->marks[w->last % MAX_UNDER_WAY].number = number;
  w->marks[w->last++ % MAX_UNDER_WAY].answer_us = w->free_us + (double)w->delay_us;
}

static void way_answer(struct way *w, struct credit *c, uint64_t now_us) {
  while (w->first != w->last && w->marks[w->first % MAX_UNDER_WAY].answer_us <= (double)now_us)
    credit_marked(c, w->marks[w->first++ % MAX_UNDER_WAY].number, now_us);
}

/* Sends as much as may be sent, from `*now_us` on for `span_us`. Returns the bytes delivered; `*longest_us` is the
 * longest that the bottleneck's queue became in the second half. */
static uint64_t run(struct way *w, struct credit *c, uint64_t *now_us, uint64_t span_us, double *longest_us) {
  const uint64_t begin = *now_us, before = c->delivered;
  *longest_us = 0;
  for (; *now_us < begin + span_us; *now_us += STEP_US) {
    uint32_t number;
    way_answer(w, c, *now_us);
    while (credit_room(c) > 0) {
      credit_sent(c, MARK_BYTES);
      if (!credit_mark(c, false, *now_us, &number))
        break;
      way_send(w, number, MARK_BYTES, *now_us);
    }
    const double queued = w->free_us - (double)*now_us;
    if (*now_us > begin + span_us / 2 && queued > *longest_us)
      *longest_us = queued;
  }
  return c->delivered - before;
}

static void test_way(const char *name, double rate, uint64_t delay_us) {
  static struct way w;
  static struct credit c;
  uint64_t now = 5000000;
  double longest;
  w = (struct way){.rate = rate, .delay_us = delay_us};
  credit_init(&c, 0xfffffff0u, now);
  run(&w, &c, &now, 3000000, &longest);
  const uint64_t delivered = run(&w, &c, &now, 5000000, &longest);
  expect((double)delivered > rate * 5 * 0.85, name, "the way is used", (double)delivered / (rate * 5));
  /* A quarter of a round trip and the granularity of marks. */
  const double allowed = (double)delay_us * 0.5 + 4.0 * MARK_BYTES / rate * 1e6 + 2 * STEP_US;
  expect(longest < allowed, name, "the queue on the way stays short", longest);
  expect((double)credit_rate(&c) > rate * 0.8 && (double)credit_rate(&c) < rate * 1.3, name, "its rate is found",
         (double)credit_rate(&c));
}

/* A way that becomes slower is noticed; one that becomes faster, too. */
static void test_change(void) {
  static struct way w;
  static struct credit c;
  uint64_t now = 0;
  double longest;
  w = (struct way){.rate = 5e6, .delay_us = 40000};
  credit_init(&c, 7, now);
  run(&w, &c, &now, 4000000, &longest);
  w.rate = 5e5;
  run(&w, &c, &now, 15000000, &longest);
  expect(longest < 400000, "slower", "the queue on the way drains", longest);
  w.rate = 5e6;
  const uint64_t delivered = run(&w, &c, &now, 30000000, &longest);
  expect((double)delivered > 5e6 * 30 * 0.4, "faster", "the way is used again", (double)delivered);
}

/* Nobody answers: what is under way is bounded. */
static void test_silence(void) {
  static struct credit c;
  uint32_t number;
  size_t sent = 0;
  credit_init(&c, 1, 0);
  while (credit_room(&c) > 0) {
    credit_sent(&c, MARK_BYTES);
    sent += MARK_BYTES;
    credit_mark(&c, false, 0, &number);
  }
  expect(sent <= 131072, "silence", "little is sent to a viewer that never answers", (double)sent);
  credit_marked(&c, number + 1, 10);
  credit_marked(&c, 0, 10);
  expect(credit_in_flight(&c) == sent, "silence", "answers to other marks are ignored", (double)credit_in_flight(&c));
  credit_marked(&c, number, 1000);
  expect(credit_in_flight(&c) == 0, "silence", "an answer counts for the marks before", (double)credit_in_flight(&c));
}

int main(void) {
  test_way("1 Mbit/s, 30 ms", 125e3, 30000);
  test_way("10 Mbit/s, 66 ms", 1.25e6, 66000);
  test_way("100 Mbit/s, 66 ms", 12.5e6, 66000);
  test_way("100 Mbit/s, 1 ms", 12.5e6, 1000);
  test_way("1 Gbit/s, 10 ms", 125e6, 10000);
  test_change();
  test_silence();
  printf("%u checks, %u failures\n", checks, failures);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
