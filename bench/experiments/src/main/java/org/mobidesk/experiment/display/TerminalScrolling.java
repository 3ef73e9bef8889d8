package org.mobidesk.experiment.display;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.mobidesk.lab.LabException;

/** A program writes into a terminal that is full: some lines for each key, in slow motion. */
final class TerminalScrolling implements Scenario {
  private static final int STEPS = 2;
  private static final int LINES_OF_STEP = 20;
  private static final int LINES = 4000;

  private final SlowMotion motion;

  TerminalScrolling(Line.Kind line) {
    motion = new SlowMotion(line, "key", "step");
  }

  @Override
  public String name() {
    return "terminal";
  }

  @Override
  public int rounds(int pairs) {
    return STEPS * pairs;
  }

  @Override
  public boolean endsStill() {
    return true;
  }

  @Override
  public void prepare(Station s) {
    Terminal.open(
        s,
        Terminal.Font.SMOOTH,
        "110x44+0+0",
        """
        stty -icanon -echo
        while IFS= read -r line; do
          n=$((n + 1)) && echo "$line"
          [ $n -lt 100 ] || [ $((n % %d)) != 0 ] || dd bs=1 count=1 <&3 >/dev/null 2>&1
        done 3<&0 <%s
        """
            .replace("%d", Integer.toString(LINES_OF_STEP))
            .replace("%s", text(s).toString()),
        700,
        500);
    s.watch().click(700, 500);
    Station.pause(500);
    motion.practise(s, () -> s.watch().key("space"));
  }

  /** Lines of a fixed seed, as a compiler writes them: the same at all systems. */
  private static Path text(Station s) {
    Random random = new Random(13);
    Path file = s.server().home().resolve("lines.txt");
    try {
      return Files.writeString(
          file,
          IntStream.range(0, LINES)
              .mapToObj(
                  i ->
                      "[%4d/%d] building %s"
                          .formatted(
                              i,
                              LINES,
                              Integer.toString(random.nextInt(1 << 30), 36)
                                  .repeat(1 + random.nextInt(8))))
              .collect(Collectors.joining("\n", "", "\n")));
    } catch (IOException e) {
      throw new LabException("cannot write " + file, e);
    }
  }

  @Override
  public Map<Metric, double[]> measure(Station s, int round) {
    return motion.step(s, () -> s.watch().key("space"));
  }

  @Override
  public Map<Metric, double[]> finish(Station s) {
    return motion.finish(s);
  }
}
