#include "fault.h"

#include "error.h"
#include "files.h"
#include "log.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

static char path[PATH_MAX];

void fault_open(const char *run_dir) {
  struct error err;
  if (files_path(path, sizeof path, &err, "%s/fault", run_dir) < 0)
    path[0] = '\0';
}

bool fault(const char *name) {
  char wanted[64];
  struct error err;
  if (!path[0] || access(path, F_OK) < 0 || files_read(path, wanted, sizeof wanted, &err) < 0)
    return false;
  wanted[strcspn(wanted, "\n")] = '\0';
  if (strcmp(wanted, name) != 0 || unlink(path) < 0)
    return false;
  log_warning("fault", "name=%s message=\"asked for\"", name);
  return true;
}
