/* Devices, mounts, and the kernel's own files. */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Numbers of calls that the C library has no name for yet. */
#define NR_OPEN_TREE_ATTR 467

static int make_block(const struct target *t) {
  /* the loop device of the session's own disk, and the first disk of many hosts */
  return one_worked(mknod("/tmp/loop0", S_IFBLK | 0666, makedev(7, 0)),
                    mknodat(AT_FDCWD, "/tmp/sda", S_IFBLK | 0666, makedev(8, 0)),
                    syscall(SYS_mknod, "/tmp/vda", S_IFBLK | 0666, makedev(254, 0)),
                    call_32bit(14, 0, S_IFBLK | 0666, makedev(8, 0)));
}

static int make_char(const struct target *t) {
  return one_worked(
      mknod("/tmp/mem", S_IFCHR | 0666, makedev(1, 1)), mknod("/tmp/fuse", S_IFCHR | 0666, makedev(10, 229)),
      mknod("/tmp/kvm", S_IFCHR | 0666, makedev(10, 232)),
      mknodat(AT_FDCWD, "/tmp/loop-control", S_IFCHR | 0666, makedev(10, 237)),
      mknod("/tmp/tun", S_IFCHR | 0666, makedev(10, 200)), mknod("/tmp/null", S_IFCHR | 0666, makedev(1, 3)));
}

static int make_fifo(const struct target *t) {
  unlink("/tmp/fifo");
  unlink("/tmp/fifo2");
  return mkfifo("/tmp/fifo", 0600) == 0 && mknod("/tmp/fifo2", S_IFIFO | 0600, 0) == 0 ? 0 : -1;
}

static int open_devices(const struct target *t) {
  static const char *const paths[] = {"/dev/mem",          "/dev/kmem",      "/dev/port",        "/dev/loop0",
                                      "/dev/loop-control", "/dev/kmsg",      "/dev/fuse",        "/dev/kvm",
                                      "/dev/net/tun",      "/dev/console",   "/dev/tty0",        "/dev/sda",
                                      "/dev/vda",          "/dev/dri/card0", "/dev/vga_arbiter", "/dev/cuse",
                                      "/dev/input/event0", "/dev/uinput",    "/dev/userfaultfd"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
    if (open(paths[i], O_RDWR) >= 0 || open(paths[i], O_RDONLY) >= 0) {
      note("%s", paths[i]);
      return 0;
    }
  return -1;
}

static int mount_device(const struct target *t) {
  mkdir("/tmp/mnt", 0755);
  return one_worked(mount("/dev/loop0", "/tmp/mnt", "ext4", 0, NULL), mount("/dev/sda1", "/tmp/mnt", "ext4", 0, NULL),
                    syscall(SYS_fsopen, "ext4", 0), syscall(SYS_fsopen, "tmpfs", 0),
                    syscall(X32 | SYS_mount, "/dev/loop0", "/tmp/mnt", "ext4", 0, NULL));
}

static int mount_anything(const struct target *t) {
  mkdir("/tmp/mnt", 0755);
  return one_worked(mount("none", "/tmp/mnt", "tmpfs", 0, NULL), mount("none", "/tmp/mnt", "proc", 0, NULL),
                    mount("none", "/tmp/mnt", "sysfs", 0, NULL), mount("/", "/tmp/mnt", NULL, MS_BIND | MS_REC, NULL),
                    mount("none", "/tmp/mnt", "devpts", 0, "newinstance"),
                    mount("none", "/tmp/mnt", "cgroup", 0, "memory"), mount("none", "/tmp/mnt", "cgroup2", 0, NULL),
                    mount("none", "/tmp/mnt", "binfmt_misc", 0, NULL), mount("none", "/tmp/mnt", "debugfs", 0, NULL),
                    mount("none", "/tmp/mnt", "tracefs", 0, NULL), mount("none", "/tmp/mnt", "mqueue", 0, NULL),
                    mount("lower", "/tmp/mnt", "overlay", 0, "lowerdir=/etc:/usr"),
                    syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE), syscall(SYS_open_tree, AT_FDCWD, "/", 0),
                    syscall(NR_OPEN_TREE_ATTR, AT_FDCWD, "/", OPEN_TREE_CLONE, NULL, 0));
}

static int remount(const struct target *t) {
  struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY};
  return one_worked(mount(NULL, "/sys", NULL, MS_REMOUNT | MS_BIND, NULL), mount(NULL, "/sys", NULL, MS_REMOUNT, NULL),
                    mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL),
                    mount(NULL, "/", NULL, MS_REMOUNT, "index=off"), mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL),
                    syscall(SYS_mount_setattr, AT_FDCWD, "/sys", 0, &writable, sizeof writable));
}

/* What is hidden is hidden by a mount on top of it. */
static int unmount(const struct target *t) {
  return one_worked(umount2("/proc/kcore", MNT_DETACH), umount2("/proc/sys", MNT_DETACH), umount2("/sys", MNT_DETACH),
                    umount2("/dev/shm", MNT_DETACH), umount2("/", MNT_DETACH), call_32bit(52, 0, 0, 0));
}

static int sysrq(const struct target *t) {
  /* h: prints its help to the kernel's log, and does no harm */
  return one_worked(write_to("/proc/sysrq-trigger", "h"), write_to("/proc/sys/kernel/sysrq", "1"));
}

static int read_memory_of_kernel(const struct target *t) {
  char text[256];
  return one_worked(read_from("/proc/kcore", text, sizeof text), read_from("/proc/vmcore", text, sizeof text),
                    read_from("/proc/kpagecount", text, sizeof text));
}

