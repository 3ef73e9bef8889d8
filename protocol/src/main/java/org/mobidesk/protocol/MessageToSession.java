package org.mobidesk.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;

/** From the viewer (or, QUIESCE, the host daemon) to the session. */
public sealed interface MessageToSession extends Message {

  /**
   * First message of a viewer. What follows {@code viewOnly} is said from version 2 on.
   *
   * @param version the highest that the viewer speaks; the session answers with what both do
   * @param width wanted size of the screen, or 0 and 0 to keep the session's
   * @param encodings bit n: RawEncoding number n is understood; bit 0 must be set, bit 31 is not
   *     part of it
   * @param viewOnly the viewer will send no input
   * @param videoEncodings bit n: VideoFormat.Encoding number n is understood; 0: videos come as
   *     pixels
   * @param tileSlots how many tiles it keeps; 0: none
   * @param attach what becomes of viewers that are there already
   */
  record ClientHello(
      int version,
      int width,
      int height,
      int encodings,
      boolean viewOnly,
      int videoEncodings,
      int tileSlots,
      Attach attach)
      implements MessageToSession {
    public ClientHello {
      Range.check("version", version, 1, 0xffff);
      if (width != 0 || height != 0) {
        checkSize(width, height);
      }
      Range.check("encodings", encodings, 0, Integer.MAX_VALUE);
      Range.require((encodings & 1) != 0, "the mandatory encoding 0 is missing");
      Range.check("tile slots", tileSlots, 0, Protocol.MAX_TILE_SLOTS);
      Objects.requireNonNull(attach);
    }

    /** The hello of version 1. */
    public ClientHello(int width, int height, int encodings, boolean viewOnly) {
      this(1, width, height, encodings, viewOnly, 0, 0, Attach.AS_CONFIGURED);
    }

    /** The same viewer, another size. */
    public ClientHello withSize(int newWidth, int newHeight) {
      return new ClientHello(
          version, newWidth, newHeight, encodings, viewOnly, videoEncodings, tileSlots, attach);
    }

    /** The same viewer, attaching in another way. */
    public ClientHello withAttach(Attach how) {
      return new ClientHello(
          version, width, height, encodings, viewOnly, videoEncodings, tileSlots, how);
    }

    /** What becomes of viewers that are there already; numbers on the wire begin at 0. */
    public enum Attach {
      /** What the session is configured for. */
      AS_CONFIGURED,
      /** Those that are not view-only are disconnected. */
      TAKE_OVER,
      /** All share the session. */
      JOIN;

      /** The number on the wire. */
      public int number() {
        return ordinal();
      }

      static Optional<Attach> of(int number) {
        return number >= 0 && number < values().length
            ? Optional.of(values()[number])
            : Optional.empty();
      }
    }
  }

  /**
   * A key.
   *
   * @param keysym X11 keysym, at most 0x1fffffff
   */
  record Key(int keysym, boolean pressed) implements MessageToSession {
    /** Above it no keysym exists. */
    public static final int MAX_KEYSYM = 0x1fff_ffff;

    public Key {
      Range.check("keysym", keysym, 0, MAX_KEYSYM);
    }
  }

  /**
   * The whole state of the pointer.
   *
   * @param buttons bits of {@link Button}
   */
  record Pointer(int x, int y, int buttons) implements MessageToSession {
    public Pointer {
      Range.u16("x", x);
      Range.u16("y", y);
      Range.check("buttons", buttons, 0, (1 << Button.values().length) - 1);
    }

    /** Buttons in the order of their bits; wheels are buttons, as in X11. */
    public enum Button {
      LEFT,
      MIDDLE,
      RIGHT,
      WHEEL_UP,
      WHEEL_DOWN,
      WHEEL_LEFT,
      WHEEL_RIGHT,
      BACK,
      FORWARD;

      /** Its bit in {@link Pointer#buttons}. */
      public int bit() {
        return 1 << ordinal();
      }
    }
  }

  /** Resize the screen. */
  record SetSize(int width, int height) implements MessageToSession {
    public SetSize {
      checkSize(width, height);
    }
  }

  /**
   * Everything up to this FRAME_END was shown.
   *
   * @param decodeMicros how long decoding and painting of the frame took
   * @param waitMicros from the decoded FRAME_END until it was shown
   */
  record Ack(long frame, long decodeMicros, long waitMicros) implements MessageToSession {
    public Ack {
      Range.u32("frame", frame);
      Range.u32("decode time", decodeMicros);
      Range.u32("wait", waitMicros);
    }

    /** Without times. */
    public Ack(long frame) {
      this(frame, 0, 0);
    }
  }

  /** Asks for a PONG with the same value. */
  record Ping(long value) implements MessageToSession {}

  /** Asks for the whole screen and the cursor. */
  record Refresh() implements MessageToSession {}

  /** Releases every pressed key and button. */
  record ReleaseAll() implements MessageToSession {}

  /**
   * What an input method composed, to be typed.
   *
   * @param text at least one character, at most 4096 bytes of UTF-8
   */
  record Text(String text) implements MessageToSession {
    public Text {
      Range.check(
          "bytes of text",
          text.getBytes(StandardCharsets.UTF_8).length,
          1,
          Protocol.MAX_TEXT_BYTES);
    }
  }

  /**
   * A finger on a touch screen.
   *
   * @param finger which one of those that touch at the same time, from 0
   */
  record Touch(Action action, int finger, int x, int y) implements MessageToSession {
    public Touch {
      Objects.requireNonNull(action);
      Range.check("finger", finger, 0, Protocol.MAX_FINGERS - 1);
      Range.u16("x", x);
      Range.u16("y", y);
    }

    /** What it does; numbers on the wire begin at 0 in this order. */
    public enum Action {
      BEGIN,
      MOVE,
      END;

      /** The number on the wire. */
      public int number() {
        return ordinal();
      }

      static Optional<Action> of(int number) {
        return number >= 0 && number < values().length
            ? Optional.of(values()[number])
            : Optional.empty();
      }
    }
  }

  /**
   * A wheel or a touch pad, in 1/120 of a wheel's notch; to the right and down is positive. It
   * takes the place of the wheel's buttons.
   */
  record Scroll(int dx, int dy) implements MessageToSession {
    public Scroll {
      Range.check("dx", dx, Short.MIN_VALUE, Short.MAX_VALUE);
      Range.check("dy", dy, Short.MIN_VALUE, Short.MAX_VALUE);
    }
  }

  /**
   * Answer to MARK: everything before it was received and decoded.
   *
   * @param decodeMicros how long that took since the mark before
   */
  record Marked(long number, long decodeMicros) implements MessageToSession {
    public Marked {
      Range.u32("mark", number);
      Range.u32("decode time", decodeMicros);
    }
  }

  /** The viewer takes that many more bytes of messages on a channel. */
  record ChannelCredit(int channel, long bytes) implements MessageToSession {
    public ChannelCredit {
      Range.check("channel", channel, 1, 0xffff);
      Range.u32("bytes", bytes);
    }
  }

  /** The host daemon's order to let go of all connections before a dump. */
  record Quiesce() implements MessageToSession {}

  private static void checkSize(int width, int height) {
    Range.check("width", width, Protocol.MIN_WIDTH, Protocol.MAX_SIZE);
    Range.check("height", height, Protocol.MIN_HEIGHT, Protocol.MAX_SIZE);
  }
}
