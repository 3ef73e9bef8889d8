/*
 * The kernel's grace periods (RCU). Freezing a file system, making and ending namespaces and closing devices wait for
 * some, 10 to 30 ms each. While a session stands still they are expedited, as the kernel does by itself while it boots
 * (/sys/kernel/rcu_expedited), at the price of interrupts to the other processors. Any thread may call these.
 */
#ifndef MOBIDESK_RCU_H
#define MOBIDESK_RCU_H

/* Takes back what a daemon that was killed has left; to be called once, before the others. */
void rcu_open(const char *run_dir);

/* Until as many calls of rcu_relax. Does nothing where the kernel cannot, or where it is so anyway. */
void rcu_hurry(void);
void rcu_relax(void);

#endif
