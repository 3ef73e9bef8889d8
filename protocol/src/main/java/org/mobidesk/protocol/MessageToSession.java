package org.mobidesk.protocol;

/** From the viewer (or, QUIESCE, the host daemon) to the session. */
public sealed interface MessageToSession extends Message {

  /**
   * First message of a viewer.
   *
   * @param width wanted size of the screen, or 0 and 0 to keep the session's
   * @param encodings bit n: RawEncoding number n is understood; bit 0 must be set, bit 31 is not
   *     part of it
   * @param viewOnly the viewer will send no input
   */
  record ClientHello(int version, int width, int height, int encodings, boolean viewOnly)
      implements MessageToSession {
    public ClientHello {
      Range.check("version", version, Protocol.VERSION, Protocol.VERSION);
      if (width != 0 || height != 0) {
        checkSize(width, height);
      }
      Range.check("encodings", encodings, 0, Integer.MAX_VALUE);
      Range.require((encodings & 1) != 0, "the mandatory encoding 0 is missing");
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

  /** Everything up to this FRAME_END was shown. */
  record Ack(long frame) implements MessageToSession {
    public Ack {
      Range.u32("frame", frame);
    }
  }

  /** Asks for a PONG with the same value. */
  record Ping(long value) implements MessageToSession {}

  /** Asks for the whole screen and the cursor. */
  record Refresh() implements MessageToSession {}

  /** Releases every pressed key and button. */
  record ReleaseAll() implements MessageToSession {}

  /** The host daemon's order to let go of all connections before a dump. */
  record Quiesce() implements MessageToSession {}

  private static void checkSize(int width, int height) {
    Range.check("width", width, Protocol.MIN_WIDTH, Protocol.MAX_SIZE);
    Range.check("height", height, Protocol.MIN_HEIGHT, Protocol.MAX_SIZE);
  }
}
