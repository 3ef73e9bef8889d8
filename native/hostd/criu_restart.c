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
 * After a stop and SIGCONT the program waits in restart_syscall, and its registers do not name the call. The
 * instruction before `syscall` does, in the C library: it loads the number. Elsewhere the call fails with EINTR as
 * before.
 */
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

/* Of include/linux/errno.h of the kernel: what a tracer sees of an interrupted call. */
#define ERESTARTNOHAND 514
#define ERESTART_RESTARTBLOCK 516

static long call(int request, pid_t pid, void *address, void *data) {
  long word = 0;
  int peeks = request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER;
  long result = syscall(SYS_ptrace, request, pid, address, peeks ? &word : data);
  if (!peeks || result < 0)
    return result;
  errno = 0;
  return word;
}

/* The number that `mov $number, %eax; syscall` before `ip` gives, or that of restart_syscall. */
static unsigned long number_before(pid_t pid, unsigned long ip) {
  const unsigned char move = 0xb8, syscall_instruction[] = {0x0f, 0x05};
  unsigned char code[sizeof(long)];
  unsigned number;
  errno = 0;
  long word = call(PTRACE_PEEKTEXT, pid, (void *)(ip - sizeof code), NULL);
  memcpy(code, &word, sizeof code);
  if (errno != 0 || code[1] != move || memcmp(code + 6, syscall_instruction, sizeof syscall_instruction) != 0)
    return SYS_restart_syscall;
  memcpy(&number, code + 2, sizeof number);
  return number;
}

static void restart(pid_t pid, struct user_regs_struct *registers) {
  if ((long)registers->rax != -ERESTART_RESTARTBLOCK)
    return;
  if (registers->orig_rax == SYS_restart_syscall)
    registers->orig_rax = number_before(pid, registers->rip);
  if (registers->orig_rax != SYS_restart_syscall)
    registers->rax = (unsigned long)-ERESTARTNOHAND;
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
