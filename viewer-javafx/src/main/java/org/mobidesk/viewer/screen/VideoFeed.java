package org.mobidesk.viewer.screen;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.mobidesk.protocol.MessageToViewer;
import org.mobidesk.protocol.ProtocolException;
import org.mobidesk.protocol.Rectangle;
import org.mobidesk.protocol.VideoStream;
import org.mobidesk.protocol.VideoStreams;

/**
 * Videos between the thread that decodes and the one that shows. They are kept apart from the
 * screen's pixels at their own size: that they are scaled is the display's work, and what they
 * cover needs no painting. Part of {@link ScreenFeed}, whose lock guards what is published.
 */
final class VideoFeed {
  // The painter's own:
  private final VideoStreams streams = new VideoStreams();
  private final Map<Integer, Decoded> decoded = new TreeMap<>();

  // Under the feed's lock:
  private final Map<Integer, Published> published = new TreeMap<>();
  private boolean changed;

  /** Forgets all, as SERVER_HELLO asks; shown until {@link #publish}. */
  void clear() {
    streams.clear();
    decoded.clear();
  }

  /**
   * Carries out a message of videos.
   *
   * @return which part of the screen looks otherwise, or null
   */
  Rectangle apply(MessageToViewer message, int screenWidth, int screenHeight)
      throws ProtocolException {
    return switch (message) {
      case MessageToViewer.VideoOpen m -> {
        decoded.put(m.stream(), new Decoded(streams.open(m)));
        yield null;
      }
      case MessageToViewer.VideoPlace m -> {
        for (Rectangle clip : m.clips()) {
          if (!clip.isWithin(screenWidth, screenHeight)) {
            throw new ProtocolException(
                "VIDEO_PLACE: %s is not within the screen of %dx%d"
                    .formatted(clip, screenWidth, screenHeight));
          }
        }
        yield union(streams.place(m));
      }
      case MessageToViewer.VideoFrame m -> {
        VideoStream stream = streams.decode(m);
        if (!m.last()) {
          yield null;
        }
        decoded.get(m.stream()).pictures++;
        yield union(stream);
      }
      case MessageToViewer.VideoClose m -> {
        VideoStream stream = streams.close(m);
        decoded.remove(m.stream());
        yield union(stream);
      }
      default -> throw new IllegalArgumentException("not of a video: " + message);
    };
  }

  private static Rectangle union(VideoStream stream) {
    return stream.clips().stream().reduce(Rectangle::union).orElse(null);
  }

  /** A frame is complete: what was decoded may be shown. With the feed's lock. */
  void publish() {
    changed |= published.keySet().retainAll(decoded.keySet());
    decoded.forEach(
        (number, now) -> {
          if (now.pictures == 0 || now.stream.place() == null) {
            changed |= published.remove(number) != null;
            return;
          }
          Published before = published.get(number);
          if (before == null || before.of != now) {
            before = new Published(now);
            published.put(number, before);
          }
          changed |= before.update();
        });
  }

  /** What is to be shown, lowest first, or null when nothing has changed. With the feed's lock. */
  List<VideoPicture> take() {
    if (!changed) {
      return null;
    }
    changed = false;
    List<VideoPicture> pictures = new ArrayList<>();
    published.values().forEach(p -> pictures.add(p.take()));
    return pictures;
  }

  /** A stream, and how many pictures it has had. */
  private static final class Decoded {
    private final VideoStream stream;
    private long pictures;

    Decoded(VideoStream stream) {
      this.stream = stream;
    }
  }

  /** A copy of a stream's last whole picture. */
  private static final class Published {
    private final Decoded of;
    private final int[] pixels;
    private long pictures;
    private long taken;
    private MessageToViewer.VideoPlace place;

    Published(Decoded of) {
      this.of = of;
      pixels = new int[of.stream.picture().length];
    }

    /** Whether there is something new. */
    boolean update() {
      boolean moved = !of.stream.place().equals(place);
      place = of.stream.place();
      if (pictures == of.pictures) {
        return moved;
      }
      System.arraycopy(of.stream.picture(), 0, pixels, 0, pixels.length);
      pictures = of.pictures;
      return true;
    }

    VideoPicture take() {
      boolean fresh = taken != pictures;
      taken = pictures;
      VideoStream s = of.stream;
      return new VideoPicture(s.number(), s.width(), s.height(), pixels, fresh, place);
    }
  }
}
