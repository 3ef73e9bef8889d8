/*
 * A session between two servers: moved back and forth with its processes, timers, watches and an open connection to the
 * world; taken back before the commit; refused when it cannot be dumped or there is no room; over a daemon that is
 * killed.
 */
#include "session_lab.h"

#include "clean.h"
#include "frame.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ID "ada-1"
#define ADDRESS "10.74.1.9"
#define MOVES 6
#define IMAGE_MEMORY (64u << 20)
#define PATIENCE_US 120000000

static struct session_lab lab;
static uint64_t epoch = 1;
static int here; /* index of the server that has the session */

static const char *const server_address[] = {"10.73.0.11", "10.73.1.12"};

static mobidesk_session_spec spec(void) {
  return (mobidesk_session_spec){
      .id = ID, .template_id = lab.template_id, .user = "ada", .address = ADDRESS, .epoch = epoch};
}

/* ---- an outside host that echoes lines ---- */

static atomic_ulong echoed;
static atomic_bool broken;
static int listener;

static void *echo(void *data) {
  cleanup_close int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  char line[22] = "";
  unsigned long expected = 1;
  while (fd >= 0 && recv(fd, line, 21, MSG_WAITALL) == 21) {
    if (strtoul(line, NULL, 10) != expected++ || send(fd, line, 21, MSG_NOSIGNAL) != 21)
      break;
    atomic_fetch_add(&echoed, 1);
  }
  broken = true;
  return NULL;
}

static void start_outside(void) {
  pthread_t thread;
  char port[8], out[512];
  listener = lab_socket(&lab.net, LAB_OUTSIDE, SOCK_STREAM, lab_address(LAB_OUTSIDE), 0);
  check(listen(listener, 1) == 0 && pthread_create(&thread, NULL, echo, NULL) == 0, "serving outside");
  pthread_detach(thread);
  snprintf(port, sizeof port, "%u", lab_port(listener));
  const char *argv[] = {"app", "call", "203.0.113.10", port, NULL};
  int status = site_exec(&lab.servers[here], ID, 0, argv, out, sizeof out);
  check(status == 0, "calling the outside host: status %d, %s", status, out);
}

/* Lines go on: the connection was neither reset nor did it lose or repeat one. */
static void expect_lines(void) {
  unsigned long before = echoed;
  for (uint64_t since = lab_now_us(); echoed < before + 20; poll(NULL, 0, 5)) {
    check(!broken, "the connection to the outside host broke after %lu lines", (unsigned long)echoed);
    check(lab_now_us() - since < PATIENCE_US, "no lines any more, after %lu", (unsigned long)echoed);
  }
}

/* ---- what the session says of itself ---- */

struct state {
  int pid, child;
  unsigned long ticks, opened;
  char memory[16], deleted[16], linked[16];
  long monotonic;
  unsigned long interrupted;
  char kept[32];
};

static struct state read_state(void) {
  char out[1024] = "";
  struct state s;
  const char *argv[] = {"app", "cat", "/var/lib/app/state", NULL};
  int status = site_exec(&lab.servers[here], ID, 0, argv, out, sizeof out);
  check(status == 0 && sscanf(out,
                              "pid=%d child=%d ticks=%lu opened=%lu memory=%15s deleted=%15s linked=%15s monotonic=%ld "
                              "interrupted=%lu kept=%31s",
                              &s.pid, &s.child, &s.ticks, &s.opened, s.memory, s.deleted, s.linked, &s.monotonic,
                              &s.interrupted, s.kept) == 10,
        "status %d, state `%s`", status, out);
  return s;
}

/* Waits until the session has seen that its watched file was opened: timer and inotify both work; and until all that
 * was on its way has arrived, which a segment of TCP may need an acknowledgement or a retransmission for. */
static struct state expect_alive(const struct state *before) {
  char out[256];
  struct state now = *before;
  const char *argv[] = {"app", "cat", "/var/lib/app/watched", NULL};
  check(site_exec(&lab.servers[here], ID, 0, argv, out, sizeof out) == 0, "opening the watched file: %s", out);
  for (uint64_t since = lab_now_us();
       now.opened <= before->opened || now.ticks <= before->ticks || strcmp(now.kept, "all") != 0; now = read_state())
    check(lab_now_us() - since < PATIENCE_US, "ticks %lu, then %lu; opened %lu, then %lu; the %s is not as it was",
          before->ticks, now.ticks, before->opened, now.opened, now.kept);
  check(now.pid == before->pid && now.child == before->child, "pids %d %d became %d %d", before->pid, before->child,
        now.pid, now.child);
  check(strcmp(now.memory, "remember") == 0 && strcmp(now.deleted, "deleted") == 0 && strcmp(now.linked, "linked") == 0,
        "kept `%s` `%s` `%s`", now.memory, now.deleted, now.linked);
  check(now.interrupted == before->interrupted, "poll was interrupted");
  check(now.monotonic > before->monotonic, "the clock went from %ld to %ld ms", before->monotonic, now.monotonic);
  return now;
}

