#include "display.h"

#include "clean.h"
#include "files.h"
#include "frame.h"
#include "hostd.h"
#include "pod.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#define SOCKET_INSIDE "run/mobidesk/display.sock"

/* docs/protocol.md: header of 8 bytes, type 160 */
#define MESSAGE_QUIESCE 160

/* How often to look for a display that is about to come up. */
#define POLL_MS 5

#define RELAY_BUFFER (256 * 1024)

/* Opens a file of the session, without following any link in it. A FIFO must not make the daemon wait. */
static int open_inside(pid_t init_pid, const char *name, uint64_t flags) {
  char path[64];
  struct open_how how = {.flags = flags | O_CLOEXEC | O_NOFOLLOW,
                         .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
  snprintf(path, sizeof path, "/proc/%d/root", init_pid);
  cleanup_close int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return root < 0 ? -1 : (int)syscall(SYS_openat2, root, name, &how, sizeof how);
}

static int open_socket_file(pid_t init_pid, struct error *err) {
  struct stat st;
  cleanup_close int fd = open_inside(init_pid, SOCKET_INSIDE, O_PATH);
  if (fd < 0)
    return error_sys(err, "opening the session's /" SOCKET_INSIDE);
  if (fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode))
    return error_set(err, MOBIDESK_CONFLICT, "the session's /" SOCKET_INSIDE " is not a socket");
  return steal_fd(&fd);
}

int display_connect(pid_t init_pid, struct error *err) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  cleanup_close int file = open_socket_file(init_pid, err);
  if (file < 0)
    return -1;
  cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return error_sys(err, "making a socket for the display");
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", file);
  /* A driver that has stopped accepting must not stop the daemon: with its queue full this fails. */
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 || fcntl(fd, F_SETFL, 0) < 0)
    return error_sys(err, "connecting to the session's display");
  return steal_fd(&fd);
}

/* Appends the end of the session's log to the message: it says why no display came. */
static int add_last_words(int log, struct error *err) {
  char text[400];
  struct stat st;
  if (log < 0 || fstat(log, &st) < 0 || !S_ISREG(st.st_mode))
    return -1;
  off_t from = st.st_size > (off_t)sizeof text - 1 ? st.st_size - (off_t)sizeof text + 1 : 0;
  ssize_t n = pread(log, text, sizeof text - 1, from);
  text[n > 0 ? n : 0] = '\0';
  for (char *c = text; *c; c++)
    if (*c == '\n')
      *c = ' ';
  size_t used = strlen(err->message);
  snprintf(err->message + used, sizeof err->message - used, "; it printed: %s", text);
  return -1;
}

int display_wait(pid_t init_pid, int pidfd, unsigned timeout_ms, struct error *err) {
  cleanup_close int log = open_inside(init_pid, POD_LOG, O_RDONLY | O_NONBLOCK);
  uint64_t end = hostd_now_us() + timeout_ms * 1000ull;
  for (;;) {
    cleanup_close int fd = display_connect(init_pid, err);
    if (fd >= 0)
      return 0;
    struct pollfd p = {pidfd, POLLIN, 0};
    if (poll(&p, 1, POLL_MS) > 0) {
      error_set(err, MOBIDESK_CONFLICT, "the session ended before its display was up");
      return add_last_words(log, err);
    }
    if (hostd_now_us() > end) {
      error_prefix(err, "no display after %u ms", timeout_ms);
      err->code = MOBIDESK_TIMEOUT;
      return add_last_words(log, err);
    }
  }
}

int display_quiesce(pid_t init_pid, unsigned timeout_ms, struct error *err) {
  unsigned char message[8] = {0, 0, 0, 0, MESSAGE_QUIESCE, 0, 0, 0}, rest[4096];
  cleanup_close int fd = display_connect(init_pid, err);
  if (fd < 0)
    return err->sys_errno == ENOENT || err->sys_errno == ECONNREFUSED ? 0 : -1;
  if (frame_write_all(fd, message, sizeof message) < 0)
    return error_sys(err, "telling the display to let go of its viewers");
  uint64_t end = hostd_now_us() + timeout_ms * 1000ull;
  for (uint64_t now; (now = hostd_now_us()) < end;) {
    struct pollfd p = {fd, POLLIN, 0};
    if (poll(&p, 1, (int)((end - now) / 1000) + 1) <= 0)
      continue;
    ssize_t n = read(fd, rest, sizeof rest);
    if (n == 0 || (n < 0 && errno == ECONNRESET))
      return 0;
    if (n < 0 && errno != EINTR)
      return error_sys(err, "waiting for the display to let go of its viewers");
  }
  return error_set(err, MOBIDESK_TIMEOUT, "the display did not let go of its viewers within %u ms", timeout_ms);
}

struct direction {
  int from, to;
};

/* One way, until either end is closed; then the other direction is made to end as well. */
static void *copy(void *data) {
  const struct direction *d = data;
  char *buffer = malloc(RELAY_BUFFER);
  for (ssize_t n; buffer;) {
    n = read(d->from, buffer, RELAY_BUFFER);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0 || frame_write_all(d->to, buffer, (size_t)n) < 0)
      break;
  }
  free(buffer);
  shutdown(d->from, SHUT_RDWR);
  shutdown(d->to, SHUT_RDWR);
  return NULL;
}

void display_relay(int viewer, int driver) {
  struct direction in = {viewer, driver}, out = {driver, viewer};
  pthread_t thread;
  if (pthread_create(&thread, NULL, copy, &in) != 0)
    return;
  copy(&out);
  pthread_join(thread, NULL);
}
