package org.mobidesk.viewer.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mobidesk.protocol.MessageToViewer;
import org.mobidesk.protocol.ProtocolException;
import org.mobidesk.protocol.Rectangle;

class ScreenFeedTest {
  private final ScreenFeed feed = new ScreenFeed();
  private final List<Rectangle> shown = new ArrayList<>();
  private int[] pixels;

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

  @Test
  void aFrameThatPaintsNothingIsAcknowledgedAllTheSame() throws ProtocolException {
    end(2);
    assertEquals(1, feed.take((_, _, _, _) -> fail("there is nothing to show")).size());
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
    return feed.take(
        (source, _, _, areas) -> {
          pixels = source;
          shown.addAll(areas);
        });
  }
}
