#include "server.h"

#include "clean.h"
#include "event.h"
#include "fields.h"
#include "frame.h"
#include "hostd.h"
#include "log.h"
#include "ops.h"
#include "ticket.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* Above this, new connections are refused: an admitted client that leaks connections must not exhaust the daemon. */
#define CONNECTIONS_MAX 512

static atomic_uint connections;

struct connection {
  const struct config *config;
  int fd;
  bool stream;
};

static bool admitted(const struct config *config, uid_t uid) {
  if (uid == 0)
    return true;
  for (unsigned i = 0; i < config->allow_count; i++)
    if (config->allow_users[i] == uid)
      return true;
  return false;
}

/* A refused peer never had a socket that is owned by it, unless several users share one: see open_socket. */
static int check_peer(const struct connection *c, struct error *err) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
    return error_sys(err, "reading the credentials of a peer");
  if (!admitted(c->config, peer.uid))
    return error_set(err, MOBIDESK_DENIED, "uid %u may not talk to mobidesk-hostd (configuration key allow_users)",
                     peer.uid);
  return 0;
}

static json_t *error_object(const struct error *err) {
  return json_pack("{s:{s:i,s:i,s:s}}", "error", "code", err->code, "errno", err->sys_errno, "message", err->message);
}

static int send_error(int fd, const struct error *err) {
  cleanup_json json_t *reply = error_object(err);
  return frame_write(fd, reply);
}

static int greet(int fd, struct error *err) {
  cleanup_json json_t *hello = NULL;
  if (frame_read(fd, &hello) < 0)
    return error_set(err, MOBIDESK_INVALID, "the first frame is not {\"hello\": VERSION}");
  json_int_t version = json_integer_value(json_object_get(hello, "hello"));
  if (version != MOBIDESK_PROTOCOL_VERSION || json_object_size(hello) != 1)
    return error_set(err, MOBIDESK_UNSUPPORTED,
                     "this daemon speaks version %d of its protocol, the client version %lld",
                     MOBIDESK_PROTOCOL_VERSION, (long long)version);
  cleanup_json json_t *reply = json_pack("{s:i,s:s}", "hello", MOBIDESK_PROTOCOL_VERSION, "daemon", MOBIDESK_VERSION);
  return frame_write(fd, reply) < 0 ? error_set(err, MOBIDESK_DISCONNECTED, "the client went away") : 0;
}

/* What changes something, and what fails; who asks again and again how things are would drown it. */
static void log_request(const struct call *call, uint64_t us, const struct error *err) {
  const char *op = json_string_value(json_object_get(call->request, "op"));
  const char *id = json_string_value(json_object_get(call->request, "id"));
  if (err) {
    log_warning("refused", "op=%s id=%s us=%lu code=%d message=\"%s\"", op ? op : "-", id ? id : "-", us, err->code,
                err->message);
    return;
  }
  if (id && strcmp(op, "session.show") != 0)
    log_info("done", "op=%s id=%s us=%lu", op, id, us);
}

/* Serves one request; 0 to go on, 1 when the connection has become something else or is dead. */
static int serve_request(struct connection *c, json_t *request) {
  struct error err = {0};
  const char *op = json_string_value(json_object_get(request, "op"));
  if (op && strcmp(op, "events.subscribe") == 0) {
    struct fields f;
    uint64_t after;
    fields_begin(&f, request);
    if (fields_integer_or(&f, "after", INT64_MAX, 0, &after, &err) < 0 || fields_end(&f, &err) < 0)
      return send_error(c->fd, &err) < 0;
    event_stream(c->fd, after);
    return 1;
  }
  cleanup_json json_t *content = json_object();
  struct call call = {.config = c->config, .request = request, .reply = content};
  uint64_t begun = hostd_now_us();
  int r = ops_dispatch(&call, &err);
  log_request(&call, hostd_now_us() - begun, r < 0 ? &err : NULL);
  if (r < 0)
    return send_error(c->fd, &err) < 0;
  cleanup_json json_t *reply = json_pack("{s:O}", "ok", content);
  return frame_write(c->fd, reply) < 0;
}

