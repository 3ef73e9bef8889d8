/*
 * How long a session's connection to an outside host is silent while the session moves: real daemons, real checkpoints,
 * between two servers on two subnets, while both ends send a line each millisecond. For each move and direction, the
 * longest time without a line, less the time that the session's processes stood still: what the network adds.
 *
 * Arguments: number of moves, and those of session_lab_open. Prints lines like net-bench.
 */
#include "session_lab.h"

#include "clean.h"
#include "session_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define ID "bench-1"
#define ADDRESS "10.74.1.9"
#define IMAGE_MEMORY (64u << 20)
/* Lines that come after a move before it is judged: also those that were delayed by a time-out have come by then. */
#define SETTLE_US 400000
#define PATIENCE_US 60000000ull

static struct session_lab lab;
static const char *const server_address[] = {"10.73.0.11", "10.73.1.12"};

/* The outside host's end, in a thread of its own. */
static struct {
  int listener;
  _Atomic uint32_t wanted;        /* round */
  _Atomic uint32_t round;         /* that both ends are in */
  _Atomic uint32_t gap_us;        /* here, in this round */
  _Atomic uint32_t inside_gap_us; /* in the session, in this round */
  _Atomic uint64_t lines;
  _Atomic bool broken, end;
} outside;

static void *talk(void *data) {
  struct stream s = {.fd = accept4(outside.listener, NULL, NULL, SOCK_CLOEXEC)};
  struct stream_line line;
  int came = 0;
  while (s.fd >= 0 && !outside.end && (came = stream_turn(&s, &line)) >= 0) {
    if (s.round != outside.wanted)
      stream_begin_round(&s, outside.wanted);
    if (came > 0 && line.round == s.round) {
      outside.inside_gap_us = line.gap_us;
      outside.gap_us = s.gap_us;
      outside.round = s.round;
    }
    outside.lines += (uint64_t)came;
  }
  outside.broken = !outside.end;
  close(s.fd);
  return NULL;
}

static void start_talk(pthread_t *thread) {
  char port[8], out[512];
  outside.listener = lab_socket(&lab.net, LAB_OUTSIDE, SOCK_STREAM, lab_address(LAB_OUTSIDE), 0);
  check(listen(outside.listener, 1) == 0 && pthread_create(thread, NULL, talk, NULL) == 0, "serving outside");
  snprintf(port, sizeof port, "%u", lab_port(outside.listener));
  const char *argv[] = {"app", "stream", "203.0.113.10", port, NULL};
  int status = site_exec(&lab.servers[0], ID, 0, argv, out, sizeof out);
  check(status == 0, "calling the outside host: status %d, %s", status, out);
}

static void wait_lines(void) {
  uint64_t before = outside.lines, since = lab_now_us();
  do {
    poll(NULL, 0, 5);
    check(!outside.broken, "the connection to the outside host broke after %lu lines", (unsigned long)outside.lines);
    check(lab_now_us() - since < PATIENCE_US, "no lines any more, after %lu", (unsigned long)outside.lines);
  } while (lab_now_us() - since < SETTLE_US || outside.lines < before + 100);
}

static void begin_round(uint32_t round) {
  outside.wanted = round;
  for (uint64_t since = lab_now_us(); outside.round != round; poll(NULL, 0, 2))
    check(lab_now_us() - since < PATIENCE_US && !outside.broken, "round %u does not begin", round);
}

static void sample(const char *metric, double us) {
  printf("%s\t%s\t%s\t%s\t%.6g\n", metric, "move of a session", "ms", "ours", us / 1e3);
}

static void move(int from, int to, uint64_t epoch) {
  struct site *source = &lab.servers[from], *target = &lab.servers[to];
  mobidesk_error err;
  mobidesk_checkpoint_stats dumped;
  mobidesk_restore_stats restored;
  mobidesk_hold_stats held;
  struct site_follow f;
  mobidesk_session_spec spec = {
      .id = ID, .template_id = lab.template_id, .user = "bench", .address = ADDRESS, .epoch = epoch};
  begin_round((uint32_t)epoch);
  works(mobidesk_session_reserve(target->m, &spec, 1 << 20, &err), &err);
  works(mobidesk_session_sync(source->m, ID, epoch, &err), &err);
  site_send_ahead(source, target, ID, epoch, MOBIDESK_AHEAD_WHOLE);
  works(mobidesk_gateway_hold(lab.proxy.m, ADDRESS, &err), &err);
  uint64_t held_at_us = lab_now_us();
  site_follow(&f, source, target, ID, epoch);
  works(mobidesk_session_checkpoint(source->m, ID, epoch, MOBIDESK_CHECKPOINT_AHEAD, &dumped, &err), &err);
  const char *answer = site_follow_end(&f);
  check(answer[0] == 'o', "import: %s", answer);
  works(mobidesk_session_restore(target->m, &spec, &restored, &err), &err);
  works(mobidesk_session_resume(target->m, ID, epoch + 1, &restored, &err), &err);
  works(mobidesk_gateway_release(lab.proxy.m, ADDRESS, server_address[to], &held, &err), &err);
  uint64_t released_at_us = lab_now_us();
  works(mobidesk_session_reap(source->m, ID, epoch, &err), &err);
  wait_lines();
  double stopped = (double)(restored.running_at_us - dumped.stopped_at_us);
  sample("applications stopped", stopped);
  sample("packets held before the stop", (double)dumped.stopped_at_us - (double)held_at_us);
  sample("packets released after it", (double)released_at_us - (double)restored.running_at_us);
  sample("silence to the session", outside.inside_gap_us);
  sample("silence to outside", outside.gap_us);
  sample("silence to the session, less the stop", outside.inside_gap_us - stopped);
  sample("silence to outside, less the stop", outside.gap_us - stopped);
  check(held.dropped == 0, "%lu packets were dropped", (unsigned long)held.dropped);
}

int main(int argc, char **argv) {
  mobidesk_error err;
  mobidesk_session s;
  pthread_t thread;
  unsigned moves = argc > 1 ? (unsigned)atoi(argv[1]) : 0;
  check(moves > 0, "arguments: number of moves, daemon, init, the session's program");
  argv[1] = argv[0];
  session_lab_open(&lab, argc - 1, argv + 1, IMAGE_MEMORY);
  mobidesk_session_spec spec = {
      .id = ID, .template_id = lab.template_id, .user = "bench", .address = ADDRESS, .epoch = 1};
  works(mobidesk_session_create(lab.servers[0].m, &spec, &s, &err), &err);
  works(mobidesk_gateway_route(lab.proxy.m, ADDRESS, server_address[0], &err), &err);
  start_talk(&thread);
  wait_lines();
  for (unsigned i = 0; i < moves; i++)
    move(i % 2, 1 - i % 2, i + 1);
  outside.end = true;
  pthread_join(thread, NULL);
  close(outside.listener);
  works(mobidesk_session_destroy(lab.servers[moves % 2].m, ID, 0, &err), &err);
  works(mobidesk_gateway_forget(lab.proxy.m, ADDRESS, &err), &err);
  session_lab_close(&lab);
  return 0;
}
