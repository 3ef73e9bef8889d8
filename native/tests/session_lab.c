#include "session_lab.h"

#include "clean.h"
#include "frame.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_US 120000000

/* Commands to a site's init, one byte each, answered by one byte when they are done. */
enum { START = 's', KILL = 'k', STOP = 't' };

static struct session_lab *the_lab;
static const char *daemon_program;

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk) {
  return remove(path);
}

/* Killed processes leave their group a moment later. */
static void remove_group(int dir, const char *name) {
  for (uint64_t since = lab_now_us(); unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno == EBUSY; poll(NULL, 0, 5))
    if (lab_now_us() - since > START_US)
      return;
}

static void remove_groups(const struct site *site) {
  static const char *const hierarchies[] = {"", "memory/", "cpu/", "pids/"};
  for (size_t i = 0; i < sizeof hierarchies / sizeof *hierarchies; i++) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "/sys/fs/cgroup/%smobidesk-%s", hierarchies[i], site->instance);
    cleanup_dir DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir));)
      if (e->d_type == DT_DIR && e->d_name[0] != '.')
        remove_group(dirfd(dir), e->d_name);
    remove_group(AT_FDCWD, path);
  }
}

static void end_site(struct site *site) {
  if (site->init <= 0)
    return;
  kill(site->init, SIGKILL);
  waitpid(site->init, NULL, 0);
  site->init = 0;
  remove_groups(site);
}

/*
 * Session disks and the records of daemons are in memory. They are written durably all the time, and on a disk that
 * others keep busy each such write can take a minute, in which a session stands still. Nobody else sees these mounts;
 * they end with the last process.
 */
static char in_memory[2 * LAB_SERVERS + 2][PATH_MAX];
static size_t in_memory_count;

static void use_memory(const char *dir, const char *name) {
  char *path = in_memory[in_memory_count++];
  check(snprintf(path, PATH_MAX, "%s/%s", dir, name) < PATH_MAX && mkdir(path, 0700) == 0 &&
            mount("mobidesk-test", path, "tmpfs", 0, "size=4g,mode=0700") == 0,
        "mounting memory at %s/%s", dir, name);
}

static bool skip_storage;

static void use_reflinks(const char *dir, const char *name) {
  char *path = in_memory[in_memory_count], line[PATH_MAX * 2];
  cleanup_file FILE *known = fopen("/proc/filesystems", "re");
  bool xfs = false;
  while (known && fgets(line, sizeof line, known))
    xfs |= strstr(line, "\txfs\n") != NULL;
  if (!xfs || system("command -v mkfs.xfs >/dev/null") != 0) {
    puts(xfs ? "skipped: no mkfs.xfs (Debian: xfsprogs)" : "skipped: this kernel has no XFS");
    skip_storage = true;
    return;
  }
  int image = memfd_create("mobidesk-test-storage", 0);
  check(image >= 0 && ftruncate(image, 4l << 30) == 0, "making an image in memory");
  check(snprintf(path, PATH_MAX, "%s/%s", dir, name) < PATH_MAX && mkdir(path, 0700) == 0, "making %s", path);
  in_memory_count++;
  snprintf(line, sizeof line, "mkfs.xfs -q -m reflink=1 /proc/%d/fd/%d && mount -o loop /proc/%d/fd/%d '%s'", getpid(),
           image, getpid(), image, path);
  check(system(line) == 0, "%s", line);
  close(image);
}

bool session_lab_has_reflinks(void) {
  const char *storage = getenv("MOBIDESK_TEST_STORAGE");
  return storage && strcmp(storage, "xfs") == 0;
}

static void leave_memory(void) {
  while (in_memory_count > 0)
    umount2(in_memory[--in_memory_count], MNT_DETACH);
}

