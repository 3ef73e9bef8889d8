/*
 * A hostile session: its root tries everything that confine.h knows to get out, to harm its host or its neighbour, or
 * to have more than its share, with evidence taken on the host; then it is moved, and tries all of it again.
 */
#include "confine_evidence.h"

#include "clean.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOSTILE "mallory-1"
#define HOSTILE_ADDRESS "10.74.1.66"
#define NEIGHBOUR "ada-1"
#define NEIGHBOUR_ADDRESS "10.74.1.9"
#define FOREIGN_ADDRESS "10.74.7.7"
#define NEIGHBOUR_PORT "6000"

#define MEMORY (192u << 20)
#define PIDS 160
#define DISK (256u << 20)
#define PATIENCE_US 120000000
#define ATTEMPTS_MAX 96

static struct session_lab lab;
static struct bait bait;
static uint64_t epoch = 1;
static int here;      /* index of the server that has both sessions */
static int outside;   /* a socket of a host outside */
static unsigned made; /* attempts */

static uid_t base_of(const char *address) { return (1u << 20) + (ntohl(inet_addr(address)) % 0x8000u) * 65536; }

static struct suspect hostile(void) { return (struct suspect){&lab.servers[here], HOSTILE, base_of(HOSTILE_ADDRESS)}; }

static mobidesk_session_spec spec_of(const char *id, const char *user, const char *address) {
  return (mobidesk_session_spec){.id = id,
                                 .template_id = lab.template_id,
                                 .user = user,
                                 .address = address,
                                 .epoch = epoch,
                                 .memory_bytes = MEMORY,
                                 .pids = PIDS,
                                 .disk_bytes = DISK};
}

static int run(const char *id, uint32_t flags, const char *const *argv, char *out, size_t size) {
  return site_exec(&lab.servers[here], id, flags, argv, out, size);
}

static void create(const char *id, const char *user, const char *address) {
  static const char *const servers[] = {"10.73.0.11", "10.73.1.12"};
  mobidesk_error err;
  mobidesk_session s;
  mobidesk_session_spec spec = spec_of(id, user, address);
  works(mobidesk_session_create(lab.servers[here].m, &spec, &s, &err), &err);
  works(mobidesk_gateway_route(lab.proxy.m, address, servers[here], &err), &err);
}

/* What the session sees as its own address, as the daemon's record has it. */
static const char *virtual_address(const char *id, char text[static 16]) {
  char name[96], path[512];
  snprintf(name, sizeof name, "state/sessions/%s.json", id);
  site_path(&lab.servers[here], name, path, sizeof path);
  cleanup_json json_t *record = json_load_file(path, 0, NULL);
  const char *address = json_string_value(json_object_get(json_object_get(record, "spec"), "virtual_address"));
  check(address, "reading %s", path);
  snprintf(text, 16, "%s", address);
  return text;
}

static void start_neighbour(void) {
  char out[256], key[16];
  snprintf(key, sizeof key, "%d", bait.key + 1);
  const char *argv[] = {"confine", "neighbour", EVIDENCE_SECRET "-neighbour", NEIGHBOUR_PORT, key, NULL};
  check(run(NEIGHBOUR, MOBIDESK_EXEC_ROOT, argv, out, sizeof out) == 0, "the neighbour: %s", out);
}

static void check_neighbour(const char *attempt) {
  char out[64];
  const char *argv[] = {"app", "cat", "/tmp/visitors", NULL};
  check(run(NEIGHBOUR, 0, argv, out, sizeof out) == 0, "%s: the neighbour does not answer: %s", attempt, out);
  check(atoi(out) == 0 && out[0] == '0', "%s: the neighbour had %s visitors", attempt, out);
}

/* ---- attempts ---- */

struct line {
  char name[32];
  bool allowed;
};

static size_t list_attempts(struct line *lines) {
  static char out[32768];
  const char *argv[] = {"confine", "list", NULL};
  check(run(HOSTILE, MOBIDESK_EXEC_ROOT, argv, out, sizeof out) == 0, "listing attempts: %s", out);
  size_t count = 0;
  for (char *rest, *l = strtok_r(out, "\n", &rest); l; l = strtok_r(NULL, "\n", &rest), count++) {
    char word[16];
    check(count < ATTEMPTS_MAX && sscanf(l, "%31s %15s", lines[count].name, word) == 2, "line `%s`", l);
    lines[count].allowed = strcmp(word, "allowed") == 0;
  }
  check(count > 40, "%zu attempts only", count);
  return count;
}

/* The process that made the attempt, and others of it, which wait with all they have got. */
static void end_attempt(const struct suspect *s) {
  pid_t pids[512];
  for (uint64_t since = lab_now_us();; poll(NULL, 0, 2)) {
    size_t left = 0;
    for (size_t i = suspect_pids(s, pids, 512); i-- > 0;) {
      char path[64], command[64] = "";
      snprintf(path, sizeof path, "/proc/%d/cmdline", pids[i]);
      cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
      if (fd >= 0 && read(fd, command, sizeof command - 1) > 0 && strcmp(command, "confine") == 0 &&
          strcmp(command + 8, "try") == 0)
        left += kill(pids[i], SIGKILL) == 0;
    }
    if (!left)
      return;
    check(lab_now_us() - since < PATIENCE_US, "attempts cannot be killed");
  }
}

