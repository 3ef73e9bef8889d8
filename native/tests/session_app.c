/*
 * The program of the smallest session, for tests: what a desktop does that a move can break, without a desktop.
 *
 * Started without arguments by mobidesk-init it answers as a display driver does (docs/protocol.md: QUIESCE), has a
 * periodic timer, an inotify watch, a memfd, a deleted file and a child, and writes what it sees to /var/lib/app/state
 * at each tick. With arguments it is what the test executes in the session. Linked statically: the template has no C
 * library.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "session_memory.h"
#include "session_stream.h"
#include "session_waits.h"

#define TICK_NS 10000000
#define STATE "/var/lib/app/state"
#define WATCHED "/var/lib/app/watched"
#define LAYERED "/usr/share/both/deep" /* two layers of the template have it */
#define VIEWERS 16
#define STREAMS 4

struct app {
  int timer, inotify, display, memory, deleted, linked;
  int streams[STREAMS][2], lock, record, expired;
  int viewers[VIEWERS];
  pid_t child, waiting[SESSION_WAITS];
  uint64_t ticks, opened, interrupted;
};

static void die(const char *what) {
  fprintf(stderr, "session app: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int listen_display(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/mobidesk/display.sock"};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 8) < 0)
    die("display socket");
  return fd;
}

static int watch(void) {
  int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  close(open(WATCHED, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (fd < 0 || inotify_add_watch(fd, WATCHED, IN_OPEN) < 0 || inotify_add_watch(fd, LAYERED, IN_CREATE) < 0 ||
      inotify_add_watch(fd, "/usr/share/both", IN_CREATE) < 0 ||
      inotify_add_watch(fd, "/usr/share/both/below", IN_ATTRIB) < 0)
    die("inotify");
  return fd;
}

static int start_timer(void) {
  struct itimerspec every = {{0, TICK_NS}, {0, TICK_NS}};
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (fd < 0 || timerfd_settime(fd, 0, &every, NULL) < 0)
    die("timer");
  return fd;
}

static int make_memory(void) {
  int fd = memfd_create("memory", MFD_CLOEXEC);
  if (fd < 0 || write(fd, "remember", 8) != 8)
    die("memfd");
  return fd;
}

static int make_deleted(void) {
  int fd = open("/var/lib/app/deleted", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, "deleted", 7) != 7 || unlink("/var/lib/app/deleted") < 0)
    die("deleted file");
  return fd;
}

/* Open by a name that is gone, while another name of it is left. */
static int make_linked(void) {
  unlink("/var/lib/app/second"); /* of an earlier session with this disk */
  int fd = open("/var/lib/app/first", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, "linked", 6) != 6 || link("/var/lib/app/first", "/var/lib/app/second") < 0 ||
      unlink("/var/lib/app/first") < 0)
    die("linked file");
  return fd;
}

/* What lies in pipes and sockets, locks, and timers that have expired and were not read. */
static const char in_flight[] = "in flight";

static void connect_pair(int ends[2]) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ends[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 1) < 0 ||
      getsockname(listener, (struct sockaddr *)&address, &size) < 0 ||
      connect(ends[1], (struct sockaddr *)&address, sizeof address) < 0 ||
      (ends[0] = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
    die("loopback connection");
  close(listener);
}

static void make_fragile(struct app *a) {
  struct itimerspec once = {.it_value = {0, 1}};
  struct flock whole = {.l_type = F_WRLCK};
  if (pipe2(a->streams[0], O_CLOEXEC) < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a->streams[1]) < 0 ||
      socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, a->streams[2]) < 0)
    die("streams");
  connect_pair(a->streams[3]);
  for (int i = 0; i < STREAMS; i++)
    if (write(a->streams[i][1], in_flight, sizeof in_flight) != sizeof in_flight)
      die("writing to a stream");
  a->lock = open("/var/lib/app/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  a->record = open("/var/lib/app/record", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (flock(a->lock, LOCK_EX) < 0 || fcntl(a->record, F_OFD_SETLK, &whole) < 0)
    die("locks");
  a->expired = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (a->expired < 0 || timerfd_settime(a->expired, 0, &once, NULL) < 0)
    die("one-shot timer");
}

