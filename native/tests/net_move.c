/*
 * A session moves between two servers on two subnets, back and forth, while it talks with an outside host by TCP and
 * UDP. The move is that of the host daemon without CRIU: the processes stay in their network namespace and are stopped
 * for its time. Nothing may be reset, lost or out of order, and the silence may last no longer than the move. Prints
 * what it measured.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "net_talk.h"

#define MOVES 20
/* Longer than the smallest retransmission time-out (200 ms), so that a peer that was not held back would back off. */
#define OUTAGE_US 300000
/* Lines after each move that show that it goes on. */
#define LINES 50
/* The aim: no network blackout longer than the stop plus this. Of the fastest quarter of the moves, as the
 * machine has other work too; a peer that backs off does so in all of them. */
#define AIM_US 100000

struct measure {
  uint64_t held_us[MOVES];
  int64_t tcp_in_us[MOVES], tcp_out_us[MOVES]; /* from the release to the first line inside, outside */
  uint64_t packets;
};

static int compare(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* Returns what a quarter of the moves were faster than. */
static int64_t report(const char *what, int64_t values[MOVES]) {
  qsort(values, MOVES, sizeof *values, compare);
  printf("%s: min %.2f ms, median %.2f ms, max %.2f ms\n", what, (double)values[0] / 1e3,
         (double)values[MOVES / 2] / 1e3, (double)values[MOVES - 1] / 1e3);
  return values[MOVES / 4];
}

static void wait_until(uint64_t when_us) {
  for (uint64_t now = lab_now_us(); now < when_us; now = lab_now_us())
    usleep((useconds_t)(when_us - now));
}

static void move(struct lab *lab, int from, int to, const struct talk *tcp, const struct talk *udp, int n,
                 struct measure *m) {
  struct error err;
  mobidesk_hold_stats stats;
  in_addr_t address = lab_address(LAB_SESSION);
  lab_enter(lab, LAB_PROXY);
  works(gateway_hold(lab->gateway, address, &err), &err);
  uint64_t held_us = lab_now_us();
  talk_freeze(tcp);
  talk_freeze(udp);
  lab_enter(lab, LAB_SERVER + from);
  works(network_block(lab->network[from], address, lab->netns[LAB_SESSION], &err), &err);
  works(network_detach(lab->network[from], address, &err), &err);
  lab_attach(lab, 0, to, true, true);
  wait_until(held_us + OUTAGE_US);
  works(network_unblock(lab->network[to], address, lab->netns[LAB_SESSION], &err), &err);
  uint64_t released_us = lab_now_us();
  tcp->inside->mark_us = tcp->outside->mark_us = released_us;
  talk_thaw(tcp);
  talk_thaw(udp);
  lab_enter(lab, LAB_PROXY);
  works(gateway_release(lab->gateway, address, lab_address(LAB_SERVER + to), &stats, &err), &err);
  lab_enter(lab, LAB_SERVER + from);
  works(network_give_back(lab->network[from], address, &err), &err);
  talk_on(tcp, LINES);
  talk_on(udp, LINES);
  check(stats.dropped == 0 && stats.packets > 0, "%lu packets were replayed, %lu dropped", (unsigned long)stats.packets,
        (unsigned long)stats.dropped);
  m->held_us[n] = stats.held_us;
  m->tcp_in_us[n] = (int64_t)(tcp->inside->after_us - released_us);
  m->tcp_out_us[n] = (int64_t)(tcp->outside->after_us - released_us);
  m->packets += stats.packets;
}

int main(void) {
  struct lab lab;
  struct talk tcp, udp;
  static struct measure m;
  lab_open(&lab);
  talk_start(&lab, 0, SOCK_STREAM, &tcp);
  talk_start(&lab, 0, SOCK_DGRAM, &udp);
  for (int n = 0; n < MOVES; n++)
    move(&lab, n % 2, (n + 1) % 2, &tcp, &udp, n, &m);
  talk_finish(&tcp);
  talk_finish(&udp);
  printf("%d moves, %lu packets held and replayed, an outage of %d ms each\n", MOVES, (unsigned long)m.packets,
         OUTAGE_US / 1000);
  int64_t in = report("after the release, first line to the session", m.tcp_in_us);
  int64_t out = report("after the release, first line to the outside host", m.tcp_out_us);
  check(in < AIM_US && out < AIM_US, "the silence outlasts the move");
  lab_close(&lab);
  return 0;
}
