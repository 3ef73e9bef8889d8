/* Session disks. */
#include "client.h"

int mobidesk_session_grow(mobidesk *m, const char *id, uint64_t epoch, uint64_t disk_bytes, uint32_t *stopped,
                          mobidesk_error *err) {
  json_t *ok, *request = client_epoch_request("session.grow", id, epoch);
  if (request)
    json_object_set_new(request, "disk_bytes", json_integer((json_int_t)disk_bytes));
  if (client_call(m, request, &ok, err) < 0)
    return -1;
  *stopped = json_is_true(json_object_get(ok, "stopped"));
  json_decref(ok);
  return 0;
}

int mobidesk_disk_restore(mobidesk *m, const char *id, uint64_t epoch, uint64_t *bytes, mobidesk_error *err) {
  return client_bytes(m, client_epoch_request("disk.restore", id, epoch), bytes, err);
}

int mobidesk_disk_fence(mobidesk *m, const char *id, uint64_t *bytes, mobidesk_error *err) {
  return client_bytes(m, client_request("disk.fence", id), bytes, err);
}

int mobidesk_disk_export(mobidesk *m, const char *id, uint64_t epoch, uint32_t flags, char ticket[MOBIDESK_TICKET_SIZE],
                         mobidesk_error *err) {
  json_t *request = client_epoch_request("disk.export", id, epoch);
  if (request)
    json_object_set_new(request, "flags", json_integer(flags));
  return client_ticket(m, request, ticket, err);
}

int mobidesk_disk_import(mobidesk *m, const char *id, uint64_t epoch, char ticket[MOBIDESK_TICKET_SIZE],
                         mobidesk_error *err) {
  return client_ticket(m, client_epoch_request("disk.import", id, epoch), ticket, err);
}
