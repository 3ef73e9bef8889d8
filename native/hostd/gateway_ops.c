/* Operations of the role gateway. */
#include "ops.h"

const struct op gateway_ops[] = {{NULL, NULL}};