/* Runs when the test ends, also on failure, or by a signal; once: who comes second waits for the end of the process. */
static void clean_up(void) {
  static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&once);
  end_site(&the_lab->proxy);
  for (int i = 0; i < LAB_SERVERS; i++)
    end_site(&the_lab->servers[i]);
  leave_memory();
  nftw(the_lab->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void *end_by_signal(void *signals) {
  int number;
  sigwait(signals, &number);
  clean_up();
  _exit(1);
}

/* Ctrl-C, and the time limit of the test's runner, clean up too. Daemons take these signals by descriptor anyway. */
static void catch_signals(void) {
  static sigset_t signals;
  pthread_t thread;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  check(pthread_sigmask(SIG_BLOCK, &signals, NULL) == 0 && pthread_create(&thread, NULL, end_by_signal, &signals) == 0,
        "waiting for signals");
  pthread_detach(thread);
}

/* ---- a site's init ---- */

static pid_t start_daemon(const struct site *site) {
  char config[PATH_MAX], log[PATH_MAX];
  pid_t pid = fork();
  if (pid != 0)
    return pid;
  snprintf(config, sizeof config, "%s/conf", site->dir);
  snprintf(log, sizeof log, "%s/log", site->dir);
  int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(fd, 1);
  dup2(fd, 2);
  execl(daemon_program, daemon_program, "--config", config, (char *)NULL);
  _exit(127);
}

static void end_daemon(pid_t pid, int number) {
  if (pid > 0) {
    kill(pid, number);
    waitpid(pid, NULL, 0);
  }
}

static _Noreturn void be_init(const struct site *site, int control) {
  pid_t daemon_pid = 0;
  char command;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount("proc", "/proc", "proc", 0, NULL) < 0)
    _exit(1);
  for (;;) {
    struct pollfd p = {control, POLLIN, 0};
    /* Orphans of the daemon, restored sessions among them, are this process's to reap. */
    while (poll(&p, 1, 20) == 0)
      for (siginfo_t info = {0};
           waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid > 0 && info.si_pid != daemon_pid;
           info.si_pid = 0)
        waitpid(info.si_pid, NULL, 0);
    if (read(control, &command, 1) != 1)
      _exit(0);
    if (command == START)
      daemon_pid = start_daemon(site);
    else
      end_daemon(daemon_pid, command == KILL ? SIGKILL : SIGTERM);
    if (write(control, &command, 1) != 1)
      _exit(0);
  }
}

static void start_init(struct session_lab *lab, struct site *site, int host) {
  int ends[2];
  check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "making a control socket");
  pid_t outer = fork();
  check(outer >= 0, "forking");
  if (outer == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    lab_enter(&lab->net, host);
    check(unshare(CLONE_NEWNS | CLONE_NEWPID) == 0, "making a host");
    pid_t init = fork();
    if (init == 0)
      be_init(site, ends[1]);
    waitpid(init, NULL, 0);
    _exit(0);
  }
  close(ends[1]);
  site->init = outer;
  site->control = ends[0];
}

static void command(struct site *site, char what) {
  char answer;
  check(write(site->control, &what, 1) == 1 && read(site->control, &answer, 1) == 1, "telling the init of %s",
        site->instance);
}

/* ---- daemons ---- */

static bool separate_storage, with_ipv6;

void session_lab_separate_storage(void) { separate_storage = true; }

void session_lab_with_ipv6(void) { with_ipv6 = true; }

void site_storage(const struct session_lab *lab, const struct site *site, char *out, size_t size) {
  snprintf(out, size, "%s/storage", separate_storage ? site->dir : lab->dir);
}

static const char *more_configuration = "";

void session_lab_configure(const char *lines) { more_configuration = lines; }

