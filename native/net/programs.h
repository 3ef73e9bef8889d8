/*
 * programs.h: the BPF programs as they were compiled when this package was built. Installing and running needs no
 * compiler.
 */
#ifndef MOBIDESK_PROGRAMS_H
#define MOBIDESK_PROGRAMS_H

#include <stddef.h>

struct program_object {
  const unsigned char *bytes; /* an ELF file */
  size_t size;
};

/* The last is the second with the shortcut, which not every kernel can load (shortcut.h). */
extern const struct program_object server_programs, gateway_programs, gateway_shortcut_programs;

#endif
