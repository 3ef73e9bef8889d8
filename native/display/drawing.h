/*
 * drawing.h: what was painted on the screen and what was copied on it.
 *
 * Painting is collected by the server's Damage extension. Copies from the screen to itself (scrolling, moved windows)
 * are seen by the lowest wrappers of CopyArea and CopyWindow, right above fb, where the server has clipped and ordered
 * their boxes already.
 *
 * Order: the Damage layer reports after each operation, so when a wrapper runs, `damage` has all that was painted
 * before the copy and nothing of it; the copy's own damage is pending, and the wrapper takes from it what it has told
 * as a copy.
 *
 * Videos are painted when somebody reads what they cover (SourceValidate, GetImage, CopyWindow) or is about to draw
 * there (a second Damage, which reports before each operation, while there are videos).
 */
#ifndef MOBIDESK_DISPLAY_DRAWING_H
#define MOBIDESK_DISPLAY_DRAWING_H

#include <xorg-server.h>

#include <gcstruct.h>
#include <scrnintstr.h>

#include <stdbool.h>

#include <damage.h> /* needs the types of those above */

struct server;

struct drawing {
  ScreenPtr screen;
  struct server *server;
  DamagePtr painted; /* NULL until the screen pixmap exists */
  DamagePtr drawn;   /* reports before each operation; NULL while there are no videos */
  bool quiet;        /* what is reported now is a video's picture */
  GCOps gc_ops;      /* fb's, but for CopyArea */
  CreateGCProcPtr create_gc;
  CopyWindowProcPtr copy_window;
  SourceValidateProcPtr source_validate;
  GetImageProcPtr get_image;
  CreateScreenResourcesProcPtr create_resources;
};

/* Wraps the screen, and puts the Damage layer right above. To be called after fb and Render were set up and before
 * anything else wraps it. */
Bool drawing_init(struct drawing *d, ScreenPtr screen, struct server *server);
/* To be called while the Damage layer still wraps the screen. */
void drawing_destroy(struct drawing *d);

/* Tells the server what was painted since the last call. */
void drawing_flush(struct drawing *d);

/* Tells those who ask for it by the Damage extension that `region` of `drawable` has another picture of a video, which
 * the server knows. All else must have been flushed. */
void drawing_report_video(struct drawing *d, DrawablePtr drawable, RegionPtr region);
/* There are videos, or there are none any more. Not to be called within an operation. */
void drawing_watch_videos(struct drawing *d, bool on);

#endif
