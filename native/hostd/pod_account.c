#include "pod_account.h"

#include "clean.h"
#include "files.h"
#include "network_link.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <locale.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

static int put(const char *path, mode_t mode, struct error *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static int put(const char *path, mode_t mode, struct error *err, const char *format, ...) {
  cleanup_free char *text = NULL;
  va_list args;
  va_start(args, format);
  int n = vasprintf(&text, format, args);
  va_end(args);
  if (n < 0)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory to write `%s`", path);
  return files_put(path, text, mode, err) < 0 ? error_prefix(err, "in the session") : 0;
}

/* Owner and mode stay: of the files of passwords, above all. */
static int replace(const char *path, const char *text, struct error *err) {
  struct stat st;
  if (stat(path, &st) < 0)
    return error_sys(err, "looking at the session's `%s`", path);
  if (files_put(path, text, st.st_mode & 07777, err) < 0)
    return error_prefix(err, "in the session");
  return chown(path, st.st_uid, st.st_gid) == 0 ? 0 : error_sys(err, "restoring the owner of the session's `%s`", path);
}

/* A file that the template does not have needs no entry. */
static int append(const char *path, struct error *err, const char *format, ...) __attribute__((format(printf, 3, 4)));

static int append(const char *path, struct error *err, const char *format, ...) {
  cleanup_free char *old = files_read_regular(path, err), *text = NULL, *entry = NULL;
  if (!old)
    return err->sys_errno == ENOENT ? 0 : error_prefix(err, "in the session");
  va_list args;
  va_start(args, format);
  int n = vasprintf(&entry, format, args);
  va_end(args);
  size_t length = strlen(old);
  if (n < 0 || asprintf(&text, "%s%s%s", old, length && old[length - 1] != '\n' ? "\n" : "", entry) < 0)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory to write `%s`", path);
  return replace(path, text, err);
}

/* True when a line of the text begins with "name:". */
static bool has_entry(const char *text, const char *name) {
  size_t n = strlen(name);
  for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
    if (strncmp(line, name, n) == 0 && line[n] == ':')
      return true;
  return false;
}

/* Adds the user to a group of the template, if it has that group. */
static int join_group(const char *group, const char *user, struct error *err) {
  cleanup_free char *old = files_read_regular("/etc/group", err), *text = NULL;
  size_t size, n = strlen(group);
  if (!old || !has_entry(old, group))
    return old || err->sys_errno == ENOENT ? 0 : error_prefix(err, "in the session");
  FILE *out = open_memstream(&text, &size);
  if (!out)
    return error_sys(err, "making room for the session's /etc/group");
  char *rest;
  for (char *line = strtok_r(old, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
    bool this = strncmp(line, group, n) == 0 && line[n] == ':';
    bool first = line[strlen(line) - 1] == ':';
    fprintf(out, "%s%s%s\n", line, this && !first ? "," : "", this ? user : "");
  }
  if (fclose(out) != 0)
    return error_sys(err, "making room for the session's /etc/group");
  return replace("/etc/group", text, err);
}

/* nftw passes no data on. Process 1 has one thread. */
static const char *copy_to;

static int copy_file(const char *from, const char *to, const struct stat *st) {
  cleanup_close int in = open(from, O_RDONLY | O_CLOEXEC);
  cleanup_close int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, st->st_mode & 07777);
  off_t left = st->st_size;
  while (in >= 0 && out >= 0 && left > 0) {
    ssize_t n = sendfile(out, in, NULL, (size_t)left);
    if (n <= 0)
      return -1;
    left -= n;
  }
  return in < 0 || out < 0 ? -1 : 0;
}

static int copy_entry(const char *from, const struct stat *st, int type, struct FTW *where) {
  (void)where;
  char to[PATH_MAX], target[PATH_MAX];
  struct error err;
  if (files_path(to, sizeof to, &err, "%s%s", copy_to, from + strlen("/etc/skel")) < 0)
    return -1;
  int r = 0;
  if (type == FTW_D) {
    r = mkdir(to, st->st_mode & 07777) < 0 && errno != EEXIST ? -1 : 0;
  } else if (type == FTW_SL) {
    ssize_t n = readlink(from, target, sizeof target - 1);
    target[n > 0 ? n : 0] = '\0';
    r = n > 0 ? symlink(target, to) : -1;
  } else if (type == FTW_F && S_ISREG(st->st_mode)) {
    r = copy_file(from, to, st);
  }
  return r < 0 ? -1 : lchown(to, POD_USER_ID, POD_USER_ID);
}

static int make_home(const char *user, struct error *err) {
  char home[PATH_MAX];
  if (files_path(home, sizeof home, err, "/home/%s", user) < 0)
    return -1;
  if ((mkdir("/home", 0755) < 0 && errno != EEXIST) || (mkdir(home, 0700) < 0 && errno != EEXIST))
    return error_sys(err, "making the session's `%s`", home);
  copy_to = home;
  if (access("/etc/skel", F_OK) == 0 && nftw("/etc/skel", copy_entry, 16, FTW_PHYS) != 0)
    return error_sys(err, "copying the session's /etc/skel to `%s`", home);
  if (chown(home, POD_USER_ID, POD_USER_ID) < 0 || chmod(home, 0700) < 0)
    return error_sys(err, "giving `%s` to `%s`", home, user);
  return 0;
}

/* The account has no password: nobody logs in to it but through the proxy. passwd inside can set one. */
static int make_account(const char *user, struct error *err) {
  cleanup_free char *accounts = files_read_regular("/etc/passwd", err);
  if (!accounts && err->sys_errno != ENOENT)
    return error_prefix(err, "in the session");
  if (accounts && has_entry(accounts, user))
    return 0;
  if (append("/etc/passwd", err, "%s:x:1000:1000::/home/%s:/bin/bash\n", user, user) < 0 ||
      append("/etc/shadow", err, "%s:*:::::::\n", user) < 0 || append("/etc/group", err, "%s:x:1000:\n", user) < 0 ||
      append("/etc/gshadow", err, "%s:!::\n", user) < 0)
    return -1;
  static const char *const groups[] = {"sudo", "audio", "video", "plugdev"};
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
    if (join_group(groups[i], user, err) < 0)
      return -1;
  return make_home(user, err);
}

static int make_machine_id(struct error *err) {
  unsigned char bytes[16];
  char text[34];
  if (access("/etc/mobidesk/machine-id", F_OK) == 0)
    return 0;
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
    return error_sys(err, "drawing a machine id");
  for (size_t i = 0; i < sizeof bytes; i++)
    snprintf(text + 2 * i, 3, "%02x", bytes[i]);
  return put("/etc/machine-id", 0444, err, "%s\n", text) < 0 ? -1
                                                             : put("/etc/mobidesk/machine-id", 0444, err, "%s\n", text);
}

static int set_timezone(const char *timezone, struct error *err) {
  char zone[PATH_MAX];
  if (files_path(zone, sizeof zone, err, "/usr/share/zoneinfo/%s", timezone) < 0)
    return -1;
  /* The smallest templates have no zones at all, and then it is UTC. */
  if (access("/usr/share/zoneinfo", F_OK) == 0) {
    struct stat st;
    if (stat(zone, &st) < 0 || !S_ISREG(st.st_mode))
      return error_set(err, MOBIDESK_INVALID,
                       "the template has no time zone `%s`: those that there are have names such as Europe/Berlin",
                       timezone);
    unlink("/etc/localtime");
    if (symlink(zone, "/etc/localtime") < 0)
      return error_sys(err, "making the session's /etc/localtime");
  }
  return put("/etc/timezone", 0644, err, "%s\n", timezone);
}

/* For every way into the session: the desktop by its environment, su and sudo by PAM. */
static int set_locale(const char *name, struct error *err) {
  /* Every C library has C, and most have its UTF-8, if not as a file. */
  bool plain = strcmp(name, "C") == 0 || strcmp(name, "C.UTF-8") == 0;
  locale_t locale = plain ? (locale_t)0 : newlocale(LC_ALL_MASK, name, (locale_t)0);
  if (!plain && !locale)
    return error_set(err, MOBIDESK_INVALID,
                     "the template has no locale `%s`: `locale -a` in a session lists those that there are", name);
  if (locale)
    freelocale(locale);
  if (mkdir("/etc/default", 0755) < 0 && errno != EEXIST)
    return error_sys(err, "making the session's /etc/default");
  return put("/etc/default/locale", 0644, err, "LANG=%s\n", name);
}

int pod_account(const struct pod *pod, struct error *err) {
  if (mkdir("/etc/mobidesk", 0755) < 0 && errno != EEXIST)
    return error_sys(err, "making the session's /etc/mobidesk");
  if (put("/etc/hostname", 0644, err, "%s\n", pod->hostname) < 0 ||
      put("/etc/hosts", 0644, err, "127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost\n", pod->hostname) < 0 ||
      put("/etc/resolv.conf", 0644, err, "nameserver " NETWORK_LINK_GATEWAY "\n") < 0)
    return -1;
  if (put("/etc/mobidesk/session.env", 0644, err,
          "MOBIDESK_SESSION=%s\nMOBIDESK_USER=%s\nMOBIDESK_WIDTH=%u\nMOBIDESK_HEIGHT=%u\nLANG=%s\nTZ=%s\nDISPLAY=:0\n",
          pod->id, pod->user, pod->width, pod->height, pod->locale, pod->timezone) < 0)
    return -1;
  if (set_locale(pod->locale, err) < 0)
    return -1;
  if (make_machine_id(err) < 0 || set_timezone(pod->timezone, err) < 0)
    return -1;
  return make_account(pod->user, err);
}
