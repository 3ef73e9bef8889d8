/*
 * What somebody who has an image's stream in hand may do to it. Each attempt is refused before anything but the reader
 * has looked at the image: the directory has no manifest then, without which no restore begins; and the message names
 * the file.
 */
#include "clean.h"
#include "image_lab.h"
#include "unit.h"

#include <string.h>
#include <unistd.h>

#define FRAMES_MAX 64
#define HEADER 16

/* A stream, cut into its head and its frames (docs/checkpoint-image.md). */
struct stream {
  unsigned char *data;
  size_t size, head;
  struct {
    size_t at, size;
  } frames[FRAMES_MAX];
  unsigned count;
  bool sealed;
};

static struct image_lab lab;

static uint32_t word(const unsigned char *at) { return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24; }

static struct stream cut(int fd, bool sealed) {
  struct stream s = {.sealed = sealed, .size = (size_t)lseek(fd, 0, SEEK_END)};
  s.data = malloc(s.size);
  check(s.data && pread(fd, s.data, s.size, 0) == (ssize_t)s.size, "reading");
  s.head = 52u + s.data[9] + s.data[10];
  for (size_t at = s.head; at < s.size; s.count++) {
    check(s.count < FRAMES_MAX, "frames");
    s.frames[s.count].at = at;
    s.frames[s.count].size = HEADER + word(s.data + at + 12) + (sealed ? IMAGE_TAG : 0);
    at += s.frames[s.count].size;
  }
  return s;
}

static struct stream make(const char *dir, const char *id, uint64_t epoch, const struct image_keys *keys, bool sealed) {
  struct error err;
  uint64_t bytes;
  cleanup_close int fd = image_lab_memory();
  struct image_archive archive = image_lab_archive(image_lab_at(dir), fd, keys, sealed);
  archive.id = id;
  archive.epoch = epoch;
  check(image_archive_write(&archive, &bytes, &err) == 0, "%s", err.message);
  return cut(fd, sealed);
}

static struct stream usual(bool sealed) { return make("in", IMAGE_LAB_ID, IMAGE_LAB_EPOCH, &lab.source, sealed); }

static void put(int fd, const void *data, size_t size) { check(write(fd, data, size) == (ssize_t)size, "writing"); }
static void put_frame(int fd, const struct stream *s, unsigned i) {
  put(fd, s->data + s->frames[i].at, s->frames[i].size);
}

/* The reader refuses what is in `fd`, with words that have `named` in them. */
static void expect_refused(int fd, bool sealed, const char *what, const char *named) {
  struct error err = {0};
  uint64_t bytes;
  int r = image_lab_read(&lab, fd, sealed, UINT64_MAX, &bytes, &err);
  check(r < 0, "%s was taken", what);
  check(err.code == MOBIDESK_CORRUPT, "%s: code %d, %s", what, err.code, err.message);
  check(strstr(err.message, named), "%s: `%s` does not name `%s`", what, err.message, named);
  check(access(image_lab_at("out/" IMAGE_MANIFEST), F_OK) < 0, "%s: a manifest is there", what);
}

static const char *name_of(const struct stream *s, unsigned frame) {
  static char name[IMAGE_NAME_MAX + 1];
  const unsigned char *at = s->data + s->frames[frame].at;
  snprintf(name, sizeof name, "%.*s", (int)word(at + 8), (const char *)at + HEADER);
  return name;
}

/* The frame that names file `name`, in a stream that is not sealed. */
static unsigned file_frame(const struct stream *s, const char *name) {
  for (unsigned i = 0; i < s->count; i++)
    if (s->data[s->frames[i].at] == IMAGE_FRAME_FILE && strcmp(name_of(s, i), name) == 0)
      return i;
  check(false, "no file %s", name);
  return 0;
}

/* A bit in each region: head, and of each frame header, content, tag. */
static void test_flipped(bool sealed) {
  struct stream s = usual(sealed);
  for (unsigned i = 0; i <= s.count; i++) {
    size_t at = i < s.count ? s.frames[i].at : 0, size = i < s.count ? s.frames[i].size : s.head;
    size_t step = size > 64 ? size / 3 : 7;
    for (size_t n = 0; n < size; n += step) {
      char what[64];
      struct error err;
      uint64_t bytes;
      cleanup_close int fd = image_lab_memory();
      s.data[at + n] ^= 4;
      put(fd, s.data, s.size);
      snprintf(what, sizeof what, "a bit of byte %zu of frame %u", n, i);
      int r = image_lab_read(&lab, fd, sealed, UINT64_MAX, &bytes, &err);
      check(r < 0 && (err.code == MOBIDESK_CORRUPT || err.code == MOBIDESK_UNSUPPORTED), "%s: %s", what,
            r < 0 ? err.message : "taken");
      check(access(image_lab_at("out/" IMAGE_MANIFEST), F_OK) < 0, "%s: a manifest is there", what);
      s.data[at + n] ^= 4;
    }
  }
  free(s.data);
}

