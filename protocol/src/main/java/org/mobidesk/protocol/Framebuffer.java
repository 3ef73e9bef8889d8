package org.mobidesk.protocol;

import java.util.Arrays;

/**
 * The screen as the messages paint it: what a viewer shows. Not safe for use by several threads.
 *
 * <p>Videos are painted here by the processor, scaled to the nearest pixel. A viewer that shows
 * them by other means keeps {@link VideoStreams} of its own and does not hand their messages on.
 *
 * <p>Pixels are ints 0xffRRGGBB, rows from top to bottom without padding.
 */
public final class Framebuffer {
  /** What an undefined screen shows. */
  private static final int BLACK = 0xff000000;

  private final PixelDecoder decoder = new PixelDecoder();
  private final TileCache tiles = new TileCache();
  private final VideoStreams videos = new VideoStreams();
  private int width;
  private int height;
  private int[] pixels = new int[0];

  /** No screen yet: the first SERVER_HELLO makes one. */
  public Framebuffer() {}

  /** Width in pixels; 0 before the first SERVER_HELLO. */
  public int width() {
    return width;
  }

  /** Height in pixels; 0 before the first SERVER_HELLO. */
  public int height() {
    return height;
  }

  /** The pixels themselves, not a copy; another array after each change of size. */
  public int[] pixels() {
    return pixels;
  }

  /**
   * Carries out a message; those that do not touch the screen do nothing.
   *
   * @return what it painted, or null
   * @throws ProtocolException when it reaches beyond the screen, or its data does not decode; the
   *     screen may then have been painted in part
   */
  public Rectangle apply(MessageToViewer message) throws ProtocolException {
    return switch (message) {
      case MessageToViewer.ServerHello m -> {
        tiles.clear();
        videos.clear();
        yield resize(m.width(), m.height());
      }
      case MessageToViewer.ScreenSize m -> resize(m.width(), m.height());
      case MessageToViewer.Raw m -> {
        require(MessageType.RAW, m.area());
        decoder.decode(m, pixels, width);
        yield m.area();
      }
      case MessageToViewer.SolidFill m -> {
        require(MessageType.SFILL, m.area());
        fill(m.area(), m.pixel() | BLACK);
        yield m.area();
      }
      case MessageToViewer.Copy m -> copy(m);
      case MessageToViewer.CursorWarp m -> {
        if (m.x() >= width || m.y() >= height) {
          throw outside(MessageType.CURSOR_WARP, m.x() + "," + m.y());
        }
        yield null;
      }
      case MessageToViewer.PatternFill m -> {
        require(MessageType.PFILL, m.area());
        fill(m);
        yield m.area();
      }
      case MessageToViewer.Bitmap m -> {
        require(MessageType.BITMAP, m.area());
        decoder.decode(m, pixels, width);
        yield m.area();
      }
      case MessageToViewer.TileStore m -> {
        for (var tile : m.tiles()) {
          require(MessageType.TILE_STORE, tile.area());
          tiles.store(tile, pixels, width);
        }
        yield null;
      }
      case MessageToViewer.TilePaint m -> {
        Rectangle painted = null;
        for (var tile : m.tiles()) {
          Rectangle area = tiles.area(tile);
          require(MessageType.TILE_PAINT, area);
          tiles.paint(tile, pixels, width);
          painted = painted == null ? area : painted.union(area);
        }
        yield painted;
      }
      case MessageToViewer.VideoOpen m -> {
        videos.open(m);
        yield null;
      }
      case MessageToViewer.VideoPlace m -> {
        for (Rectangle clip : m.clips()) {
          require(MessageType.VIDEO_PLACE, clip);
        }
        yield videos.place(m).paint(pixels, width, height);
      }
      case MessageToViewer.VideoFrame m -> {
        VideoStream stream = videos.decode(m);
        yield m.last() ? stream.paint(pixels, width, height) : null;
      }
      case MessageToViewer.VideoClose m -> {
        videos.close(m);
        yield null;
      }
      case MessageToViewer.CursorShape _,
          MessageToViewer.FrameEnd _,
          MessageToViewer.Pong _,
          MessageToViewer.Bell _,
          MessageToViewer.Mark _,
          MessageToViewer.ChannelCredit _,
          MessageToViewer.Viewers _,
          MessageToViewer.Status _ ->
          null;
    };
  }

  private void fill(MessageToViewer.PatternFill m) throws ProtocolException {
    int[] tile = new int[m.tileWidth() * m.tileHeight()];
    decoder.decode(m.tile(), tile, m.tileWidth());
    Rectangle area = m.area();
    for (int y = 0; y < area.height(); y++) {
      int row = (y + m.originY()) % m.tileHeight() * m.tileWidth();
      int begin = (area.y() + y) * width + area.x();
      for (int x = 0; x < area.width(); x++) {
        pixels[begin + x] = tile[row + (x + m.originX()) % m.tileWidth()];
      }
    }
  }

  private Rectangle resize(int newWidth, int newHeight) {
    if (newWidth != width || newHeight != height) {
      pixels = new int[newWidth * newHeight];
      width = newWidth;
      height = newHeight;
    }
    Arrays.fill(pixels, BLACK);
    return new Rectangle(0, 0, width, height);
  }

  private void fill(Rectangle area, int pixel) {
    for (int y = area.y(); y < area.y() + area.height(); y++) {
      int begin = y * width + area.x();
      Arrays.fill(pixels, begin, begin + area.width(), pixel);
    }
  }

  private Rectangle copy(MessageToViewer.Copy m) throws ProtocolException {
    Rectangle from = m.source();
    Rectangle to = m.destination();
    require(MessageType.COPY, from);
    require(MessageType.COPY, to);
    // A row that is still to be read must not have been written: begin at the end that moves away.
    boolean downwards = to.y() > from.y();
    for (int i = 0; i < from.height(); i++) {
      int row = downwards ? from.height() - 1 - i : i;
      System.arraycopy(
          pixels,
          (from.y() + row) * width + from.x(),
          pixels,
          (to.y() + row) * width + to.x(),
          from.width());
    }
    return to;
  }

  private void require(MessageType type, Rectangle area) throws ProtocolException {
    if (!area.isWithin(width, height)) {
      throw outside(type, area.toString());
    }
  }

  private ProtocolException outside(MessageType type, String where) {
    return new ProtocolException(
        "%s: %s is not within the screen of %dx%d".formatted(type, where, width, height));
  }
}
