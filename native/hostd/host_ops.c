/* host.info and template.list */
#include "hostd.h"
#include "ops.h"

const struct op host_ops[] = {{NULL, NULL}};
const struct op session_ops[] = {{NULL, NULL}};
const struct op image_ops[] = {{NULL, NULL}};