static void write_config(const struct session_lab *lab, const struct site *site, bool gateway, uint64_t image_memory) {
  char path[PATH_MAX], storage[PATH_MAX];
  site_storage(lab, site, storage, sizeof storage);
  snprintf(path, sizeof path, "%s/conf", site->dir);
  cleanup_file FILE *f = fopen(path, "we");
  check(f, "writing %s", path);
  fprintf(f, "instance = %s\nrole = %s\nrun_dir = %s/run\nstate_dir = %s/state\nimages_dir = %s/images\n",
          site->instance, gateway ? "gateway" : "server", site->dir, site->dir, site->dir);
  fprintf(f, "templates_dir = %s/templates\nstorage_dir = %s\ncriu_tree = %s\nimage_memory = %lu\n", lab->dir, storage,
          getenv("MOBIDESK_CRIU_TREE"), (unsigned long)image_memory);
  fprintf(f, "keys_dir = %s/keys\nstorage_key = test\n", site->dir);
  fprintf(f, "decision_seconds = 600\n"); /* a loaded machine decides late */
  fprintf(f, "disk_bytes = 1G\nsession_network = 10.74.0.0/16\nnetwork_key = %s/network.key\n", lab->dir);
  if (gateway)
    fprintf(f, "gateway_interface = world\n");
  else
    fprintf(f,
            "gateway_address = 10.73.0.1\nphysical_pool = 10.73.%d.128/26\nphysical_quarantine = 0\n"
            "closed_networks = 10.73.0.0/16\n",
            site == &lab->servers[1]);
  if (lab->net.ipv6)
    fprintf(f, "session_network6 = fd00:74::/96\n");
  if (lab->net.ipv6 && !gateway)
    fprintf(f, "gateway_address6 = %s\nphysical_network6 = fd00:73:a%d::/64\n", lab_address6(LAB_PROXY),
            1 + (site == &lab->servers[1]));
  fprintf(f, "%s\n", more_configuration);
}

void site_kill(struct site *site) {
  mobidesk_close(site->m);
  site->m = NULL;
  command(site, KILL);
}

void site_start(struct site *site) {
  char path[PATH_MAX];
  mobidesk_error err;
  snprintf(path, sizeof path, "%s/run/hostd.sock", site->dir);
  command(site, START);
  for (uint64_t since = lab_now_us(); mobidesk_connect(path, &site->m, &err) < 0; poll(NULL, 0, 5))
    check(lab_now_us() - since < START_US, "the daemon does not serve (see its log): %s", err.message);
}

static void open_site(struct session_lab *lab, struct site *site, const char *name, int host, uint64_t image_memory) {
  snprintf(site->dir, sizeof site->dir, "%s/%s", lab->dir, name);
  snprintf(site->instance, sizeof site->instance, "test-%d-%s", getpid(), name);
  check(mkdir(site->dir, 0700) == 0, "making %s", site->dir);
  use_memory(site->dir, "state");
  if (separate_storage && host != LAB_PROXY)
    use_memory(site->dir, "storage");
  write_config(lab, site, host == LAB_PROXY, image_memory);
  start_init(lab, site, host);
  site_start(site);
}

/* ---- template ---- */

static void copy_program(const char *from, const char *dir, const char *name) {
  char command_line[PATH_MAX * 2];
  snprintf(command_line, sizeof command_line, "install -D -m 0755 '%s' '%s/%s'", from, dir, name);
  check(system(command_line) == 0, "%s", command_line);
}

static void put_file(const char *dir, const char *name, const char *text) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  cleanup_file FILE *f = fopen(path, "we");
  check(f && fputs(text, f) >= 0, "writing %s", path);
}

/* Packs a tree as a layer of the template. */
static void pack(const struct session_lab *lab, const char *layer, int number) {
  char line[PATH_MAX];
  snprintf(line, sizeof line,
           "mkfs.erofs -zlz4 -T0 -U 00000000-0000-4000-8000-00000000000%d '%s/templates/%s.erofs' '%s/%s' "
           ">>'%s/mkfs' 2>&1",
           number, lab->dir, layer, lab->dir, layer, lab->dir);
  check(system(line) == 0, "%s", line);
}

/* Directories that several layers have, and sessions watch, are what is hard for an overlay: both layers have
 * /usr/share/both. */