/* The content of each kind, with the name that the refusal must have. */
static void test_flipped_names(void) {
  struct stream s = usual(false);
  unsigned pages = file_frame(&s, "pages-1.img"), core = file_frame(&s, "core-1.img");
  const struct {
    unsigned frame;
    const char *name;
  } changes[] = {{pages + 1, "pages-1.img"},
                 {core + 1, "core-1.img"},
                 {s.count - 3, IMAGE_MANIFEST},
                 {s.count - 2, IMAGE_MANIFEST}};
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    unsigned char *byte =
        s.data + s.frames[changes[i].frame].at + HEADER + 40 % (s.frames[changes[i].frame].size - HEADER);
    cleanup_close int fd = image_lab_memory();
    *byte ^= 1;
    put(fd, s.data, s.size);
    expect_refused(fd, false, "a flipped bit", changes[i].name);
    *byte ^= 1;
  }
  free(s.data);
}

static void test_truncated(bool sealed) {
  struct stream s = usual(sealed);
  for (unsigned i = 0; i < s.count; i++)
    for (size_t more = 0; more < 2; more++) {
      cleanup_close int fd = image_lab_memory();
      put(fd, s.data, s.frames[i].at + more * s.frames[i].size / 2);
      expect_refused(fd, sealed, "a truncated image", "too early");
    }
  cleanup_close int fd = image_lab_memory();
  put(fd, s.data, s.size);
  put(fd, "", 1);
  expect_refused(fd, sealed, "a longer image", "follow");
  if (!sealed) {
    unsigned pages = file_frame(&s, "pages-1.img");
    cleanup_close int cut_off = image_lab_memory();
    put(cut_off, s.data, s.frames[pages + 2].at);
    expect_refused(cut_off, sealed, "an image cut in a file", "pages-1.img");
  }
  free(s.data);
}

/* All frames but some; the numbers of the files after a missing one change with it. */
static void test_missing_file(void) {
  struct stream s = usual(false);
  unsigned gone = file_frame(&s, "core-1.img");
  uint32_t number = word(s.data + s.frames[gone + 1].at + 4);
  cleanup_close int fd = image_lab_memory();
  put(fd, s.data, s.head);
  for (unsigned i = 0; i < s.count; i++) {
    unsigned char *at = s.data + s.frames[i].at;
    if (i == gone || i == gone + 1)
      continue;
    if (at[0] == IMAGE_FRAME_CHUNK && word(at + 4) > number)
      at[4]--;
    put_frame(fd, &s, i);
  }
  expect_refused(fd, false, "a missing file", "core-1.img");
  free(s.data);
}

static void test_added_file(void) {
  struct stream s = usual(false);
  unsigned char added[HEADER + 9] = {IMAGE_FRAME_FILE, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0};
  memcpy(added + HEADER, "added.img", 9);
  cleanup_close int fd = image_lab_memory();
  put(fd, s.data, s.frames[s.count - 3].at);
  put(fd, added, sizeof added);
  put(fd, s.data + s.frames[s.count - 3].at, s.size - s.frames[s.count - 3].at);
  expect_refused(fd, false, "an added file", "added.img");
  free(s.data);
}

/* The content of two files, or their names. */
static void test_swapped_files(void) {
  for (unsigned which = 0; which < 2; which++) {
    struct stream s = usual(false);
    unsigned one = file_frame(&s, "core-1.img") + which, two = file_frame(&s, "core-2.img") + which;
    unsigned char *a = s.data + s.frames[one].at + HEADER, *b = s.data + s.frames[two].at + HEADER;
    for (size_t i = 0; i < s.frames[one].size - HEADER; i++) {
      unsigned char byte = a[i];
      a[i] = b[i];
      b[i] = byte;
    }
    cleanup_close int fd = image_lab_memory();
    put(fd, s.data, s.size);
    expect_refused(fd, false, "swapped files", "core-");
    free(s.data);
  }
}

