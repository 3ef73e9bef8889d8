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

int cpu_check(const char *features, struct error *err) {
  char here[CPU_FEATURES_SIZE], missing[256] = "";
  if (cpu_features(here, sizeof here, err) < 0)
    return -1;
  cleanup_free char *list = strdup(features);
  char *rest;
  for (char *word = list ? strtok_r(list, " ", &rest) : NULL; word; word = strtok_r(NULL, " ", &rest)) {
    size_t used = strlen(missing);
    if (!has_word(here, word))
      snprintf(missing + used, sizeof missing - used, "%s%s", used ? " " : "", word);
  }
  if (!missing[0])
    return 0;
  return error_set(err, MOBIDESK_UNSUPPORTED, "the processor of this server lacks what the session may use: %s",
                   missing);
}
