#include "net_talk.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clean.h"

#define LINE 16 /* fourteen digits, a newline, and the end */
#define WAIT_US 60000000
#define STEP_US 1000
/* Holds what an outage kept back and comes at once, for an end that is not scheduled then. */
#define RECEIVE_BYTES (4 << 20)

struct talker {
  struct talk_end *end;
  int fd;
  bool stream;
  bool hung_up;
  uint64_t next_us, last_us;
  char line[LINE]; /* being sent */
  size_t line_sent;
  char part[LINE]; /* being received */
  size_t part_got;
};

__attribute__((noreturn, format(printf, 2, 3))) static void fail(struct talker *t, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(t->end->failure, sizeof t->end->failure, format, arguments);
  va_end(arguments);
  _exit(1);
}

static void on_line(struct talker *t) {
  uint64_t now = lab_now_us(), number = strtoull(t->part, NULL, 10);
  uint64_t expected = t->end->received + t->end->missing;
  if (number < expected || (t->stream && number != expected))
    fail(t, "line %lu came instead of %lu", number, expected);
  t->end->missing += number - expected;
  t->end->received++;
  uint64_t mark = t->end->mark_us;
  if (mark && now >= mark) {
    t->end->mark_us = 0;
    t->end->before_us = t->last_us;
    t->end->after_us = now;
  }
  t->last_us = now;
}

