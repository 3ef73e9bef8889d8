package org.mobidesk.experiment.migrate;

import java.util.List;

/**
 * What is open in a desktop that is moved.
 *
 * @param name of its rows
 * @param template of its session
 * @param commands each started in the desktop by a shell
 * @param ready a shell command that succeeds when all of them are up
 */
record Workload(String name, String template, List<String> commands, String ready) {

  /** Half of each page is random, half is zero; a file says when all are touched. */
  private static final String GIGABYTE =
      "perl -e '"
          + "open R, q(/dev/urandom); "
          + "for (1..262144) { sysread R, $s, 2048, length $s; $s .= qq(\\0) x 2048 } "
          + "open F, q(>), qq($ENV{HOME}/touched); close F; sleep 1000000'";

  /** The paper's office: terminal, document, browser, word processor, spreadsheet. */
  private static final Workload KDE =
      new Workload(
          "kde",
          "kde",
          List.of(
              "konsole",
              "okular /usr/share/mobidesk/sample.pdf",
              "falkon",
              "libreoffice --writer",
              "libreoffice --calc"),
          windows("konsole", "okular", "falkon", "Writer", "Calc"));

  static final List<Workload> ALL =
      List.of(
          new Workload("minimal", "minimal", List.of(), windows("xterm")),
          new Workload(
              "xfce",
              "xfce",
              List.of("xfce4-terminal", "thunar", "mousepad"),
              windows("Terminal", "Thunar", "Mousepad")),
          KDE,
          new Workload("1 GB touched", "minimal", List.of(GIGABYTE), "test -e \"$HOME/touched\""));

  /** Succeeds when for each word there is a window whose title or class has it. */
  private static String windows(String... words) {
    StringBuilder all = new StringBuilder("tree=$(xwininfo -root -tree)");
    for (String word : words) {
      all.append(" && echo \"$tree\" | grep -qi '").append(word).append("'");
    }
    return all.toString();
  }
}
