package org.mobidesk.experiment.display;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.mobidesk.bench.Results;
import org.mobidesk.experiment.BenchOptions;
import org.mobidesk.experiment.display.Scenario.Metric;
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
  private static final int QUICK_PAGES = 6;

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
      names = "--pages",
      paramLabel = "N",
      description = "Web pages that each system shows, at most 54 (default: ${DEFAULT-VALUE}).")
  private int pages = 18;

  @Option(
      names = "--film",
      paramLabel = "MS",
      description = "How long a film is looked at in each round (default: ${DEFAULT-VALUE} ms).")
  private int filmMillis = 1000;

  @Option(
      names = "--quick",
      description = "Fewer pages, and the lossless settings of the peers only.")
  private boolean quick;

  @Option(
      names = "--resume",
      description =
          "Take what a run with the same options has measured before it was interrupted, and"
              + " measure the rest.")
  private boolean resume;

  @Option(
      names = "--keep",
      paramLabel = "DIR",
      description = "Leave logs of all programs in this directory.")
  private Path keep;

  private final Progress progress = new Progress(System.err);

  /** Of all cases' lines, microseconds. */
  private int latest;

  @Override
  public Integer call() throws IOException {
    Checkout checkout = Checkout.find();
    Media media = new Media(checkout.cache());
    List<RemoteDesktop> desktops = desktops(checkout);
    Path home = keep != null ? Files.createDirectories(keep) : Files.createTempDirectory("mdbench");
    Journal journal =
        new Journal(
            checkout.built("bench/experiments").resolve("target/display-run"),
            "%d pairs, %d pages, films %d ms, %s"
                .formatted(
                    options.pairs(),
                    pages(),
                    filmMillis,
                    desktops.stream()
                        .map(d -> d.name() + " (" + d.version() + ")")
                        .collect(Collectors.joining(", "))),
            resume);
    Thread onExit = Thread.ofPlatform().name("on-exit").unstarted(() -> interrupted(home));
    Line.removeLeftOver();
    Runtime.getRuntime().addShutdownHook(onExit);
    Results results = Results.of("display");
    try {
      for (Line.Kind line : lines()) {
        results = atLine(results, line, desktops, media, journal, home);
      }
    } finally {
      if (!Station.ending()) { // else that thread does it
        Runtime.getRuntime().removeShutdownHook(onExit);
        if (keep == null) {
          remove(home);
        }
      }
    }
    System.out.println(options.report(noted(results, desktops)));
    return 0;
  }

  private void interrupted(Path home) {
    Station.closeAll();
    try {
      if (keep == null) {
        remove(home);
      }
    } catch (IOException e) {
      System.err.println("left behind: " + home + ": " + e.getMessage());
    }
  }

  private int pages() {
    return quick ? QUICK_PAGES : Math.min(pages, WebPages.COUNT);
  }

  /** All cases on one line; stations stay from case to case as long as the size does. */
  private Results atLine(
      Results before,
      Line.Kind line,
      List<RemoteDesktop> desktops,
      Media media,
      Journal journal,
      Path home)
      throws IOException {
    Results results = before;
    Map<String, List<Scenario>> bySize = new LinkedHashMap<>();
    for (Scenario s : scenarios(line, media)) {
      bySize.computeIfAbsent(s.width() + "x" + s.height(), k -> new ArrayList<>()).add(s);
    }
    for (var size : bySize.entrySet()) {
      Path directory = Files.createDirectories(home.resolve(size.getKey() + "-" + line));
      try (Stations stations = new Stations(line, directory, progress)) {
        for (Scenario scenario : size.getValue()) {
          String title = scenario.name() + ", " + line;
          Optional<Journal.Measured> known = journal.read(title);
          Journal.Measured measured;
          if (known.isPresent()) {
            progress.say(title + ": measured before");
            measured = known.get();
          } else {
            measured =
                new Case(scenario, line, options.pairs(), progress).measure(desktops, stations);
            journal.write(title, measured);
          }
          latest = Math.max(latest, measured.lateMicros());
          results = rows(results, title, measured, desktops.getFirst());
        }
      }
    }
    return results;
  }

  private Results noted(Results results, List<RemoteDesktop> desktops) {
    Results all = results;
    for (RemoteDesktop d : desktops) {
      all = all.note(d.name() + ": " + d.version());
    }
    return all.note(
            "All systems in turn, step by step; columns are of MobiDesk, then medians of the others. Web: the first %d of 54 pages, one at a time at each system. Films: looked at for %d ms in each of %d rounds, after they have begun to move."
                .formatted(pages(), filmMillis, options.pairs()))
        .note(
            "The WAN emulator was late by at most %d us at the 99th percentile of any case; what was later than %d us is not kept."
                .formatted(latest, Line.LATE_MICROS));
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
    return Stream.of(
            new Typing(false, media),
            new Typing(true, media),
            new Web(line, media, pages()),
            new Scrolling(line),
            new TerminalScrolling(line),
            new Dragging(line),
            Video.clip(media, false, filmMillis),
            Video.clip(media, true, filmMillis),
            new Start(),
            Video.film(media, 1280, 720, 30, false, filmMillis),
            Video.film(media, 1280, 720, 30, true, filmMillis),
            Video.film(media, 1920, 1080, 30, false, filmMillis),
            Video.film(media, 1920, 1080, 30, true, filmMillis),
            Video.film(media, 1920, 1080, 60, false, filmMillis))
        .filter(s -> cases.isEmpty() || cases.contains(s.name()))
        .toList();
  }

  /** Rows of ours with the peers that were measured as often; who failed has a row that says so. */
  private static Results rows(
      Results before, String title, Journal.Measured measured, RemoteDesktop ours) {
    Results results = before;
    Map<Metric, double[]> own = measured.samples().getOrDefault(ours.name(), Map.of());
    for (var metric : own.entrySet()) {
      Map<String, double[]> others = new LinkedHashMap<>();
      measured
          .samples()
          .forEach(
              (system, samples) -> {
                double[] values = samples.get(metric.getKey());
                if (!system.equals(ours.name()) && values != null) {
                  others.put(system, values);
                }
              });
      results =
          results.row(
              title, metric.getKey().name(), metric.getKey().unit(), metric.getValue(), others);
    }
    for (var failure : measured.failures().entrySet()) {
      results = results.failure(title, failure.getKey(), failure.getValue());
    }
    return results;
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
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
              "terminal",
              "dragging",
              "start",
              "video-clip-player",
              "video-clip-firefox",
              "video-720p-player",
              "video-720p-firefox",
              "video-1080p-player",
              "video-1080p-firefox",
              "video-1080p60-player"));
    }
  }
}