/* A directory that two layers of the template have: merged, the upper one first, and still watched. */
static void expect_layers(void) {
  char out[256];
  struct state before = read_state(), now = before;
  const char *cat[] = {"app", "cat", "/usr/share/both/below", "/usr/share/both/deep/same", NULL};
  const char *put[] = {"app", "put", "/usr/share/both/deep/new", "new", NULL};
  const char *undo[] = {"app", "remove", "/usr/share/both/deep/new", NULL};
  check(site_exec(&lab.servers[here], ID, 0, cat, out, sizeof out) == 0 && strcmp(out, "below\nabove\n") == 0,
        "the layers have: %s", out);
  check(site_exec(&lab.servers[here], ID, MOBIDESK_EXEC_ROOT, put, out, sizeof out) == 0, "creating a file: %s", out);
  for (uint64_t since = lab_now_us(); now.opened <= before.opened; now = read_state())
    check(lab_now_us() - since < PATIENCE_US, "the watch of a merged directory says nothing");
  check(site_exec(&lab.servers[here], ID, MOBIDESK_EXEC_ROOT, undo, out, sizeof out) == 0, "removing it: %s", out);
}

static int state_at(int server) {
  mobidesk_session s;
  mobidesk_error err;
  if (mobidesk_session_show(lab.servers[server].m, ID, &s, &err) == 0)
    return s.state;
  check(err.code == MOBIDESK_NOT_FOUND, "%s", err.message);
  return 0;
}

/* ---- the steps of a move ---- */

static void checkpoint(void) {
  mobidesk_error err;
  mobidesk_checkpoint_stats first, again;
  works(mobidesk_session_sync(lab.servers[here].m, ID, epoch, &err), &err);
  works(mobidesk_gateway_hold(lab.proxy.m, ADDRESS, &err), &err);
  works(mobidesk_session_checkpoint(lab.servers[here].m, ID, epoch, 0, &first, &err), &err);
  check(first.processes >= 3 && first.image_bytes > 0 && first.dump_us >= first.freeze_us && first.stopped_at_us > 0,
        "%u processes, %lu bytes", first.processes, (unsigned long)first.image_bytes);
  works(mobidesk_session_checkpoint(lab.servers[here].m, ID, epoch, 0, &again, &err), &err);
  check(memcmp(&first, &again, sizeof first) == 0, "a repeated checkpoint answers otherwise");
  check(state_at(here) == MOBIDESK_CHECKPOINTED, "state %d", state_at(here));
}

/* The image has arrived: to HELD at the target; nothing of it has run. */
static void hold(int there) {
  mobidesk_error err;
  mobidesk_restore_stats first, again;
  mobidesk_session_spec s = spec();
  unsigned long lines = echoed;
  works(mobidesk_session_restore(lab.servers[there].m, &s, &first, &err), &err);
  works(mobidesk_session_restore(lab.servers[there].m, &s, &again, &err), &err);
  check(memcmp(&first, &again, sizeof first) == 0 && first.restore_us > 0, "a repeated restore answers otherwise");
  check(state_at(there) == MOBIDESK_HELD, "state %d", state_at(there));
  check(echoed == lines, "a held session sends");
}

static void bring(int there) {
  char answer[256];
  site_transfer(&lab.servers[here], &lab.servers[there], ID, epoch, answer, sizeof answer);
  check(strncmp(answer, "ok ", 3) == 0, "import: %s", answer);
  check(state_at(there) == MOBIDESK_CHECKPOINTED, "state %d", state_at(there));
  hold(there);
}

/* Checkpoint and transfer at once. */
static void bring_while_dumping(int there) {
  struct site_follow f;
  site_follow(&f, &lab.servers[here], &lab.servers[there], ID, epoch);
  checkpoint();
  const char *answer = site_follow_end(&f);
  check(strncmp(answer, "ok ", 3) == 0, "import: %s", answer);
  hold(there);
}

