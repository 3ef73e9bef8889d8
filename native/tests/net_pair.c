/*
 * Two sessions that talk with each other, a line each millisecond in both directions, by TCP and by UDP, while they
 * move: one of them, the other, and both at once; begun on one server and on two. Nothing is lost or out of order.
 */
#include <arpa/inet.h>
#include <stdio.h>

#include "net_talk.h"

#define LINES 50
#define ROUNDS 5

struct pair {
  int session[2], server[2];
  struct talk tcp, udp;
};

/* `who` may begin conversations with `peer`. */
static void permit(struct lab *lab, int who, int peer) {
  struct error err;
  struct gateway_policy policy = {.peers = {lab_address(LAB_SESSION + peer)}, .peer_count = 1};
  lab_enter(lab, LAB_PROXY);
  works(gateway_set_policy(lab->gateway, lab_address(LAB_SESSION + who), &policy, &err), &err);
}

static void hold(struct lab *lab, const struct pair *p, int which) {
  struct error err;
  lab_enter(lab, LAB_PROXY);
  works(gateway_hold(lab->gateway, lab_address(LAB_SESSION + p->session[which]), &err), &err);
}

static void stop(const struct pair *p, int which) {
  talk_stop(which ? p->tcp.outside : p->tcp.inside);
  talk_stop(which ? p->udp.outside : p->udp.inside);
}

static void leave(struct lab *lab, const struct pair *p, int which) {
  struct error err;
  lab_enter(lab, LAB_SERVER + p->server[which]);
  works(network_detach(lab->network[p->server[which]], lab_address(LAB_SESSION + p->session[which]), &err), &err);
}

static void arrive(struct lab *lab, struct pair *p, int which) {
  struct error err;
  mobidesk_hold_stats stats;
  int from = p->server[which], to = 1 - from;
  in_addr_t address = lab_address(LAB_SESSION + p->session[which]);
  lab_attach(lab, p->session[which], to, true, false);
  talk_continue(which ? p->tcp.outside : p->tcp.inside);
  talk_continue(which ? p->udp.outside : p->udp.inside);
  lab_enter(lab, LAB_PROXY);
  works(gateway_release(lab->gateway, address, lab_address(LAB_SERVER + to), &stats, &err), &err);
  check(stats.dropped == 0, "%lu packets were dropped", (unsigned long)stats.dropped);
  lab_enter(lab, LAB_SERVER + from);
  works(network_give_back(lab->network[from], address, &err), &err);
  p->server[which] = to;
}

static void move_one(struct lab *lab, struct pair *p, int which) {
  hold(lab, p, which);
  stop(p, which);
  leave(lab, p, which);
  arrive(lab, p, which);
}

/* Each has left before the other arrives. */
static void move_both(struct lab *lab, struct pair *p, int first) {
  hold(lab, p, first);
  hold(lab, p, 1 - first);
  stop(p, first);
  stop(p, 1 - first);
  leave(lab, p, first);
  leave(lab, p, 1 - first);
  arrive(lab, p, 1 - first);
  arrive(lab, p, first);
}

static void go_on(const struct pair *p) {
  talk_on(&p->tcp, LINES);
  talk_on(&p->udp, LINES);
}

static void test(struct lab *lab, int peer, const char *name) {
  struct pair p = {.session = {0, peer}, .server = {0, peer % LAB_SERVERS}};
  permit(lab, 0, peer);
  talk_between(lab, LAB_SESSION, LAB_SESSION + peer, SOCK_STREAM, &p.tcp);
  talk_between(lab, LAB_SESSION, LAB_SESSION + peer, SOCK_DGRAM, &p.udp);
  for (int round = 0; round < ROUNDS; round++) {
    move_one(lab, &p, 0);
    go_on(&p);
    move_one(lab, &p, 1);
    go_on(&p);
    move_both(lab, &p, round % 2);
    go_on(&p);
  }
  talk_finish(&p.tcp);
  talk_finish(&p.udp);
  /* Where they were at first. */
  for (int which = 0; which < 2; which++)
    if (p.server[which] != p.session[which] % LAB_SERVERS)
      lab_move(lab, p.session[which], p.server[which], 1 - p.server[which]);
  printf("ok: %s\n", name);
}

int main(void) {
  struct lab lab;
  lab_open(&lab);
  test(&lab, 2, "on one server");
  test(&lab, 1, "on two servers");
  lab_close(&lab);
  return 0;
}
