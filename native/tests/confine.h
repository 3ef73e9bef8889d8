/*
 * confine.h: the hostile program of the confinement tests. It runs as root inside of a session and tries to get out,
 * one attempt per function. What it returns is what it saw; whether it got anywhere is judged on the host
 * (session_confine.c), where each process that has made an attempt is looked at while it still holds what it got.
 */
#ifndef MOBIDESK_CONFINE_H
#define MOBIDESK_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What an attempt aims at. Numbers and paths are the host's. */
struct target {
  pid_t victim;          /* a process of the host that holds `secret` in its memory, at `address` */
  unsigned long address; /* in the victim */
  const char *file;      /* a file of the host that holds `secret` */
  const char *socket;    /* path of a listening socket of the host */
  const char *abstract;  /* name of abstract sockets of the host */
  const char *neighbour; /* IPv4 address of another session */
  const char *server;    /* IPv4 address of the server */
  const char *outside;   /* IPv4 address of a host outside */
  const char *foreign;   /* an IPv4 address that is not this session's */
  const char *own;       /* this session's IPv4 address */
  unsigned short port;   /* UDP at `outside`; TCP at `neighbour` and `server` */
  int key;               /* of a System V segment of the host, and one of the neighbour */
  const char *secret;    /* first bytes of all secrets; they are made of it and of who holds it */
};

struct attempt {
  const char *name;
  const char *tries;
  /* 0: it worked; -1: it was refused, by errno. */
  int (*attempt)(const struct target *target);
  bool allowed; /* what a session is meant to be able to do */
};

/* Ends with a NULL name. */
extern const struct attempt device_attempts[], kernel_attempts[], process_attempts[], neighbour_attempts[],
    network_attempts[], limit_attempts[], escape_attempts[];

/* Says something about the attempt that this process makes; the last call counts. */
__attribute__((format(printf, 1, 2))) void note(const char *format, ...);

/* 0 when one of the calls has worked, and notes which. */
#define one_worked(...)                                                                                                \
  one_of(#__VA_ARGS__, (const long[]){__VA_ARGS__}, sizeof((const long[]){__VA_ARGS__}) / sizeof(long))
int one_of(const char *calls, const long *results, size_t count);

/* Writes a file that exists: 0 when a byte was taken. */
int write_to(const char *path, const char *text);
/* Reads a file: 0 when it has a byte. */
int read_from(const char *path, char *out, size_t size);

/* A system call by the entry for 32-bit programs, with up to three arguments below 4 GiB. errno as usual. */
long call_32bit(int number, long a, long b, long c);
/* The bit of x32 calls. */
#define X32 0x40000000

/* Commands that are no attempts: they go on until killed, or take all there is of something. */
int neighbour_serve(const char *secret, unsigned short port, int key);
int stalk(bool stop);
int exhaust(const char *what);

#endif
