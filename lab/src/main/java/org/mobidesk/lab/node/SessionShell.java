package org.mobidesk.lab.node;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.mobidesk.lab.LabException;

/** Shell scripts in a session, run as its user in its home by the administrator's exec. */
public final class SessionShell {
  private final RestApi api;
  private final String session;

  /**
   * @param session its id
   */
  public SessionShell(RestApi api, String session) {
    this.api = api;
    this.session = session;
  }

  /** Runs a script and returns its output; fails when it does. */
  public String run(String script) {
    RestApi.ExecResult r = attempt(script);
    if (r.exit() != 0) {
      throw new LabException(
          "in the session, `" + script.strip() + "` ended with " + r.exit() + ": " + r.err());
    }
    return r.out();
  }

  /** Runs a script; any exit status is an answer. */
  public RestApi.ExecResult attempt(String script) {
    return api.exec(session, "cd\nexport DISPLAY=:0\n" + script, List.of("/bin/sh", "-s"));
  }

  /**
   * Writes a file.
   *
   * @param mode octal
   */
  public void write(String file, String content, String mode) {
    // The content is not part of the script: it may contain anything but the mark.
    run(
        "umask 077\ncat >'"
            + file
            + "' <<'END-OF-FILE'\n"
            + content.stripTrailing()
            + "\nEND-OF-FILE\nchmod "
            + mode
            + " '"
            + file
            + "'");
  }

  /** Process ids and names, but those of the exec itself. */
  public SortedMap<Integer, String> processes() {
    SortedMap<Integer, String> all = new TreeMap<>();
    // The shell that runs this is replaced by ps, so that it is the only one to leave out.
    run("exec ps -eo pid=,comm=")
        .lines()
        .map(l -> l.strip().split("\\s+", 2))
        .filter(l -> !l[1].equals("ps"))
        .forEach(l -> all.put(Integer.parseInt(l[0]), l[1]));
    return all;
  }
}
