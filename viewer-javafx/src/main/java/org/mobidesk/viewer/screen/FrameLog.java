package org.mobidesk.viewer.screen;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.mobidesk.protocol.MessageToSession;
import org.mobidesk.protocol.Rectangle;

/**
 * The frame and latency log: one line for each frame that was shown, for measurements. The file is
 * CSV with the header {@value #HEADER}; lines that begin with # are events and inputs, `#
 * MONOTONIC_US WALL_US TEXT`. Monotonic times are those of CLOCK_MONOTONIC, so they compare with
 * those of other programs on the same machine. A lost millisecond here would be one lost in the
 * figures: writing is done by a thread of its own. Thread-safe, but for {@link #shown}.
 */
public final class FrameLog {
  /** The columns are described in docs/viewer.md. */
  static final String HEADER =
      "shown_us,wall_us,frame,bytes,rectangles,received_us,session_us,ping_us,begun_us,decode_us,"
          + "x,y,width,height,input_us";

  private static final Rectangle NOWHERE = new Rectangle(0, 0, 1, 1);

  private final InputClock inputs = new InputClock();
  private final BlockingQueue<Entry> entries = new LinkedBlockingQueue<>();
  private final Thread writer;
  private final Path file;

  private FrameLog(Path file, BufferedWriter out) {
    this.file = file;
    writer = Thread.ofPlatform().name("frame-log").daemon().start(() -> write(out));
  }

  /** Opens the file, replacing what was there. */
  public static FrameLog open(Path file) throws IOException {
    BufferedWriter out = Files.newBufferedWriter(file);
    out.write(HEADER);
    out.newLine();
    out.flush();
    return new FrameLog(file, out);
  }

  public Path file() {
    return file;
  }

  /** Notes a frame; by one thread, frames in their order. */
  void shown(Frame frame, long shownNanos, long pingNanos) {
    Rectangle area = frame.area().orElse(NOWHERE);
    boolean painted = frame.area().isPresent();
    long input = inputs.answeredBy(frame);
    add(
        "%d,%d,%d,%d,%d,%d,%s,%d,%d,%d,%d,%d,%d,%d,%d"
            .formatted(
                shownNanos / 1000,
                wallMicros(),
                frame.number(),
                frame.bytes(),
                frame.rectangles(),
                frame.received() / 1000,
                Long.toUnsignedString(frame.sessionTime()),
                micros(pingNanos),
                frame.begun() / 1000,
                frame.decodeNanos() / 1000,
                area.x(),
                area.y(),
                painted ? area.width() : 0,
                painted ? area.height() : 0,
                micros(input)));
  }

  /** Notes an input on its way to the session. */
  public void input(MessageToSession message) {
    String text =
        switch (message) {
          case MessageToSession.Key key ->
              "key %#x %s".formatted(key.keysym(), key.pressed() ? "pressed" : "released");
          case MessageToSession.Pointer p ->
              "pointer %d %d %#x".formatted(p.x(), p.y(), p.buttons());
          case MessageToSession.ReleaseAll _ -> "release all";
          default -> null; // not what a user does
        };
    if (text != null) {
      inputs.sent(System.nanoTime());
      event("input " + text);
    }
  }

  /** Notes what happened to the connection. */
  public void event(String text) {
    add(
        "# %d %d %s"
            .formatted(System.nanoTime() / 1000, wallMicros(), text.replaceAll("\\R", " ")));
  }

  private void add(String line) {
    entries.add(new Entry.Line(line));
  }

  /** Waits until everything so far is in the file. */
  public void flush() throws InterruptedException {
    CountDownLatch written = new CountDownLatch(1);
    entries.add(new Entry.Flush(written));
    while (!written.await(1, TimeUnit.SECONDS) && writer.isAlive()) {
      // A writer that failed has said so, and counts nothing down any more.
    }
  }

  /** Writes what is left and closes the file. */
  public void close() throws InterruptedException {
    entries.add(new Entry.End());
    writer.join();
  }

  private void write(BufferedWriter out) {
    try (out) {
      Entry entry;
      while (!((entry = entries.take()) instanceof Entry.End)) {
        switch (entry) {
          case Entry.Line(String text) -> {
            out.write(text);
            out.newLine();
          }
          case Entry.Flush(CountDownLatch written) -> {
            out.flush();
            written.countDown();
          }
          case Entry.End() -> {}
        }
        if (entries.isEmpty()) {
          out.flush();
        }
      }
    } catch (IOException e) {
      System.err.printf("mobidesk-viewer: writing the frame log %s: %s%n", file, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long micros(long nanosOrNone) {
    return nanosOrNone < 0 ? -1 : nanosOrNone / 1000;
  }

  private static long wallMicros() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
  }

  /** What the writing thread has to do. */
  private sealed interface Entry {
    record Line(String text) implements Entry {}

    record Flush(CountDownLatch written) implements Entry {}

    record End() implements Entry {}
  }
}
