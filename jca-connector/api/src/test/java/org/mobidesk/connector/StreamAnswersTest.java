package org.mobidesk.connector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What streams end with is read as docs/hostd-protocol.md says. */
class StreamAnswersTest {

  @Test
  void anImportThatVerifiesGivesItsSize(@TempDir Path dir) throws Exception {
    assertEquals(4096, finishWith(dir, "ok 4096\n"));
  }

  @Test
  void anImportThatDoesNotVerifyGivesCodeAndMessage(@TempDir Path dir) {
    HostException e =
        assertThrows(
            HostException.class, () -> finishWith(dir, "error 12 signature does not match\n"));
    assertEquals(HostException.Code.CORRUPT, e.code());
    assertEquals("signature does not match", e.getMessage());
  }

  @Test
  void aDaemonThatGoesAwayIsNotASuccess(@TempDir Path dir) {
    HostException e = assertThrows(HostException.class, () -> finishWith(dir, ""));
    assertEquals(HostException.Code.DISCONNECTED, e.code());
  }

  @Test
  void anImageThatIsRefusedBeforeItsEndGivesTheReason(@TempDir Path dir) throws Exception {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(dir.resolve("s"));
    try (ServerSocketChannel server =
            ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
        SocketChannel client = SocketChannel.open(address)) {
      ImageImport.write(client, ByteBuffer.allocate(1));
      try (SocketChannel peer = server.accept()) {
        peer.write(
            ByteBuffer.wrap("error 5 no room for the image\n".getBytes(StandardCharsets.UTF_8)));
      }
      HostException e =
          assertThrows(
              HostException.class, () -> ImageImport.write(client, ByteBuffer.allocate(1 << 20)));
      assertEquals(HostException.Code.NO_SPACE, e.code());
      assertEquals("no room for the image", e.getMessage());
    }
  }

  @Test
  void anAnswerThatIsNoneIsNotASuccess() {
    for (String answer : new String[] {"ok", "ok many", "ok 1 2", "error", "error x y", "fine"}) {
      HostException e = assertThrows(HostException.class, () -> ImageImport.parse(answer), answer);
      assertEquals(HostException.Code.DISCONNECTED, e.code(), answer);
    }
  }

  @Test
  void framesComeBackAsTheyWereWritten() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new ExecFrame(ExecFrame.Kind.STDOUT, "grüß".getBytes(StandardCharsets.UTF_8))
        .write(Channels.newChannel(bytes));
    new ExecFrame(ExecFrame.Kind.EXIT, new byte[] {(byte) 137, 0, 0, 0})
        .write(Channels.newChannel(bytes));
    var in = Channels.newChannel(new ByteArrayInputStream(bytes.toByteArray()));
    assertEquals("grüß", ExecFrame.read(in).text());
    assertEquals(137, ExecFrame.read(in).exitStatus());
    assertNull(ExecFrame.read(in));
  }

  @Test
  void aFrameIsOneByteOfKindAndALittleEndianLength() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new ExecFrame(ExecFrame.Kind.STDIN, new byte[0]).write(Channels.newChannel(bytes));
    new ExecFrame(ExecFrame.Kind.STDERR, new byte[] {9}).write(Channels.newChannel(bytes));
    assertArrayEquals(new byte[] {0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 9}, bytes.toByteArray());
  }

  @Test
  void aTornOrForeignFrameIsAnError() {
    assertThrows(EOFException.class, () -> ExecFrame.read(channel(1, 5, 0, 0, 0, 'a')));
    assertThrows(EOFException.class, () -> ExecFrame.read(channel(1, 5)));
    assertThrows(IOException.class, () -> ExecFrame.read(channel(9, 0, 0, 0, 0)));
    assertThrows(IOException.class, () -> ExecFrame.read(channel(1, 0, 0, 0, 255)));
  }

  private static java.nio.channels.ReadableByteChannel channel(int... bytes) {
    ByteBuffer data = ByteBuffer.allocate(bytes.length);
    for (int b : bytes) {
      data.put((byte) b);
    }
    return Channels.newChannel(new ByteArrayInputStream(data.array()));
  }

  private static long finishWith(Path dir, String answer) throws Exception {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(dir.resolve("s"));
    try (ServerSocketChannel server =
            ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
        SocketChannel client = SocketChannel.open(address);
        SocketChannel peer = server.accept()) {
      peer.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
      peer.shutdownOutput();
      return ImageImport.finish(client);
    }
  }
}
