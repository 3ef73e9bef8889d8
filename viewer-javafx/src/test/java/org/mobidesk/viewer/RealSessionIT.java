package org.mobidesk.viewer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mobidesk.viewer.testing.Bridge;
import org.mobidesk.viewer.testing.Lab;
import org.mobidesk.viewer.testing.RealSession;
import org.mobidesk.viewer.testing.TestProxy;
import org.mobidesk.viewer.testing.ViewerProcess;

/** The packaged viewer and the real driver: an X client is seen and used through both. */
class RealSessionIT {
  @TempDir Path directory;

  private Lab lab;
  private TestProxy proxy;
  private RealSession session;
  private ViewerProcess viewer;
  private Bridge bridge;
  private Process xterm;

  @BeforeEach
  void open() throws Exception {
    lab = new Lab(directory);
    proxy = lab.proxy();
    session = new RealSession(directory);
    viewer = lab.viewer(proxy);
    bridge = proxy.awaitBridge(session.socket());
    viewer.command("wait-connected 60000");
    xterm = session.start("xterm", "-geometry", "60x20+0+0", "-bg", "#102030", "-fg", "white");
    viewer.command("wait-pixel 20 200 102030 60000");
  }

  @AfterEach
  void close() throws Exception {
    xterm.destroy();
    xterm.waitFor();
    bridge.close();
    viewer.close();
    session.close();
    proxy.close();
    lab.close();
  }

  @Test
  void aTerminalIsTypedInto() throws Exception {
    viewer.command("click 100 100");
    Path written = directory.resolve("written by the shell");
    viewer.command(
        "type echo 'Grüße: {~@}' > '" + written + "' && printf '\\\\033[41m\\\\033[2J'\\n");
    // The shell has painted the terminal red.
    viewer.command("wait-pixel 20 200 cd0000 60000");
    assertEquals("Grüße: {~@}\n", Files.readString(written));
  }

  /** What no keyboard of the session has: an input method's text. */
  @Test
  void composedTextArrives() throws Exception {
    viewer.command("click 100 100");
    Path written = directory.resolve("composed");
    viewer.command("type echo '");
    viewer.command("compose 日本語 Ж€ç😀");
    viewer.command("type ' > " + written + " && printf '\\\\033[41m\\\\033[2J'\\n");
    viewer.command("wait-pixel 20 200 cd0000 60000");
    assertEquals("日本語 Ж€ç😀\n", Files.readString(written));
  }

  @Test
  void theScreenFollowsTheWindow() throws Exception {
    viewer.command("resize 1000 700");
    viewer.command("wait-size 1000 700 60000");
    assertTrue(session.run("xdpyinfo").contains("1000x700 pixels"));
  }

  @Test
  void aBrokenConnectionIsMadeAgain() throws Exception {
    bridge.close();
    bridge = proxy.awaitBridge(session.socket());
    viewer.awaitStatus(s -> s.getInt("reconnects") == 1 && s.getBoolean("connected"));
    viewer.command("wait-pixel 20 200 102030 60000");
  }
}
