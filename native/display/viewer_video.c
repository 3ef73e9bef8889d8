/*
 * viewer_video.c: what a viewer gets of the session's videos: always the newest picture, so what a late link does not
 * take is never sent; in strips, so that a letter typed goes between them; in the quality that the link has room for.
 */
#include "viewer_private.h"

#include <pthread.h>

#include "driver.h"
#include "worker.h"

/* A link that takes this many times what the planes need gets them as they are. */
#define ROOM_FOR_PLANES 8u
/* Of what the link takes, a video may have a half: the rest of the screen goes on beside it. */
#define SHARE 2u
/* Bytes of a picture: what is beyond hardly looks better. 720p at 30 pictures a second are 20 Mbit/s. */
#define BYTES_PER_KPIXEL 92u
#define LEAST_BYTES 24576u
/* A strip takes about this long on the way. */
#define STRIP_US 20000u
#define LEAST_STRIP 32768u
/* Until it is known how often there is a picture. */
#define USUAL_INTERVAL_US 40000u
#define FIRST_QUALITY 75
#define LEAST_QUALITY 25
#define MOST_QUALITY 90

void viewer_video_init(struct viewer *v) {
  for (unsigned i = 0; i < PROTOCOL_MAX_VIDEO_STREAMS; i++) {
    pixman_region_init(&v->videos[i].covered);
    v->videos[i].quality = FIRST_QUALITY;
  }
}

static void drop_picture(struct viewer_video *own) {
  picture_release(own->picture);
  own->picture = NULL;
}

void viewer_video_destroy(struct viewer *v) {
  for (unsigned i = 0; i < PROTOCOL_MAX_VIDEO_STREAMS; i++) {
    drop_picture(&v->videos[i]);
    pixman_region_fini(&v->videos[i].covered);
  }
}

static const struct video_stream *stream_of(const struct viewer *v, unsigned i) { return &v->server->video.streams[i]; }

void viewer_video_refresh(struct viewer *v) {
  for (unsigned i = 0; i < PROTOCOL_MAX_VIDEO_STREAMS; i++) {
    const struct video_stream *s = stream_of(v, i);
    drop_picture(&v->videos[i]);
    v->videos[i].serial = s->serial - 1;
    if (viewer_shows_videos(v) && s->picture != NULL)
      queue_forget(&v->queue, (pixman_region16_t *)&s->covered); /* nothing is shown from beneath it */
  }
}

static bool is_same_kind(const struct viewer_video *own, const struct picture *p) {
  return own->open && own->format == p->format && own->width == p->width && own->height == p->height;
}

static bool is_same_place(const struct picture_place *a, const struct picture_place *b) {
  return a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height;
}

static bool is_told(const struct viewer_video *own, const struct video_stream *s) {
  if (s->picture == NULL)
    return !own->open;
  return is_same_kind(own, s->picture) && is_same_place(&own->place, &s->place) &&
         pixman_region_equal((pixman_region16_t *)&own->covered, (pixman_region16_t *)&s->covered);
}

static bool has_rows(const struct viewer_video *own, const struct video_stream *s) {
  return own->open && (own->picture != NULL || (s->picture != NULL && own->serial != s->serial));
}

bool viewer_video_due(const struct viewer *v) {
  for (unsigned i = 0; viewer_shows_videos(v) && i < PROTOCOL_MAX_VIDEO_STREAMS; i++)
    if (!is_told(&v->videos[i], stream_of(v, i)) || has_rows(&v->videos[i], stream_of(v, i)))
      return true;
  return false;
}

static bool tell_open(struct viewer *v, unsigned i, const struct video_stream *s) {
  struct viewer_video *own = &v->videos[i];
  const struct picture *p = s->picture;
  const struct message m = {.type = MESSAGE_VIDEO_OPEN,
                            .video_open = {.stream = (uint16_t)i,
                                           .chroma = p->format == PICTURE_422 ? VIDEO_YUV422 : VIDEO_YUV420,
                                           .matrix = p->format == PICTURE_PIXELS ? VIDEO_FULL : VIDEO_BT601,
                                           .width = p->width,
                                           .height = p->height}};
  drop_picture(own);
  own->open = true;
  own->format = p->format;
  own->width = p->width;
  own->height = p->height;
  own->serial = s->serial - 1;
  own->usual_bytes = (size_t)p->width * p->height / 10;
  return viewer_add(v, &m);
}

