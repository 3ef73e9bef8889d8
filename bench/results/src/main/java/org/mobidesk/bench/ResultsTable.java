package org.mobidesk.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Results for readers: a Markdown page with one table. Peers have two columns each, median and
 * ratio of ours to it.
 */
final class ResultsTable {

  private static final double GIBIBYTE = 1 << 30;

  private ResultsTable() {}

  static String write(Results results) {
    Set<String> peers = new LinkedHashSet<>();
    results.rows().forEach(row -> peers.addAll(row.peers().keySet()));

    StringBuilder page = new StringBuilder();
    page.append("# ").append(results.name()).append("\n\n");
    page.append("Measured at %s on %s.\n".formatted(results.date(), sentence(results.machine())));
    page.append("Percentiles are nearest-rank");
    page.append(
        peers.isEmpty()
            ? ".\n\n"
            : "; a ratio is the median of the paired ratios ours / peer.\n\n");
    page.append(line(header(peers)));
    page.append(line(alignment(peers)));
    results.rows().forEach(row -> page.append(line(cells(row, peers))));
    if (!results.failures().isEmpty()) {
      page.append("\n| case | could not be measured | why |\n| --- | --- | --- |\n");
      results.failures().forEach(f -> page.append(line(List.of(f.name(), f.system(), f.why()))));
    }
    if (!results.notes().isEmpty()) {
      page.append('\n');
      results.notes().forEach(note -> page.append("- ").append(note).append('\n'));
    }
    return page.toString();
  }

  private static String sentence(Machine machine) {
    return "%d cores of %s, %s GiB of memory, Linux %s, %s"
        .formatted(
            machine.cores(),
            machine.cpu(),
            Figure.shown(machine.memoryBytes() / GIBIBYTE),
            machine.kernel(),
            machine.os());
  }

  private static List<String> header(Set<String> peers) {
    List<String> cells =
        new ArrayList<>(List.of("case", "metric", "unit", "n", "min", "median", "p95", "max"));
    peers.forEach(peer -> Collections.addAll(cells, peer, "ratio to " + peer));
    return cells;
  }

  private static List<String> alignment(Set<String> peers) {
    List<String> cells = new ArrayList<>(Collections.nCopies(3, "---"));
    cells.addAll(Collections.nCopies(5 + 2 * peers.size(), "--:"));
    return cells;
  }

  private static List<String> cells(Row row, Set<String> peers) {
    Statistics ours = row.ours();
    List<String> cells = new ArrayList<>(List.of(row.name(), row.metric(), row.unit()));
    cells.add(Integer.toString(ours.n()));
    for (double value : new double[] {ours.min(), ours.median(), ours.p95(), ours.max()}) {
      cells.add(Figure.shown(value));
    }
    for (String peer : peers) {
      Statistics theirs = row.peers().get(peer);
      cells.add(theirs == null ? "" : Figure.shown(theirs.median()));
      Double ratio = row.ratio().get(peer);
      cells.add(ratio == null ? "" : Figure.shown(ratio));
    }
    return cells;
  }

  private static String line(List<String> cells) {
    return cells.stream()
        .map(cell -> cell.replace("|", "\\|").replace('\n', ' '))
        .collect(Collectors.joining(" | ", "| ", " |\n"));
  }
}