static void test_reordered(bool sealed) {
  struct stream s = usual(sealed);
  unsigned first = 0;
  /* Two chunks of one file: the large one's. */
  while (s.data[s.frames[first].at] != IMAGE_FRAME_CHUNK || s.data[s.frames[first + 1].at] != IMAGE_FRAME_CHUNK)
    first++;
  cleanup_close int fd = image_lab_memory();
  put(fd, s.data, s.frames[first].at);
  put_frame(fd, &s, first + 1);
  put_frame(fd, &s, first);
  for (unsigned i = first + 2; i < s.count; i++)
    put_frame(fd, &s, i);
  expect_refused(fd, sealed, "reordered frames", "pages-1.img");
  free(s.data);
}

/* A frame of another stream of the same session and epoch, in its place. */
static void test_spliced(void) {
  struct stream s = usual(true), other = usual(true);
  cleanup_close int fd = image_lab_memory();
  put(fd, s.data, s.frames[1].at);
  put_frame(fd, &other, 1);
  put(fd, s.data + s.frames[2].at, s.size - s.frames[2].at);
  expect_refused(fd, true, "a frame of another stream", "frame 1");
  free(s.data);
  free(other.data);
}

/* Another session's, or of an old epoch: as it is, and with a head that says otherwise. */
static void test_other(const char *id, uint64_t epoch, const char *named) {
  image_lab_make(&lab, "other", id, epoch);
  for (int sealed = 0; sealed < 2; sealed++) {
    struct stream s = make("other", id, epoch, &lab.source, sealed), ours = usual(sealed);
    cleanup_close int fd = image_lab_memory(), relabeled = image_lab_memory();
    put(fd, s.data, s.size);
    expect_refused(fd, sealed, "another image", named);
    put(relabeled, ours.data, ours.head);
    put(relabeled, s.data + s.head, s.size - s.head);
    expect_refused(relabeled, sealed, "another image under our name", sealed ? "frame 0" : IMAGE_MANIFEST);
    free(s.data);
    free(ours.data);
  }
}

static void test_foreign_signature(bool sealed) {
  struct stream s = make("in", IMAGE_LAB_ID, IMAGE_LAB_EPOCH, &lab.stranger, sealed);
  cleanup_close int fd = image_lab_memory(), pretended = image_lab_memory();
  put(fd, s.data, s.size);
  expect_refused(fd, sealed, "a stranger's image", IMAGE_MANIFEST);
  if (!sealed) {
    memcpy(s.data + s.frames[s.count - 2].at + HEADER, lab.source.digest, IMAGE_KEY_DIGEST);
    put(pretended, s.data, s.size);
    expect_refused(pretended, sealed, "a stranger's signature in the name of a trusted server", IMAGE_MANIFEST);
  }
  free(s.data);
}

/* The same name of a storage key, another key. */
static void test_wrong_key(void) {
  struct stream s = usual(true);
  image_lab_put("target/storage/2026-11.key", "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", 65);
  cleanup_close int fd = image_lab_memory();
  put(fd, s.data, s.size);
  expect_refused(fd, true, "an image of another storage key", "2026-11");
  image_lab_put("target/storage/2026-11.key", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", 65);
  free(s.data);
}

/* What is kept must be encrypted; what comes from a server is not. */
static void test_wrong_kind(void) {
  for (int sealed = 0; sealed < 2; sealed++) {
    struct stream s = usual(sealed);
    cleanup_close int fd = image_lab_memory();
    put(fd, s.data, s.size);
    expect_refused(fd, !sealed, "an image of the wrong kind", "encrypted");
    free(s.data);
  }
}

int main(void) {
  image_lab_open(&lab);
  image_lab_make(&lab, "in", IMAGE_LAB_ID, IMAGE_LAB_EPOCH);
  for (int sealed = 0; sealed < 2; sealed++) {
    test_flipped(sealed);
    test_truncated(sealed);
    test_reordered(sealed);
    test_foreign_signature(sealed);
  }
  test_flipped_names();
  test_missing_file();
  test_added_file();
  test_swapped_files();
  test_spliced();
  test_other("eve-1", IMAGE_LAB_EPOCH, "eve-1");
  test_other(IMAGE_LAB_ID, IMAGE_LAB_EPOCH - 1, "epoch 6");
  test_wrong_key();
  test_wrong_kind();
  free(lab.large);
  return 0;
}
