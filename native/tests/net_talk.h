/*
 * net_talk.h: two processes that send each other numbered lines, one each millisecond, and notice what is missing,
 * twice there or out of order. One is on the outside host, the other inside a session, where it can be stopped as a
 * checkpoint would.
 */
#ifndef MOBIDESK_NET_TALK_H
#define MOBIDESK_NET_TALK_H

#include <stdatomic.h>
#include <sys/types.h>

#include "net_lab.h"

/* What one end has seen; shared with the test. Times are microseconds of CLOCK_MONOTONIC. */
struct talk_end {
  pid_t pid;
  _Atomic uint64_t sent;
  _Atomic uint64_t received;            /* lines, in order */
  _Atomic uint64_t missing;             /* datagrams that were skipped */
  _Atomic uint64_t mark_us;             /* set by the test: the next line received at or after this time ... */
  _Atomic uint64_t before_us, after_us; /* ... came at after_us, the one before it at before_us */
  _Atomic bool finish;                  /* set by the test: send no more */
  char failure[256];                    /* why it ended before its time */
};

struct talk {
  struct talk_end *outside, *inside;
};

/* Starts a conversation, SOCK_STREAM or SOCK_DGRAM, that the session begins; returns when both have heard something. */
void talk_start(const struct lab *lab, int session, int type, struct talk *out);
/* The same between any hosts of the lab; `from` begins it, and is `inside`. */
void talk_between(const struct lab *lab, int from, int to, int type, struct talk *out);
/* By IPv6. */
void talk_between6(const struct lab *lab, int from, int to, int type, struct talk *out);
/* Waits until both ends have received `lines` more, at most 10 s. */
void talk_on(const struct talk *t, uint64_t lines);
/* Stops and continues an end. */
void talk_stop(const struct talk_end *end);
void talk_continue(const struct talk_end *end);
/* Stops and continues the end inside the session. */
void talk_freeze(const struct talk *t);
void talk_thaw(const struct talk *t);
/* Ends it, and checks that every line that was sent was received, at both ends. */
void talk_finish(struct talk *t);

#endif
