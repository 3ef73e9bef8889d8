/*
 * mobidesk-hostctl: the host daemon from a shell, for support and tests. One command, one line of output for each
 * result.
 */
#include <errno.h>
#include <inttypes.h>
#include <mobidesk.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char usage[] =
    "usage: mobidesk-hostctl [--socket PATH] COMMAND\n"
    "  info | templates | list | show ID | events [AFTER]\n"
    "  create ID TEMPLATE USER ADDRESS [EPOCH [LOCALE ZONE]]   destroy ID [keep-disk]\n"
    "  limit ID MEMORY-BYTES CPU-SHARES CPU-MILLIS PIDS [DISK-RATE] (0: the default, or no limit)\n"
    "  exec [--root] ID COMMAND...                     attach ID (display protocol on standard streams)\n"
    "  sync ID EPOCH | checkpoint ID EPOCH [ahead] | copy ID EPOCH NEW-EPOCH | store ID EPOCH | load ID EPOCH | reap "
    "ID EPOCH "
    "| abort ID EPOCH\n"
    "  grow ID EPOCH BYTES                             makes the disk of a session larger\n"
    "  disk-restore ID EPOCH | disk-fence ID           the disk of a session that its server does not let go of\n"
    "  ahead ID EPOCH [changes] >PASS                  a pass of the memory of a session that runs; imported as an "
    "image\n"
    "  export ID EPOCH >IMAGE | import ID EPOCH <IMAGE\n"
    "  reserve ID TEMPLATE USER ADDRESS EPOCH | restore ID TEMPLATE USER ADDRESS EPOCH | resume ID NEW-EPOCH\n"
    "  route ADDRESS SERVER                            at the proxy\n";

static const char *socket_path = "/run/mobidesk/hostd.sock";
static mobidesk *daemon_connection;
static mobidesk_error err;

static const char *state_name(int state) {
  static const char *const names[] = {"?", "reserved", "running", "checkpointed", "held", "exited"};
  return names[state >= 0 && state < 6 ? state : 0];
}

static void print_session(const mobidesk_session *s) {
  printf("%s state=%s epoch=%" PRIu64 " template=%s user=%s address=%s pid=%d processes=%u viewers=%u memory=%" PRIu64
         " disk=%" PRIu64 " image=%" PRIu64 "\n",
         s->id, state_name(s->state), s->epoch, s->template_id, s->user, s->address, s->init_pid, s->processes,
         s->viewers, s->memory_bytes, s->disk_bytes, s->image_bytes);
}

/* ID TEMPLATE USER ADDRESS [EPOCH [LOCALE ZONE]] */
static mobidesk_session_spec read_spec(char **argv) {
  return (mobidesk_session_spec){.id = argv[0],
                                 .template_id = argv[1],
                                 .user = argv[2],
                                 .address = argv[3],
                                 .epoch = argv[4] ? strtoull(argv[4], NULL, 10) : 1,
                                 .locale = argv[4] ? argv[5] : NULL,
                                 .timezone = argv[4] && argv[5] ? argv[6] : NULL};
}

static int info(char **argv) {
  (void)argv;
  mobidesk_host h;
  if (mobidesk_host_info(daemon_connection, &h, &err) < 0)
    return -1;
  printf("daemon=%s kernel=%s criu=%s cpus=%u sessions=%u memory=%" PRIu64 " available=%" PRIu64 " image-free=%" PRIu64
         " storage-free=%" PRIu64 "\n",
         h.daemon_version, h.kernel, h.criu_version, h.cpus, h.sessions, h.memory_bytes, h.memory_available_bytes,
         h.image_free_bytes, h.storage_free_bytes);
  return 0;
}

static int templates(char **argv) {
  (void)argv;
  mobidesk_template *all;
  size_t count;
  if (mobidesk_template_list(daemon_connection, &all, &count, &err) < 0)
    return -1;
  for (size_t i = 0; i < count; i++)
    printf("%s bytes=%" PRIu64 "%s%s\n", all[i].id, all[i].bytes, all[i].unfit[0] ? " unfit: " : "", all[i].unfit);
  mobidesk_free(all);
  return 0;
}

static int list(char **argv) {
  (void)argv;
  mobidesk_session *all;
  size_t count;
  if (mobidesk_session_list(daemon_connection, &all, &count, &err) < 0)
    return -1;
  for (size_t i = 0; i < count; i++)
    print_session(&all[i]);
  mobidesk_free(all);
  return 0;
}

