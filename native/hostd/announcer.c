#include "announcer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clean.h"
#include "network_host.h"

/* The answer comes within a millisecond; a proxy whose daemon is being started again is there within the last. */
static const int patience_ms[] = {20, 40, 80, 160, 300, 400};
#define REPEAT_MS 2000

struct announcer {
  int fd;
  int stop; /* eventfd */
  in_addr_t server;
  struct announcement_key key;
  pthread_mutex_t lock; /* one conversation at a time on `fd` */
  pthread_t thread;
  bool started;
  announcer_all all;
  void *data;
};

static int send_one(struct announcer *a, struct announcement *what, struct error *err) {
  uint8_t message[ANNOUNCEMENT_MOST];
  what->server = a->server;
  what->time_us = announcement_now_us();
  int size = announcement_write(what, &a->key, message, err);
  if (size < 0)
    return -1;
  /* Whether it got there shows in the answer. */
  send(a->fd, message, (size_t)size, MSG_NOSIGNAL | MSG_DONTWAIT);
  return 0;
}

static bool is_answer(const struct announcement *got, const struct announcement *to) {
  return got->kind == (to->kind | ANNOUNCEMENT_ANSWER) && got->session == to->session &&
         got->physical == to->physical && got->generation == to->generation;
}

/* Waits for the answer; others, of what was repeated, are passed over. */
static bool answered(struct announcer *a, const struct announcement *what, int timeout_ms) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  int64_t end_ms = t.tv_sec * 1000 + t.tv_nsec / 1000000 + timeout_ms;
  for (;;) {
    uint8_t message[ANNOUNCEMENT_MOST + 1];
    struct announcement got;
    clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t left_ms = end_ms - (t.tv_sec * 1000 + t.tv_nsec / 1000000);
    struct pollfd ready = {.fd = a->fd, .events = POLLIN};
    if (left_ms < 0 || poll(&ready, 1, (int)left_ms) == 0)
      return false;
    ssize_t n = recv(a->fd, message, sizeof message, MSG_DONTWAIT);
    if (n > 0 && announcement_read(message, (size_t)n, &a->key, &got) == 0 && is_answer(&got, what))
      return true;
    if (n < 0 && errno != EAGAIN && errno != ECONNREFUSED && errno != EINTR)
      return false;
    if (n < 0 && errno == ECONNREFUSED)
      return false; /* nobody listens yet */
  }
}

int announcer_tell(struct announcer *a, struct announcement what, struct error *err) {
  bool done = false;
  int r = 0;
  pthread_mutex_lock(&a->lock);
  for (size_t i = 0; i < sizeof patience_ms / sizeof *patience_ms && !done && r == 0; i++) {
    r = send_one(a, &what, err);
    if (r == 0 && !(done = answered(a, &what, patience_ms[i])) && i == 0)
      poll(NULL, 0, patience_ms[i]);
  }
  pthread_mutex_unlock(&a->lock);
  if (r < 0 || done)
    return r;
  return error_set(err, MOBIDESK_TIMEOUT, "the proxy's network gateway does not answer about session address %s",
                   NETWORK_TEXT(what.session));
}

void announcer_repeat(struct announcer *a, struct announcement what) {
  struct error ignored;
  uint8_t message[ANNOUNCEMENT_MOST];
  pthread_mutex_lock(&a->lock);
  send_one(a, &what, &ignored);
  while (recv(a->fd, message, sizeof message, MSG_DONTWAIT) > 0)
    ; /* answers to what was repeated before */
  pthread_mutex_unlock(&a->lock);
}

static void *repeat_all(void *data) {
  struct announcer *a = data;
  struct pollfd stop = {.fd = a->stop, .events = POLLIN};
  while (poll(&stop, 1, REPEAT_MS) <= 0)
    a->all(a, a->data);
  return NULL;
}

static int open_socket(struct announcer *a, in_addr_t proxy, struct error *err) {
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = a->server};
  struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(ANNOUNCEMENT_PORT), .sin_addr.s_addr = proxy};
  a->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (a->fd < 0 || bind(a->fd, (struct sockaddr *)&local, sizeof local) < 0 ||
      connect(a->fd, (struct sockaddr *)&peer, sizeof peer) < 0)
    return error_sys(err, "opening a socket at %s towards the proxy's network gateway %s", NETWORK_TEXT(a->server),
                     NETWORK_TEXT(proxy));
  a->stop = eventfd(0, EFD_CLOEXEC);
  return a->stop < 0 ? error_sys(err, "making an eventfd") : 0;
}

int announcer_open(in_addr_t server, in_addr_t proxy, const struct announcement_key *key, announcer_all all, void *data,
                   struct announcer **out, struct error *err) {
  struct announcer *a = calloc(1, sizeof *a);
  if (!a)
    return error_sys(err, "opening the announcer");
  *a = (struct announcer){.fd = -1, .stop = -1, .server = server, .key = *key, .all = all, .data = data};
  pthread_mutex_init(&a->lock, NULL);
  if (open_socket(a, proxy, err) < 0) {
    announcer_close(a);
    return -1;
  }
  errno = pthread_create(&a->thread, NULL, repeat_all, a);
  if (errno) {
    error_sys(err, "starting the announcer's thread");
    announcer_close(a);
    return -1;
  }
  a->started = true;
  *out = a;
  return 0;
}

void announcer_close(struct announcer *a) {
  if (!a)
    return;
  if (a->started) {
    eventfd_write(a->stop, 1);
    pthread_join(a->thread, NULL);
  }
  clean_close(&a->fd);
  clean_close(&a->stop);
  pthread_mutex_destroy(&a->lock);
  free(a);
}
