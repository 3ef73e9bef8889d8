/* Frames, strict members, specifications and the configuration. */
#include "clean.h"
#include "config.h"
#include "fields.h"
#include "frame.h"
#include "spec.h"
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int read_bytes(const void *bytes, size_t size, json_t **out) {
  int ends[2];
  check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
  check(write(ends[0], bytes, size) == (ssize_t)size, "write");
  close(ends[0]);
  int r = frame_read(ends[1], out);
  close(ends[1]);
  return r;
}

static void test_frames(void) {
  json_t *o = NULL;
  check(read_bytes("", 0, &o) == -ENODATA, "the end");
  check(read_bytes("\2\0", 2, &o) == -EPIPE, "half a length");
  check(read_bytes("\3\0\0\0{}", 6, &o) == -EPIPE, "half a frame");
  check(read_bytes("\0\0\0\0", 4, &o) == -EMSGSIZE, "an empty frame");
  check(read_bytes("\1\0\1\0", 4, &o) == -EMSGSIZE, "a frame of 65537 bytes");
  check(read_bytes("\2\0\0\0[]", 6, &o) == -EBADMSG, "not an object");
  check(read_bytes("\3\0\0\0{}x", 7, &o) == -EBADMSG, "more than an object");
  check(read_bytes("\16\0\0\0{\"a\":1,\"a\":2}", 4 + 14, &o) == -EBADMSG, "a member twice");
  check(read_bytes("\7\0\0\0{\"a\":1}", 4 + 7, &o) == 0, "an object");
  check(json_integer_value(json_object_get(o, "a")) == 1, "its member");
  json_decref(o);
}

static void test_frame_round_trip(void) {
  int ends[2];
  json_t *back = NULL;
  cleanup_json json_t *o = json_pack("{s:s,s:I}", "op", "ping", "n", (json_int_t)INT64_MAX);
  check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
  check(frame_write(ends[0], o) == 0 && frame_read(ends[1], &back) == 0 && json_equal(o, back), "round trip");
  json_decref(back);
  cleanup_free char *large = malloc(FRAME_MAX + 1);
  memset(large, 'x', FRAME_MAX);
  large[FRAME_MAX] = '\0';
  cleanup_json json_t *too_large = json_pack("{s:s}", "a", large);
  check(frame_write(ends[0], too_large) == -EMSGSIZE, "a frame that is too large is not sent");
  close(ends[1]);
  check(frame_write(ends[0], o) == -EPIPE, "a peer that is gone");
  close(ends[0]);
}

static void test_members(void) {
  struct fields f;
  struct error err;
  const char *text;
  uint64_t n;
  json_t *array;
  cleanup_json json_t *o =
      json_loads("{\"op\":\"x\",\"t\":\"text\",\"n\":7,\"e\":\"\",\"c\":\"a\\u0001\",\"l\":[],\"m\":-1}", 0, NULL);
  fields_begin(&f, o);
  check(fields_string(&f, "t", &text, &err) == 0 && strcmp(text, "text") == 0, "text");
  check(fields_string(&f, "n", &text, &err) < 0 && strstr(err.message, "`n`"), "not a text: %s", err.message);
  check(fields_string(&f, "missing", &text, &err) < 0 && err.code == MOBIDESK_INVALID, "missing");
  check(fields_string_or(&f, "missing", "other", &text, &err) == 0 && strcmp(text, "other") == 0, "fallback");
  check(fields_string(&f, "e", &text, &err) < 0 && fields_string(&f, "c", &text, &err) < 0, "empty, control character");
  check(fields_integer(&f, "n", 7, &n, &err) == 0 && n == 7, "number");
  check(fields_integer(&f, "n", 6, &n, &err) < 0 && fields_integer(&f, "m", 6, &n, &err) < 0, "out of range");
  check(fields_integer_or(&f, "missing", 6, 3, &n, &err) == 0 && n == 3, "fallback");
  check(fields_end(&f, &err) < 0 && strstr(err.message, "`l`"), "a member nobody took: %s", err.message);
  check(fields_array(&f, "l", &array, &err) == 0 && fields_end(&f, &err) == 0, "array: %s", err.message);
}

