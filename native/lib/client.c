/* Connection, request and reply, and what concerns the whole host. */
#include "client.h"

#include "frame.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int client_fail(mobidesk_error *err, int code, int number, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(err->message, sizeof err->message, format, args);
  va_end(args);
  err->code = code;
  err->sys_errno = number;
  return -1;
}

static int fail_frame(mobidesk_error *err, int r, const char *doing) {
  int code = r == -EMSGSIZE || r == -EBADMSG ? MOBIDESK_INTERNAL : MOBIDESK_DISCONNECTED;
  const char *why = r == -ENODATA ? "the daemon closed the connection" : strerrordesc_np(-r);
  return client_fail(err, code, -r, "%s: %s", doing, why ? why : "?");
}

/* An {"error": ...} frame becomes `err`; anything else is returned by `member`. */
static int unwrap(json_t *frame, const char *member, json_t **out, mobidesk_error *err) {
  json_t *error = json_object_get(frame, "error");
  if (error) {
    const char *message = json_string_value(json_object_get(error, "message"));
    int code = (int)client_integer(error, "code");
    return client_fail(err, code ? code : MOBIDESK_INTERNAL, (int)client_integer(error, "errno"), "%s",
                       message ? message : "the daemon gave no reason");
  }
  json_t *content = json_object_get(frame, member);
  if (!content)
    return client_fail(err, MOBIDESK_INTERNAL, 0, "the daemon's reply has no `%s`", member);
  if (out)
    *out = json_incref(content);
  return 0;
}

/* A dead daemon ends the handle: the next call must not read a late reply as its own. */
static int exchange(mobidesk *m, json_t *request, const char *member, json_t **out, mobidesk_error *err) {
  json_t *frame = NULL;
  if (m->fd < 0)
    return client_fail(err, MOBIDESK_DISCONNECTED, 0, "the connection to the daemon has ended before");
  int r = frame_write(m->fd, request);
  if (r == -EMSGSIZE)
    return client_fail(err, MOBIDESK_INVALID, EMSGSIZE, "the request is larger than %u bytes", FRAME_MAX);
  const char *doing = "sending a request to the daemon";
  /* A daemon that refuses the peer answers and closes before it has read: its answer is worth more than EPIPE. */
  if (r == 0 || r == -EPIPE) {
    doing = "waiting for the daemon's reply";
    r = frame_read(m->fd, &frame);
  }
  if (r < 0) {
    close(m->fd);
    m->fd = -1;
    return fail_frame(err, r, doing);
  }
  r = unwrap(frame, member, out, err);
  json_decref(frame);
  return r;
}

int client_call(mobidesk *m, json_t *request, json_t **ok, mobidesk_error *err) {
  int r;
  if (!request)
    r = client_fail(err, MOBIDESK_INVALID, 0, "an argument is not valid UTF-8, or there is no memory");
  else if (m->events)
    r = client_fail(err, MOBIDESK_CONFLICT, 0, "this handle has been turned into an event stream");
  else
    r = exchange(m, request, "ok", ok, err);
  json_decref(request);
  return r;
}

static int open_connection(const char *path, mobidesk_error *err) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path)
    return client_fail(err, MOBIDESK_INVALID, 0, "socket path `%.120s` is too long", path);
  memcpy(address.sun_path, path, strlen(path) + 1);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return client_fail(err, MOBIDESK_INTERNAL, errno, "making a unix socket: %s", strerrordesc_np(errno));
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
    int number = errno;
    close(fd);
    return client_fail(err, number == EACCES ? MOBIDESK_DENIED : MOBIDESK_DISCONNECTED, number,
                       "connecting to the host daemon at `%s`: %s", path, strerrordesc_np(number));
  }
  return fd;
}

