/*
 * program_test.c: while a program draws in a real X server, viewers show what the screen is, pixel for pixel. It is
 * stopped every now and then (the server is grabbed), and compared.
 *
 *   program-test MODULES SECONDS PROGRAM [ARGUMENTS...]
 *
 * Ends when the program does, or after so many seconds.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <X11/Xlib.h>
#include <X11/Xutil.h>

#include "replay.h"
#include "xserver.h"

#define VIEWERS 2
#define BETWEEN_CHECKS_MS 1000
/* A check waits for what is under way; a busy machine is no failure. */
#define TIMEOUT_MS 60000

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static pid_t start(const struct xserver *server, char **words) {
  const pid_t pid = fork();
  if (pid != 0)
    return pid;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  setenv("DISPLAY", server->display, 1);
  execvp(words[0], words);
  fprintf(stderr, "cannot run %s\n", words[0]);
  _exit(127);
}

static bool step_all(struct replay *viewers, int timeout_ms) {
  for (unsigned i = 0; i < VIEWERS; i++)
    if (!replay_step(&viewers[i], timeout_ms)) {
      fprintf(stderr, "viewer %u: %s\n", i, viewers[i].error == NULL ? "closed by the session" : viewers[i].error);
      return false;
    }
  return true;
}

static bool shows(const struct replay *r, const XImage *screen) {
  if (r->width != (unsigned)screen->width || r->height != (unsigned)screen->height)
    return false;
  for (unsigned y = 0; y < r->height; y++) {
    const uint32_t *row = (const uint32_t *)(const void *)(screen->data + (size_t)y * (size_t)screen->bytes_per_line);
    for (unsigned x = 0; x < r->width; x++)
      if ((row[x] & 0xffffff) != r->pixels[y * r->width + x])
        return false;
  }
  return true;
}

static bool check(Display *display, struct replay *viewers) {
  XGrabServer(display);
  XImage *screen = XGetImage(display, DefaultRootWindow(display), 0, 0, (unsigned)DisplayWidth(display, 0),
                             (unsigned)DisplayHeight(display, 0), AllPlanes, ZPixmap);
  const long deadline = now_ms() + TIMEOUT_MS;
  bool right = true, equal = false;
  while (right && !equal) {
    right = step_all(viewers, 5) && now_ms() < deadline;
    equal = true;
    for (unsigned i = 0; i < VIEWERS; i++)
      equal = equal && viewers[i].pixels != NULL && shows(&viewers[i], screen);
  }
  if (!equal)
    fprintf(stderr, "the viewers do not show the screen\n");
  XDestroyImage(screen);
  XUngrabServer(display);
  XFlush(display);
  return equal;
}

int main(int argc, char **argv) {
  struct xserver server;
  static struct replay viewers[VIEWERS];
  int status = 0;
  unsigned checks = 0;
  if (argc < 4) {
    fprintf(stderr, "usage: %s MODULES SECONDS PROGRAM [ARGUMENTS...]\n", argv[0]);
    return EXIT_FAILURE;
  }
  xserver_start(&server, argv[1], "", "");
  Display *display = XOpenDisplay(server.display);
  replay_connect(&viewers[0], server.socket, 0, 0, 63, false);
  replay_connect(&viewers[1], server.socket, 0, 0, 1, false);
  const pid_t program = start(&server, argv + 3);
  const long end = now_ms() + atol(argv[2]) * 1000;
  bool right = true, running = true;
  while (right && running && now_ms() < end) {
    const long next = now_ms() + BETWEEN_CHECKS_MS;
    while (right && now_ms() < next)
      right = step_all(viewers, 5);
    right = right && check(display, viewers);
    checks++;
    running = waitpid(program, &status, WNOHANG) == 0;
  }
  if (running) {
    kill(program, SIGTERM);
    waitpid(program, NULL, 0);
  } else if (!WIFEXITED(status) || WEXITSTATUS(status) == 127) {
    fprintf(stderr, "%s ended with status 0x%x\n", argv[3], (unsigned)status);
    right = false;
  }
  right = right && check(display, viewers);
  printf("%u checks%s, %llu bytes: %u RAW, %u COPY, %u PFILL, %u VIDEO_FRAME\n", checks + 1,
         running ? ", the program ran on" : "", (unsigned long long)viewers[0].bytes, viewers[0].counts[MESSAGE_RAW],
         viewers[0].counts[MESSAGE_COPY], viewers[0].counts[MESSAGE_PFILL], viewers[0].counts[MESSAGE_VIDEO_FRAME]);
  replay_close(&viewers[0]);
  replay_close(&viewers[1]);
  XCloseDisplay(display);
  return xserver_stop(&server) && right ? EXIT_SUCCESS : EXIT_FAILURE;
}
