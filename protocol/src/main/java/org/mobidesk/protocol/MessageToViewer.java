package org.mobidesk.protocol;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;

/** From the session (or, STATUS, the proxy) to the viewer. */
public sealed interface MessageToViewer extends Message {

  /**
   * First message after an attach and after each reattach: the viewer forgets screen and cursor.
   *
   * @param time session time in microseconds, unsigned
   */
  record ServerHello(int version, int width, int height, long time) implements MessageToViewer {
    public ServerHello {
      Range.check("version", version, Protocol.VERSION, Protocol.VERSION);
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

  /** What the proxy tells the user about the session. */
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
}
