/* Whatever a client sends: a frame's content through the parser of each kind of request. */
#include "clean.h"
#include "config.h"
#include "fields.h"
#include "frame.h"
#include "spec.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct config config;
  struct error err;
  struct fields f;
  struct spec spec, again;
  json_t *o = NULL;
  if (!config.run_dir[0] && config_load(&config, NULL, &err) < 0)
    abort();
  if (frame_parse((const char *)data, size, &o) < 0)
    return 0;
  fields_begin(&f, o);
  if (spec_parse(&spec, &f, &config, &err) == 0 && fields_end(&f, &err) == 0) {
    /* What was taken once is taken again, and is the same. */
    cleanup_json json_t *out = spec_to_json(&spec);
    fields_begin(&f, out);
    if (!out || spec_parse(&again, &f, &config, &err) < 0 || !spec_same(&spec, &again))
      abort();
  }
  json_decref(o);
  return 0;
}
