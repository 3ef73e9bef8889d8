package org.mobidesk.experiment.display;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.mobidesk.experiment.display.ScreenWatch.Area;
import org.mobidesk.experiment.display.ScreenWatch.Changes;
import org.mobidesk.lab.LabException;

/** A person scrolls through a long page in Firefox, some lines at a time, in slow motion. */
final class Scrolling implements Scenario {
  private static final int STEPS = 12;
  private static final int PARAGRAPHS = 400;
  private static final int WORDS = 90;
  private static final int TIMEOUT_MILLIS = 20_000;

  private final Line.Kind line;

  Scrolling(Line.Kind line) {
    this.line = line;
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
    s.watch().awaitPixel(4, 4, 0xfff8e8, 8, 180_000);
    s.watch().watch(all(s));
    s.watch().settle(1500, TIMEOUT_MILLIS);
    s.watch().click(s.width() / 2, s.height() / 2);
    Station.pause(500);
    step(s, "Down"); // what is done for the first time only is not measured
  }

  private static Area all(Station s) {
    return new Area(0, 0, s.width(), s.height());
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
          <style>body{background:#fff8e8;font:16px/1.4 "DejaVu Sans",sans-serif;margin:24px}</style>
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

  private Changes step(Station s, String key) {
    s.watch().watch(all(s));
    long pressed = s.watch().key(key);
    s.watch().awaitChange(TIMEOUT_MILLIS);
    Changes changes = s.watch().settle(line.quietMillis(), TIMEOUT_MILLIS);
    return new Changes(changes.count(), changes.first() - pressed, changes.last() - pressed);
  }

  @Override
  public Map<Metric, Double> measure(Station s, int round) {
    double millis = 0;
    long bytes = s.line().bytesToViewer();
    for (int i = 0; i < STEPS; i++) {
      millis += step(s, i % 4 == 3 ? "Next" : "Down").last() / 1000.0;
    }
    Map<Metric, Double> figures = new LinkedHashMap<>();
    figures.put(new Metric("key to last pixel, mean of a step", "ms"), millis / STEPS);
    figures.put(
        new Metric("received for a step", "KiB"),
        (s.line().bytesToViewer() - bytes) / 1024.0 / STEPS);
    return figures;
  }
}
