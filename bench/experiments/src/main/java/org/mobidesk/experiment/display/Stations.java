package org.mobidesk.experiment.display;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;

/**
 * The stations of one line and one size, which stay from case to case; one that has failed is made
 * anew for the next case. What is not measured is done at several of them at once.
 */
final class Stations implements AutoCloseable {
  /** Starting is work for processors, and waiting. */
  private static final int AT_ONCE = 4;

  /** Of an absolute path, all before the last name. */
  private static final Pattern DIRECTORIES = Pattern.compile("(?<![^\\s('\"=:])/(?:[^/\\s:]+/)+");

  private final Line.Kind line;
  private final Path home;
  private final Progress progress;
  private final Map<RemoteDesktop, Station> open = new ConcurrentHashMap<>();
  private int generation;

  Stations(Line.Kind line, Path home, Progress progress) {
    this.line = line;
    this.home = home;
    this.progress = progress;
  }

  /** The stations of these desktops, each with its scenario prepared, but for those that fail. */
  List<Station> prepared(
      List<RemoteDesktop> desktops, Scenario scenario, Map<String, String> failures) {
    generation++;
    try (ExecutorService workers = Executors.newFixedThreadPool(AT_ONCE)) {
      List<Future<?>> begun = new ArrayList<>();
      for (RemoteDesktop desktop : desktops) {
        begun.add(
            workers.submit(() -> attempt(desktop, failures, () -> prepare(desktop, scenario))));
      }
      for (Future<?> f : begun) {
        f.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted", e);
    } catch (java.util.concurrent.ExecutionException e) {
      throw new LabException("preparing " + scenario.name(), e);
    }
    return desktops.stream().map(open::get).filter(s -> s != null).toList();
  }

  private void prepare(RemoteDesktop desktop, Scenario scenario) {
    Station station = open.get(desktop);
    if (station == null) {
      station =
          Station.start(
              desktop,
              line,
              home.resolve(Integer.toString(generation)),
              scenario.width(),
              scenario.height());
      open.put(desktop, station);
    }
    scenario.prepare(station);
  }

  /** Does something at a desktop's station, which is closed when that fails; whether it worked. */
  boolean attempt(RemoteDesktop desktop, Map<String, String> failures, Runnable what) {
    try {
      what.run();
      return true;
    } catch (RuntimeException e) {
      if (Station.ending()) {
        throw e;
      }
      String why = e instanceof LabException ? e.getMessage() : e.toString();
      progress.say(desktop.name() + " is left out: " + why);
      failures.put(desktop.name(), withoutPlaces(why));
      Station failed = open.remove(desktop);
      if (failed != null) {
        failed.close();
      }
      return false;
    }
  }

  /** A reason as results have it, which say nothing of where the machine keeps its files. */
  static String withoutPlaces(String reason) {
    return DIRECTORIES.matcher(reason).replaceAll("");
  }

  /** Ends all applications. */
  void clear() {
    for (var entry : open.entrySet()) {
      // It will be made anew: this case has been measured.
      attempt(entry.getKey(), new ConcurrentHashMap<>(), entry.getValue()::clear);
    }
  }

  @Override
  public void close() {
    open.values().forEach(Station::close);
  }
}
