#include "exec.h"

#include "clean.h"
#include "exec_start.h"
#include "frame.h"
#include "process.h"
#include "ticket.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>

/* docs/hostd-protocol.md, frames of a command's stream */
enum { KIND_STDIN = 0, KIND_STDOUT = 1, KIND_STDERR = 2, KIND_EXIT = 3, KIND_MESSAGE = 4 };

#define STDIN_MAX 65536u
#define OPERATION_PATIENCE_MS 10000

/* A running command; on the stack of its stream's thread, linked to its session. */
struct exec_child {
  struct session *session;
  const char *reason; /* why it was ended, or NULL */
  int pidfd;
  struct exec_child *next;
};

struct order {
  const struct config *config;
  char id[MOBIDESK_ID_SIZE];
  uint32_t flags;
  size_t argc;
  char **argv;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

void exec_end_all(struct session *s, const char *reason) {
  pthread_mutex_lock(&lock);
  for (struct exec_child *c = s->children; c; c = c->next) {
    c->reason = reason;
    /* It may have ended by itself just now. */
    pidfd_send_signal(c->pidfd, SIGKILL, NULL, 0);
  }
  while (s->children)
    pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
}

static void enlist(struct exec_child *c) {
  pthread_mutex_lock(&lock);
  c->next = c->session->children;
  c->session->children = c;
  pthread_mutex_unlock(&lock);
}

static void delist(struct exec_child *c) {
  pthread_mutex_lock(&lock);
  struct exec_child **p = &c->session->children;
  while (*p != c)
    p = &(*p)->next;
  *p = c->next;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

static int send_frame(int fd, unsigned char kind, const void *data, size_t size) {
  unsigned char header[5] = {kind};
  uint32_t length = htole32((uint32_t)size);
  memcpy(header + 1, &length, sizeof length);
  int r = frame_write_all(fd, header, sizeof header);
  return r < 0 ? r : frame_write_all(fd, data, size);
}

struct input {
  int stream, pipe;
};

/* Client to command, until the client ends its input, or sends what is no frame, or the command reads no more. */
static void *feed(void *data) {
  struct input *in = data;
  unsigned char header[5];
  cleanup_free char *buffer = malloc(STDIN_MAX);
  while (buffer && frame_read_all(in->stream, header, sizeof header) == 0) {
    uint32_t length;
    memcpy(&length, header + 1, sizeof length);
    length = le32toh(length);
    if (header[0] != KIND_STDIN || length == 0 || length > STDIN_MAX)
      break;
    if (frame_read_all(in->stream, buffer, length) < 0 || frame_write_all(in->pipe, buffer, length) < 0)
      break;
  }
  close(in->pipe);
  return NULL;
}

/* One read of a pipe to the client. False at its end, or when nothing is there. */
static bool pass_on(int pipe, int stream, unsigned char kind) {
  char buffer[32768];
  ssize_t n = read(pipe, buffer, sizeof buffer);
  return n > 0 && send_frame(stream, kind, buffer, (size_t)n) == 0;
}

/* Command to client, until the command has ended and what it wrote is passed on. A client that goes away ends it. */
static void serve(int stream, struct exec_child *child, const struct exec_process *p) {
  struct pollfd fds[] = {{p->out, POLLIN, 0}, {p->err, POLLIN, 0}, {child->pidfd, POLLIN, 0}, {stream, 0, 0}};
  while (!fds[2].revents) {
    if (poll(fds, 4, -1) < 0 && errno != EINTR)
      break;
    for (int i = 0; i < 2; i++)
      if (fds[i].revents && !pass_on(fds[i].fd, stream, i == 0 ? KIND_STDOUT : KIND_STDERR))
        fds[i].fd = -1;
    if (fds[3].revents) {
      pidfd_send_signal(child->pidfd, SIGKILL, NULL, 0);
      fds[3].fd = -1;
    }
  }
  for (int i = 0; i < 2; i++)
    while (fds[i].fd >= 0 && poll(&fds[i], 1, 0) > 0)
      if (!pass_on(fds[i].fd, stream, i == 0 ? KIND_STDOUT : KIND_STDERR))
        break;
}

static int start_in_session(const struct order *o, struct exec_child *child, struct exec_process *p,
                            struct error *err) {
  struct session *s;
  if (session_begin_briefly(o->id, OPERATION_PATIENCE_MS, &s, err) < 0)
    return -1;
  int r = 0;
  if (s->record.state != MOBIDESK_RUNNING)
    r = error_set(err, MOBIDESK_CONFLICT, "session `%s` is %s: nothing can be run in it", o->id,
                  session_state_name(s->record.state));
  if (r == 0)
    r = exec_start(o->config, s, o->argv, o->flags & MOBIDESK_EXEC_ROOT, p, err);
  if (r == 0) {
    *child = (struct exec_child){.session = s, .pidfd = p->pidfd};
    enlist(child);
  }
  session_end(s);
  return r;
}

static int run(int stream, void *data, struct error *err) {
  struct order *o = data;
  struct exec_child child;
  struct exec_process p;
  pthread_t feeder;
  if (start_in_session(o, &child, &p, err) < 0) {
    /* The stream is framed from its first byte on. */
    send_frame(stream, KIND_MESSAGE, err->message, strlen(err->message));
    uint32_t cannot = htole32(126);
    return send_frame(stream, KIND_EXIT, &cannot, sizeof cannot) < 0 ? 0 : 0;
  }
  struct input input = {stream, p.in};
  bool feeding = pthread_create(&feeder, NULL, feed, &input) == 0;
  if (!feeding)
    close(p.in);
  serve(stream, &child, &p);
  int status = process_wait(p.pidfd, -1, err);
  close(p.out);
  close(p.err);
  const char *reason = child.reason;
  delist(&child);
  close(p.pidfd);
  if (reason)
    send_frame(stream, KIND_MESSAGE, reason, strlen(reason));
  uint32_t code = htole32((uint32_t)status);
  send_frame(stream, KIND_EXIT, &code, sizeof code);
  /* The feeder may wait for a client that has no more to say. */
  shutdown(stream, SHUT_RDWR);
  if (feeding)
    pthread_join(feeder, NULL);
  return 0;
}

static void release(void *data) {
  struct order *o = data;
  for (size_t i = 0; i < o->argc; i++)
    free(o->argv[i]);
  free(o->argv);
  free(o);
}

static int copy_words(struct order *o, json_t *argv, struct error *err) {
  o->argc = json_array_size(argv);
  if (o->argc == 0)
    return error_set(err, MOBIDESK_INVALID, "`argv` is empty: there is nothing to run");
  o->argv = calloc(o->argc + 1, sizeof *o->argv);
  for (size_t i = 0; i < o->argc; i++) {
    const char *word = json_string_value(json_array_get(argv, i));
    if (!word)
      return error_set(err, MOBIDESK_INVALID, "element %zu of `argv` is not a string", i);
    if (!o->argv || !(o->argv[i] = strdup(word)))
      return error_set(err, MOBIDESK_NO_SPACE, "no memory for a command");
  }
  return 0;
}

int exec_ticket(const struct config *config, const char *id, json_t *argv, uint32_t flags,
                char ticket[MOBIDESK_TICKET_SIZE], struct error *err) {
  struct session_record record;
  if (!session_copy(id, &record))
    return error_set(err, MOBIDESK_NOT_FOUND, "session `%.64s` is not on this server", id);
  struct order *o = calloc(1, sizeof *o);
  if (!o)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory for a command");
  o->config = config;
  o->flags = flags;
  snprintf(o->id, sizeof o->id, "%s", id);
  if (copy_words(o, argv, err) < 0 || ticket_issue(run, o, release, ticket, err) < 0) {
    release(o);
    return -1;
  }
  return 0;
}