static void let_run(int there, uint64_t new_epoch) {
  mobidesk_error err;
  mobidesk_restore_stats stats;
  mobidesk_hold_stats held;
  works(mobidesk_session_resume(lab.servers[there].m, ID, new_epoch, &stats, &err), &err);
  works(mobidesk_session_resume(lab.servers[there].m, ID, new_epoch, &stats, &err), &err);
  check(stats.running_at_us > 0 && stats.resume_us > 0, "running at %lu", (unsigned long)stats.running_at_us);
  works(mobidesk_gateway_release(lab.proxy.m, ADDRESS, server_address[there], &held, &err), &err);
  epoch = new_epoch;
}

static void move(void) {
  static bool streamed;
  int there = 1 - here;
  mobidesk_error err;
  mobidesk_session_spec s = spec();
  struct state before = read_state();
  works(mobidesk_session_reserve(lab.servers[there].m, &s, 1 << 20, &err), &err);
  streamed = !streamed;
  if (streamed) {
    bring_while_dumping(there);
  } else {
    checkpoint();
    bring(there);
  }
  let_run(there, epoch + 1);
  works(mobidesk_session_reap(lab.servers[here].m, ID, epoch - 1, &err), &err);
  works(mobidesk_session_reap(lab.servers[here].m, ID, epoch - 1, &err), &err);
  check(state_at(here) == 0, "the source still has it, state %d", state_at(here));
  here = there;
  expect_lines();
  expect_alive(&before);
}

static void expect_stale(void) {
  mobidesk_error err;
  mobidesk_checkpoint_stats stats;
  int r = mobidesk_session_checkpoint(lab.servers[here].m, ID, epoch - 1, 0, &stats, &err);
  check(r < 0 && err.code == MOBIDESK_STALE_EPOCH, "an epoch that is over: code %d, %s", err.code, err.message);
}

/* The target is given up while it holds the session; the source restores its own image. */
static void take_back(void) {
  int there = 1 - here;
  mobidesk_error err;
  mobidesk_restore_stats stats;
  mobidesk_session_spec s = spec();
  struct state before = read_state();
  works(mobidesk_session_reserve(lab.servers[there].m, &s, 0, &err), &err);
  bring_while_dumping(there);
  works(mobidesk_session_abort(lab.servers[there].m, ID, epoch, &err), &err);
  works(mobidesk_session_abort(lab.servers[there].m, ID, epoch, &err), &err);
  check(state_at(there) == 0, "the target still has it, state %d", state_at(there));
  works(mobidesk_session_restore(lab.servers[here].m, &s, &stats, &err), &err);
  let_run(here, epoch);
  expect_lines();
  expect_alive(&before);
}

/* ---- refusals; the session runs on ---- */

static void fill(const char *path, bool full) {
  if (!full) {
    check(unlink(path) == 0, "removing %s", path);
    return;
  }
  cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  char block[65536] = "";
  check(fd >= 0, "creating %s", path);
  while (write(fd, block, sizeof block) > 0)
    ;
  check(errno == ENOSPC, "filling %s", path);
}

static void expect_no_space(void) {
  char path[4096];
  mobidesk_error err;
  mobidesk_checkpoint_stats stats;
  struct state before = read_state();
  site_path(&lab.servers[here], "images/full", path, sizeof path);
  fill(path, true);
  int r = mobidesk_session_checkpoint(lab.servers[here].m, ID, epoch, 0, &stats, &err);
  check(r < 0 && err.code == MOBIDESK_NO_SPACE, "no room for an image: code %d, %s", err.code, err.message);
  fill(path, false);
  expect_lines();
  expect_alive(&before);
}

static void expect_not_checkpointable(void) {
  char pid[64], out[256];
  mobidesk_error err;
  mobidesk_checkpoint_stats stats;
  struct state before = read_state();
  mobidesk_error err_of_abort;
  mobidesk_session_spec wanted = spec();
  const char *trace[] = {"app", "obstruct", "traced", NULL};
  check(site_exec(&lab.servers[here], ID, MOBIDESK_EXEC_ROOT, trace, pid, sizeof pid) == 0, "tracing: %s", pid);
  struct site_follow f;
  works(mobidesk_session_reserve(lab.servers[1 - here].m, &wanted, 0, &err), &err);
  site_follow(&f, &lab.servers[here], &lab.servers[1 - here], ID, epoch);
  int r = mobidesk_session_checkpoint(lab.servers[here].m, ID, epoch, 0, &stats, &err);
  check(strncmp(site_follow_end(&f), "error ", 6) == 0, "a dump that failed was taken: %s", f.answer);
  works(mobidesk_session_abort(lab.servers[1 - here].m, ID, epoch, &err_of_abort), &err_of_abort);
  check(r < 0 && err.code == MOBIDESK_NOT_CHECKPOINTABLE && strstr(err.message, "traced"), "code %d, %s", err.code,
        err.message);
  printf("refused: %s\n", err.message);
  pid[strcspn(pid, "\n")] = '\0';
  const char *kill_it[] = {"app", "kill", pid, NULL};
  check(site_exec(&lab.servers[here], ID, MOBIDESK_EXEC_ROOT, kill_it, out, sizeof out) == 0, "killing %s: %s", pid,
        out);
  expect_lines();
  expect_alive(&before);
}

