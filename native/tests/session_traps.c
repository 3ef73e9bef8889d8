/*
 * Traps that a hostile root lays for its host's daemon: in the files that the daemon opens, among the processes that
 * the daemon starts, and on a disk that is used again.
 */
#include "confine_evidence.h"

#include "clean.h"
#include "frame.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ID "mallory-1"
#define ADDRESS "10.74.1.66"
#define COMMANDS 60
#define COMMANDS_STOPPED 1
#define PATIENCE_MS 30000

static struct session_lab lab;
static struct bait bait;
static struct site *site;

static struct suspect suspect(void) {
  return (struct suspect){site, ID, (1u << 20) + (ntohl(inet_addr(ADDRESS)) % 0x8000u) * 65536};
}

static int create(mobidesk_error *err) {
  mobidesk_session s;
  mobidesk_session_spec spec = {.id = ID,
                                .template_id = lab.template_id,
                                .user = "mallory",
                                .address = ADDRESS,
                                .epoch = 1,
                                .disk_bytes = 256u << 20};
  return mobidesk_session_create(site->m, &spec, &s, err);
}

/* What a command as the session's root prints; it must succeed. */
static const char *run(const char *const *argv) {
  static char out[4096];
  int status = site_exec(site, ID, MOBIDESK_EXEC_ROOT, argv, out, sizeof out);
  check(status == 0, "`%s %s`: status %d, %s", argv[0], argv[1], status, out);
  return out;
}

#define inside(...) run((const char *const[]){__VA_ARGS__, NULL})

static void place(const char *kind, const char *path, const char *text) {
  inside("confine", "place", kind, path, text);
}

/* As the session's user: the daemon reads the groups. */
static int run_as_user(char *out, size_t size) {
  const char *argv[] = {"app", "cat", "/etc/hostname", NULL};
  return site_exec(site, ID, 0, argv, out, size);
}

/* ---- processes that enter ---- */

/* Nothing of a command can be had before it is the session's: no memory, no file, no control. */
static void expect_not_caught(void) {
  char out[256];
  unsigned long seen, caught;
  inside("confine", "stalk");
  for (int i = 0; i < COMMANDS; i++) {
    check(run_as_user(out, sizeof out) == 0, "a command beside the stalker: %s", out);
    inside("app", "cat", "/etc/hostname");
  }
  const char *seen_text = inside("app", "cat", "/tmp/stalk");
  check(sscanf(seen_text, "seen %lu caught %lu %255s", &seen, &caught, out) == 3, "the stalker says %s", seen_text);
  check(seen > COMMANDS, "the stalker saw %lu processes only", seen);
  check(caught == 0, "of %lu processes %lu were caught, by their %s", seen, caught, out);
  printf("%lu processes stalked\n", seen);
}

/* CVE-2019-5736: a command whose interpreter is the program that executes it. */
static void expect_no_program_of_the_host(void) {
  static struct snapshot before;
  char out[1024];
  struct suspect s = suspect();
  const char *argv[] = {"/tmp/shape", NULL};
  place("file", "/tmp/shape", "#!/proc/self/exe");
  snapshot_take(&before, &lab, 0, &s, &bait);
  int status = site_exec(site, ID, MOBIDESK_EXEC_ROOT, argv, out, sizeof out);
  check(status == 126 && strstr(out, "not for calling"), "status %d, %s", status, out);
  suspect_check(&s, &bait, "shape");
  snapshot_compare(&before, &lab, 0, &s, &bait, "shape");
}

/* ---- files that the daemon opens ---- */

static void expect_groups_read(void) {
  char out[256];
  place("move", "/etc/group", "/etc/group.kept");
  place("fifo", "/etc/group", "");
  check(run_as_user(out, sizeof out) == 0, "a FIFO as /etc/group: %s", out);
  place("link", "/etc/group", "/proc/self/mem");
  check(run_as_user(out, sizeof out) == 0, "a link to memory as /etc/group: %s", out);
  place("move", "/etc/group.kept", "/etc/group");
}

/* The viewer's stream ends, or says why, and the host's socket has no visitor. */
static void expect_no_display(const char *what) {
  char ticket[MOBIDESK_TICKET_SIZE], text[512];
  mobidesk_error err;
  works(mobidesk_session_attach(site->m, ID, ticket, &err), &err);
  cleanup_close int fd = site_stream(site, ticket);
  struct pollfd p = {fd, POLLIN, 0};
  check(poll(&p, 1, PATIENCE_MS) == 1, "%s: the viewer waits", what);
  ssize_t n = read(fd, text, sizeof text - 1);
  text[n > 0 ? n : 0] = '\0';
  check(n <= 0 || strncmp(text, "error", 5) == 0, "%s: the viewer reads `%s`", what, text);
  for (int i = 0; i < 4; i++) {
    p = (struct pollfd){bait.listeners[i], POLLIN, 0};
    check(poll(&p, 1, 0) == 0, "%s: the daemon came to the host's socket", what);
  }
}

