package org.mobidesk.experiment.display;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.setup.Checkout;

/**
 * The user with a stop watch at one display: native/bench/screen_watch.c. Times are microseconds of
 * CLOCK_MONOTONIC.
 */
final class ScreenWatch implements AutoCloseable {
  private static final int LOSS = 16;

  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter commands;

  ScreenWatch(String display) {
    String program = Checkout.find().built("native/target/meson/bench/screen-watch").toString();
    ProcessBuilder builder =
        new ProcessBuilder(program).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("DISPLAY", display);
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new LabException("cannot start " + program, e);
    }
    answers = process.inputReader();
    commands = process.outputWriter();
    answer("start on " + display);
  }

  private String[] tell(String format, Object... values) {
    String line = format.formatted(values);
    try {
      commands.write(line + "\n");
      commands.flush();
    } catch (IOException e) {
      throw new LabException("screen-watch has ended before: " + line, e);
    }
    return answer(line);
  }

  private String[] answer(String command) {
    try {
      String line = answers.readLine();
      if (line == null || !line.startsWith("ok")) {
        throw new LabException("screen-watch: " + command + ": " + line);
      }
      return line.substring(2).isBlank() ? new String[0] : line.substring(3).strip().split(" ");
    } catch (IOException e) {
      throw new LabException("screen-watch has ended: " + command, e);
    }
  }

  private static long[] numbers(String[] words) {
    return Arrays.stream(words).mapToLong(Long::parseLong).toArray();
  }

  /** Moves the pointer; when. */
  long move(int x, int y) {
    return numbers(tell("move %d %d", x, y))[0];
  }

  /** Presses and releases a button; when it was pressed. */
  long click(int x, int y) {
    long time = press(x, y);
    release();
    return time;
  }

  long press(int x, int y) {
    return numbers(tell("press %d %d 1", x, y))[0];
  }

  void release() {
    tell("release 1");
  }

  /** Presses and releases a key, by its X11 name; when. */
  long key(String name) {
    return numbers(tell("key %s", name))[0];
  }

  /** Time from a key to the first change within an area, in milliseconds. */
  double echoMillis(String key, Area a, int timeoutMillis) {
    long[] times =
        numbers(tell("echo %s %d %d %d %d %d", key, a.x, a.y, a.width, a.height, timeoutMillis));
    return (times[1] - times[0]) / 1000.0;
  }

  void watch(Area a) {
    tell("watch %d %d %d %d", a.x, a.y, a.width, a.height);
  }

  /** Waits until something within the watched area has changed since it was watched. */
  void awaitChange(int timeoutMillis) {
    tell("await-change %d", timeoutMillis);
  }

  /** Waits until nothing within the watched area has changed for a while. */
  Changes settle(int quietMillis, int timeoutMillis) {
    long[] said = numbers(tell("settle %d %d", quietMillis, timeoutMillis));
    return new Changes((int) said[0], said[1], said[2]);
  }

  /**
   * What has changed within the watched area up to now: it is looked at all the time, whatever else
   * is done meanwhile.
   */
  Changes noted() {
    long[] said = numbers(tell("noted"));
    return new Changes((int) said[0], said[1], said[2]);
  }

  /** When each number of a film was first seen. */
  Map<Integer, Long> film(Area strip, int bits, int millis) {
    Map<Integer, Long> seen = new TreeMap<>();
    for (String pair :
        tell("film %d %d %d %d %d %d", strip.x, strip.y, strip.width, strip.height, bits, millis)) {
      String[] parts = pair.split(":");
      seen.putIfAbsent(Integer.parseInt(parts[0]), Long.parseLong(parts[1]));
    }
    return seen;
  }

  void awaitPixel(int x, int y, int colour, int tolerance, int timeoutMillis) {
    tell("wait-pixel %d %d %06x %d %d", x, y, colour, tolerance, timeoutMillis);
  }

  /** Waits until a pixel is not of a colour any more. */
  void awaitOther(int x, int y, int colour, int timeoutMillis) {
    Waiting.until(
        "pixel %d,%d to be other than %06x".formatted(x, y, colour),
        Duration.ofMillis(timeoutMillis),
        () -> !isNearly(Integer.parseInt(tell("pixel %d %d", x, y)[0], 16), colour));
  }

  /** As lossy viewers show it. */
  private static boolean isNearly(int seen, int colour) {
    return IntStream.of(0, 8, 16)
        .allMatch(s -> Math.abs((seen >> s & 255) - (colour >> s & 255)) <= LOSS);
  }

  String hash(Area a) {
    return tell("hash %d %d %d %d", a.x, a.y, a.width, a.height)[0];
  }

  void save(String file) {
    tell("save %s", file);
  }

  @Override
  public void close() {
    process.destroy();
  }

  /** A part of the screen, in pixels. */
  record Area(int x, int y, int width, int height) {}

  /**
   * What has changed since the area was watched.
   *
   * @param count how often
   * @param first when it changed first, 0 when it did not
   * @param last when it became what it is
   */
  record Changes(int count, long first, long last) {}
}
