package org.mobidesk.viewer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mobidesk.protocol.MessageToSession;
import org.mobidesk.protocol.MessageToSession.Key;
import org.mobidesk.protocol.MessageToSession.Pointer;
import org.mobidesk.protocol.MessageToSession.SetSize;
import org.mobidesk.protocol.MessageToSession.Text;
import org.mobidesk.protocol.MessageToViewer;
import org.mobidesk.protocol.Protocol;
import org.mobidesk.protocol.RawEncoding;
import org.mobidesk.protocol.Rectangle;
import org.mobidesk.protocol.VideoFormat;
import org.mobidesk.viewer.testing.Lab;
import org.mobidesk.viewer.testing.TestProxy;
import org.mobidesk.viewer.testing.TestSession;
import org.mobidesk.viewer.testing.ViewerProcess;

/** The packaged viewer in a real window: what it shows, and what it sends. */
class DesktopIT {
  /** JavaFX says it on standard error whenever its pulse is not the usual one. */
  private static final String PULSE_NOTICE = "Setting PULSE_DURATION to 1000 hz\n";

  private static final int WIDTH = 800;
  private static final int HEIGHT = 600;
  private static final int BLUE = 0x336699;

  @TempDir static Path directory;

  private static Lab lab;
  private static TestProxy proxy;
  private static ViewerProcess viewer;
  private static TestSession session;
  private static Path log;

  @BeforeAll
  static void open() throws Exception {
    lab = new Lab(directory);
    proxy = lab.proxy();
    log = directory.resolve("frames.csv");
    viewer = lab.viewer(proxy, "--log", log.toString());
    session = proxy.awaitSession();
    var hello = session.greet(WIDTH, HEIGHT, BLUE);
    assertEquals(WIDTH, hello.width());
    assertEquals(HEIGHT, hello.height());
    assertEquals(RawEncoding.ALL, hello.encodings());
    assertFalse(hello.viewOnly());
    viewer.command("wait-connected 60000");
  }

  @BeforeEach
  void showBlue() throws Exception {
    viewer.command("resize %d %d".formatted(WIDTH, HEIGHT));
    session.send(
        new MessageToViewer.ScreenSize(WIDTH, HEIGHT),
        new MessageToViewer.SolidFill(new Rectangle(0, 0, WIDTH, HEIGHT), BLUE));
    showFrame();
    assertEquals("336699", viewer.command("pixel 799 599"));
  }

  @AfterAll
  static void close() throws Exception {
    int status = viewer.quit();
    String output = viewer.output();
    session.close();
    viewer.close();
    proxy.close();
    lab.close();
    assertEquals(0, status);
    assertEquals(PULSE_NOTICE, output, "no warning from Java or JavaFX");
  }

  /** Ends a frame, and waits until it is shown; drops what the viewer sent before. */
  private static void showFrame() throws Exception {
    var end = session.frameEnd();
    session.send(end);
    session.await(MessageToSession.Ack.class, ack -> ack.frame() == end.frame());
  }

  @Test
  void showsWhatTheSessionPaints() throws Exception {
    session.send(
        new MessageToViewer.SolidFill(new Rectangle(10, 10, 20, 20), 0xff0000),
        new MessageToViewer.Copy(new Rectangle(10, 10, 20, 20), 100, 100));
    showFrame();
    assertEquals("ff0000", viewer.command("pixel 119 119"));
    assertEquals("336699", viewer.command("pixel 120 120"));

    // A frame that is not complete is not shown; the next end shows it.
    session.send(new MessageToViewer.SolidFill(new Rectangle(0, 0, 5, 5), 0x00ff00));
    long marker = System.nanoTime() - TimeUnit.DAYS.toNanos(1);
    session.send(new MessageToViewer.Pong(marker));
    viewer.awaitStatus(s -> s.getJsonNumber("delayUs").longValue() > 86_000_000_000L);
    assertEquals("336699", viewer.command("pixel 0 0"));
    showFrame();
    assertEquals("00ff00", viewer.command("pixel 0 0"));

    Path picture = directory.resolve("desktop.png");
    assertEquals("800x600", viewer.command("screenshot " + picture));
    assertEquals(0xff00ff00, ImageIO.read(picture.toFile()).getRGB(4, 4), "in the file");
    assertTrue(viewer.command("screenshot " + picture + " window").startsWith("800x6"));
  }

