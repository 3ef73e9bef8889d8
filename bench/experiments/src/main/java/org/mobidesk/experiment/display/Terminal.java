package org.mobidesk.experiment.display;

import java.util.Arrays;
import java.util.stream.Stream;

/** xterm in sessions, black on white, with a shell's program in it. */
final class Terminal {
  private static final int TIMEOUT_MILLIS = 30_000;

  private Terminal() {}

  /**
   * Starts one and waits until a pixel of its ground is shown.
   *
   * @param geometry as X has them
   * @param x where it will be white
   */
  static void open(Station s, Font font, String geometry, String program, int x, int y) {
    String[] words =
        Stream.of(
                Stream.of("xterm"),
                Arrays.stream(font.options),
                Stream.of("-geometry", geometry, "-bg", "white", "-fg", "black"),
                Stream.of("-e", "sh", "-c", program))
            .flatMap(w -> w)
            .toArray(String[]::new);
    s.session("terminal", words);
    s.watch().awaitPixel(x, y, 0xffffff, 8, TIMEOUT_MILLIS);
  }

  /** What letters look like. */
  enum Font {
    /** Of two colours, as X servers draw them. */
    PLAIN(),
    /** With soft edges. */
    SMOOTH("-fa", "DejaVu Sans Mono", "-fs", "10");

    private final String[] options;

    Font(String... options) {
      this.options = options;
    }
  }
}
