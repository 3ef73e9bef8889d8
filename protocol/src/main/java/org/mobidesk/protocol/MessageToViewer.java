package org.mobidesk.protocol;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** From the session (or, STATUS, the proxy) to the viewer. */
public sealed interface MessageToViewer extends Message {

  /**
   * First message after an attach and after each reattach: the viewer forgets screen, cursor, tile
   * cache and videos.
   *
   * @param version what both speak: the rest of the connection is of it
   * @param time session time in microseconds, unsigned
   */
  record ServerHello(int version, int width, int height, long time) implements MessageToViewer {
    public ServerHello {
      Range.check("version", version, 1, Protocol.VERSION);
      Range.check("width", width, 1, Protocol.MAX_SIZE);
      Range.check("height", height, 1, Protocol.MAX_SIZE);
    }
  }

  /** The screen has another size from here on; what it shows is undefined until painted. */
  record ScreenSize(int width, int height) implements MessageToViewer {
    public ScreenSize {
      Range.check("width", width, 1, Protocol.MAX_SIZE);
      Range.check("height", height, 1, Protocol.MAX_SIZE);
    }
  }

  /**
   * Pixels of one rectangle.
   *
   * @param data as the encoding has them, position to limit. A decoded message borrows the reader's
   *     buffer: it is valid until the next message is read
   */
  record Raw(Rectangle area, RawEncoding encoding, ByteBuffer data) implements MessageToViewer {
    public Raw {
      Objects.requireNonNull(encoding);
      Objects.requireNonNull(data);
      Range.check("width*height", area.area(), 1, Protocol.MAX_RAW_PIXELS);
      long plain = area.area() * Protocol.BYTES_PER_PIXEL;
      Range.require(
          encoding != RawEncoding.PLAIN || data.remaining() == plain,
          "%s has %d bytes of plain pixels, %d are needed"
              .formatted(area, data.remaining(), plain));
    }
  }

  /**
   * One colour for a rectangle.
   *
   * @param pixel as a little-endian number: 0xXXRRGGBB
   */
  record SolidFill(Rectangle area, int pixel) implements MessageToViewer {
    public SolidFill {
      Objects.requireNonNull(area);
    }
  }

  /** Moves pixels on the screen; source and destination may overlap. */
  record Copy(Rectangle source, int destinationX, int destinationY) implements MessageToViewer {
    public Copy {
      Objects.requireNonNull(source);
      Range.u16("destination x", destinationX);
      Range.u16("destination y", destinationY);
    }

    /** Where the pixels go. */
    public Rectangle destination() {
      return new Rectangle(destinationX, destinationY, source.width(), source.height());
    }
  }

  /**
   * The picture of the pointer, drawn by the viewer.
   *
   * @param width 0 with height 0: no pointer is shown
   * @param pixels width*height times B, G, R, A, premultiplied; a buffer of the message's own
   */
  record CursorShape(int width, int height, int hotX, int hotY, ByteBuffer pixels)
      implements MessageToViewer {
    public CursorShape {
      Range.check("width", width, 0, Protocol.MAX_CURSOR_SIZE);
      Range.check("height", height, 0, Protocol.MAX_CURSOR_SIZE);
      Range.require((width == 0) == (height == 0), "the cursor is %dx%d".formatted(width, height));
      if (width > 0) {
        Range.check("hot x", hotX, 0, width - 1);
        Range.check("hot y", hotY, 0, height - 1);
      } else {
        Range.u16("hot x", hotX);
        Range.u16("hot y", hotY);
      }
      int needed = width * height * Protocol.BYTES_PER_PIXEL;
      Range.require(
          pixels.remaining() == needed,
          "the %dx%d cursor has %d bytes of pixels, %d are needed"
              .formatted(width, height, pixels.remaining(), needed));
    }

    public boolean isHidden() {
      return width == 0;
    }
  }

  /** An application moved the pointer. */
  record CursorWarp(int x, int y) implements MessageToViewer {
    public CursorWarp {
      Range.u16("x", x);
      Range.u16("y", y);
    }
  }