static void serve_control(struct connection *c) {
  struct error err;
  if (greet(c->fd, &err) < 0) {
    send_error(c->fd, &err);
    return;
  }
  for (;;) {
    cleanup_json json_t *request = NULL;
    int r = frame_read(c->fd, &request);
    if (r == -ENODATA || r == -EPIPE || r == -ECONNRESET)
      return;
    if (r < 0) {
      error_set(&err, MOBIDESK_INVALID, "malformed frame: %s", strerrordesc_np(-r));
      send_error(c->fd, &err);
      return;
    }
    if (serve_request(c, request))
      return;
  }
}

static void *serve(void *data) {
  struct connection *c = data;
  struct error err;
  if (check_peer(c, &err) < 0) {
    log_warning("denied", "message=\"%s\"", err.message);
    if (c->stream)
      dprintf(c->fd, "error %d %s\n", err.code, err.message);
    else
      send_error(c->fd, &err);
  } else if (c->stream) {
    ticket_redeem(c->fd);
  } else {
    serve_control(c);
  }
  close(c->fd);
  free(c);
  atomic_fetch_sub(&connections, 1);
  return NULL;
}

/* Binds `run_dir/name`. Mode 0660; the first admitted user owns it, and with more than one the mode is 0666, because
 * the peer's credentials decide anyway. */
static int open_socket(const struct config *config, const char *name, struct error *err) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int n = snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", config->run_dir, name);
  if (n < 0 || (size_t)n >= sizeof address.sun_path)
    return error_set(err, MOBIDESK_INVALID, "socket path `%s/%s` is too long", config->run_dir, name);
  cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return error_sys(err, "making a unix socket");
  unlink(address.sun_path);
  mode_t old = umask(0177);
  int r = bind(fd, (struct sockaddr *)&address, sizeof address);
  umask(old);
  if (r < 0 || listen(fd, 128) < 0)
    return error_sys(err, "listening on `%s`", address.sun_path);
  if (config->allow_count > 0 && chown(address.sun_path, config->allow_users[0], (gid_t)-1) < 0)
    return error_sys(err, "giving `%s` to uid %u", address.sun_path, config->allow_users[0]);
  if (chmod(address.sun_path, config->allow_count > 1 ? 0666 : 0660) < 0)
    return error_sys(err, "setting the mode of `%s`", address.sun_path);
  return steal_fd(&fd);
}

static void accept_one(const struct config *config, int listener, bool stream) {
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0)
    return;
  struct connection *c = malloc(sizeof *c);
  pthread_t thread;
  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  bool room = atomic_fetch_add(&connections, 1) < CONNECTIONS_MAX;
  if (c && room) {
    *c = (struct connection){.config = config, .fd = fd, .stream = stream};
    if (pthread_create(&thread, &detached, serve, c) == 0) {
      pthread_attr_destroy(&detached);
      return;
    }
  }
  log_error("connection-refused", "reason=\"too many connections or threads\" open=%u", atomic_load(&connections));
  atomic_fetch_sub(&connections, 1);
  pthread_attr_destroy(&detached);
  free(c);
  close(fd);
}

int server_run(const struct config *config, int stop_fd, struct error *err) {
  cleanup_close int control = open_socket(config, "hostd.sock", err);
  if (control < 0)
    return -1;
  cleanup_close int stream = open_socket(config, "stream.sock", err);
  if (stream < 0)
    return -1;
  log_info("serving", "instance=%s run_dir=%s role=%s%s", config->instance, config->run_dir,
           config->server ? "server" : "", config->gateway ? "+gateway" : "");
  struct pollfd fds[] = {{stop_fd, POLLIN, 0}, {control, POLLIN, 0}, {stream, POLLIN, 0}};
  for (;;) {
    if (poll(fds, 3, -1) < 0 && errno != EINTR)
      return error_sys(err, "waiting for connections");
    if (fds[0].revents)
      return 0;
    if (fds[1].revents)
      accept_one(config, control, false);
    if (fds[2].revents)
      accept_one(config, stream, true);
  }
}