  /** Scaled by the scene graph, cut to what is visible, over the screen. */
  @Test
  void showsAVideoWhereItIsVisible() throws Exception {
    byte[] white = new byte[16 * 16 * 3 / 2];
    Arrays.fill(white, 0, 256, (byte) 235);
    Arrays.fill(white, 256, white.length, (byte) 128);
    Rectangle left = new Rectangle(100, 100, 50, 100);
    Rectangle right = new Rectangle(250, 100, 50, 50);
    session.send(
        new MessageToViewer.VideoOpen(
            0, VideoFormat.Chroma.YUV420, VideoFormat.Matrix.BT601, 16, 16),
        new MessageToViewer.VideoPlace(0, 100, 100, 200, 100, List.of(left, right)),
        new MessageToViewer.VideoFrame(
            0, VideoFormat.Encoding.PLANES, true, 0, 16, 0, ByteBuffer.wrap(white)));
    showFrame();
    assertEquals("ffffff", viewer.command("pixel 120 180"));
    assertEquals("336699", viewer.command("pixel 200 120"), "between its clips");
    Path picture = directory.resolve("video.png");
    viewer.command("screenshot " + picture + " window");
    BufferedImage window = ImageIO.read(picture.toFile());
    int bar = window.getHeight() - HEIGHT;
    assertEquals(0xffffffff, window.getRGB(125, bar + 150), "in the window");
    assertEquals(0xffffffff, window.getRGB(275, bar + 125), "in the window");
    assertEquals(0xff336699, window.getRGB(200, bar + 120), "between its clips");
    assertEquals(0xff336699, window.getRGB(275, bar + 175), "below the second");
    session.send(new MessageToViewer.VideoClose(0));
    showFrame();
    assertEquals("336699", viewer.command("pixel 120 180"));
  }

  @Test
  void logsEachFrame() throws Exception {
    session.send(
        new MessageToViewer.SolidFill(new Rectangle(10, 10, 20, 20), 0xff0000),
        new MessageToViewer.Copy(new Rectangle(10, 10, 20, 20), 100, 100));
    long before = System.nanoTime() / 1000;
    showFrame();
    long after = System.nanoTime() / 1000;
    assertEquals(log.toString(), viewer.command("log"));
    List<String> lines = Files.readAllLines(log);
    assertEquals(
        "shown_us,wall_us,frame,bytes,rectangles,received_us,session_us,ping_us,begun_us,decode_us,"
            + "x,y,width,height,input_us",
        lines.getFirst());
    assertTrue(lines.get(1).matches("# \\d+ \\d+ connecting"), lines.get(1));
    String[] last = lines.getLast().split(",");
    long shown = Long.parseLong(last[0]);
    assertTrue(before <= shown && shown <= after, "by the clock that all programs share");
    assertTrue(Long.parseLong(last[5]) <= shown);
    assertEquals("60", last[3], "SFILL, COPY and FRAME_END have 20 bytes each");
    assertEquals("2", last[4]);
    assertTrue(Long.parseLong(last[8]) <= Long.parseLong(last[5]), "begun before its end");
    assertTrue(Long.parseLong(last[9]) >= 0, "decoding took time");
    assertEquals(List.of("10", "10", "110", "110"), List.of(last).subList(10, 14), "the union");
  }

  /** Which frame answered an input, by the viewer's own clock. */
  @Test
  void logsInputAndTheFrameThatAnswersIt() throws Exception {
    viewer.command("key x");
    session.await(Key.class, k -> k.keysym() == 'x' && !k.pressed());
    showFrame(); // paints nothing: no answer
    session.send(new MessageToViewer.SolidFill(new Rectangle(1, 2, 3, 4), 0xff0000));
    showFrame();
    viewer.command("log");
    List<String> lines = Files.readAllLines(log);
    String pressed =
        lines.stream().filter(l -> l.endsWith("input key 0x78 pressed")).findFirst().orElseThrow();
    String answer = lines.getLast();
    assertTrue(answer.contains(",1,2,3,4,"), answer);
    long sent = Long.parseLong(pressed.split(" ")[1]);
    long answered = Long.parseLong(answer.split(",")[14]);
    assertTrue(Math.abs(sent - answered) < 1_000_000, pressed + " / " + answer);
    assertTrue(lines.get(lines.size() - 2).endsWith(",0,0,-1"), "the empty frame before");
  }

  @Test
  void grabsTheKeyboardUntilItsReleaseKey() throws Exception {
    viewer.command("key ctrl+alt+shift+k");
    viewer.command("key F11");
    session.await(Key.class, k -> k.equals(new Key(0xffc8, true)));
    session.await(Key.class, k -> k.equals(new Key(0xffc8, false)));
    viewer.command("screenshot " + directory.resolve("grabbed.png") + " window");
    viewer.command("key ctrl+alt+shift+k");
    viewer.command("key F11"); // the viewer's again: full screen
    session.await(SetSize.class, s -> s.equals(new SetSize(1280, 900)));
    viewer.command("key F11");
    session.await(SetSize.class, s -> s.width() < 1280);
    viewer.command("type a");
    assertKeysWithoutModifiers('a', true, 'a', false);
  }

