/*
 * mobidesk-hostd: the privileged daemon of a MobiDesk server or gateway. Runs in the foreground and logs to standard
 * error.
 */
#include "clean.h"
#include "config.h"
#include "event.h"
#include "hostd.h"
#include "log.h"
#include "process.h"
#include "server.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

static const char usage[] = "usage: mobidesk-hostd [--config FILE] [--version]\n"
                            "Serves /run/mobidesk/hostd.sock until SIGTERM; sessions outlive it.\n";

/* SIGTERM and SIGINT arrive by descriptor; all threads inherit the mask. A peer that goes away is an error of write. */
static int stop_signals(struct error *err) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  if (sigprocmask(SIG_BLOCK, &stop, NULL) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
    return error_sys(err, "setting up signals");
  int fd = signalfd(-1, &stop, SFD_CLOEXEC);
  return fd < 0 ? error_sys(err, "making a signalfd") : fd;
}

static int run(const char *config_path, struct error *err) {
  static struct config config;
  if (config_load(&config, config_path, err) < 0)
    return -1;
  cleanup_close int stop = stop_signals(err);
  if (stop < 0)
    return -1;
  /* CRIU ends when it has restored a session; its first process is then this one's child, whose exit status is told. */
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
    return error_sys(err, "becoming the parent of restored sessions");
  umask(022);
  /* Between dump and restore applications stand still. */
  process_set_nice(-10);
  if (hostd_open(&config, err) < 0)
    return -1;
  int r = server_run(&config, stop, err);
  hostd_close(&config);
  return r;
}

int main(int argc, char **argv) {
  static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                          {"version", no_argument, NULL, 'v'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
  const char *config_path = NULL;
  struct error err = {0};
  for (int option; (option = getopt_long(argc, argv, "c:vh", options, NULL)) != -1;) {
    if (option == 'c') {
      config_path = optarg;
    } else if (option == 'v') {
      puts("mobidesk-hostd " MOBIDESK_VERSION);
      return 0;
    } else {
      fputs(usage, option == 'h' ? stdout : stderr);
      return option == 'h' ? 0 : 2;
    }
  }
  if (optind < argc) {
    fputs(usage, stderr);
    return 2;
  }
  if (run(config_path, &err) < 0) {
    log_error("stopped", "code=%d message=\"%s\"", err.code, err.message);
    return 1;
  }
  log_info("stopped", "reason=signal");
  /* Threads of open connections end with the process. */
  fflush(NULL);
  _exit(0);
}