static bool tell_place(struct viewer *v, unsigned i, pixman_region16_t *covered) {
  struct viewer_video *own = &v->videos[i];
  uint8_t clips[PROTOCOL_MAX_VIDEO_CLIPS * PROTOCOL_RECT_SIZE];
  int count;
  const pixman_box16_t *boxes = pixman_region_rectangles(covered, &count);
  for (int k = 0; k < count; k++) {
    const struct rect r = {(uint16_t)boxes[k].x1, (uint16_t)boxes[k].y1, (uint16_t)(boxes[k].x2 - boxes[k].x1),
                           (uint16_t)(boxes[k].y2 - boxes[k].y1)};
    protocol_put_rect(clips + k * (int)PROTOCOL_RECT_SIZE, &r);
  }
  const struct message m = {.type = MESSAGE_VIDEO_PLACE,
                            .video_place = {.stream = (uint16_t)i,
                                            .x = own->place.x,
                                            .y = own->place.y,
                                            .width = own->place.width,
                                            .height = own->place.height,
                                            .clips = clips,
                                            .count = (size_t)count}};
  pixman_region_copy(&own->covered, covered);
  return viewer_add(v, &m);
}

static bool tell_close(struct viewer *v, unsigned i) {
  const struct message m = {.type = MESSAGE_VIDEO_CLOSE, .stream = (uint16_t)i};
  drop_picture(&v->videos[i]);
  v->videos[i].open = false;
  return viewer_add(v, &m);
}

/* What the video may cover now: it leaves what it uncovers only when the viewer has the pixels of that, all at once.
 * When it is placed anew, though, it leaves what the viewer has already: what is beneath a place is not defined. */
static void allowed_cover(struct viewer *v, const struct viewer_video *own, const struct video_stream *s, bool moved,
                          pixman_region16_t *out) {
  pixman_region16_t left, all;
  pixman_region_init(out);
  pixman_region_init(&left);
  pixman_region_init(&all);
  if (s->picture != NULL)
    pixman_region_copy(out, (pixman_region16_t *)&s->covered);
  pixman_region_subtract(&left, (pixman_region16_t *)&own->covered, out);
  pixman_region_union(&all, &left, out);
  const bool anew = moved || !pixman_region_equal(&all, (pixman_region16_t *)&own->covered);
  queue_keep_owed(&v->queue, &left);
  if (pixman_region_not_empty(&left)) {
    if (anew)
      pixman_region_union(&all, &left, out);
    if (pixman_region_n_rects(&all) <= (int)PROTOCOL_MAX_VIDEO_CLIPS)
      pixman_region_copy(out, &all);
  }
  pixman_region_fini(&left);
  pixman_region_fini(&all);
}

static bool tell_stream(struct viewer *v, unsigned i) {
  struct viewer_video *own = &v->videos[i];
  const struct video_stream *s = stream_of(v, i);
  pixman_region16_t covered;
  if (s->picture != NULL && !is_same_kind(own, s->picture) && !tell_open(v, i, s))
    return false;
  if (!own->open)
    return true;
  const bool moved = s->picture != NULL && !is_same_place(&own->place, &s->place);
  allowed_cover(v, own, s, moved, &covered);
  if (moved)
    own->place = s->place;
  bool told = true;
  if (s->picture == NULL && !pixman_region_not_empty(&covered))
    told = tell_close(v, i);
  else if (moved || !pixman_region_equal(&covered, &own->covered))
    told = tell_place(v, i, &covered);
  if (!own->open)
    pixman_region_clear(&own->covered);
  pixman_region_fini(&covered);
  return told;
}

bool viewer_video_tell(struct viewer *v) {
  for (unsigned i = 0; viewer_shows_videos(v) && i < PROTOCOL_MAX_VIDEO_STREAMS; i++)
    if (!is_told(&v->videos[i], stream_of(v, i)) && !tell_stream(v, i))
      return false;
  return true;
}

int viewer_video_next(const struct viewer *v, uint64_t less_than) {
  int next = -1;
  for (unsigned i = 0; viewer_shows_videos(v) && i < PROTOCOL_MAX_VIDEO_STREAMS; i++) {
    const struct viewer_video *own = &v->videos[i];
    if (!has_rows(own, stream_of(v, i)))
      continue;
    const unsigned rows = own->picture == NULL ? own->height : own->picture->height - own->row;
    const uint64_t left = (uint64_t)own->usual_bytes * rows / own->height;
    if (left < less_than) {
      less_than = left;
      next = (int)i;
    }
  }
  return next;
}

