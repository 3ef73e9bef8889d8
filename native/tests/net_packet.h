/*
 * net_packet.h: packets that are run through the BPF programs, by BPF_PROG_TEST_RUN, and what the programs count.
 */
#ifndef MOBIDESK_NET_PACKET_H
#define MOBIDESK_NET_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "translator.h"

#define ETHERNET 14
#define LINK 1 /* the loopback link, which every namespace has */
#define PACKET_SIZE 2048

struct packet {
  uint8_t bytes[PACKET_SIZE];
  size_t size;
};

/* The sum of data as 16-bit numbers, and of such sums the checksum, in network byte order. */
uint32_t packet_sum(const void *data, size_t size);
uint16_t packet_complement(uint32_t total);

/* What the program says (TC_ACT_...), with what became of the packet. */
int packet_run(struct translator *t, const char *program, const struct packet *in, struct packet *out);
/* The program drops it, and counts that for this reason. */
void packet_expect_drop(struct translator *t, const char *program, const struct packet *p, enum translation_drop why);
/* One element of a map. */
void packet_set(struct translator *t, const char *map, const void *key, const void *value);

#endif
