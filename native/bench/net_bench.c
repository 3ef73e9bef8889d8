/*
 * What the network of sessions costs (paper, figures 6 to 8), on hosts of net_lab.h: throughput by message size,
 * latency by reply size, connections per second, of a session that never moved and of one that has, beside a namespace
 * that is routed and masqueraded plainly over as many hosts; silence by length of an outage, with packets held and with
 * packets dropped; and what ten thousand sessions take.
 *
 * Each sample is of several short measurements, in turn with those of the others, with both ends of a connection on
 * processors of their own or, as that shows what is done and not how long an idle processor takes to wake, on one.
 *
 * Argument: how often everything is measured, in turn. Prints a line for each sample:
 * METRIC<tab>CASE<tab>UNIT<tab>SYSTEM<tab>VALUE.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clean.h"
#include "gateway_bindings.h"
#include "net_talk.h"
#include "translator.h"

#define PORT 7000
#define MEASURE_US 100000
#define SLICES 4 /* of a sample, in turn with those of the others */
#define LARGEST 65536
#define REQUEST 128 /* bytes, as the paper has it */
#define MANY 10000
#define PACKET_RUNS 200000

#define PLACES 3

enum mode { STREAM, RESPOND };

/* What a client tells the server of its connection first. */
struct order {
  uint32_t mode, request, reply;
};

struct place {
  const char *name;
  struct lab *lab;
  int session;
};

static struct lab ours, plain;
static pid_t servers[2]; /* processes of outside hosts */
static char data[LARGEST];

static void sample(const char *metric, const char *name, const char *unit, const char *system, double value) {
  printf("%s\t%s\t%s\t%s\t%.6g\n", metric, name, unit, system, value);
}

/* ---- the outside host ---- */

static bool read_all(int fd, void *to, size_t size) {
  for (size_t got = 0; got < size;) {
    ssize_t n = recv(fd, (char *)to + got, size - got, 0);
    if (n <= 0)
      return false;
    got += (size_t)n;
  }
  return true;
}

static void serve_one(int fd) {
  struct order o;
  static char buffer[LARGEST];
  uint64_t received = 0;
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!read_all(fd, &o, sizeof o) || o.request > LARGEST || o.reply > LARGEST)
    return;
  if (o.mode == RESPOND) {
    while (read_all(fd, buffer, o.request) && send(fd, buffer, o.reply, MSG_NOSIGNAL) == (ssize_t)o.reply)
      ;
    return;
  }
  for (ssize_t n; (n = recv(fd, buffer, sizeof buffer, 0)) > 0;)
    received += (uint64_t)n;
  /* What arrived counts, not what was sent. */
  send(fd, &received, sizeof received, MSG_NOSIGNAL);
}

static pid_t start_server(struct lab *lab) {
  int listener = lab_socket(lab, LAB_OUTSIDE, SOCK_STREAM, 0, PORT);
  check(listen(listener, 128) == 0, "listening");
  pid_t pid = fork();
  check(pid >= 0, "forking");
  if (pid != 0) {
    close(listener);
    return pid;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) {
    cleanup_close int fd = accept(listener, NULL, NULL);
    if (fd >= 0)
      serve_one(fd);
  }
}

/* ---- a session, or what is compared with it ---- */

static int call(const struct place *p, struct order o) {
  int on = 1;
  struct sockaddr_in peer = lab_endpoint(lab_address(LAB_OUTSIDE), PORT);
  int fd = lab_socket(p->lab, LAB_SESSION + p->session, SOCK_STREAM, 0, 0);
  check(connect(fd, (struct sockaddr *)&peer, sizeof peer) == 0, "connecting from %s", p->name);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  check(send(fd, &o, sizeof o, MSG_NOSIGNAL) == sizeof o, "sending an order");
  return fd;
}

/* Megabits per second. */
static double throughput(const struct place *p, uint32_t size) {
  cleanup_close int fd = call(p, (struct order){.mode = STREAM});
  uint64_t received = 0, begun = lab_now_us(), now = begun;
  for (; now - begun < MEASURE_US; now = lab_now_us())
    check(send(fd, data, size, MSG_NOSIGNAL) == (ssize_t)size, "sending");
  shutdown(fd, SHUT_WR);
  check(read_all(fd, &received, sizeof received), "asking what has arrived");
  return (double)received * 8 / (double)(lab_now_us() - begun);
}

/* Microseconds of a request and its reply. */
static double latency(const struct place *p, uint32_t reply) {
  cleanup_close int fd = call(p, (struct order){RESPOND, REQUEST, reply});
  uint64_t begun = lab_now_us(), now = begun;
  unsigned count = 0;
  for (; now - begun < MEASURE_US; now = lab_now_us(), count++)
    check(send(fd, data, REQUEST, MSG_NOSIGNAL) == REQUEST && read_all(fd, data, reply), "exchanging");
  return (double)(now - begun) / count;
}