/* What is in a stream is what was put there; it is put back. */
static bool stream_holds(const int ends[2]) {
  char text[sizeof in_flight] = "";
  struct pollfd p = {ends[0], POLLIN, 0};
  return poll(&p, 1, 0) == 1 && read(ends[0], text, sizeof text) == sizeof text &&
         memcmp(text, in_flight, sizeof text) == 0 && write(ends[1], text, sizeof text) == sizeof text;
}

static bool locked(const char *path, bool whole_file) {
  struct flock l = {.l_type = F_WRLCK};
  int fd = open(path, O_RDWR | O_CLOEXEC);
  bool held = whole_file ? flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK
                         : fcntl(fd, F_OFD_GETLK, &l) == 0 && l.l_type == F_WRLCK;
  close(fd);
  return held;
}

/* The first thing that is not as it was, or "all". */
static const char *find_broken(const struct app *a) {
  static const char *const names[STREAMS] = {"pipe", "unix-stream", "unix-datagram", "tcp"};
  struct pollfd expired = {a->expired, POLLIN, 0};
  for (int i = 0; i < STREAMS; i++)
    if (!stream_holds(a->streams[i]))
      return names[i];
  const char *ended = session_waits_ended(a->waiting);
  if (ended)
    return ended;
  if (!locked("/var/lib/app/lock", true))
    return "flock";
  if (!locked("/var/lib/app/record", false))
    return "record-lock";
  return poll(&expired, 1, 0) == 1 ? "all" : "expired-timer";
}

static void write_state(const struct app *a) {
  char text[512], remembered[9] = "", kept[8] = "", linked[7] = "";
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (pread(a->memory, remembered, 8, 0) < 0 || pread(a->deleted, kept, 7, 0) < 0 || pread(a->linked, linked, 6, 0) < 0)
    die("reading what was kept");
  int n = snprintf(
      text, sizeof text,
      "pid=%d child=%d ticks=%lu opened=%lu memory=%s deleted=%s linked=%s monotonic=%ld interrupted=%lu kept=%s\n",
      getpid(), a->child, a->ticks, a->opened, remembered, kept, linked, now.tv_sec * 1000 + now.tv_nsec / 1000000,
      a->interrupted, find_broken(a));
  int fd = open(STATE ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  /* A full disk is none of its business. */
  if (fd >= 0 && write(fd, text, (size_t)n) == n && rename(STATE ".new", STATE) < 0)
    die("writing the state");
  if (fd >= 0)
    close(fd);
}

static void quiesce(struct app *a) {
  for (int i = 0; i < VIEWERS; i++)
    if (a->viewers[i] >= 0) {
      close(a->viewers[i]);
      a->viewers[i] = -1;
    }
}

/* A viewer gets its hello back and stays; QUIESCE closes all of them, itself last. */
static void serve_display(struct app *a) {
  unsigned char header[8];
  int fd = accept4(a->display, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0)
    return;
  ssize_t n = recv(fd, header, sizeof header, MSG_WAITALL);
  if (n == 8 && header[4] == 160)
    quiesce(a);
  for (int i = 0; i < VIEWERS && n == 8 && header[4] != 160; i++)
    if (a->viewers[i] < 0 && send(fd, header, 8, MSG_NOSIGNAL) == 8) {
      a->viewers[i] = fd;
      return;
    }
  close(fd);
}

static void count_opened(struct app *a) {
  char events[4096];
  ssize_t n = read(a->inotify, events, sizeof events);
  for (ssize_t at = 0; at < n; a->opened++)
    at += (ssize_t)(sizeof(struct inotify_event) + ((struct inotify_event *)(void *)(events + at))->len);
}

static void tick(struct app *a) {
  uint64_t expired;
  if (read(a->timer, &expired, sizeof expired) == sizeof expired) {
    a->ticks += expired;
    write_state(a);
  }
}

static _Noreturn void idle(void) {
  for (;;)
    pause();
}

static void run(void) {
  struct app a = {0};
  memset(a.viewers, -1, sizeof a.viewers);
  mkdir("/var/lib/app", 0755);
  a.timer = start_timer();
  a.inotify = watch();
  a.memory = make_memory();
  a.deleted = make_deleted();
  a.linked = make_linked();
  make_fragile(&a);
  session_waits_start(a.waiting);
  a.child = fork();
  if (a.child == 0)
    idle();
  write_state(&a);
  a.display = listen_display();
  struct pollfd fds[] = {{a.timer, POLLIN, 0}, {a.inotify, POLLIN, 0}, {a.display, POLLIN, 0}};
  for (;;) {
    /* No signal ever comes, so a program need not expect EINTR. It gets one when a dump has failed, though. */
    if (poll(fds, 3, -1) < 0) {
      if (errno != EINTR)
        die("poll");
      a.interrupted++;
      continue;
    }
    if (fds[0].revents)
      tick(&a);
    if (fds[1].revents)
      count_opened(&a);
    if (fds[2].revents)
      serve_display(&a);
  }
}

/* ---- commands ---- */

/* Leaves a daemon behind, as a desktop's launcher does; the command itself ends. */
static void leave_behind(void) {
  if (fork() != 0)
    exit(0);
  setsid();
  int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++)
    dup2(null, fd);
  close(null);
}

