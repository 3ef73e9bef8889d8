/* Operations disk.*: what is done to a session's disk while the session does not run here, and its way to a server with
 * other storage. */
#include "disk.h"
#include "disk_receive.h"
#include "disk_send.h"
#include "disk_snapshot.h"
#include "fields.h"
#include "log.h"
#include "order.h"
#include "session.h"
#include "spec.h"

#include <stdio.h>
#include <string.h>

/* A sender has nothing to send while it reads gigabytes that have not changed. */
#define SILENCE_SECONDS 120

/* Takes the session, when this server knows it, for the time of the operation: nothing of it may run here. */
static int begin(const char *id, struct session **out, struct error *err) {
  *out = NULL;
  if (session_begin(id, out, err) < 0)
    return err->code == MOBIDESK_NOT_FOUND ? 0 : -1;
  int state = (*out)->record.state;
  if (state != MOBIDESK_RUNNING && state != MOBIDESK_HELD)
    return 0;
  session_end(*out);
  return error_set(err, MOBIDESK_CONFLICT, "session `%s` is %s here: its disk cannot be taken away", id,
                   session_state_name(state));
}

static int reply_copy(struct call *call, const char *id, const struct disk_copy *copy) {
  log_info("disk-moved", "id=%s bytes=%lu shared=%d us=%lu", id, copy->bytes, copy->shared, copy->us);
  return json_object_set_new(call->reply, "bytes", json_integer((json_int_t)copy->bytes));
}

/* The disk becomes what it was at the checkpoint of `epoch`, whoever has it now. */
static int restore(struct call *call, struct error *err) {
  struct fields f;
  const char *id;
  uint64_t epoch;
  struct session *s;
  struct disk_copy copy;
  fields_begin(&f, call->request);
  if (fields_string(&f, "id", &id, err) < 0 || fields_integer(&f, "epoch", INT64_MAX, &epoch, err) < 0 ||
      fields_end(&f, err) < 0 || spec_check_id(id, err) < 0 || begin(id, &s, err) < 0)
    return -1;
  int r = disk_snapshot_put_back(call->config, id, epoch, &copy, err);
  if (s)
    session_end(s);
  return r < 0 ? -1 : reply_copy(call, id, &copy);
}

/* The disk stays as it is, and is taken away from who has it. */
static int fence(struct call *call, struct error *err) {
  struct fields f;
  const char *id;
  struct session *s;
  struct disk_copy copy;
  fields_begin(&f, call->request);
  if (fields_string(&f, "id", &id, err) < 0 || fields_end(&f, err) < 0 || spec_check_id(id, err) < 0 ||
      begin(id, &s, err) < 0)
    return -1;
  int r = disk_fence(call->config, id, &copy, err);
  if (s)
    session_end(s);
  return r < 0 ? -1 : reply_copy(call, id, &copy);
}

static int export_stream(int fd, void *data, struct error *err) {
  const struct order *o = data;
  uint64_t bytes;
  return disk_send(o->config, o->id, o->epoch, (uint32_t)o->flags, fd, &bytes, err);
}

/* Of a session that runs: the last pass is for the next dump, not for one that failed before. */
static int export_disk(struct call *call, struct error *err) {
  struct order o;
  if (order_read_flags(call, &o, MOBIDESK_DISK_LAST | MOBIDESK_DISK_WHOLE, err) < 0)
    return -1;
  session_forget_dump(o.id);
  return order_issue(call, &o, export_stream, err);
}

static int import_stream(int fd, void *data, struct error *err) {
  const struct order *o = data;
  uint64_t bytes;
  order_limit_silence(fd, SILENCE_SECONDS);
  if (disk_receive(o->config, o->id, o->epoch, fd, &bytes, err) < 0)
    return -1;
  dprintf(fd, "ok %lu\n", bytes);
  return 0;
}

/* No ticket when there is nothing to send. */
static int import_disk(struct call *call, struct error *err) {
  struct order o;
  struct session_record record;
  if (order_read(call, &o, err) < 0)
    return -1;
  if (session_copy(o.id, &record) && record.disk_coming == DISK_SHARED)
    return json_object_set_new(call->reply, "ticket", json_string(""));
  return order_issue(call, &o, import_stream, err);
}

const struct op disk_ops[] = {
    {"disk.restore", restore},    {"disk.fence", fence}, {"disk.export", export_disk},
    {"disk.import", import_disk}, {NULL, NULL},
};
