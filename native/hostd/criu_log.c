#include "criu_log.h"

#include "clean.h"
#include "files.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/statvfs.h>

/* Longest part of CRIU's own words that is passed on. */
#define WORDS_MAX 400

/* With less room than this, that is why a dump failed. */
#define FULL 65536

struct finding {
  pid_t pid;         /* of the last process that was begun with */
  const char *cause; /* in our words, when there are any */
  char words[WORDS_MAX];
  bool full;
};

/* "app (pid 7 in the session)": the process runs on, so /proc still knows it. */
static void describe_process(pid_t pid, char *out, size_t size) {
  char path[64], text[4096], comm[32] = "?";
  struct error err;
  int inside = 0;
  snprintf(path, sizeof path, "/proc/%d/comm", pid);
  if (files_read(path, comm, sizeof comm, &err) > 0)
    comm[strcspn(comm, "\n")] = '\0';
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  char *ids = files_read(path, text, sizeof text, &err) > 0 ? strstr(text, "\nNSpid:") : NULL;
  if (ids) {
    ids[1 + strcspn(ids + 1, "\n")] = '\0';
    inside = atoi(strrchr(ids, '\t') + 1);
  }
  snprintf(out, size, "process `%s` (pid %d in the session)", comm, inside);
}

/* Lines that begin the work on a process, by its pid on the host: "Dumping task (pid: 17 comm: xterm)". */
static void note_process(struct finding *f, const char *line) {
  const char *at = strstr(line, "Dumping task (pid: ");
  int pid;
  if (at && sscanf(at, "Dumping task (pid: %d", &pid) == 1)
    f->pid = pid;
}

/* Errors that name a process themselves, and that need other words. */
static void note_cause(struct finding *f, const char *line) {
  const char *at = strstr(line, "Unseizable non-zombie "), *shared = strstr(line, "Can't make VM id for ");
  int pid;
  if (shared && sscanf(shared, "Can't make VM id for %d", &pid) == 1) {
    f->pid = pid;
    f->cause = "it shares its memory with another process";
  }
  if (at && sscanf(at, "Unseizable non-zombie %d", &pid) == 1) {
    f->pid = pid;
    f->cause = "it is being traced, by a debugger for example";
  }
}

/* "(00.123) Error (criu/files.c:12): words". Only the first counts: the rest follow from it. */
static void note_error(struct finding *f, const char *line) {
  const char *at = strstr(line, "Error (");
  /* CRIU would like more descriptors than a daemon without CAP_SYS_RESOURCE can give it; it goes on. */
  if (!at || strstr(at, "Can't setup RLIMIT_NOFILE for self"))
    return;
  f->full = f->full || strstr(line, "No space left on device");
  const char *words = strstr(at, "): ");
  if (!f->words[0])
    snprintf(f->words, sizeof f->words, "%.*s", (int)strcspn(words ? words + 3 : at, "\n"), words ? words + 3 : at);
}

/* CRIU's log, which would say it, is on the same file system. */
static bool is_full(const char *dir) {
  struct statvfs fs;
  return statvfs(dir, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize < FULL;
}

int criu_log_explain(const char *dir, const char *log, enum mobidesk_code code, struct error *err) {
  char path[PATH_MAX];
  struct finding f = {0};
  if (files_path(path, sizeof path, err, "%s/%s", dir, log) < 0)
    return -1;
  cleanup_file FILE *file = fopen(path, "re");
  cleanup_free char *line = NULL;
  size_t size = 0;
  while (file && getline(&line, &size, file) >= 0) {
    if (!f.words[0])
      note_process(&f, line);
    note_cause(&f, line);
    note_error(&f, line);
  }
  if (f.full || is_full(dir))
    return error_set(err, MOBIDESK_NO_SPACE, "the memory for checkpoint images at `%s` is full%s%s", dir,
                     f.words[0] ? ": " : "", f.words);
  if (!f.words[0])
    return error_set(err, code, "CRIU gave no reason in `%s`", path);
  char process[80] = "CRIU";
  if (f.pid)
    describe_process(f.pid, process, sizeof process);
  return error_set(err, code, "%s: %s%s%s", process, f.cause ? f.cause : "", f.cause ? ": " : "", f.words);
}

/* A protobuf varint; advances `*at`. */
static uint64_t read_varint(const unsigned char **at, const unsigned char *end) {
  uint64_t value = 0;
  for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
    unsigned char byte = *(*at)++;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80))
      break;
  }
  return value;
}

/* CRIU's images/stats.proto: two magic numbers, the size, then field 1 (dump), whose fields are all varints: 1
 * freezing_time, 3 memdump_time, 4 memwrite_time. */
struct criu_dump_times criu_log_dump_times(const char *dir) {
  struct criu_dump_times times = {0};
  char path[PATH_MAX], data[512];
  struct error err;
  if (files_path(path, sizeof path, &err, "%s/stats-dump", dir) < 0)
    return times;
  ssize_t n = files_read(path, data, sizeof data, &err);
  const unsigned char *at = (unsigned char *)data + 12, *end = (unsigned char *)data + n;
  if (n < 16 || *at++ != (1 << 3 | 2))
    return times;
  for (read_varint(&at, end); at < end;) {
    uint64_t key = read_varint(&at, end), value = read_varint(&at, end);
    uint64_t *out[] = {NULL, &times.freeze, NULL, &times.pages, &times.write};
    if (key % 8 == 0 && key / 8 < sizeof out / sizeof *out && out[key / 8])
      *out[key / 8] = value;
  }
  return times;
}
