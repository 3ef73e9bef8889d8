package org.mobidesk.experiment.display;

import java.util.Map;

/** One system: how its server and its viewer are started, with settings that its name says. */
interface RemoteDesktop {
  /** In tables. */
  String name();

  /** Name and version of what runs. */
  String version();

  /** What is missing on this machine, or empty. */
  String missing();

  /**
   * Starts the session's side.
   *
   * @return the display that applications draw on
   */
  String startServer(Station station);

  /** Starts the viewer, full screen on the station's own display. */
  void startViewer(Station station);

  /** For programs on that display. */
  static Map<String, String> on(String display) {
    return Map.of("DISPLAY", display);
  }
}
