package org.mobidesk.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.airlift.compress.v3.Compressor;
import io.airlift.compress.v3.lz4.Lz4JavaCompressor;
import io.airlift.compress.v3.zstd.ZstdJavaCompressor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FramebufferTest {
  private static final int WIDTH = 64;
  private static final int HEIGHT = 48;

  private final Framebuffer screen = new Framebuffer();

  @BeforeEach
  void makeScreen() throws ProtocolException {
    screen.apply(new MessageToViewer.ServerHello(1, WIDTH, HEIGHT, 0));
  }

  @ParameterizedTest
  @CsvSource({"1,0", "-1,0", "0,1", "0,-1", "3,2", "-3,2", "3,-2", "-3,-2", "0,0", "14,11"})
  void copyIsAsIfThroughACopy(int dx, int dy) throws ProtocolException {
    paintNoise(7);
    int[] before = screen.pixels().clone();
    Rectangle source = new Rectangle(20, 15, 24, 20);
    Rectangle painted =
        screen.apply(new MessageToViewer.Copy(source, source.x() + dx, source.y() + dy));
    int[] expected = before.clone();
    for (int y = 0; y < source.height(); y++) {
      for (int x = 0; x < source.width(); x++) {
        expected[(source.y() + dy + y) * WIDTH + source.x() + dx + x] =
            before[(source.y() + y) * WIDTH + source.x() + x];
      }
    }
    assertArrayEquals(expected, screen.pixels());
    assertEquals(new Rectangle(20 + dx, 15 + dy, 24, 20), painted);
  }

  @ParameterizedTest
  @EnumSource(
      value = RawEncoding.class,
      names = {"PLAIN", "LZ4", "ZSTD"})
  void everyEncodingPaintsTheSame(RawEncoding encoding) throws ProtocolException {
    byte[] bgrx = new byte[10 * 7 * 4];
    new Random(3).nextBytes(bgrx);
    java.util.Arrays.fill(bgrx, 40, 200, (byte) 0x55);
    Rectangle area = new Rectangle(WIDTH - 10, HEIGHT - 7, 10, 7);
    assertEquals(area, screen.apply(new MessageToViewer.Raw(area, encoding, pack(encoding, bgrx))));
    var expected = ByteBuffer.wrap(bgrx).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        boolean inside = x >= area.x() && y >= area.y();
        assertEquals(
            inside ? expected.get() | 0xff000000 : 0xff000000, screen.pixels()[y * WIDTH + x]);
      }
    }
  }

  @Test
  void fillIsOpaqueWhateverTheFourthByte() throws ProtocolException {
    screen.apply(new MessageToViewer.SolidFill(new Rectangle(1, 1, 2, 2), 0x00123456));
    assertEquals(0xff123456, screen.pixels()[WIDTH + 1]);
    assertEquals(0xff123456, screen.pixels()[2 * WIDTH + 2]);
    assertEquals(0xff000000, screen.pixels()[WIDTH + 3]);
    assertEquals(0xff000000, screen.pixels()[0]);
  }

  @Test
  void aHelloForgetsWhatWasShown() throws ProtocolException {
    paintNoise(9);
    screen.apply(new MessageToViewer.ServerHello(1, WIDTH, HEIGHT, 5));
    assertArrayEquals(
        java.util.stream.IntStream.generate(() -> 0xff000000).limit(WIDTH * HEIGHT).toArray(),
        screen.pixels());
  }

  @Test
  void messagesThatPaintNothingChangeNothing() throws ProtocolException {
    assertNull(screen.apply(new MessageToViewer.FrameEnd(1, 1)));
    assertNull(screen.apply(new MessageToViewer.CursorWarp(WIDTH - 1, HEIGHT - 1)));
  }

  @Test
  void nothingIsPaintedBeforeThereIsAScreen() {
    var message = new MessageToViewer.SolidFill(new Rectangle(0, 0, 1, 1), 0);
    var error = assertThrows(ProtocolException.class, () -> new Framebuffer().apply(message));
    assertEquals("SFILL: 1x1+0+0 is not within the screen of 0x0", error.getMessage());
  }

  @Test
  void tilesAreKeptAsTheyWereAndForgottenWithTheSession() throws ProtocolException {
    paintNoise(11);
    int[] before = screen.pixels().clone();
    Rectangle kept = new Rectangle(8, 4, 16, 8);
    screen.apply(
        new MessageToViewer.TileStore(List.of(new MessageToViewer.TileStore.Tile(kept, 5))));
    screen.apply(new MessageToViewer.SolidFill(new Rectangle(0, 0, WIDTH, HEIGHT), 0));
    var paint =
        new MessageToViewer.TilePaint(
            List.of(
                new MessageToViewer.TilePaint.Tile(5, 0, 0),
                new MessageToViewer.TilePaint.Tile(5, 40, 30)));
    assertEquals(new Rectangle(0, 0, 56, 38), screen.apply(paint));
    for (int y = 0; y < 8; y++) {
      for (int x = 0; x < 16; x++) {
        int expected = before[(4 + y) * WIDTH + 8 + x];
        assertEquals(expected, screen.pixels()[y * WIDTH + x]);
        assertEquals(expected, screen.pixels()[(30 + y) * WIDTH + 40 + x]);
      }
    }
    assertEquals(0xff000000, screen.pixels()[20]);
    screen.apply(new MessageToViewer.ServerHello(2, WIDTH, HEIGHT, 0));
    var error = assertThrows(ProtocolException.class, () -> screen.apply(paint));
    assertEquals("TILE_PAINT: nothing was stored in slot 5", error.getMessage());
  }

  @Test
  void aVideoIsScaledAndShownWithinItsClips() throws ProtocolException {
    paintNoise(12);
    int[] before = screen.pixels().clone();
    screen.apply(
        new MessageToViewer.VideoOpen(
            1, VideoFormat.Chroma.YUV420, VideoFormat.Matrix.BT601, 2, 4));
    Rectangle clip = new Rectangle(0, 4, 8, 20);
    screen.apply(new MessageToViewer.VideoPlace(1, -8, 4, 16, 32, List.of(clip)));
    assertNull(screen.apply(rows(0, false, 16, 16, 235, 235)));
    assertArrayEquals(before, screen.pixels());
    assertEquals(clip, screen.apply(rows(2, true, 235, 235, 16, 16)));
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        boolean inside = x < 8 && y >= 4 && y < 24;
        // Each row of the picture is 8 rows of the screen.
        int expected = (y - 4) / 8 == 0 ? 0xff000000 : 0xffffffff;
        assertEquals(inside ? expected : before[y * WIDTH + x], screen.pixels()[y * WIDTH + x]);
      }
    }
    screen.apply(new MessageToViewer.VideoClose(1));
    assertThrows(ProtocolException.class, () -> screen.apply(rows(0, true, 16, 16, 16, 16)));
  }

  /** Two rows of two grey pixels each. */
  private static MessageToViewer.VideoFrame rows(int y, boolean last, int... luma) {
    byte[] planes = {
      (byte) luma[0], (byte) luma[1], (byte) luma[2], (byte) luma[3], (byte) 128, (byte) 128
    };
    return new MessageToViewer.VideoFrame(
        1, VideoFormat.Encoding.PLANES, last, y, 2, 0, ByteBuffer.wrap(planes));
  }

  private void paintNoise(int seed) {
    Random random = new Random(seed);
    for (int i = 0; i < screen.pixels().length; i++) {
      screen.pixels()[i] = random.nextInt() | 0xff000000;
    }
  }

  /** Packs plain pixels as a session would. */
  static ByteBuffer pack(RawEncoding encoding, byte[] plain) {
    return switch (encoding) {
      case PLAIN -> ByteBuffer.wrap(plain);
      case LZ4 -> pack(new Lz4JavaCompressor(), plain);
      case ZSTD -> pack(new ZstdJavaCompressor(), plain);
      case JPEG, PREDICTED, PALETTE -> throw new IllegalArgumentException("made by sessions only");
    };
  }

  private static ByteBuffer pack(Compressor compressor, byte[] plain) {
    byte[] packed = new byte[compressor.maxCompressedLength(plain.length)];
    int length = compressor.compress(plain, 0, plain.length, packed, 0, packed.length);
    return ByteBuffer.wrap(packed, 0, length);
  }
}
