package org.mobidesk.viewer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mobidesk.viewer.testing.PrivateDisplay;
import org.mobidesk.viewer.testing.TestKeys;
import org.mobidesk.viewer.testing.TestProxy;
import org.mobidesk.viewer.testing.TestSession;
import org.mobidesk.viewer.testing.ViewerProcess;

/** The packaged viewer in a real window, against a proxy that speaks real TLS. */
class WindowIT {
  @TempDir Path directory;

  private PrivateDisplay display;
  private TestKeys keys;
  private TestProxy proxy;

  @BeforeEach
  void open() throws Exception {
    display = new PrivateDisplay(1280, 900);
    keys = TestKeys.make(directory);
    proxy = new TestProxy(keys.serverContext());
  }

  @AfterEach
  void close() throws Exception {
    proxy.close();
    display.close();
  }

  @Test
  void showsWhatTheSessionPaints() throws Exception {
    try (ViewerProcess viewer = start()) {
      TestSession session = proxy.awaitSession();
      var hello = session.greet(800, 600, 0x336699);
      assertEquals(800, hello.width());
      viewer.command("wait-connected");
      assertEquals("336699", viewer.command("pixel 799 599"));
      assertEquals(0, viewer.quit());
      assertEquals("", viewer.output());
    }
  }

  private ViewerProcess start(String... more) throws Exception {
    Path password = Files.writeString(directory.resolve("password"), TestProxy.PASSWORD + "\n");
    return new ViewerProcess(
        display,
        directory,
        "--server",
        proxy.address(),
        "--user",
        TestProxy.USER,
        "--password-file",
        password.toString(),
        "--ca",
        keys.authority().toString(),
        "--size",
        "800x600");
  }
}
