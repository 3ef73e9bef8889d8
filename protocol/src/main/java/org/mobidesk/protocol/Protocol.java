package org.mobidesk.protocol;

/** Numbers that docs/protocol.md fixes for both ends. Sizes are bytes or pixels as named. */
public final class Protocol {
  /** The highest version of this codec; it speaks every one from 1 up. */
  public static final int VERSION = 2;

  /** The token of HTTP's Upgrade header; it names the framing, which all versions share. */
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

  /** Most pixels of the tile of one PFILL message. */
  public static final int MAX_PATTERN_PIXELS = 1 << 16;

  /** Most slots of a viewer's tile cache. */
  public static final int MAX_TILE_SLOTS = 4096;

  /** Most pixels of one tile in that cache: all of it holds at most 64 MiB. */
  public static final int MAX_TILE_PIXELS = 4096;

  /** How many video streams may be open at once. */
  public static final int MAX_VIDEO_STREAMS = 4;

  /** Largest width and largest height of a video's pictures. */
  public static final int MAX_VIDEO_SIZE = 4096;

  /** Most rectangles that say where a video is visible. */
  public static final int MAX_VIDEO_CLIPS = 256;

  /** Most bytes of a TEXT message. */
  public static final int MAX_TEXT_BYTES = 4096;

  /** How many fingers TOUCH tells apart. */
  public static final int MAX_FINGERS = 10;

  private Protocol() {}
}