/* A command and a viewer from outside end with the checkpoint, and are told so. */
static void expect_streams_end(void) {
  char ticket[MOBIDESK_TICKET_SIZE], bytes[256];
  unsigned char hello[8] = {0, 0, 0, 0, 129, 0, 0, 0}, header[5];
  mobidesk_error err;
  const char *argv[] = {"app", "wait"};
  struct site *site = &lab.servers[here];
  works(mobidesk_session_exec(site->m, ID, argv, 2, 0, ticket, &err), &err);
  cleanup_close int command = site_stream(site, ticket);
  works(mobidesk_session_attach(site->m, ID, ticket, &err), &err);
  cleanup_close int viewer = site_stream(site, ticket);
  check(frame_write_all(viewer, hello, 8) == 0 && frame_read_all(viewer, bytes, 8) == 0, "the display does not answer");
  move();
  check(read(viewer, bytes, 1) == 0, "the viewer's stream goes on");
  check(frame_read_all(command, header, 5) == 0 && header[0] == 4, "the command's stream ends without a message");
  check(frame_read_all(command, bytes, header[1]) == 0 && strstr(bytes, "moved"), "the message does not say why");
}

static void expect_adopted(void) {
  mobidesk_error err;
  mobidesk_session s;
  struct state before = read_state();
  site_kill(&lab.servers[here]);
  expect_lines();
  site_start(&lab.servers[here]);
  works(mobidesk_session_show(lab.servers[here].m, ID, &s, &err), &err);
  check(s.state == MOBIDESK_RUNNING && s.epoch == epoch, "state %d at epoch %lu", s.state, (unsigned long)s.epoch);
  expect_alive(&before);
  move();
}

/* The daemon dies while it holds a restored session: nothing of it has run, the image is still there. */
static void expect_held_survives(void) {
  mobidesk_error err;
  mobidesk_restore_stats stats;
  mobidesk_session_spec s = spec();
  struct state before = read_state();
  checkpoint();
  works(mobidesk_session_restore(lab.servers[here].m, &s, &stats, &err), &err);
  site_kill(&lab.servers[here]);
  site_start(&lab.servers[here]);
  check(state_at(here) == MOBIDESK_CHECKPOINTED, "state %d", state_at(here));
  works(mobidesk_session_restore(lab.servers[here].m, &s, &stats, &err), &err);
  let_run(here, epoch);
  expect_lines();
  expect_alive(&before);
}

/* Through the storage tier instead of a stream. */
static void hibernate(void) {
  int there = 1 - here;
  uint64_t stored, loaded;
  mobidesk_error err;
  mobidesk_restore_stats stats;
  mobidesk_session_spec s = spec();
  struct state before = read_state();
  checkpoint();
  works(mobidesk_image_store(lab.servers[here].m, ID, epoch, &stored, &err), &err);
  works(mobidesk_session_reap(lab.servers[here].m, ID, epoch, &err), &err);
  works(mobidesk_session_reserve(lab.servers[there].m, &s, 0, &err), &err);
  works(mobidesk_image_load(lab.servers[there].m, ID, epoch, &loaded, &err), &err);
  check(stored > 0 && loaded > stored, "%lu bytes stored, %lu loaded", (unsigned long)stored, (unsigned long)loaded);
  works(mobidesk_session_restore(lab.servers[there].m, &s, &stats, &err), &err);
  let_run(there, epoch + 1);
  here = there;
  expect_lines();
  expect_alive(&before);
}

/* Waits for an event of that kind; returns its exit status. */
static int expect_event(int kind) {
  mobidesk_error err;
  mobidesk_event e;
  mobidesk *m;
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/run/hostd.sock", lab.servers[here].dir);
  works(mobidesk_connect(path, &m, &err), &err);
  works(mobidesk_events_subscribe(m, 0, &err), &err);
  do
    check(mobidesk_events_next(m, PATIENCE_US / 1000, &e, &err) == 1, "no event of kind %d", kind);
  while (e.kind != kind);
  check(strcmp(e.session, ID) == 0, "an event of %s", e.session);
  mobidesk_close(m);
  return e.exit_status;
}

