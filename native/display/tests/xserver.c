/* xserver.c: see xserver.h. */
#include "xserver.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_TIMEOUT_MS 60000
#define SYSTEM_MODULES "/usr/lib/xorg/modules"

static void fail(const char *what) {
  fprintf(stderr, "xserver: %s: %s\n", what, strerror(errno));
  exit(EXIT_FAILURE);
}

/* Writes the configuration that session images have too, but for socket and options. */
static void write_config(const struct xserver *x, const char *path, const char *display_options,
                         const char *keyboard_options) {
  FILE *f = fopen(path, "w");
  if (f == NULL)
    fail(path);
  fprintf(
      f,
      "Section \"ServerFlags\"\n Option \"AutoAddDevices\" \"false\"\n Option \"AutoAddGPU\" \"false\"\n"
      " Option \"BlankTime\" \"0\"\nEndSection\n"
      "Section \"Device\"\n Identifier \"display\"\n Driver \"mobidesk\"\n Option \"Socket\" \"%s\"\n"
      " Option \"Size\" \"1280x800\"\n%s\nEndSection\n"
      "Section \"InputDevice\"\n Identifier \"keyboard\"\n Driver \"mobideskinput\"\n Option \"Type\" \"keyboard\"\n"
      " Option \"XkbRules\" \"evdev\"\n Option \"XkbModel\" \"pc105\"\n%s\nEndSection\n"
      "Section \"InputDevice\"\n Identifier \"pointer\"\n Driver \"mobideskinput\"\n Option \"Type\" \"pointer\"\n"
      "EndSection\n"
      "Section \"InputDevice\"\n Identifier \"touch\"\n Driver \"mobideskinput\"\n Option \"Type\" \"touch\"\n"
      "EndSection\n"
      "Section \"Screen\"\n Identifier \"screen\"\n Device \"display\"\n DefaultDepth 24\nEndSection\n"
      "Section \"ServerLayout\"\n Identifier \"session\"\n Screen \"screen\"\n"
      " InputDevice \"keyboard\" \"CoreKeyboard\"\n InputDevice \"pointer\" \"CorePointer\"\n"
      " InputDevice \"touch\" \"SendCoreEvents\"\nEndSection\n",
      x->socket, display_options, keyboard_options);
  if (fclose(f) != 0)
    fail(path);
}

static _Noreturn void exec_server(const struct xserver *x, const char *config, const char *module_path,
                                  int display_fd) {
  char number[16], modules[4096], empty[96];
  snprintf(number, sizeof number, "%d", display_fd);
  snprintf(modules, sizeof modules, "%s,%s", module_path, SYSTEM_MODULES);
  snprintf(empty, sizeof empty, "%s/empty", x->directory);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  int null = open("/dev/null", O_RDWR);
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  dup2(null, STDERR_FILENO);
  execlp("Xorg", "Xorg", "-noreset", "-novtswitch", "-sharevts", "-keeptty", "-nolisten", "tcp", "-config", config,
         "-configdir", empty, "-modulepath", modules, "-logfile", x->log, "-displayfd", number, (char *)NULL);
  _exit(127);
}

static void print_log(const struct xserver *x) {
  char line[512];
  FILE *f = fopen(x->log, "r");
  while (f != NULL && fgets(line, sizeof line, f) != NULL)
    fputs(line, stderr);
  if (f != NULL)
    fclose(f);
}

/* Reads the number that Xorg writes once it serves clients. */
static void read_display(struct xserver *x, int fd) {
  char number[8] = "";
  size_t length = 0;
  struct pollfd p = {.fd = fd, .events = POLLIN};
  while (length < sizeof number - 1 && strchr(number, '\n') == NULL && poll(&p, 1, START_TIMEOUT_MS) == 1) {
    ssize_t n = read(fd, number + length, sizeof number - 1 - length);
    if (n <= 0)
      break;
    length += (size_t)n;
  }
  if (strchr(number, '\n') == NULL) {
    print_log(x);
    fprintf(stderr, "xserver: Xorg did not start\n");
    xserver_stop(x);
    exit(EXIT_FAILURE);
  }
  snprintf(x->display, sizeof x->display, ":%ld", strtol(number, NULL, 10));
}

void xserver_start(struct xserver *x, const char *module_path, const char *display_options,
                   const char *keyboard_options) {
  char path[96];
  int pipe_fds[2];
  strcpy(x->directory, "/tmp/mobidesk-display-XXXXXX");
  if (mkdtemp(x->directory) == NULL)
    fail("mkdtemp");
  snprintf(x->socket, sizeof x->socket, "%s/display.sock", x->directory);
  snprintf(x->log, sizeof x->log, "%s/Xorg.log", x->directory);
  snprintf(path, sizeof path, "%s/xorg.conf", x->directory);
  write_config(x, path, display_options, keyboard_options);
  if (pipe(pipe_fds) != 0)
    fail("pipe");
  x->pid = fork();
  if (x->pid < 0)
    fail("fork");
  if (x->pid == 0) {
    close(pipe_fds[0]);
    exec_server(x, path, module_path, pipe_fds[1]);
  }
  close(pipe_fds[1]);
  read_display(x, pipe_fds[0]);
  close(pipe_fds[0]);
}

static void remove_directory(const struct xserver *x) {
  static const char *const names[] = {"display.sock", "Xorg.log", "Xorg.log.old", "xorg.conf"};
  char path[128];
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", x->directory, names[i]);
    unlink(path);
  }
  rmdir(x->directory);
}

int xserver_stop(struct xserver *x) {
  int status;
  const bool had_died = waitpid(x->pid, &status, WNOHANG) == x->pid;
  if (!had_died) {
    kill(x->pid, SIGTERM);
    waitpid(x->pid, &status, 0);
  }
  const bool clean = !had_died && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (!clean) {
    print_log(x);
    fprintf(stderr, "xserver: Xorg %s with status 0x%x\n", had_died ? "had died" : "ended", (unsigned)status);
  }
  remove_directory(x);
  return clean;
}