  /**
   * What came since the last one belongs together and may be shown.
   *
   * @param frame unsigned 32 bits
   * @param time session time in microseconds, unsigned
   */
  record FrameEnd(long frame, long time) implements MessageToViewer {
    public FrameEnd {
      Range.u32("frame", frame);
    }
  }

  /** Answer to a PING, after everything that was queued before it. */
  record Pong(long value) implements MessageToViewer {}

  /**
   * The session's bell.
   *
   * @param volume percent
   */
  record Bell(int volume) implements MessageToViewer {
    public Bell {
      Range.check("volume", volume, 0, 100);
    }
  }

  /** What the proxy, or the session itself, tells the user about the session. */
  record Status(State state, String text) implements MessageToViewer {
    public Status {
      Objects.requireNonNull(state);
      Objects.requireNonNull(text);
    }

    /** How the session stands; numbers on the wire begin at 1 in this order. */
    public enum State {
      CONNECTED,
      MOVING,
      SUSPENDED,
      ENDED,
      UNREACHABLE,
      REFUSED;

      /** The number on the wire. */
      public int number() {
        return ordinal() + 1;
      }

      static Optional<State> of(int number) {
        return number >= 1 && number <= values().length
            ? Optional.of(values()[number - 1])
            : Optional.empty();
      }
    }
  }

  /**
   * A pattern, repeated over a rectangle.
   *
   * @param tileWidth width of the pattern in pixels
   * @param originX column of the pattern that the left edge of the area shows
   * @param data the pattern as the encoding has it; borrowed as that of {@link Raw}
   */
  record PatternFill(
      Rectangle area,
      int tileWidth,
      int tileHeight,
      int originX,
      int originY,
      RawEncoding encoding,
      ByteBuffer data)
      implements MessageToViewer {
    public PatternFill {
      Objects.requireNonNull(area);
      Range.check("tile width", tileWidth, 1, 0xffff);
      Range.check("tile height", tileHeight, 1, 0xffff);
      Range.check(
          "pixels of the tile", (long) tileWidth * tileHeight, 1, Protocol.MAX_PATTERN_PIXELS);
      Range.check("origin x", originX, 0, tileWidth - 1);
      Range.check("origin y", originY, 0, tileHeight - 1);
      Range.require(encoding != RawEncoding.JPEG, "a pattern is not approximated");
      new Raw(new Rectangle(0, 0, tileWidth, tileHeight), encoding, data); // checks its length
    }

    /** The pattern as pixels of a screen of its own size. */
    Raw tile() {
      return new Raw(new Rectangle(0, 0, tileWidth, tileHeight), encoding, data);
    }
  }

  /**
   * Two colours.
   *
   * @param foreground colour of the ones, 0xXXRRGGBB
   * @param background colour of the zeros, unless transparent
   * @param transparent the zeros leave what is there
   * @param data rows of bits, the leftmost highest, each row padded to a byte; packed as said;
   *     borrowed as that of {@link Raw}
   */
  record Bitmap(
      Rectangle area,
      int foreground,
      int background,
      boolean transparent,
      Packing packing,
      ByteBuffer data)
      implements MessageToViewer {
    public Bitmap {
      Objects.requireNonNull(packing);
      Range.check("width*height", area.area(), 1, Protocol.MAX_RAW_PIXELS);
      Range.require(
          packing != Packing.NONE || data.remaining() == bytes(area),
          "%s has %d bytes of bits, %d are needed".formatted(area, data.remaining(), bytes(area)));
    }

    /** Bytes of the bits when they are not packed. */
    int bytes() {
      return bytes(area);
    }

    private static int bytes(Rectangle area) {
      return (area.width() + 7) / 8 * area.height();
    }
  }

  /** Keeps parts of the screen, as they are now, in the tile cache. */
  record TileStore(List<Tile> tiles) implements MessageToViewer {
    public TileStore {
      tiles = List.copyOf(tiles);
      Range.require(!tiles.isEmpty(), "no tiles");
    }

    /** What to keep, and in which slot; what was there is forgotten. */
    public record Tile(Rectangle area, int slot) {
      public Tile {
        Range.check("pixels of the tile", area.area(), 1, Protocol.MAX_TILE_PIXELS);
        Range.check("slot", slot, 0, Protocol.MAX_TILE_SLOTS - 1);
      }
    }
  }

