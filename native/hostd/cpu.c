#include "cpu.h"

#include "clean.h"

#include <stdbool.h>
#include <string.h>

int cpu_features(char *out, size_t size, struct error *err) {
  cleanup_file FILE *f = fopen("/proc/cpuinfo", "re");
  cleanup_free char *line = NULL;
  size_t room = 0;
  while (f && getline(&line, &room, f) >= 0) {
    if (strncmp(line, "flags", 5) != 0 && strncmp(line, "Features", 8) != 0)
      continue;
    char *words = strchr(line, ':');
    words = words ? words + 1 + strspn(words + 1, " ") : line;
    words[strcspn(words, "\n")] = '\0';
    if (strlen(words) >= size)
      break;
    memcpy(out, words, strlen(words) + 1);
    return 0;
  }
  return error_set(err, MOBIDESK_UNSUPPORTED, "/proc/cpuinfo does not say what the processor can");
}

static bool has_word(const char *list, const char *word) {
  size_t n = strlen(word);
  for (const char *at = list; (at = strstr(at, word)); at += n)
    if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
      return true;
  return false;
}

static void add_word(char *list, size_t size, const char *word) {
  size_t used = strlen(list);
  snprintf(list + used, size - used, "%s%s", used ? " " : "", word);
}

/*
 * What a program sees by cpuid and may choose its code by (arch/x86/include/asm/cpufeatures.h), by the level of the
 * psABI that has it. The other words of /proc/cpuinfo are the kernel's business: topology, virtualization, mitigations,
 * power, paging.
 */
static const char *const levels[] = {
    "fpu tsc cx8 cmov mmx fxsr sse sse2 syscall lm",
    "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3",
    "avx avx2 bmi1 bmi2 f16c fma abm movbe xsave",
    "avx512f avx512bw avx512cd avx512dq avx512vl",
};
static const char beyond[] =
    "3dnow 3dnowext adx aes amx_bf16 amx_complex amx_fp16 amx_int8 amx_tile apx avx512_4fmaps avx512_4vnniw "
    "avx512_bf16 "
    "avx512_bitalg avx512_fp16 avx512_vbmi2 avx512_vnni avx512_vp2intersect avx512_vpopcntdq avx512er avx512ifma "
    "avx512pf "
    "avx512vbmi avx_ifma avx_ne_convert avx_vnni avx_vnni_int8 avx_vnni_int16 cldemote clflushopt clwb clzero "
    "cmpccxadd "
    "enqcmd erms fma4 fsgsbase fsrm fsrs fsrc fzrm gfni hle hreset lwp movdir64b movdiri mwaitx pclmulqdq pku "
    "prefetchi ptwrite rdpid rdpru rdrand rdseed rdtscp rtm serialize sha_ni sha512 shstk sm3 sm4 sse4a tbm tsxldtrk "
    "user_shstk vaes vpclmulqdq waitpkg wbnoinvd xop xsavec xsaveopt xsaves xgetbv1 prefetchwt1 3dnowprefetch";

static bool visible(const char *word) {
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
    if (has_word(levels[i], word))
      return true;
  return has_word(beyond, word);
}

int cpu_missing(const char *features, char out[CPU_MISSING_SIZE], struct error *err) {
  char here[CPU_FEATURES_SIZE];
  out[0] = '\0';
  if (cpu_features(here, sizeof here, err) < 0)
    return -1;
  cleanup_free char *list = strdup(features);
  char *rest;
  for (char *word = list ? strtok_r(list, " ", &rest) : NULL; word; word = strtok_r(NULL, " ", &rest))
    if (visible(word) && !has_word(here, word))
      add_word(out, CPU_MISSING_SIZE, word);
  return 0;
}

/* The words of a baseline: those of its level and of the levels below, and what it adds. */
static int baseline_words(const char *baseline, char *out, size_t size, struct error *err) {
  cleanup_free char *copy = strdup(baseline);
  char *rest, *level = copy ? strtok_r(copy, "+", &rest) : NULL;
  bool known = level && strncmp(level, "x86-64-v", 8) == 0 && level[8] >= '1' && level[8] <= '4' && !level[9];
  if (!known)
    return error_set(err, MOBIDESK_INVALID, "`%s` is no baseline: x86-64-v1 to x86-64-v4, and +FEATURE", baseline);
  out[0] = '\0';
  for (int i = 0; i < level[8] - '0'; i++)
    add_word(out, size, levels[i]);
  for (char *word = strtok_r(NULL, "+", &rest); word; word = strtok_r(NULL, "+", &rest)) {
    if (!visible(word))
      return error_set(err, MOBIDESK_INVALID, "`%s` of baseline `%s` is no feature that programs can tell", word,
                       baseline);
    add_word(out, size, word);
  }
  return 0;
}

int cpu_compare_baseline(const char *baseline, const char *features, struct error *err) {
  char wanted[CPU_FEATURES_SIZE], missing[CPU_MISSING_SIZE] = "", more[CPU_MISSING_SIZE] = "", *rest;
  if (baseline_words(baseline, wanted, sizeof wanted, err) < 0)
    return -1;
  cleanup_free char *list = strdup(features);
  for (char *word = list ? strtok_r(list, " ", &rest) : NULL; word; word = strtok_r(NULL, " ", &rest))
    if (visible(word) && !has_word(wanted, word))
      add_word(more, sizeof more, word);
  for (char *word = strtok_r(wanted, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
    if (!has_word(features, word))
      add_word(missing, sizeof missing, word);
  if (!missing[0] && !more[0])
    return 0;
  return error_set(err, MOBIDESK_UNSUPPORTED, "this server's processors are not of baseline %s: they %s%s%s%s%s",
                   baseline, missing[0] ? "lack " : "", missing, missing[0] && more[0] ? ", and " : "",
                   more[0] ? "have beyond it " : "", more);
}

int cpu_check_baseline(const char *baseline, struct error *err) {
  char here[CPU_FEATURES_SIZE];
  return cpu_features(here, sizeof here, err) < 0 ? -1 : cpu_compare_baseline(baseline, here, err);
}
