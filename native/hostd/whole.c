#include "whole.h"

#include "clean.h"
#include "files.h"

#include <ctype.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* States of /proc/net/tcp. In others a socket comes and goes by itself. */
enum { TCP_STATE_ESTABLISHED = 1, TCP_STATE_LISTEN = 10 };

static bool inode_of(pid_t pid, const char *what, ino_t *out) {
  char path[64];
  struct stat st;
  snprintf(path, sizeof path, "/proc/%d/%s", pid, what);
  if (stat(path, &st) < 0)
    return false;
  *out = st.st_ino;
  return true;
}

/* Entries of a directory, but for the dots. */
static int count_entries(pid_t pid, const char *what) {
  char path[64];
  int count = 0;
  snprintf(path, sizeof path, "/proc/%d/%s", pid, what);
  cleanup_dir DIR *dir = opendir(path);
  for (struct dirent *e; dir && (e = readdir(dir));)
    count += e->d_name[0] != '.';
  return count;
}

/* The last number of "NSpid:" in its status is the pid as the session sees it; `state` its letter. */
static bool read_status(pid_t pid, char name[32], int *inside, char *state) {
  char path[64], text[4096];
  struct error err;
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  if (files_read(path, text, sizeof text, &err) <= 0)
    return false;
  char *line = strstr(text, "\nNSpid:"), *status = strstr(text, "\nState:\t");
  if (!line || !status || sscanf(text, "Name:\t%31[^\n]", name) != 1)
    return false;
  line[1 + strcspn(line + 1, "\n")] = '\0';
  *inside = atoi(strrchr(line, '\t') + 1);
  *state = status[strlen("\nState:\t")];
  return true;
}

static json_t *describe_process(pid_t pid) {
  char name[32], state;
  int inside;
  if (!read_status(pid, name, &inside, &state))
    return NULL;
  /* A zombie has neither threads nor files. */
  bool zombie = state == 'Z';
  return json_pack("{s:i,s:s%,s:i,s:i}", "pid", inside, "name", name, strlen(name), "threads",
                   zombie ? 0 : count_entries(pid, "task"), "files", zombie ? 0 : count_entries(pid, "fd"));
}

static int by_pid(const void *a, const void *b) {
  json_int_t x = json_integer_value(json_object_get(*(json_t *const *)a, "pid"));
  json_int_t y = json_integer_value(json_object_get(*(json_t *const *)b, "pid"));
  return x < y ? -1 : x > y;
}

static json_t *sorted(json_t *array) {
  size_t count = json_array_size(array);
  cleanup_free json_t **all = calloc(count + 1, sizeof *all);
  json_t *out = json_array();
  for (size_t i = 0; all && i < count; i++)
    all[i] = json_array_get(array, i);
  if (all)
    qsort(all, count, sizeof *all, by_pid);
  for (size_t i = 0; all && i < count; i++)
    json_array_append(out, all[i]);
  json_decref(array);
  return out;
}

bool whole_pid_inside(pid_t pid, int *inside) {
  char name[32], state;
  return read_status(pid, name, inside, &state) && state != 'Z';
}

bool whole_each_process(pid_t init_pid, void (*each)(pid_t pid, void *data), void *data) {
  ino_t session, its;
  if (!inode_of(init_pid, "ns/pid", &session))
    return false;
  cleanup_dir DIR *dir = opendir("/proc");
  for (struct dirent *e; dir && (e = readdir(dir));) {
    pid_t pid = isdigit((unsigned char)e->d_name[0]) ? atoi(e->d_name) : 0;
    if (pid > 0 && inode_of(pid, "ns/pid", &its) && its == session)
      each(pid, data);
  }
  return true;
}

static void append_process(pid_t pid, void *array) {
  json_t *process = describe_process(pid);
  if (process)
    json_array_append_new(array, process);
}

static json_t *describe_processes(pid_t init_pid, struct error *err) {
  json_t *out = json_array();
  if (whole_each_process(init_pid, append_process, out))
    return sorted(out);
  json_decref(out);
  error_set(err, MOBIDESK_CONFLICT, "the session's first process (%d) is gone", init_pid);
  return NULL;
}

static int count_mounts(pid_t init_pid) {
  char path[64];
  cleanup_free char *line = NULL;
  size_t size = 0;
  int count = 0;
  snprintf(path, sizeof path, "/proc/%d/mountinfo", init_pid);
  cleanup_file FILE *f = fopen(path, "re");
  while (f && getline(&line, &size, f) >= 0)
    count++;
  return count;
}

struct sockets {
  int listening, established;
};

/* Those that belong to a process: those that wait to be accepted have no inode, and are not dumped. Each table is read
 * once: for every reader the kernel looks through the sockets of all namespaces. */
