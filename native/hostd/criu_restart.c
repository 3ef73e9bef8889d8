/*
 * Part of mobidesk-criu-peek.so: programs that wait in a call that the kernel restarts by a block of its own
 * (poll, nanosleep, clock_nanosleep, futex with a limit) while they are dumped.
 *
 * CRIU 4.2 cannot save that block, and its own calls in the program's place overwrite it. It lets the call fail with
 * EINTR, although no signal came, and programs that wait without a signal handler do not expect that: they sleep too
 * short, or end. For all other calls it sets the program back before the call. So that is what it is told here: when it
 * reads the registers of such a program, they say that the call is to be made again with the same arguments. That holds
 * for the program that is restored and for the one that runs on after a copy.
 *
 * How long such a wait then lasts: poll, and a sleep whose remainder the program does not ask for, begin again;
 * sleep(3) gives its own argument as the place of the remainder, so it lasts what was left; a limit that is a point in
 * time stays what it is.
 *
 * After a stop and SIGCONT the program waits in restart_syscall, and its registers have the arguments, but not the
 * call. The instruction before `syscall` has, where it loads the number. The C library's (since 2.41) does not: there
 * the call is the one whose arguments these can be. Where that is not clear the call fails with EINTR as before.
 */
#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <time.h>
#include <unistd.h>

/* Of include/linux/errno.h of the kernel: what a tracer sees of an interrupted call. */
#define ERESTARTNOHAND 514
#define ERESTART_RESTARTBLOCK 516

#define MOST_POLLED 256
#define LAST_CLOCK 11 /* CLOCK_TAI; those of processes and threads are negative */

static long call(int request, pid_t pid, void *address, void *data) {
  long word = 0;
  int peeks = request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER;
  long result = syscall(SYS_ptrace, request, pid, address, peeks ? &word : data);
  if (!peeks || result < 0)
    return result;
  errno = 0;
  return word;
}

static bool peek(pid_t pid, unsigned long address, void *out, size_t size) {
  struct iovec here = {out, size}, there = {(void *)address, size};
  return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

static bool has_time(pid_t pid, unsigned long address) {
  struct timespec t;
  return peek(pid, address, &t, sizeof t) && t.tv_sec >= 0 && t.tv_nsec >= 0 && t.tv_nsec < 1000000000;
}

static bool may_be_clock_nanosleep(pid_t pid, const struct user_regs_struct *r) {
  return (int)r->rdi <= LAST_CLOCK && r->rsi == 0 && has_time(pid, r->rdx);
}

static bool may_be_futex(pid_t pid, const struct user_regs_struct *r) {
  unsigned long command = r->rsi & ~(unsigned long)(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
  unsigned value;
  return (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET) && peek(pid, r->rdi, &value, sizeof value) &&
         value == (unsigned)r->rdx && has_time(pid, r->r10);
}

/* Each of what is polled must look like that: a poll writes there. */
static bool may_be_poll(pid_t pid, const struct user_regs_struct *r) {
  struct pollfd polled[MOST_POLLED];
  bool has_limit = r->rdx <= UINT_MAX || (long)r->rdx == (int)r->rdx;
  if (!has_limit || r->rsi > MOST_POLLED || (r->rsi == 0) != (r->rdi == 0) ||
      !peek(pid, r->rdi, polled, r->rsi * sizeof *polled))
    return false;
  for (unsigned long i = 0; i < r->rsi; i++)
    if (polled[i].fd >= 0 && polled[i].events == 0)
      return false;
  return true;
}

static unsigned long number_by_arguments(pid_t pid, const struct user_regs_struct *r) {
  return may_be_clock_nanosleep(pid, r) ? SYS_clock_nanosleep
         : may_be_futex(pid, r)         ? SYS_futex
         : may_be_poll(pid, r)          ? SYS_poll
                                        : SYS_restart_syscall;
}

/* `mov $number, %eax; syscall` */
static bool number_by_instruction(pid_t pid, unsigned long ip, unsigned *number) {
  const unsigned char move = 0xb8, syscall_instruction[] = {0x0f, 0x05};
  unsigned char code[7];
  if (!peek(pid, ip - sizeof code, code, sizeof code) || code[0] != move ||
      memcmp(code + 5, syscall_instruction, sizeof syscall_instruction) != 0)
    return false;
  memcpy(number, code + 1, sizeof *number);
  return true;
}

static void restart(pid_t pid, struct user_regs_struct *r) {
  unsigned number;
  if ((long)r->rax != -ERESTART_RESTARTBLOCK)
    return;
  if (r->orig_rax == SYS_restart_syscall)
    r->orig_rax = number_by_instruction(pid, r->rip, &number) ? number : number_by_arguments(pid, r);
  if (r->orig_rax != SYS_restart_syscall)
    r->rax = (unsigned long)-ERESTARTNOHAND;
}

/* As the C library's. */
__attribute__((visibility("default"))) long ptrace(enum __ptrace_request request, ...) {
  va_list arguments;
  va_start(arguments, request);
  pid_t pid = va_arg(arguments, pid_t);
  void *address = va_arg(arguments, void *);
  void *data = va_arg(arguments, void *);
  va_end(arguments);
  long result = call((int)request, pid, address, data);
  if (result == 0 && request == PTRACE_GETREGSET && (unsigned long)address == NT_PRSTATUS) {
    const struct iovec *given = data;
    if (given->iov_len == sizeof(struct user_regs_struct)) /* not of a 32 bit program */
      restart(pid, given->iov_base);
  }
  return result;
}
