package org.mobidesk.viewer;

import org.mobidesk.protocol.Protocol;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Size of the desktop in its window, in device pixels. */
record WindowSize(int width, int height) {

  /** Reads WxH. */
  static final class Converter implements ITypeConverter<WindowSize> {
    @Override
    public WindowSize convert(String text) {
      String[] parts = text.split("x", -1);
      try {
        WindowSize size = new WindowSize(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
        if (parts.length == 2
            && size.width >= Protocol.MIN_WIDTH
            && size.width <= Protocol.MAX_SIZE
            && size.height >= Protocol.MIN_HEIGHT
            && size.height <= Protocol.MAX_SIZE) {
          return size;
        }
      } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
        // Said below, as for sizes out of range.
      }
      throw new TypeConversionException(
          "'%s' is no size: write WIDTHxHEIGHT, from %dx%d to %dx%d, for example 1280x800"
              .formatted(
                  text,
                  Protocol.MIN_WIDTH,
                  Protocol.MIN_HEIGHT,
                  Protocol.MAX_SIZE,
                  Protocol.MAX_SIZE));
    }
  }
}
