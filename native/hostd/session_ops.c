/* Operations session.*: requests to calls. */
#include "attach.h"
#include "checkpoint.h"
#include "clean.h"
#include "exec.h"
#include "fields.h"
#include "golden.h"
#include "image_copy.h"
#include "links.h"
#include "ops.h"
#include "order.h"
#include "restore.h"
#include "session.h"
#include "session_grow.h"
#include "session_life.h"

#include <string.h>

/* Reads a request of an id, and of an epoch when `epoch` is not NULL. */
static int read_id(struct call *call, const char **id, uint64_t *epoch, struct error *err) {
  struct fields f;
  fields_begin(&f, call->request);
  if (fields_string(&f, "id", id, err) < 0 || (epoch && fields_integer(&f, "epoch", INT64_MAX, epoch, err) < 0) ||
      fields_end(&f, err) < 0)
    return -1;
  return spec_check_id(*id, err);
}

static int read_spec(struct call *call, struct spec *spec, struct error *err) {
  struct fields f;
  fields_begin(&f, call->request);
  return spec_parse(spec, &f, call->config, err) < 0 ? -1 : fields_end(&f, err);
}

static int reply_ticket(struct call *call, const char *ticket) {
  return json_object_set_new(call->reply, "ticket", json_string(ticket));
}

static int create(struct call *call, struct error *err) {
  struct spec spec;
  return read_spec(call, &spec, err) < 0 ? -1 : session_create(call->config, &spec, call->reply, err);
}

struct listing {
  const struct config *config;
  json_t *array;
};

static void list_one(struct session *s, void *data) {
  struct listing *l = data;
  json_t *o = json_object();
  if (s->record.state == 0 || golden_is(s->record.spec.id) || session_to_reply(l->config, s, o) < 0)
    json_decref(o);
  else
    json_array_append_new(l->array, o);
}

static int list(struct call *call, struct error *err) {
  struct fields f;
  struct listing l = {call->config, json_array()};
  fields_begin(&f, call->request);
  if (fields_end(&f, err) < 0) {
    json_decref(l.array);
    return -1;
  }
  session_each(list_one, &l);
  return json_object_set_new(call->reply, "sessions", l.array);
}

struct search {
  const struct config *config;
  const char *id;
  json_t *reply;
  bool found;
};

static void show_one(struct session *s, void *data) {
  struct search *search = data;
  if (s->record.state != 0 && strcmp(s->record.spec.id, search->id) == 0)
    search->found = session_to_reply(search->config, s, search->reply) == 0;
}

static int show(struct call *call, struct error *err) {
  struct search search = {.config = call->config, .reply = call->reply};
  if (read_id(call, &search.id, NULL, err) < 0)
    return -1;
  session_each(show_one, &search);
  return search.found ? 0 : error_set(err, MOBIDESK_NOT_FOUND, "session `%s` is not on this server", search.id);
}

static int destroy(struct call *call, struct error *err) {
  struct fields f;
  const char *id;
  uint64_t flags;
  fields_begin(&f, call->request);
  if (fields_string(&f, "id", &id, err) < 0 || fields_integer_or(&f, "flags", MOBIDESK_KEEP_DISK, 0, &flags, err) < 0 ||
      fields_end(&f, err) < 0 || spec_check_id(id, err) < 0)
    return -1;
  return session_destroy(call->config, id, (uint32_t)flags, err);
}

static int limit(struct call *call, struct error *err) {
  struct fields f;
  struct spec spec = {0};
  const char *id;
  fields_begin(&f, call->request);
  if (fields_string(&f, "id", &id, err) < 0 || spec_parse_limits(&spec, &f, call->config, err) < 0 ||
      fields_end(&f, err) < 0 || spec_check_id(id, err) < 0)
    return -1;
  return session_limit(call->config, id, &spec, err);
}

static int attach(struct call *call, struct error *err) {
  const char *id;
  char ticket[MOBIDESK_TICKET_SIZE];
  if (read_id(call, &id, NULL, err) < 0 || attach_ticket(id, ticket, err) < 0)
    return -1;
  return reply_ticket(call, ticket);
}

static int exec(struct call *call, struct error *err) {
  struct fields f;
  const char *id;
  uint64_t flags;
  json_t *argv;
  char ticket[MOBIDESK_TICKET_SIZE];
  fields_begin(&f, call->request);
  if (fields_string(&f, "id", &id, err) < 0 || fields_array(&f, "argv", &argv, err) < 0 ||
      fields_integer_or(&f, "flags", MOBIDESK_EXEC_ROOT, 0, &flags, err) < 0 || fields_end(&f, err) < 0 ||
      spec_check_id(id, err) < 0 || exec_ticket(call->config, id, argv, (uint32_t)flags, ticket, err) < 0)
    return -1;
  return reply_ticket(call, ticket);
}

static int reserve(struct call *call, struct error *err) {
  struct fields f;
  struct spec spec;
  uint64_t image_bytes;
  const char *text;
  fields_begin(&f, call->request);
  if (spec_parse(&spec, &f, call->config, err) < 0 ||
      fields_integer_or(&f, "image_bytes", INT64_MAX, 0, &image_bytes, err) < 0 ||
      fields_string_or(&f, "needs", NULL, &text, err) < 0 || fields_end(&f, err) < 0)
    return -1;
  cleanup_json json_t *needs = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
  if (text && !json_is_object(needs))
    return error_set(err, MOBIDESK_INVALID, "member `needs` must be the text of a JSON object");
  /* What is taken of the network is given back with the reservation. */
  if (restore_reserve(call->config, &spec, image_bytes, needs, err) < 0 || links_reserve(&spec, err) < 0)
    return -1;
  struct session_record record;
  bool coming = session_copy(spec.id, &record) && record.disk_coming != DISK_SHARED;
  return json_object_set_new(call->reply, "disk_coming", json_boolean(coming));
}