/* Connections per second, each with a request and a reply. */
static double connections(const struct place *p) {
  uint64_t begun = lab_now_us(), now = begun;
  unsigned count = 0;
  struct linger no_wait = {.l_onoff = 1}; /* no port is left waiting */
  for (; now - begun < MEASURE_US; now = lab_now_us(), count++) {
    cleanup_close int fd = call(p, (struct order){RESPOND, REQUEST, REQUEST});
    check(send(fd, data, REQUEST, MSG_NOSIGNAL) == REQUEST && read_all(fd, data, REQUEST), "exchanging");
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &no_wait, sizeof no_wait);
  }
  return (double)count * 1e6 / (double)(now - begun);
}

static double setup(const struct place *p, uint32_t unused) { return connections(p); }

static void run_on(pid_t process, int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  check(sched_setaffinity(process, sizeof set, &set) == 0, "binding a process to processor %d", processor);
}

/* Both ends have processors of their own, or one together: where the scheduler puts them makes more of a difference
 * than any network does. */
static void choose_processors(bool one) {
  long there = sysconf(_SC_NPROCESSORS_ONLN);
  run_on(0, 0);
  for (size_t i = 0; i < sizeof servers / sizeof *servers; i++)
    run_on(servers[i], one || there < 2 ? 0 : 1);
}

static void any_processor(void) {
  cpu_set_t set;
  memset(&set, 0xff, sizeof set);
  check(sched_setaffinity(0, sizeof set, &set) == 0, "leaving the processor");
}

static void measure_costs(const struct place places[static PLACES], unsigned rounds) {
  static const struct {
    const char *metric, *name, *unit;
    double (*measure)(const struct place *p, uint32_t size);
    uint32_t size;
    bool one;
  } cases[] = {
      {"throughput", "messages of 64 bytes", "Mbit/s", throughput, 64, false},
      {"throughput", "messages of 512 bytes", "Mbit/s", throughput, 512, false},
      {"throughput", "messages of 2048 bytes", "Mbit/s", throughput, 2048, false},
      {"throughput", "messages of 16384 bytes", "Mbit/s", throughput, 16384, false},
      {"throughput", "messages of 65536 bytes", "Mbit/s", throughput, 65536, false},
      {"request and reply", "replies of 64 bytes", "us", latency, 64, false},
      {"request and reply", "replies of 128 bytes", "us", latency, 128, false},
      {"request and reply", "replies of 1024 bytes", "us", latency, 1024, false},
      {"request and reply", "replies of 4096 bytes", "us", latency, 4096, false},
      {"request and reply", "replies of 16384 bytes", "us", latency, 16384, false},
      {"connection setup", "request and reply each", "connections/s", setup, 0, false},
      {"throughput, one processor", "messages of 64 bytes", "Mbit/s", throughput, 64, true},
      {"throughput, one processor", "messages of 65536 bytes", "Mbit/s", throughput, 65536, true},
      {"request and reply, one processor", "replies of 64 bytes", "us", latency, 64, true},
      {"request and reply, one processor", "replies of 16384 bytes", "us", latency, 16384, true},
      {"connection setup, one processor", "request and reply each", "connections/s", setup, 0, true},
  };
  for (unsigned round = 0; round < rounds; round++)
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
      double sums[PLACES] = {0};
      choose_processors(cases[i].one);
      for (unsigned slice = 0; slice < SLICES; slice++)
        for (size_t turn = 0; turn < PLACES; turn++) {
          size_t at = (turn + slice + round) % PLACES;
          sums[at] += cases[i].measure(&places[at], cases[i].size);
        }
      for (size_t at = 0; at < PLACES; at++)
        sample(cases[i].metric, cases[i].name, cases[i].unit, places[at].name, sums[at] / SLICES);
    }
  any_processor();
}

/* ---- hosts ---- */

