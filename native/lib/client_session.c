/* Sessions: life cycle and streams. */
#include "client.h"

#include <errno.h>
#include <stdlib.h>

static int read_session(const json_t *o, mobidesk_session *out, mobidesk_error *err) {
  *out = (mobidesk_session){
      .state = (int32_t)client_integer(o, "state"),
      .init_pid = (int32_t)client_integer(o, "init_pid"),
      .epoch = client_integer(o, "epoch"),
      .created_ms = client_integer(o, "created_ms"),
      .processes = (uint32_t)client_integer(o, "processes"),
      .viewers = (uint32_t)client_integer(o, "viewers"),
      .memory_bytes = client_integer(o, "memory_bytes"),
      .disk_bytes = client_integer(o, "disk_bytes"),
      .image_bytes = client_integer(o, "image_bytes"),
  };
  if (client_string(o, "id", out->id, sizeof out->id, err) < 0 ||
      client_string(o, "template_id", out->template_id, sizeof out->template_id, err) < 0 ||
      client_string(o, "user", out->user, sizeof out->user, err) < 0)
    return -1;
  return client_string(o, "address", out->address, sizeof out->address, err);
}

static int call_session(mobidesk *m, json_t *request, mobidesk_session *out, mobidesk_error *err) {
  json_t *ok;
  if (client_call(m, request, &ok, err) < 0)
    return -1;
  int r = read_session(ok, out, err);
  json_decref(ok);
  return r;
}

int mobidesk_session_create(mobidesk *m, const mobidesk_session_spec *spec, mobidesk_session *out,
                            mobidesk_error *err) {
  json_t *request = json_pack("{s:s}", "op", "session.create");
  if (client_put_spec(request, spec, err) < 0) {
    json_decref(request);
    return -1;
  }
  return call_session(m, request, out, err);
}

int mobidesk_session_show(mobidesk *m, const char *id, mobidesk_session *out, mobidesk_error *err) {
  return call_session(m, client_request("session.show", id), out, err);
}

int mobidesk_session_list(mobidesk *m, mobidesk_session **out, size_t *count, mobidesk_error *err) {
  json_t *ok;
  if (client_call(m, json_pack("{s:s}", "op", "session.list"), &ok, err) < 0)
    return -1;
  const json_t *list = json_object_get(ok, "sessions");
  size_t n = json_array_size(list);
  mobidesk_session *all = calloc(n ? n : 1, sizeof *all);
  int r = all ? 0 : client_fail(err, MOBIDESK_NO_SPACE, ENOMEM, "no memory for %zu sessions", n);
  for (size_t i = 0; i < n && r == 0; i++)
    r = read_session(json_array_get(list, i), &all[i], err);
  json_decref(ok);
  if (r < 0) {
    free(all);
    return -1;
  }
  *out = all;
  *count = n;
  return 0;
}

int mobidesk_session_limit(mobidesk *m, const char *id, const mobidesk_limits *limits, mobidesk_error *err) {
  json_t *request = json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:I}", "op", "session.limit", "id", id ? id : "",
                              "memory_bytes", (json_int_t)limits->memory_bytes, "cpu_shares",
                              (json_int_t)limits->cpu_shares, "cpu_millis", (json_int_t)limits->cpu_millis, "pids",
                              (json_int_t)limits->pids, "disk_rate", (json_int_t)limits->disk_rate);
  json_t *ok;
  if (client_call(m, request, &ok, err) < 0)
    return -1;
  json_decref(ok);
  return 0;
}

int mobidesk_session_destroy(mobidesk *m, const char *id, uint32_t flags, mobidesk_error *err) {
  json_t *request = client_request("session.destroy", id);
  json_object_set_new(request, "flags", json_integer(flags));
  return client_call(m, request, NULL, err);
}

int mobidesk_session_attach(mobidesk *m, const char *id, char ticket[MOBIDESK_TICKET_SIZE], mobidesk_error *err) {
  return client_ticket(m, client_request("session.attach", id), ticket, err);
}

int mobidesk_session_exec(mobidesk *m, const char *id, const char *const *argv, size_t argc, uint32_t flags,
                          char ticket[MOBIDESK_TICKET_SIZE], mobidesk_error *err) {
  json_t *request = client_request("session.exec", id);
  json_t *words = json_array();
  for (size_t i = 0; i < argc; i++)
    if (json_array_append_new(words, json_string(argv[i])) < 0) {
      json_decref(words);
      json_decref(request);
      return client_fail(err, MOBIDESK_INVALID, 0, "argument %zu is not valid UTF-8", i);
    }
  json_object_set_new(request, "argv", words);
  json_object_set_new(request, "flags", json_integer(flags));
  return client_ticket(m, request, ticket, err);
}
