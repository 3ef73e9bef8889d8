package org.mobidesk.viewer.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What tests of the packaged viewer need: an X server to show it on, keys, and a password. */
public final class Lab implements AutoCloseable {
  private final Path directory;
  private final PrivateDisplay display;
  private final TestKeys keys;

  /**
   * Makes one.
   *
   * @param directory for its files; the caller's to remove
   */
  public Lab(Path directory) throws IOException, InterruptedException {
    this.directory = directory;
    keys = TestKeys.make(directory);
    display = new PrivateDisplay(1280, 900);
  }

  public PrivateDisplay display() {
    return display;
  }

  public TestKeys keys() {
    return keys;
  }

  public TestProxy proxy() throws IOException {
    return new TestProxy(keys.serverContext());
  }

  /** A viewer that logs in at once, with a desktop of 800x600. */
  public ViewerProcess viewer(TestProxy proxy, String... more)
      throws IOException, InterruptedException {
    return viewer(proxy.address(), TestProxy.PASSWORD, more);
  }

  /** The same, of any server and with any password. */
  public ViewerProcess viewer(String server, String password, String... more)
      throws IOException, InterruptedException {
    return new ViewerProcess(display, directory, options(server, password, more));
  }

  /**
   * As {@link #viewer(TestProxy, String...)}, on a display with twice as many pixels as its
   * letters' size tells.
   */
  public ViewerProcess viewerOnDenseDisplay(TestProxy proxy)
      throws IOException, InterruptedException {
    return viewerOn(proxy, List.of("-Dglass.gtk.uiScale=2"));
  }

  /** As {@link #viewer(TestProxy, String...)}, with more options for its Java. */
  ViewerProcess viewerOn(TestProxy proxy, List<String> javaOptions)
      throws IOException, InterruptedException {
    return new ViewerProcess(
        display, directory, javaOptions, options(proxy.address(), TestProxy.PASSWORD));
  }

  private String[] options(String server, String password, String... more) throws IOException {
    Path file = Files.writeString(directory.resolve("password"), password + "\n");
    List<String> options =
        new ArrayList<>(
            List.of(
                "--server",
                server,
                "--user",
                TestProxy.USER,
                "--password-file",
                file.toString(),
                "--ca",
                keys.authority().toString(),
                "--size",
                "800x600"));
    options.addAll(List.of(more));
    return options.toArray(String[]::new);
  }

  @Override
  public void close() {
    display.close();
  }
}
