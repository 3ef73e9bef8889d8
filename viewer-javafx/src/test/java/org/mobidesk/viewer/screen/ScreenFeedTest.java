package org.mobidesk.viewer.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mobidesk.protocol.MessageToViewer;
import org.mobidesk.protocol.ProtocolException;
import org.mobidesk.protocol.Rectangle;
import org.mobidesk.protocol.VideoFormat.Chroma;
import org.mobidesk.protocol.VideoFormat.Encoding;
import org.mobidesk.protocol.VideoFormat.Matrix;

class ScreenFeedTest {
  private final ScreenFeed feed = new ScreenFeed();
  private final List<Rectangle> shown = new ArrayList<>();
  private int[] pixels;
  private List<VideoPicture> videos;

  @BeforeEach
  void hello() throws ProtocolException {
    feed.apply(new MessageToViewer.ServerHello(1, 40, 30, 0), 24);
    end(1);
    take();
    shown.clear();
  }

  @Test
  void onlyWholeFramesAreHandedOver() throws ProtocolException {
    assertFalse(fill(0, 0, 0xff0000));
    assertEquals(List.of(), take());
    assertEquals(List.of(), shown);
    assertTrue(end(2));
    assertEquals(1, take().size());
    assertEquals(0xffff0000, pixels[0]);
  }

  @Test
  void framesThatWaitTogetherAreShownTogetherAndCountedOneByOne() throws ProtocolException {
    fill(0, 0, 1);
    fill(2, 2, 1);
    fill(0, 2, 1);
    fill(2, 0, 1);
    end(2);
    fill(10, 20, 2);
    end(3);
    List<Frame> frames = take();
    assertEquals(
        List.of(new Rectangle(0, 0, 4, 4), new Rectangle(10, 20, 2, 2)), shown, "few pixels");
    assertEquals(
        List.of(new Rectangle(0, 0, 4, 4), new Rectangle(10, 20, 2, 2)),
        frames.stream().map(f -> f.area().orElseThrow()).toList());
    assertEquals(List.of(2L, 3L), frames.stream().map(Frame::number).toList());
    assertEquals(List.of(4, 1), frames.stream().map(Frame::rectangles).toList());
    assertEquals(List.of(100L, 40L), frames.stream().map(Frame::bytes).toList());
  }

  /** A frame answers the input that was sent before it began: an answer to a PING begins none. */
  @Test
  void whatComesBetweenFramesIsNotOfTheNextOne() throws ProtocolException {
    feed.apply(new MessageToViewer.Pong(7), 16);
    long before = System.nanoTime();
    fill(0, 0, 1);
    feed.apply(new MessageToViewer.Mark(3), 12);
    end(2);
    Frame frame = take().getFirst();
    assertEquals(40, frame.bytes());
    assertTrue(frame.begun() - before >= 0, "it begins with what it paints");
  }

  @Test
  void aFrameThatPaintsNothingIsAcknowledgedAllTheSame() throws ProtocolException {
    end(2);
    assertEquals(1, take().size());
    assertEquals(List.of(), shown, "there is nothing to show");
  }

  /** After a reattach the viewer must not acknowledge frames of the connection before. */
  @Test
  void aHelloForgetsFramesThatWereNotShown() throws ProtocolException {
    fill(0, 0, 1);
    end(57);
    feed.apply(new MessageToViewer.ServerHello(1, 20, 10, 0), 24);
    assertEquals(List.of(), take());
    end(1);
    shown.clear();
    assertEquals(List.of(1L), take().stream().map(Frame::number).toList());
    assertEquals(List.of(new Rectangle(0, 0, 20, 10)), shown);
  }

  private boolean fill(int x, int y, int pixel) throws ProtocolException {
    return feed.apply(new MessageToViewer.SolidFill(new Rectangle(x, y, 2, 2), pixel), 20);
  }

  private boolean end(long number) throws ProtocolException {
    return feed.apply(new MessageToViewer.FrameEnd(number, number), 20);
  }

  private List<Frame> take() {
    videos = null;
    return feed.take(
        new ScreenFeed.Shower() {
          @Override
          public void show(int[] source, int width, int height, List<Rectangle> areas) {
            pixels = source;
            shown.addAll(areas);
          }

          @Override
          public void showVideos(List<VideoPicture> pictures) {
            videos = pictures;
          }
        });
  }

  /** A video is kept at its own size, apart from the screen that it covers. */
  @Test
  void videosAreHandedOverWhenTheirFrameIsComplete() throws ProtocolException {
    feed.apply(new MessageToViewer.VideoOpen(3, Chroma.YUV420, Matrix.BT601, 2, 2), 20);
    feed.apply(place(new Rectangle(10, 10, 20, 8)), 30);
    feed.apply(picture(235), 30);
    take();
    assertNull(videos, "its frame is not complete");
    end(2);
    Frame frame = take().getLast();
    assertEquals(Optional.of(new Rectangle(10, 10, 20, 8)), frame.area());
    assertEquals(List.of(), shown, "the screen is not painted");
    assertEquals(0xffffffff, videos.getFirst().pixels()[3]);
    assertTrue(videos.getFirst().fresh());

    feed.apply(place(new Rectangle(0, 0, 5, 5)), 30);
    end(3);
    take();
    assertFalse(videos.getFirst().fresh(), "the same picture elsewhere");
    end(4);
    take();
    assertNull(videos, "nothing has changed");
    feed.apply(new MessageToViewer.VideoClose(3), 10);
    end(5);
    take();
    assertEquals(List.of(), videos);
    assertThrows(ProtocolException.class, () -> feed.apply(picture(16), 30), "it is closed");
  }

  @Test
  void aVideoBeyondTheScreenBreaksTheProtocol() throws ProtocolException {
    feed.apply(new MessageToViewer.VideoOpen(3, Chroma.YUV420, Matrix.BT601, 2, 2), 20);
    assertThrows(ProtocolException.class, () -> feed.apply(place(new Rectangle(39, 0, 2, 1)), 30));
  }

  private static MessageToViewer.VideoPlace place(Rectangle clip) {
    return new MessageToViewer.VideoPlace(
        3, clip.x(), clip.y(), clip.width(), clip.height(), List.of(clip));
  }

  private static MessageToViewer.VideoFrame picture(int luma) {
    byte y = (byte) luma;
    byte grey = (byte) 128;
    return new MessageToViewer.VideoFrame(
        3, Encoding.PLANES, true, 0, 2, 0, ByteBuffer.wrap(new byte[] {y, y, y, y, grey, grey}));
  }
}
