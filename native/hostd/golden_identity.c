#include "golden_identity.h"

#include "clean.h"
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Settings of a desktop are small. */
#define FILE_MAX (1u << 20)

#define COOKIES "/run/user/1000/ICEauthority"

static const char *const files[] = {
    "/etc/passwd",
    "/etc/shadow",
    "/etc/group",
    "/etc/gshadow",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/machine-id",
    "/var/lib/dbus/machine-id",
    "/etc/mobidesk/session.env",
    "/etc/mobidesk/machine-id",
};

/* nftw passes no data on; the process that settles has one thread. */
static const struct golden_swap *the_swaps;
static size_t swap_count;

static bool contains(const char *data, size_t size) {
  for (size_t i = 0; i < swap_count; i++)
    if (memmem(data, size, the_swaps[i].from, the_swaps[i].size))
      return true;
  return false;
}

/* The inode stays: programs watch some of these. What became shorter is cut. */
static int swap_file(const char *path, const struct stat *st) {
  if (st->st_size == 0 || st->st_size > FILE_MAX)
    return 0;
  cleanup_free char *data = malloc((size_t)st->st_size);
  cleanup_close int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 && (errno == EACCES || errno == EROFS))
    return 0;
  if (!data || fd < 0 || pread(fd, data, (size_t)st->st_size, 0) != st->st_size)
    return -1;
  if (!contains(data, (size_t)st->st_size))
    return 0;
  size_t size = golden_swap_text(data, (size_t)st->st_size, the_swaps, swap_count);
  return pwrite(fd, data, size, 0) == (ssize_t)size && ftruncate(fd, (off_t)size) == 0 ? 0 : -1;
}

static int swap_entry(const char *path, const struct stat *st, int type, struct FTW *where) {
  (void)where;
  /* What cannot be swapped is a setting that names another's home: no reason to have no desktop. */
  if (type == FTW_F && S_ISREG(st->st_mode))
    swap_file(path, st);
  return 0;
}

static int swap_files(struct error *err) {
  struct stat st;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    if (lstat(files[i], &st) == 0 && S_ISREG(st.st_mode) && swap_file(files[i], &st) < 0)
      return error_sys(err, "settling the session's %s", files[i]);
  return 0;
}

/* libICE: records of five fields, each with its length as two bytes, the larger first; the last is the cookie. */
static int swap_cookies(struct error *err) {
  struct stat st;
  unsigned char in[8192], out[8192];
  cleanup_close int fd = open(COOKIES, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    return errno == ENOENT ? 0 : error_sys(err, "opening the session's " COOKIES);
  if (fstat(fd, &st) < 0 || st.st_size > (off_t)sizeof in || pread(fd, in, (size_t)st.st_size, 0) != st.st_size)
    return error_sys(err, "reading the session's " COOKIES);
  size_t at = 0, size = (size_t)st.st_size, used = 0;
  while (at + 2 <= size) {
    size_t n = (size_t)in[at] << 8 | in[at + 1];
    if (n > size - at - 2)
      return error_set(err, MOBIDESK_CORRUPT, "the session's " COOKIES " is not of libICE's format");
    memcpy(out + used + 2, in + at + 2, n);
    size_t now = golden_swap_text((char *)out + used + 2, n, the_swaps, swap_count);
    out[used] = (unsigned char)(now >> 8);
    out[used + 1] = (unsigned char)now;
    used += 2 + now;
    at += 2 + n;
  }
  return pwrite(fd, out, used, 0) == (ssize_t)used && ftruncate(fd, (off_t)used) == 0
             ? 0
             : error_sys(err, "writing the session's " COOKIES);
}

static int remove_host_keys(struct error *err) {
  char path[PATH_MAX];
  cleanup_dir DIR *dir = opendir("/etc/ssh");
  for (struct dirent *e; dir && (e = readdir(dir));)
    if (strncmp(e->d_name, "ssh_host_", 9) == 0 &&
        (files_path(path, sizeof path, err, "/etc/ssh/%s", e->d_name) < 0 || unlink(path) < 0))
      return error_sys(err, "removing the session's /etc/ssh/%s", e->d_name);
  return 0;
}

static int settle(const char *old_user, const char *new_user, struct error *err) {
  char from[PATH_MAX], to[PATH_MAX];
  if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
    return error_sys(err, "becoming the session's root");
  if (files_path(from, sizeof from, err, "/home/%s", old_user) < 0 ||
      files_path(to, sizeof to, err, "/home/%s", new_user) < 0)
    return -1;
  if (rename(from, to) < 0)
    return error_sys(err, "giving the session's home directory to `%s`", new_user);
  if (swap_files(err) < 0 || swap_cookies(err) < 0 || remove_host_keys(err) < 0)
    return -1;
  return nftw(to, swap_entry, 16, FTW_PHYS | FTW_MOUNT) == 0 ? 0 : error_sys(err, "settling the session's `%s`", to);
}

static _Noreturn void child(pid_t init_pid, const char *old_user, const char *new_user, int channel) {
  struct error err = {0};
  int pidfd = pidfd_open(init_pid, 0);
  if (pidfd < 0 || setns(pidfd, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS) < 0)
    error_sys(&err, "entering the namespaces of a golden session's copy");
  else
    settle(old_user, new_user, &err);
  send(channel, &err, sizeof err, MSG_NOSIGNAL);
  _exit(0);
}

int golden_identity_settle(pid_t init_pid, const char *old_user, const char *new_user, const struct golden_swap *swaps,
                           size_t count, struct error *err) {
  int ends[2];
  struct error result;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
    return error_sys(err, "making a channel");
  cleanup_close int here = ends[0], there = ends[1];
  the_swaps = swaps;
  swap_count = count;
  pid_t pid = fork();
  if (pid == 0)
    child(init_pid, old_user, new_user, there);
  close(steal_fd(&there));
  if (pid < 0)
    return error_sys(err, "forking to settle a session");
  ssize_t n;
  do
    n = recv(here, &result, sizeof result, 0);
  while (n < 0 && errno == EINTR);
  waitpid(pid, NULL, 0);
  if (n != sizeof result)
    return error_set(err, MOBIDESK_INTERNAL, "settling a session ended without a word");
  if (result.code == 0)
    return 0;
  *err = result;
  return -1;
}

size_t golden_identity_cookies(pid_t init_pid, unsigned char cookies[][GOLDEN_COOKIE], size_t max) {
  char path[PATH_MAX];
  unsigned char data[8192];
  snprintf(path, sizeof path, "/proc/%d/root" COOKIES, init_pid);
  cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  ssize_t size = fd < 0 ? 0 : read(fd, data, sizeof data);
  size_t count = 0;
  int field = 0;
  for (size_t at = 0; size > 0 && at + 2 <= (size_t)size; field++) {
    size_t n = (size_t)data[at] << 8 | data[at + 1];
    if (n > (size_t)size - at - 2)
      break;
    if (field % 5 == 4 && n == GOLDEN_COOKIE && count < max)
      memcpy(cookies[count++], data + at + 2, n);
    at += 2 + n;
  }
  return count;
}