static int show(char **argv) {
  mobidesk_session s;
  if (mobidesk_session_show(daemon_connection, argv[0], &s, &err) < 0)
    return -1;
  print_session(&s);
  return 0;
}

static int events(char **argv) {
  mobidesk_event e;
  int r;
  if (mobidesk_events_subscribe(daemon_connection, argv[0] ? strtoull(argv[0], NULL, 10) : 0, &err) < 0)
    return -1;
  while ((r = mobidesk_events_next(daemon_connection, -1, &e, &err)) >= 0) {
    if (r == 1)
      printf("%" PRIu64 " kind=%d session=%s epoch=%" PRIu64 " exit=%d %s\n", e.sequence, e.kind, e.session, e.epoch,
             e.exit_status, e.message);
    fflush(stdout);
  }
  return -1;
}

static int create(char **argv) {
  mobidesk_session s;
  mobidesk_session_spec spec = read_spec(argv);
  if (mobidesk_session_create(daemon_connection, &spec, &s, &err) < 0)
    return -1;
  print_session(&s);
  return 0;
}

static int limit(char **argv) {
  mobidesk_limits limits = {.memory_bytes = strtoull(argv[1], NULL, 10),
                            .cpu_shares = (uint32_t)strtoul(argv[2], NULL, 10),
                            .cpu_millis = (uint32_t)strtoul(argv[3], NULL, 10),
                            .pids = (uint32_t)strtoul(argv[4], NULL, 10),
                            .disk_rate = argv[5] ? strtoull(argv[5], NULL, 10) : 0};
  return mobidesk_session_limit(daemon_connection, argv[0], &limits, &err);
}

static int destroy(char **argv) {
  bool keep = argv[1] && strcmp(argv[1], "keep-disk") == 0;
  return mobidesk_session_destroy(daemon_connection, argv[0], keep ? MOBIDESK_KEEP_DISK : 0, &err);
}

/* ---- streams ---- */

static int open_stream(const char *ticket) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *slash = strrchr(socket_path, '/');
  int length = slash ? (int)(slash - socket_path) + 1 : 0;
  snprintf(address.sun_path, sizeof address.sun_path, "%.*sstream.sock", length, socket_path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char line[MOBIDESK_TICKET_SIZE + 1];
  snprintf(line, sizeof line, "%s\n", ticket);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
      write(fd, line, strlen(line)) != (ssize_t)strlen(line)) {
    snprintf(err.message, sizeof err.message, "opening the stream `%s`: %s", address.sun_path, strerror(errno));
    return -1;
  }
  return fd;
}

static bool write_all(int fd, const char *data, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t n = write(fd, data + done, size - done);
    if (n < 0)
      return false;
    done += (size_t)n;
  }
  return true;
}

static bool read_all(int fd, void *data, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t n = read(fd, (char *)data + done, size - done);
    if (n <= 0)
      return false;
    done += (size_t)n;
  }
  return true;
}

static void copy(int from, int to) {
  char buffer[65536];
  for (ssize_t n; (n = read(from, buffer, sizeof buffer)) > 0;)
    if (!write_all(to, buffer, (size_t)n))
      return;
}

static int export_image(char **argv) {
  char ticket[MOBIDESK_TICKET_SIZE];
  if (mobidesk_image_export(daemon_connection, argv[0], strtoull(argv[1], NULL, 10), ticket, &err) < 0)
    return -1;
  int fd = open_stream(ticket);
  if (fd < 0)
    return -1;
  copy(fd, STDOUT_FILENO);
  return 0;
}

/* A pass of the memory: all of it, or what has changed since the one before. */
static int send_ahead(char **argv) {
  char ticket[MOBIDESK_TICKET_SIZE];
  uint32_t flags = argv[2] && strcmp(argv[2], "changes") == 0 ? 0 : MOBIDESK_AHEAD_WHOLE;
  if (mobidesk_image_ahead(daemon_connection, argv[0], strtoull(argv[1], NULL, 10), flags, ticket, &err) < 0)
    return -1;
  int fd = open_stream(ticket);
  if (fd < 0)
    return -1;
  copy(fd, STDOUT_FILENO);
  return 0;
}

static int import_image(char **argv) {
  char ticket[MOBIDESK_TICKET_SIZE], answer[MOBIDESK_MESSAGE_SIZE] = "";
  if (mobidesk_image_import(daemon_connection, argv[0], strtoull(argv[1], NULL, 10), ticket, &err) < 0)
    return -1;
  int fd = open_stream(ticket);
  if (fd < 0)
    return -1;
  copy(STDIN_FILENO, fd);
  shutdown(fd, SHUT_WR);
  ssize_t n = read(fd, answer, sizeof answer - 1);
  printf("%s", n > 0 ? answer : "error no answer\n");
  snprintf(err.message, sizeof err.message, "importing the image failed");
  return strncmp(answer, "ok ", 3) == 0 ? 0 : -1;
}

