/*
 * Attributes that end a resource with the scope of its variable (after crun's cleanup_free and cleanup_close).
 */
#ifndef MOBIDESK_CLEAN_H
#define MOBIDESK_CLEAN_H

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void clean_free(void *p) { free(*(void **)p); }

static inline void clean_close(int *fd) {
  if (*fd >= 0)
    close(*fd);
}

static inline void clean_file(FILE **f) {
  if (*f)
    fclose(*f);
}

static inline void clean_dir(DIR **d) {
  if (*d)
    closedir(*d);
}

static inline void clean_json(json_t **j) { json_decref(*j); }

#define cleanup_free __attribute__((cleanup(clean_free)))
#define cleanup_close __attribute__((cleanup(clean_close)))
#define cleanup_file __attribute__((cleanup(clean_file)))
#define cleanup_dir __attribute__((cleanup(clean_dir)))
#define cleanup_json __attribute__((cleanup(clean_json)))

/* Takes the value of a resource out of the care of its cleanup attribute. */
static inline int steal_fd(int *fd) {
  int v = *fd;
  *fd = -1;
  return v;
}

static inline void *steal_pointer_(void *p) {
  void *v = *(void **)p;
  *(void **)p = NULL;
  return v;
}
#define steal_pointer(p) ((__typeof__(*(p)))steal_pointer_(p))

#endif