  /** Paints tiles of the cache. */
  record TilePaint(List<Tile> tiles) implements MessageToViewer {
    public TilePaint {
      tiles = List.copyOf(tiles);
      Range.require(!tiles.isEmpty(), "no tiles");
    }

    /** What to paint, and where its upper left corner goes. */
    public record Tile(int slot, int x, int y) {
      public Tile {
        Range.check("slot", slot, 0, Protocol.MAX_TILE_SLOTS - 1);
        Range.u16("x", x);
        Range.u16("y", y);
      }
    }
  }

  /**
   * A video begins, or begins anew with other pictures. It shows nothing before it is placed and a
   * picture came.
   *
   * @param width of its pictures, in pixels
   */
  record VideoOpen(
      int stream, VideoFormat.Chroma chroma, VideoFormat.Matrix matrix, int width, int height)
      implements MessageToViewer {
    public VideoOpen {
      checkStream(stream);
      Objects.requireNonNull(chroma);
      Objects.requireNonNull(matrix);
      Range.check("width", width, 1, Protocol.MAX_VIDEO_SIZE);
      Range.check("height", height, 1, Protocol.MAX_VIDEO_SIZE);
    }
  }

  /**
   * Where a video is: its pictures are scaled to the rectangle of (x, y, width, height), which may
   * reach beyond the screen, and are visible within the clips.
   */
  record VideoPlace(int stream, int x, int y, int width, int height, List<Rectangle> clips)
      implements MessageToViewer {
    public VideoPlace {
      checkStream(stream);
      clips = List.copyOf(clips);
      Range.check("x", x, Short.MIN_VALUE, Short.MAX_VALUE);
      Range.check("y", y, Short.MIN_VALUE, Short.MAX_VALUE);
      Range.check("width", width, 1, 0xffff);
      Range.check("height", height, 1, 0xffff);
      Range.check("number of clips", clips.size(), 0, Protocol.MAX_VIDEO_CLIPS);
    }
  }

  /**
   * Rows of a video's next picture.
   *
   * @param last whether the picture is complete with them
   * @param y first row, even
   * @param height rows; even, unless they end the picture
   * @param time of the picture, in microseconds of the session
   * @param data as the encoding has them; borrowed as that of {@link Raw}
   */
  record VideoFrame(
      int stream,
      VideoFormat.Encoding encoding,
      boolean last,
      int y,
      int height,
      long time,
      ByteBuffer data)
      implements MessageToViewer {
    public VideoFrame {
      checkStream(stream);
      Objects.requireNonNull(encoding);
      Objects.requireNonNull(data);
      Range.check("y", y, 0, Protocol.MAX_VIDEO_SIZE - 1);
      Range.check("height", height, 1, Protocol.MAX_VIDEO_SIZE);
      Range.require(y % 2 == 0, "y is odd: " + y);
    }
  }

  /** A video ends; what the screen shows there has come, or comes before the next FRAME_END. */
  record VideoClose(int stream) implements MessageToViewer {
    public VideoClose {
      checkStream(stream);
    }
  }

  /**
   * To be answered at once by MARKED, when all that came before it has been decoded.
   *
   * @param number unsigned 32 bits
   */
  record Mark(long number) implements MessageToViewer {
    public Mark {
      Range.u32("mark", number);
    }
  }

  /** The session takes that many more bytes of messages on a channel. */
  record ChannelCredit(int channel, long bytes) implements MessageToViewer {
    public ChannelCredit {
      Range.check("channel", channel, 1, 0xffff);
      Range.u32("bytes", bytes);
    }
  }

  /**
   * Who looks at the session.
   *
   * @param count all of them, this one included
   * @param viewOnly how many of them may not type
   */
  record Viewers(int count, int viewOnly) implements MessageToViewer {
    public Viewers {
      Range.u16("viewers", count);
      Range.check("view-only viewers", viewOnly, 0, count);
    }
  }

  private static void checkStream(int stream) {
    Range.check("stream", stream, 0, Protocol.MAX_VIDEO_STREAMS - 1);
  }
}
