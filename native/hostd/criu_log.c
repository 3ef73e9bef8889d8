#include "criu_log.h"

#include "clean.h"
#include "files.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

/* Longest part of CRIU's own words that is passed on. */
#define WORDS_MAX 400

struct finding {
  char process[64]; /* last process that was begun with, "17 (xterm)" */
  char words[WORDS_MAX];
  bool full;
};

/* Lines that begin the work on a process: "Dumping task (pid: 17 comm: xterm)". */
static void note_process(struct finding *f, const char *line) {
  int pid;
  char comm[32];
  const char *at = strstr(line, "Dumping task (pid: ");
  if (at && sscanf(at, "Dumping task (pid: %d comm: %31[^)])", &pid, comm) == 2)
    snprintf(f->process, sizeof f->process, "%d (%s)", pid, comm);
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
    note_error(&f, line);
  }
  if (f.full)
    return error_set(err, MOBIDESK_NO_SPACE, "the memory for checkpoint images is full: %s", f.words);
  if (!f.words[0])
    return error_set(err, code, "CRIU gave no reason in `%s`", path);
  return error_set(err, code, "%s%s: %s", f.process[0] ? "process " : "CRIU", f.process, f.words);
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

/* CRIU's images/stats.proto: two magic numbers, the size, then field 1 (dump) with field 1 (freezing_time). */
uint64_t criu_log_freeze_us(const char *dir) {
  char path[PATH_MAX], data[512];
  struct error err;
  if (files_path(path, sizeof path, &err, "%s/stats-dump", dir) < 0)
    return 0;
  ssize_t n = files_read(path, data, sizeof data, &err);
  const unsigned char *at = (unsigned char *)data + 12, *end = (unsigned char *)data + n;
  if (n < 16 || *at++ != (1 << 3 | 2))
    return 0;
  read_varint(&at, end);
  return at < end && *at++ == (1 << 3 | 0) ? read_varint(&at, end) : 0;
}
