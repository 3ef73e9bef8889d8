/*
 * The program of the smallest session, for tests: what a desktop does that a move can break, without a desktop.
 *
 * It answers as a display driver does (docs/protocol.md: QUIESCE), serves a TCP port, has a periodic timer, an inotify
 * watch, a memfd, a deleted file and a child, and writes what it sees to /var/lib/app/state once a tick, so that the
 * test can read it by exec. Linked statically: the template has no C library.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS 20000000
#define STATE "/var/lib/app/state"
#define WATCHED "/var/lib/app/watched"
#define CLIENTS 16

static uint64_t ticks, inotify_events, lines;
static int clients[CLIENTS];

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

static int listen_tcp(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7000)};
  int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
      bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 8) < 0)
    die("tcp socket");
  return fd;
}

static int watch(void) {
  int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  close(open(WATCHED, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (fd < 0 || inotify_add_watch(fd, WATCHED, IN_OPEN) < 0)
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

/* A child whose pid must stay what it is. */
static pid_t start_child(void) {
  pid_t pid = fork();
  if (pid == 0)
    for (;;)
      pause();
  return pid;
}

static void write_state(pid_t child, int memory, int deleted) {
  char text[512], remembered[9] = "", kept[8] = "";
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (pread(memory, remembered, 8, 0) < 0 || pread(deleted, kept, 7, 0) < 0)
    die("reading what was kept");
  int n = snprintf(text, sizeof text,
                   "pid=%d child=%d ticks=%lu inotify=%lu lines=%lu memory=%s deleted=%s monotonic=%ld\n", getpid(),
                   child, ticks, inotify_events, lines, remembered, kept, now.tv_sec * 1000 + now.tv_nsec / 1000000);
  int fd = open(STATE ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0 || write(fd, text, (size_t)n) != n || rename(STATE ".new", STATE) < 0)
    die("writing the state");
  close(fd);
}

static void accept_client(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  for (int i = 0; i < CLIENTS; i++)
    if (clients[i] < 0) {
      clients[i] = fd;
      return;
    }
  close(fd);
}

/* Echoes. */
static void serve_client(int i) {
  char buffer[4096];
  ssize_t n = read(clients[i], buffer, sizeof buffer);
  if (n <= 0 || write(clients[i], buffer, (size_t)n) != n) {
    close(clients[i]);
    clients[i] = -1;
    return;
  }
  for (ssize_t k = 0; k < n; k++)
    lines += buffer[k] == '\n';
}

/* Viewers are told what they said; QUIESCE closes all of them, itself last. */
static void serve_display(int listener, int viewers[CLIENTS]) {
  unsigned char header[8];
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0)
    return;
  ssize_t n = recv(fd, header, sizeof header, MSG_WAITALL);
  if (n == 8 && header[4] == 160) {
    for (int i = 0; i < CLIENTS; i++)
      if (viewers[i] >= 0) {
        close(viewers[i]);
        viewers[i] = -1;
      }
    close(fd);
    return;
  }
  for (int i = 0; i < CLIENTS && n == 8; i++)
    if (viewers[i] < 0 && send(fd, header, 8, MSG_NOSIGNAL) == 8) {
      viewers[i] = fd;
      return;
    }
  close(fd);
}

/* "app cat FILE...", "app touch FILE", "app leak": what the test does by exec, where no shell is. */
static int command(int argc, char **argv) {
  char buffer[65536];
  if (strcmp(argv[1], "leak") == 0) { /* a connection to a host process cannot be checkpointed */
    if (fork() == 0) {
      for (;;)
        pause();
    }
    return 0;
  }
  if (strcmp(argv[1], "wait") == 0)
    for (;;)
      pause();
  for (int i = 2; i < argc; i++) {
    int fd = open(argv[i], O_RDONLY | O_CLOEXEC);
    if (fd < 0)
      die(argv[i]);
    for (ssize_t n; (n = read(fd, buffer, sizeof buffer)) > 0;)
      if (write(1, buffer, (size_t)n) != n)
        die("output");
    close(fd);
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 1)
    return command(argc, argv);
  int viewers[CLIENTS];
  for (int i = 0; i < CLIENTS; i++)
    clients[i] = viewers[i] = -1;
  mkdir("/var/lib/app", 0755);
  int timer = start_timer(), inotify = watch(), tcp = listen_tcp();
  int memory = make_memory(), deleted = make_deleted();
  pid_t child = start_child();
  write_state(child, memory, deleted);
  int display = listen_display();
  for (;;) {
    struct pollfd fds[4 + CLIENTS] = {{timer, POLLIN, 0}, {inotify, POLLIN, 0}, {tcp, POLLIN, 0}, {display, POLLIN, 0}};
    for (int i = 0; i < CLIENTS; i++)
      fds[4 + i] = (struct pollfd){clients[i], POLLIN, 0};
    if (poll(fds, 4 + CLIENTS, -1) < 0 && errno != EINTR)
      die("poll");
    uint64_t expired;
    char events[4096];
    if (fds[0].revents && read(timer, &expired, sizeof expired) == sizeof expired) {
      ticks += expired;
      write_state(child, memory, deleted);
    }
    for (ssize_t n = 0, at = 0; fds[1].revents && at == n && (n = read(inotify, events, sizeof events)) > 0;)
      for (at = 0; at < n; inotify_events++)
        at += (ssize_t)(sizeof(struct inotify_event) + ((struct inotify_event *)(void *)(events + at))->len);
    if (fds[2].revents)
      accept_client(tcp);
    if (fds[3].revents)
      serve_display(display, viewers);
    for (int i = 0; i < CLIENTS; i++)
      if (fds[4 + i].revents)
        serve_client(i);
  }
}
