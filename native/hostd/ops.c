#include "ops.h"

#include <string.h>

static int ping(struct call *call, struct error *err) {
  (void)call;
  (void)err;
  return 0;
}

static const struct op own_ops[] = {{"ping", ping}, {NULL, NULL}};

static const struct op *find(const struct op *table, const char *name) {
  for (; table->name; table++)
    if (strcmp(table->name, name) == 0)
      return table;
  return NULL;
}

int ops_dispatch(struct call *call, struct error *err) {
  const char *name = json_string_value(json_object_get(call->request, "op"));
  if (!name)
    return error_set(err, MOBIDESK_INVALID, "a request needs the string member `op`");
  const struct op *tables[] = {own_ops, host_ops, session_ops, image_ops, disk_ops, gateway_ops};
  const bool served[] = {
      true, true, call->config->server, call->config->server, call->config->server, call->config->gateway};
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    const struct op *op = find(tables[i], name);
    if (op && !served[i])
      return error_set(err, MOBIDESK_UNSUPPORTED, "`%s` is not served here: the daemon has another role", name);
    if (op)
      return op->run(call, err);
  }
  return error_set(err, MOBIDESK_INVALID, "operation `%.64s` is not known", name);
}
