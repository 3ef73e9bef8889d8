package org.mobidesk.infrastructure.tier;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import org.mobidesk.application.Node;
import org.mobidesk.application.StepFailed;

/** Sends this node's tier endpoint what an image would be, through the same code and TLS. */
@ApplicationScoped
public class TransferRehearsal {

  /** About four images of a small desktop: after that the measured rate does not grow. */
  private static final long BYTES = 128L << 20;

  private static final Duration MOST = Duration.ofSeconds(30);

  @Inject private Node node;
  @Inject private ImageSender images;

  /** Returns how many bytes were sent. */
  public long run() throws IOException, StepFailed {
    return images.discard(new RandomBytes(BYTES, MOST), node.address());
  }
}
