#include "criu_calls.h"

#include "clean.h"
#include "criu_image.h"
#include "files.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>

#define CORE_MAGIC 0x55053847u

/* images/core.proto and core-x86.proto: numbers of fields */
enum { CORE_THREAD_INFO = 2, THREAD_REGISTERS = 2, REGISTER_AX = 11, REGISTER_ORIG_AX = 16, REGISTER_IP = 17 };

/* Of the instruction syscall. */
#define CALL_BYTES 2

/* The kernel never lets poll fail with EINTR itself before a handler has run, and then the call is over: only CRIU
 * leaves registers like these. */
static void restart(struct criu_span registers) {
  struct criu_field ax = {0}, orig_ax = {0}, ip = {0};
  for (struct criu_field f; criu_field_next(&registers, &f);)
    if (f.number == REGISTER_AX)
      ax = f;
    else if (f.number == REGISTER_ORIG_AX)
      orig_ax = f;
    else if (f.number == REGISTER_IP)
      ip = f;
  if (ax.value == (uint64_t)-EINTR && orig_ax.value == SYS_poll && ip.value > CALL_BYTES &&
      criu_field_set(&ip, ip.value - CALL_BYTES))
    criu_field_set(&ax, SYS_poll);
}

static void each_inside(struct criu_span message, unsigned number, void (*edit)(struct criu_span inner)) {
  for (struct criu_field f; criu_field_next(&message, &f);)
    if (f.number == number && f.content.at)
      edit(f.content);
}

static void restart_thread(struct criu_span info) { each_inside(info, THREAD_REGISTERS, restart); }

static void restart_core(struct criu_span core) { each_inside(core, CORE_THREAD_INFO, restart_thread); }

int criu_calls_restart(const char *dir, struct error *err) {
  char path[PATH_MAX];
  cleanup_dir DIR *d = opendir(dir);
  if (!d)
    return error_sys(err, "opening `%s`", dir);
  for (struct dirent *e; (e = readdir(d));)
    if (strncmp(e->d_name, "core-", 5) == 0 && (files_path(path, sizeof path, err, "%s/%s", dir, e->d_name) < 0 ||
                                                criu_image_edit(path, CORE_MAGIC, restart_core, err) < 0))
      return -1;
  return 0;
}
