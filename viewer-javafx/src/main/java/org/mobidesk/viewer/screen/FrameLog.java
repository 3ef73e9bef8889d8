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

/**
 * The frame and latency log: one line for each frame that was shown, for measurements. The file is
 * CSV with the header {@value #HEADER}; lines that begin with # are events, `# MONOTONIC_US WALL_US
 * TEXT`. Monotonic times are those of CLOCK_MONOTONIC, so they compare with those of other programs
 * on the same machine. A lost millisecond here would be one lost in the figures: writing is done by
 * a thread of its own. Thread-safe.
 */
public final class FrameLog {
  /**
   * shown_us and wall_us: when the frame was handed to the display; received_us: when its FRAME_END
   * came (monotonic); session_us: the session's own time of it; ping_us: delay of the last PING, or
   * -1.
   */
  static final String HEADER =
      "shown_us,wall_us,frame,bytes,rectangles,received_us,session_us,ping_us";

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

  void shown(Frame frame, long shownNanos, long pingNanos) {
    add(
        "%d,%d,%d,%d,%d,%d,%s,%d"
            .formatted(
                shownNanos / 1000,
                wallMicros(),
                frame.number(),
                frame.bytes(),
                frame.rectangles(),
                frame.received() / 1000,
                Long.toUnsignedString(frame.sessionTime()),
                pingNanos < 0 ? -1 : pingNanos / 1000));
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