static void make_template(struct session_lab *lab, const char *init, char **programs) {
  char tree[128], line[PATH_MAX];
  static const char *const dirs[] = {"etc", "proc", "sys", "run", "dev", "tmp", "var", "var/lib", "home", "root"};
  snprintf(tree, sizeof tree, "%s/tiny-base", lab->dir);
  check(mkdir(tree, 0755) == 0, "making %s", tree);
  for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
    snprintf(line, sizeof line, "%s/%s", tree, dirs[i]);
    check(mkdir(line, 0755) == 0, "making %s", line);
  }
  copy_program(init, tree, "usr/lib/mobidesk/init");
  copy_program(programs[0], tree, "usr/lib/mobidesk/start");
  copy_program(programs[0], tree, "usr/bin/app");
  for (char **other = programs + 1; *other; other++) {
    snprintf(line, sizeof line, "usr/bin/%s", strrchr(*other, '/') + 1);
    copy_program(*other, tree, line);
  }
  put_file(tree, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  put_file(tree, "etc/group", "root:x:0:\nsudo:x:27:\n");
  snprintf(line, sizeof line,
           "cd '%s' && mkdir -p templates tiny-base/usr/share/both/deep tiny-top/usr/share/both/deep", lab->dir);
  check(system(line) == 0, "%s", line);
  put_file(lab->dir, "tiny-base/usr/share/both/below", "below\n");
  put_file(lab->dir, "tiny-base/usr/share/both/deep/same", "below\n");
  put_file(lab->dir, "tiny-top/usr/share/both/deep/same", "above\n");
  pack(lab, "tiny-base", 1);
  pack(lab, "tiny-top", 2);
  put_file(lab->dir, "templates/tiny-1.json",
           "{\"name\": \"tiny\", \"version\": \"1\", \"layers\": [\"tiny-top\", \"tiny-base\"]}\n");
  lab->template_id = "tiny-1";
}

/* ---- keys of images ---- */

/* The daemons have made their own; each server gets the other's public one, and both a storage key. */
static void exchange_keys(const struct session_lab *lab) {
  char line[PATH_MAX];
  const char *one = lab->servers[0].dir, *two = lab->servers[1].dir;
  snprintf(line, sizeof line,
           "umask 077; cd '%s' && for d in '%s' '%s'; do mkdir $d/keys/trusted $d/keys/storage || exit; done; "
           "cp '%s/keys/signing.pub' '%s/keys/trusted/one.pub'; cp '%s/keys/signing.pub' '%s/keys/trusted/two.pub'; "
           "head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \\n' | tee '%s/keys/storage/test.key' "
           ">'%s/keys/storage/test.key'",
           lab->dir, one, two, one, two, two, one, one, two);
  check(system(line) == 0, "%s", line);
}

/* ---- the whole ---- */

void session_lab_open(struct session_lab *lab, int argc, char **argv, uint64_t image_memory) {
  if (getenv("MOBIDESK_SKIP_CRIU")) {
    puts("skipped: MOBIDESK_SKIP_CRIU is set");
    exit(77);
  }
  check(argc >= 4, "arguments: the daemon, mobidesk-init, the session's program, other programs for /usr/bin");
  check(getenv("MOBIDESK_CRIU_TREE"), "MOBIDESK_CRIU_TREE must name a tree with CRIU 4.2 (native/tests/README.md)");
  *lab = (struct session_lab){.dir = "/tmp/mobidesk-test-XXXXXX", .net.ipv6 = with_ipv6};
  daemon_program = argv[1];
  check(mkdtemp(lab->dir), "making %s", lab->dir);
  check(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "making mounts private");
  the_lab = lab;
  if (session_lab_has_reflinks())
    use_reflinks(lab->dir, "storage");
  else
    use_memory(lab->dir, "storage");
  atexit(clean_up);
  if (skip_storage)
    exit(77);
  catch_signals();
  make_template(lab, argv[2], argv + 3);
  put_file(lab->dir, "network.key", "the network key of this test, long enough\n");
  lab_make_hosts(&lab->net);
  open_site(lab, &lab->proxy, "proxy", LAB_PROXY, 0);
  open_site(lab, &lab->servers[0], "one", LAB_SERVER, image_memory);
  open_site(lab, &lab->servers[1], "two", LAB_SERVER + 1, image_memory);
  exchange_keys(lab);
}

static void check_no_loops(const struct session_lab *lab) {
  cleanup_dir DIR *dir = opendir("/sys/block");
  for (struct dirent *e; dir && (e = readdir(dir));) {
    char path[PATH_MAX], file[PATH_MAX] = "";
    snprintf(path, sizeof path, "/sys/block/%s/loop/backing_file", e->d_name);
    cleanup_file FILE *f = fopen(path, "re");
    bool ours = f && fgets(file, sizeof file, f) && strstr(file, lab->dir + strlen("/tmp/"));
    check(!ours, "%s is still bound to %s", e->d_name, file);
  }
}