static void receive(struct talker *t) {
  for (;;) {
    ssize_t n = recv(t->fd, t->part + t->part_got, LINE - t->part_got, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
      return;
    if (n < 0)
      fail(t, "receiving after %lu lines: %s", t->end->received, strerror(errno));
    if (n == 0) {
      t->hung_up = true;
      return;
    }
    t->part_got += (size_t)n;
    if (t->part_got < LINE)
      continue;
    t->part_got = 0;
    on_line(t);
  }
}

/* Sends the line that is due, as far as the socket takes it. */
static void send_due(struct talker *t) {
  if (t->line_sent == LINE) {
    if (t->end->finish || lab_now_us() < t->next_us)
      return;
    t->next_us = lab_now_us() + STEP_US;
    snprintf(t->line, sizeof t->line, "%014lu\n", (unsigned long)t->end->sent);
    t->line_sent = 0;
  }
  ssize_t n = send(t->fd, t->line + t->line_sent, LINE - t->line_sent, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN)
    fail(t, "sending line %lu: %s", t->end->sent, strerror(errno));
  t->line_sent += n > 0 ? (size_t)n : 0;
  if (t->line_sent == LINE)
    t->end->sent++;
}

/* Talks until told to finish and, on a stream, the other end has as well. */
__attribute__((noreturn)) static void converse(struct talk_end *end, int fd, bool stream) {
  int bytes = RECEIVE_BYTES;
  /* What the test has open, a gateway's device above all, can be closed by the test alone. */
  if (fd > 3)
    close_range(3, (unsigned)fd - 1, 0);
  close_range((unsigned)fd + 1, ~0u, 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
  struct talker t = {.end = end, .fd = fd, .stream = stream, .line_sent = LINE};
  bool said_all = false;
  while (!t.hung_up) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    poll(&ready, 1, 1);
    receive(&t);
    send_due(&t);
    if (end->finish && t.line_sent == LINE && !said_all) {
      said_all = true;
      if (stream)
        shutdown(fd, SHUT_WR);
    }
  }
  while (!end->finish)
    fail(&t, "the other end hung up");
  _exit(0);
}

static struct talk_end *new_end(void) {
  struct talk_end *end = mmap(NULL, sizeof *end, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  check(end != MAP_FAILED, "making shared memory");
  return end;
}

/* Forks; the child ends with the test. Returns true in the child. */
static bool fork_end(struct talk_end *end) {
  pid_t pid = fork();
  check(pid >= 0, "forking");
  if (pid == 0)
    prctl(PR_SET_PDEATHSIG, SIGKILL);
  else
    end->pid = pid;
  return pid == 0;
}

void talk_start(const struct lab *lab, int session, int type, struct talk *out) {
  talk_between(lab, LAB_SESSION + session, LAB_OUTSIDE, type, out);
}

/* `outside` is bound, `inside` is yet to be connected to it, by the address `peer`. Both are closed. */
static void converse_over(int outside, int inside, bool stream, const void *peer, socklen_t peer_size,
                          struct talk *out) {
  *out = (struct talk){new_end(), new_end()};
  check(!stream || listen(outside, 1) == 0, "listening");
  check(connect(inside, peer, peer_size) == 0, "connecting");
  if (fork_end(out->inside))
    converse(out->inside, inside, stream);
  if (fork_end(out->outside)) {
    struct sockaddr_storage caller;
    socklen_t size = sizeof caller;
    char first[LINE];
    int fd = stream ? accept(outside, NULL, NULL) : outside;
    if (!stream && (recvfrom(fd, first, sizeof first, MSG_PEEK, (struct sockaddr *)&caller, &size) < 0 ||
                    connect(fd, (struct sockaddr *)&caller, size) < 0))
      _exit(1);
    converse(out->outside, fd, stream);
  }
  close(outside);
  close(inside);
  talk_on(out, 1);
}

void talk_between(const struct lab *lab, int from, int to, int type, struct talk *out) {
  int outside = lab_socket(lab, to, type, 0, 0);
  int inside = lab_socket(lab, from, type, 0, 0);
  struct sockaddr_in peer = lab_endpoint(lab_address(to), lab_port(outside));
  converse_over(outside, inside, type == SOCK_STREAM, &peer, sizeof peer, out);
}

void talk_between6(const struct lab *lab, int from, int to, int type, struct talk *out) {
  int outside = lab_socket6(lab, to, type, "::", 0);
  int inside = lab_socket6(lab, from, type, "::", 0);
  struct sockaddr_in6 peer = lab_endpoint6(lab_address6(to), lab_port(outside));
  converse_over(outside, inside, type == SOCK_STREAM, &peer, sizeof peer, out);
}

/* One end that fails makes the other one fail. */
static void check_alive(const struct talk *t) {
  check(!t->outside->failure[0] && !t->inside->failure[0], "the end outside: %s; the end inside: %s",
        t->outside->failure[0] ? t->outside->failure : "alive", t->inside->failure[0] ? t->inside->failure : "alive");
}

/* Waits until the end has received that many lines. */
static void wait_for(const struct talk *t, struct talk_end *end, uint64_t lines) {
  for (uint64_t start = lab_now_us(); end->received < lines; poll(NULL, 0, 1)) {
    check_alive(t);
    check(lab_now_us() - start < WAIT_US, "the end %s stays at %lu of %lu lines, %lu missing",
          end == t->inside ? "inside" : "outside", (unsigned long)end->received, (unsigned long)lines,
          (unsigned long)end->missing);
  }
}

void talk_on(const struct talk *t, uint64_t lines) {
  uint64_t outside = t->outside->received + lines, inside = t->inside->received + lines;
  wait_for(t, t->outside, outside);
  wait_for(t, t->inside, inside);
}

void talk_stop(const struct talk_end *end) {
  int status;
  check(kill(end->pid, SIGSTOP) == 0 && waitpid(end->pid, &status, WUNTRACED) == end->pid && WIFSTOPPED(status),
        "stopping an end: %s", end->failure);
}

void talk_continue(const struct talk_end *end) { check(kill(end->pid, SIGCONT) == 0, "continuing an end"); }

void talk_freeze(const struct talk *t) { talk_stop(t->inside); }

void talk_thaw(const struct talk *t) { talk_continue(t->inside); }

static void end_process(struct talk_end *end) {
  kill(end->pid, SIGKILL);
  waitpid(end->pid, NULL, 0);
  munmap(end, sizeof *end);
}

void talk_finish(struct talk *t) {
  t->outside->finish = t->inside->finish = true;
  wait_for(t, t->outside, t->inside->sent);
  wait_for(t, t->inside, t->outside->sent);
  check(t->outside->missing == 0 && t->inside->missing == 0, "%lu and %lu lines are missing",
        (unsigned long)t->outside->missing, (unsigned long)t->inside->missing);
  end_process(t->outside);
  end_process(t->inside);
}