static struct sockets count_sockets(pid_t init_pid) {
  static const char *const tables[] = {"net/tcp", "net/tcp6"};
  struct sockets count = {0};
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    char path[64];
    cleanup_free char *line = NULL;
    size_t size = 0;
    snprintf(path, sizeof path, "/proc/%d/%s", init_pid, tables[i]);
    cleanup_file FILE *f = fopen(path, "re");
    while (f && getline(&line, &size, f) >= 0) {
      unsigned state;
      unsigned long inode;
      if (sscanf(line, "%*d: %*s %*s %x %*s %*s %*s %*d %*d %lu", &state, &inode) != 2 || inode == 0)
        continue;
      count.listening += state == TCP_STATE_LISTEN;
      count.established += state == TCP_STATE_ESTABLISHED;
    }
  }
  return count;
}

json_t *whole_describe(pid_t init_pid, struct error *err) {
  json_t *processes = describe_processes(init_pid, err);
  if (!processes)
    return NULL;
  struct sockets sockets = count_sockets(init_pid);
  json_t *o = json_pack("{s:o,s:i,s:i,s:i}", "processes", processes, "mounts", count_mounts(init_pid), "listening",
                        sockets.listening, "established", sockets.established);
  if (!o)
    error_set(err, MOBIDESK_NO_SPACE, "no memory to describe a session");
  return o;
}

static int number(const json_t *o, const char *name) { return (int)json_integer_value(json_object_get(o, name)); }

static const json_t *find_process(const json_t *all, int pid) {
  for (size_t i = 0; i < json_array_size(all); i++)
    if (number(json_array_get(all, i), "pid") == pid)
      return json_array_get(all, i);
  return NULL;
}

/* A process that is held still has some descriptors of CRIU's beside its own. */
static int check_process(const json_t *was, const json_t *is, struct error *err) {
  static const char *const kinds[] = {"threads", "files"};
  const char *name = json_string_value(json_object_get(was, "name"));
  if (!is)
    return error_set(err, MOBIDESK_CORRUPT, "process `%s` (pid %d) is missing", name, number(was, "pid"));
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (i == 0 ? number(is, kinds[i]) != number(was, kinds[i]) : number(is, kinds[i]) < number(was, kinds[i]))
      return error_set(err, MOBIDESK_CORRUPT, "process `%s` (pid %d) has %d %s, not %d", name, number(was, "pid"),
                       number(is, kinds[i]), kinds[i], number(was, kinds[i]));
  return 0;
}

int whole_check(const json_t *expected, pid_t init_pid, struct error *err) {
  static const char *const kinds[] = {"mounts", "listening", "established"};
  cleanup_json json_t *is = whole_describe(init_pid, err);
  if (!is)
    return -1;
  const json_t *had = json_object_get(expected, "processes"), *has = json_object_get(is, "processes");
  for (size_t i = 0; i < json_array_size(had); i++) {
    const json_t *was = json_array_get(had, i);
    if (check_process(was, find_process(has, number(was, "pid")), err) < 0)
      return -1;
  }
  if (json_array_size(had) != json_array_size(has))
    return error_set(err, MOBIDESK_CORRUPT, "there are %zu processes, not %zu", json_array_size(has),
                     json_array_size(had));
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (number(expected, kinds[i]) != number(is, kinds[i]))
      return error_set(err, MOBIDESK_CORRUPT, "%s: %d, not %d", kinds[i], number(is, kinds[i]),
                       number(expected, kinds[i]));
  return 0;
}

size_t whole_count_alive(const json_t *expected, pid_t init_pid) {
  struct error err;
  size_t alive = 0;
  cleanup_json json_t *now = describe_processes(init_pid, &err);
  const json_t *had = json_object_get(expected, "processes");
  for (size_t i = 0; now && i < json_array_size(had); i++) {
    const json_t *is = find_process(now, number(json_array_get(had, i), "pid"));
    alive += is && number(is, "threads") > 0;
  }
  return alive;
}

struct victims {
  pid_t init, last;
  bool all;
};

static void kill_one(pid_t pid) {
  const struct timespec tick = {.tv_nsec = 1000000};
  char name[32], state = 0;
  int inside;
  kill(pid, SIGKILL);
  while (read_status(pid, name, &inside, &state) && state != 'Z')
    nanosleep(&tick, NULL);
}

/* None that is dead already. */
static void take_victim(pid_t pid, void *data) {
  struct victims *v = data;
  char name[32], state;
  int inside;
  if (pid == v->init || !read_status(pid, name, &inside, &state) || state == 'Z')
    return;
  v->last = pid > v->last ? pid : v->last;
  if (v->all)
    kill_one(pid);
}

void whole_kill(pid_t init_pid, bool all) {
  struct victims v = {.init = init_pid, .all = all};
  whole_each_process(init_pid, take_victim, &v);
  if (!all && v.last)
    kill_one(v.last);
}
