/* Ways out of the session's root, and files of the host that could be overwritten. */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tiocl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool sees_host(const struct target *t) {
  char text[256];
  return read_from(t->file, text, sizeof text) == 0 && strstr(text, t->secret);
}

static int break_chroot(const struct target *t) {
  mkdir("/tmp/jail", 0755);
  int outside = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (chroot("/tmp/jail") < 0 || fchdir(outside) < 0)
    note("chroot: %s", strerror(errno));
  for (int i = 0; i < 64; i++)
    if (chdir("..") < 0)
      return -1;
  if (chroot(".") < 0 || chdir("/") < 0)
    return -1;
  if (sees_host(t))
    return 0;
  errno = EXDEV;
  return -1;
}

static int pivot(const struct target *t) {
  mkdir("/tmp/root", 0755);
  mkdir("/tmp/root/old", 0755);
  int r = one_worked(syscall(SYS_pivot_root, "/tmp/root", "/tmp/root/old"), syscall(SYS_pivot_root, ".", "."),
                     syscall(SYS_pivot_root, "/dev/shm", "/dev/shm"), call_32bit(217, 0, 0, 0));
  return r < 0 && !sees_host(t) ? -1 : 0;
}

/* A handle is a number of a file of the file system that a descriptor is on: the root has 2. */
static int open_by_handle(const struct target *t) {
  static const char *const places[] = {"/", "/usr", "/etc", "/dev/shm", "/run", "/proc"};
  struct {
    struct file_handle handle;
    unsigned char bytes[MAX_HANDLE_SZ];
  } known = {.handle = {.handle_bytes = MAX_HANDLE_SZ}}, root = {.handle = {.handle_bytes = 8, .handle_type = 1}};
  root.bytes[0] = 2;
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    int mount_id, place = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    known.handle.handle_bytes = MAX_HANDLE_SZ;
    if (name_to_handle_at(place, "", &known.handle, &mount_id, AT_EMPTY_PATH) == 0 &&
        open_by_handle_at(place, &known.handle, O_RDONLY) >= 0)
      return 0;
    if (open_by_handle_at(place, &root.handle, O_RDONLY) >= 0)
      return 0;
    close(place);
  }
  return -1;
}

static dev_t own_device(void) {
  struct stat st;
  return stat("/usr/bin/confine", &st) == 0 ? st.st_dev : 0;
}

/* The program of a process of the session is a file of the session, and nothing else. */
static int own_program(const struct target *t) {
  static const char *const paths[] = {"/proc/self/exe", "/proc/1/exe", "/proc/thread-self/exe"};
  struct stat st;
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    int fd = open(paths[i], O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_dev != own_device()) {
      note("%s is not of the session", paths[i]);
      return 0;
    }
    close(fd);
    if (open(paths[i], O_RDWR | O_CLOEXEC) >= 0 && st.st_dev != own_device())
      return 0;
  }
  return -1;
}

/* Whatever a program of the session was given open: descriptors that its first process left to all of them. */
static int inherited(const struct target *t) {
  char path[64], link[256];
  static const pid_t pids[] = {1, 0};
  for (size_t i = 0; i < sizeof pids / sizeof *pids; i++)
    for (int fd = 0; fd < 1024; fd++) {
      pid_t pid = pids[i] ? pids[i] : getpid();
      snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
      ssize_t n = readlink(path, link, sizeof link - 1);
      link[n > 0 ? n : 0] = '\0';
      if (n <= 0 || strcmp(link, "/dev/null") == 0 || strcmp(link, "/var/log/mobidesk.log") == 0 ||
          (pid != 1 && strncmp(link, "pipe:", 5) == 0) || strcmp(link, "/usr/bin/confine") == 0)
        continue;
      note("%s is %.100s", path, link);
      return 0;
    }
  return -1;
}

static int push_input(const struct target *t) {
  char byte = 'x', select[2] = {TIOCL_PASTESEL, 0};
  int master = posix_openpt(O_RDWR | O_NOCTTY), any = open("/dev/tty", O_RDWR);
  if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) {
    note("no terminal: %s ", strerror(errno));
    return 0;
  }
  int slave = open(ptsname(master), O_RDWR);
  ioctl(slave, TIOCSCTTY, 0);
  return one_worked(ioctl(any, TIOCSTI, &byte), ioctl(slave, TIOCSTI, &byte), ioctl(slave, TIOCLINUX, select),
                    ioctl(slave, TIOCCONS, 0), syscall(SYS_ioctl, slave, 0xffffffff00000000ul | TIOCSTI, &byte));
}

/* In a session 0 is the only id that has power over others; the kernel must not believe in any other. */
static int foreign_ids(const struct target *t) {
  return one_worked(setresuid(100000, 100000, 100000), chown("/tmp/fifo", 100000, 100000),
                    write_to("/proc/self/uid_map", "0 0 1\n"), write_to("/proc/self/setgroups", "allow"));
}

const struct attempt escape_attempts[] = {
    {"chroot", "leaving a chroot upwards", break_chroot, false},
    {"pivot_root", "another root", pivot, false},
    {"file-handles", "open_by_handle_at", open_by_handle, false},
    {"own-program", "a file of the host by /proc/self/exe", own_program, false},
    {"inherited-descriptors", "what was left open", inherited, false},
    {"terminal-input", "TIOCSTI, TIOCLINUX, TIOCCONS", push_input, false},
    {"foreign-ids", "ids that are not of the session", foreign_ids, false},
    {0},
};
