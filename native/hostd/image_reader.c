#include "image_archive.h"

#include "clean.h"
#include "files.h"
#include "image_chunk.h"
#include "image_manifest.h"
#include "log.h"
#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

struct reader {
  const struct image_archive *archive;
  struct image_stream stream;
  struct pipeline *pipeline;
  struct image_chunk slots[PIPELINE_SLOTS];
  struct image_file **files;
  uint32_t count;
  uint64_t frames, total, limit;
  const char *about; /* what came last, for errors */
  char *manifest;
  size_t manifest_size;
};

bool image_archive_takes(const char *name) {
  size_t n = strlen(name);
  return n > 4 && n <= IMAGE_NAME_MAX && name[0] != '.' && strcmp(name + n - 4, ".img") == 0 &&
         strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == n;
}

static int unpack(void *data, unsigned slot, struct error *err) {
  struct reader *r = data;
  return image_chunk_unpack(&r->slots[slot], &r->stream, r->archive->dir, err);
}

static int add(void *data, unsigned slot, struct error *err) {
  struct reader *r = data;
  return image_file_add(r->slots[slot].file, &r->slots[slot], err);
}

static int create_file(struct reader *r, const char *name, struct error *err) {
  char path[PATH_MAX];
  if (files_path(path, sizeof path, err, "%s/%s", r->archive->dir, name) < 0)
    return -1;
  cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd >= 0)
    return 0;
  return errno == EEXIST ? error_set(err, MOBIDESK_CORRUPT, "`%s` is in the image twice", name)
                         : error_sys(err, "creating `%s`", path);
}

static int take_file(struct reader *r, struct image_frame *f, struct error *err) {
  char name[IMAGE_NAME_MAX + 1];
  if (image_stream_get_content(&r->stream, f, name, r->about, err) < 0 ||
      image_stream_unseal(&r->stream, f, "", name, err) < 0)
    return -1;
  name[f->size] = '\0';
  if (strlen(name) != f->size || !image_archive_takes(name))
    return error_set(err, MOBIDESK_CORRUPT, "the image must not have a file of the name that its file %u has",
                     r->count);
  if (r->count == IMAGE_FILES_MAX)
    return error_set(err, MOBIDESK_CORRUPT, "the image has more than %u files", IMAGE_FILES_MAX);
  struct image_file **more = reallocarray(r->files, r->count + 1, sizeof *more);
  if (!more)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory for an image stream");
  r->files = more;
  struct image_file *file = image_file_new(name, err);
  if (!file)
    return -1;
  if (r->count > 0)
    r->files[r->count - 1]->next = file;
  r->files[r->count++] = file;
  r->about = file->name;
  return create_file(r, name, err);
}

static int take_chunk(struct reader *r, const struct image_frame *f, struct error *err) {
  unsigned slot;
  if (f->file >= r->count)
    return error_set(err, MOBIDESK_CORRUPT, "frame %lu of the image is of a file that was not named", f->number);
  struct image_file *file = r->files[f->file];
  r->about = file->name;
  if (f->size > r->limit - r->total)
    return error_set(err, MOBIDESK_NO_SPACE, "an image is larger than the %lu bytes that are free here", r->limit);
  if (!r->pipeline && pipeline_start(unpack, add, r, &r->pipeline, err) < 0)
    return -1;
  if (pipeline_slot(r->pipeline, &slot, err) < 0)
    return -1;
  struct image_chunk *c = &r->slots[slot];
  if (image_chunk_make(c, err) < 0)
    return -1;
  c->frame = *f;
  c->file = file;
  c->offset = file->size;
  if (image_stream_get_content(&r->stream, &c->frame, image_chunk_content(c), r->about, err) < 0)
    return -1;
  file->size += f->size;
  r->total += f->size;
  if (f->size <= IMAGE_SMALL)
    return pipeline_do(r->pipeline, err);
  pipeline_submit(r->pipeline);
  return 0;
}

static int take_manifest(struct reader *r, struct image_frame *f, struct error *err) {
  r->about = IMAGE_MANIFEST;
  r->manifest = malloc(f->size);
  r->manifest_size = f->size;
  if (!r->manifest)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory for the manifest of an image");
  return image_stream_get_content(&r->stream, f, r->manifest, r->about, err) < 0
             ? -1
             : image_stream_unseal(&r->stream, f, "", r->manifest, err);
}

