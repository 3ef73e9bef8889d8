package org.mobidesk.viewer.screen;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.mobidesk.protocol.Framebuffer;
import org.mobidesk.protocol.MessageToViewer;
import org.mobidesk.protocol.ProtocolException;
import org.mobidesk.protocol.Rectangle;

/**
 * Between the thread that paints and the one that shows: messages are painted as they come, and
 * only whole frames are handed over. The painter copies what a frame changed, under a lock, so that
 * it never waits for the display and the display never shows half a frame.
 */
public final class ScreenFeed {
  // The painter's own:
  private final Framebuffer painting = new Framebuffer();
  private final VideoFeed videos = new VideoFeed();
  private final Damage painted = new Damage();
  private Rectangle video;
  private int rectangles;
  private long bytes;
  private long begun;
  private long decodeNanos;

  private final ReentrantLock lock = new ReentrantLock();
  // Under the lock:
  private int[] whole = new int[0];
  private int width;
  private int height;
  private final Damage fresh = new Damage();
  private List<Frame> frames = new ArrayList<>();

  public ScreenFeed() {}

  /**
   * Carries out a message; to be called by one thread only.
   *
   * @param size of the message on the wire
   * @return whether a frame is complete now
   */
  public boolean apply(MessageToViewer message, int size) throws ProtocolException {
    if (isOfConnection(message)) {
      return false;
    }
    long began = System.nanoTime();
    if (message instanceof MessageToViewer.ServerHello) {
      forget();
    }
    if (bytes == 0) {
      begun = began;
    }
    bytes += size;
    Rectangle area = paint(message);
    if (area != null) {
      if (message instanceof MessageToViewer.ServerHello
          || message instanceof MessageToViewer.ScreenSize) {
        painted.clear();
      }
      painted.add(area);
      rectangles++;
    }
    decodeNanos += System.nanoTime() - began;
    if (message instanceof MessageToViewer.FrameEnd end) {
      complete(end, began);
      return true;
    }
    return false;
  }

  /** What comes between frames at any time must not count as the beginning of the next one. */
  private static boolean isOfConnection(MessageToViewer message) {
    return message instanceof MessageToViewer.Pong
        || message instanceof MessageToViewer.Status
        || message instanceof MessageToViewer.Mark;
  }

  private Rectangle paint(MessageToViewer message) throws ProtocolException {
    return switch (message) {
      case MessageToViewer.VideoOpen _,
          MessageToViewer.VideoPlace _,
          MessageToViewer.VideoFrame _,
          MessageToViewer.VideoClose _ -> {
        Rectangle area = videos.apply(message, painting.width(), painting.height());
        if (area != null) {
          video = video == null ? area : video.union(area);
          rectangles++;
        }
        yield null;
      }
      case MessageToViewer.ServerHello _ -> {
        videos.clear();
        yield painting.apply(message);
      }
      default -> painting.apply(message);
    };
  }

  /** What belongs to an earlier connection must not be acknowledged to the new one. */
  private void forget() {
    beginFrame();
    lock.lock();
    try {
      frames.clear();
    } finally {
      lock.unlock();
    }
  }

  private void beginFrame() {
    painted.clear();
    video = null;
    rectangles = 0;
    bytes = 0;
    decodeNanos = 0;
  }

  private void complete(MessageToViewer.FrameEnd end, long received) {
    lock.lock();
    try {
      if (painting.width() != width || painting.height() != height) {
        width = painting.width();
        height = painting.height();
        whole = new int[width * height];
        fresh.clear();
      }
      painted.areas().forEach(area -> copy(painting.pixels(), whole, area));
      fresh.addAll(painted);
      videos.publish();
      frames.add(
          new Frame(
              end.frame(),
              end.time(),
              bytes,
              rectangles,
              Stream.concat(painted.union().stream(), Stream.ofNullable(video))
                  .reduce(Rectangle::union),
              begun,
              received,
              decodeNanos));
    } finally {
      lock.unlock();
    }
    beginFrame();
  }

  private void copy(int[] from, int[] to, Rectangle area) {
    for (int y = area.y(); y < area.y() + area.height(); y++) {
      int begin = y * width + area.x();
      System.arraycopy(from, begin, to, begin, area.width());
    }
  }

  /**
   * Takes the frames that are complete, in their order; the screen is shown as the last of them
   * left it.
   *
   * @param shower copies what it needs; called for what has changed only
   */
  List<Frame> take(Shower shower) {
    lock.lock();
    try {
      if (!fresh.isEmpty()) {
        shower.show(whole, width, height, fresh.areas());
        fresh.clear();
      }
      List<VideoPicture> pictures = videos.take();
      if (pictures != null) {
        shower.showVideos(pictures);
      }
      List<Frame> taken = frames;
      frames = new ArrayList<>();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** Copies the changed parts of a screen to where it is shown. */
  interface Shower {
    /**
     * Called with the feed's lock held.
     *
     * @param pixels 0xffRRGGBB, rows without padding; to be read during the call only
     * @param changed what differs from the last call, at least one; all of it when the size does
     */
    void show(int[] pixels, int width, int height, List<Rectangle> changed);

    /**
     * Called with the feed's lock held, after {@link #show}.
     *
     * @param videos all that are visible, lowest first; their pixels are to be read during the call
     *     only
     */
    void showVideos(List<VideoPicture> videos);
  }
}
