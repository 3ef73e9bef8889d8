#include "ticket.h"

#include "clean.h"
#include "frame.h"
#include "log.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#define LIFETIME_SECONDS 10
#define TICKETS_MAX 256

struct ticket {
  char text[MOBIDESK_TICKET_SIZE];
  time_t expires; /* CLOCK_MONOTONIC */
  ticket_stream stream;
  void *data;
  void (*release)(void *);
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct ticket tickets[TICKETS_MAX];

static time_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec;
}

static int random_text(char text[MOBIDESK_TICKET_SIZE], struct error *err) {
  unsigned char bytes[(MOBIDESK_TICKET_SIZE - 1) / 2];
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
    return error_sys(err, "drawing a ticket");
  for (size_t i = 0; i < sizeof bytes; i++)
    snprintf(text + 2 * i, 3, "%02x", bytes[i]);
  return 0;
}

/* Takes what is expired out of the table; what it held is released after the lock is given back. */
static void expire(void) {
  for (unsigned i = 0; i < TICKETS_MAX; i++) {
    struct ticket old = {0};
    pthread_mutex_lock(&lock);
    if (tickets[i].stream && tickets[i].expires < now()) {
      old = tickets[i];
      tickets[i] = (struct ticket){0};
    }
    pthread_mutex_unlock(&lock);
    if (old.release)
      old.release(old.data);
  }
}

int ticket_issue(ticket_stream stream, void *data, void (*release)(void *), char ticket[MOBIDESK_TICKET_SIZE],
                 struct error *err) {
  struct ticket t = {.expires = now() + LIFETIME_SECONDS, .stream = stream, .data = data, .release = release};
  if (random_text(t.text, err) < 0)
    return -1;
  expire();
  int r = -1;
  pthread_mutex_lock(&lock);
  for (unsigned i = 0; i < TICKETS_MAX && r < 0; i++)
    if (!tickets[i].stream) {
      tickets[i] = t;
      r = 0;
    }
  pthread_mutex_unlock(&lock);
  if (r < 0)
    return error_set(err, MOBIDESK_BUSY, "%d tickets are waiting to be used", TICKETS_MAX);
  memcpy(ticket, t.text, sizeof t.text);
  return 0;
}

static bool take(const char *text, struct ticket *out) {
  bool found = false;
  expire();
  pthread_mutex_lock(&lock);
  for (unsigned i = 0; i < TICKETS_MAX && !found; i++)
    if (tickets[i].stream && strcmp(tickets[i].text, text) == 0) {
      *out = tickets[i];
      tickets[i] = (struct ticket){0};
      found = true;
    }
  pthread_mutex_unlock(&lock);
  return found;
}

static bool read_ticket(int fd, char text[MOBIDESK_TICKET_SIZE]) {
  struct timeval patience = {.tv_sec = LIFETIME_SECONDS}, forever = {0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  bool whole = frame_read_all(fd, text, MOBIDESK_TICKET_SIZE) == 0 && text[MOBIDESK_TICKET_SIZE - 1] == '\n';
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &forever, sizeof forever);
  text[MOBIDESK_TICKET_SIZE - 1] = '\0';
  return whole;
}

void ticket_redeem(int fd) {
  char text[MOBIDESK_TICKET_SIZE];
  struct ticket t;
  struct error err = {0};
  if (!read_ticket(fd, text) || !take(text, &t)) {
    dprintf(fd, "error %d unknown or expired ticket\n", MOBIDESK_DENIED);
    return;
  }
  if (t.stream(fd, t.data, &err) < 0) {
    log_warning("stream-failed", "code=%d message=\"%s\"", err.code, err.message);
    dprintf(fd, "error %d %s\n", err.code, err.message);
  }
  t.release(t.data);
}
