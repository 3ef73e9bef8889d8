package org.mobidesk.infrastructure.tier;

import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.mobidesk.application.StepFailed;
import org.mobidesk.domain.model.workflow.FailureCode;

/**
 * Streams a checkpoint image, or a pass of a session's disk, to another server: frames of a 4-byte
 * big-endian length and that many bytes, ended by a length of 0; answered by one line, {@code ok
 * BYTES} or {@code error CODE MESSAGE}, after the other host has verified all of it.
 */
@ApplicationScoped
public class ImageSender {

  private static final Logger LOG = Logger.getLogger(ImageSender.class);

  /** The token of HTTP's Upgrade header. */
  public static final String UPGRADE_TOKEN = "mobidesk-image/1";

  /** What is sent there is counted and forgotten; the answer is the same as for an image. */
  public static final String DISCARD_PATH = "/tier/discard";

  /** HTTP's status of the answer of a target that has the storage that a disk is on. */
  public static final int DISK_SHARED = 409;

  /** The longest frame. A multiple of the 16 KiB of a TLS record. */
  public static final int FRAME_BYTES = 1 << 18;

  /** A connection that was made ahead and is not used for so long was for a move that failed. */
  private static final long UNUSED_SECONDS = 120;

  /** What is sent, and where to. */
  public enum Cargo {
    IMAGE("/tier/image/", "image"),
    DISK("/tier/disk/", "disk");

    private final String path;
    private final String word;

    Cargo(String path, String word) {
      this.path = path;
      this.word = word;
    }

    private String path(String session, long epoch) {
      return path + session + "/" + epoch;
    }
  }

  @Inject private TierClient client;
  @Resource private ManagedScheduledExecutorService scheduler;

  private final ConcurrentMap<String, TierConnection> ahead = new ConcurrentHashMap<>();

  /**
   * Connects while the session still runs: handshakes cost milliseconds, which would be a part of
   * the time that it stands still. A failure is not one: the transfer connects again.
   */
  public void connectAhead(Cargo cargo, String address, String session, long epoch) {
    String path = cargo.path(session, epoch);
    try {
      TierConnection connection = client.upgrade(address, path, UPGRADE_TOKEN);
      close(ahead.put(path, connection));
      scheduler.schedule(
          () -> {
            if (ahead.remove(path, connection)) {
              close(connection);
            }
          },
          UNUSED_SECONDS,
          TimeUnit.SECONDS);
    } catch (IOException e) {
      LOG.debugf(e, "connecting to %s ahead of the %s of session %s", address, cargo.word, session);
    }
  }

  /**
   * Whether the target wants a disk: it does not when it shares the storage that the disk is on.
   *
   * @throws StepFailed when the target cannot be reached or is not ready for the session
   */
  public boolean wantsDisk(String address, String session, long epoch) throws StepFailed {
    try {
      client.upgrade(address, Cargo.DISK.path(session, epoch), UPGRADE_TOKEN).close();
      return true;
    } catch (UpgradeRefused e) {
      if (e.status().startsWith("HTTP/1.1 " + DISK_SHARED)) {
        return false;
      }
      throw unreachable(Cargo.DISK, address, session, e);
    } catch (IOException e) {
      throw unreachable(Cargo.DISK, address, session, e);
    }
  }

  /**
   * Sends all that {@code content} has.
   *
   * @return its size in bytes
   * @throws StepFailed when the target cannot be reached or refuses what it is sent
   */
  public long send(
      Cargo cargo, ReadableByteChannel content, String address, String session, long epoch)
      throws StepFailed {
    try (TierConnection connection = connection(address, cargo.path(session, epoch))) {
      return send(content, connection, address, cargo.word);
    } catch (IOException e) {
      throw unreachable(cargo, address, session, e);
    }
  }

  private static StepFailed unreachable(
      Cargo cargo, String address, String session, IOException e) {
    return new StepFailed(
        FailureCode.UNREACHABLE,
        "sending the "
            + cargo.word
            + " of session "
            + session
            + " to "
            + address
            + ": "
            + e.getMessage(),
        e);
  }

  /**
   * Sends bytes to a node that only counts them.
   *
   * @return how many it counted
   */
  public long discard(ReadableByteChannel bytes, String address) throws IOException, StepFailed {
    try (TierConnection connection = client.upgrade(address, DISCARD_PATH, UPGRADE_TOKEN)) {
      return send(bytes, connection, address, Cargo.IMAGE.word);
    }
  }

  private static long send(
      ReadableByteChannel content, TierConnection connection, String address, String what)
      throws IOException, StepFailed {
    long bytes = stream(content, connection.output());
    String verdict =
        new BufferedReader(new InputStreamReader(connection.input(), StandardCharsets.UTF_8))
            .readLine();
    check(verdict, address, what);
    return bytes;
  }

  private TierConnection connection(String address, String path) throws IOException {
    TierConnection made = ahead.remove(path);
    return made != null ? made : client.upgrade(address, path, UPGRADE_TOKEN);
  }

  private static void close(TierConnection connection) {
    if (connection != null) {
      try {
        connection.close();
      } catch (IOException e) {
        LOG.debug("closing a connection that was made ahead", e);
      }
    }
  }

  private static long stream(ReadableByteChannel image, OutputStream out) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(Integer.BYTES + FRAME_BYTES);
    long bytes = 0;
    while (true) {
      frame.clear().position(Integer.BYTES);
      if (image.read(frame) < 0) {
        break;
      }
      int length = frame.position() - Integer.BYTES;
      frame.putInt(0, length);
      out.write(frame.array(), 0, frame.position());
      bytes += length;
    }
    out.write(new byte[Integer.BYTES]);
    out.flush();
    return bytes;
  }

  private static void check(String verdict, String address, String what)
      throws StepFailed, IOException {
    if (verdict == null) {
      throw new IOException("the connection ended without a verdict on the " + what);
    }
    String[] words = verdict.split(" ", 3);
    if (words[0].equals("ok")) {
      return;
    }
    FailureCode code = words.length > 1 ? FailureCode.of(words[1]) : FailureCode.INTERNAL;
    String message = words.length > 2 ? words[2] : "no reason given";
    throw new StepFailed(code, address + " refused the " + what + ": " + message, null);
  }
}
