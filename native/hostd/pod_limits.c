#include "pod_limits.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* Since Linux 6.11; glibc uses it for its random numbers, and falls back when it is refused. */
#define MAP_DROPPABLE_TYPE 0x08
#define MAP_TYPE_MASK 0x0f

/* All CLONE_NEW* flags but CLONE_NEWTIME, which clone cannot express. */
#define NEW_NAMESPACES                                                                                                 \
  (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

struct rule {
  int call;   /* SCMP_SYS */
  int number; /* errno that is returned */
};

/* The newest call of Linux 6.1, the oldest kernel that sessions run on. A program that found a newer one here could not
 * go on there; and what the calls to come will do, nobody has looked at. The numbers up to 511 are the kernel's to give
 * away before it skips some that once were for x32. */
#define LAST_CALL 450
#define LAST_NUMBER 511

/* Since the signature of TIOCSTI has no check of its own before Linux 6.2, su to another user would hand him the
 * terminal of who called it. */
static const unsigned refused_ioctls[] = {TIOCSTI, TIOCLINUX, TIOCCONS};

/* Netlink protocols that a session has a use for are route, sock_diag, uevents, generic and audit (answered by a
 * refusal that PAM knows). */
static const unsigned known_netlink[] = {NETLINK_ROUTE, NETLINK_USERSOCK,       NETLINK_SOCK_DIAG,
                                         NETLINK_AUDIT, NETLINK_KOBJECT_UEVENT, NETLINK_GENERIC};

/* Class 1: they serve the host only. */
static const struct rule host_only[] = {
    {SCMP_SYS(acct), EPERM},
    {SCMP_SYS(add_key), ENOSYS},
    {SCMP_SYS(adjtimex), EPERM},
    {SCMP_SYS(bpf), EPERM},
    {SCMP_SYS(clock_adjtime), EPERM},
    {SCMP_SYS(clock_settime), EPERM},
    {SCMP_SYS(delete_module), EPERM},
    {SCMP_SYS(finit_module), EPERM},
    {SCMP_SYS(fsconfig), EPERM},
    {SCMP_SYS(fsmount), EPERM},
    {SCMP_SYS(fsopen), EPERM},
    {SCMP_SYS(fspick), EPERM},
    {SCMP_SYS(init_module), EPERM},
    {SCMP_SYS(ioperm), EPERM},
    {SCMP_SYS(iopl), EPERM},
    {SCMP_SYS(kexec_file_load), EPERM},
    {SCMP_SYS(kexec_load), EPERM},
    {SCMP_SYS(keyctl), ENOSYS},
    {SCMP_SYS(lookup_dcookie), EPERM},
    {SCMP_SYS(migrate_pages), EPERM},
    {SCMP_SYS(move_pages), EPERM},
    {SCMP_SYS(nfsservctl), ENOSYS},
    {SCMP_SYS(sysfs), EPERM},
    {SCMP_SYS(uselib), EPERM},
    {SCMP_SYS(_sysctl), ENOSYS},
    {SCMP_SYS(mount), EPERM},
    {SCMP_SYS(mount_setattr), EPERM},
    {SCMP_SYS(move_mount), EPERM},
    {SCMP_SYS(open_by_handle_at), EPERM},
    {SCMP_SYS(open_tree), EPERM},
    {SCMP_SYS(perf_event_open), EPERM},
    {SCMP_SYS(pivot_root), EPERM},
    {SCMP_SYS(quotactl), EPERM},
    {SCMP_SYS(quotactl_fd), EPERM},
    {SCMP_SYS(reboot), EPERM},
    {SCMP_SYS(request_key), ENOSYS},
    {SCMP_SYS(setns), EPERM},
    {SCMP_SYS(settimeofday), EPERM},
    {SCMP_SYS(swapoff), EPERM},
    {SCMP_SYS(swapon), EPERM},
    {SCMP_SYS(syslog), EPERM},
    {SCMP_SYS(umount2), EPERM},
    {SCMP_SYS(vhangup), EPERM},
};

/* CRIU 4.2 cannot restore what these make, or what they use is shared by the whole host (fs.aio-max-nr). ENOSYS lets
 * programs take their other way. */
static const struct rule not_checkpointable[] = {
    {SCMP_SYS(clone3), ENOSYS}, /* its flags are in memory, where no filter can see them; glibc falls back to clone */
    {SCMP_SYS(fanotify_init), ENOSYS},  {SCMP_SYS(io_setup), ENOSYS},
    {SCMP_SYS(io_uring_enter), ENOSYS}, {SCMP_SYS(io_uring_register), ENOSYS},
    {SCMP_SYS(io_uring_setup), ENOSYS}, {SCMP_SYS(landlock_create_ruleset), ENOSYS},
    {SCMP_SYS(memfd_secret), ENOSYS},   {SCMP_SYS(modify_ldt), ENOSYS},
    {SCMP_SYS(mq_open), ENOSYS},        {SCMP_SYS(pkey_alloc), ENOSYS},
    {SCMP_SYS(pkey_mprotect), ENOSYS},  {SCMP_SYS(userfaultfd), ENOSYS},
};

/* What root of a session has left: power over the session's own files, processes and ports. All others are dropped,
 * those of kernels to come too. */
static const unsigned kept_capabilities[] = {
    CAP_CHOWN,
    CAP_DAC_OVERRIDE,
    CAP_FOWNER,
    CAP_FSETID,
    CAP_KILL,
    CAP_SETGID,
    CAP_SETUID,
    CAP_SETPCAP,
    CAP_SETFCAP,
    CAP_IPC_OWNER,
    CAP_NET_BIND_SERVICE,
    CAP_NET_RAW /* ping, traceroute */,
    CAP_SYS_CHROOT,
    CAP_SYS_PTRACE /* debuggers */,
    CAP_SYS_NICE,
};

/* Class 2: a session's own limits, which it can lower and not raise, as its root is nobody outside. The same
 * everywhere, whatever the daemon was started with: CRIU sets them again wherever the session goes. */
static const struct {
  __rlimit_resource_t resource;
  rlim_t now, most;
} limits[] = {
    {RLIMIT_CORE, 0, 0},   {RLIMIT_NOFILE, 1024, 65536}, {RLIMIT_MEMLOCK, 8 << 20, 8 << 20},
    {RLIMIT_RTPRIO, 0, 0}, {RLIMIT_NICE, 0, 0},
};

/* Argument `index` of a call, masked, equals `value`. */
static struct scmp_arg_cmp argument(unsigned index, uint64_t mask, uint64_t value) {
  return (struct scmp_arg_cmp){.arg = index, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

/* An int: the upper half of the register means nothing. */
static struct scmp_arg_cmp integer(unsigned index, unsigned value) { return argument(index, UINT32_MAX, value); }

/* Refuses a call whose arguments match all of `conditions`. Returns 0 or a negative errno. */
static int refuse(scmp_filter_ctx filter, int number, int call, unsigned count, const struct scmp_arg_cmp *conditions) {
  return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO((uint16_t)number), call, count, conditions);
}

static int add_calls(scmp_filter_ctx filter, const struct rule *rules, size_t count) {
  int r = 0;
  for (size_t i = 0; i < count && r == 0; i++)
    r = refuse(filter, rules[i].number, rules[i].call, 0, NULL);
  return r;
}

static int refuse_newer_calls(scmp_filter_ctx filter) {
  int r = refuse(filter, ENOSYS, SCMP_SYS(rseq), 0, NULL);
  for (int call = LAST_CALL + 1; call <= LAST_NUMBER && r == 0; call++)
    r = refuse(filter, ENOSYS, call, 0, NULL);
  return r;
}

/* Each namespace but that of time has a flag in clone and unshare. */
static int refuse_namespaces(scmp_filter_ctx filter) {
  int r = 0;
  for (uint64_t flag = 1; flag <= NEW_NAMESPACES && r == 0; flag <<= 1) {
    struct scmp_arg_cmp set = argument(0, flag, flag);
    if (!(flag & NEW_NAMESPACES))
      continue;
    r = refuse(filter, EPERM, SCMP_SYS(clone), 1, &set);
    if (r == 0)
      r = refuse(filter, EPERM, SCMP_SYS(unshare), 1, &set);
  }
  struct scmp_arg_cmp time = argument(0, CLONE_NEWTIME, CLONE_NEWTIME);
  return r < 0 ? r : refuse(filter, EPERM, SCMP_SYS(unshare), 1, &time);
}

/* Class 3: dangerous in some arguments. A FIFO can be made, a device cannot. */
static int add_argument_checks(scmp_filter_ctx filter) {
  const struct {
    int number, call;
    struct scmp_arg_cmp condition;
  } rules[] = {
      {EPERM, SCMP_SYS(mknod), argument(1, S_IFMT, S_IFCHR)},
      {EPERM, SCMP_SYS(mknod), argument(1, S_IFMT, S_IFBLK)},
      {EPERM, SCMP_SYS(mknodat), argument(2, S_IFMT, S_IFCHR)},
      {EPERM, SCMP_SYS(mknodat), argument(2, S_IFMT, S_IFBLK)},
      {EINVAL, SCMP_SYS(mmap), argument(3, MAP_TYPE_MASK, MAP_DROPPABLE_TYPE)},
      /* A filter whose decisions another process makes ends when that process is stopped. */
      {EINVAL, SCMP_SYS(seccomp), argument(1, SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_FILTER_FLAG_NEW_LISTENER)},
  };
  int r = refuse_namespaces(filter);
  for (size_t i = 0; i < sizeof refused_ioctls / sizeof *refused_ioctls && r == 0; i++) {
    struct scmp_arg_cmp request = integer(1, refused_ioctls[i]);
    r = refuse(filter, EPERM, SCMP_SYS(ioctl), 1, &request);
  }
  for (size_t i = 0; i < sizeof rules / sizeof *rules && r == 0; i++)
    r = refuse(filter, rules[i].number, rules[i].call, 1, &rules[i].condition);
  return r;
}

static bool known(const unsigned *list, size_t count, unsigned value) {
  for (size_t i = 0; i < count; i++)
    if (list[i] == value)
      return true;
  return false;
}

static bool known_family(int family) {
  return family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK || family == AF_PACKET;
}

/* Sockets of families and protocols that CRIU knows; programs take TCP when MPTCP is refused. */
static int add_socket_checks(scmp_filter_ctx filter) {
  static const unsigned protocols[] = {IPPROTO_MPTCP, IPPROTO_SCTP, IPPROTO_DCCP};
  int r = 0;
  for (int family = 0; family < AF_MAX && r == 0; family++) {
    struct scmp_arg_cmp is = integer(0, (unsigned)family);
    if (!known_family(family))
      r = refuse(filter, EAFNOSUPPORT, SCMP_SYS(socket), 1, &is);
  }
  for (size_t i = 0; i < 2 * sizeof protocols / sizeof *protocols && r == 0; i++) {
    struct scmp_arg_cmp both[] = {integer(0, i % 2 ? AF_INET6 : AF_INET), integer(2, protocols[i / 2])};
    r = refuse(filter, EPROTONOSUPPORT, SCMP_SYS(socket), 2, both);
  }
  for (unsigned protocol = 0; protocol < MAX_LINKS && r == 0; protocol++) {
    struct scmp_arg_cmp both[] = {integer(0, AF_NETLINK), integer(2, protocol)};
    if (!known(known_netlink, sizeof known_netlink / sizeof *known_netlink, protocol))
      r = refuse(filter, EPROTONOSUPPORT, SCMP_SYS(socket), 2, both);
  }
  struct scmp_arg_cmp kernel_tls[] = {integer(1, IPPROTO_TCP), integer(2, TCP_ULP)};
  return r < 0 ? r : refuse(filter, ENOPROTOOPT, SCMP_SYS(setsockopt), 2, kernel_tls);
}

static int load_filter(struct error *err) {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  if (!filter)
    return error_set(err, MOBIDESK_INTERNAL, "making a seccomp filter failed");
  /* Programs inside use setuid (su, sudo, passwd), so no_new_privs must stay off. 32-bit calls are refused as unknown.
   */
  int r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
  if (r == 0)
    r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
  if (r == 0)
    r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (r == 0)
    r = add_calls(filter, host_only, sizeof host_only / sizeof *host_only);
  if (r == 0)
    r = add_calls(filter, not_checkpointable, sizeof not_checkpointable / sizeof *not_checkpointable);
  if (r == 0)
    r = refuse_newer_calls(filter);
  if (r == 0)
    r = add_argument_checks(filter);
  if (r == 0)
    r = add_socket_checks(filter);
  if (r == 0)
    r = seccomp_load(filter);
  seccomp_release(filter);
  if (r == 0)
    return 0;
  errno = -r;
  return error_sys(err, "loading the session's seccomp filter");
}

static int lower_limits(struct error *err) {
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    struct rlimit old, new = {limits[i].now, limits[i].most};
    if (getrlimit(limits[i].resource, &old) == 0 && old.rlim_max < new.rlim_max)
      new.rlim_max = old.rlim_max;
    if (new.rlim_cur > new.rlim_max)
      new.rlim_cur = new.rlim_max;
    if (setrlimit(limits[i].resource, &new) < 0)
      return error_sys(err, "setting the session's resource limit %d", (int)limits[i].resource);
  }
  return 0;
}

static int drop_capabilities(struct error *err) {
  for (unsigned i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
    if (!known(kept_capabilities, sizeof kept_capabilities / sizeof *kept_capabilities, i) &&
        prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
      return error_sys(err, "dropping capability %u", i);
  return 0;
}

int pod_limits_apply(struct error *err) {
  return lower_limits(err) < 0 || load_filter(err) < 0 ? -1 : drop_capabilities(err);
}
