#include "net_packet.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <string.h>

#include "net_lab.h"

uint32_t packet_sum(const void *data, size_t size) {
  const uint8_t *at = data;
  uint32_t total = 0;
  for (size_t i = 0; i < size; i++)
    total += (uint32_t)at[i] << (i % 2 ? 0 : 8);
  return total;
}

uint16_t packet_complement(uint32_t total) {
  while (total >> 16)
    total = (total & 0xffff) + (total >> 16);
  return htons((uint16_t)~total);
}

void packet_set(struct translator *t, const char *map, const void *key, const void *value) {
  struct error err;
  works(translator_set(t, map, key, value, &err), &err);
}

int packet_run(struct translator *t, const char *program, const struct packet *in, struct packet *out) {
  struct __sk_buff context = {.ingress_ifindex = LINK, .ifindex = LINK};
  LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = in->bytes, .data_size_in = (uint32_t)in->size,
              .data_out = out->bytes, .data_size_out = sizeof out->bytes, .ctx_in = &context,
              .ctx_size_in = sizeof context, .repeat = 1);
  int r = bpf_prog_test_run_opts(translator_program(t, program), &options);
  check(r == 0, "running `%s` on a packet: %s", program, strerror(-r));
  out->size = options.data_size_out;
  return (int)options.retval;
}

static uint64_t dropped(struct translator *t, enum translation_drop why) {
  uint64_t counts[TRANSLATION_DROPS];
  struct error err;
  works(translator_drops(t, (__u64 *)counts, &err), &err);
  return counts[why];
}

void packet_expect_drop(struct translator *t, const char *program, const struct packet *p, enum translation_drop why) {
  struct packet out;
  uint64_t before = dropped(t, why);
  check(packet_run(t, program, p, &out) == TC_ACT_SHOT, "`%s` lets it pass", program);
  check(dropped(t, why) == before + 1, "`%s` counts it otherwise", program);
}