static void check_no_groups(const struct site *site) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "/sys/fs/cgroup/%s/mobidesk-%s", lab_unified_groups() ? "." : "memory", site->instance);
  check(access(path, F_OK) < 0, "%s is left", path);
}

/* A daemon that was built with sanitizers says there what it found. */
static void check_log(const struct site *site) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/log", site->dir);
  cleanup_file FILE *f = fopen(path, "re");
  cleanup_free char *line = NULL;
  size_t size = 0;
  while (f && getline(&line, &size, f) >= 0)
    check(!strstr(line, "runtime error") && !strstr(line, "Sanitizer"), "%s", line);
}

void session_lab_close(struct session_lab *lab) {
  struct site *sites[] = {&lab->proxy, &lab->servers[0], &lab->servers[1]};
  for (int i = 0; i < 3; i++) {
    mobidesk_close(sites[i]->m);
    command(sites[i], STOP);
    check_no_groups(sites[i]);
    check_log(sites[i]);
  }
  check_no_loops(lab);
}

void site_path(const struct site *site, const char *name, char *out, size_t size) {
  char children[64], pids[64] = "";
  snprintf(children, sizeof children, "/proc/%d/task/%d/children", site->init, site->init);
  cleanup_file FILE *f = fopen(children, "re");
  check(f && fgets(pids, sizeof pids, f), "finding the init of %s", site->instance);
  snprintf(out, size, "/proc/%d/root%s/%s", atoi(pids), site->dir, name);
}