  @Test
  void showsDelayAndRatesWhenAsked() throws Exception {
    Path picture = directory.resolve("statistics.png");
    viewer.command("key ctrl+alt+shift+i");
    session.send(new MessageToViewer.SolidFill(new Rectangle(0, 0, 9, 9), 0xff0000));
    showFrame();
    viewer.command("screenshot " + picture + " window");
    int shown = ImageIO.read(picture.toFile()).getRGB(WIDTH - 20, 55);
    assertTrue(shown != 0xff336699, "the overlay in the upper right corner");
    viewer.command("key ctrl+alt+shift+i");
    viewer.command("screenshot " + picture + " window");
    assertEquals(0xff336699, ImageIO.read(picture.toFile()).getRGB(WIDTH - 20, 55), "hidden");
  }

  @Test
  void sendsKeysAsTheyAreTyped() throws Exception {
    viewer.command("type aB\\n€é");
    assertKeys('a', true, 'a', false, 'B', true, 'B', false, 0xff0d, true, 0xff0d, false);
    assertKeys(0x20ac, true, 0x20ac, false, 0xe9, true, 0xe9, false);
    viewer.command("key ctrl+alt+t F5 Ж");
    assertKeys(0xffe3, true, 0xffe9, true, 't', true, 't', false, 0xffe9, false, 0xffe3, false);
    assertKeys(0xffc2, true, 0xffc2, false, 0x01000416, true, 0x01000416, false);
    assertTrue(viewer.tryCommand("key hyper+x").startsWith("error 'hyper' is no modifier"));
  }

  /** From the X server through GTK and JavaFX: what a keyboard does. */
  @Test
  void sendsKeysOfARealKeyboard() throws Exception {
    lab.display().run("setxkbmap", "de");
    lab.display().focus("MobiDesk");
    lab.display().run("xdotool", "key", "a", "shift+b", "odiaeresis", "ctrl+c", "Left", "at");
    assertKeys('a', true, 'a', false);
    assertKeys(0xffe1, true, 'B', true, 0xffe1, false, 'B', false); // xdotool's order
    assertTyped("ö");
    assertKeys(0xffe3, true, 'c', true, 0xffe3, false, 'c', false);
    assertKeys(0xff51, true, 0xff51, false);
    assertKeys('@', true, '@', false); // AltGr+q on this layout
    lab.display().run("xdotool", "key", "dead_circumflex", "e", "a");
    assertTyped("ê");
    assertKeys('a', true, 'a', false);
  }

  /** A character, as a key or as text: which of them, GTK's input method decides. */
  private void assertTyped(String character) throws InterruptedException {
    var message = session.await(MessageToSession.class, m -> m instanceof Text || m instanceof Key);
    if (message instanceof Text text) {
      assertEquals(character, text.text());
    } else {
      assertEquals(new Key(character.codePointAt(0), true), message);
      assertKeys(character.codePointAt(0), false);
    }
  }

  /** GTK's own input method: a character by its number. */
  @Test
  void sendsWhatARealInputMethodComposes() throws Exception {
    lab.display().focus("MobiDesk");
    lab.display().run("xdotool", "key", "ctrl+shift+u", "6", "f", "2", "2", "space");
    assertEquals(new Text("漢"), session.await(Text.class, _ -> true));
  }

  @Test
  void sendsComposedTextInOne() throws Exception {
    viewer.command("compose 日本語😀\\n");
    assertEquals(new Text("日本語😀\n"), session.await(Text.class, _ -> true));
  }

  @Test
  void sendsWhatTheMouseDoes() throws Exception {
    viewer.command("click 10 20 right");
    assertPointers(new Pointer(10, 20, 0), new Pointer(10, 20, 4), new Pointer(10, 20, 0));
    viewer.command("wheel 799 599 down 2");
    assertPointers(
        new Pointer(799, 599, 16),
        new Pointer(799, 599, 0),
        new Pointer(799, 599, 16),
        new Pointer(799, 599, 0));
    viewer.command("drag 0 0 100 50");
    session.await(Pointer.class, p -> p.equals(new Pointer(0, 0, 1)));
    session.await(Pointer.class, p -> p.equals(new Pointer(100, 50, 1)));
    session.await(Pointer.class, p -> p.equals(new Pointer(100, 50, 0)));
    viewer.command("click 5 5 back");
    session.await(Pointer.class, p -> p.equals(new Pointer(5, 5, 128)));
  }

