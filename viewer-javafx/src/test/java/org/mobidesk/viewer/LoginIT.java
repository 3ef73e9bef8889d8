package org.mobidesk.viewer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mobidesk.viewer.testing.Lab;
import org.mobidesk.viewer.testing.TestKeys;
import org.mobidesk.viewer.testing.TestProxy;
import org.mobidesk.viewer.testing.TestSession;
import org.mobidesk.viewer.testing.ViewerProcess;

/** The login window of the packaged viewer, used by keyboard. */
class LoginIT {
  @TempDir static Path directory;

  private static Lab lab;

  @BeforeAll
  static void makeLab() throws Exception {
    lab = new Lab(directory);
  }

  @AfterAll
  static void closeLab() {
    lab.close();
  }

  @Test
  void saysWhatIsWrongUntilItIsRight() throws Exception {
    try (TestProxy proxy = lab.proxy();
        ViewerProcess viewer = lab.viewer(proxy.address(), "a wrong one")) {
      awaitText(viewer, "Wrong user name or password.");
      viewer.command("type " + TestProxy.PASSWORD);
      viewer.command("key Return");
      try (TestSession session = proxy.awaitSession()) {
        session.greet(800, 600, 0x123456);
        viewer.command("wait-pixel 0 0 123456 60000");
      }
      String settings = Files.readString(directory.resolve("config/viewer.properties"));
      assertTrue(settings.contains("user=" + TestProxy.USER), settings);
      assertFalse(settings.contains(TestProxy.PASSWORD), settings);
    }
  }

  @Test
  void saysThatNothingAnswers() throws Exception {
    int free;
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = probe.getLocalPort();
    }
    try (ViewerProcess viewer = lab.viewer("127.0.0.1:" + free, "any")) {
      awaitText(
          viewer,
          "Nothing answers at 127.0.0.1, port %d: is the MobiDesk proxy running there?"
              .formatted(free));
      // The form is open: another server by hand, one that no name server knows.
      viewer.command("type any");
      viewer.command("key shift+Tab shift+Tab ctrl+a");
      viewer.command("type no-such-host.invalid");
      viewer.command("key Return");
      awaitText(viewer, "There is no server called “no-such-host.invalid”. Check the address.");
    }
  }

  @Test
  void refusesACertificateOfAnotherAuthority(@TempDir Path other) throws Exception {
    try (TestProxy proxy = new TestProxy(TestKeys.make(other).serverContext());
        ViewerProcess viewer = lab.viewer(proxy)) {
      var status = viewer.awaitStatus(s -> s.getString("text").contains("certificate"));
      assertTrue(
          status.getString("text").contains("was not signed by the authority of --ca"),
          status.getString("text"));
    }
  }

  /** Without --ca: asks once, remembers, and refuses another certificate at the same address. */
  @Test
  void asksForTrustOnFirstUse(@TempDir Path own, @TempDir Path other) throws Exception {
    Path password = Files.writeString(own.resolve("password"), TestProxy.PASSWORD);
    int port;
    try (TestProxy proxy = lab.proxy()) {
      port = proxy.port();
      try (ViewerProcess viewer = withoutAuthority(own, proxy, password)) {
        awaitText(viewer, "Is this your server?");
        viewer.command("key Tab space");
        proxy.awaitSession().close();
      }
      String known = Files.readString(own.resolve("config/known-servers"));
      assertTrue(
          known.strip().matches("127\\.0\\.0\\.1:%d ([0-9A-F]{2}:){31}[0-9A-F]{2}".formatted(port)),
          known);
      try (ViewerProcess viewer = withoutAuthority(own, proxy, password)) {
        proxy.awaitSession().close();
        viewer.awaitStatus(s -> !s.getString("state").equals("login"));
      }
    }
    try (TestProxy impostor = new TestProxy(TestKeys.make(other).serverContext(), port);
        ViewerProcess viewer = withoutAuthority(own, impostor, password)) {
      var status = viewer.awaitStatus(s -> s.getString("text").contains("certificate"));
      assertTrue(
          status.getString("text").contains("another certificate than the one that you accepted"),
          status.getString("text"));
    }
  }

  private static ViewerProcess withoutAuthority(Path own, TestProxy proxy, Path password)
      throws Exception {
    return new ViewerProcess(
        lab.display(),
        own,
        "--server",
        proxy.address(),
        "--user",
        TestProxy.USER,
        "--password-file",
        password.toString());
  }

  private static void awaitText(ViewerProcess viewer, String text) throws Exception {
    assertEquals(text, viewer.awaitStatus(s -> s.getString("text").equals(text)).getString("text"));
  }
}
