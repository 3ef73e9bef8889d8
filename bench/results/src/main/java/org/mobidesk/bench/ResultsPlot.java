package org.mobidesk.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Results to look at: an SVG picture with one panel for each unit, as only values of one unit can
 * share a scale. A series is a bar to its median, a line from its smallest to its largest sample,
 * and a tick at p95.
 */
final class ResultsPlot {

  private static final int WIDTH = 940;
  private static final int MARGIN = 16;

  /** Where bars begin: left of it is the text of the row. */
  private static final int LEFT = 360;

  /** Where the longest bar ends: right of it is room for the figure. */
  private static final int RIGHT = 840;

  private static final int BAR = 16;
  private static final int SERIES = 22;
  private static final int ROW_GAP = 10;
  private static final int HEADING = 40;
  private static final String OURS = "#54aeff";
  private static final String[] PEERS = {"#8c959f", "#bf8700", "#8250df", "#1a7f37", "#cf222e"};

  private record Series(Statistics statistics, String colour) {}

  private final StringBuilder body = new StringBuilder();
  private final Map<String, String> colours = new LinkedHashMap<>();
  private int y = MARGIN;

  private ResultsPlot(Results results) {
    colours.put("MobiDesk", OURS);
    results.rows().stream()
        .flatMap(row -> row.peers().keySet().stream())
        .distinct()
        .forEach(peer -> colours.put(peer, PEERS[(colours.size() - 1) % PEERS.length]));
  }

  static String write(Results results) {
    ResultsPlot plot = new ResultsPlot(results);
    plot.title(results);
    Map<String, List<Row>> panels = new LinkedHashMap<>();
    results
        .rows()
        .forEach(row -> panels.computeIfAbsent(row.unit(), u -> new ArrayList<>()).add(row));
    panels.forEach(plot::panel);
    return plot.document(results.name());
  }

  private String document(String name) {
    int height = y + MARGIN;
    return """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" \
        font-family="sans-serif" font-size="13" fill="#1f2328" role="img">
        <title>%3$s</title>
        <rect width="%1$d" height="%2$d" fill="#ffffff"/>
        %4$s</svg>
        """
        .formatted(WIDTH, height, escape(name), body);
  }

  private void title(Results results) {
    y += 12;
    text(MARGIN, y, "font-size=\"17\" font-weight=\"bold\"", results.name());
    y += 20;
    text(
        MARGIN,
        y,
        "fill=\"#59636e\"",
        "bar: median, line: min to max, tick: p95; %s".formatted(results.date()));
    if (colours.size() > 1) {
      y += 22;
      int x = MARGIN;
      for (var entry : colours.entrySet()) {
        rectangle(x, y - 11, 12, 12, entry.getValue());
        text(x + 18, y, "", entry.getKey());
        x += 40 + 8 * entry.getKey().length();
      }
    }
  }

  private void panel(String unit, List<Row> rows) {
    y += HEADING;
    text(MARGIN, y, "font-weight=\"bold\"", unit);
    y += ROW_GAP;
    double longest =
        rows.stream()
            .flatMap(row -> series(row).stream())
            .mapToDouble(series -> Math.max(series.statistics().max(), 0))
            .max()
            .orElse(0);
    rows.forEach(row -> row(row, longest));
    line(LEFT, y - ROW_GAP / 2, RIGHT, y - ROW_GAP / 2, "#d1d9e0", 1);
  }

  private void row(Row row, double longest) {
    text(MARGIN, y + BAR - 3, "", row.name() + ", " + row.metric());
    for (Series series : series(row)) {
      bar(series, longest);
      y += SERIES;
    }
    y += ROW_GAP;
  }

  private List<Series> series(Row row) {
    List<Series> all = new ArrayList<>();
    all.add(new Series(row.ours(), OURS));
    row.peers().forEach((peer, statistics) -> all.add(new Series(statistics, colours.get(peer))));
    return all;
  }

  private void bar(Series series, double longest) {
    Statistics statistics = series.statistics();
    int middle = y + BAR / 2;
    rectangle(LEFT, y, position(statistics.median(), longest) - LEFT, BAR, series.colour());
    line(
        position(statistics.min(), longest),
        middle,
        position(statistics.max(), longest),
        middle,
        "#1f2328",
        1);
    double p95 = position(statistics.p95(), longest);
    line(p95, y + 3, p95, y + BAR - 3, "#1f2328", 2);
    double end = position(Math.max(statistics.max(), statistics.median()), longest);
    text(end + 8, y + BAR - 3, "", Figure.shown(statistics.median()));
  }

  /** Where a value is on the horizontal scale; what is below 0 is at its beginning. */
  private static double position(double value, double longest) {
    return longest <= 0 ? LEFT : LEFT + (RIGHT - LEFT) * Math.max(value, 0) / longest;
  }

  private void rectangle(double x, double top, double width, double height, String colour) {
    element(
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>%n",
        x, top, width, height, colour);
  }

  private void line(double x1, double y1, double x2, double y2, String colour, int width) {
    element(
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%d\"/>%n",
        x1, y1, x2, y2, colour, width);
  }

  private void text(double x, double baseline, String attributes, String content) {
    element("<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>%n", x, baseline, attributes, escape(content));
  }

  private void element(String format, Object... values) {
    body.append(String.format(Locale.ROOT, format, values));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