/* What was sent in the open arrives, and was sent last: what was forged would be there too. */
static void check_packets(const char *name) {
  char text[16] = "";
  struct pollfd p = {outside, POLLIN, 0};
  bool sends =
      strcmp(name, "raw-packets") == 0 || strcmp(name, "packet-sockets") == 0 || strcmp(name, "arp-spoofing") == 0;
  for (int honest = !sends; !honest;) {
    check(poll(&p, 1, PATIENCE_US / 1000) == 1, "%s: even what is honest does not arrive", name);
    ssize_t n = recv(outside, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    check(strcmp(text, "honest") == 0, "%s: `%s` arrived outside", name, text);
    honest = 1;
  }
  check(poll(&p, 1, 0) == 0, "%s: something came after it", name);
}

static void try(const struct line *l, const char *mode) {
  static struct snapshot before;
  static char out[4096];
  char words[13][160];
  const char *argv[18] = {"confine", "try", l->name, mode};
  snprintf(words[0], 160, "victim=%d", bait.victim);
  snprintf(words[1], 160, "Address=%p", (void *)bait.memory);
  snprintf(words[2], 160, "file=%s", bait.file);
  snprintf(words[3], 160, "socket=%s", bait.socket);
  snprintf(words[4], 160, "abstract=%s", bait.abstract);
  snprintf(words[5], 160, "neighbour=%s", NEIGHBOUR_ADDRESS);
  snprintf(words[6], 160, "Server=%s", here ? "10.73.1.12" : "10.73.0.11");
  snprintf(words[7], 160, "outside=203.0.113.10");
  snprintf(words[8], 160, "Foreign=%s", FOREIGN_ADDRESS);
  snprintf(words[9], 160, "Own=%s", virtual_address(HOSTILE, (char[16]){0}));
  snprintf(words[10], 160, "port=%u", lab_port(outside));
  snprintf(words[11], 160, "key=%d", bait.key);
  snprintf(words[12], 160, "x=%s", EVIDENCE_SECRET);
  for (int i = 0; i < 13; i++)
    argv[4 + i] = words[i];
  struct suspect s = hostile();
  int pid, error;
  char verdict[16], name[64];
  snprintf(name, sizeof name, "%s (%s)", l->name, mode);
  snapshot_take(&before, &lab, here, &s, &bait);
  int status = run(HOSTILE, MOBIDESK_EXEC_ROOT, argv, out, sizeof out);
  check(status == 0 && sscanf(out, "pid=%d %15s %d", &pid, verdict, &error) == 3, "%s: status %d, %s", name, status,
        out);
  suspect_check(&s, &bait, name);
  check_packets(l->name);
  snapshot_compare(&before, &lab, here, &s, &bait, name);
  check_neighbour(name);
  check(strcmp(verdict, l->allowed ? "worked" : "refused") == 0, "%s: %s", name, out);
  check(!strstr(out, "USER NAMESPACE"), "%s: %s", name, out);
  end_attempt(&s);
  made++;
}

static void try_all(void) {
  struct line lines[ATTEMPTS_MAX];
  size_t count = list_attempts(lines);
  for (size_t i = 0; i < count; i++) {
    try(&lines[i], "plain");
    try(&lines[i], "nested");
  }
  struct suspect s = hostile();
  suspect_check_files(&s);
}

/* ---- the whole ---- */

static void move(void) {
  mobidesk_session_spec neighbour = spec_of(NEIGHBOUR, "ada", NEIGHBOUR_ADDRESS);
  mobidesk_session_spec suspect = spec_of(HOSTILE, "mallory", HOSTILE_ADDRESS);
  site_move(&lab, here, 1 - here, &neighbour);
  site_move(&lab, here, 1 - here, &suspect);
  here = 1 - here;
  epoch++;
}

static void destroy(const char *id, const char *address) {
  mobidesk_error err;
  works(mobidesk_session_destroy(lab.servers[here].m, id, 0, &err), &err);
  works(mobidesk_gateway_forget(lab.proxy.m, address, &err), &err);
}

int main(int argc, char **argv) {
  session_lab_open(&lab, argc, argv, 64u << 20);
  bait_lay(&bait, &lab, argv[1]);
  outside = lab_socket(&lab.net, LAB_OUTSIDE, SOCK_DGRAM, 0, 0);
  create(NEIGHBOUR, "ada", NEIGHBOUR_ADDRESS);
  create(HOSTILE, "mallory", HOSTILE_ADDRESS);
  start_neighbour();
  try_all();
  move();
  try_all();
  destroy(HOSTILE, HOSTILE_ADDRESS);
  destroy(NEIGHBOUR, NEIGHBOUR_ADDRESS);
  bait_remove(&bait);
  session_lab_close(&lab);
  printf("%u attempts\n", made);
  return 0;
}
