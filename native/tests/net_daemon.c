/*
 * The gateway as operations of the real daemon, through libmobidesk, and what remains when the daemon is killed while
 * it holds packets, and keeps the way past the proxy's rules open. Argument: the daemon.
 */
#include <arpa/inet.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clean.h"
#include "gateway_shortcut.h"
#include "net_lab.h"
#include "net_talk.h"
#include "translator.h"

#define START_US 60000000
/* How long the way past the proxy's rules is open without a word of the daemon, by the same clock (decision 27). */
#define OPEN_US 2000000

static char directory[] = "/tmp/net-daemon-XXXXXX";
static pid_t daemon_pid;

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk) {
  return remove(path);
}

/* Runs when the test ends, also on failure. */
static void clean_up(void) {
  if (daemon_pid > 0)
    kill(daemon_pid, SIGKILL);
  char pins[64];
  snprintf(pins, sizeof pins, "%s/run/bpf-gateway", directory);
  umount2(pins, MNT_DETACH);
  nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void write_config(const struct lab *lab) {
  char path[64];
  snprintf(path, sizeof path, "%s/hostd.conf", directory);
  cleanup_file FILE *f = fopen(path, "we");
  check(f, "writing %s", path);
  fprintf(f, "instance = %s\nrole = gateway\nrun_dir = %s/run\nstate_dir = %s/state\nimages_dir = %s/images\n",
          lab->gateway_config.instance, directory, directory, directory);
  fprintf(f, "session_network = 10.74.0.0/16\ngateway_interface = world\nnetwork_key = %s\n", LAB_KEY);
}

/* The daemon is to find the maps that the gateway before it made. */
static void give_maps(const struct lab *lab) {
  char pins[64];
  snprintf(pins, sizeof pins, "%s/run", directory);
  check(mkdir(pins, 0755) == 0, "making %s", pins);
  snprintf(pins, sizeof pins, "%s/run/bpf-gateway", directory);
  check(mkdir(pins, 0700) == 0 && mount(lab->gateway_config.pins, pins, NULL, MS_BIND, NULL) == 0, "binding %s", pins);
}

/* Starts the daemon at the proxy and connects. */
static mobidesk *start(const struct lab *lab, const char *program) {
  char config[64], path[64];
  snprintf(config, sizeof config, "%s/hostd.conf", directory);
  snprintf(path, sizeof path, "%s/run/hostd.sock", directory);
  lab_enter(lab, LAB_PROXY);
  daemon_pid = fork();
  check(daemon_pid >= 0, "forking");
  if (daemon_pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execl(program, program, "--config", config, (char *)NULL);
    _exit(127);
  }
  mobidesk_error err;
  mobidesk *m;
  for (uint64_t since = lab_now_us(); mobidesk_connect(path, &m, &err) < 0; poll(NULL, 0, 5)) {
    check(waitpid(daemon_pid, NULL, WNOHANG) == 0, "the daemon ended");
    check(lab_now_us() - since < START_US, "the daemon does not serve: %s", err.message);
  }
  return m;
}

static void stop(mobidesk *m, int signal) {
  mobidesk_close(m);
  kill(daemon_pid, signal);
  waitpid(daemon_pid, NULL, 0);
  daemon_pid = 0;
}

static void hold_and_release(mobidesk *m, const struct talk *talk) {
  mobidesk_error err;
  mobidesk_hold_stats stats;
  works(mobidesk_gateway_hold(m, "10.74.0.5", &err), &err);
  uint64_t heard = talk->outside->received;
  while (talk->outside->received < heard + 50) /* the way out is open, and packets for the session are kept */
    poll(NULL, 0, 1);
  works(mobidesk_gateway_release(m, "10.74.0.5", "10.73.0.11", &stats, &err), &err);
  check(stats.packets > 0 && stats.bytes > stats.packets && stats.dropped == 0 && stats.held_us > 0,
        "%lu packets, %lu bytes, %lu dropped, %lu us", (unsigned long)stats.packets, (unsigned long)stats.bytes,
        (unsigned long)stats.dropped, (unsigned long)stats.held_us);
  talk_on(talk, 50);
}

/* The daemon's maps; NULL where the kernel lacks what the way past its rules needs. */
static struct translator *open_maps(const struct lab *lab) {
  struct translator *maps;
  struct error err;
  if (access("/sys/kernel/btf/vmlinux", F_OK) < 0)
    return NULL;
  lab_enter(lab, LAB_PROXY);
  works(translator_open(TRANSLATOR_GATEWAY_SHORTCUT, lab->gateway_config.pins, &maps, &err), &err);
  return maps;
}

static uint64_t count(struct translator *maps) {
  struct error err;
  uint64_t packets;
  works(gateway_shortcut_packets(maps, &packets, &err), &err);
  return packets;
}

/* Goes on until the conversation takes the short way. */
static void talk_until_short(struct translator *maps, const struct talk *talk, const char *why) {
  uint64_t before, since = lab_now_us();
  do {
    check(lab_now_us() - since < START_US, "packets should take the short way: %s", why);
    before = count(maps);
    talk_on(talk, 50);
  } while (count(maps) == before);
}

/* Nobody is there to close the way when a firewall comes: it closes by itself, and what goes by it goes on. */
static void expect_closing(mobidesk **m, const struct lab *lab, const struct talk *talk, const char *program) {
  struct translator *maps = open_maps(lab);
  if (!maps)
    return;
  talk_until_short(maps, talk, "the daemon keeps it open");
  uint64_t before = count(maps);
  stop(*m, SIGKILL);
  for (uint64_t dead = lab_now_us(); lab_now_us() - dead <= OPEN_US;)
    talk_on(talk, 50);
  check(count(maps) > before, "the way was closed before anybody could have closed it");
  before = count(maps);
  talk_on(talk, 50);
  check(count(maps) == before, "the way is open, and no daemon has been there for %d us", OPEN_US);
  *m = start(lab, program);
  talk_until_short(maps, talk, "there is a daemon again");
  translator_close(maps);
}

static void expect_refusals(mobidesk *m) {
  mobidesk_error err;
  check(mobidesk_gateway_hold(m, "10.74.0", &err) < 0 && err.code == MOBIDESK_INVALID &&
            strstr(err.message, "session_address"),
        "a malformed address: %s", err.message);
  check(mobidesk_gateway_route(m, "10.74.0.5", "203.0.113.10", &err) < 0 && err.code == MOBIDESK_INVALID,
        "a server outside: %s", err.message);
}

int main(int argc, char **argv) {
  struct lab lab;
  struct talk talk;
  mobidesk_error err;
  mobidesk_hold_stats stats;
  check(argc == 2, "the argument is the daemon's path");
  lab_open(&lab);
  check(mkdtemp(directory), "making %s", directory);
  atexit(clean_up);
  write_config(&lab);
  give_maps(&lab);
  lab_enter(&lab, LAB_PROXY);
  gateway_close(lab.gateway);

  mobidesk *m = start(&lab, argv[1]); /* it finds the routes and maps that the gateway before it made */
  talk_start(&lab, 0, SOCK_STREAM, &talk);
  hold_and_release(m, &talk);
  expect_refusals(m);

  works(mobidesk_gateway_hold(m, "10.74.0.5", &err), &err);
  stop(m, SIGKILL);
  talk_on(&talk, 50); /* the route into the park went with the daemon */
  m = start(&lab, argv[1]);
  talk_on(&talk, 50);
  works(mobidesk_gateway_release(m, "10.74.0.5", "10.73.0.11", &stats, &err), &err);
  check(stats.packets == 0, "%lu packets came back from the dead", (unsigned long)stats.packets);
  hold_and_release(m, &talk);
  expect_closing(&m, &lab, &talk, argv[1]);
  talk_finish(&talk);

  works(mobidesk_gateway_forget(m, "10.74.0.5", &err), &err);
  stop(m, SIGTERM);
  lab.gateway = NULL;
  lab_close(&lab);
  return 0;
}
