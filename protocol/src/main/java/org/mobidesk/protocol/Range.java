package org.mobidesk.protocol;

/**
 * Checks of values that a message may carry; the same for what is received and for what is about to
 * be sent.
 */
final class Range {
  private Range() {}

  static void u16(String name, int value) {
    check(name, value, 0, 0xffff);
  }

  static void u32(String name, long value) {
    check(name, value, 0, 0xffff_ffffL);
  }

  static void check(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " is " + value + ", allowed are " + least + " to " + most);
    }
  }

  static void require(boolean condition, String complaint) {
    if (!condition) {
      throw new IllegalArgumentException(complaint);
    }
  }
}