/* As many hosts, with routes and masquerading, and nothing of ours. */
static void make_plain(void) {
  lab_make_hosts(&plain);
  lab_run(&plain, LAB_SERVER,
          "ip link add session type veth peer name eth0 netns /proc/%d/fd/%d && ip link set session up && "
          "ip address add 10.74.0.1/24 dev session && echo 1 > /proc/sys/net/ipv4/ip_forward",
          getpid(), plain.netns[LAB_SESSION]);
  lab_run(&plain, LAB_SESSION,
          "ip address add 10.74.0.5/24 dev eth0 && ip link set lo up && ip link set eth0 mtu 1492 up && "
          "ip route add default via 10.74.0.1");
  /* Sessions have no congestion control that paces either. */
  cleanup_free char *control = lab_output(&ours, LAB_SESSION, "cat /proc/sys/net/ipv4/tcp_congestion_control");
  lab_run(&plain, LAB_SESSION, "echo %s > /proc/sys/net/ipv4/tcp_congestion_control", strtok(control, "\n"));
  lab_run(&plain, LAB_SERVER, "ip route replace default via 10.73.0.1");
  lab_run(&plain, LAB_PROXY,
          "ip route add 10.74.0.0/16 via 10.73.0.11 && echo 1 > /proc/sys/net/ipv4/ip_forward && "
          "nft 'table ip plain {\n chain world {\n type nat hook postrouting priority srcnat;\n oifname world "
          "masquerade\n }\n}'");
}

/* As a move, to the server that it is on or to the other. Without a hold, what is for the session meanwhile is dropped.
 */
static void move(int session, int from, int to, bool hold, uint64_t outage_us, const struct talk *talk) {
  struct error err;
  mobidesk_hold_stats stats;
  in_addr_t address = ours.sessions[session].address;
  if (hold) {
    lab_enter(&ours, LAB_PROXY);
    works(gateway_hold(ours.gateway, address, &err), &err);
  }
  uint64_t begun = lab_now_us();
  if (talk)
    talk_freeze(talk);
  lab_enter(&ours, LAB_SERVER + from);
  works(network_detach(ours.network[from], address, &err), &err);
  lab_attach(&ours, session, to, true, true);
  uint64_t spent = lab_now_us() - begun;
  if (spent < outage_us)
    usleep((useconds_t)(outage_us - spent));
  lab_enter(&ours, LAB_SERVER + to);
  works(network_unblock(ours.network[to], address, ours.netns[LAB_SESSION + session], &err), &err);
  if (talk) {
    talk->inside->mark_us = talk->outside->mark_us = lab_now_us();
    talk_thaw(talk);
  }
  lab_enter(&ours, LAB_PROXY);
  works(gateway_release(ours.gateway, address, lab_address(LAB_SERVER + to), &stats, &err), &err);
  lab_enter(&ours, LAB_SERVER + from);
  works(network_give_back(ours.network[from], address, &err), &err);
}

/* ---- outages ---- */

static void wait_for_mark(const struct talk *t) {
  while (t->inside->mark_us || t->outside->mark_us)
    usleep(1000);
}

/* How much longer than the outage the streams are silent, in milliseconds. */
static void measure_outages(unsigned rounds) {
  static const unsigned outages_ms[] = {100, 500, 1000, 3000};
  struct talk talk;
  int at = 1;
  talk_start(&ours, 1, SOCK_STREAM, &talk);
  for (unsigned round = 0; round < rounds; round++) {
    for (size_t i = 0; i < sizeof outages_ms / sizeof *outages_ms; i++) {
      for (int held = 1; held >= 0; held--) {
        char name[32];
        uint64_t outage_us = outages_ms[i] * 1000ull;
        move(1, at, 1 - at, held, outage_us, &talk);
        at = 1 - at;
        wait_for_mark(&talk);
        snprintf(name, sizeof name, "outage of %u ms", outages_ms[i]);
        const char *system = held ? "held" : "dropped";
        sample("silence after it, to the session", name, "ms", system,
               ((double)(talk.inside->after_us - talk.inside->before_us) - (double)outage_us) / 1e3);
        sample("silence after it, to outside", name, "ms", system,
               ((double)(talk.outside->after_us - talk.outside->before_us) - (double)outage_us) / 1e3);
        talk_on(&talk, 200);
      }
    }
  }
  talk_finish(&talk);
}

/* ---- many sessions ---- */

/* Bytes of a map, as the kernel tells of its descriptor. */
static double map_bytes(const char *pins, const char *map) {
  char path[128], line[128];
  unsigned long bytes = 0;
  snprintf(path, sizeof path, "%s/%s", pins, map);
  cleanup_close int fd = bpf_obj_get(path);
  check(fd >= 0, "opening %s", path);
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
  cleanup_file FILE *f = fopen(path, "re");
  while (f && fgets(line, sizeof line, f))
    if (sscanf(line, "memlock: %lu", &bytes) == 1)
      break;
  return (double)bytes;
}

/* Nanoseconds that a program takes for a datagram of 64 bytes. */
static double packet_ns(struct translator *t, const char *program, in_addr_t from, in_addr_t to) {
  uint8_t packet[106] = {[12] = 0x08, [14] = 0x45, [17] = 92, [22] = 64, [23] = IPPROTO_UDP, [39] = 72};
  memcpy(packet + 26, &from, 4);
  memcpy(packet + 30, &to, 4);
  LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = packet, .data_size_in = sizeof packet, .repeat = PACKET_RUNS);
  check(bpf_prog_test_run_opts(translator_program(t, program), &o) == 0, "running `%s`", program);
  return o.duration;
}