/* Parses a specification with one member changed; NULL removes it. */
static int parse(const char *member, json_t *value, struct spec *out, struct error *err) {
  struct config config;
  struct fields f;
  check(config_load(&config, NULL, err) == 0, "%s", err->message);
  cleanup_json json_t *o = json_pack("{s:s,s:s,s:s,s:s,s:i}", "id", "ada-1", "template_id", "xfce-1a2b", "user", "ada",
                                     "address", "10.74.0.9", "epoch", 1);
  if (value)
    json_object_set_new(o, member, value);
  else
    json_object_del(o, member);
  fields_begin(&f, o);
  return spec_parse(out, &f, &config, err) < 0 ? -1 : fields_end(&f, err);
}

static void test_specifications(void) {
  struct spec s, again;
  struct error err;
  check(parse("hostname", json_string("desk"), &s, &err) == 0 && strcmp(s.hostname, "desk") == 0, "%s", err.message);
  check(s.width == 1280 && s.height == 800 && strcmp(s.locale, "C.UTF-8") == 0 && s.pids > 0, "defaults");
  static const struct {
    const char *member, *value;
  } wrong[] = {{"id", "Ada"},
               {"id", "a/b"},
               {"id", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
               {"user", "root"},
               {"user", "1a"},
               {"user", "a b"},
               {"template_id", "xfce"},
               {"template_id", "../a-1"},
               {"address", "10.74.0"},
               {"address", "::1"},
               {"hostname", "a.b"},
               {"locale", "C;rm"},
               {"timezone", "/etc"},
               {"timezone", "a\n"},
               {"surprise", "x"}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    check(parse(wrong[i].member, json_string(wrong[i].value), &s, &err) < 0 && err.code == MOBIDESK_INVALID,
          "`%s` as %s was taken", wrong[i].value, wrong[i].member);
  check(parse("epoch", json_integer(0), &s, &err) < 0 && parse("user", NULL, &s, &err) < 0, "no epoch, no user");
  check(parse("hostname", json_string("desk"), &s, &err) == 0 &&
            parse("address", json_string("10.74.0.10"), &again, &err) == 0 && again.uid_base == s.uid_base + 65536,
        "addresses next to each other have ids next to each other");
  check(!spec_same(&s, &again) && spec_same(&s, &s), "same");
}

static void write_file(const char *path, const char *text) {
  cleanup_file FILE *f = fopen(path, "we");
  check(f && fputs(text, f) >= 0, "writing %s", path);
}

static void test_configuration(void) {
  struct config c;
  struct error err;
  char path[] = "/tmp/mobidesk-unit-XXXXXX";
  int fd = mkstemp(path);
  check(fd >= 0, "making %s", path);
  close(fd);
  write_file(path, "# comment\n instance = lab-1 # more\n\nrole=both\nmemory_bytes = 3G\nallow_users = 0, 1234\n"
                   "hold_seconds = 5\nhold_bytes = 1M\n");
  check(config_load(&c, path, &err) == 0, "%s", err.message);
  check(strcmp(c.instance, "lab-1") == 0 && c.server && c.gateway && c.memory_bytes == 3ull << 30, "values");
  check(c.hold_seconds == 5 && c.hold_bytes == 1 << 20 && c.hold_packets > 0, "bounds of the gateway");
  check(c.allow_count == 2 && c.allow_users[1] == 1234, "%u users", c.allow_count);
  static const char *const wrong[] = {
      "surprise = 1\n",        "role = king\n",        "memory_bytes = 3X\n", "memory_bytes = -1\n",
      "hold_seconds = 3601\n", "run_dir = relative\n", "instance = A\n",      "allow_users = no-such-user-here\n",
      "just words\n"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    write_file(path, wrong[i]);
    check(config_load(&c, path, &err) < 0 && strstr(err.message, ":1:"), "`%s` was taken: %s", wrong[i], err.message);
  }
  unlink(path);
}

int main(void) {
  test_frames();
  test_frame_round_trip();
  test_members();
  test_specifications();
  test_configuration();
  return 0;
}
