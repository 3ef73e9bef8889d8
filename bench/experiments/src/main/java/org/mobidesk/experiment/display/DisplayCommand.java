package org.mobidesk.experiment.display;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.mobidesk.bench.Results;
import org.mobidesk.experiment.BenchOptions;
import org.mobidesk.experiment.display.Scenario.Metric;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.setup.Checkout;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./mobidesk bench display}. */
@Command(
    name = "display",
    mixinStandardHelpOptions = true,
    description = {
      "Web pages, films and typing on a desktop that is shown by MobiDesk and by its peers, each",
      "with its own viewer, on a line without delay and on one of 66 ms and 100 Mbit/s."
    })
public final class DisplayCommand implements Callable<Integer> {
  /** A line that was late twice will be late again. */
  private static final int ATTEMPTS = 2;

  @Mixin private BenchOptions options;

  @Option(
      names = "--case",
      paramLabel = "NAME",
      description = "Only these: ${COMPLETION-CANDIDATES} (default: all).",
      completionCandidates = CaseNames.class)
  private List<String> cases = List.of();

  @Option(
      names = "--network",
      paramLabel = "lan|wan",
      description = "Only these lines (default: both).")
  private List<String> networks = List.of();

  @Option(
      names = "--peer",
      paramLabel = "NAME",
      description =
          "Only these beside MobiDesk: local, tigervnc, tigervnc-lossless, xpra, xpra-lossless,"
              + " xrdp, xrdp-lossless (default: all that are installed).")
  private List<String> peers = List.of();

  @Option(
      names = "--quick",
      description = "Fewer pages and seconds, and the lossless settings of the peers only.")
  private boolean quick;

  @Option(
      names = "--keep",
      paramLabel = "DIR",
      description = "Leave logs of all programs in this directory.")
  private Path keep;

  private final Progress progress = new Progress(System.err);

  @Override
  public Integer call() throws IOException {
    Checkout checkout = Checkout.find();
    Media media = new Media(checkout.cache());
    List<RemoteDesktop> desktops = desktops(checkout);
    Path home = keep != null ? Files.createDirectories(keep) : Files.createTempDirectory("mdbench");
    Results results = Results.of("display");
    Thread onExit = Thread.ofPlatform().name("on-exit").unstarted(Station::closeAll);
    Runtime.getRuntime().addShutdownHook(onExit);
    try {
      for (Line.Kind line : lines()) {
        for (Scenario scenario : scenarios(line, media)) {
          results = inTime(results, scenario, line, desktops, home);
        }
      }
    } finally {
      Runtime.getRuntime().removeShutdownHook(onExit);
      if (keep == null) {
        remove(home);
      }
    }
    System.out.println(options.report(results));
    return 0;
  }

  private List<RemoteDesktop> desktops(Checkout checkout) {
    List<RemoteDesktop> all = new ArrayList<>(List.of(new MobiDesk(checkout)));
    Stream.of(
            new LocalDisplay(),
            new TigerVnc(true),
            new TigerVnc(false),
            new Xpra(true),
            new Xpra(false),
            new Xrdp(true),
            new Xrdp(false))
        .filter(
            d ->
                peers.isEmpty()
                    ? !quick || d.name().equals("local") || d.name().endsWith("lossless")
                    : peers.contains(d.name()))
        .forEach(
            d -> {
              if (d.missing().isEmpty()) {
                all.add(d);
              } else {
                progress.say("left out: " + d.name() + ", needs " + d.missing());
              }
            });
    all.forEach(d -> progress.say(d.name() + ": " + d.version()));
    return all;
  }

  private List<Line.Kind> lines() {
    return Stream.of(Line.Kind.values())
        .filter(k -> networks.isEmpty() || networks.contains(k.name().toLowerCase(Locale.ROOT)))
        .toList();
  }

  private List<Scenario> scenarios(Line.Kind line, Media media) {
    int seconds = quick ? 8 : 30;
    return Stream.of(
            new Typing(false, media),
            new Typing(true, media),
            new Web(line, media, quick ? 4 : 11),
            new Scrolling(line),
            Video.clip(media, false, seconds),
            Video.clip(media, true, seconds),
            Video.film(media, 1280, 720, false, seconds),
            Video.film(media, 1280, 720, true, seconds),
            Video.film(media, 1920, 1080, false, seconds),
            Video.film(media, 1920, 1080, true, seconds))
        .filter(s -> cases.isEmpty() || cases.contains(s.name()))
        .toList();
  }

