package org.mobidesk.interfaces.display;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.mobidesk.protocol.Envelope;
import org.mobidesk.protocol.EnvelopeReader;

/**
 * Forwards whole messages: what is written is never cut off in the middle of one by the end of the
 * other side. Gathers what is there already, so that small messages do not cost a TLS record each.
 */
public final class EnvelopePump {

  private static final int GATHER_BYTES = 1 << 16;

  private final OutputStream output;
  private final byte[] gathered = new byte[GATHER_BYTES];
  private int length;

  public EnvelopePump(OutputStream output) {
    this.output = output;
  }

  /** Forwards all messages until the orderly end of {@code reader}. */
  public void pump(EnvelopeReader reader) throws IOException {
    Envelope envelope;
    while ((envelope = reader.read()) != null) {
      write(envelope.bytes());
      if (!reader.hasBuffered()) {
        flush();
      }
    }
    flush();
  }

  /** Writes a message, perhaps later. */
  public void write(ByteBuffer message) throws IOException {
    while (message.hasRemaining()) {
      int part = Math.min(message.remaining(), gathered.length - length);
      message.get(gathered, length, part);
      length += part;
      if (length == gathered.length) {
        send();
      }
    }
  }

  /** Writes what is still here. */
  public void flush() throws IOException {
    send();
    output.flush();
  }

  private void send() throws IOException {
    if (length > 0) {
      output.write(gathered, 0, length);
      length = 0;
    }
  }
}
