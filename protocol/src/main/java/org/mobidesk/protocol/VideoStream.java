package org.mobidesk.protocol;

import java.util.Arrays;
import java.util.List;

/** One video: its picture, and where that is shown. Not safe for use by several threads. */
public final class VideoStream {
  private final MessageToViewer.VideoOpen opened;
  private final int[] picture;
  private MessageToViewer.VideoPlace place;
  private boolean complete;

  /** A stream that is opened anew stays where it is. */
  VideoStream(MessageToViewer.VideoOpen opened, VideoStream before) {
    this.opened = opened;
    this.picture = new int[opened.width() * opened.height()];
    Arrays.fill(picture, 0xff000000);
    if (before != null) {
      place = before.place;
    }
  }

  /** Number of the stream. */
  public int number() {
    return opened.stream();
  }

  /** Width of the picture, in pixels. */
  public int width() {
    return opened.width();
  }

  /** Height of the picture, in pixels. */
  public int height() {
    return opened.height();
  }

  /** The picture, 0xffRRGGBB, rows without padding; the array itself, the same for all pictures. */
  public int[] picture() {
    return picture;
  }

  /** Where it is shown, or null before it was placed. */
  public MessageToViewer.VideoPlace place() {
    return place;
  }

  /** What of the screen it covers. */
  public List<Rectangle> clips() {
    return place == null ? List.of() : place.clips();
  }

  VideoFormat.Chroma chroma() {
    return opened.chroma();
  }

  VideoFormat.Matrix matrix() {
    return opened.matrix();
  }

  void place(MessageToViewer.VideoPlace newPlace) {
    place = newPlace;
  }

  void completed() {
    complete = true;
  }

  /**
   * Paints the picture into a screen, scaled to the nearest pixel. The screen may have become
   * smaller since the video was placed: what does not lie on it waits for its new place.
   *
   * @return what was painted, or null
   */
  Rectangle paint(int[] screen, int screenWidth, int screenHeight) {
    Rectangle painted = null;
    if (complete) {
      for (Rectangle clip : clips()) {
        if (clip.isWithin(screenWidth, screenHeight)) {
          paint(clip, screen, screenWidth);
          painted = painted == null ? clip : painted.union(clip);
        }
      }
    }
    return painted;
  }

  private void paint(Rectangle clip, int[] screen, int stride) {
    for (int y = clip.y(); y < clip.y() + clip.height(); y++) {
      int row = source(y - place.y(), place.height(), height()) * width();
      for (int x = clip.x(); x < clip.x() + clip.width(); x++) {
        screen[y * stride + x] = picture[row + source(x - place.x(), place.width(), width())];
      }
    }
  }

  /** The source coordinate that is shown at an offset of the destination. */
  private static int source(int offset, int shown, int size) {
    return Math.clamp((long) offset * size / shown, 0, size - 1);
  }
}
