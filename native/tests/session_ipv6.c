/*
 * A session with IPv6 and real daemons: it is moved back and forth by CRIU with a connection to an outside host by IPv6
 * and one by IPv4, both of which go on; and over daemons that are killed.
 */
#include "session_lab.h"

#include "clean.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ID "eve-1"
#define ADDRESS "10.74.1.13"
#define MOVES 4
#define LINES 20
#define LINE 21
#define IMAGE_MEMORY (64u << 20)
#define PATIENCE_US 120000000

static struct session_lab lab;

/* An outside host that echoes the lines of one conversation. */
struct echo {
  const char *address;
  int listener;
  atomic_ulong lines;
  atomic_bool broken;
};

static void *serve(void *data) {
  struct echo *e = data;
  cleanup_close int fd = accept4(e->listener, NULL, NULL, SOCK_CLOEXEC);
  char line[LINE + 1] = "";
  unsigned long expected = 1;
  while (fd >= 0 && recv(fd, line, LINE, MSG_WAITALL) == LINE) {
    if (strtoul(line, NULL, 10) != expected++ || send(fd, line, LINE, MSG_NOSIGNAL) != LINE)
      break;
    atomic_fetch_add(&e->lines, 1);
  }
  e->broken = true;
  return NULL;
}

static void start(struct echo *e) {
  pthread_t thread;
  char port[8], out[512];
  check(listen(e->listener, 1) == 0 && pthread_create(&thread, NULL, serve, e) == 0, "serving at %s", e->address);
  pthread_detach(thread);
  snprintf(port, sizeof port, "%u", lab_port(e->listener));
  const char *argv[] = {"app", "call", e->address, port, NULL};
  int status = site_exec(&lab.servers[0], ID, 0, argv, out, sizeof out);
  check(status == 0, "calling %s: status %d, %s", e->address, status, out);
}

/* The connection was neither reset nor did it lose or repeat a line. */
static void goes_on(struct echo *e) {
  unsigned long before = e->lines;
  for (uint64_t since = lab_now_us(); e->lines < before + LINES; poll(NULL, 0, 5)) {
    check(!e->broken, "the connection to %s broke after %lu lines", e->address, (unsigned long)e->lines);
    check(lab_now_us() - since < PATIENCE_US, "no lines from %s any more, after %lu", e->address,
          (unsigned long)e->lines);
  }
}

int main(int argc, char **argv) {
  static struct echo six = {.address = "2001:db8:203::10"}, four = {.address = "203.0.113.10"};
  mobidesk_session_spec spec = {.id = ID, .user = "eve", .address = ADDRESS, .epoch = 1};
  mobidesk_error err;
  mobidesk_session s;
  session_lab_with_ipv6();
  session_lab_open(&lab, argc, argv, IMAGE_MEMORY);
  spec.template_id = lab.template_id;
  works(mobidesk_session_create(lab.servers[0].m, &spec, &s, &err), &err);
  works(mobidesk_gateway_route(lab.proxy.m, ADDRESS, "10.73.0.11", &err), &err);
  six.listener = lab_socket6(&lab.net, LAB_OUTSIDE, SOCK_STREAM, six.address, 0);
  four.listener = lab_socket(&lab.net, LAB_OUTSIDE, SOCK_STREAM, lab_address(LAB_OUTSIDE), 0);
  start(&six);
  start(&four);
  goes_on(&six);
  goes_on(&four);
  for (int move = 0; move < MOVES; move++, spec.epoch++) {
    site_move(&lab, move % 2, (move + 1) % 2, &spec);
    goes_on(&six);
    goes_on(&four);
  }
  printf("ok: %d moves\n", MOVES);
  struct site *all[] = {&lab.servers[0], &lab.proxy};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    site_kill(all[i]);
    goes_on(&six);
    site_start(all[i]);
    goes_on(&six);
    goes_on(&four);
  }
  site_move(&lab, 0, 1, &spec);
  goes_on(&six);
  goes_on(&four);
  puts("ok: daemons that were killed");
  works(mobidesk_gateway_forget(lab.proxy.m, ADDRESS, &err), &err);
  works(mobidesk_session_destroy(lab.servers[1].m, ID, 0, &err), &err);
  session_lab_close(&lab);
  return 0;
}
