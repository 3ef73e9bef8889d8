/* What passes between processes: sockets, shared memory, message buses; of the host and of another session. */
#include "confine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define X11 "/tmp/.X11-unix/X0"
#define DBUS "/run/user/1000/bus"
#define CONNECT_MS 200

/* `abstract`: in the network namespace's own names. */
static struct sockaddr_un name_of(const char *name, bool abstract, socklen_t *size) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  snprintf(a.sun_path + abstract, sizeof a.sun_path - 1, "%s", name);
  *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract + strlen(name) + !abstract);
  return a;
}

static int connect_to(const char *name, bool abstract) {
  socklen_t size;
  struct sockaddr_un a = name_of(name, abstract, &size);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return connect(fd, (struct sockaddr *)&a, size);
}

static int connect_tcp(const char *address, unsigned short port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = inet_addr(address)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0;
  struct pollfd p = {fd, POLLOUT, 0};
  socklen_t size = sizeof error;
  if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
    return 0;
  if (errno != EINPROGRESS)
    return -1;
  if (poll(&p, 1, CONNECT_MS) == 0)
    error = ETIMEDOUT;
  else
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  errno = error;
  return error ? -1 : 0;
}

static int host_sockets(const struct target *t) {
  return one_worked(connect_to(t->abstract, true), connect_to(t->socket, false));
}

/* The neighbour has all of these names; so would this session, if it ran a desktop. */
static int x11_and_dbus(const struct target *t) {
  return one_worked(connect_to(X11, false), connect_to(X11, true), connect_to(DBUS, false), connect_to(DBUS, true));
}

static int tcp(const struct target *t) {
  return one_worked(connect_tcp(t->neighbour, t->port), connect_tcp(t->server, t->port));
}

static bool holds(const char *path, const char *secret) {
  char text[256];
  return read_from(path, text, sizeof text) == 0 && strstr(text, secret);
}

static int shared_memory(const struct target *t) {
  for (int key = t->key; key < t->key + 2; key++) {
    int id = shmget(key, 0, 0);
    const char *text = id < 0 ? (void *)-1 : shmat(id, NULL, SHM_RDONLY);
    if (text != (void *)-1) {
      note("key %d: %.60s", key, text);
      return 0;
    }
  }
  /* Segments have numbers, too. */
  for (int id = 0; id < 64; id++)
    if (shmat(id, NULL, SHM_RDONLY) != (void *)-1) {
      note("segment %d", id);
      return 0;
    }
  return holds("/dev/shm/mobidesk-secret", t->secret) || holds("/tmp/mobidesk-secret", t->secret) ? 0 : -1;
}

static int host_file(const struct target *t) {
  char path[512];
  static const char *const ways[] = {"%s",
                                     "/proc/1/root%s",
                                     "/proc/self/root%s",
                                     "/proc/1/cwd%s",
                                     "/../../../../../..%s",
                                     "/dev/pts/../../..%s",
                                     "/sys/../..%s"};
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(path, sizeof path, ways[i], t->file);
#pragma GCC diagnostic pop
    if (holds(path, t->secret)) {
      note("%s", path);
      return 0;
    }
  }
  return -1;
}

/* ---- what a desktop offers to itself; nobody else must come ---- */

static int listen_unix(const char *name, bool abstract) {
  socklen_t size;
  struct sockaddr_un a = name_of(name, abstract, &size);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return bind(fd, (struct sockaddr *)&a, size) == 0 && listen(fd, 8) == 0 ? fd : -1;
}

static int listen_tcp(unsigned short port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 8) == 0 ? fd : -1;
}

static int put_secret(const char *path, const char *secret) {
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  return fd >= 0 && write(fd, secret, strlen(secret)) > 0 ? close(fd) : -1;
}

static int share(const char *secret, int key) {
  int id = shmget(key, 4096, IPC_CREAT | 0666);
  char *memory = id < 0 ? (void *)-1 : shmat(id, NULL, 0);
  if (memory == (void *)-1)
    return -1;
  strcpy(memory, secret);
  return put_secret("/dev/shm/mobidesk-secret", secret) < 0 ? -1 : put_secret("/tmp/mobidesk-secret", secret);
}

/* Counts who came in /tmp/visitors. */
int neighbour_serve(const char *secret, unsigned short port, int key) {
  char text[32];
  unsigned visitors = 0;
  mkdir("/tmp/.X11-unix", 01777);
  mkdir("/run/user", 0755);
  mkdir("/run/user/1000", 0777);
  struct pollfd fds[] = {{listen_unix(X11, false), POLLIN, 0},
                         {listen_unix(X11, true), POLLIN, 0},
                         {listen_unix(DBUS, false), POLLIN, 0},
                         {listen_unix(DBUS, true), POLLIN, 0},
                         {listen_tcp(port), POLLIN, 0}};
  if (fds[0].fd < 0 || fds[1].fd < 0 || fds[2].fd < 0 || fds[3].fd < 0 || fds[4].fd < 0 || share(secret, key) < 0) {
    perror("neighbour");
    return 1;
  }
  int out = open("/tmp/visitors", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (pwrite(out, "0\n", 2, 0) != 2)
    return 1;
  puts("ready");
  fflush(stdout);
  if (fork() != 0)
    return 0;
  setsid();
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; fd++)
    dup2(null, fd);
  close(null);
  for (;;) {
    poll(fds, 5, -1);
    for (int i = 0; i < 5; i++)
      if (fds[i].revents) {
        close(accept(fds[i].fd, NULL, NULL));
        int n = snprintf(text, sizeof text, "%u\n", ++visitors);
        if (pwrite(out, text, (size_t)n, 0) != n)
          return 1;
      }
  }
}

const struct attempt neighbour_attempts[] = {
    {"host-sockets", "abstract and other unix sockets of the host", host_sockets, false},
    {"x11-dbus", "the neighbour's X11 and D-Bus sockets", x11_and_dbus, false},
    {"tcp", "a port of the neighbour, a port of the server", tcp, false},
    {"shared-memory", "System V and POSIX shared memory of host and neighbour", shared_memory, false},
    {"host-file", "a file of the host, by all ways of naming it", host_file, false},
    {0},
};