/* Frames of a command's stream: see docs/hostd-protocol.md. */
static int serve_exec(int fd) {
  static char data[1 << 16];
  unsigned char header[5];
  struct pollfd fds[] = {{fd, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  while (poll(fds, 2, -1) > 0) {
    if (fds[1].revents) {
      ssize_t n = read(STDIN_FILENO, data, sizeof data);
      uint32_t length = n > 0 ? (uint32_t)n : 0;
      unsigned char out[5] = {0, length & 255, length >> 8 & 255, length >> 16 & 255, length >> 24};
      if (!write_all(fd, (char *)out, sizeof out) || !write_all(fd, data, length) || length == 0)
        fds[1].fd = -1;
    }
    if (!fds[0].revents)
      continue;
    if (!read_all(fd, header, sizeof header))
      break;
    uint32_t length = header[1] | header[2] << 8 | header[3] << 16 | (uint32_t)header[4] << 24;
    if (length > sizeof data || !read_all(fd, data, length))
      break;
    if (header[0] == 3)
      exit((unsigned char)data[0]);
    write_all(header[0] == 1 ? STDOUT_FILENO : STDERR_FILENO, data, length);
    if (header[0] == 4)
      write_all(STDERR_FILENO, "\n", 1);
  }
  snprintf(err.message, sizeof err.message, "the command's stream ended");
  return -1;
}

static int exec(char **argv) {
  char ticket[MOBIDESK_TICKET_SIZE];
  bool root = strcmp(argv[0], "--root") == 0;
  argv += root;
  size_t argc = 0;
  while (argv[0] && argv[argc + 1])
    argc++;
  if (mobidesk_session_exec(daemon_connection, argv[0], (const char *const *)argv + 1, argc,
                            root ? MOBIDESK_EXEC_ROOT : 0, ticket, &err) < 0)
    return -1;
  int fd = open_stream(ticket);
  return fd < 0 ? -1 : serve_exec(fd);
}

static int attach(char **argv) {
  char ticket[MOBIDESK_TICKET_SIZE];
  if (mobidesk_session_attach(daemon_connection, argv[0], ticket, &err) < 0)
    return -1;
  int fd = open_stream(ticket);
  if (fd < 0)
    return -1;
  if (fork() == 0) {
    copy(STDIN_FILENO, fd);
    _exit(0);
  }
  copy(fd, STDOUT_FILENO);
  return 0;
}

/* ---- checkpoint and migration ---- */

static int sync_disk(char **argv) {
  return mobidesk_session_sync(daemon_connection, argv[0], strtoull(argv[1], NULL, 10), &err);
}

static void print_checkpoint(const mobidesk_checkpoint_stats *s) {
  printf("quiesce=%" PRIu64 " freeze=%" PRIu64 " dump=%" PRIu64 " release=%" PRIu64 " stopped-at=%" PRIu64
         " image=%" PRIu64 " processes=%u\n",
         s->quiesce_us, s->freeze_us, s->dump_us, s->release_us, s->stopped_at_us, s->image_bytes, s->processes);
}

static int checkpoint(char **argv) {
  mobidesk_checkpoint_stats s;
  uint32_t flags = argv[2] && strcmp(argv[2], "ahead") == 0 ? MOBIDESK_CHECKPOINT_AHEAD : 0;
  if (mobidesk_session_checkpoint(daemon_connection, argv[0], strtoull(argv[1], NULL, 10), flags, &s, &err) < 0)
    return -1;
  print_checkpoint(&s);
  return 0;
}

static int copy_session(char **argv) {
  mobidesk_checkpoint_stats s;
  if (mobidesk_session_copy(daemon_connection, argv[0], strtoull(argv[1], NULL, 10), strtoull(argv[2], NULL, 10), &s,
                            &err) < 0)
    return -1;
  print_checkpoint(&s);
  return 0;
}

static void print_restore(const mobidesk_restore_stats *s) {
  printf("prepare=%" PRIu64 " restore=%" PRIu64 " resume=%" PRIu64 " running-at=%" PRIu64 " processes=%u\n",
         s->prepare_us, s->restore_us, s->resume_us, s->running_at_us, s->processes);
}

static int reserve(char **argv) {
  mobidesk_session_spec spec = read_spec(argv);
  return mobidesk_session_reserve(daemon_connection, &spec, 0, &err);
}

static int restore(char **argv) {
  mobidesk_restore_stats s;
  mobidesk_session_spec spec = read_spec(argv);
  if (mobidesk_session_restore(daemon_connection, &spec, &s, &err) < 0)
    return -1;
  print_restore(&s);
  return 0;
}

static int resume(char **argv) {
  mobidesk_restore_stats s;
  if (mobidesk_session_resume(daemon_connection, argv[0], strtoull(argv[1], NULL, 10), &s, &err) < 0)
    return -1;
  print_restore(&s);
  return 0;
}

static int abort_move(char **argv) {
  return mobidesk_session_abort(daemon_connection, argv[0], strtoull(argv[1], NULL, 10), &err);
}

static int reap(char **argv) {
  return mobidesk_session_reap(daemon_connection, argv[0], strtoull(argv[1], NULL, 10), &err);
}

static int store(char **argv) {
  uint64_t bytes;
  if (mobidesk_image_store(daemon_connection, argv[0], strtoull(argv[1], NULL, 10), &bytes, &err) < 0)
    return -1;
  printf("bytes=%" PRIu64 "\n", bytes);
  return 0;
}

static int grow(char **argv) {
  uint32_t stopped;
  if (mobidesk_session_grow(daemon_connection, argv[0], strtoull(argv[1], NULL, 10), strtoull(argv[2], NULL, 10),
                            &stopped, &err) < 0)
    return -1;
  printf("stopped=%u\n", stopped);
  return 0;
}

static int disk_restore(char **argv) {
  uint64_t bytes;
  if (mobidesk_disk_restore(daemon_connection, argv[0], strtoull(argv[1], NULL, 10), &bytes, &err) < 0)
    return -1;
  printf("bytes=%" PRIu64 "\n", bytes);
  return 0;
}

static int disk_fence(char **argv) {
  uint64_t bytes;
  if (mobidesk_disk_fence(daemon_connection, argv[0], &bytes, &err) < 0)
    return -1;
  printf("bytes=%" PRIu64 "\n", bytes);
  return 0;
}

static int load(char **argv) {
  uint64_t bytes;
  if (mobidesk_image_load(daemon_connection, argv[0], strtoull(argv[1], NULL, 10), &bytes, &err) < 0)
    return -1;
  printf("bytes=%" PRIu64 "\n", bytes);
  return 0;
}

static int route(char **argv) { return mobidesk_gateway_route(daemon_connection, argv[0], argv[1], &err); }

static const struct command {
  const char *name;
  int arguments; /* at least */
  int (*run)(char **argv);
} commands[] = {
    {"info", 0, info},
    {"templates", 0, templates},
    {"list", 0, list},
    {"show", 1, show},
    {"events", 0, events},
    {"create", 4, create},
    {"destroy", 1, destroy},
    {"limit", 5, limit},
    {"exec", 2, exec},
    {"attach", 1, attach},
    {"sync", 2, sync_disk},
    {"reserve", 5, reserve},
    {"checkpoint", 2, checkpoint},
    {"copy", 3, copy_session},
    {"restore", 5, restore},
    {"resume", 2, resume},
    {"abort", 2, abort_move},
    {"reap", 2, reap},
    {"ahead", 2, send_ahead},
    {"export", 2, export_image},
    {"import", 2, import_image},
    {"store", 2, store},
    {"load", 2, load},
    {"grow", 3, grow},
    {"disk-restore", 2, disk_restore},
    {"disk-fence", 1, disk_fence},
    {"route", 2, route},
};

int main(int argc, char **argv) {
  int at = 1;
  /* A command that ends while it is given input still has an exit status to tell. */
  signal(SIGPIPE, SIG_IGN);
  if (argc > 2 && strcmp(argv[1], "--socket") == 0) {
    socket_path = argv[2];
    at = 3;
  }
  const struct command *command = NULL;
  for (size_t i = 0; i < sizeof commands / sizeof *commands && at < argc; i++)
    if (strcmp(commands[i].name, argv[at]) == 0)
      command = &commands[i];
  if (!command || argc - at - 1 < command->arguments) {
    fputs(usage, stderr);
    return 2;
  }
  if (mobidesk_connect(socket_path, &daemon_connection, &err) == 0 && command->run(argv + at + 1) == 0) {
    mobidesk_close(daemon_connection);
    return 0;
  }
  fprintf(stderr, "mobidesk-hostctl: %s (code %d)\n", err.message, err.code);
  mobidesk_close(daemon_connection);
  return 1;
}
