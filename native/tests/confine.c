/*
 * The program of confine.h:
 *
 * - `confine list`: names of the attempts and what a session may do, one a line
 * - `confine try NAME plain|nested KEY=VALUE...`: makes an attempt, prints "pid=N worked|refused ERRNO NOTE"; its
 *   process stays, with all it got, until it is killed. `nested`: in a user namespace of its own, if one can be had in
 *   any way
 * - `confine neighbour SECRET PORT KEY`: what a desktop offers to itself; prints "ready" and goes to the background
 * - `confine stalk`: tries to get hold of processes that are about to enter the session
 * - `confine stop`: stops every process that enters the session
 * - `confine exhaust WHAT`: takes all there is of something
 * - `confine place fifo|link|file|move PATH [TEXT]`: makes a trap, or moves PATH to TEXT
 */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 10000

static const struct attempt *const groups[] = {device_attempts,  kernel_attempts, process_attempts, neighbour_attempts,
                                               network_attempts, limit_attempts,  escape_attempts};

/* What a child tells: in a pipe, because an attempt may have lost all else. */
static struct report {
  pid_t pid;
  int result, error;
  bool nested;
  char note[200];
} report;

void note(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(report.note, sizeof report.note, format, arguments);
  va_end(arguments);
}

int one_of(const char *calls, const long *results, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (results[i] >= 0) {
      note("number %zu of: %.160s", i + 1, calls);
      return 0;
    }
  return -1;
}

int write_to(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return -1;
  ssize_t n = write(fd, text, strlen(text));
  close(fd);
  return n > 0 ? 0 : -1;
}

int read_from(const char *path, char *out, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return -1;
  ssize_t n = read(fd, out, size - 1);
  close(fd);
  out[n > 0 ? n : 0] = '\0';
  return n > 0 ? 0 : -1;
}

long call_32bit(int number, long a, long b, long c) {
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"((long)number), "b"(a), "c"(b), "d"(c)
                   : "memory", "r8", "r9", "r10", "r11");
  if (result >= 0 || result < -4095)
    return result;
  errno = (int)-result;
  return -1;
}

static long clone_into(unsigned long flags) {
  long pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
  return pid;
}

/* Every known way into a user namespace of one's own, where one would be all-powerful. */
static bool nest(void) {
  struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
  if (unshare(CLONE_NEWUSER) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) == 0 ||
      call_32bit(310, CLONE_NEWUSER, 0, 0) == 0 || syscall(X32 | SYS_unshare, CLONE_NEWUSER) == 0)
    return true;
  /* The upper half of the register is not looked at by the kernel's unshare. */
  if (syscall(SYS_unshare, 0xffffffff00000000ul | CLONE_NEWUSER) == 0)
    return true;
  long pid = clone_into(CLONE_NEWUSER);
  if (pid < 0)
    pid = clone_into(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET);
  if (pid < 0)
    pid = syscall(SYS_clone3, &args, sizeof args);
  if (pid < 0)
    pid = call_32bit(120, CLONE_NEWUSER | SIGCHLD, 0, 0);
  if (pid > 0) /* the child has it */
    for (;;)
      pause();
  return pid == 0;
}

static void detach(void) {
  int null = open("/dev/null", O_RDWR);
  setsid();
  for (int fd = 0; fd < 3; fd++)
    dup2(null, fd);
  if (null > 2)
    close(null);
}

/* Tells once, and stays with what it has. */
static _Noreturn void attempt_it(const struct attempt *a, const struct target *t, bool nested, int out) {
  detach();
  if (nested)
    report.nested = nest();
  report.pid = getpid();
  errno = 0;
  report.result = a->attempt(t);
  report.error = errno;
  if (write(out, &report, sizeof report) != sizeof report)
    _exit(1);
  for (;;)
    pause();
}