static int sync_disk(struct call *call, struct error *err) {
  const char *id;
  uint64_t epoch;
  return read_id(call, &id, &epoch, err) < 0 ? -1 : checkpoint_sync(call->config, id, epoch, err);
}

static int grow(struct call *call, struct error *err) {
  struct fields f;
  const char *id;
  uint64_t epoch, bytes;
  bool stopped;
  fields_begin(&f, call->request);
  if (fields_string(&f, "id", &id, err) < 0 || fields_integer(&f, "epoch", INT64_MAX, &epoch, err) < 0 ||
      fields_integer(&f, "disk_bytes", INT64_MAX, &bytes, err) < 0 || fields_end(&f, err) < 0 ||
      spec_check_id(id, err) < 0 || session_grow(call->config, id, epoch, bytes, &stopped, err) < 0)
    return -1;
  return json_object_set_new(call->reply, "stopped", json_boolean(stopped));
}

static int reply_restore(struct call *call, const struct mobidesk_restore_stats *stats) {
  cleanup_json json_t *o =
      json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "prepare_us", (json_int_t)stats->prepare_us, "restore_us",
                (json_int_t)stats->restore_us, "resume_us", (json_int_t)stats->resume_us, "display_us",
                (json_int_t)stats->display_us, "running_at_us", (json_int_t)stats->running_at_us, "processes",
                (json_int_t)stats->processes);
  return json_object_update(call->reply, o);
}

static int reply_checkpoint(struct call *call, const struct mobidesk_checkpoint_stats *stats) {
  cleanup_json json_t *o =
      json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "quiesce_us", (json_int_t)stats->quiesce_us, "freeze_us",
                (json_int_t)stats->freeze_us, "dump_us", (json_int_t)stats->dump_us, "pages_us",
                (json_int_t)stats->pages_us, "write_us", (json_int_t)stats->write_us, "release_us",
                (json_int_t)stats->release_us, "stopped_at_us", (json_int_t)stats->stopped_at_us, "image_bytes",
                (json_int_t)stats->image_bytes, "processes", (json_int_t)stats->processes);
  return json_object_update(call->reply, o);
}

static int checkpoint(struct call *call, struct error *err) {
  struct order o;
  struct mobidesk_checkpoint_stats stats;
  if (order_read_flags(call, &o, MOBIDESK_CHECKPOINT_AHEAD, err) < 0 ||
      checkpoint_session(o.config, o.id, o.epoch, o.flags & MOBIDESK_CHECKPOINT_AHEAD, &stats, err) < 0)
    return -1;
  return reply_checkpoint(call, &stats);
}

static int copy(struct call *call, struct error *err) {
  struct fields f;
  const char *id;
  uint64_t epoch, new_epoch;
  struct mobidesk_checkpoint_stats stats;
  fields_begin(&f, call->request);
  if (fields_string(&f, "id", &id, err) < 0 || fields_integer(&f, "epoch", INT64_MAX, &epoch, err) < 0 ||
      fields_integer(&f, "new_epoch", INT64_MAX, &new_epoch, err) < 0 || fields_end(&f, err) < 0 ||
      spec_check_id(id, err) < 0 || image_copy_prepare(call->config, id, epoch, err) < 0 ||
      checkpoint_copy(call->config, id, epoch, new_epoch, &stats, err) < 0)
    return -1;
  return reply_checkpoint(call, &stats);
}

static int restore(struct call *call, struct error *err) {
  struct spec spec;
  struct mobidesk_restore_stats stats;
  if (read_spec(call, &spec, err) < 0 || restore_session(call->config, &spec, &stats, err) < 0)
    return -1;
  return reply_restore(call, &stats);
}

static int resume(struct call *call, struct error *err) {
  const char *id;
  uint64_t epoch;
  struct mobidesk_restore_stats stats;
  if (read_id(call, &id, &epoch, err) < 0 || restore_resume(call->config, id, epoch, &stats, err) < 0)
    return -1;
  return reply_restore(call, &stats);
}

static int abort_move(struct call *call, struct error *err) {
  const char *id;
  uint64_t epoch;
  return read_id(call, &id, &epoch, err) < 0 ? -1 : restore_abort(call->config, id, epoch, err);
}

static int reap(struct call *call, struct error *err) {
  const char *id;
  uint64_t epoch;
  return read_id(call, &id, &epoch, err) < 0 ? -1 : checkpoint_reap(call->config, id, epoch, err);
}

const struct op session_ops[] = {
    {"session.create", create},
    {"session.list", list},
    {"session.show", show},
    {"session.destroy", destroy},
    {"session.limit", limit},
    {"session.attach", attach},
    {"session.exec", exec},
    {"session.reserve", reserve},
    {"session.sync", sync_disk},
    {"session.grow", grow},
    {"session.checkpoint", checkpoint},
    {"session.copy", copy},
    {"session.restore", restore},
    {"session.resume", resume},
    {"session.abort", abort_move},
    {"session.reap", reap},
    {NULL, NULL},
};
