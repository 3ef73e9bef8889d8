package org.mobidesk.protocol;

import io.airlift.compress.v3.Decompressor;
import io.airlift.compress.v3.lz4.Lz4JavaDecompressor;
import io.airlift.compress.v3.zstd.ZstdJavaDecompressor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Unpacks bytes of a known length. The decompressors are those in pure Java: no native code sees
 * what a peer sent. Not safe for use by several threads.
 */
final class Unpacker {
  private final Decompressor lz4 = new Lz4JavaDecompressor();
  private final Decompressor zstd = new ZstdJavaDecompressor();
  private byte[] unpacked = new byte[0];

  /**
   * Unpacks.
   *
   * @param what it is, for the message of an exception
   * @param size how many bytes it has to become
   * @return exactly these, little-endian, valid until the next call; backed by an array
   */
  ByteBuffer unpack(Packing packing, ByteBuffer data, int size, String what)
      throws ProtocolException {
    return switch (packing) {
      case NONE -> plain(data, size, what);
      case LZ4 -> decompress(lz4, packing, data, size, what);
      case ZSTD -> decompress(zstd, packing, data, size, what);
    };
  }

  private ByteBuffer plain(ByteBuffer data, int size, String what) throws ProtocolException {
    if (data.remaining() != size) {
      throw new ProtocolException(
          "%s has %d bytes, %d are needed".formatted(what, data.remaining(), size));
    }
    if (data.hasArray()) {
      return data.slice().order(ByteOrder.LITTLE_ENDIAN);
    }
    data.duplicate().get(room(size), 0, size);
    return ByteBuffer.wrap(unpacked, 0, size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private ByteBuffer decompress(
      Decompressor decompressor, Packing packing, ByteBuffer data, int size, String what)
      throws ProtocolException {
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
      count = decompressor.decompress(packed, offset, data.remaining(), room(size), 0, size);
    } catch (RuntimeException e) { // what it throws for malformed input is not one class only
      throw new ProtocolException(
          "%s: %d bytes are not valid %s: %s"
              .formatted(what, data.remaining(), packing, e.getMessage()),
          e);
    }
    if (count != size) {
      throw new ProtocolException(
          "%s: %s unpacks to %d bytes, %d are needed".formatted(what, packing, count, size));
    }
    return ByteBuffer.wrap(unpacked, 0, size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private byte[] room(int size) {
    if (unpacked.length < size) {
      unpacked = new byte[size];
    }
    return unpacked;
  }
}
