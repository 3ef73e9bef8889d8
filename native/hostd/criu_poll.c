/*
 * Part of mobidesk-criu-peek.so: programs that wait in poll() while they are dumped and run on.
 *
 * The kernel restarts an interrupted poll by a block of its own (restart_syscall), which the calls that CRIU makes in
 * the program's place overwrite. The poll would then fail with EINTR, although no signal came, and programs that wait
 * without a signal handler do not expect that. So when CRIU gives a program its registers back, the call is made again
 * with the same arguments; criu_calls.h does the same to those that are restored.
 */
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

/* Of the instruction syscall. */
#define CALL_BYTES 2

static long call(int request, pid_t pid, void *address, void *data) {
  long word = 0;
  int peeks = request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER;
  long result = syscall(SYS_ptrace, request, pid, address, peeks ? &word : data);
  if (!peeks || result < 0)
    return result;
  errno = 0;
  return word;
}

/* As the C library's. */
__attribute__((visibility("default"))) long ptrace(enum __ptrace_request request, ...) {
  va_list arguments;
  va_start(arguments, request);
  pid_t pid = va_arg(arguments, pid_t);
  void *address = va_arg(arguments, void *);
  void *data = va_arg(arguments, void *);
  va_end(arguments);
  const struct iovec *given = data;
  if (request != PTRACE_SETREGSET || (unsigned long)address != NT_PRSTATUS ||
      given->iov_len != sizeof(struct user_regs_struct))
    return call((int)request, pid, address, data);
  struct user_regs_struct registers = *(const struct user_regs_struct *)given->iov_base;
  if (registers.orig_rax == SYS_poll && (long)registers.rax == -EINTR) {
    registers.rax = SYS_poll;
    registers.orig_rax = (unsigned long)-1;
    registers.rip -= CALL_BYTES;
  }
  struct iovec changed = {&registers, sizeof registers};
  return call((int)request, pid, address, &changed);
}