static void expect_display_guarded(void) {
  static const char display[] = "/run/mobidesk/display.sock";
  mobidesk_error err;
  mobidesk_checkpoint_stats stats;
  place("move", display, "/run/mobidesk/kept");
  place("link", display, bait.socket);
  expect_no_display("a link to the host's socket");
  place("fifo", display, "");
  expect_no_display("a FIFO");
  place("file", display, "x");
  expect_no_display("a file");
  /* What leads elsewhere cannot be told to let go of its viewers: the move is refused, and the session runs on. */
  check(mobidesk_session_checkpoint(site->m, ID, 1, 0, &stats, &err) < 0, "a checkpoint without a display");
  place("move", "/run/mobidesk/kept", display);
  place("move", "/run/mobidesk", "/run/moved");
  place("link", "/run/mobidesk", "/run/moved");
  expect_no_display("a link on the way");
  place("move", "/run/moved", "/run/mobidesk.real");
  place("move", "/run/mobidesk", "/run/link");
  place("move", "/run/mobidesk.real", "/run/mobidesk");
}

/* ---- a disk that is used again ---- */

static void expect_started(void) {
  static const char *const plain[] = {"/etc/hostname", "/etc/hosts", "/var/log/mobidesk.log",
                                      "/etc/mobidesk/session.env", "/etc/timezone"};
  mobidesk_error err;
  works(mobidesk_session_destroy(site->m, ID, MOBIDESK_KEEP_DISK, &err), &err);
  check(create(&err) == 0, "creating on a disk with traps: %s", err.message);
  struct suspect s = suspect();
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
    char path[PATH_MAX];
    struct stat st;
    suspect_path(&s, plain[i], path, sizeof path);
    check(lstat(path, &st) == 0 && S_ISREG(st.st_mode), "%s is no file", plain[i]);
  }
  check(strstr(inside("app", "cat", "/etc/passwd"), "\nmallory:x:1000:1000::/home/mallory:/bin/bash\n"), "the account");
  suspect_check(&s, &bait, "a disk with traps");
}

static void expect_disk_harmless(void) {
  place("fifo", "/etc/hostname", "");
  place("link", "/etc/hosts", "/etc/passwd");
  place("link", "/etc/timezone", bait.file);
  place("fifo", "/etc/mobidesk/session.env", "");
  place("fifo", "/var/log/mobidesk.log", "");
  expect_started();
  place("link", "/var/log/mobidesk.log", bait.file);
  expect_started();
}

/* What the daemon mounts, and the directories that it would make for it, must not follow /dev to the host. */
static void expect_not_started(void) {
  char path[PATH_MAX];
  mobidesk_error err;
  place("move", "/dev", "/moved");
  place("link", "/dev", lab.dir);
  works(mobidesk_session_destroy(site->m, ID, MOBIDESK_KEEP_DISK, &err), &err);
  check(create(&err) < 0 && strstr(err.message, "/dev/pts"), "a link as /dev: %s", err.message);
  snprintf(path, sizeof path, "%s/pts", lab.dir);
  check(access(path, F_OK) < 0, "%s was made", path);
  snprintf(path, sizeof path, "%s/shm", lab.dir);
  check(access(path, F_OK) < 0, "%s was made", path);
  works(mobidesk_session_destroy(site->m, ID, 0, &err), &err);
  check(create(&err) == 0, "after that: %s", err.message);
}

/* ---- who stops what enters ---- */

/* A command that is stopped before it begins does not keep others from the session for ever. */
static void expect_not_held_up(void) {
  char ticket[MOBIDESK_TICKET_SIZE];
  int streams[COMMANDS_STOPPED];
  const char *argv[] = {"app", "cat", "/etc/hostname"};
  mobidesk_error err;
  inside("confine", "stop");
  for (int i = 0; i < COMMANDS_STOPPED; i++) {
    works(mobidesk_session_exec(site->m, ID, argv, 3, MOBIDESK_EXEC_ROOT, ticket, &err), &err);
    streams[i] = site_stream(site, ticket);
  }
  for (uint64_t since = lab_now_us(); mobidesk_session_sync(site->m, ID, 1, &err) < 0;)
    check(err.code == MOBIDESK_BUSY && lab_now_us() - since < 4 * PATIENCE_MS * 1000ull, "syncing: %s", err.message);
  works(mobidesk_session_destroy(site->m, ID, 0, &err), &err);
  for (int i = 0; i < COMMANDS_STOPPED; i++)
    close(streams[i]);
}

int main(int argc, char **argv) {
  mobidesk_error err;
  session_lab_open(&lab, argc, argv, 64u << 20);
  bait_lay(&bait, &lab, argv[1]);
  site = &lab.servers[0];
  works(create(&err), &err);
  expect_not_caught();
  expect_no_program_of_the_host();
  expect_groups_read();
  expect_display_guarded();
  expect_disk_harmless();
  expect_not_started();
  expect_not_held_up();
  bait_remove(&bait);
  session_lab_close(&lab);
  return 0;
}
