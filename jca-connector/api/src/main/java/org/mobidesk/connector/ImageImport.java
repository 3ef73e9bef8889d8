package org.mobidesk.connector;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** An import of a checkpoint image: what the daemon says of it, at its end or before. */
public final class ImageImport {

  /** "error CODE MESSAGE" with the longest message of mobidesk.h, and its newline. */
  private static final int MAX_ANSWER = 32 + 1024;

  private ImageImport() {}

  /**
   * Writes all of these bytes of the image.
   *
   * @throws HostException why the daemon refuses the image, when it does not wait for its end;
   *     {@link HostException.Code#DISCONNECTED} when it went away
   */
  public static void write(SocketChannel channel, ByteBuffer bytes) throws HostException {
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw refusal(channel, e);
    }
  }

  /** The daemon has closed its end: its verdict is still there to be read. */
  private static HostException refusal(SocketChannel channel, IOException failure) {
    try {
      parse(readLine(channel));
    } catch (HostException e) {
      e.addSuppressed(failure);
      return e;
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
    return new HostException(
        HostException.Code.DISCONNECTED,
        0,
        "sending an image to the host daemon: " + failure.getMessage(),
        failure);
  }

  /**
   * Ends the image, and waits for the daemon's verdict.
   *
   * @param channel from {@link HostConnection#importImage}, after the whole image was written;
   *     stays open
   * @return the size of the image in bytes, now verified
   * @throws HostException when the daemon refused the image, above all {@link
   *     HostException.Code#CORRUPT}; {@link HostException.Code#DISCONNECTED} when it went away
   *     before it answered
   */
  public static long finish(SocketChannel channel) throws HostException {
    String answer;
    try {
      channel.shutdownOutput();
      answer = readLine(channel);
    } catch (IOException e) {
      throw new HostException(
          HostException.Code.DISCONNECTED,
          0,
          "waiting for the verdict on an image: " + e.getMessage(),
          e);
    }
    return parse(answer);
  }

  static long parse(String answer) throws HostException {
    String[] words = answer.split(" ", 3);
    try {
      if (words.length == 2 && words[0].equals("ok")) {
        return Long.parseLong(words[1]);
      }
      if (words.length >= 2 && words[0].equals("error")) {
        throw new HostException(
            HostException.Code.of(Integer.parseInt(words[1])),
            0,
            words.length > 2 ? words[2] : "the host daemon refused the image");
      }
    } catch (NumberFormatException e) {
      throw malformed(answer, e);
    }
    throw malformed(answer, null);
  }

  private static HostException malformed(String answer, Throwable cause) {
    return new HostException(
        HostException.Code.DISCONNECTED,
        0,
        answer.isEmpty()
            ? "the host daemon closed the import of an image without a verdict"
            : "the host daemon answered the import of an image with \"" + answer + "\"",
        cause);
  }

  private static String readLine(SocketChannel channel) throws IOException {
    ByteBuffer line = ByteBuffer.allocate(MAX_ANSWER);
    while (line.hasRemaining() && channel.read(line) >= 0) {
      int end = line.position();
      if (end > 0 && line.get(end - 1) == '\n') {
        return new String(line.array(), 0, end - 1, StandardCharsets.UTF_8);
      }
    }
    return new String(line.array(), 0, line.position(), StandardCharsets.UTF_8);
  }
}