static struct announcement of_many(uint32_t i, uint16_t generation, in_addr_t server, uint32_t pool) {
  static uint64_t time_us;
  return (struct announcement){.kind = ANNOUNCEMENT_HERE,
                               .generation = generation,
                               .session = htonl(0x0a4a4000 + i),
                               .physical = htonl(pool + i),
                               .label = htonl(i + 1),
                               .server = server,
                               .pool = {htonl(pool), 16},
                               .time_us = ++time_us};
}

static void make_many(struct gateway_bindings *b, uint32_t from, uint32_t to) {
  struct error err;
  for (uint32_t i = from; i < to; i++) {
    struct announcement a = of_many(i, 1, lab_address(LAB_SERVER), 0x0a500000);
    works(gateway_bindings_heard(b, &a, &err), &err);
    works(gateway_bindings_select(b, a.session, a.server, &err), &err);
  }
}

/* The switch of one session to another server, microseconds. */
static double switch_us(struct gateway_bindings *b, uint32_t i, uint16_t generation) {
  struct error err;
  in_addr_t server = lab_address(LAB_SERVER + generation % 2);
  struct announcement a = of_many(i, generation, server, generation % 2 ? 0x0a510000 : 0x0a500000);
  works(gateway_bindings_heard(b, &a, &err), &err);
  uint64_t begun = lab_now_us();
  works(gateway_bindings_select(b, a.session, a.server, &err), &err);
  return (double)(lab_now_us() - begun);
}

static void measure_many(unsigned rounds) {
  static const char *const maps[] = {"sources", "targets", "traffic"};
  struct translator *t;
  struct gateway_bindings *b;
  struct error err;
  in_addr_t world = lab_address(LAB_OUTSIDE);
  double before = 0, after = 0;
  lab_enter(&ours, LAB_PROXY);
  works(translator_open(TRANSLATOR_GATEWAY, "/mnt/many", &t, &err), &err);
  works(gateway_bindings_open(t, &(struct network_prefix6){0}, &b, &err), &err);
  make_many(b, 0, 1);
  for (unsigned n = 1; n <= MANY; n += MANY - 1) {
    char name[32];
    snprintf(name, sizeof name, "%u session%s", n, n > 1 ? "s" : "");
    for (size_t i = 0; n == 1 && i < sizeof maps / sizeof *maps; i++)
      before += map_bytes("/mnt/many", maps[i]);
    if (n > 1)
      make_many(b, 1, MANY);
    for (size_t i = 0; n > 1 && i < sizeof maps / sizeof *maps; i++)
      after += map_bytes("/mnt/many", maps[i]);
    for (unsigned round = 0; round < rounds; round++) {
      uint32_t i = n / 2;
      struct announcement a = of_many(i, 1, 0, round % 2 ? 0x0a500000 : 0x0a510000);
      sample("switch to another server", name, "us", "ours", switch_us(b, i, (uint16_t)(1000 * (n > 1) + round + 3)));
      sample("translation at the proxy, to a session", name, "ns/packet", "ours",
             packet_ns(t, "to_servers", world, a.session));
      /* It was moved, and what has no label is refused: one that never moved shows the whole way. */
      a = of_many(n == 1 ? 0 : MANY - 1, 1, 0, 0x0a500000);
      if (n > 1)
        sample("translation at the proxy, from a session", name, "ns/packet", "ours",
               packet_ns(t, "from_servers", a.physical, world));
    }
  }
  sample("memory of the maps", "10000 sessions", "MB", "ours", (after - before) / 1e6);
  gateway_bindings_close(b);
  translator_close(t);
  works(translator_remove("/mnt/many", &err), &err);
}

int main(int argc, char **argv) {
  const struct place places[PLACES] = {{"moved", &ours, 2}, {"unmoved", &ours, 0}, {"plain", &plain, 0}};
  unsigned rounds = argc == 2 ? (unsigned)atoi(argv[1]) : 0;
  check(rounds > 0, "argument: how often everything is measured");
  lab_open(&ours);
  make_plain();
  servers[0] = start_server(&ours);
  servers[1] = start_server(&plain);
  move(2, 0, 1, true, 0, NULL);
  move(2, 1, 0, true, 0, NULL);
  measure_costs(places, rounds);
  measure_outages(rounds);
  measure_many(rounds);
  for (size_t i = 0; i < 2; i++) { /* they have our descriptors, the park's device among them */
    kill(servers[i], SIGKILL);
    waitpid(servers[i], NULL, 0);
  }
  lab_close(&ours);
  return 0;
}
