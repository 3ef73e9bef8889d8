#include "fields.h"

#include <string.h>

void fields_begin(struct fields *f, json_t *object) {
  f->object = object;
  f->count = 0;
}

static json_t *take(struct fields *f, const char *name) {
  if (f->count < FIELDS_MAX)
    f->taken[f->count++] = name;
  json_t *value = json_object_get(f->object, name);
  return json_is_null(value) ? NULL : value;
}

static int plain_text(const char *name, json_t *value, const char **out, struct error *err) {
  if (!json_is_string(value))
    return error_set(err, MOBIDESK_INVALID, "member `%s` must be a string", name);
  const char *text = json_string_value(value);
  if (*text == '\0')
    return error_set(err, MOBIDESK_INVALID, "member `%s` must not be empty", name);
  for (const unsigned char *c = (const unsigned char *)text; *c; c++)
    if (*c < 0x20 || *c == 0x7f)
      return error_set(err, MOBIDESK_INVALID, "member `%s` contains a control character", name);
  *out = text;
  return 0;
}

int fields_string(struct fields *f, const char *name, const char **out, struct error *err) {
  json_t *value = take(f, name);
  if (!value)
    return error_set(err, MOBIDESK_INVALID, "member `%s` is missing", name);
  return plain_text(name, value, out, err);
}

int fields_string_or(struct fields *f, const char *name, const char *fallback, const char **out, struct error *err) {
  json_t *value = take(f, name);
  *out = fallback;
  return value ? plain_text(name, value, out, err) : 0;
}

static int whole_number(const char *name, json_t *value, uint64_t max, uint64_t *out, struct error *err) {
  if (!json_is_integer(value) || json_integer_value(value) < 0 || (uint64_t)json_integer_value(value) > max)
    return error_set(err, MOBIDESK_INVALID, "member `%s` must be an integer from 0 to %lu", name, max);
  *out = (uint64_t)json_integer_value(value);
  return 0;
}

int fields_integer(struct fields *f, const char *name, uint64_t max, uint64_t *out, struct error *err) {
  json_t *value = take(f, name);
  if (!value)
    return error_set(err, MOBIDESK_INVALID, "member `%s` is missing", name);
  return whole_number(name, value, max, out, err);
}

int fields_integer_or(struct fields *f, const char *name, uint64_t max, uint64_t fallback, uint64_t *out,
                      struct error *err) {
  json_t *value = take(f, name);
  *out = fallback;
  return value ? whole_number(name, value, max, out, err) : 0;
}

int fields_array(struct fields *f, const char *name, json_t **out, struct error *err) {
  *out = take(f, name);
  if (!json_is_array(*out))
    return error_set(err, MOBIDESK_INVALID, "member `%s` must be an array", name);
  return 0;
}

int fields_end(const struct fields *f, struct error *err) {
  const char *name;
  json_t *value;
  json_object_foreach(f->object, name, value) {
    unsigned i = 0;
    while (i < f->count && strcmp(f->taken[i], name) != 0)
      i++;
    if (i == f->count && strcmp(name, "op") != 0)
      return error_set(err, MOBIDESK_INVALID, "member `%.64s` is not known here", name);
  }
  return 0;
}