static int try(const struct attempt *a, const struct target *t, bool nested) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0)
    return 2;
  pid_t pid = fork();
  if (pid == 0)
    attempt_it(a, t, nested, ends[1]);
  close(ends[1]);
  struct pollfd p = {ends[0], POLLIN, 0};
  if (pid < 0 || poll(&p, 1, PATIENCE_MS) != 1 || read(ends[0], &report, sizeof report) != sizeof report) {
    printf("pid=0 silent 0 its process said nothing%s\n", waitpid(pid, NULL, WNOHANG) == pid ? " and has ended" : "");
    return 0;
  }
  printf("pid=%d %s %d %s%s%s\n", report.pid, report.result == 0 ? "worked" : "refused", report.error,
         report.nested ? "IN A USER NAMESPACE OF ITS OWN " : "", report.note,
         report.result < 0 ? strerror(report.error) : "");
  return 0;
}

static const struct attempt *find(const char *name) {
  for (size_t g = 0; g < sizeof groups / sizeof *groups; g++)
    for (const struct attempt *a = groups[g]; a->name; a++)
      if (strcmp(a->name, name) == 0)
        return a;
  return NULL;
}

static void list(void) {
  for (size_t g = 0; g < sizeof groups / sizeof *groups; g++)
    for (const struct attempt *a = groups[g]; a->name; a++)
      printf("%s %s %s\n", a->name, a->allowed ? "allowed" : "refused", a->tries);
}

static void set_target(struct target *t, const char *word) {
  const char *value = strchr(word, '=') + 1;
  switch (word[0]) {
  case 'v':
    t->victim = atoi(value);
    break;
  case 'A':
    t->address = strtoul(value, NULL, 0);
    break;
  case 'f':
    t->file = value;
    break;
  case 's':
    t->socket = value;
    break;
  case 'a':
    t->abstract = value;
    break;
  case 'n':
    t->neighbour = value;
    break;
  case 'S':
    t->server = value;
    break;
  case 'o':
    t->outside = value;
    break;
  case 'F':
    t->foreign = value;
    break;
  case 'O':
    t->own = value;
    break;
  case 'p':
    t->port = (unsigned short)atoi(value);
    break;
  case 'k':
    t->key = atoi(value);
    break;
  case 'x':
    t->secret = value;
    break;
  default:
    break;
  }
}

/* Takes away what has the name. */
static int place(const char *kind, const char *path, const char *text) {
  if (strcmp(kind, "move") == 0)
    return rename(path, text);
  unlink(path);
  if (strcmp(kind, "fifo") == 0)
    return mkfifo(path, 0666);
  if (strcmp(kind, "link") == 0)
    return symlink(text, path);
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
  return fd >= 0 && write(fd, text, strlen(text)) > 0 && write(fd, "\n", 1) == 1 ? close(fd) : -1;
}

int main(int argc, char **argv) {
  struct target t = {0};
  if (argc == 2 && strcmp(argv[1], "list") == 0) {
    list();
    return 0;
  }
  if (argc == 5 && strcmp(argv[1], "neighbour") == 0)
    return neighbour_serve(argv[2], (unsigned short)atoi(argv[3]), atoi(argv[4]));
  if (argc == 2 && (strcmp(argv[1], "stalk") == 0 || strcmp(argv[1], "stop") == 0))
    return stalk(strcmp(argv[1], "stop") == 0);
  if (argc >= 4 && strcmp(argv[1], "place") == 0)
    return place(argv[2], argv[3], argc > 4 ? argv[4] : "") == 0 ? 0 : 1;
  if (argc == 3 && strcmp(argv[1], "exhaust") == 0)
    return exhaust(argv[2]);
  const struct attempt *a = argc > 3 && strcmp(argv[1], "try") == 0 ? find(argv[2]) : NULL;
  if (!a)
    return 2;
  for (int i = 4; i < argc; i++)
    set_target(&t, argv[i]);
  return try(a, &t, strcmp(argv[3], "nested") == 0);
}
