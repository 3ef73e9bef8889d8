package org.mobidesk.experiment.migrate;

import java.util.List;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.node.OutsideHost;

/**
 * What is open in a desktop that is moved.
 *
 * @param name of its rows
 * @param template of its session
 * @param prepare a shell script that makes what they open, in the user's home
 * @param commands each started in the desktop by a shell
 * @param ready a shell command that succeeds when all of them are up, and while they are
 * @param counts whether one of them is an ssh to the outside host's counter, which must go on
 */
record Workload(
    String name,
    String template,
    String prepare,
    List<String> commands,
    String ready,
    boolean counts) {

  /** Half of each page is random, half is zero; a file says when all are touched, and by whom. */
  private static final String GIGABYTE =
      "perl -e '"
          + "open R, q(/dev/urandom); "
          + "for (1..262144) { sysread R, $s, 2048, length $s; $s .= qq(\\0) x 2048 } "
          + "open F, q(>), qq($ENV{HOME}/touched); print F $$; close F; sleep 1000000'";

  /** A table and a letter, as a user would have them, and the table as a PDF. */
  private static final String DOCUMENTS =
      "printf 'item,count,price\\ndesk,2,310\\nlamp,5,42\\n' >stock.csv; echo 'Dear reader,' >letter.txt;"
          + " printf '<title>At home</title><h1>A page of this session</h1>' >page.html;"
          + " for to in ods pdf; do soffice --headless --convert-to $to stock.csv; done >/dev/null 2>&1";

  /** The paper's office: a terminal with ssh to another host, document, browser, letter, table. */
  private static final Workload KDE =
      new Workload(
          "kde",
          "kde",
          DOCUMENTS,
          List.of(
              "konsole -e ssh -tt "
                  + OutsideHost.USER
                  + "@"
                  + LabNetwork.OUTSIDE_ADDRESS
                  + " ./counter",
              "okular stock.pdf",
              "firefox-esr page.html",
              "soffice --norestore letter.txt stock.ods"),
          windows("Konsole", "stock.pdf", "At home", "letter.txt", "stock.ods"),
          true);

  static final List<Workload> ALL =
      List.of(
          new Workload("minimal", "minimal", "", List.of(), windows("xterm"), false),
          new Workload(
              "xfce",
              "xfce",
              "",
              List.of("xfce4-terminal", "thunar", "mousepad"),
              windows("Terminal", "Thunar", "Mousepad"),
              false),
          KDE,
          new Workload(
              "1 GB touched",
              "minimal",
              "",
              List.of(GIGABYTE),
              "test -s \"$HOME/touched\" && kill -0 $(cat \"$HOME/touched\")",
              false));

  /** Succeeds when for each word there is a window whose title or class has it. */
  private static String windows(String... words) {
    StringBuilder all = new StringBuilder("tree=$(xwininfo -root -tree)");
    for (String word : words) {
      all.append(" && echo \"$tree\" | grep -qi '").append(word).append("'");
    }
    return all.toString();
  }
}
