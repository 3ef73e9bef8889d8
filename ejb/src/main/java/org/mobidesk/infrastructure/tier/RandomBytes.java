package org.mobidesk.infrastructure.tier;

import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** So many bytes that do not compress, or as many as are read in some time. */
final class RandomBytes implements ReadableByteChannel {

  private final byte[] block = new byte[1 << 18];
  private final long deadline;
  private long left;

  RandomBytes(long bytes, Duration most) {
    RandomGenerator.getDefault().nextBytes(block);
    left = bytes;
    deadline = System.nanoTime() + most.toNanos();
  }

  @Override
  public int read(ByteBuffer to) {
    if (left == 0 || System.nanoTime() - deadline > 0) {
      return -1;
    }
    int length = (int) Math.min(left, Math.min(block.length, to.remaining()));
    to.put(block, 0, length);
    left -= length;
    return length;
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {
    left = 0;
  }
}
