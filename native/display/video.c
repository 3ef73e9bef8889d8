/* video.c: see video.h. */
#include "video.h"

void video_init(struct video *v) {
  *v = (struct video){0};
  for (unsigned i = 0; i < PROTOCOL_MAX_VIDEO_STREAMS; i++)
    pixman_region_init(&v->streams[i].covered);
}

void video_destroy(struct video *v) {
  for (unsigned i = 0; i < PROTOCOL_MAX_VIDEO_STREAMS; i++) {
    picture_release(v->streams[i].picture);
    v->streams[i].picture = NULL;
    pixman_region_fini(&v->streams[i].covered);
  }
  v->open_count = 0;
}

static void close_stream(struct video *v, struct video_stream *s) {
  picture_release(s->picture);
  s->picture = NULL;
  s->interval_us = 0;
  pixman_region_clear(&s->covered);
  v->open_count--;
}

static void take_away(struct video_stream *s, pixman_region16_t *region, pixman_region16_t *uncovered) {
  pixman_region16_t gone;
  pixman_region_init(&gone);
  pixman_region_intersect(&gone, &s->covered, region);
  pixman_region_union(uncovered, uncovered, &gone);
  pixman_region_subtract(&s->covered, &s->covered, region);
  pixman_region_fini(&gone);
}

void video_uncover(struct video *v, pixman_region16_t *region, pixman_region16_t *uncovered) {
  for (unsigned i = 0; i < PROTOCOL_MAX_VIDEO_STREAMS; i++) {
    struct video_stream *s = &v->streams[i];
    if (s->picture == NULL)
      continue;
    take_away(s, region, uncovered);
    if (!pixman_region_not_empty(&s->covered))
      close_stream(v, s);
  }
}

/* The time between pictures, of the last few. */
static void note_interval(struct video_stream *s, uint64_t now_us) {
  const uint64_t took = now_us - s->shown_us;
  s->interval_us = s->interval_us == 0 ? took : (s->interval_us * 7 + took) / 8;
}

static bool overlap(const pixman_region16_t *a, const pixman_region16_t *b) {
  pixman_region16_t common;
  pixman_region_init(&common);
  pixman_region_intersect(&common, (pixman_region16_t *)a, (pixman_region16_t *)b);
  const bool any = pixman_region_not_empty(&common);
  pixman_region_fini(&common);
  return any;
}

static void paint(struct video_stream *s, const struct framebuffer *fb) {
  if (!s->painted) /* without memory, what was there before stays */
    picture_paint(s->picture, &s->place, &s->covered, fb);
  s->painted = true;
}

void video_show(struct video *v, unsigned i, struct picture *picture, const struct picture_place *place,
                pixman_region16_t *covered, const struct framebuffer *fb, uint64_t now_us,
                pixman_region16_t *uncovered) {
  struct video_stream *s = &v->streams[i];
  for (unsigned k = 0; k < PROTOCOL_MAX_VIDEO_STREAMS; k++) { /* one picture over another */
    pixman_region16_t not_owed;
    pixman_region_init(&not_owed);
    if (k != i && v->streams[k].picture != NULL)
      take_away(&v->streams[k], covered, &not_owed);
    pixman_region_fini(&not_owed);
  }
  if (s->picture == NULL)
    v->open_count++;
  else
    note_interval(s, now_us);
  pixman_region_subtract(&s->covered, &s->covered, covered);
  if (pixman_region_not_empty(&s->covered))
    paint(s, fb);
  pixman_region_union(uncovered, uncovered, &s->covered);
  pixman_region_copy(&s->covered, covered);
  picture_release(s->picture);
  s->picture = picture;
  s->place = *place;
  s->painted = picture->format == PICTURE_PIXELS;
  s->shown_us = now_us;
  s->serial++;
}

void video_paint(struct video *v, pixman_region16_t *region, const struct framebuffer *fb) {
  for (unsigned i = 0; i < PROTOCOL_MAX_VIDEO_STREAMS; i++) {
    struct video_stream *s = &v->streams[i];
    if (s->picture != NULL && !s->painted && (region == NULL || overlap(&s->covered, region)))
      paint(s, fb);
  }
}

static void close_painted(struct video *v, struct video_stream *s, const struct framebuffer *fb,
                          pixman_region16_t *uncovered) {
  paint(s, fb);
  pixman_region_union(uncovered, uncovered, &s->covered);
  close_stream(v, s);
}

int video_close_still(struct video *v, const struct framebuffer *fb, uint64_t now_us, pixman_region16_t *uncovered) {
  int wait_ms = -1;
  for (unsigned i = 0; i < PROTOCOL_MAX_VIDEO_STREAMS; i++) {
    struct video_stream *s = &v->streams[i];
    if (s->picture == NULL)
      continue;
    const uint64_t until_us = s->shown_us + VIDEO_STILL_US;
    if (now_us >= until_us) {
      close_painted(v, s, fb, uncovered);
      continue;
    }
    const int left_ms = (int)((until_us - now_us) / 1000) + 1;
    wait_ms = wait_ms < 0 || left_ms < wait_ms ? left_ms : wait_ms;
  }
  return wait_ms;
}

void video_close_all(struct video *v, const struct framebuffer *fb, pixman_region16_t *uncovered) {
  for (unsigned i = 0; i < PROTOCOL_MAX_VIDEO_STREAMS; i++)
    if (v->streams[i].picture != NULL)
      close_painted(v, &v->streams[i], fb, uncovered);
}

bool video_covers(const struct video *v, const pixman_box16_t *box) {
  for (unsigned i = 0; i < PROTOCOL_MAX_VIDEO_STREAMS; i++)
    if (v->streams[i].picture != NULL && pixman_region_contains_rectangle((pixman_region16_t *)&v->streams[i].covered,
                                                                          (pixman_box16_t *)box) != PIXMAN_REGION_OUT)
      return true;
  return false;
}