/* Files and chunks, up to the manifest, whose text is kept. */
static int take_files(struct reader *r, struct error *err) {
  int done = 0;
  while (done == 0 && !r->manifest) {
    struct image_frame f = {.number = r->frames++};
    if (image_stream_get(&r->stream, &f, r->about, err) < 0)
      return -1;
    if (f.kind == IMAGE_FRAME_FILE)
      done = take_file(r, &f, err);
    else if (f.kind == IMAGE_FRAME_CHUNK)
      done = take_chunk(r, &f, err);
    else if (f.kind == IMAGE_FRAME_MANIFEST)
      done = take_manifest(r, &f, err);
    else
      done = error_set(err, MOBIDESK_CORRUPT, "frame %lu of the image comes before the manifest", f.number);
  }
  return done;
}

static int take_last(struct reader *r, uint8_t kind, void *content, const char *about, struct error *err) {
  struct image_frame f = {.number = r->frames++};
  if (image_stream_get(&r->stream, &f, about, err) < 0)
    return -1;
  if (f.kind != kind)
    return error_set(err, MOBIDESK_CORRUPT, "%s is not where it must be in the image", about);
  return image_stream_get_content(&r->stream, &f, content, about, err) < 0
             ? -1
             : image_stream_unseal(&r->stream, &f, "", content, err);
}

/* What a directory of images has for a manifest is what was signed, to the byte. */
static int keep_manifest(const struct reader *r, struct error *err) {
  char path[PATH_MAX];
  if (files_path(path, sizeof path, err, "%s/" IMAGE_MANIFEST, r->archive->dir) < 0)
    return -1;
  cleanup_file FILE *f = fopen(path, "wex");
  return f && fwrite(r->manifest, 1, r->manifest_size, f) == r->manifest_size && fflush(f) == 0
             ? 0
             : error_sys(err, "writing `%s`", path);
}

static int verify(struct reader *r, struct error *err) {
  unsigned char signature[IMAGE_KEY_DIGEST + IMAGE_SIGNATURE], nothing[1];
  char signer[MOBIDESK_NAME_SIZE];
  if (take_last(r, IMAGE_FRAME_SIGNATURE, signature, "the signature", err) < 0 ||
      take_last(r, IMAGE_FRAME_END, nothing, "the end", err) < 0 ||
      (!r->archive->followed && image_stream_expect_eof(&r->stream, err) < 0))
    return -1;
  cleanup_json json_t *manifest =
      image_manifest_open(r->archive, r->manifest, r->manifest_size, signature, signer, err);
  if (!manifest || (r->pipeline && pipeline_drain(r->pipeline, err) < 0) ||
      image_manifest_check_files(manifest, r->count ? r->files[0] : NULL, err) < 0 || keep_manifest(r, err) < 0)
    return -1;
  log_info("verified", "session=%s epoch=%lu files=%u signer=\"%s\"", r->archive->id, r->archive->epoch, r->count,
           signer);
  return 0;
}

static int run(struct reader *r, struct error *err) {
  const struct image_archive *a = r->archive;
  if (image_stream_expect(&r->stream, a->fd, a->id, a->epoch, a->keys, a->sealed, err) < 0)
    return -1;
  return take_files(r, err) < 0 ? -1 : verify(r, err);
}

int image_archive_read(const struct image_archive *a, uint64_t limit, uint64_t *bytes, struct error *err) {
  struct reader *r = calloc(1, sizeof *r);
  if (!r)
    return error_set(err, MOBIDESK_NO_SPACE, "no memory for an image stream");
  r->archive = a;
  r->limit = limit;
  r->about = "its first frame";
  int result = run(r, err);
  pipeline_stop(r->pipeline);
  *bytes = r->total;
  for (int i = 0; i < PIPELINE_SLOTS; i++)
    image_chunk_free(&r->slots[i]);
  image_file_free_all(r->count ? r->files[0] : NULL);
  image_stream_end(&r->stream);
  free(r->files);
  free(r->manifest);
  free(r);
  image_chunk_return_memory();
  return result;
}
