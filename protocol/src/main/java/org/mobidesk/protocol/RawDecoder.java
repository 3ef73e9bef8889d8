package org.mobidesk.protocol;

import io.airlift.compress.v3.Decompressor;
import io.airlift.compress.v3.lz4.Lz4JavaDecompressor;
import io.airlift.compress.v3.zstd.ZstdJavaDecompressor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;

/**
 * Unpacks the pixels of RAW messages. The decompressors are those in pure Java: no native code sees
 * what a peer sent. Not safe for use by several threads.
 */
final class RawDecoder {
  private static final int OPAQUE = 0xff000000;

  private final Decompressor lz4 = new Lz4JavaDecompressor();
  private final Decompressor zstd = new ZstdJavaDecompressor();
  private byte[] unpacked = new byte[0];

  /**
   * Decodes into a screen.
   *
   * @param pixels the screen, as {@link Framebuffer#pixels}; the message's area lies within
   * @param stride pixels in a row of the screen
   */
  void decode(MessageToViewer.Raw raw, int[] pixels, int stride) throws ProtocolException {
    Rectangle area = raw.area();
    IntBuffer source = plain(raw).asIntBuffer();
    for (int y = area.y(); y < area.y() + area.height(); y++) {
      int begin = y * stride + area.x();
      source.get(pixels, begin, area.width());
      for (int i = begin; i < begin + area.width(); i++) {
        pixels[i] |= OPAQUE;
      }
    }
  }

  private ByteBuffer plain(MessageToViewer.Raw raw) throws ProtocolException {
    return switch (raw.encoding()) {
      case PLAIN -> raw.data().duplicate().order(ByteOrder.LITTLE_ENDIAN);
      case LZ4 -> decompress(lz4, raw);
      case ZSTD -> decompress(zstd, raw);
    };
  }

  private ByteBuffer decompress(Decompressor decompressor, MessageToViewer.Raw raw)
      throws ProtocolException {
    int size = (int) raw.area().area() * Protocol.BYTES_PER_PIXEL;
    if (unpacked.length < size) {
      unpacked = new byte[size];
    }
    ByteBuffer data = raw.data();
    byte[] packed;
    int offset;
    if (data.hasArray()) {
      packed = data.array();
      offset = data.arrayOffset() + data.position();
    } else {
      packed = new byte[data.remaining()];
      data.duplicate().get(packed);
      offset = 0;
    }
    int count;
    try {
      count = decompressor.decompress(packed, offset, data.remaining(), unpacked, 0, size);
    } catch (RuntimeException e) { // what it throws for malformed input is not one class only
      throw new ProtocolException(
          "RAW: %d bytes for %s are not valid %s: %s"
              .formatted(data.remaining(), raw.area(), raw.encoding(), e.getMessage()),
          e);
    }
    if (count != size) {
      throw new ProtocolException(
          "RAW: %s unpacks to %d bytes, %s needs %d"
              .formatted(raw.encoding(), count, raw.area(), size));
    }
    return ByteBuffer.wrap(unpacked, 0, size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
