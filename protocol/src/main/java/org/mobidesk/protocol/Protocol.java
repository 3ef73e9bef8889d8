package org.mobidesk.protocol;

/** Numbers that docs/protocol.md fixes for both ends. Sizes are bytes or pixels as named. */
public final class Protocol {
  /** Version in both hellos. */
  public static final int VERSION = 1;

  /** The token of HTTP's Upgrade header. */
  public static final String UPGRADE_TOKEN = "mobidesk-display/1";

  /** Bytes before a payload: u32 length, u8 type, u8 flags, u16 channel. */
  public static final int HEADER_BYTES = 8;

  /** Largest payload of any message, in bytes. */
  public static final int MAX_PAYLOAD_BYTES = 1 << 20;

  /** Channel of display and input; messages on others are skipped. */
  public static final int DISPLAY_CHANNEL = 0;

  public static final int MIN_WIDTH = 320;
  public static final int MIN_HEIGHT = 200;

  /** Largest width and largest height of a screen. */
  public static final int MAX_SIZE = 8192;

  /** Largest width and largest height of a cursor. */
  public static final int MAX_CURSOR_SIZE = 256;

  /** Most pixels that one RAW message paints. */
  public static final int MAX_RAW_PIXELS = 1 << 18;

  public static final int BYTES_PER_PIXEL = 4;

  /** How many FRAME_ENDs are sent ahead of the last ACK. */
  public static final int MAX_UNACKNOWLEDGED_FRAMES = 3;

  private Protocol() {}
}
