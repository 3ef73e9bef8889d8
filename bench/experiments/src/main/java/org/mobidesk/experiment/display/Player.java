package org.mobidesk.experiment.display;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.mobidesk.lab.LabException;

/** mpv in sessions. It stands still until it is this station's turn, so that no other is slowed. */
final class Player {
  private final Media media;
  private final String name;
  private final Path what;
  private final String[] options;

  /**
   * Makes one.
   *
   * @param name of its log and of the socket by which it is controlled
   * @param what a film or a playlist
   */
  Player(Media media, String name, Path what, String... options) {
    this.media = media;
    this.name = name;
    this.what = what;
    this.options = options;
  }

  /** Starts it on a station; it shows its first picture. */
  void start(Station s) {
    String[] all =
        Stream.concat(
                Arrays.stream(options), Stream.of("--pause", "--input-ipc-server=" + control(s)))
            .toArray(String[]::new);
    s.session(name, media.player(what, all));
  }

  private Path control(Station s) {
    return s.server().home().resolve(name + ".sock");
  }

  /** Lets it go on or stand still. */
  void play(Station s, boolean on) {
    try (SocketChannel player = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      player.connect(UnixDomainSocketAddress.of(control(s)));
      String order = "{\"command\": [\"set_property\", \"pause\", %s]}\n".formatted(!on);
      player.write(ByteBuffer.wrap(order.getBytes(StandardCharsets.UTF_8)));
      player.read(ByteBuffer.allocate(4096)); // its answer: it has heard
    } catch (IOException e) {
      throw new LabException("the player has ended: see " + s.server().home(), e);
    }
  }
}
