package org.mobidesk.viewer.screen;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javafx.geometry.Rectangle2D;
import javafx.scene.image.PixelBuffer;
import javafx.scene.image.PixelFormat;
import javafx.scene.image.WritableImage;
import org.mobidesk.protocol.Rectangle;

/**
 * The screen as a JavaFX image. To be used in the JavaFX thread only, {@link #update} at most once
 * in a pulse: a second update of a PixelBuffer in one pulse makes JavaFX draw all of it again.
 */
public final class ScreenImage implements ScreenFeed.Shower {
  private int width;
  private int height;
  private PixelBuffer<IntBuffer> pixels;

  /**
   * The pixels of the PixelBuffer by a buffer of our own: JavaFX's render thread moves the limits
   * of its one.
   */
  private IntBuffer memory = IntBuffer.allocate(0);

  private WritableImage image;
  private Map<Integer, VideoImage> videos = new LinkedHashMap<>();
  private boolean videosMoved;

  /** What the update under way has changed, or null. */
  private Rectangle changed;

  public ScreenImage() {}

  /**
   * Shows the frames that the feed has.
   *
   * @return these frames
   */
  public List<Frame> update(ScreenFeed feed) {
    changed = null;
    List<Frame> frames = feed.take(this);
    if (changed != null) {
      Rectangle a = changed;
      pixels.updateBuffer(_ -> new Rectangle2D(a.x(), a.y(), a.width(), a.height()));
    }
    return frames;
  }

  @Override
  public void show(int[] source, int newWidth, int newHeight, List<Rectangle> areas) {
    if (newWidth != width || newHeight != height) {
      resize(newWidth, newHeight);
    }
    areas.forEach(area -> copy(source, area));
    changed = areas.stream().reduce(Rectangle::union).orElseThrow();
  }

  @Override
  public void showVideos(List<VideoPicture> pictures) {
    Map<Integer, VideoImage> before = videos;
    videos = new LinkedHashMap<>();
    for (VideoPicture picture : pictures) {
      VideoImage video = before.get(picture.stream());
      if (video == null || !video.fits(picture)) {
        video = new VideoImage(picture.width(), picture.height());
      }
      videosMoved |= video.take(picture);
      videos.put(picture.stream(), video);
    }
    videosMoved |= !before.equals(videos);
  }

  /** The videos over the screen, lowest first. */
  Collection<VideoImage> videos() {
    return videos.values();
  }

  /** Whether there are other videos, or at other places, since this was asked before. */
  boolean videosHaveMoved() {
    boolean moved = videosMoved;
    videosMoved = false;
    return moved;
  }

  private void resize(int newWidth, int newHeight) {
    width = newWidth;
    height = newHeight;
    memory =
        ByteBuffer.allocateDirect(width * height * Integer.BYTES)
            .order(ByteOrder.nativeOrder())
            .asIntBuffer();
    pixels =
        new PixelBuffer<>(width, height, memory.duplicate(), PixelFormat.getIntArgbPreInstance());
    image = new WritableImage(pixels);
  }

  private void copy(int[] source, Rectangle area) {
    for (int y = area.y(); y < area.y() + area.height(); y++) {
      int begin = y * width + area.x();
      memory.put(begin, source, begin, area.width());
    }
  }

  /** The image, or null before the first frame; another one after each change of size. */
  public WritableImage image() {
    return image;
  }

  public int width() {
    return width;
  }

  public int height() {
    return height;
  }

  /** The pixel that is shown there: 0xffRRGGBB. */
  public int pixel(int x, int y) {
    if (x < 0 || y < 0 || x >= width || y >= height) {
      throw new IllegalArgumentException(
          "%d,%d is not on the screen of %dx%d".formatted(x, y, width, height));
    }
    int shown = memory.get(y * width + x);
    for (VideoImage video : videos.values()) {
      int over = video.pixelAt(x, y);
      shown = over == 0 ? shown : over;
    }
    return shown;
  }

  /** A copy of all pixels. */
  public int[] copy() {
    int[] all = new int[width * height];
    memory.get(0, all);
    for (int i = 0; !videos.isEmpty() && i < all.length; i++) {
      all[i] = pixel(i % width, i / width);
    }
    return all;
  }
}