int mobidesk_connect(const char *path, mobidesk **out, mobidesk_error *err) {
  mobidesk *m = calloc(1, sizeof *m);
  if (!m)
    return client_fail(err, MOBIDESK_NO_SPACE, ENOMEM, "no memory for a connection");
  json_t *hello = json_pack("{s:i}", "hello", MOBIDESK_PROTOCOL_VERSION);
  json_t *version = NULL;
  m->fd = open_connection(path, err);
  int r = m->fd < 0 ? -1 : exchange(m, hello, "hello", &version, err);
  if (r == 0 && json_integer_value(version) != MOBIDESK_PROTOCOL_VERSION)
    r = client_fail(err, MOBIDESK_UNSUPPORTED, 0, "the daemon speaks another version of the protocol");
  json_decref(hello);
  json_decref(version);
  if (r < 0) {
    mobidesk_close(m);
    return -1;
  }
  *out = m;
  return 0;
}

void mobidesk_close(mobidesk *m) {
  if (!m)
    return;
  if (m->fd >= 0)
    close(m->fd);
  free(m);
}

void mobidesk_free(void *p) { free(p); }

int mobidesk_ping(mobidesk *m, mobidesk_error *err) {
  return client_call(m, json_pack("{s:s}", "op", "ping"), NULL, err);
}

int mobidesk_host_info(mobidesk *m, mobidesk_host *out, mobidesk_error *err) {
  json_t *ok;
  if (client_call(m, json_pack("{s:s}", "op", "host.info"), &ok, err) < 0)
    return -1;
  *out = (mobidesk_host){
      .cpus = (uint32_t)client_integer(ok, "cpus"),
      .sessions = (uint32_t)client_integer(ok, "sessions"),
      .memory_bytes = client_integer(ok, "memory_bytes"),
      .memory_available_bytes = client_integer(ok, "memory_available_bytes"),
      .image_free_bytes = client_integer(ok, "image_free_bytes"),
      .storage_free_bytes = client_integer(ok, "storage_free_bytes"),
      .uptime_us = client_integer(ok, "uptime_us"),
  };
  int r = client_string(ok, "daemon_version", out->daemon_version, sizeof out->daemon_version, err);
  if (r == 0)
    r = client_string(ok, "kernel", out->kernel, sizeof out->kernel, err);
  if (r == 0)
    r = client_string(ok, "criu_version", out->criu_version, sizeof out->criu_version, err);
  if (r == 0)
    r = client_string(ok, "needs", out->needs, sizeof out->needs, err);
  json_decref(ok);
  return r;
}

static int read_template(const json_t *o, mobidesk_template *out, mobidesk_error *err) {
  out->bytes = client_integer(o, "bytes");
  if (client_string(o, "id", out->id, sizeof out->id, err) < 0 ||
      client_string(o, "name", out->name, sizeof out->name, err) < 0)
    return -1;
  return client_string(o, "version", out->version, sizeof out->version, err) < 0
             ? -1
             : client_string(o, "unfit", out->unfit, sizeof out->unfit, err);
}

int mobidesk_template_list(mobidesk *m, mobidesk_template **out, size_t *count, mobidesk_error *err) {
  json_t *ok;
  if (client_call(m, json_pack("{s:s}", "op", "template.list"), &ok, err) < 0)
    return -1;
  const json_t *list = json_object_get(ok, "templates");
  size_t n = json_array_size(list);
  mobidesk_template *all = calloc(n ? n : 1, sizeof *all);
  int r = all ? 0 : client_fail(err, MOBIDESK_NO_SPACE, ENOMEM, "no memory for %zu templates", n);
  for (size_t i = 0; i < n && r == 0; i++)
    r = read_template(json_array_get(list, i), &all[i], err);
  json_decref(ok);
  if (r < 0) {
    free(all);
    return -1;
  }
  *out = all;
  *count = n;
  return 0;
}

int client_bytes(mobidesk *m, json_t *request, uint64_t *bytes, mobidesk_error *err) {
  json_t *ok;
  if (client_call(m, request, &ok, err) < 0)
    return -1;
  *bytes = client_integer(ok, "bytes");
  json_decref(ok);
  return 0;
}
