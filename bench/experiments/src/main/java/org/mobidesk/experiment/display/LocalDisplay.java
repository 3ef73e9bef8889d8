package org.mobidesk.experiment.display;

/** A plain X server without any network: what the paper calls the local PC. */
final class LocalDisplay implements RemoteDesktop {
  @Override
  public String name() {
    return "local";
  }

  @Override
  public String version() {
    return "Xvfb " + Debian.version("xvfb");
  }

  @Override
  public String missing() {
    return "";
  }

  @Override
  public String startServer(Station station) {
    return station.xvfb(station.server(), "server", station.line().onServer());
  }

  @Override
  public void startViewer(Station station) {
    // The server is the viewer.
  }
}
