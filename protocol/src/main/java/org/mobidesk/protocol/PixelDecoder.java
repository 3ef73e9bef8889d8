package org.mobidesk.protocol;

import java.nio.ByteBuffer;
import java.nio.IntBuffer;

/**
 * Unpacks the pixels of RAW, PFILL and BITMAP messages. Not safe for use by several threads.
 *
 * <p>Pixels are ints 0xffRRGGBB; a stride is the number of pixels from one row of the screen to the
 * next.
 */
final class PixelDecoder {
  private static final int OPAQUE = 0xff000000;

  private final Unpacker unpacker = new Unpacker();
  private final JpegDecoder jpeg = new JpegDecoder();

  /** Decodes into a screen that the message's area lies within. */
  void decode(MessageToViewer.Raw raw, int[] pixels, int stride) throws ProtocolException {
    switch (raw.encoding()) {
      case PLAIN -> plain(raw, Packing.NONE, pixels, stride);
      case LZ4 -> plain(raw, Packing.LZ4, pixels, stride);
      case ZSTD -> plain(raw, Packing.ZSTD, pixels, stride);
      case JPEG -> {
        Rectangle a = raw.area();
        jpeg.decode(
            raw.data(), a.width(), a.height(), pixels, a.y() * stride + a.x(), stride, name(raw));
      }
      case PREDICTED -> predicted(raw, pixels, stride);
      case PALETTE -> palette(raw, pixels, stride);
    }
  }

  /** Paints two colours into a screen that the message's area lies within. */
  void decode(MessageToViewer.Bitmap bitmap, int[] pixels, int stride) throws ProtocolException {
    Rectangle area = bitmap.area();
    ByteBuffer bits =
        unpacker.unpack(bitmap.packing(), bitmap.data(), bitmap.bytes(), "BITMAP: " + area);
    int rowBytes = (area.width() + 7) / 8;
    int ones = bitmap.foreground() | OPAQUE;
    int zeros = bitmap.background() | OPAQUE;
    for (int y = 0; y < area.height(); y++) {
      int begin = (area.y() + y) * stride + area.x();
      for (int x = 0; x < area.width(); x++) {
        if ((bits.get(y * rowBytes + x / 8) >> (7 - x % 8) & 1) != 0) {
          pixels[begin + x] = ones;
        } else if (!bitmap.transparent()) {
          pixels[begin + x] = zeros;
        }
      }
    }
  }

  private void plain(MessageToViewer.Raw raw, Packing packing, int[] pixels, int stride)
      throws ProtocolException {
    Rectangle area = raw.area();
    int size = (int) area.area() * Protocol.BYTES_PER_PIXEL;
    IntBuffer source = unpacker.unpack(packing, raw.data(), size, name(raw)).asIntBuffer();
    for (int y = area.y(); y < area.y() + area.height(); y++) {
      int begin = y * stride + area.x();
      source.get(pixels, begin, area.width());
      for (int i = begin; i < begin + area.width(); i++) {
        pixels[i] |= OPAQUE;
      }
    }
  }

  /** Three planes, green, blue less green and red less green, of differences to the prediction. */
  private void predicted(MessageToViewer.Raw raw, int[] pixels, int stride)
      throws ProtocolException {
    Rectangle area = raw.area();
    int width = area.width();
    int plane = (int) area.area();
    ByteBuffer unpacked = unpacker.unpack(Packing.ZSTD, raw.data(), 3 * plane, name(raw));
    byte[] samples = unpacked.array();
    int first = unpacked.arrayOffset() + unpacked.position();
    for (int i = 0; i < 3; i++) {
      Prediction.undo(samples, first + i * plane, width, area.height());
    }
    int from = first;
    for (int y = area.y(); y < area.y() + area.height(); y++) {
      int begin = y * stride + area.x();
      for (int i = begin; i < begin + width; i++) {
        int green = samples[from];
        int blue = samples[from + plane] + green;
        int red = samples[from + 2 * plane] + green;
        pixels[i] = OPAQUE | (red & 0xff) << 16 | (green & 0xff) << 8 | blue & 0xff;
        from++;
      }
    }
  }

  /** Colours and, for each pixel, which of them it is. */
  private void palette(MessageToViewer.Raw raw, int[] pixels, int stride) throws ProtocolException {
    Rectangle area = raw.area();
    ByteBuffer data = raw.data().slice().order(java.nio.ByteOrder.LITTLE_ENDIAN);
    if (data.remaining() < 4) {
      throw new ProtocolException(name(raw) + ": no palette");
    }
    int bits = data.get();
    int count = (data.get() & 0xff) + 1;
    Packing packing =
        Packing.of(data.get())
            .orElseThrow(() -> new ProtocolException(name(raw) + ": unknown packing"));
    data.get(); // reserved
    if ((bits != 1 && bits != 2 && bits != 4 && bits != 8)
        || count > 1 << bits
        || data.remaining() < count * Protocol.BYTES_PER_PIXEL) {
      throw new ProtocolException(
          "%s: a palette of %d colours with %d bits for each pixel in %d bytes"
              .formatted(name(raw), count, bits, data.remaining()));
    }
    int[] colours = new int[count];
    for (int i = 0; i < count; i++) {
      colours[i] = data.getInt() | OPAQUE;
    }
    int rowBytes = (area.width() * bits + 7) / 8;
    ByteBuffer indices =
        unpacker.unpack(packing, data.slice(), rowBytes * area.height(), name(raw));
    int perByte = 8 / bits;
    for (int y = 0; y < area.height(); y++) {
      int begin = (area.y() + y) * stride + area.x();
      for (int x = 0; x < area.width(); x++) {
        int shift = 8 - bits - x % perByte * bits;
        int index = (indices.get(y * rowBytes + x / perByte) & 0xff) >> shift & (1 << bits) - 1;
        if (index >= count) {
          throw new ProtocolException(
              "%s: colour %d of a palette of %d".formatted(name(raw), index, count));
        }
        pixels[begin + x] = colours[index];
      }
    }
  }

  private static String name(MessageToViewer.Raw raw) {
    return "RAW: %s of %s".formatted(raw.encoding(), raw.area());
  }
}
