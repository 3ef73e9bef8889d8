/* System calls that serve the host only, or make what no checkpoint can take. */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/kexec.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <sched.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/quota.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define AHEAD_SECONDS 7200

static int bpf(const struct target *t) {
  union bpf_attr map = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1}, id = {0};
  return one_worked(syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map),
                    syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &id, sizeof id),
                    syscall(X32 | SYS_bpf, BPF_MAP_CREATE, &map, sizeof map), call_32bit(357, BPF_MAP_CREATE, 0, 0));
}

static int kexec(const struct target *t) {
  int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  return one_worked(syscall(SYS_kexec_load, 0, 0, NULL, KEXEC_ARCH_DEFAULT),
                    syscall(SYS_kexec_file_load, self, self, 1, "", 0));
}

/* In a pid namespace a reboot ends its process 1. */
static int reboot_it(const struct target *t) {
  return one_worked(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_CAD_OFF, NULL),
                    syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART, NULL),
                    syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF, NULL),
                    syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL));
}

static int load_module(const struct target *t) {
  int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  return one_worked(syscall(SYS_init_module, "", 0, ""), syscall(SYS_finit_module, self, "", 0),
                    syscall(SYS_delete_module, "loop", O_NONBLOCK));
}

static int ports(const struct target *t) { return one_worked(iopl(3), ioperm(0x70, 2, 1)); }

static int perf(const struct target *t) {
  struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attr, .config = PERF_COUNT_SW_CPU_CLOCK};
  return one_worked(syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0),
                    syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

static int set_clock(const struct target *t) {
  struct timespec ahead;
  clock_gettime(CLOCK_REALTIME, &ahead);
  ahead.tv_sec += AHEAD_SECONDS;
  struct timeval same = {ahead.tv_sec, 0};
  struct timex slow = {.modes = ADJ_FREQUENCY, .freq = 1 << 20};
  return one_worked(clock_settime(CLOCK_REALTIME, &ahead), syscall(SYS_settimeofday, &same, NULL), adjtimex(&slow),
                    clock_adjtime(CLOCK_REALTIME, &slow), call_32bit(264, 0, 0, 0),
                    syscall(X32 | SYS_clock_settime, CLOCK_REALTIME, &ahead));
}

static int keys(const struct target *t) {
  char payload[256];
  long user = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 0);
  long session = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
  long found = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", t->secret, 0);
  return one_worked(user, session, found, syscall(SYS_keyctl, KEYCTL_READ, t->key, payload, sizeof payload),
                    syscall(SYS_add_key, "user", "confine", "x", 1, KEY_SPEC_SESSION_KEYRING),
                    syscall(SYS_request_key, "user", t->secret, NULL, 0),
                    syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL));
}

static int fault_handler(const struct target *t) {
  return one_worked(syscall(SYS_userfaultfd, 0), syscall(SYS_userfaultfd, 1), call_32bit(374, 1, 0, 0));
}

static int io_uring(const struct target *t) {
  struct io_uring_params params = {0};
  return one_worked(syscall(SYS_io_uring_setup, 8, &params), call_32bit(425, 8, 0, 0),
                    syscall(X32 | SYS_io_uring_setup, 8, &params));
}

/* The number of these is one for the whole host. */
static int asynchronous_io(const struct target *t) {
  unsigned long context = 0;
  return one_worked(syscall(SYS_io_setup, 65000, &context));
}

static int account(const struct target *t) {
  return one_worked(acct("/tmp/acct"), quotactl(QCMD(Q_SYNC, USRQUOTA), "/dev/loop0", 0, NULL), syscall(SYS_vhangup),
                    sethostname("confine", 7), setdomainname("confine", 7));
}

static int not_checkpointable(const struct target *t) {
  return one_worked(syscall(SYS_memfd_secret, 0), fanotify_init(FAN_CLASS_NOTIF, O_RDONLY),
                    syscall(SYS_landlock_create_ruleset, NULL, 0, 1), pkey_alloc(0, 0),
                    syscall(SYS_modify_ldt, 0, NULL, 0), syscall(SYS_mq_open, "confine", O_CREAT | O_RDWR, 0600, NULL));
}

/* Calls that are newer than the oldest kernel that a session may run on, and those that nobody needs. */
static int other_calls(const struct target *t) {
  char buffer[256];
  for (long number = 451; number < 512; number++) {
    errno = 0;
    if (syscall(number, 0, 0, 0, 0, 0, 0) >= 0 || errno != ENOSYS) {
      note("call %ld answers %d ", number, errno);
      return 0;
    }
  }
  return one_worked(syscall(SYS_lookup_dcookie, 0, buffer, sizeof buffer), syscall(SYS_uselib, "/proc/self/exe"),
                    syscall(SYS_nfsservctl, 0, NULL, NULL), syscall(SYS_sysfs, 3), call_32bit(20, 0, 0, 0),
                    syscall(X32 | SYS_getpid));
}

const struct attempt kernel_attempts[] = {
    {"bpf", "bpf", bpf, false},
    {"kexec", "kexec_load, kexec_file_load", kexec, false},
    {"reboot", "reboot: restart, power off, Ctrl-Alt-Del", reboot_it, false},
    {"module", "init_module, finit_module, delete_module", load_module, false},
    {"io-ports", "iopl, ioperm", ports, false},
    {"perf", "perf_event_open", perf, false},
    {"clock", "setting and slewing the clock", set_clock, false},
    {"keys", "reading, finding and adding keys", keys, false},
    {"userfaultfd", "userfaultfd", fault_handler, false},
    {"io_uring", "io_uring_setup", io_uring, false},
    {"aio", "taking all of the host's asynchronous input and output", asynchronous_io, false},
    {"accounting", "acct, quotactl, vhangup, sethostname", account, false},
    {"not-checkpointable", "memfd_secret, fanotify, Landlock, pkeys, LDT, mqueue", not_checkpointable, false},
    {"other-calls", "calls that are too new, too old, or of another ABI", other_calls, false},
    {0},
};