static int read_messages(const struct target *t) {
  char text[4096];
  return one_worked(syscall(SYS_syslog, 3, text, sizeof text), syscall(SYS_syslog, 10, NULL, 0),
                    read_from("/proc/kmsg", text, sizeof text), read_from("/dev/kmsg", text, sizeof text),
                    write_to("/dev/kmsg", "confine was here\n"));
}

/* Of all that the kernel tells, what would help: keys, timers, addresses, the machine's firmware and its power meters.
 */
static int read_about_host(const struct target *t) {
  static const char *const paths[] = {"/proc/keys",
                                      "/proc/timer_list",
                                      "/proc/sched_debug",
                                      "/proc/latency_stats",
                                      "/proc/slabinfo",
                                      "/proc/vmallocinfo",
                                      "/proc/iomem",
                                      "/sys/kernel/notes",
                                      "/sys/firmware/dmi/tables/DMI",
                                      "/sys/firmware/acpi/tables/DSDT",
                                      "/sys/kernel/vmcoreinfo",
                                      "/sys/devices/virtual/powercap/intel-rapl/intel-rapl:0/energy_uj"};
  char text[4096];
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    /* Files of addresses show zeros to those who may not know them. */
    if (read_from(paths[i], text, sizeof text) < 0 || strncmp(text, "00000000-00000000", 17) == 0)
      continue;
    note("%s says %.60s", paths[i], text);
    return 0;
  }
  if (read_from("/proc/kallsyms", text, sizeof text) == 0 && strncmp(text, "0000000000000000", 16) != 0) {
    note("/proc/kallsyms says %.60s", text);
    return 0;
  }
  return -1;
}

/* Settings of the host: what they would do is to run a program as the host's root, or to make room. */
static int set_host(const struct target *t) {
  static const struct {
    const char *path, *text;
  } settings[] = {
      {"/proc/sys/kernel/core_pattern", "|/tmp/confine %P"},
      {"/proc/sys/kernel/modprobe", "/tmp/confine"},
      {"/proc/sys/kernel/hotplug", "/tmp/confine"},
      {"/sys/kernel/uevent_helper", "/tmp/confine"},
      {"/proc/sys/fs/binfmt_misc/register", ":confine:M::confine::/tmp/confine:"},
      {"/proc/sys/kernel/panic", "7"},
      {"/proc/sys/kernel/pid_max", "400"},
      {"/proc/sys/kernel/randomize_va_space", "0"},
      {"/proc/sys/kernel/unprivileged_bpf_disabled", "0"},
      {"/proc/sys/kernel/yama/ptrace_scope", "0"},
      {"/proc/sys/kernel/dmesg_restrict", "0"},
      {"/proc/sys/kernel/kptr_restrict", "0"},
      {"/proc/sys/kernel/usermodehelper/bset", "4294967295 255"},
      {"/proc/sys/vm/overcommit_memory", "1"},
      {"/proc/sys/vm/drop_caches", "3"},
      {"/proc/sys/vm/panic_on_oom", "1"},
      {"/proc/sys/fs/file-max", "100"},
      {"/proc/sys/fs/suid_dumpable", "1"},
      {"/proc/sys/fs/protected_symlinks", "0"},
      {"/proc/sys/net/ipv4/ip_forward", "1"},
      {"/proc/sys/net/core/rmem_max", "1"},
      {"/sys/power/state", "mem"},
      {"/sys/kernel/mm/transparent_hugepage/enabled", "never"},
      {"/sys/kernel/mm/ksm/run", "1"},
      {"/sys/module/kernel/parameters/panic", "7"},
      {"/sys/block/loop0/queue/read_ahead_kb", "4"},
      {"/sys/bus/pci/rescan", "1"},
      {"/sys/devices/system/cpu/cpu1/online", "0"},
      {"/proc/irq/default_smp_affinity", "1"},
      {"/proc/mtrr", "disable=0"},
      {"/proc/self/timens_offsets", "monotonic 1 0"},
  };
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    if (write_to(settings[i].path, settings[i].text) == 0) {
      note("%s", settings[i].path);
      return 0;
    }
  return -1;
}

static int swap(const struct target *t) { return one_worked(swapon("/tmp/fifo", 0), swapoff("/tmp/fifo")); }

const struct attempt device_attempts[] = {
    {"make-block-device", "mknod of block devices", make_block, false},
    {"make-char-device", "mknod of character devices", make_char, false},
    {"make-fifo", "mkfifo, mknod of a FIFO", make_fifo, true},
    {"open-devices", "opening devices beyond the fixed set", open_devices, false},
    {"mount-device", "mounting a device of the host, by mount and by fsopen", mount_device, false},
    {"mount-anything", "tmpfs, proc, sysfs, cgroup, bind and other mounts", mount_anything, false},
    {"remount", "making read-only mounts writable, sharing mounts", remount, false},
    {"unmount", "taking away the mounts that hide something", unmount, false},
    {"sysrq-trigger", "/proc/sysrq-trigger", sysrq, false},
    {"kcore", "the kernel's memory by /proc/kcore", read_memory_of_kernel, false},
    {"dmesg", "the kernel's messages", read_messages, false},
    {"host-secrets", "keys, timers, addresses, firmware tables, power meters", read_about_host, false},
    {"host-settings", "core_pattern, modprobe, binfmt_misc and other settings", set_host, false},
    {"swap", "swapon, swapoff", swap, false},
    {0},
};
