package org.mobidesk.protocol;

/** Who a message is for. */
public enum Direction {
  TO_VIEWER,
  TO_SESSION
}