  @Test
  void asksForAScreenOfTheWindowsSize() throws Exception {
    viewer.command("resize 700 500");
    session.await(SetSize.class, s -> s.equals(new SetSize(700, 500)));
    session.send(
        new MessageToViewer.ScreenSize(700, 500),
        new MessageToViewer.SolidFill(new Rectangle(0, 0, 700, 500), 0x010203),
        session.frameEnd());
    viewer.command("wait-size 700 500 60000");
    assertEquals("010203", viewer.command("pixel 699 499"));
    // The next connection asks for it from the start.
    session.close();
    session = proxy.awaitSession();
    var hello = session.greet(700, 500, 0);
    assertEquals(700, hello.width());
    assertEquals(500, hello.height());
  }

  /** A session that keeps its size is shown smaller, and the mouse still hits what is under it. */
  @Test
  void showsALargerScreenSmaller() throws Exception {
    session.send(
        new MessageToViewer.ScreenSize(1600, 1200),
        new MessageToViewer.SolidFill(new Rectangle(0, 0, 1600, 1200), 0x445566),
        session.frameEnd());
    viewer.command("wait-size 1600 1200 60000");
    viewer.command("click 1500 1100");
    session.await(Pointer.class, p -> p.equals(new Pointer(1500, 1100, 1)));
  }

  @Test
  void goesToFullScreenAndBack() throws Exception {
    viewer.command("key F11");
    session.await(SetSize.class, s -> s.equals(new SetSize(1280, 900)));
    session.send(
        new MessageToViewer.ScreenSize(1280, 900),
        new MessageToViewer.SolidFill(new Rectangle(0, 0, 1280, 900), BLUE));
    showFrame();
    Path picture = directory.resolve("full-screen.png");
    viewer.command("screenshot " + picture + " window");
    assertEquals(0xff336699, ImageIO.read(picture.toFile()).getRGB(700, 5), "no bar");
    viewer.command("move 640 0");
    viewer.command("screenshot " + picture + " window");
    assertEquals(0xff1a1f26, ImageIO.read(picture.toFile()).getRGB(700, 5), "the bar");
    viewer.command("move 640 400");
    viewer.command("screenshot " + picture + " window");
    assertEquals(0xff336699, ImageIO.read(picture.toFile()).getRGB(700, 5), "no bar again");
    viewer.command("key F11");
    session.await(SetSize.class, s -> s.width() < 1280);
  }

  @Test
  void releasesKeysWhenTheFocusIsLost() throws Exception {
    lab.display().focus("MobiDesk");
    lab.display().run("xdotool", "keydown", "shift");
    assertKeys(0xffe1, true);
    lab.display().unfocus();
    session.await(MessageToSession.ReleaseAll.class, _ -> true);
    lab.display().run("xdotool", "keyup", "shift");
  }

  /** Frames as fast as the viewer takes them: it acknowledges, and shows the last. */
  @Test
  void keepsUpWithAFilm() throws Exception {
    int before = viewer.status().getInt("frames");
    int frames = 200;
    for (int i = 1; i <= frames; i++) {
      var end = session.frameEnd();
      session.send(new MessageToViewer.SolidFill(new Rectangle(0, 0, WIDTH, HEIGHT), i), end);
      if (i >= Protocol.MAX_UNACKNOWLEDGED_FRAMES) {
        long oldest = end.frame() - Protocol.MAX_UNACKNOWLEDGED_FRAMES + 1;
        session.await(MessageToSession.Ack.class, ack -> ack.frame() >= oldest);
      }
    }
    viewer.command("wait-pixel 0 0 %06x 60000".formatted(frames));
    assertEquals(before + frames, viewer.status().getInt("frames"));
  }

  private void assertPointers(Pointer... expected) throws InterruptedException {
    for (Pointer pointer : expected) {
      assertEquals(pointer, session.await(Pointer.class, _ -> true));
    }
  }

  /** As {@link #assertKeys}; keys that only modify may come before. */
  private void assertKeysWithoutModifiers(Object... expected) throws InterruptedException {
    session.await(
        Key.class, k -> k.equals(new Key((Character) expected[0], (Boolean) expected[1])));
    assertKeys(Arrays.copyOfRange(expected, 2, expected.length));
  }

  /** Takes keysym, pressed, keysym, pressed ... */
  private void assertKeys(Object... expected) throws InterruptedException {
    List<Key> keys =
        IntStream.range(0, expected.length / 2)
            .mapToObj(
                i ->
                    new Key(
                        expected[2 * i] instanceof Character c ? c : (Integer) expected[2 * i],
                        (Boolean) expected[2 * i + 1]))
            .toList();
    for (Key key : keys) {
      assertEquals(key, session.await(Key.class, _ -> true));
    }
  }
}
