#include "order.h"

#include "fields.h"
#include "session.h"
#include "spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

static int read_members(struct call *call, struct order *o, uint64_t most, bool flags, struct error *err) {
  struct fields f;
  const char *id;
  *o = (struct order){.config = call->config};
  fields_begin(&f, call->request);
  if (fields_string(&f, "id", &id, err) < 0 || fields_integer(&f, "epoch", INT64_MAX, &o->epoch, err) < 0 ||
      (flags && fields_integer_or(&f, "flags", most, 0, &o->flags, err) < 0) || fields_end(&f, err) < 0 ||
      spec_check_id(id, err) < 0)
    return -1;
  snprintf(o->id, sizeof o->id, "%s", id);
  return 0;
}

int order_read(struct call *call, struct order *o, struct error *err) { return read_members(call, o, 0, false, err); }

int order_read_flags(struct call *call, struct order *o, uint64_t most, struct error *err) {
  return read_members(call, o, most, true, err);
}

int order_issue(struct call *call, const struct order *o, ticket_stream stream, struct error *err) {
  struct session_record record;
  char ticket[MOBIDESK_TICKET_SIZE];
  if (!session_copy(o->id, &record))
    return error_set(err, MOBIDESK_NOT_FOUND, "session `%s` is not on this server", o->id);
  struct order *copy = malloc(sizeof *copy);
  if (!copy)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory for a stream of session `%s`", o->id);
  *copy = *o;
  if (ticket_issue(stream, copy, free, ticket, err) < 0) {
    free(copy);
    return -1;
  }
  return json_object_set_new(call->reply, "ticket", json_string(ticket));
}

void order_limit_silence(int fd, unsigned seconds) {
  const struct timeval silence = {.tv_sec = seconds};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
}
