/*
 * Where the time of a move goes, without application servers: a desktop with its applications between two daemons, step
 * by step. Not a test: a developer runs it (docs/develop.md), with an absolute path to the template and the number of
 * moves.
 *
 *   session-profile HOSTD INIT APP TEMPLATE.json MOVES [COMMAND ...]
 *
 * Each COMMAND is started in the session by a shell. A line for each move: what the daemons say, milliseconds; "wait"
 * is from the end of the checkpoint until the target has the image, "held" from then until it is restored.
 */
#include "session_lab.h"

#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ID "ada-1"
#define ADDRESS "10.74.1.9"
#define IMAGE_MEMORY (4ull << 30)

/* How long a desktop is left to itself before it is moved: what it does when it starts is not what is measured. */
#define SETTLE_MS 8000
#define BETWEEN_MS 1000

static struct session_lab lab;
static int passes; /* of the memory, sent ahead; PASSES in the environment */
static char template_id[MOBIDESK_NAME_SIZE];
static const char *const server_address[] = {"10.73.0.11", "10.73.1.12"};

/* The template of FILE.json, and its layers, which are beside it. */
static void take_template(const char *file) {
  char line[2048];
  size_t i;
  json_t *layer, *template = json_load_file(file, 0, NULL);
  const char *id = json_string_value(json_object_get(template, "id"));
  const char *end = strrchr(file, '/');
  int dir = end ? (int)(end - file) : 0;
  check(id && strlen(id) < sizeof template_id, "`%s` is not of a template", file);
  memcpy(template_id, id, strlen(id));
  snprintf(line, sizeof line, "cp '%s' %s/templates/", file, lab.dir);
  check(system(line) == 0, "%s", line);
  json_array_foreach(json_object_get(template, "layers"), i, layer) {
    snprintf(line, sizeof line, "ln -s '%.*s/%s.erofs' %s/templates/", dir, file, json_string_value(layer), lab.dir);
    check(system(line) == 0, "%s", line);
  }
  json_decref(template);
}

static mobidesk_session_spec spec(uint64_t epoch) {
  return (mobidesk_session_spec){
      .id = ID, .template_id = template_id, .user = "ada", .address = ADDRESS, .epoch = epoch};
}

static void start(const char *command) {
  char line[512], out[512];
  snprintf(line, sizeof line, "setsid -f sh -c '%s' >/dev/null 2>&1 </dev/null", command);
  const char *argv[] = {"sh", "-c", line, NULL};
  check(site_exec(&lab.servers[0], ID, 0, argv, out, sizeof out) == 0, "%s: %s", command, out);
}

static double ms(uint64_t us) { return (double)us / 1000; }

/* One move; prints its phases. */
static void move(int here, uint64_t epoch) {
  struct site *from = &lab.servers[here], *to = &lab.servers[1 - here];
  mobidesk_error err;
  mobidesk_checkpoint_stats dump;
  mobidesk_restore_stats restore;
  mobidesk_hold_stats held;
  mobidesk_session_spec s = spec(epoch);
  works(mobidesk_session_reserve(to->m, &s, 1 << 20, &err), &err);
  works(mobidesk_session_sync(from->m, ID, epoch, &err), &err);
  uint64_t ahead = lab_now_us();
  for (int pass = 0; pass < passes; pass++)
    site_send_ahead(from, to, ID, epoch, pass == 0 ? MOBIDESK_AHEAD_WHOLE : 0);
  ahead = lab_now_us() - ahead;
  works(mobidesk_gateway_hold(lab.proxy.m, ADDRESS, &err), &err);
  struct site_follow f;
  site_follow(&f, from, to, ID, epoch);
  works(mobidesk_session_checkpoint(from->m, ID, epoch, passes > 0 ? MOBIDESK_CHECKPOINT_AHEAD : 0, &dump, &err), &err);
  uint64_t dumped = lab_now_us();
  const char *answer = site_follow_end(&f);
  if (strncmp(answer, "ok ", 3) != 0) {
    char l[8192];
    snprintf(l, sizeof l, "tail -n 12 %s/log %s/log", from->dir, to->dir);
    if (system(l))
      puts("?");
  }
  check(strncmp(answer, "ok ", 3) == 0, "import: %s", answer);
  uint64_t transferred = lab_now_us();
  works(mobidesk_session_restore(to->m, &s, &restore, &err), &err);
  uint64_t restored = lab_now_us();
  works(mobidesk_session_resume(to->m, ID, epoch + 1, &restore, &err), &err);
  works(mobidesk_gateway_release(lab.proxy.m, ADDRESS, server_address[1 - here], &held, &err), &err);
  works(mobidesk_session_reap(from->m, ID, epoch, &err), &err);
  printf("%7.0f %7.0f %7.1f %7.1f %7.1f %7.1f %7.1f %7.1f %7.1f %7.1f %6u %7.1f %7.0f\n",
         ms(restore.running_at_us - dump.stopped_at_us), ms(dump.quiesce_us), ms(dump.freeze_us), ms(dump.dump_us),
         ms(dump.release_us), ms(transferred - dumped), ms(restore.prepare_us), ms(restore.restore_us),
         ms(restored - transferred), ms(restore.resume_us), dump.processes, (double)dump.image_bytes / 1e6, ms(ahead));
  fflush(stdout);
}

int main(int argc, char **argv) {
  mobidesk_error err;
  mobidesk_session s;
  check(argc >= 6, "arguments: the daemon, mobidesk-init, the session's program, a template, a number, commands");
  char *programs[] = {argv[0], argv[1], argv[2], argv[3], NULL};
  passes = getenv("PASSES") ? atoi(getenv("PASSES")) : 2;
  session_lab_open(&lab, 4, programs, IMAGE_MEMORY);
  take_template(argv[4]);
  mobidesk_session_spec wanted = spec(1);
  works(mobidesk_session_create(lab.servers[0].m, &wanted, &s, &err), &err);
  works(mobidesk_gateway_route(lab.proxy.m, ADDRESS, server_address[0], &err), &err);
  for (int i = 6; i < argc; i++)
    start(argv[i]);
  poll(NULL, 0, SETTLE_MS);
  puts("stopped quiesce  freeze    dump release    wait prepare restore    held  resume  procs      MB   ahead");
  for (int i = 0; i < atoi(argv[5]); i++) {
    move(i % 2, (uint64_t)i + 1);
    poll(NULL, 0, BETWEEN_MS);
  }
  works(mobidesk_session_destroy(lab.servers[atoi(argv[5]) % 2].m, ID, 0, &err), &err);
  session_lab_close(&lab);
  return 0;
}