bool lab_unified_groups(void) {
  struct statfs fs;
  return statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

void site_group_path(const struct site *site, const char *id, const char *controller, const char *file, char *out,
                     size_t size) {
  snprintf(out, size, "/sys/fs/cgroup/%s/mobidesk-%s/%s/%s", lab_unified_groups() ? "." : controller, site->instance,
           id, file);
}

/* ---- streams ---- */

int site_stream(struct site *site, const char *ticket) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char line[MOBIDESK_TICKET_SIZE + 1];
  int n = snprintf(address.sun_path, sizeof address.sun_path, "%s/run/stream.sock", site->dir);
  check(n > 0 && (size_t)n < sizeof address.sun_path, "socket path");
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  snprintf(line, sizeof line, "%s\n", ticket);
  check(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connecting to %s", address.sun_path);
  check(frame_write_all(fd, line, strlen(line)) == 0, "sending a ticket");
  return fd;
}

int site_exec(struct site *site, const char *id, uint32_t flags, const char *const *argv, char *out, size_t size) {
  char ticket[MOBIDESK_TICKET_SIZE];
  unsigned char header[5], end_of_input[5] = {0};
  mobidesk_error err;
  size_t argc = 0, used = 0;
  out[0] = '\0';
  while (argv[argc])
    argc++;
  works(mobidesk_session_exec(site->m, id, argv, argc, flags, ticket, &err), &err);
  cleanup_close int fd = site_stream(site, ticket);
  int sent = frame_write_all(fd, end_of_input, sizeof end_of_input);
  check(sent == 0 || sent == -EPIPE, "ending the input"); /* a short command has ended before */
  for (;;) {
    char data[65536];
    uint32_t length;
    check(frame_read_all(fd, header, sizeof header) == 0, "the stream of `%s` ends without a status", argv[0]);
    memcpy(&length, header + 1, sizeof length);
    length = le32toh(length);
    check(length <= sizeof data && (length == 0 || frame_read_all(fd, data, length) == 0), "a frame of %u bytes",
          length);
    if (header[0] == 3)
      return (unsigned char)data[0];
    size_t part = length < size - 1 - used ? length : size - 1 - used;
    memcpy(out + used, data, part);
    used += part;
    out[used] = '\0';
  }
}

/* The import begins when the first bytes are there, as between servers; on a connection of its own, for any thread. */
static void *pump(void *data) {
  struct site_follow *f = data;
  char ticket[MOBIDESK_TICKET_SIZE], buffer[65536], path[PATH_MAX];
  mobidesk_error err;
  mobidesk *m;
  ssize_t n = read(f->source, buffer, sizeof buffer);
  snprintf(path, sizeof path, "%s/run/hostd.sock", f->to->dir);
  works(mobidesk_connect(path, &m, &err), &err);
  works((f->disk ? mobidesk_disk_import : mobidesk_image_import)(m, f->id, f->epoch, ticket, &err), &err);
  cleanup_close int target = site_stream(f->to, ticket);
  for (; n > 0; n = read(f->source, buffer, sizeof buffer))
    if (frame_write_all(target, buffer, (size_t)n) < 0)
      break;
  shutdown(target, SHUT_WR);
  size_t used = 0;
  while (used < sizeof f->answer - 1 && !memchr(f->answer, '\n', used) &&
         (n = read(target, f->answer + used, sizeof f->answer - 1 - used)) > 0)
    used += (size_t)n;
  f->answer[used] = '\0';
  mobidesk_close(m);
  close(f->source);
  return NULL;
}

void site_follow_ticket(struct site_follow *f, struct site *from, const char *ticket) {
  f->source = site_stream(from, ticket);
  check(pthread_create(&f->thread, NULL, pump, f) == 0, "starting a thread");
}

void site_follow(struct site_follow *f, struct site *from, struct site *to, const char *id, uint64_t epoch) {
  char ticket[MOBIDESK_TICKET_SIZE];
  mobidesk_error err;
  *f = (struct site_follow){.to = to, .id = id, .epoch = epoch};
  works(mobidesk_image_export(from->m, id, epoch, ticket, &err), &err);
  site_follow_ticket(f, from, ticket);
}

void site_follow_disk(struct site_follow *f, struct site *from, struct site *to, const char *id, uint64_t epoch,
                      uint32_t flags) {
  char ticket[MOBIDESK_TICKET_SIZE];
  mobidesk_error err;
  *f = (struct site_follow){.to = to, .disk = true, .id = id, .epoch = epoch};
  works(mobidesk_disk_export(from->m, id, epoch, flags, ticket, &err), &err);
  site_follow_ticket(f, from, ticket);
}

void site_send_ahead(struct site *from, struct site *to, const char *id, uint64_t epoch, uint32_t flags) {
  char ticket[MOBIDESK_TICKET_SIZE];
  mobidesk_error err;
  struct site_follow f = {.to = to, .id = id, .epoch = epoch};
  works(mobidesk_image_ahead(from->m, id, epoch, flags, ticket, &err), &err);
  site_follow_ticket(&f, from, ticket);
  const char *answer = site_follow_end(&f);
  check(strncmp(answer, "ok ", 3) == 0, "a pass of the memory: %s", answer);
}
const char *site_follow_end(struct site_follow *f) {
  pthread_join(f->thread, NULL);
  return f->answer;
}

void site_transfer(struct site *from, struct site *to, const char *id, uint64_t epoch, char *answer, size_t size) {
  struct site_follow f;
  site_follow(&f, from, to, id, epoch);
  snprintf(answer, size, "%s", site_follow_end(&f));
}

void site_move(struct session_lab *lab, int from, int to, const mobidesk_session_spec *spec) {
  static const char *const addresses[] = {"10.73.0.11", "10.73.1.12"};
  struct site *source = &lab->servers[from], *target = &lab->servers[to];
  char answer[256];
  mobidesk_error err;
  mobidesk_checkpoint_stats dumped;
  mobidesk_restore_stats restored;
  mobidesk_hold_stats held;
  works(mobidesk_session_reserve(target->m, spec, 1 << 20, &err), &err);
  works(mobidesk_session_sync(source->m, spec->id, spec->epoch, &err), &err);
  works(mobidesk_gateway_hold(lab->proxy.m, spec->address, &err), &err);
  works(mobidesk_session_checkpoint(source->m, spec->id, spec->epoch, 0, &dumped, &err), &err);
  site_transfer(source, target, spec->id, spec->epoch, answer, sizeof answer);
  check(strncmp(answer, "ok ", 3) == 0, "import: %s", answer);
  works(mobidesk_session_restore(target->m, spec, &restored, &err), &err);
  works(mobidesk_session_resume(target->m, spec->id, spec->epoch + 1, &restored, &err), &err);
  works(mobidesk_gateway_release(lab->proxy.m, spec->address, addresses[to], &held, &err), &err);
  works(mobidesk_session_reap(source->m, spec->id, spec->epoch, &err), &err);
}
