package org.mobidesk.viewer.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A real X server with the driver of native/display, as sessions have it, and X clients in it. */
public final class RealSession implements AutoCloseable {
  private static final Path MODULES = Path.of("..", "native", "target", "meson", "display");
  private static final String SYSTEM_MODULES = "/usr/lib/xorg/modules";

  private final Process server;
  private final Path socket;
  private final String name;

  /** Starts the server; files go to the directory, which is the caller's to remove. */
  public RealSession(Path directory) throws IOException {
    socket = directory.resolve("display.sock");
    Path config = Files.writeString(directory.resolve("xorg.conf"), config(socket));
    Path none = Files.createDirectory(directory.resolve("no-more-configuration"));
    server =
        new ProcessBuilder(
                List.of(
                    "Xorg",
                    "-noreset",
                    "-novtswitch",
                    "-sharevts",
                    "-keeptty",
                    "-nolisten",
                    "tcp",
                    "-config",
                    config.toString(),
                    "-configdir",
                    none.toString(),
                    "-modulepath",
                    MODULES.toAbsolutePath().normalize() + "," + SYSTEM_MODULES,
                    "-logfile",
                    directory.resolve("Xorg.log").toString(),
                    "-displayfd",
                    "1"))
            .redirectError(directory.resolve("Xorg.err").toFile())
            .start();
    var number = new BufferedReader(new InputStreamReader(server.getInputStream())).readLine();
    if (number == null) {
      throw new IOException(
          "Xorg did not start: " + Files.readString(directory.resolve("Xorg.err")));
    }
    name = ":" + number.strip();
  }

  /** Where viewers are to be connected to. */
  public Path socket() {
    return socket;
  }

  /** Starts an X client; the caller ends it. */
  public Process start(String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("DISPLAY", name);
    return builder.start();
  }

  /** Runs an X client and returns what it printed. */
  public String run(String... command) throws IOException, InterruptedException {
    Process client = start(command);
    String output = new String(client.getInputStream().readAllBytes());
    if (client.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output);
    }
    return output;
  }

  @Override
  public void close() {
    Processes.end(server);
  }

  private static String config(Path socket) {
    return """
    Section "ServerFlags"
      Option "AutoAddDevices" "false"
      Option "AutoAddGPU" "false"
      Option "BlankTime" "0"
    EndSection
    Section "Device"
      Identifier "display"
      Driver "mobidesk"
      Option "Socket" "%s"
      Option "Size" "800x600"
    EndSection
    Section "InputDevice"
      Identifier "keyboard"
      Driver "mobideskinput"
      Option "Type" "keyboard"
      Option "XkbRules" "evdev"
      Option "XkbModel" "pc105"
      Option "XkbLayout" "us"
    EndSection
    Section "InputDevice"
      Identifier "pointer"
      Driver "mobideskinput"
      Option "Type" "pointer"
    EndSection
    Section "Screen"
      Identifier "screen"
      Device "display"
      DefaultDepth 24
    EndSection
    Section "ServerLayout"
      Identifier "session"
      Screen "screen"
      InputDevice "keyboard" "CoreKeyboard"
      InputDevice "pointer" "CorePointer"
    EndSection
    """
        .formatted(socket);
  }
}
