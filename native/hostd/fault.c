#include "fault.h"

#include "clean.h"
#include "error.h"
#include "files.h"
#include "log.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char path[PATH_MAX];

void fault_open(const char *run_dir) {
  struct error err;
  if (files_path(path, sizeof path, &err, "%s/fault", run_dir) < 0)
    path[0] = '\0';
}

static int ask_again(const char *name, unsigned times) {
  cleanup_file FILE *f = fopen(path, "we");
  return f && fprintf(f, "%s %u\n", name, times) > 0 ? 0 : -1;
}

bool fault(const char *name) {
  char text[64], wanted[48];
  unsigned times = 1;
  struct error err;
  if (!path[0] || access(path, F_OK) < 0 || files_read(path, text, sizeof text, &err) < 0 ||
      sscanf(text, "%47s %u", wanted, &times) < 1 || strcmp(wanted, name) != 0)
    return false;
  if ((times > 1 ? ask_again(name, times - 1) : unlink(path)) < 0)
    return false;
  log_warning("fault", "name=%s message=\"asked for\"", name);
  return true;
}
