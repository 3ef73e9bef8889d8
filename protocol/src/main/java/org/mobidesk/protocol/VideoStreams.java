package org.mobidesk.protocol;

import java.util.Arrays;

/** The videos that are open. Not safe for use by several threads. */
public final class VideoStreams {
  private final VideoDecoder decoder = new VideoDecoder();
  private final VideoStream[] streams = new VideoStream[Protocol.MAX_VIDEO_STREAMS];

  /** None are open. */
  public VideoStreams() {}

  /** Forgets all, as SERVER_HELLO asks. */
  public void clear() {
    Arrays.fill(streams, null);
  }

  /** Opens a stream, in the place of one of the same number. */
  public VideoStream open(MessageToViewer.VideoOpen m) {
    VideoStream before = streams[m.stream()];
    streams[m.stream()] = new VideoStream(m, before);
    return streams[m.stream()];
  }

  /**
   * Places a stream. That its clips lie on the screen is the caller's to check.
   *
   * @throws ProtocolException when it is not open
   */
  public VideoStream place(MessageToViewer.VideoPlace m) throws ProtocolException {
    VideoStream stream = find(MessageType.VIDEO_PLACE, m.stream());
    stream.place(m);
    return stream;
  }

  /**
   * Decodes rows of a picture; with the last of them, {@link VideoStream#picture} is complete.
   *
   * @throws ProtocolException when the stream is not open, or the data does not decode
   */
  public VideoStream decode(MessageToViewer.VideoFrame m) throws ProtocolException {
    VideoStream stream = find(MessageType.VIDEO_FRAME, m.stream());
    decoder.decode(m, stream);
    return stream;
  }

  /**
   * Closes a stream.
   *
   * @throws ProtocolException when it is not open
   */
  public VideoStream close(MessageToViewer.VideoClose m) throws ProtocolException {
    VideoStream stream = find(MessageType.VIDEO_CLOSE, m.stream());
    streams[m.stream()] = null;
    return stream;
  }

  private VideoStream find(MessageType type, int number) throws ProtocolException {
    VideoStream stream = streams[number];
    if (stream == null) {
      throw new ProtocolException("%s: stream %d is not open".formatted(type, number));
    }
    return stream;
  }
}
