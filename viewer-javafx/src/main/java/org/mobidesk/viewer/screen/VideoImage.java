package org.mobidesk.viewer.screen;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import javafx.geometry.Rectangle2D;
import javafx.scene.image.ImageView;
import javafx.scene.image.PixelBuffer;
import javafx.scene.image.PixelFormat;
import javafx.scene.image.WritableImage;
import org.mobidesk.protocol.MessageToViewer.VideoPlace;
import org.mobidesk.protocol.Rectangle;

/**
 * A video in the scene graph, which scales it: an image of the video's own size and, for each
 * visible part, a view of it. To be used in the JavaFX thread only, {@link #show} at most once in a
 * pulse.
 */
final class VideoImage {
  private final IntBuffer memory;
  private final PixelBuffer<IntBuffer> buffer;
  private final WritableImage image;
  private final List<ImageView> views = new ArrayList<>();
  private VideoPicture shown;

  VideoImage(int width, int height) {
    memory =
        ByteBuffer.allocateDirect(width * height * Integer.BYTES)
            .order(ByteOrder.nativeOrder())
            .asIntBuffer();
    buffer =
        new PixelBuffer<>(width, height, memory.duplicate(), PixelFormat.getIntArgbPreInstance());
    image = new WritableImage(buffer);
  }

  /** Whether it can show that picture: those of one size only. */
  boolean fits(VideoPicture picture) {
    return picture.width() == (int) image.getWidth() && picture.height() == (int) image.getHeight();
  }

  /**
   * Takes what is new; with the feed's lock, as the picture is the feed's.
   *
   * @return whether the views are others, or elsewhere
   */
  boolean take(VideoPicture picture) {
    boolean moved = shown == null || !shown.place().equals(picture.place());
    if (picture.fresh() || shown == null) {
      memory.put(0, picture.pixels());
      buffer.updateBuffer(_ -> null); // all of it
    }
    shown = picture;
    if (moved) {
      makeViews();
    }
    return moved;
  }

  private void makeViews() {
    views.clear();
    for (Rectangle clip : shown.clips()) {
      ImageView view = new ImageView(image);
      view.setViewport(sourceOf(clip));
      view.setMouseTransparent(true);
      views.add(view);
    }
  }

  /** The part of the picture that a part of the screen shows. */
  private Rectangle2D sourceOf(Rectangle clip) {
    VideoPlace place = shown.place();
    double unitX = image.getWidth() / place.width();
    double unitY = image.getHeight() / place.height();
    return new Rectangle2D(
        Math.max(0, (clip.x() - place.x()) * unitX),
        Math.max(0, (clip.y() - place.y()) * unitY),
        clip.width() * unitX,
        clip.height() * unitY);
  }

  List<ImageView> views() {
    return views;
  }

  /**
   * Puts the views where they belong.
   *
   * @param left where the screen's left edge is shown
   * @param unit JavaFX units that one pixel of the screen takes
   */
  void layOut(double left, double top, double unit) {
    VideoPlace place = shown.place();
    boolean scaled = place.width() != shown.width() || place.height() != shown.height();
    for (int i = 0; i < views.size(); i++) {
      Rectangle clip = shown.clips().get(i);
      ImageView view = views.get(i);
      view.setFitWidth(clip.width() * unit);
      view.setFitHeight(clip.height() * unit);
      view.setSmooth(scaled);
      view.relocate(left + clip.x() * unit, top + clip.y() * unit);
    }
  }

  /** The pixel that is shown at a pixel of the screen, or 0 where it is not visible. */
  int pixelAt(int x, int y) {
    boolean visible =
        shown.clips().stream()
            .anyMatch(
                c -> x >= c.x() && x < c.x() + c.width() && y >= c.y() && y < c.y() + c.height());
    if (!visible) {
      return 0;
    }
    VideoPlace place = shown.place();
    int column =
        Math.clamp((long) (x - place.x()) * shown.width() / place.width(), 0, shown.width() - 1);
    int row =
        Math.clamp((long) (y - place.y()) * shown.height() / place.height(), 0, shown.height() - 1);
    return memory.get(row * shown.width() + column);
  }
}
