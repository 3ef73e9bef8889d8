/* Session disks. */
#include "client.h"

int mobidesk_disk_restore(mobidesk *m, const char *id, uint64_t epoch, uint64_t *bytes, mobidesk_error *err) {
  return client_bytes(m, client_epoch_request("disk.restore", id, epoch), bytes, err);
}

int mobidesk_disk_fence(mobidesk *m, const char *id, uint64_t *bytes, mobidesk_error *err) {
  return client_bytes(m, client_request("disk.fence", id), bytes, err);
}
