/* Checkpoint, image, restore. */
#include "client.h"

static void read_restore(const json_t *o, mobidesk_restore_stats *out) {
  *out = (mobidesk_restore_stats){
      .prepare_us = client_integer(o, "prepare_us"),
      .restore_us = client_integer(o, "restore_us"),
      .resume_us = client_integer(o, "resume_us"),
      .display_us = client_integer(o, "display_us"),
      .running_at_us = client_integer(o, "running_at_us"),
      .processes = (uint32_t)client_integer(o, "processes"),
  };
}

static int call_restore(mobidesk *m, json_t *request, mobidesk_restore_stats *out, mobidesk_error *err) {
  json_t *ok;
  if (client_call(m, request, &ok, err) < 0)
    return -1;
  read_restore(ok, out);
  json_decref(ok);
  return 0;
}

int mobidesk_session_reserve(mobidesk *m, const mobidesk_session_spec *spec, uint64_t image_bytes,
                             mobidesk_error *err) {
  json_t *request = json_pack("{s:s,s:I}", "op", "session.reserve", "image_bytes", (json_int_t)image_bytes);
  if (client_put_spec(request, spec, err) < 0) {
    json_decref(request);
    return -1;
  }
  return client_call(m, request, NULL, err);
}

int mobidesk_session_sync(mobidesk *m, const char *id, uint64_t epoch, mobidesk_error *err) {
  return client_call(m, client_epoch_request("session.sync", id, epoch), NULL, err);
}

static int call_checkpoint(mobidesk *m, json_t *request, mobidesk_checkpoint_stats *out, mobidesk_error *err) {
  json_t *ok;
  if (client_call(m, request, &ok, err) < 0)
    return -1;
  *out = (mobidesk_checkpoint_stats){
      .quiesce_us = client_integer(ok, "quiesce_us"),
      .freeze_us = client_integer(ok, "freeze_us"),
      .dump_us = client_integer(ok, "dump_us"),
      .pages_us = client_integer(ok, "pages_us"),
      .write_us = client_integer(ok, "write_us"),
      .release_us = client_integer(ok, "release_us"),
      .stopped_at_us = client_integer(ok, "stopped_at_us"),
      .image_bytes = client_integer(ok, "image_bytes"),
      .processes = (uint32_t)client_integer(ok, "processes"),
  };
  json_decref(ok);
  return 0;
}

/* A request without flags is as old as the first daemons. */
static json_t *with_flags(json_t *request, uint32_t flags) {
  if (request && flags)
    json_object_set_new(request, "flags", json_integer(flags));
  return request;
}

int mobidesk_session_checkpoint(mobidesk *m, const char *id, uint64_t epoch, uint32_t flags,
                                mobidesk_checkpoint_stats *out, mobidesk_error *err) {
  return call_checkpoint(m, with_flags(client_epoch_request("session.checkpoint", id, epoch), flags), out, err);
}

int mobidesk_image_ahead(mobidesk *m, const char *id, uint64_t epoch, uint32_t flags, char ticket[MOBIDESK_TICKET_SIZE],
                         mobidesk_error *err) {
  return client_ticket(m, with_flags(client_epoch_request("image.ahead", id, epoch), flags), ticket, err);
}

int mobidesk_session_copy(mobidesk *m, const char *id, uint64_t epoch, uint64_t new_epoch,
                          mobidesk_checkpoint_stats *out, mobidesk_error *err) {
  json_t *request = client_epoch_request("session.copy", id, epoch);
  if (request)
    json_object_set_new(request, "new_epoch", json_integer((json_int_t)new_epoch));
  return call_checkpoint(m, request, out, err);
}

int mobidesk_image_export(mobidesk *m, const char *id, uint64_t epoch, char ticket[MOBIDESK_TICKET_SIZE],
                          mobidesk_error *err) {
  return client_ticket(m, client_epoch_request("image.export", id, epoch), ticket, err);
}

int mobidesk_image_import(mobidesk *m, const char *id, uint64_t epoch, char ticket[MOBIDESK_TICKET_SIZE],
                          mobidesk_error *err) {
  return client_ticket(m, client_epoch_request("image.import", id, epoch), ticket, err);
}

int mobidesk_image_prune(mobidesk *m, const char *id, uint64_t epoch, mobidesk_error *err) {
  return client_call(m, client_epoch_request("image.prune", id, epoch), NULL, err);
}

int mobidesk_image_store(mobidesk *m, const char *id, uint64_t epoch, uint64_t *bytes, mobidesk_error *err) {
  return client_bytes(m, client_epoch_request("image.store", id, epoch), bytes, err);
}

int mobidesk_image_load(mobidesk *m, const char *id, uint64_t epoch, uint64_t *bytes, mobidesk_error *err) {
  return client_bytes(m, client_epoch_request("image.load", id, epoch), bytes, err);
}

int mobidesk_session_restore(mobidesk *m, const mobidesk_session_spec *spec, mobidesk_restore_stats *out,
                             mobidesk_error *err) {
  json_t *request = json_pack("{s:s}", "op", "session.restore");
  if (client_put_spec(request, spec, err) < 0) {
    json_decref(request);
    return -1;
  }
  return call_restore(m, request, out, err);
}

int mobidesk_session_resume(mobidesk *m, const char *id, uint64_t new_epoch, mobidesk_restore_stats *out,
                            mobidesk_error *err) {
  return call_restore(m, client_epoch_request("session.resume", id, new_epoch), out, err);
}

int mobidesk_session_abort(mobidesk *m, const char *id, uint64_t epoch, mobidesk_error *err) {
  return client_call(m, client_epoch_request("session.abort", id, epoch), NULL, err);
}

int mobidesk_session_reap(mobidesk *m, const char *id, uint64_t epoch, mobidesk_error *err) {
  return client_call(m, client_epoch_request("session.reap", id, epoch), NULL, err);
}
