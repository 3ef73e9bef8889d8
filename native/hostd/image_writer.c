#include "image_archive.h"

#include "clean.h"
#include "files.h"
#include "image_chunk.h"
#include "image_manifest.h"
#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

struct entry {
  struct image_file *file;
  uint64_t streamed;
};

struct image_writer {
  const struct image_archive *archive;
  struct image_stream stream;
  struct pipeline *pipeline;
  struct image_chunk slots[PIPELINE_SLOTS];
  struct entry *entries;
  uint32_t count;
  uint64_t frames;
};

static int pack(void *data, unsigned slot, struct error *err) {
  struct image_writer *w = data;
  struct image_chunk *c = &w->slots[slot];
  if (c->frame.kind == IMAGE_FRAME_CHUNK)
    return image_chunk_pack(c, &w->stream, w->archive->dir, w->archive->packing, err);
  return image_stream_seal(&w->stream, &c->frame, "", image_chunk_content(c), err);
}

static int put(void *data, unsigned slot, struct error *err) {
  struct image_writer *w = data;
  struct image_chunk *c = &w->slots[slot];
  if (image_stream_put(&w->stream, &c->frame, image_chunk_content(c), err) < 0)
    return -1;
  return c->frame.kind == IMAGE_FRAME_CHUNK ? image_file_add(c->file, c, err) : 0;
}

/* The slot of the next frame. */
static struct image_chunk *begin(struct image_writer *w, struct error *err) {
  unsigned slot;
  if (pipeline_slot(w->pipeline, &slot, err) < 0)
    return NULL;
  w->slots[slot].frame = (struct image_frame){.number = w->frames++};
  return image_chunk_make(&w->slots[slot], err) < 0 ? NULL : &w->slots[slot];
}

/* Of the slot that was begun last. */
static int submit(struct image_writer *w, const struct image_chunk *c, struct error *err) {
  if (c->frame.size <= IMAGE_SMALL && pipeline_idle(w->pipeline))
    return pipeline_do(w->pipeline, err);
  pipeline_submit(w->pipeline);
  return 0;
}

int image_writer_open(const struct image_archive *a, struct image_writer **out, struct error *err) {
  struct image_writer *w = calloc(1, sizeof *w);
  if (!w)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory for an image stream");
  w->archive = a;
  int r = 0;
  if (a->sealed && !a->keys->storage_key[0])
    r = error_set(err, MOBIDESK_UNSUPPORTED,
                  "images are kept encrypted only: the configuration must name a key (storage_key)");
  if (r == 0)
    r = image_stream_begin(&w->stream, a->fd, a->id, a->epoch, a->keys, a->sealed ? a->keys->storage_key : NULL, err);
  if (r == 0)
    r = pipeline_start(pack, put, w, &w->pipeline, err);
  if (r < 0) {
    image_writer_close(w);
    return -1;
  }
  *out = w;
  return 0;
}

static int announce(struct image_writer *w, const char *name, struct entry **out, struct error *err) {
  if (!image_archive_takes(name) || w->count == IMAGE_FILES_MAX)
    return error_set(err, MOBIDESK_INVALID, "`%s` cannot be a file of an image, or there are too many", name);
  struct entry *more = reallocarray(w->entries, w->count + 1, sizeof *more);
  if (!more)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory for an image stream");
  w->entries = more;
  struct image_file *file = image_file_new(name, err);
  if (!file)
    return -1;
  *out = &w->entries[w->count++];
  **out = (struct entry){.file = file};
  struct image_chunk *c = begin(w, err);
  if (!c)
    return -1;
  c->frame.kind = IMAGE_FRAME_FILE;
  c->frame.size = c->frame.stored = (uint32_t)strlen(name);
  memcpy(c->plain, name, strlen(name));
  return submit(w, c, err);
}

/* The file that was named last is the likeliest. */
static struct entry *find(const struct image_writer *w, const char *name) {
  for (uint32_t i = w->count; i > 0; i--)
    if (strcmp(w->entries[i - 1].file->name, name) == 0)
      return &w->entries[i - 1];
  return NULL;
}

int image_writer_append(struct image_writer *w, const char *name, uint64_t end, struct error *err) {
  struct entry *e = find(w, name);
  if (!e && announce(w, name, &e, err) < 0)
    return -1;
  while (e->streamed < end) {
    struct image_chunk *c = begin(w, err);
    if (!c)
      return -1;
    uint64_t left = end - e->streamed;
    c->file = e->file;
    c->offset = e->streamed;
    c->frame.kind = IMAGE_FRAME_CHUNK;
    c->frame.file = (uint32_t)(e - w->entries);
    c->frame.size = left < IMAGE_CHUNK ? (uint32_t)left : IMAGE_CHUNK;
    e->streamed += c->frame.size;
    e->file->size = e->streamed;
    if (submit(w, c, err) < 0)
      return -1;
  }
  return 0;
}

