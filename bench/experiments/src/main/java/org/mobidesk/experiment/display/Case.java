package org.mobidesk.experiment.display;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.mobidesk.experiment.display.Scenario.Metric;
import org.mobidesk.lab.Progress;

/** One scenario on one line, at all systems at once, in turn. */
final class Case {
  /** A line that was late twice will be late again. */
  private static final int ATTEMPTS = 2;

  /** Some viewers sharpen their picture for some seconds after it stands still. */
  private static final int SHARPENING_SECONDS = 5;

  private final Scenario scenario;
  private final Line.Kind line;
  private final int pairs;
  private final Progress progress;
  private final String title;

  Case(Scenario scenario, Line.Kind line, int pairs, Progress progress) {
    this.scenario = scenario;
    this.line = line;
    this.pairs = pairs;
    this.progress = progress;
    title = scenario.name() + ", " + line;
  }

  /** Does it, once more when the line was late; when it was late again nothing is kept. */
  Journal.Measured measure(List<RemoteDesktop> desktops, Stations stations) {
    List<RemoteDesktop> those = desktops.stream().filter(this::includes).toList();
    Journal.Measured measured = null;
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      long began = System.nanoTime();
      measured = once(those, stations);
      progress.say(
          "%s: took %d s, late by %d us"
              .formatted(
                  title, (System.nanoTime() - began) / 1_000_000_000, measured.lateMicros()));
      if (measured.lateMicros() <= Line.LATE_MICROS) {
        return measured;
      }
    }
    String late =
        "the line was late by %d us at the 99th percentile, which spoils all figures: is the machine busy?"
            .formatted(measured.lateMicros());
    return new Journal.Measured(Map.of(), Map.of("the line", late), 0);
  }

  /**
   * The local display has no line: it is measured beside the others where they have none to speak
   * of.
   */
  private boolean includes(RemoteDesktop desktop) {
    return scenario.includes(desktop)
        && (line == Line.Kind.LAN || !(desktop instanceof LocalDisplay));
  }

  private Journal.Measured once(List<RemoteDesktop> desktops, Stations stations) {
    Map<String, String> failures = new ConcurrentHashMap<>();
    Map<RemoteDesktop, Map<Metric, List<double[]>>> samples = new LinkedHashMap<>();
    List<Station> here = new ArrayList<>(stations.prepared(desktops, scenario, failures));
    here.forEach(s -> s.line().lateness()); // from here on it counts
    for (int round = 0; round < scenario.rounds(pairs); round++) {
      List<Station> turn = new ArrayList<>(here);
      Collections.rotate(turn, -round);
      for (Station s : turn) {
        int r = round;
        if (!stations.attempt(
            s.desktop(), failures, () -> add(samples, s, scenario.measure(s, r)))) {
          here.remove(s);
        }
      }
    }
    for (Station s : List.copyOf(here)) {
      if (!stations.attempt(s.desktop(), failures, () -> add(samples, s, scenario.finish(s)))) {
        here.remove(s);
      }
    }
    int late =
        here.stream()
            .filter(s -> !(s.desktop() instanceof LocalDisplay))
            .map(s -> s.line().lateness())
            .flatMap(Optional::stream)
            .mapToInt(Line.Lateness::p99)
            .max()
            .orElse(0);
    if (scenario.endsStill()) {
      compare(here, samples, stations, failures);
    }
    stations.clear();
    Map<String, Map<Metric, double[]>> all = new LinkedHashMap<>();
    for (RemoteDesktop d : desktops) {
      if (!failures.containsKey(d.name()) && samples.containsKey(d)) {
        all.put(d.name(), joined(samples.get(d)));
      }
    }
    return new Journal.Measured(all, Map.copyOf(failures), late);
  }

  private static void add(
      Map<RemoteDesktop, Map<Metric, List<double[]>>> samples,
      Station s,
      Map<Metric, double[]> measured) {
    Map<Metric, List<double[]>> own =
        samples.computeIfAbsent(s.desktop(), d -> new LinkedHashMap<>());
    measured.forEach((m, v) -> own.computeIfAbsent(m, n -> new ArrayList<>()).add(v));
  }

  private static Map<Metric, double[]> joined(Map<Metric, List<double[]>> samples) {
    Map<Metric, double[]> all = new LinkedHashMap<>();
    samples.forEach(
        (metric, parts) ->
            all.put(metric, parts.stream().flatMapToDouble(Arrays::stream).toArray()));
    return all;
  }

  /** Whether each viewer comes to show exactly what its server has. */
  private static void compare(
      List<Station> here,
      Map<RemoteDesktop, Map<Metric, List<double[]>>> samples,
      Stations stations,
      Map<String, String> failures) {
    List<Station> different = new ArrayList<>(here);
    for (int i = 0; i <= SHARPENING_SECONDS && !different.isEmpty(); i++) {
      if (i > 0) {
        Station.pause(1000);
      }
      for (Station s : List.copyOf(different)) {
        stations.attempt(
            s.desktop(),
            failures,
            () -> {
              if (s.isSameAsServer()) {
                different.remove(s);
              }
            });
      }
    }
    Metric same = new Metric("ends as exactly the server's picture", "%");
    for (Station s : here) {
      add(samples, s, Map.of(same, new double[] {different.contains(s) ? 0 : 100}));
    }
  }
}