/* It comes back where it was: with its image in memory still, as when that could not be reaped, and without. */
static void hibernate_in_place(bool reaped) {
  uint64_t stored, loaded;
  mobidesk_error err;
  mobidesk_restore_stats stats;
  mobidesk_session_spec s = spec();
  struct site *site = &lab.servers[here];
  struct state before = read_state();
  checkpoint();
  works(mobidesk_image_store(site->m, ID, epoch, &stored, &err), &err);
  if (reaped)
    works(mobidesk_session_reap(site->m, ID, epoch, &err), &err);
  check(state_at(here) == (reaped ? 0 : MOBIDESK_CHECKPOINTED), "state %d", state_at(here));
  works(mobidesk_session_reserve(site->m, &s, 0, &err), &err);
  works(mobidesk_image_load(site->m, ID, epoch, &loaded, &err), &err);
  check(stored > 0 && loaded > 0, "%lu bytes stored, %lu loaded", (unsigned long)stored, (unsigned long)loaded);
  works(mobidesk_session_restore(site->m, &s, &stats, &err), &err);
  let_run(here, epoch + 1);
  expect_lines();
  expect_alive(&before);
}

static void end(void) {
  char out[256];
  mobidesk_error err;
  struct state s = read_state();
  char pid[16];
  snprintf(pid, sizeof pid, "%d", s.pid);
  const char *argv[] = {"app", "kill", pid, NULL};
  /* The command may go down with the session before it has said that all is well. */
  int status = site_exec(&lab.servers[here], ID, MOBIDESK_EXEC_ROOT, argv, out, sizeof out);
  check(status == 0 || status == 128 + SIGKILL || status == 128 + SIGTERM, "status %d", status);
  /* It was restored here, so CRIU's process was its parent. */
  status = expect_event(MOBIDESK_EVENT_EXITED);
  check(status == 128 + SIGKILL, "the session ended with status %d", status);
  check(state_at(here) == MOBIDESK_EXITED, "state %d", state_at(here));
  works(mobidesk_session_destroy(lab.servers[here].m, ID, 0, &err), &err);
  works(mobidesk_session_destroy(lab.servers[here].m, ID, 0, &err), &err);
  works(mobidesk_gateway_forget(lab.proxy.m, ADDRESS, &err), &err);
}

/* The daemon died when it had just let go of the disk of what it had dumped: that must not run on. */
static void expect_released_ends(void) {
  char line[PATH_MAX];
  mobidesk_error err;
  mobidesk_session s;
  epoch = 1;
  mobidesk_session_spec wanted = spec();
  works(mobidesk_session_create(lab.servers[here].m, &wanted, &s, &err), &err);
  site_kill(&lab.servers[here]);
  snprintf(line, sizeof line, "rm '%s/storage/disks/" ID ".lease'", lab.dir);
  check(system(line) == 0, "%s", line);
  site_start(&lab.servers[here]);
  expect_event(MOBIDESK_EVENT_LOST);
  check(state_at(here) == 0, "state %d", state_at(here));
  works(mobidesk_session_destroy(lab.servers[here].m, ID, 0, &err), &err);
}

int main(int argc, char **argv) {
  mobidesk_error err;
  mobidesk_session s;
  session_lab_open(&lab, argc, argv, IMAGE_MEMORY);
  mobidesk_session_spec wanted = spec();
  works(mobidesk_session_create(lab.servers[here].m, &wanted, &s, &err), &err);
  check(s.state == MOBIDESK_RUNNING && s.processes >= 3, "state %d, %u processes", s.state, s.processes);
  works(mobidesk_gateway_route(lab.proxy.m, ADDRESS, server_address[here], &err), &err);
  start_outside();
  expect_lines();
  for (int i = 0; i < MOVES; i++)
    move();
  expect_layers();
  expect_stale();
  take_back();
  expect_no_space();
  expect_not_checkpointable();
  expect_streams_end();
  expect_adopted();
  expect_held_survives();
  hibernate();
  hibernate_in_place(false);
  hibernate_in_place(true);
  move();
  end();
  expect_released_ends();
  session_lab_close(&lab);
  printf("%lu lines over %lu epochs\n", (unsigned long)echoed, (unsigned long)epoch);
  return 0;
}
