/* Requests and members of replies. */
#include "client.h"

#include <string.h>

uint64_t client_integer(const json_t *o, const char *name) {
  return (uint64_t)json_integer_value(json_object_get(o, name));
}

int client_string(const json_t *o, const char *name, char *out, size_t size, mobidesk_error *err) {
  const char *text = json_string_value(json_object_get(o, name));
  if (!text)
    text = "";
  if (strlen(text) >= size)
    return client_fail(err, MOBIDESK_INTERNAL, 0, "the daemon's `%s` is longer than %zu bytes", name, size - 1);
  memcpy(out, text, strlen(text) + 1);
  return 0;
}

json_t *client_request(const char *op, const char *id) { return json_pack("{s:s,s:s}", "op", op, "id", id ? id : ""); }

json_t *client_epoch_request(const char *op, const char *id, uint64_t epoch) {
  return json_pack("{s:s,s:s,s:I}", "op", op, "id", id ? id : "", "epoch", (json_int_t)epoch);
}

int client_put_spec(json_t *request, const mobidesk_session_spec *spec, mobidesk_error *err) {
  const struct {
    const char *name, *value;
  } texts[] = {{"id", spec->id},
               {"template_id", spec->template_id},
               {"user", spec->user},
               {"hostname", spec->hostname},
               {"address", spec->address},
               {"locale", spec->locale},
               {"timezone", spec->timezone},
               {"needs", spec->needs}};
  const struct {
    const char *name;
    uint64_t value;
  } numbers[] = {{"epoch", spec->epoch},
                 {"disk_bytes", spec->disk_bytes},
                 {"memory_bytes", spec->memory_bytes},
                 {"cpu_shares", spec->cpu_shares},
                 {"pids", spec->pids},
                 {"cpu_millis", spec->cpu_millis},
                 {"disk_rate", spec->disk_rate},
                 {"width", spec->width},
                 {"height", spec->height}};
  int r = request ? 0 : -1;
  for (size_t i = 0; i < sizeof texts / sizeof *texts && r == 0; i++)
    if (texts[i].value)
      r = json_object_set_new(request, texts[i].name, json_string(texts[i].value));
  if (r < 0)
    return client_fail(err, MOBIDESK_INVALID, 0, "the session specification is not valid UTF-8");
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers && r == 0; i++)
    if (numbers[i].value)
      r = json_object_set_new(request, numbers[i].name, json_integer((json_int_t)numbers[i].value));
  return r < 0 ? client_fail(err, MOBIDESK_NO_SPACE, 0, "no memory for a request") : 0;
}

int client_ticket(mobidesk *m, json_t *request, char ticket[MOBIDESK_TICKET_SIZE], mobidesk_error *err) {
  json_t *ok;
  if (client_call(m, request, &ok, err) < 0)
    return -1;
  int r = client_string(ok, "ticket", ticket, MOBIDESK_TICKET_SIZE, err);
  json_decref(ok);
  return r;
}
