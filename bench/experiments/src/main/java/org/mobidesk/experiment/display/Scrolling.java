package org.mobidesk.experiment.display;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.mobidesk.lab.LabException;

/** A person scrolls through a long page in Firefox, some lines at a time, in slow motion. */
final class Scrolling implements Scenario {
  /** Steps for each pair that was asked for: one of lines, one of a page. */
  private static final int STEPS = 2;

  private static final int PARAGRAPHS = 400;
  private static final int WORDS = 90;

  private final SlowMotion motion;

  Scrolling(Line.Kind line) {
    motion = new SlowMotion(line, "key", "step");
  }

  @Override
  public int rounds(int pairs) {
    return STEPS * pairs;
  }

  @Override
  public String name() {
    return "scrolling";
  }

  @Override
  public boolean endsStill() {
    return true;
  }

  @Override
  public void prepare(Station s) {
    Firefox.open(s, page(s));
    s.watch().awaitPixel(4, 4, 0xfff8e8, 8, 60_000);
    s.watch().click(s.width() / 2, s.height() / 2);
    Station.pause(500);
    // What is done for the first time only is not measured.
    motion.practise(s, () -> s.watch().key("Down"));
  }

  /** Text of a fixed seed: the same at all systems. */
  private static Path page(Station s) {
    Random random = new Random(11);
    String text =
        IntStream.range(0, PARAGRAPHS)
            .mapToObj(
                p ->
                    IntStream.range(0, WORDS)
                        .mapToObj(w -> word(random))
                        .collect(Collectors.joining(" ", "<p>", "</p>")))
            .collect(Collectors.joining("\n"));
    Path page = s.server().home().resolve("long.html");
    try {
      return Files.writeString(
          page,
          """
          <!doctype html><meta charset="utf-8">
          <style>body{background:#fff8e8;font:16px/1.4 "DejaVu Sans",sans-serif;margin:24px}html{scrollbar-width:none}</style>
          """
              + text);
    } catch (IOException e) {
      throw new LabException("cannot write " + page, e);
    }
  }

  private static String word(Random random) {
    return random
        .ints(2 + random.nextInt(8), 'a', 'z' + 1)
        .mapToObj(Character::toString)
        .collect(Collectors.joining());
  }

  @Override
  public Map<Metric, double[]> measure(Station s, int round) {
    String key = round % STEPS == STEPS - 1 ? "Next" : "Down";
    return motion.step(s, () -> s.watch().key(key));
  }

  @Override
  public Map<Metric, double[]> finish(Station s) {
    return motion.finish(s);
  }
}