static int connect_to(const char *address, const char *port) {
  bool is_ipv6 = strchr(address, ':');
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = to.sin_port};
  if (inet_pton(is_ipv6 ? AF_INET6 : AF_INET, address, is_ipv6 ? (void *)&to6.sin6_addr : &to.sin_addr) != 1)
    die("address");
  int fd = socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0), on = 1;
  if (fd < 0 || connect(fd, is_ipv6 ? (void *)&to6 : &to, is_ipv6 ? sizeof to6 : sizeof to) < 0)
    die("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

/* Sends numbered lines and expects each of them back, for ever. A connection that breaks ends it. */
static void call(const char *address, const char *port) {
  const struct timespec pause_between = {.tv_nsec = 5000000};
  int fd = connect_to(address, port);
  leave_behind();
  for (uint64_t number = 1;; number++) {
    char line[32], back[32];
    int n = snprintf(line, sizeof line, "%020lu\n", number);
    if (write(fd, line, (size_t)n) != n || recv(fd, back, (size_t)n, MSG_WAITALL) != n ||
        memcmp(line, back, (size_t)n) != 0)
      exit(1);
    nanosleep(&pause_between, NULL);
  }
}

/* Sends lines and receives them, for ever; says in each how long it has heard nothing (session_stream.h). */
static void stream(const char *address, const char *port) {
  struct stream s = {.fd = connect_to(address, port)};
  struct stream_line line;
  leave_behind();
  for (int came; (came = stream_turn(&s, &line)) >= 0;)
    if (came > 0 && line.round != s.round)
      stream_begin_round(&s, line.round);
  exit(1);
}

/* ---- what no checkpoint can take ---- */

/* A process under a debugger. */
static void be_traced(void) {
  pid_t traced = fork();
  if (traced == 0)
    idle();
  if (ptrace(PTRACE_SEIZE, traced, NULL, NULL) < 0)
    die("ptrace");
}

/* A datagram that is not finished. */
static void cork(void) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
  if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0 ||
      setsockopt(fd, IPPROTO_UDP, UDP_CORK, &on, sizeof on) < 0 || write(fd, "half", 4) != 4)
    die("corked socket");
}

