#include "gateway_listener.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "clean.h"
#include "log.h"
#include "network_host.h"

/* Room for what all servers repeat at once, while this thread waits for its turn. */
#define RECEIVE_BYTES (4 << 20)

struct gateway_listener {
  struct gateway_bindings *bindings;
  struct announcement_key key;
  int fd, stop;
  pthread_t thread;
  bool started;
};

static bool is_recent(uint64_t time_us) {
  uint64_t now = announcement_now_us();
  return time_us < now ? now - time_us < ANNOUNCEMENT_AGE_US : time_us - now < ANNOUNCEMENT_AGE_US;
}

static void hear(struct gateway_listener *l, const uint8_t *message, size_t size, const struct sockaddr_in *from) {
  struct announcement a;
  uint8_t answer[ANNOUNCEMENT_MOST];
  struct error err;
  if (announcement_read(message, size, &l->key, &a) < 0 || (a.kind & ANNOUNCEMENT_ANSWER) ||
      a.server != from->sin_addr.s_addr) {
    log_warning("announcement-refused", "from=%s bytes=%zu", NETWORK_TEXT(from->sin_addr.s_addr), size);
    return;
  }
  if (!is_recent(a.time_us)) {
    log_warning("announcement-refused", "from=%s message=\"its clock differs by more than %lu s\"",
                NETWORK_TEXT(a.server), (unsigned long)(ANNOUNCEMENT_AGE_US / 1000000));
    return;
  }
  if (gateway_bindings_heard(l->bindings, &a, &err) < 0) {
    log_error("announcement", "session=%s message=\"%s\"", NETWORK_TEXT(a.session), err.message);
    return;
  }
  a.kind |= ANNOUNCEMENT_ANSWER;
  a.time_us = announcement_now_us();
  int answer_size = announcement_write(&a, &l->key, answer, &err);
  if (answer_size > 0)
    sendto(l->fd, answer, (size_t)answer_size, MSG_NOSIGNAL | MSG_DONTWAIT, (const struct sockaddr *)from,
           sizeof *from);
}

static void *run(void *data) {
  struct gateway_listener *l = data;
  struct pollfd ready[] = {{.fd = l->fd, .events = POLLIN}, {.fd = l->stop, .events = POLLIN}};
  while (!ready[1].revents) {
    uint8_t message[ANNOUNCEMENT_MOST + 1];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    if (poll(ready, 2, -1) < 0)
      continue;
    ssize_t n = recvfrom(l->fd, message, sizeof message, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
    if (n >= 0)
      hear(l, message, (size_t)n, &from);
  }
  return NULL;
}

static int open_socket(struct gateway_listener *l, struct error *err) {
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(ANNOUNCEMENT_PORT)};
  int bytes = RECEIVE_BYTES;
  l->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (l->fd < 0 || bind(l->fd, (struct sockaddr *)&local, sizeof local) < 0)
    return error_sys(err, "listening for announcements of servers on UDP port %d", ANNOUNCEMENT_PORT);
  setsockopt(l->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
  l->stop = eventfd(0, EFD_CLOEXEC);
  return l->stop < 0 ? error_sys(err, "making an eventfd") : 0;
}

int gateway_listener_open(struct gateway_bindings *bindings, const struct announcement_key *key,
                          struct gateway_listener **out, struct error *err) {
  struct gateway_listener *l = calloc(1, sizeof *l);
  if (!l)
    return error_sys(err, "listening for announcements");
  *l = (struct gateway_listener){.bindings = bindings, .key = *key, .fd = -1, .stop = -1};
  if (open_socket(l, err) < 0) {
    gateway_listener_close(l);
    return -1;
  }
  errno = pthread_create(&l->thread, NULL, run, l);
  if (errno) {
    error_sys(err, "starting the thread that listens for announcements");
    gateway_listener_close(l);
    return -1;
  }
  l->started = true;
  *out = l;
  return 0;
}

void gateway_listener_close(struct gateway_listener *l) {
  if (!l)
    return;
  if (l->started) {
    eventfd_write(l->stop, 1);
    pthread_join(l->thread, NULL);
  }
  clean_close(&l->fd);
  clean_close(&l->stop);
  free(l);
}