static int append_those(struct image_writer *w, bool small, struct error *err) {
  const char *path = w->archive->dir;
  struct stat st;
  cleanup_dir DIR *dir = opendir(path);
  if (!dir)
    return error_sys(err, "opening the image `%s`", path);
  for (struct dirent *e; (e = readdir(dir));) {
    if (!image_archive_takes(e->d_name))
      continue; /* CRIU's logs and statistics stay here */
    if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
      return error_sys(err, "looking at `%s/%s`", path, e->d_name);
    if ((st.st_size <= IMAGE_SMALL) == small && image_writer_append(w, e->d_name, (uint64_t)st.st_size, err) < 0)
      return -1;
  }
  return 0;
}

int image_writer_append_all(struct image_writer *w, struct error *err) {
  return pipeline_drain(w->pipeline, err) < 0 || append_those(w, true, err) < 0 ? -1 : append_those(w, false, err);
}

static int list_files(struct image_writer *w, json_t *manifest, struct error *err) {
  json_t *files = json_array();
  for (uint32_t i = 0; i < w->count; i++) {
    char digest[2 * IMAGE_DIGEST + 1];
    if (image_file_digest(w->entries[i].file, digest, err) < 0) {
      json_decref(files);
      return -1;
    }
    json_array_append_new(files, json_pack("{s:s,s:I,s:s}", "name", w->entries[i].file->name, "size",
                                           (json_int_t)w->entries[i].streamed, "sha256", digest));
  }
  return json_object_set_new(manifest, "files", files) == 0
             ? 0
             : error_set(err, MOBIDESK_NO_SPACE, "no memory for the manifest of an image");
}

/* A frame that is not of a file, after the pipeline has come to rest. */
static int put_last(struct image_writer *w, uint8_t kind, void *content, size_t size, struct error *err) {
  struct image_frame f = {.kind = kind, .size = (uint32_t)size, .stored = (uint32_t)size, .number = w->frames++};
  return image_stream_seal(&w->stream, &f, "", content, err) < 0 ? -1 : image_stream_put(&w->stream, &f, content, err);
}

int image_writer_finish(struct image_writer *w, json_t *manifest, uint64_t *bytes, struct error *err) {
  unsigned char end[IMAGE_KEY_DIGEST + IMAGE_SIGNATURE];
  const struct image_keys *keys = w->archive->keys;
  if (pipeline_drain(w->pipeline, err) < 0 || list_files(w, manifest, err) < 0)
    return -1;
  cleanup_free char *text = json_dumps(manifest, JSON_COMPACT | JSON_SORT_KEYS);
  if (!text || strlen(text) > IMAGE_MANIFEST_MAX)
    return error_set(err, MOBIDESK_NO_SPACE, "the manifest of the image is too large");
  size_t size = strlen(text);
  memcpy(end, keys->digest, IMAGE_KEY_DIGEST);
  if (image_manifest_sign(keys, text, size, end + IMAGE_KEY_DIGEST, err) < 0 ||
      put_last(w, IMAGE_FRAME_MANIFEST, text, size, err) < 0 ||
      put_last(w, IMAGE_FRAME_SIGNATURE, end, sizeof end, err) < 0 || put_last(w, IMAGE_FRAME_END, NULL, 0, err) < 0 ||
      image_stream_flush(&w->stream, err) < 0)
    return -1;
  *bytes = w->stream.bytes;
  return 0;
}

void image_writer_close(struct image_writer *w) {
  if (!w)
    return;
  pipeline_stop(w->pipeline);
  for (int i = 0; i < PIPELINE_SLOTS; i++)
    image_chunk_free(&w->slots[i]);
  for (uint32_t i = 0; i < w->count; i++)
    image_file_free_all(w->entries[i].file);
  image_stream_end(&w->stream);
  free(w->entries);
  free(w);
  image_chunk_return_memory();
}

int image_archive_write(const struct image_archive *a, uint64_t *bytes, struct error *err) {
  char path[PATH_MAX];
  struct image_writer *w;
  if (files_path(path, sizeof path, err, "%s/" IMAGE_MANIFEST, a->dir) < 0)
    return -1;
  cleanup_json json_t *manifest = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
  if (!json_is_object(manifest))
    return error_set(err, MOBIDESK_NOT_FOUND, "there is no manifest at `%s`", path);
  if (image_writer_open(a, &w, err) < 0)
    return -1;
  int r = image_writer_append_all(w, err);
  if (r == 0)
    r = image_writer_finish(w, manifest, bytes, err);
  image_writer_close(w);
  return r;
}