/* An answer of the kernel's that was not read. */
static void leave_answer(void) {
  struct {
    struct nlmsghdr header;
    struct rtgenmsg message;
  } ask = {{sizeof ask, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {AF_UNSPEC}};
  int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (fd < 0 || send(fd, &ask, sizeof ask, 0) != sizeof ask)
    die("netlink socket");
}

static int idle_in(void *nothing) {
  (void)nothing;
  idle();
}

/* Two processes with one memory, which vfork makes for a moment. */
static void share_memory(void) {
  static char stack[65536];
  if (clone(idle_in, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL) < 0)
    die("clone");
}

static const struct {
  const char *name;
  void (*make)(void);
} obstacles[] = {{"traced", be_traced}, {"corked", cork}, {"unread", leave_answer}, {"shared-memory", share_memory}};

/* Leaves a process behind that holds what is named, and prints its pid. */
static int obstruct(const char *name) {
  int ready[2];
  char byte = 0;
  if (pipe(ready) < 0)
    die("pipe");
  if (fork() != 0) {
    close(ready[1]);
    return read(ready[0], &byte, 1) == 1 ? 0 : 1;
  }
  setsid();
  for (size_t i = 0; i < sizeof obstacles / sizeof *obstacles; i++)
    if (strcmp(obstacles[i].name, name) == 0)
      obstacles[i].make();
  printf("%d\n", getpid());
  fflush(stdout);
  if (write(ready[1], &byte, 1) != 1)
    die("telling that it is there");
  idle();
}

static void print(char **names) {
  char buffer[65536];
  for (; *names; names++) {
    int fd = open(*names, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
      die(*names);
    for (ssize_t n; (n = read(fd, buffer, sizeof buffer)) > 0;)
      if (write(1, buffer, (size_t)n) != n)
        die("output");
    close(fd);
  }
}

/* Puts `text` into a file, durably. */
static void put(const char *name, const char *text) {
  int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || fsync(fd) < 0)
    die(name);
  close(fd);
}

/* Writes until it is refused; says how much there was room for, and why no more. */
/* ---- files that are written, shortened and deleted in turn ---- */

#define CHURN_BYTES 300000

static void churn_fill(unsigned char *out, int number) {
  uint32_t state = (uint32_t)number * 2654435761u + 1;
  for (size_t i = 0; i < CHURN_BYTES; i++) {
    state = state * 1664525u + 1013904223u;
    out[i] = (unsigned char)(state >> 24);
  }
}

/* What becomes of file `number` in the end: deleted, shortened, or as it was written. */
static size_t churn_size(int number) { return number % 3 == 0 ? 0 : number % 3 == 1 ? CHURN_BYTES / 3 : CHURN_BYTES; }

static void churn_name(char *out, size_t size, const char *dir, int number) {
  snprintf(out, size, "%s/churn-%d", dir, number);
}

static void churn(const char *dir, int count) {
  static unsigned char content[CHURN_BYTES];
  char name[256];
  for (int i = 0; i < count; i++) {
    churn_name(name, sizeof name, dir, i);
    churn_fill(content, i);
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, content, sizeof content) != sizeof content || fsync(fd) < 0 || close(fd) < 0)
      die(name);
    int earlier = i - 2;
    churn_name(name, sizeof name, dir, earlier);
    if (earlier < 0 || churn_size(earlier) == CHURN_BYTES)
      continue;
    if (churn_size(earlier) ? truncate(name, (off_t)churn_size(earlier)) < 0 : unlink(name) < 0)
      die(name);
  }
}

/* Says what is not as it must be. */
static void compare(const char *dir, int count) {
  static unsigned char content[CHURN_BYTES], found[CHURN_BYTES + 1];
  char name[256];
  for (int i = 0; i < count - 2; i++) {
    size_t size = churn_size(i);
    churn_name(name, sizeof name, dir, i);
    churn_fill(content, i);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && size == 0 && errno == ENOENT)
      continue;
    if (fd < 0 || read(fd, found, sizeof found) != (ssize_t)size || memcmp(content, found, size) != 0)
      printf("%s is not as it was written\n", name);
    close(fd);
  }
}

static void fill(const char *name) {
  static char block[1 << 20];
  unsigned long written = 0;
  ssize_t n;
  int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0)
    die(name);
  memset(block, 0x5a, sizeof block);
  while ((n = write(fd, block, sizeof block)) > 0)
    written += (unsigned long)n;
  printf("%lu %s\n", written, strerror(errno));
  close(fd);
}

int main(int argc, char **argv) {
  if (argc == 1)
    run();
  else if (strcmp(argv[1], "cat") == 0)
    print(argv + 2);
  else if (strcmp(argv[1], "put") == 0 && argc == 4)
    put(argv[2], argv[3]);
  else if (strcmp(argv[1], "fill") == 0 && argc == 3)
    fill(argv[2]);
  else if (strcmp(argv[1], "churn") == 0 && argc == 4)
    churn(argv[2], atoi(argv[3]));
  else if (strcmp(argv[1], "compare") == 0 && argc == 4)
    compare(argv[2], atoi(argv[3]));
  else if (strcmp(argv[1], "remove") == 0 && argc == 3)
    return unlink(argv[2]) == 0 ? 0 : 1;
  else if (strcmp(argv[1], "call") == 0 && argc == 4)
    call(argv[2], argv[3]);
  else if (strcmp(argv[1], "stream") == 0 && argc == 4)
    stream(argv[2], argv[3]);
  else if (strcmp(argv[1], "obstruct") == 0 && argc == 3)
    return obstruct(argv[2]);
  else if (strcmp(argv[1], "remember") == 0)
    session_memory_start();
  else if (strcmp(argv[1], "wait") == 0)
    idle();
  else if (strcmp(argv[1], "kill") == 0 && argc == 3)
    return kill(atoi(argv[2]), SIGKILL) == 0 ? 0 : 1;
  else
    return 2;
  return 0;
}
