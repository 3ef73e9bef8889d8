package org.mobidesk.protocol;

import java.util.Optional;

/**
 * Types on the wire. A type is known in one direction only; there its payload has at least the
 * bytes given.
 */
public enum MessageType {
  SERVER_HELLO(1, Direction.TO_VIEWER, 16),
  SCREEN_SIZE(2, Direction.TO_VIEWER, 4),
  RAW(3, Direction.TO_VIEWER, 12),
  SFILL(4, Direction.TO_VIEWER, 12),
  COPY(5, Direction.TO_VIEWER, 12),
  CURSOR_SHAPE(6, Direction.TO_VIEWER, 8),
  CURSOR_WARP(7, Direction.TO_VIEWER, 4),
  FRAME_END(8, Direction.TO_VIEWER, 12),
  PONG(9, Direction.TO_VIEWER, 8),
  BELL(10, Direction.TO_VIEWER, 2),
  STATUS(11, Direction.TO_VIEWER, 1),
  PFILL(12, Direction.TO_VIEWER, 20),
  BITMAP(13, Direction.TO_VIEWER, 20),
  TILE_STORE(14, Direction.TO_VIEWER, 12),
  TILE_PAINT(15, Direction.TO_VIEWER, 6),
  VIDEO_OPEN(16, Direction.TO_VIEWER, 8),
  VIDEO_PLACE(17, Direction.TO_VIEWER, 12),
  VIDEO_FRAME(18, Direction.TO_VIEWER, 16),
  VIDEO_CLOSE(19, Direction.TO_VIEWER, 2),
  MARK(20, Direction.TO_VIEWER, 4),
  CHANNEL_CREDIT_TO_VIEWER(21, Direction.TO_VIEWER, 8),
  VIEWERS(22, Direction.TO_VIEWER, 4),
  CLIENT_HELLO(129, Direction.TO_SESSION, 10),
  KEY(130, Direction.TO_SESSION, 5),
  POINTER(131, Direction.TO_SESSION, 6),
  SET_SIZE(132, Direction.TO_SESSION, 4),
  ACK(133, Direction.TO_SESSION, 4),
  PING(134, Direction.TO_SESSION, 8),
  REFRESH(135, Direction.TO_SESSION, 0),
  RELEASE_ALL(136, Direction.TO_SESSION, 0),
  TEXT(137, Direction.TO_SESSION, 1),
  TOUCH(138, Direction.TO_SESSION, 6),
  SCROLL(139, Direction.TO_SESSION, 4),
  MARKED(140, Direction.TO_SESSION, 8),
  CHANNEL_CREDIT_TO_SESSION(141, Direction.TO_SESSION, 8),
  QUIESCE(160, Direction.TO_SESSION, 0);

  private static final MessageType[] BY_NUMBER = new MessageType[256];

  static {
    for (MessageType type : values()) {
      BY_NUMBER[type.number] = type;
    }
  }

  private final int number;
  private final Direction direction;
  private final int leastBytes;

  MessageType(int number, Direction direction, int leastBytes) {
    this.number = number;
    this.direction = direction;
    this.leastBytes = leastBytes;
  }

  /** The type with that number, if it is one of that direction. */
  public static Optional<MessageType> of(int number, Direction direction) {
    MessageType type = number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    return type != null && type.direction == direction ? Optional.of(type) : Optional.empty();
  }

  /** The number on the wire. */
  public int number() {
    return number;
  }

  public Direction direction() {
    return direction;
  }

  /** Least length of its payload, in bytes. */
  public int leastBytes() {
    return leastBytes;
  }
}
