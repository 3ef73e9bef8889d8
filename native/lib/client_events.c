/* The event stream. */
#include "client.h"

#include "frame.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

int mobidesk_events_subscribe(mobidesk *m, uint64_t after, mobidesk_error *err) {
  if (m->events)
    return client_fail(err, MOBIDESK_CONFLICT, 0, "this handle is an event stream already");
  json_t *request = json_pack("{s:s,s:I}", "op", "events.subscribe", "after", (json_int_t)after);
  int r = request && m->fd >= 0 ? frame_write(m->fd, request) : -ENOTCONN;
  json_decref(request);
  if (r < 0)
    return client_fail(err, MOBIDESK_DISCONNECTED, -r, "subscribing to events: %s", strerrordesc_np(-r));
  m->events = true;
  return 0;
}

static int read_event(const json_t *frame, mobidesk_event *out, mobidesk_error *err) {
  const json_t *error = json_object_get(frame, "error");
  if (error) {
    const char *message = json_string_value(json_object_get(error, "message"));
    return client_fail(err, (int)client_integer(error, "code"), 0, "%s", message ? message : "no reason given");
  }
  const json_t *o = json_object_get(frame, "event");
  *out = (mobidesk_event){
      .sequence = client_integer(o, "sequence"),
      .time_ms = client_integer(o, "time_ms"),
      .epoch = client_integer(o, "epoch"),
      .kind = (int32_t)client_integer(o, "kind"),
      .exit_status = (int32_t)client_integer(o, "exit_status"),
  };
  if (client_string(o, "session", out->session, sizeof out->session, err) < 0)
    return -1;
  return client_string(o, "message", out->message, sizeof out->message, err);
}

int mobidesk_events_next(mobidesk *m, int timeout_ms, mobidesk_event *out, mobidesk_error *err) {
  if (!m->events)
    return client_fail(err, MOBIDESK_CONFLICT, 0, "this handle is not an event stream");
  struct pollfd p = {m->fd, POLLIN, 0};
  int n = poll(&p, 1, timeout_ms);
  if (n == 0 || (n < 0 && errno == EINTR))
    return 0;
  json_t *frame = NULL;
  int r = n < 0 ? -errno : frame_read(m->fd, &frame);
  if (r < 0)
    return client_fail(err, MOBIDESK_DISCONNECTED, -r, "waiting for an event: %s",
                       r == -ENODATA ? "the daemon closed the connection" : strerrordesc_np(-r));
  r = read_event(frame, out, err);
  json_decref(frame);
  return r < 0 ? -1 : 1;
}
