package org.mobidesk.viewer.screen;

import java.util.List;
import org.mobidesk.protocol.MessageToViewer.VideoPlace;
import org.mobidesk.protocol.Rectangle;

/**
 * A video as it is to be shown.
 *
 * @param stream its number
 * @param width of the picture, in its own pixels
 * @param height of the picture, in its own pixels
 * @param pixels 0xffRRGGBB, rows without padding
 * @param fresh whether the picture is another than when it was taken last
 * @param place where the picture is, and what of it is visible
 */
record VideoPicture(
    int stream, int width, int height, int[] pixels, boolean fresh, VideoPlace place) {
  /** What of the screen it covers. */
  List<Rectangle> clips() {
    return place.clips();
  }
}
