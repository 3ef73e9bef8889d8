/*
 * snapshot.c: writes what a viewer of a session sees.
 *
 *   display-snapshot SOCKET FILE.ppm [MILLISECONDS]
 *
 * Takes the picture after the first frame, or follows the session for so long and takes the last one. What came is
 * counted on standard output.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "replay.h"

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s SOCKET FILE.ppm [MILLISECONDS]\n", argv[0]);
    return EXIT_FAILURE;
  }
  struct replay r;
  const long end = now_ms() + (argc > 3 ? atol(argv[3]) : 0);
  replay_connect(&r, argv[1], 0, 0, 7, true);
  while (r.frames == 0 || now_ms() < end) {
    if (!replay_step(&r, 100)) {
      fprintf(stderr, "%s: %s\n", argv[1], r.error == NULL ? "the session closed the connection" : r.error);
      return EXIT_FAILURE;
    }
  }
  if (!replay_write_ppm(&r, argv[2])) {
    perror(argv[2]);
    return EXIT_FAILURE;
  }
  printf("%ux%u, %u frames, %llu bytes: %u RAW (%u plain, %u LZ4, %u zstd), %u SFILL, %u COPY, cursor %ux%u\n", r.width,
         r.height, r.frames, (unsigned long long)r.bytes, r.counts[MESSAGE_RAW], r.encodings[0], r.encodings[1],
         r.encodings[2], r.counts[MESSAGE_SFILL], r.counts[MESSAGE_COPY], r.cursor_width, r.cursor_height);
  replay_close(&r);
  return EXIT_SUCCESS;
}
