/* Identities in pages: what becomes of strings and cookies when a golden image is copied. */
#include "clean.h"
#include "files.h"
#include "golden_image.h"
#include "golden_pages.h"
#include "unit.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096

#define check_works(call, err) check((call) == 0, "%s", (err)->message)

static const char old_name[] = "golden_user_0123", cookie[] = "\1\2\3\4\5\6\7\10", new_cookie[] = "abcdefgh";

static struct golden_swap swaps[2];

static void make_swaps(void) {
  swaps[0] = (struct golden_swap){.size = strlen(old_name), .to_size = 3, .text = true};
  memcpy(swaps[0].from, old_name, swaps[0].size);
  memcpy(swaps[0].to, "ada", 3);
  swaps[1] = (struct golden_swap){.size = 8, .to_size = 8};
  memcpy(swaps[1].from, cookie, 8);
  memcpy(swaps[1].to, new_cookie, 8);
}

static void put(const char *dir, const char *name, const void *data, size_t size) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  cleanup_file FILE *f = fopen(path, "we");
  check(f && fwrite(data, 1, size, f) == size, "writing %s", path);
}

static void get(const char *dir, const char *name, void *data, size_t size) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  cleanup_file FILE *f = fopen(path, "re");
  check(f && fread(data, 1, size, f) == size, "reading %s", path);
}

static void same_inode(const char *a, const char *b, const char *name, bool same) {
  char path[2][PATH_MAX];
  struct stat st[2];
  snprintf(path[0], sizeof path[0], "%s/%s", a, name);
  snprintf(path[1], sizeof path[1], "%s/%s", b, name);
  check(stat(path[0], &st[0]) == 0 && stat(path[1], &st[1]) == 0, "looking at %s", name);
  check((st[0].st_ino == st[1].st_ino) == same, "%s is%s a link", name, same ? " not" : "");
}

static void expect(const char *at, const char *text, size_t room) {
  check(strcmp(at, text) == 0, "`%s` became `%s`", text, at);
  for (size_t i = strlen(text); i < room; i++)
    check(at[i] == 0, "byte %zu after `%s` is %d", i, text, at[i]);
}

static void swaps_pages(const char *from, const char *to) {
  static char in[3 * PAGE], out[3 * PAGE], plain[PAGE];
  struct golden_pages p;
  struct error err;
  char path[64], list[64];
  int first = snprintf(path, sizeof path, "HOME=/home/%s/x", old_name);
  int second = snprintf(list, sizeof list, "/%s:/%s/", old_name, old_name);
  memcpy(in + 100, path, (size_t)first);
  memcpy(in + 200, list, (size_t)second);
  memcpy(in + 300, cookie, 8);
  /* One that ends with its page, one that is in two. */
  memcpy(in + PAGE - 6 - strlen(old_name), "/home/", 6);
  memcpy(in + PAGE - strlen(old_name), old_name, strlen(old_name));
  in[PAGE] = 'z';
  memcpy(in + 2 * PAGE - 4, old_name, strlen(old_name));
  put(from, "pages-1.img", in, sizeof in);
  put(from, "pages-2.img", plain, sizeof plain);
  put(from, "core-1.img", plain, 8);
  put(from, "dump.log", plain, 8);
  check_works(golden_pages_find(from, swaps, 2, &p, &err), &err);
  check(p.files == 1 && p.count == 6, "%u files, %zu places", p.files, p.count);
  check_works(golden_pages_copy(from, to, &p, swaps, 2, &err), &err);
  get(to, "pages-1.img", out, sizeof out);
  expect(out + 100, "HOME=/home/ada/x", (size_t)first);
  expect(out + 200, "/ada:/ada/", (size_t)second);
  check(memcmp(out + 300, new_cookie, 8) == 0, "the cookie is still the old one");
  check(memcmp(out + PAGE - 6 - strlen(old_name), "/home//////////////", 19) == 0 &&
            memcmp(out + PAGE - 3, "adaz", 4) == 0,
        "at the end of a page: %.22s", out + PAGE - 6 - strlen(old_name));
  expect(out + 2 * PAGE - 4, "ada", strlen(old_name));
  get(from, "pages-1.img", out, sizeof out);
  check(memcmp(in, out, sizeof in) == 0, "the golden image was changed");
  same_inode(from, to, "pages-1.img", false);
  same_inode(from, to, "pages-2.img", true);
  same_inode(from, to, "core-1.img", true);
  golden_pages_free(&p);
}

/* The ids of the host can have any number of bytes; what is linked to the golden image stays as it is. */
static void settles_namespaces(const char *from, const char *to) {
  static const unsigned char users[] = {0x19, 0x43, 0x56, 0x54, 6, 0x49, 0x47, 0x55, 1, 0, 0, 0, 0};
  unsigned char out[64];
  char path[2][PATH_MAX];
  struct error err;
  for (int i = 0; i < 2; i++) {
    const char *name = i ? "utsns-1.img" : "userns-1.img";
    put(from, name, users, sizeof users);
    snprintf(path[0], sizeof path[0], "%s/%s", from, name);
    snprintf(path[1], sizeof path[1], "%s/%s", to, name);
    check(link(path[0], path[1]) == 0, "linking %s", name);
  }
  check_works(golden_image_settle(to, 1u << 20, "ada-1", &err), &err);
  static const unsigned char wanted[] = {0x19, 0x43, 0x56, 0x54, 6,    0x49, 0x47, 0x55, 24, 0,    0,    0,
                                         0x0a, 10,   8,    0,    0x10, 0x80, 0x80, 0x40, 24, 0x80, 0x80, 4,
                                         0x12, 10,   8,    0,    0x10, 0x80, 0x80, 0x40, 24, 0x80, 0x80, 4};
  get(to, "userns-1.img", out, sizeof wanted);
  check(memcmp(out, wanted, sizeof wanted) == 0, "the map of users is not what CRIU reads");
  get(to, "utsns-1.img", out, 22);
  check(memcmp(out + 12, "\n\5ada-1\22\6(", 10) == 0, "the name is not what CRIU reads");
  get(from, "userns-1.img", out, sizeof users);
  check(memcmp(out, users, sizeof users) == 0, "the golden image was changed");
}

int main(void) {
  char dir[] = "/tmp/mobidesk-unit-XXXXXX", from[64], to[64];
  struct error err;
  check(mkdtemp(dir), "making %s", dir);
  snprintf(from, sizeof from, "%s/from", dir);
  snprintf(to, sizeof to, "%s/to", dir);
  check(mkdir(from, 0700) == 0 && mkdir(to, 0700) == 0, "making directories in %s", dir);
  make_swaps();
  swaps_pages(from, to);
  settles_namespaces(from, to);
  check_works(files_remove_tree(dir, &err), &err);
  return 0;
}
