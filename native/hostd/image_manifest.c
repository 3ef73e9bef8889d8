#include "image_manifest.h"

#include "clean.h"

#include <string.h>

/* What is signed begins with this, so that no signature of this key over anything else can be taken for one. */
static const char purpose[] = "MobiDesk image manifest 2";

static void *signed_text(const char *text, size_t size, size_t *all, struct error *err) {
  *all = sizeof purpose + size;
  char *out = malloc(*all);
  if (!out) {
    error_set(err, MOBIDESK_NO_SPACE, "no memory for the manifest of an image");
    return NULL;
  }
  memcpy(out, purpose, sizeof purpose);
  memcpy(out + sizeof purpose, text, size);
  return out;
}

int image_manifest_sign(const struct image_keys *keys, const char *text, size_t size,
                        unsigned char signature[IMAGE_SIGNATURE], struct error *err) {
  size_t all;
  cleanup_free void *data = signed_text(text, size, &all, err);
  return data ? image_keys_sign(keys, data, all, signature, err) : -1;
}

json_t *image_manifest_open(const struct image_archive *a, const char *text, size_t size,
                            const unsigned char signature[IMAGE_KEY_DIGEST + IMAGE_SIGNATURE],
                            char signer[MOBIDESK_NAME_SIZE], struct error *err) {
  size_t all;
  cleanup_free void *data = signed_text(text, size, &all, err);
  if (!data || image_keys_verify(a->keys, signature, data, all, signature + IMAGE_KEY_DIGEST, signer, err) < 0) {
    error_prefix(err, IMAGE_MANIFEST);
    return NULL;
  }
  json_t *manifest = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
  const json_t *spec = json_object_get(manifest, "spec");
  const char *id = json_string_value(json_object_get(spec, "id"));
  uint64_t epoch = (uint64_t)json_integer_value(json_object_get(spec, "epoch"));
  if (id && strcmp(id, a->id) == 0 && epoch == a->epoch)
    return manifest;
  error_set(err, MOBIDESK_CORRUPT, IMAGE_MANIFEST ": it is of session `%.64s` at epoch %lu, not of `%s` at %lu",
            id ? id : "?", epoch, a->id, a->epoch);
  json_decref(manifest);
  return NULL;
}

static struct image_file *find(struct image_file *first, const char *name) {
  while (first && strcmp(first->name, name) != 0)
    first = first->next;
  return first;
}

static int check_file(struct image_file *f, uint64_t size, const char *digest, struct error *err) {
  char is[2 * IMAGE_DIGEST + 1];
  if (f->size != size)
    return error_set(err, MOBIDESK_CORRUPT, "`%s` of the image has %lu bytes, not %lu as its manifest says", f->name,
                     f->size, size);
  if (image_file_digest(f, is, err) < 0)
    return -1;
  return strcmp(is, digest) == 0
             ? 0
             : error_set(err, MOBIDESK_CORRUPT, "`%s` of the image does not have the SHA-256 that its manifest says",
                         f->name);
}

/* Both lists are in the order of the stream, unless somebody changed one. */
int image_manifest_check_files(const json_t *manifest, struct image_file *first, struct error *err) {
  const json_t *files = json_object_get(manifest, "files");
  struct image_file *expected = first;
  size_t count = 0;
  for (size_t i = 0; i < json_array_size(files); i++, count++) {
    const json_t *one = json_array_get(files, i);
    const char *name = json_string_value(json_object_get(one, "name"));
    const char *digest = json_string_value(json_object_get(one, "sha256"));
    if (!name || !digest)
      return error_set(err, MOBIDESK_CORRUPT, IMAGE_MANIFEST ": file %zu has no name or no SHA-256", i);
    struct image_file *f = expected && strcmp(expected->name, name) == 0 ? expected : find(first, name);
    if (!f)
      return error_set(err, MOBIDESK_CORRUPT, "`%s` is missing in the image", name);
    if (check_file(f, (uint64_t)json_integer_value(json_object_get(one, "size")), digest, err) < 0)
      return -1;
    expected = f->next;
  }
  for (struct image_file *f = first; f; f = f->next)
    count--;
  if (count == 0)
    return 0;
  for (struct image_file *f = first; f; f = f->next) {
    bool listed = false;
    for (size_t i = 0; i < json_array_size(files) && !listed; i++)
      listed = strcmp(json_string_value(json_object_get(json_array_get(files, i), "name")), f->name) == 0;
    if (!listed)
      return error_set(err, MOBIDESK_CORRUPT, "`%s` is in the image, but not in its manifest", f->name);
  }
  return error_set(err, MOBIDESK_CORRUPT, IMAGE_MANIFEST ": it lists a file twice");
}