static uint64_t interval(const struct video_stream *s) {
  return s->interval_us == 0 ? USUAL_INTERVAL_US : s->interval_us;
}

/* Bytes that a picture may have. */
static uint64_t budget(const struct viewer *v, const struct viewer_video *own, const struct video_stream *s) {
  const uint64_t good = (uint64_t)own->width * own->height * BYTES_PER_KPIXEL / 1000;
  const uint64_t most = good < LEAST_BYTES ? LEAST_BYTES : good;
  const uint64_t share = credit_rate(&v->credit) / 1000 * interval(s) / 1000 / SHARE;
  return share > 0 && share < most ? share : most;
}

static bool takes_planes(const struct viewer *v, const struct viewer_video *own, const struct video_stream *s) {
  const uint64_t takes = credit_rate(&v->credit) / 1000 * interval(s) / 1000;
  return own->format != PICTURE_PIXELS && (v->video_encodings >> VIDEO_PLANES & 1) != 0 &&
         takes > ROOM_FOR_PLANES * picture_rows_size(own->picture, own->picture->height);
}

/* After a whole picture: the next has more quality or less. */
static void adapt(const struct viewer *v, struct viewer_video *own, const struct video_stream *s, bool planes) {
  own->usual_bytes = own->bytes;
  if (planes)
    return;
  const uint64_t most = budget(v, own, s);
  if (own->bytes > most)
    own->quality -= own->bytes > most * 2 ? 15 : own->bytes > most * 5 / 4 ? 6 : 2;
  else if (own->bytes < most * 4 / 5)
    own->quality += 2;
  own->quality = own->quality < LEAST_QUALITY  ? LEAST_QUALITY
                 : own->quality > MOST_QUALITY ? MOST_QUALITY
                                               : own->quality;
}

/* As many rows as the way takes soon, whole blocks of JPEG. */
static unsigned strip_rows(const struct viewer *v, const struct viewer_video *own) {
  const uint64_t rate = credit_rate(&v->credit);
  const uint64_t pixels = own->usual_bytes == 0 || rate == 0
                              ? ENCODER_MAX_STRIP
                              : rate * STRIP_US / 1000000 * own->width * own->height / own->usual_bytes;
  const uint64_t most = pixels < LEAST_STRIP ? LEAST_STRIP : pixels > ENCODER_MAX_STRIP ? ENCODER_MAX_STRIP : pixels;
  const unsigned rows = (unsigned)(most / own->width) & ~15u;
  return rows < 16 ? 16 : rows;
}

bool viewer_video_send(struct viewer *v, struct worker *w, unsigned i, bool *complete) {
  struct viewer_video *own = &v->videos[i];
  const struct video_stream *s = stream_of(v, i);
  *complete = false;
  if (own->picture == NULL) {
    own->picture = picture_reference(s->picture);
    own->serial = s->serial;
    own->row = 0;
    own->bytes = 0;
  }
  struct picture *picture = picture_reference(own->picture);
  const bool planes = takes_planes(v, own, s);
  const unsigned rows = strip_rows(v, own), left = picture->height - own->row;
  const struct encoder_strip strip = {.stream = (uint16_t)i,
                                      .y = (uint16_t)own->row,
                                      .height = (uint16_t)(rows < left ? rows : left),
                                      .last = rows >= left,
                                      .quality = planes ? 0 : own->quality};
  const uint32_t generation = v->generation;
  w->serving = v;
  server_unlock(v->server);
  const bool encoded = encoder_video(w->encoder, picture, &strip, &v->encoded);
  server_lock(v->server);
  w->serving = NULL;
  pthread_cond_broadcast(&w->idle);

  const size_t length = buffer_length(&v->encoded);
  bool sent = false;
  const bool added = encoded && viewer_add_encoded(v, generation, &sent);
  if (!encoded)
    buffer_consume(&v->encoded, length);
  if (sent) {
    own->bytes += length;
    own->row += strip.height;
    *complete = strip.last;
    if (strip.last) {
      adapt(v, own, s, planes);
      drop_picture(own);
    }
  }
  picture_release(picture);
  return added;
}