  /** Does it again when the line was late, and leaves it out when it always was. */
  private Results inTime(
      Results before, Scenario scenario, Line.Kind line, List<RemoteDesktop> desktops, Path home)
      throws IOException {
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      Optional<Results> after = run(before, scenario, line, desktops, home);
      if (after.isPresent()) {
        return after.get();
      }
      progress.say(
          "%s, %s: the line was late, which spoils all figures: %s"
              .formatted(
                  scenario.name(),
                  line,
                  attempt < ATTEMPTS ? "once more" : "left out; is the machine busy?"));
    }
    return before;
  }

  /**
   * One scenario at all systems at once, in turn; those that fail are left out and named.
   *
   * @return nothing when a line was late
   */
  private Optional<Results> run(
      Results before, Scenario scenario, Line.Kind kind, List<RemoteDesktop> desktops, Path home)
      throws IOException {
    String title = scenario.name() + ", " + kind;
    Path directory = Files.createDirectories(home.resolve(scenario.name() + "-" + kind));
    boolean late = false;
    Map<RemoteDesktop, Station> stations = new LinkedHashMap<>();
    Map<RemoteDesktop, Map<Metric, double[]>> samples = new LinkedHashMap<>();
    try {
      for (RemoteDesktop desktop : desktops) {
        attempt(
            title,
            desktop,
            () -> {
              Station s =
                  Station.start(desktop, kind, directory, scenario.width(), scenario.height());
              stations.put(desktop, s);
              scenario.prepare(s);
            },
            stations);
      }
      for (int round = 0; round < options.pairs(); round++) {
        List<RemoteDesktop> turn = new ArrayList<>(stations.keySet());
        java.util.Collections.rotate(turn, -round);
        for (RemoteDesktop desktop : turn) {
          int r = round;
          attempt(
              title,
              desktop,
              () -> {
                Map<Metric, double[]> own =
                    samples.computeIfAbsent(desktop, d -> new LinkedHashMap<>());
                measured(scenario, stations.get(desktop), r)
                    .forEach(
                        (m, v) -> own.computeIfAbsent(m, n -> new double[options.pairs()])[r] = v);
              },
              stations);
        }
        progress.say(title + ": round " + (round + 1) + " of " + options.pairs());
      }
      for (Station s : stations.values()) {
        Optional<Line.Lateness> said = s.line().finish();
        said.ifPresent(l -> progress.say(s.desktop().name() + ", " + l));
        // Nothing that is measured takes the line of the local display.
        late |=
            !(s.desktop() instanceof LocalDisplay)
                && said.map(Line.Lateness::tooLate).orElse(false);
      }
    } finally {
      stations.values().forEach(Station::close);
    }
    samples.keySet().retainAll(stations.keySet());
    return late ? Optional.empty() : Optional.of(rows(before, title, samples, desktops.getFirst()));
  }

  private static Map<Metric, Double> measured(Scenario scenario, Station station, int round) {
    Map<Metric, Double> figures = new LinkedHashMap<>(scenario.measure(station, round));
    if (scenario.endsStill()) {
      figures.put(
          new Metric("ends as exactly the server's picture", "%"),
          station.becomesSameAsServer() ? 100.0 : 0.0);
    }
    return figures;
  }

  /** Does something at one station, which is closed and left out when it fails. */
  private void attempt(
      String title, RemoteDesktop desktop, Runnable what, Map<RemoteDesktop, Station> stations) {
    try {
      what.run();
    } catch (LabException e) {
      progress.say("%s: %s is left out: %s".formatted(title, desktop.name(), e.getMessage()));
      Station failed = stations.remove(desktop);
      if (failed != null) {
        failed.close();
      }
    }
  }

  private static Results rows(
      Results before,
      String title,
      Map<RemoteDesktop, Map<Metric, double[]>> samples,
      RemoteDesktop ours) {
    Results results = before;
    Map<Metric, double[]> own = samples.getOrDefault(ours, Map.of());
    for (var metric : own.entrySet()) {
      Map<String, double[]> others = new LinkedHashMap<>();
      samples.forEach(
          (desktop, measured) -> {
            double[] values = measured.get(metric.getKey());
            if (desktop != ours
                && values != null
                && java.util.Arrays.stream(values).allMatch(v -> v > 0)) {
              others.put(desktop.name(), values);
            }
          });
      results =
          results.row(
              title, metric.getKey().name(), metric.getKey().unit(), metric.getValue(), others);
    }
    return results;
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** What --case takes. */
  static final class CaseNames extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    CaseNames() {
      super(
          List.of(
              "typing",
              "typing-busy",
              "web",
              "scrolling",
              "video-clip-player",
              "video-clip-firefox",
              "video-720p-player",
              "video-720p-firefox",
              "video-1080p-player",
              "video-1080p-firefox"));
    }
  }
}
